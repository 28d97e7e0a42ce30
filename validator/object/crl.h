/*
 * crl: certificate revocation lists (RFC 6487 section 5, RFC 9829).
 *
 * The revoked serials are kept as a sorted array of spans into the input, so
 * that a look-up in 500,000 entries is logarithmic.
 */
#ifndef OBJECT_CRL_H
#define OBJECT_CRL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/crypto.h"
#include "validator/object/reject.h"
#include "waymark/clock.h"
#include "waymark/span.h"

struct crl_entry {
	struct span serial; /* content octets of the INTEGER */
	struct wall revoked;
};

struct crl {
	struct span der, tbs, signature;
	struct span issuer; /* whole Name, DER */
	struct wall this_update, next_update;
	uint8_t aki[SHA1_SIZE];
	struct span number; /* content octets of the CRL number */
	const struct crl_entry *revoked; /* by serial, ascending */
	size_t revoked_count;
};

/* Parse everything that the CRL alone tells.  The array lives in `arena`.
 * REJECT_NONE or the first rule that it breaks. */
enum reject crl_parse(struct span der, struct arena *arena, struct crl *out);

/* Whether a certificate's serial (content octets) is revoked. */
bool crl_revokes(const struct crl *crl, struct span serial);

#endif
