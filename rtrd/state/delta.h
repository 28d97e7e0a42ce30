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
 *
 * A delta never changes once it is made; it is shared by reference count, also
 * between threads.
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
	struct delta_owner *owner; /* count and memory; private */
};

/* The delta that leads from `from` to `to`; it does not need them afterwards.
 * 0, with one reference in `*out`; ERR_NOMEM. */
int delta_between(const struct payload_set *from, const struct payload_set *to,
	const struct delta **out);

/* The one delta that does what `first` and then `second` do; it does not need
 * them afterwards.  0, with one reference in `*out`; ERR_NOMEM. */
int delta_join(const struct delta *first, const struct delta *second,
	const struct delta **out);

/* A delta of two halves that somebody has made, gone and come: their arrays are
 * from malloc and the delta's in every case, what these point to is copied.
 * 0, with one reference in `*out`; ERR_NOMEM. */
int delta_take(const struct delta_half halves[2], const struct delta **out);

/* Whether a half stands in canonical order with nothing twice. */
bool delta_half_is_sorted(const struct delta_half *half);

/* Payloads in both halves; 0: nothing differs. */
size_t delta_count(const struct delta *d);

/* One more holder; returns `d`. */
const struct delta *delta_ref(const struct delta *d);

/* One holder less; the last one frees.  NULL is fine. */
void delta_unref(const struct delta *d);

#endif
