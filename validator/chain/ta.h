/*
 * ta: from a trust anchor locator to the first CA (RFC 8630 section 3).
 */
#ifndef CHAIN_TA_H
#define CHAIN_TA_H

#include <stdint.h>

#include "validator/chain/ca.h"
#include "validator/chain/checker.h"
#include "validator/tal/tal.h"

/* The copy of a certificate that was taken. */
struct ta_copy {
	size_t uri; /* index into the locator's */
	uint8_t hash[SHA256_SIZE];
};

/* Look at the certificate behind every URI of `tal`, in all versions that the
 * source has, and take the newest that holds: its key is the locator's, it
 * signed itself, its time has come.
 * Returns a node with one reference, not shared yet, and `*copy` (may be NULL)
 * filled; or NULL when none holds.  What was refused is in the findings, below
 * trust anchor `index`. */
struct ca *ta_find(struct checker *k, const struct tal *tal, uint32_t index,
	struct ta_copy *copy);

/* Note that the locator of trust anchor `index` cannot be used; `where` is its
 * file, `reason` REJECT_TAL_BROKEN or what its key breaks. */
void ta_deny(struct checker *k, struct span where, uint32_t index,
	enum reject reason);

/* One certificate as a trust anchor's, by itself and by the locator's key
 * `spki` (empty: not known). */
enum reject ta_check(
	struct checker *k, struct span der, struct span spki, struct cert *out);

#endif
