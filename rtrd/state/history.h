/*
 * history: the last steps from serial to serial.
 *
 *	serial   7 -----> 8 -----> 9 -----> 10 (current)
 *	            delta    delta    delta
 *
 * A history never changes: one step more is another history, which shares the
 * deltas with the one before.  So one may be written to disk by a thread while
 * routers are given what the other has.
 *
 * How many steps are kept: as many as asked for, and the oldest go
 * - when what came after them is older than asked for: whoever was away for so
 *   long has dropped what it had;
 * - while the deltas take more than a quarter of what the full set takes: past
 *   that size the full set is hardly more to send;
 *   but neither goes below BOUND_RTR_HISTORY_MIN;
 * - while the deltas take more than BOUND_RTR_HISTORY_BYTES, however few are
 *   left: a set that comes and goes as a whole must not fill the memory.
 * A router whose serial is no longer here is told Cache Reset.
 */
#ifndef STATE_HISTORY_H
#define STATE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "rtrd/state/delta.h"
#include "waymark/clock.h"

enum {
	HISTORY_HASH = 32 /* SHA-256 */
};

/* A serial, and how it came to be. */
struct step {
	uint32_t serial;
	struct wall published;
	struct mono at; /* the same, by the clock of this life */
	/* The times that the policy was told when it made the set, the newest
	 * first; see lineage.h. */
	struct wall made[2];
	uint8_t hash[HISTORY_HASH]; /* of the set, see record.h */
	const struct delta *delta; /* from the serial before; NULL: the first */
};

struct history;

struct history_limits {
	uint32_t most; /* steps back, at least 1 */
	int64_t window_ms; /* 0: of any age */
	size_t full_size; /* octets that the newest set takes */
};

/* A history of `n` (at least 1) steps, the oldest first, serial after serial;
 * the first is taken without its delta, the others must have one.  All take
 * references of their own.  0, with one reference in `*out`; ERR_NOMEM. */
int history_of(const struct step *steps, size_t n, const struct history **out);

/* The history with one step more, as far as the limits let it reach back.  The
 * same. */
int history_add(const struct history *h, const struct step *next,
	const struct history_limits *limits, const struct history **out);

/* The same serials, of which the last was made anew at `made`.  The same. */
int history_remade(
	const struct history *h, struct wall made, const struct history **out);

/* One more holder (returns `h`), one holder less; NULL is fine for the
 * latter. */
const struct history *history_ref(const struct history *h);
void history_unref(const struct history *h);

/* Steps back that a delta can be given for; 0: only the current set. */
size_t history_count(const struct history *h);

/* The step that led to the serial so many before the last, 0 to
 * history_count. */
const struct step *history_back(const struct history *h, size_t back);

/* Octets of memory that the deltas hold. */
size_t history_size(const struct history *h);

/* The net delta over the last `steps` steps, 1 to history_count.  0, with one
 * reference in `*out`; ERR_NOMEM. */
int history_net(
	const struct history *h, size_t steps, const struct delta **out);

#endif
