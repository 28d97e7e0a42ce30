/*
 * export_put: the pieces that rows are made of.
 *
 * Names of trust anchors are file names that an operator chose: they are
 * escaped, and cut when they are absurdly long, but never refused here.
 */
#include <string.h>

#include "core/export_inner.h"
#include "core/text.h"

/* A text without its NUL; returns the new end, as all that follow do. */
char *
export_put(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

/* Decimal, by hand: printf would take most of the time of a whole export. */
char *
export_number(char *p, int64_t v)
{
	/* The least number has no positive one. */
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*p++ = '-';
	memcpy(p, digits + n, sizeof(digits) - n);
	return p + sizeof(digits) - n;
}

/* The prefix is written in place; PREFIX_TEXT counts into STEP. */
char *
export_prefix(char *p, const struct vrp *v)
{
	struct prefix prefix = vrp_prefix(v);

	return p + strlen(prefix_format(&prefix, p));
}

/* An index that no name is known for is no reason to lose the row. */
const char *
export_ta(const struct export *e, uint8_t ta)
{
	return ta < e->meta.ta_count ? e->meta.ta_names[ta] : "";
}

/* Whether no format has to escape anything in a name. */
static bool
is_plain(const char *name, size_t n, size_t most)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] < 0x21 || name[i] > 0x7e ||
			strchr("\"\\,", name[i]) != NULL)
			return false;
	return n < most;
}

/* In quotes, as long as it may be. */
static char *
put_json(char *p, const char *name, size_t most)
{
	struct text t = {0};
	size_t n = strlen(name);

	*p++ = '"';
	if (is_plain(name, n, most)) {
		memcpy(p, name, n);
		p += n;
	} else {
		text_json(&t, name, n < EXPORT_NAME / 6 ? n : EXPORT_NAME / 6);
		if (!t.failed && t.n <= EXPORT_NAME)
			p = export_put(p, t.p);
		text_free(&t);
	}
	*p++ = '"';
	return p;
}

char *
export_json_name(char *p, const char *name)
{
	return put_json(p, name, EXPORT_NAME);
}

char *
export_json_uri(char *p, const char *uri)
{
	return put_json(p, uri, EXPORT_URI);
}

/* At most PART_OCTETS; they are a multiple of three but at the end of a key, so
 * that parts put together are one base64 text. */
char *
export_base64(char *p, const uint8_t *octets, size_t n)
{
	struct text t = {0};

	text_add_base64(&t, octets, n);
	if (!t.failed && t.p != NULL)
		p = export_put(p, t.p);
	text_free(&t);
	return p;
}

/* Upper case, as the tools that read it write it. */
char *
export_hex(char *p, const uint8_t *octets, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		*p++ = hex[octets[i] >> 4];
		*p++ = hex[octets[i] & 15];
	}
	return p;
}

char *
export_time(char *p, struct wall at)
{
	char text[WALL_TEXT];

	return export_put(p, wall_format(at, text));
}

static char *
put_csv(char *p, const char *name, size_t most)
{
	size_t n = strlen(name);

	if (is_plain(name, n, most)) {
		memcpy(p, name, n);
		return p + n;
	}
	n = n < EXPORT_NAME / 6 ? n : EXPORT_NAME / 6;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		/* A line break in a field would be legal, and a trap. */
		unsigned char c = (unsigned char)name[i];

		if (c == '"')
			*p++ = '"';
		*p++ = c < 0x20 || c == 0x7f ? '?' : name[i];
	}
	*p++ = '"';
	return p;
}

char *
export_csv_name(char *p, const char *name)
{
	return put_csv(p, name, EXPORT_NAME);
}

char *
export_csv_uri(char *p, const char *uri)
{
	return put_csv(p, uri, EXPORT_URI);
}

char *
export_providers(
	struct export *e, const struct aspa *a, const char *between, char *p)
{
	size_t end = a->provider_count;

	if (end - e->part > EXPORT_NUMBERS)
		end = e->part + EXPORT_NUMBERS;
	for (size_t i = e->part; i < end; i++) {
		if (i > 0)
			p = export_put(p, between);
		p = export_number(p, a->providers[i]);
	}
	e->part = end;
	return p;
}
