/*
 * point: one publication point as a whole (RFC 9286 section 6).
 *
 *	CA --SIA--> manifest --names--> CRL, ROAs, certificates of CAs ...
 *
 * The manifest must hold, its CRL must hold, and every file that it lists must
 * be there with its hash; else the point gives nothing.  Within a point that
 * holds, a ROA or a certificate that breaks a rule of its own is refused alone.
 *
 * Where a point may be read in several places they are tried one after the
 * other, each as a whole, the last good version last (RFC 9286 section 6.6);
 * that one is held to the same rules, so it is not used beyond its own time.
 */
#ifndef CHAIN_POINT_H
#define CHAIN_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "validator/chain/ca.h"
#include "validator/chain/checker.h"
#include "validator/object/reject.h"
#include "waymark/clock.h"

/* What a point has to give, counted as its trust anchor's limits are, and where
 * it came from. */
struct point_gain {
	uint64_t n[LIMITS];
	struct wall expires; /* when the first of its VRPs ends; INT64_MAX:
				there are none */
	int repo; /* where it was read, or should have been; -1: none */
	bool failed; /* there */
};

/* Check the publication point of `ca`, which may have `children_max` child CAs
 * here.  What it gives is added to the checker's findings, and counted in
 * env->tas.  When that passes a limit of the trust anchor it is left out of the
 * findings, though not of `gain`, and beyond the limit of objects its files are
 * not looked at: the caller then has to decide who goes, and to begin again. */
void point_check(struct checker *k, const struct ca *ca, uint32_t children_max,
	struct point_gain *gain);

/* Note that the point of `ca` is not looked at, for `reason`. */
void point_deny(struct checker *k, const struct ca *ca, enum reject reason);

#endif
