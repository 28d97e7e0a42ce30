/*
 * policy: from what was validated to what routers are given.
 *
 *	snapshot --(time, local rules)--> payload set
 *
 * A pure function: the same snapshot at the same time gives the same set.
 * What has expired is left out, also when no run ever comes again; so is what
 * no PDU could carry.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>

#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/snapshot.h"

/* The payloads of `snapshot` that hold at `now`, one of each: `*out` with one
 * reference for the caller (payload_unref).  A payload holds to the end of the
 * second in which its chain ends (RFC 5280 section 4.1.2.5).  0 or
 * ERR_NOMEM. */
int policy_apply(const struct snapshot *snapshot, struct wall now,
	const struct payload_set **out);

/* The first second at which a payload of `set` no longer holds: when to apply
 * the policy again.  False for an empty set. */
bool policy_next_expiry(const struct payload_set *set, struct wall *out);

#endif
