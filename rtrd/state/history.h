/*
 * history: the last steps from serial to serial.
 *
 *	serial   7 -----> 8 -----> 9 -----> 10 (current)
 *	            delta    delta    delta
 *
 * How many are kept: as many as asked for, and the oldest go
 * - while the deltas take more than a quarter of what the full set takes, but
 *   never below BOUND_RTR_HISTORY_MIN for this reason: past that size the
 *   full set is hardly more to send;
 * - while the deltas take more than BOUND_RTR_HISTORY_BYTES, however few are
 *   left: a set that comes and goes as a whole must not fill the memory.
 * A router whose serial is no longer here is told Cache Reset.
 */
#ifndef STATE_HISTORY_H
#define STATE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "rtrd/state/delta.h"

struct history;

/* A history of at most `most` deltas (at least 1), before its first.  NULL out
 * of memory; freed by history_free. */
struct history *history_new(uint32_t most);
void history_free(struct history *h);

/* Add the step to a new current set, whose payloads take `full_size` octets.
 * The history owns the delta from then on. */
void history_add(struct history *h, struct delta *step, size_t full_size);

/* Steps back that a delta can be given for. */
size_t history_count(const struct history *h);

/* Octets of memory that the deltas hold. */
size_t history_size(const struct history *h);

/* The net delta over the last `steps` steps, 1 to history_count.  0, with
 * `*out` to be freed by delta_free; ERR_NOMEM. */
int history_net(const struct history *h, size_t steps, struct delta **out);

#endif
