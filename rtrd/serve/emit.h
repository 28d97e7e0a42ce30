/*
 * emit: JSON written straight into a text, with the commas kept.
 *
 *	emit_open(t, NULL, '{');
 *	emit_text(t, "state", "valid");      {"state":"valid",
 *	emit_open(t, "vrps", '[');            "vrps":[1]}
 *	emit_number(t, NULL, 1);
 *	emit_close(t, ']');
 *	emit_close(t, '}');
 *
 * A comma is due where the last octet ends a value; so nothing has to be
 * remembered between calls.  `key` is NULL in an array and at the top.
 * Running out of memory is seen in the text's `failed`.
 */
#ifndef SERVE_EMIT_H
#define SERVE_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"
#include "waymark/clock.h"

/* Begin and end an object or an array; `bracket` is one of "{[" and "}]". */
void emit_open(struct text *t, const char *key, char bracket);
void emit_close(struct text *t, char bracket);

/* A string, escaped; NULL is written as null. */
void emit_text(struct text *t, const char *key, const char *value);

/* A number, true or false, null. */
void emit_number(struct text *t, const char *key, int64_t value);
void emit_count(struct text *t, const char *key, uint64_t value);
void emit_flag(struct text *t, const char *key, bool value);
void emit_null(struct text *t, const char *key);

/* A time as RFC 3339; 0, which stands for never, is null. */
void emit_time(struct text *t, const char *key, struct wall value);

#endif
