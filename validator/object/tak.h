/*
 * tak: trust anchor keys (RFC 9691): how a trust anchor says that it is about
 * to change its key.
 *
 * Nothing is switched by them: the operator is told, and changes the locator.
 */
#ifndef OBJECT_TAK_H
#define OBJECT_TAK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"

/* A key, and where the certificate of its trust anchor is. */
struct tak_key {
	const struct span *comments; /* UTF-8 */
	size_t comment_count;
	const struct span *uris; /* rsync or https, at least one */
	size_t uri_count;
	struct span spki; /* whole SubjectPublicKeyInfo, DER */
};

struct tak {
	struct cms cms;
	struct tak_key current, predecessor, successor;
	bool has_predecessor, has_successor;
};

/* Parse everything that the object alone tells.  That it stands alone at its
 * trust anchor's own point, and that the current key is that one's, is
 * validator/chain's.  Arrays live in `arena`.  REJECT_NONE or the first rule
 * that it breaks.  Signatures are cms_check's. */
enum reject tak_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct tak *out);

#endif
