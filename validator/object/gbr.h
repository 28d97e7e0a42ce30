/*
 * gbr: Ghostbusters records (RFC 6493): whom to call about a CA.
 *
 * Nothing depends on them: a record is checked so that who asks is told what is
 * wrong with it, and its content is not kept.
 */
#ifndef OBJECT_GBR_H
#define OBJECT_GBR_H

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"

struct gbr {
	struct cms cms;
};

/* Parse everything that the record alone tells: envelope, a way to reach
 * somebody (RFC 6493 section 5), all resources of the EE inherited.  Arrays
 * live in `arena`.  REJECT_NONE or the first rule that it breaks.  Signatures
 * are cms_check's. */
enum reject gbr_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct gbr *out);

#endif
