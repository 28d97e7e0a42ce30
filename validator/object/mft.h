/*
 * mft: manifests (RFC 9286).
 */
#ifndef OBJECT_MFT_H
#define OBJECT_MFT_H

#include "core/arena.h"
#include "validator/object/cms.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "waymark/clock.h"
#include "waymark/report.h"
#include "waymark/span.h"

struct mft_file {
	struct span name; /* [A-Za-z0-9_-]+\.[a-z]{3} */
	const uint8_t *hash; /* SHA-256, into the input */
	enum object_type type; /* by its extension */
};

struct mft {
	struct cms cms;
	struct span number; /* content octets of the INTEGER */
	struct wall this_update, next_update;
	const struct mft_file *files; /* in the manifest's order */
	size_t file_count;
	size_t crl; /* index of the one CRL */
};

/* Parse everything that the manifest alone tells: envelope, fields, file names
 * (unique, exactly one CRL), all resources of the EE inherited.  Arrays live in
 * `arena`.  REJECT_NONE or the first rule that it breaks.  Signatures are
 * cms_check's. */
enum reject mft_parse(struct span der, const struct profile *profile,
	struct crypto *c, struct arena *arena, struct mft *out);

#endif
