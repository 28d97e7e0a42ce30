/*
 * delta: what tells one payload set from another.
 *
 *	       gone = old - new              come = new - old
 *	old  |=======|-----------------|
 *	new          |-----------------|=======|
 *
 * Two deltas in a row make one: what came with the first and goes with the
 * second is in neither half.  So a delta is net, however many steps it spans:
 * nothing is in it twice, nothing in both halves.
 *
 * An ASPA whose providers change is gone with the old and come with the new.
 */
#ifndef STATE_DELTA_H
#define STATE_DELTA_H

#include <stdbool.h>
#include <stddef.h>

#include "waymark/payload.h"

/* One half of a delta, each part in canonical order. */
struct delta_half {
	struct vrp *vrps;
	size_t vrp_count;
	struct router_key *keys;
	size_t key_count;
	struct aspa *aspas;
	size_t aspa_count;
};

struct delta {
	struct delta_half gone, come;
	size_t size; /* octets of memory that it holds */
	struct arena *arena; /* what keys and ASPAs point to; private */
};

/* The delta that leads from `from` to `to`; it does not need them afterwards.
 * 0, with `*out` to be freed by delta_free; ERR_NOMEM. */
int delta_between(const struct payload_set *from, const struct payload_set *to,
	struct delta **out);

/* The one delta that does what `first` and then `second` do; it does not need
 * them afterwards.  0, with `*out` to be freed by delta_free; ERR_NOMEM. */
int delta_join(const struct delta *first, const struct delta *second,
	struct delta **out);

/* Payloads in both halves; 0: nothing differs. */
size_t delta_count(const struct delta *d);

/* Free a delta.  NULL is fine. */
void delta_free(struct delta *d);

#endif
