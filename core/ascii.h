/*
 * ascii: sets of characters as a bit each, for checking names and URIs, where
 * most octets of a certificate's text are looked at.
 */
#ifndef CORE_ASCII_H
#define CORE_ASCII_H

#include <stdbool.h>
#include <stdint.h>

struct ascii_set {
	uint64_t low, high; /* bit n: character n, and character 64 + n */
};

/* Whether an octet is a character of the set; those above 127 never are. */
static inline bool
ascii_has(struct ascii_set set, uint8_t c)
{
	if (c >= 128)
		return false;
	return ((c < 64 ? set.low : set.high) >> (c % 64) & 1) != 0;
}

#endif
