/*
 * guard: what a run may not take away.
 *
 * A trust anchor that gives nothing at all where it gave payloads before is
 * far more often a fault of ours or of the way to it than the will of its
 * operator.  Routers would take every route of its region for not-found.
 */
#ifndef KEEP_GUARD_H
#define KEEP_GUARD_H

#include "waymark/snapshot.h"

/* The name of a trust anchor that has VRPs in `old` that hold at the time `new`
 * was validated at, is still asked for in `new`, and has no valid publication
 * point there; NULL when there is none, or when `old` is NULL.  Once its last
 * chain has ended there is nothing left to keep, and others must not wait for
 * it.  The text lives as long as `new`. */
const char *guard_lost_ta(
	const struct snapshot *old, const struct snapshot *new);

#endif
