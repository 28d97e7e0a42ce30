/*
 * sheet: the fields of one object, said once and written in two ways.
 *
 *	text                                 JSON, one line
 *	type:             roa                {"type":"roa",
 *	ee certificate:                       "ee_certificate":
 *	  serial:         1f                    {"serial":"1f"},
 *	prefixes:                             "prefixes":
 *	  prefix 192.0.2.0/24  max_length 24    [{"prefix":"192.0.2.0/24",
 *	                                          "max_length":24}]}
 *
 * The caller names fields in order; octets from objects are escaped here.  It
 * knows nothing of objects.
 */
#ifndef OBJECT_SHEET_H
#define OBJECT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "waymark/clock.h"
#include "waymark/span.h"

struct sheet {
	struct text *out; /* the caller's */
	bool json;
	bool first; /* nothing stands yet in the innermost group */
	bool row; /* inside one row of a list */
	unsigned depth; /* of groups, for the indent of text */
};

/* Begin a sheet at the end of `out`, and end it with a newline. */
void sheet_begin(struct sheet *s, struct text *out, bool json);
void sheet_end(struct sheet *s);

/* One field: foreign octets, our own word, a number, yes or no, hexadecimal,
 * a time (RFC 3339).  `key` is snake_case, or NULL for a value of a list. */
void sheet_text(struct sheet *s, const char *key, struct span value);
void sheet_word(struct sheet *s, const char *key, const char *value);
void sheet_number(struct sheet *s, const char *key, uint64_t value);
void sheet_hex(struct sheet *s, const char *key, struct span value);
void sheet_time(struct sheet *s, const char *key, struct wall value);

/* The content octets of an INTEGER that is not negative: hexadecimal without
 * the sign octet, or decimal (as a JSON string, for no reader of JSON holds
 * 159 bits).  Longer than BOUND_INTEGER_OCTETS it is hexadecimal always. */
void sheet_serial(struct sheet *s, const char *key, struct span value);
void sheet_decimal(struct sheet *s, const char *key, struct span value);

/* A group of fields under a name. */
void sheet_open(struct sheet *s, const char *key);
void sheet_close(struct sheet *s);

/* A list of values (fields without key) or of rows, each row some fields. */
void sheet_list_open(struct sheet *s, const char *key);
void sheet_list_close(struct sheet *s);
void sheet_row_open(struct sheet *s);
void sheet_row_close(struct sheet *s);

#endif
