/*
 * remember: what a walk found to hold, kept for later runs.
 */
#ifndef RUN_REMEMBER_H
#define RUN_REMEMBER_H

#include <stddef.h>

#include "validator/chain/checker.h"
#include "validator/store/pins.h"
#include "waymark/clock.h"

/* Keep, as of `now`, the versions of publication points that `count` checkers
 * have found, in batches, each of which is durable by itself.  Nothing when no
 * point gave anything: at a wrong time, say, there is nothing to forget either.
 * Before the views of the store end, see pins.h.  0, or the first error: what
 * is not kept costs time today, and nothing else. */
int remember_write(struct checker *const *checkers, size_t count,
	struct pins *pins, struct wall now);

#endif
