/*
 * emit: JSON written straight into a text, with the commas kept.
 *
 * No tree is built: an answer of any length costs what its text costs.
 * Whether it nests well is up to the caller; the unit tests read every answer
 * back with a JSON reader.
 */
#include "rtrd/serve/emit.h"

#include <string.h>

/* A comma where it is due, then the key. */
static void
begin(struct text *t, const char *key)
{
	char last = t->n > 0 ? t->p[t->n - 1] : '\n';

	if (strchr("{[:\n", last) == NULL)
		text_char(t, ',');
	if (key != NULL) {
		text_char(t, '"');
		text_json(t, key, strlen(key));
		text_put(t, "\":", 2);
	}
}

void
emit_open(struct text *t, const char *key, char bracket)
{
	begin(t, key);
	text_char(t, bracket);
}

/* No comma is due before a bracket that closes, so nothing is looked at. */
void
emit_close(struct text *t, char bracket)
{
	text_char(t, bracket);
}

void
emit_text(struct text *t, const char *key, const char *value)
{
	if (value == NULL) {
		emit_null(t, key);
		return;
	}
	begin(t, key);
	text_char(t, '"');
	text_json(t, value, strlen(value));
	text_char(t, '"');
}

void
emit_number(struct text *t, const char *key, int64_t value)
{
	begin(t, key);
	text_add(t, "%lld", (long long)value);
}

/* Counters need all 64 bits without sign. */
void
emit_count(struct text *t, const char *key, uint64_t value)
{
	begin(t, key);
	text_add(t, "%llu", (unsigned long long)value);
}

void
emit_flag(struct text *t, const char *key, bool value)
{
	begin(t, key);
	text_add(t, "%s", value ? "true" : "false");
}

void
emit_null(struct text *t, const char *key)
{
	begin(t, key);
	text_put(t, "null", 4);
}

/* Nothing here happened in 1970: 0 stands for never. */
void
emit_time(struct text *t, const char *key, struct wall value)
{
	char buf[WALL_TEXT];

	if (value.s == 0)
		emit_null(t, key);
	else
		emit_text(t, key, wall_format(value, buf));
}
