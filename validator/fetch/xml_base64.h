/*
 * xml_base64: base64 in pieces, as a stream brings it (RFC 4648 section 4).
 *
 * White space is skipped; all else is strict, as XML's base64Binary has it:
 * whole groups of four, padding only at the end, no bits left over in it.
 */
#ifndef FETCH_XML_BASE64_H
#define FETCH_XML_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/span.h"

struct base64 {
	uint8_t *at; /* what was decoded; kept from object to object */
	size_t n, cap;
	uint32_t bits; /* of digits that wait for their group */
	unsigned digits; /* of that group: 0 to 3 */
	unsigned pads; /* "=" seen */
};

enum base64_result {
	BASE64_GOOD,
	BASE64_BAD,
	BASE64_LARGE, /* beyond `max` */
	BASE64_MEMORY,
};

/* Begin a new object; the memory is kept. */
void base64_begin(struct base64 *b);

/* Decode the next piece; the object has at most `max` octets. */
enum base64_result base64_add(struct base64 *b, struct span text, size_t max);

/* Whether the text could end here. */
bool base64_is_whole(const struct base64 *b);

/* Free the memory. */
void base64_fini(struct base64 *b);

#endif
