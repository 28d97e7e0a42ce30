/*
 * claims: see the header.
 *
 *	10.0.0.0 - 10.0.2.255	-->	10.0.0.0/23, 10.0.2.0/24
 */
#include "validator/chain/claims.h"

#include "validator/object/glance.h"
#include "waymark/bounds.h"

size_t
claims_of(const struct resources *r, struct snapshot_claim *out, size_t most)
{
	struct roa_prefix prefixes[BOUND_CLAIMS];
	size_t n = glance_resources(
		r, prefixes, most < BOUND_CLAIMS ? most : BOUND_CLAIMS);

	for (size_t i = 0; i < n; i++) {
		const struct prefix *p = &prefixes[i].prefix;

		/* They are held, not announced: no ROA says how far down. */
		out[i] = (struct snapshot_claim){
			.addr = p->addr,
			.family = p->family,
			.len = p->len,
			.max_len = p->len,
		};
	}
	return n;
}
