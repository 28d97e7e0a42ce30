/*
 * prefixes: a set of hashes, each by its first eight octets.
 *
 * For what must be kept, where one too many does no harm.
 */
#ifndef STORE_PREFIXES_H
#define STORE_PREFIXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prefixes {
	uint64_t *slots; /* 0: free */
	size_t count, cap; /* a power of two */
	uint64_t seed;
};

/* Add a hash; false out of memory, with nothing changed. */
bool prefixes_add(struct prefixes *p, const uint8_t hash[32]);

/* Whether this hash, or one that begins like it, was added. */
bool prefixes_has(const struct prefixes *p, const uint8_t hash[32]);

/* Free, and begin anew. */
void prefixes_free(struct prefixes *p);

#endif
