/*
 * judge: the verdict of one object, through the chain.
 *
 * The whole tree is walked once, keeping a verdict of every object; here the
 * one that belongs to some bytes is found.  An object is judged by its own
 * certification path: when its publication point fails for another file, the
 * object keeps its verdict and the point's reason stands beside it, so that who
 * looks for a fault is not sent to the wrong file.
 */
#ifndef RUN_JUDGE_H
#define RUN_JUDGE_H

#include "validator/object/crypto.h"
#include "validator/run/result.h"
#include "waymark/span.h"

/* The verdict for the object with this hash, at `uri` (empty: not known; then
 * anywhere).  One that is used comes before others, a good one before a bad
 * one.  NULL: no publication point that was reached lists it. */
const struct verdict *judge_find(const struct result *r, struct span uri,
	const uint8_t hash[SHA256_SIZE]);

#endif
