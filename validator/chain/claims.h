/*
 * claims: resources as the prefixes that they are made of.
 */
#ifndef CHAIN_CLAIMS_H
#define CHAIN_CLAIMS_H

#include <stddef.h>

#include "validator/object/resources.h"
#include "waymark/snapshot.h"

/* The first `most` prefixes, at most BOUND_CLAIMS, that the addresses of `r`
 * are made of, IPv4 first, each as short as may be; `r` inherits nothing.  How
 * many there are. */
size_t claims_of(
	const struct resources *r, struct snapshot_claim *out, size_t most);

#endif
