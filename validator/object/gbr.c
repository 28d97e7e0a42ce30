/*
 * gbr: reading Ghostbusters records (RFC 6493).
 *
 * The signed object is checked as strictly as any.  Of the vCard in it only
 * what makes it useful is asked for, a line that says how to reach somebody
 * (section 5); records in use have other versions and properties than the RFC
 * lists, and they still reach the one to call.
 */
#include "validator/object/gbr.h"

#include <string.h>
#include <strings.h>

/* Take a line; false at the end of the text. */
static bool
take_line(struct reader *r, struct span *line)
{
	size_t left = reader_left(r);
	const uint8_t *end = left == 0 ? NULL : memchr(r->p, '\n', left);

	return left > 0 &&
		reader_take(
			r, end == NULL ? left : (size_t)(end - r->p) + 1, line);
}

/* Whether a line's property, which ends at its value or its parameters, is a
 * way to reach somebody. */
static bool
is_contact(struct span line)
{
	static const char *const names[] = {"ADR", "TEL", "EMAIL"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (line.n > n &&
			strncasecmp((const char *)line.p, names[i], n) == 0 &&
			(line.p[n] == ':' || line.p[n] == ';'))
			return true;
	}
	return false;
}

static bool
has_contact(struct span content)
{
	struct reader r = reader_of(content);
	struct span line;

	while (take_line(&r, &line))
		if (is_contact(line))
			return true;
	return false;
}

enum reject
gbr_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct gbr *out)
{
	const struct cms_want want = {OBJECT_GBR, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code == REJECT_NONE && !has_contact(out->cms.content))
		code = REJECT_GBR_CONTACT;
	/* RFC 6493 section 6: whatever is there */
	if (code == REJECT_NONE &&
		!resources_inherit_all(&out->cms.ee.resources))
		code = REJECT_GBR_RESOURCES;
	return code;
}
