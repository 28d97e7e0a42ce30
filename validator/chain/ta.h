/*
 * ta: from a trust anchor locator to the first CA (RFC 8630 section 3).
 */
#ifndef CHAIN_TA_H
#define CHAIN_TA_H

#include <stdint.h>

#include "validator/chain/ca.h"
#include "validator/chain/checker.h"
#include "validator/tal/tal.h"

/* Look at the certificate behind every URI of `tal`, and take the newest that
 * holds: its key is the locator's, it signed itself, its time has come.
 * An https URI is looked up as TREE/host/path like an rsync one.
 * Returns a node with one reference, or NULL when none holds; what was refused
 * is in the findings, below trust anchor `index`. */
const struct ca *ta_find(
	struct checker *k, const struct tal *tal, uint32_t index);

/* Note that the locator of trust anchor `index` cannot be used; `where` is its
 * file, `reason` REJECT_TAL_BROKEN or what its key breaks. */
void ta_deny(struct checker *k, struct span where, uint32_t index,
	enum reject reason);

/* One certificate as a trust anchor's, by itself and by the locator's key
 * `spki` (empty: not known). */
enum reject ta_check(
	struct checker *k, struct span der, struct span spki, struct cert *out);

#endif
