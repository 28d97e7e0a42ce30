/*
 * query: the target of an HTTP request, taken apart (RFC 3986, section 3).
 *
 * The text is cut at its delimiters first and decoded after, piece by piece,
 * so that an encoded "&" or "?" stays what it is: part of a value.
 */
#include "rtrd/serve/query.h"

#include <stdint.h>
#include <string.h>

#include "core/text.h"
#include "waymark/err.h"

/* Decode in place: it only ever gets shorter. */
static int
decode(char *text)
{
	char *to = text;
	const char *from = text;

	while (*from != '\0') {
		int high, low;

		if (*from != '%') {
			*to++ = *from++;
			continue;
		}
		high = text_hex_digit((uint8_t)from[1]);
		low = high >= 0 ? text_hex_digit((uint8_t)from[2]) : -1;
		if (low < 0 || (high == 0 && low == 0))
			return ERR_SYNTAX;
		*to++ = (char)(uint8_t)(high * 16 + low);
		from += 3;
	}
	*to = '\0';
	return 0;
}

/* Cut the text at the first `at`; what follows, or NULL. */
static char *
cut(char *text, char at)
{
	char *found = strchr(text, at);

	if (found == NULL)
		return NULL;
	*found = '\0';
	return found + 1;
}

/* One "name=value". */
static int
pair_add(struct query *q, char *name)
{
	char *value = cut(name, '=');

	if (q->pair_count == QUERY_PAIRS)
		return ERR_LIMIT;
	if (decode(name) != 0 || (value != NULL && decode(value) != 0))
		return ERR_SYNTAX;
	q->pairs[q->pair_count].name = name;
	q->pairs[q->pair_count].value = value != NULL ? value : "";
	q->pair_count++;
	return 0;
}

/* An empty parameter ("a=1&&b=2") is nothing, as in every other reader of
 * queries. */
int
query_parse(const char *target, struct query *out)
{
	size_t n = strnlen(target, BOUND_HTTP_TARGET + 1);
	char *at, *next;
	int err;

	out->pair_count = 0;
	if (n > BOUND_HTTP_TARGET)
		return ERR_LIMIT;
	memcpy(out->text, target, n + 1);
	out->path = out->text;
	at = cut(out->text, '?');
	err = decode(out->text);
	for (; err == 0 && at != NULL; at = next) {
		next = cut(at, '&');
		if (*at != '\0')
			err = pair_add(out, at);
	}
	return err;
}
