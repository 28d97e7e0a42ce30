/*
 * point: one publication point as a whole (RFC 9286 section 6).
 *
 *	CA --SIA--> manifest --names--> CRL, ROAs, certificates of CAs ...
 *
 * The manifest must hold, its CRL must hold, and every file that it lists must
 * be there with its hash; else the point gives nothing.  Within a point that
 * holds, a ROA or a certificate that breaks a rule of its own is refused alone.
 */
#ifndef CHAIN_POINT_H
#define CHAIN_POINT_H

#include <stdint.h>

#include "validator/chain/ca.h"
#include "validator/chain/checker.h"
#include "validator/object/reject.h"

/* Check the publication point of `ca`.  What it gives is added to the checker's
 * findings, children included.  Returns how many VRPs it has; those are counted
 * in env->vrps, and left out of the findings when this passes the limit.  The
 * point is checked anew, then, with or without them, by the caller. */
uint64_t point_check(struct checker *k, const struct ca *ca);

/* Note that the point of `ca` is not looked at, for `reason`. */
void point_deny(struct checker *k, const struct ca *ca, enum reject reason);

#endif
