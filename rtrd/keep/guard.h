/*
 * guard: what a run may not take away.
 *
 * A trust anchor that gives nothing at all where it gave payloads before is
 * far more often a fault of ours or of the way to it than the will of its
 * operator.  Routers would take every route of its region for not-found.  The
 * same goes for a clock that has jumped: with it most of a table would end at
 * once.
 */
#ifndef KEEP_GUARD_H
#define KEEP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/snapshot.h"

/* The trust anchors of `old` that have VRPs there that hold at the time `new`
 * was validated at, are still asked for in `new`, and have no valid publication
 * point there: bit i stands for `old->report.tas[i]` (BOUND_TAS is 64).  0 when
 * there is none, or `old` is NULL.  Once its last chain has ended there is
 * nothing left to keep, and others must not wait for it. */
uint64_t guard_lost_tas(const struct snapshot *old, const struct snapshot *new);

/* Whether a set must not take the place of one with `before` payloads, as it
 * has only `after`, fewer than half, and the clock has jumped by `jump_s`
 * seconds (0: it has not; see steady.h). */
bool guard_clock(int64_t jump_s, size_t before, size_t after);

#endif
