/*
 * rsc: signed checklists (RFC 9323): digests of any files, attested with the
 * resources of who holds them.
 *
 * None is ever published in a repository: people hand them to each other, and
 * `validator inspect` reads them.
 */
#ifndef OBJECT_RSC_H
#define OBJECT_RSC_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "validator/object/resources.h"

struct rsc_file {
	struct span name; /* empty: known by its digest alone */
	const uint8_t *hash; /* SHA-256 of the file */
};

struct rsc {
	struct cms cms;
	struct resources resources; /* that the checklist is signed with */
	const struct rsc_file *files; /* in the checklist's order */
	size_t file_count;
};

/* Parse everything that the checklist alone tells, also that its resources lie
 * within those of the EE certificate (RFC 9323 section 5).  Arrays live in
 * `arena`.  REJECT_NONE or the first rule that it breaks.  Signatures are
 * cms_check's. */
enum reject rsc_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct rsc *out);

#endif
