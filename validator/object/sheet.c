/*
 * sheet: the fields of one object, as aligned text or as one line of JSON.
 *
 * Every field goes through field_open, which writes what stands before a
 * value: in JSON the comma and the key, in text the indent and the key padded
 * to a column, or inside a row two blanks and the key.  Text ends each field
 * outside of rows with a newline.
 *
 * What it does not do: it has no memory of its own, and a `struct text` that
 * ran out of memory is for the caller to notice.
 */
#include "validator/object/sheet.h"

#include <inttypes.h>
#include <string.h>

#include "waymark/bounds.h"

enum {
	INDENT = 2, /* blanks a group */
	COLUMN = 26, /* where values begin; the longest key has 22 letters */
	DECIMAL_DIGITS = 50, /* of 2^160 - 1, and the NUL */
};

/* Blanks, for indents and columns of text. */
static void
pad(struct sheet *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		text_char(s->out, ' ');
}

/* The key for people: with blanks for underscores. */
static void
key_write(struct sheet *s, const char *key)
{
	for (const char *p = key; *p != '\0'; p++)
		text_char(s->out, *p == '_' && !s->row ? ' ' : *p);
}

/* A comma goes before every field but the first: what follows is not known
 * when one ends.  Keys are our own words, so they need no escaping. */
static void
field_open_json(struct sheet *s, const char *key)
{
	if (!s->first)
		text_char(s->out, ',');
	if (key != NULL)
		text_add(s->out, "\"%s\":", key);
}

/* Keys of a row stand before each value, on one line, so that a long list can
 * be searched line by line; elsewhere values begin in one column. */
static void
field_open_text(struct sheet *s, const char *key)
{
	unsigned used = s->depth * INDENT;

	if (s->row) {
		if (!s->first)
			text_put(s->out, "  ", 2);
		if (key != NULL) {
			key_write(s, key);
			text_char(s->out, ' ');
		}
		return;
	}
	pad(s, used);
	if (key == NULL)
		return;
	key_write(s, key);
	text_char(s->out, ':');
	used += (unsigned)strlen(key) + 1;
	pad(s, used < COLUMN ? COLUMN - used : 1);
}

/* All that stands before a value, in either form. */
static void
field_open(struct sheet *s, const char *key)
{
	if (s->json)
		field_open_json(s, key);
	else
		field_open_text(s, key);
	s->first = false;
}

/* In JSON the next field's comma ends this one, in a row the row's end. */
static void
field_close(struct sheet *s)
{
	if (!s->json && !s->row)
		text_char(s->out, '\n');
}

/* In JSON strings stand between quotes, in text they stand alone. */
static void
quote(struct sheet *s)
{
	if (s->json)
		text_char(s->out, '"');
}

/* Begin a group of a list; `open` is its bracket in JSON. */
static void
nest(struct sheet *s, const char *key, char open)
{
	if (s->json) {
		field_open_json(s, key);
		text_char(s->out, open);
	} else {
		pad(s, s->depth * INDENT);
		key_write(s, key);
		text_put(s->out, ":\n", 2);
	}
	s->first = true;
	s->depth++;
}

/* The group that ends was itself a field, so the next one is not the first. */
static void
unnest(struct sheet *s, char close)
{
	if (s->json)
		text_char(s->out, close);
	s->first = false;
	s->depth--;
}

/* An INTEGER's content without the octet that only says "not negative". */
static struct span
magnitude(struct span value)
{
	while (value.n > 1 && value.p[0] == 0)
		value = span_of(value.p + 1, value.n - 1);
	return value;
}

/* Divide the number by ten in place, for its last digit. */
static unsigned
take_digit(uint8_t *number, size_t n)
{
	unsigned rest = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned v = rest * 256 + number[i];

		number[i] = (uint8_t)(v / 10);
		rest = v % 10;
	}
	return rest;
}

void
sheet_begin(struct sheet *s, struct text *out, bool json)
{
	*s = (struct sheet){.out = out, .json = json, .first = true};
	if (json)
		text_char(out, '{');
}

void
sheet_end(struct sheet *s)
{
	text_put(s->out, s->json ? "}\n" : "\n", s->json ? 2 : 1);
}

void
sheet_text(struct sheet *s, const char *key, struct span value)
{
	field_open(s, key);
	quote(s);
	if (s->json)
		text_json(s->out, (const char *)value.p, value.n);
	else
		text_clean(s->out, (const char *)value.p, value.n);
	quote(s);
	field_close(s);
}

void
sheet_word(struct sheet *s, const char *key, const char *value)
{
	sheet_text(s, key, span_text(value));
}

void
sheet_number(struct sheet *s, const char *key, uint64_t value)
{
	field_open(s, key);
	text_add(s->out, "%" PRIu64, value);
	field_close(s);
}

void
sheet_hex(struct sheet *s, const char *key, struct span value)
{
	field_open(s, key);
	quote(s);
	text_hex(s->out, value.p, value.n);
	quote(s);
	field_close(s);
}

void
sheet_time(struct sheet *s, const char *key, struct wall value)
{
	char buf[WALL_TEXT];

	sheet_word(s, key, wall_format(value, buf));
}

void
sheet_serial(struct sheet *s, const char *key, struct span value)
{
	sheet_hex(s, key, magnitude(value));
}

void
sheet_decimal(struct sheet *s, const char *key, struct span value)
{
	uint8_t number[BOUND_INTEGER_OCTETS];
	char digits[DECIMAL_DIGITS];
	size_t at = sizeof(digits) - 1;
	struct span v = magnitude(value);

	if (v.n > sizeof(number)) {
		sheet_hex(s, key, v);
		return;
	}
	memset(number, 0, sizeof(number));
	if (v.n > 0)
		memcpy(number + sizeof(number) - v.n, v.p, v.n);
	digits[at] = '\0';
	/* From the last digit to the first, until nothing is left. */
	do
		digits[--at] = (char)('0' + take_digit(number, sizeof(number)));
	while (at > 0 &&
		memcmp(number, (uint8_t[sizeof(number)]){0}, sizeof(number)) !=
			0);
	sheet_word(s, key, digits + at);
}

void
sheet_open(struct sheet *s, const char *key)
{
	nest(s, key, '{');
}

void
sheet_close(struct sheet *s)
{
	unnest(s, '}');
}

void
sheet_list_open(struct sheet *s, const char *key)
{
	nest(s, key, '[');
}

void
sheet_list_close(struct sheet *s)
{
	unnest(s, ']');
}

/* Rows have no rows inside: one flag says it all. */
void
sheet_row_open(struct sheet *s)
{
	field_open(s, NULL);
	if (s->json)
		text_char(s->out, '{');
	s->first = true;
	s->row = true;
}

void
sheet_row_close(struct sheet *s)
{
	text_char(s->out, s->json ? '}' : '\n');
	s->first = false;
	s->row = false;
}
