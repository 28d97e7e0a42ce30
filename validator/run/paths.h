/*
 * paths: how many certification paths may lead to one publication point.
 *
 *	ta --> a --> b, b, b ... b --> c, c, c ... c --> d ...
 *
 * Two paths to one key and one manifest are two CAs, as neither may hide the
 * other.  But whoever certifies the next CA a hundred times over, and that one
 * the next, has a million paths for a few hundred certificates, each of which
 * would be walked.  So only some are, dealt out as share.h does it: who makes
 * many paths to somebody else's point does not push out that one's own.
 */
#ifndef RUN_PATHS_H
#define RUN_PATHS_H

#include <stddef.h>
#include <stdint.h>

#include "validator/run/share.h"

/* Of `n` CAs, none above another, let at most `most` of each point get their
 * weight, which is 1, and the others nothing; sorts them by point.  0 or
 * ERR_NOMEM. */
int paths_deal(struct share *cas, size_t n, uint64_t most);

#endif
