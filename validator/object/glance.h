/*
 * glance: what an object that is refused would have said.
 *
 * Who looks for a missing route wants to know which refused object would have
 * spoken of it.  So this reads on where the parsers stop: it asks for no rule,
 * takes what can be read, and passes over the rest.  Nothing that it tells may
 * ever be used for routing.
 */
#ifndef OBJECT_GLANCE_H
#define OBJECT_GLANCE_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/resources.h"
#include "validator/object/roa.h"
#include "waymark/report.h"
#include "waymark/span.h"

struct glance {
	uint32_t asn; /* ROA, SPL: origin; ASPA: customer; router certificate:
			 its first; 0: none, or not readable */
	/* At most BOUND_CLAIMS: of a ROA or SPL; of a certificate its own
	 * resources, down to any length. */
	const struct roa_prefix *prefixes;
	size_t prefix_count;
};

/* Read what can be read of any octets, taken as an object of `type`.  Types
 * that speak of no route, and octets that cannot be read, give {0}.  The array
 * lives in `arena`; out of memory it is empty. */
void glance_read(struct span der, enum object_type type, struct arena *arena,
	struct glance *out);

/* The first `max` prefixes that make up the resources' addresses, each down to
 * any length, into `out`; what is inherited is left out.  Returns how many. */
size_t glance_resources(
	const struct resources *r, struct roa_prefix *out, size_t max);

#endif
