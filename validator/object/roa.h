/*
 * roa: route origin authorizations (RFC 9582).
 */
#ifndef OBJECT_ROA_H
#define OBJECT_ROA_H

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "waymark/addr.h"

struct roa_prefix {
	struct prefix prefix;
	uint8_t max_len;
};

struct roa {
	struct cms cms;
	uint32_t asn;
	const struct roa_prefix *prefixes; /* in the ROA's order */
	size_t prefix_count;
};

/* Parse everything that the ROA alone tells, also that every prefix lies within
 * the EE certificate's resources.  Arrays live in `arena`.  REJECT_NONE or the
 * first rule that it breaks.  Signatures are cms_check's. */
enum reject roa_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct roa *out);

#endif
