/*
 * member: one object of a publication point, once it is known to be the one
 * that the manifest lists.
 *
 * What it breaks is its own affair: it is refused alone.  What it gives (VRPs,
 * a child CA) goes to the findings of the point under way.
 */
#ifndef CHAIN_MEMBER_H
#define CHAIN_MEMBER_H

#include <stdint.h>

#include "validator/chain/issued.h"
#include "validator/chain/note.h"
#include "validator/object/mft.h"
#include "waymark/clock.h"

/* The CA at whose point the members lie, and how many children it has. */
struct household {
	struct noter *noter;
	const struct issuer *by; /* with key and CRL */
	struct wall end; /* the earliest end of all above a member */
	uint32_t children; /* queued so far */
	uint32_t children_max; /* its part of the trust anchor's CAs */
};

/* A listed file, read. */
struct member {
	const struct mft_file *entry;
	struct span der;
	uint32_t index; /* on the manifest */
};

/* Check one by the rules of its type, and note what became of it.  Types that
 * are not evaluated are noted as ignored. */
void member_check(struct household *house, const struct member *m);

#endif
