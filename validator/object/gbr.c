/*
 * gbr: reading Ghostbusters records (RFC 6493 section 5).
 *
 *	BEGIN:VCARD          the first line
 *	VERSION:4.0          the second
 *	FN:...               at least one
 *	ORG:... ADR:... TEL:... EMAIL:...
 *	END:VCARD            the last
 *
 * A line that begins with white space continues the one before (RFC 6350
 * section 3.2).  Values are not looked into: people read them.
 */
#include "validator/object/gbr.h"

#include <string.h>
#include <strings.h>

/* What a property does for a record. */
enum part {
	PART_FRAME, /* has its place; nowhere else */
	PART_NAME,
	PART_CONTACT,
	PART_EXTRA,
};

static const struct {
	const char *name;
	enum part part;
} properties[] = {
	{"BEGIN", PART_FRAME},
	{"VERSION", PART_FRAME},
	{"END", PART_FRAME},
	{"FN", PART_NAME},
	{"ORG", PART_EXTRA},
	{"ADR", PART_CONTACT},
	{"TEL", PART_CONTACT},
	{"EMAIL", PART_CONTACT},
};

enum {
	PROPERTIES = sizeof(properties) / sizeof(properties[0])
};

/* Take a line without its end, CRLF or LF; false at the end of the text. */
static bool
take_line(struct reader *r, struct span *line)
{
	size_t left = reader_left(r);
	const uint8_t *end = left == 0 ? NULL : memchr(r->p, '\n', left);

	if (end == NULL)
		return false;
	*line = span_of(r->p, (size_t)(end - r->p));
	r->p = end + 1;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool
is_text(struct span line, const char *text)
{
	return line.n == strlen(text) &&
		strncasecmp((const char *)line.p, text, line.n) == 0;
}

/* The row of a line's property, or PROPERTIES. */
static size_t
find_property(struct span line)
{
	size_t n = 0, i;

	while (n < line.n && line.p[n] != ':' && line.p[n] != ';')
		n++;
	if (n == line.n)
		return PROPERTIES;
	for (i = 0; i < PROPERTIES; i++) {
		if (is_text(span_of(line.p, n), properties[i].name))
			break;
	}
	return i;
}

/* The lines between VERSION and END. */
static enum reject
read_properties(struct reader *r)
{
	bool seen[PART_EXTRA + 1] = {false};
	struct span line;

	while (take_line(r, &line)) {
		size_t i;

		if (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
			continue;
		if (is_text(line, "END:VCARD")) {
			if (reader_left(r) > 0)
				return REJECT_GBR_CARD;
			if (!seen[PART_NAME])
				return REJECT_GBR_NAME;
			return seen[PART_CONTACT] ? REJECT_NONE
						  : REJECT_GBR_CONTACT;
		}
		i = find_property(line);
		if (i == PROPERTIES || properties[i].part == PART_FRAME)
			return REJECT_GBR_PROPERTY;
		seen[properties[i].part] = true;
	}
	return REJECT_GBR_CARD;
}

static enum reject
read_card(struct span content)
{
	struct reader r = reader_of(content);
	struct span line;

	if (!take_line(&r, &line) || !is_text(line, "BEGIN:VCARD"))
		return REJECT_GBR_CARD;
	if (!take_line(&r, &line) || !is_text(line, "VERSION:4.0"))
		return REJECT_GBR_VERSION;
	return read_properties(&r);
}

/* RFC 6493 section 6: whatever resources are there, all are inherited. */
static bool
inherits_all(const struct resources *r)
{
	return resources_inherit_any(r) && r->ipv4_count == 0 &&
		r->ipv6_count == 0 && r->asn_count == 0;
}

enum reject
gbr_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct gbr *out)
{
	const struct cms_want want = {OBJECT_GBR, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code == REJECT_NONE)
		code = read_card(out->cms.content);
	if (code == REJECT_NONE && !inherits_all(&out->cms.ee.resources))
		code = REJECT_GBR_RESOURCES;
	return code;
}
