/*
 * aspa: AS provider attestations (draft-ietf-sidrops-aspa-profile-25): which
 * networks may carry a customer's routes onwards.
 */
#ifndef OBJECT_ASPA_H
#define OBJECT_ASPA_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"

struct aspa_object {
	struct cms cms;
	uint32_t customer;
	const uint32_t *providers; /* strictly ascending, at least one; AS0
				      alone: there are none */
	size_t provider_count;
};

/* Parse everything that the attestation alone tells, also that the EE
 * certificate is for the customer and nothing else (section 4 of the draft).
 * Arrays live in `arena`.  REJECT_NONE or the first rule that it breaks.
 * Signatures are cms_check's. */
enum reject aspa_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct aspa_object *out);

#endif
