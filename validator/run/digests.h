/*
 * digests: numbers found by the SHA-256 of what they stand for.
 *
 * Who publishes chooses the texts that are looked up here, and may have many:
 * a digest that nobody can steer keeps the table even, and costs the same for
 * a text that is not kept.
 */
#ifndef RUN_DIGESTS_H
#define RUN_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_NONE UINT32_MAX /* no number */

struct digest_slot; /* private */

struct digests {
	struct digest_slot *slots;
	size_t cap, n;
};

/* Where the number of a digest stands: DIGEST_NONE when it was not there, to be
 * filled in before the next call.  NULL out of memory. */
uint32_t *digests_at(struct digests *d, const uint8_t digest[32]);

/* Free and begin anew. */
void digests_free(struct digests *d);

#endif
