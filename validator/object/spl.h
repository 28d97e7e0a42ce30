/*
 * spl: signed prefix lists (draft-ietf-sidrops-rpki-prefixlist): all prefixes
 * that a network may originate.
 *
 * No router asks for them yet: a list is checked, counted and shown.
 */
#ifndef OBJECT_SPL_H
#define OBJECT_SPL_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "waymark/addr.h"

struct spl {
	struct cms cms;
	uint32_t asn;
	const struct prefix *prefixes; /* IPv4 first, by address and length;
					  there may be none */
	size_t prefix_count;
};

/* Parse everything that the list alone tells, also that the EE certificate
 * holds the AS number and no addresses.  Arrays live in `arena`.  REJECT_NONE
 * or the first rule that it breaks.  Signatures are cms_check's. */
enum reject spl_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct spl *out);

#endif
