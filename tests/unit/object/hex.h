/*
 * hex: octets that a test writes down by hand.
 *
 *	struct octets o = octets_of("30 03 02 01 05");
 *	parse(octets_span(&o));
 */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

#include "waymark/span.h"

enum {
	OCTETS_MAX = 4096
};

struct octets {
	uint8_t at[OCTETS_MAX];
	size_t n;
};

/* Spaces between octets do not count.  Ends the test when it is no hex. */
static inline struct octets
octets_of(const char *hex)
{
	struct octets o = {.n = 0};
	char pair[3] = {0};
	char *end;

	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		cr_assert(isxdigit((unsigned char)hex[0]) &&
			isxdigit((unsigned char)hex[1]) && o.n < OCTETS_MAX);
		pair[0] = hex[0];
		pair[1] = hex[1];
		o.at[o.n++] = (uint8_t)strtoul(pair, &end, 16);
		hex += 2;
	}
	return o;
}

static inline struct span
octets_span(const struct octets *o)
{
	return span_of(o->at, o->n);
}

#endif
