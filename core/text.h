/*
 * text: a growing text, and the few helpers that speak about text.
 *
 * A `struct text` that ran out of memory stays cut and sets `failed`, which is
 * tested once at the end.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/span.h"

struct text {
	char *p; /* NUL-terminated once anything was added */
	size_t n;
	size_t cap;
	bool failed;
};

/* Append formatted text, octets, one character. */
void text_add(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
void text_put(struct text *t, const char *p, size_t n);
void text_char(struct text *t, char c);

/* Append as the inside of a JSON string, without the quotes: escapes controls,
 * quotes and backslashes; octets that are not UTF-8 become U+FFFD. */
void text_json(struct text *t, const char *p, size_t n);

/* Append with control characters and non-ASCII as \xNN: for logs and
 * terminals. */
void text_clean(struct text *t, const char *p, size_t n);

/* Append as lower-case hexadecimal. */
void text_hex(struct text *t, const void *p, size_t n);

/* The value of a hexadecimal digit, or -1. */
int text_hex_digit(uint8_t c);

/* Empty it, keep the memory. */
void text_clear(struct text *t);

/* Free and begin anew. */
void text_free(struct text *t);

/* Read a decimal number without sign, nothing around it.  0, ERR_SYNTAX, or
 * ERR_RANGE when it is not within `min` and `max`. */
int text_number(const char *p, uint64_t min, uint64_t max, uint64_t *out);

/* Decode base64 with padding; white space between is skipped.  Writes at most
 * `cap` octets.  0 with `*n`; ERR_SYNTAX; ERR_LIMIT when `cap` is too small. */
int text_base64(const char *p, size_t len, uint8_t *out, size_t cap, size_t *n);

/* Append as base64 with padding, in one line. */
void text_add_base64(struct text *t, const void *p, size_t n);

#endif
