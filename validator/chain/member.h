/*
 * member: one object of a publication point, once it is known to be the one
 * that the manifest lists.
 *
 * What it breaks is its own affair: it is refused alone.  What it gives (VRPs,
 * router keys, ASPAs, a child CA) goes to the findings of the point under way.
 * Of a CA's certificate an earlier one may stand in, see stand_in.c.
 */
#ifndef CHAIN_MEMBER_H
#define CHAIN_MEMBER_H

#include <stdint.h>

#include "validator/chain/issued.h"
#include "validator/chain/note.h"
#include "validator/chain/outcome.h"
#include "validator/object/mft.h"
#include "waymark/clock.h"

/* The CA at whose point the members lie, and how many children it has. */
struct household {
	struct noter *noter;
	const struct issuer *by; /* with key and CRL */
	struct wall end; /* the earliest end of all above a member */
	uint32_t children; /* queued so far */
	uint32_t children_max; /* its part of the trust anchor's CAs */
	uint32_t taks; /* that hold, so far */
};

/* A listed file, read. */
struct member {
	const struct mft_file *entry;
	struct span der;
	uint32_t index; /* on the manifest */
};

/* Judge one by the rules of its type.  Nothing is noted; arrays live in the
 * checker's object arena, texts in the octets. */
void member_judge(const struct household *house, const struct member *m,
	struct outcome *out);

/* Note an outcome, and keep what it gives.  `m->der` is not looked at.  Why it
 * is refused, by its rules or as it is taken; REJECT_NONE: it is not. */
enum reject member_take(struct household *house, const struct member *m,
	const struct outcome *what);

/* Queue the child CA of an earlier certificate in the place of `m`'s, of which
 * nothing is noted.  As member_take. */
enum reject member_adopt(struct household *house, const struct member *m,
	const struct cert *earlier);

#endif
