/*
 * share: who has to go when a trust anchor asks for more than its limit.
 *
 * A limit must not be a weapon: who fills it must not push others out.  So the
 * budget is dealt out from the top, at every CA to its children alike, and what
 * one does not need goes to the others.  A subtree is cut only when it asks for
 * more than an equal part, and within it the same holds again:
 *
 *	budget 10     TA
 *	            /    \
 *	          a: 3    b: 5000        a keeps its 3, b gets 7
 *
 * The result depends on the tree alone, not on the order in which it was seen.
 */
#ifndef RUN_SHARE_H
#define RUN_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include "validator/chain/ca.h"

struct share {
	const struct ca *ca;
	uint64_t weight; /* what it asks for */
	size_t tag; /* the caller's, to know it again */
	uint64_t gets; /* out: its part, at most what it asks for */
};

/* Deal `budget` to `n` CAs of one trust anchor, none above another; sorts them
 * by certification path.  0 or ERR_NOMEM. */
int share_out(struct share *shares, size_t n, uint64_t budget);

#endif
