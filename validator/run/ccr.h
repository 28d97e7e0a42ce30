/*
 * ccr: what a run found as a canonical cache representation
 * (draft-ietf-sidrops-rpki-ccr), for comparing caches with each other.
 *
 * Of two validators that saw the same, each state is the same to the last
 * octet, and so is its hash.
 */
#ifndef RUN_CCR_H
#define RUN_CCR_H

#include <stdbool.h>
#include <stdint.h>

#include "validator/object/ccr.h"
#include "waymark/snapshot.h"
#include "waymark/span.h"

struct ccr_made {
	struct span octets; /* the whole file */
	bool has[CCR_STATES]; /* whether a state is there */
	uint8_t hashes[CCR_STATES][HASH_SIZE];
	uint8_t *memory; /* private */
};

/* Make the representation of `s`, produced at the time that it was validated
 * at.  Payloads of several objects stand once; of points, those that give
 * something; of trust anchors, those whose certificate held.  0 with `*out` to
 * be freed by ccr_made_free; ERR_NOMEM. */
int ccr_make(const struct snapshot *s, struct ccr_made *out);

/* Free what was made; fine twice, and for zeros. */
void ccr_made_free(struct ccr_made *made);

#endif
