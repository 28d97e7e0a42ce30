/*
 * validity: what route origin validation says of one route (RFC 6811).
 *
 *	VRPs that cover the prefix
 *	   none ----------------------------------> not-found
 *	   one with this AS, and long enough -----> valid
 *	   else, one that is long enough ---------> invalid, reason as
 *	   else ----------------------------------> invalid, reason length
 *
 * A covering VRP stands in exactly one list: too short for the route comes
 * first (unmatched_length), then another AS (unmatched_as), else matched.
 * A VRP of AS 0 never matches (RFC 6483 section 4, RFC 7607).
 */
#ifndef SERVE_VALIDITY_H
#define SERVE_VALIDITY_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "waymark/payload.h"

/* X(NAME, "state", "reason" or NULL, "description") */
#define VALIDITY_TABLE(X) \
	X(VALID, "valid", NULL, "At least one VRP Matches the Route Prefix") \
	X(INVALID_AS, "invalid", "as", \
		"At least one VRP Covers the Route Prefix, but none of those " \
		"that allow its length names the origin AS") \
	X(INVALID_LENGTH, "invalid", "length", \
		"At least one VRP Covers the Route Prefix, but the Route " \
		"Prefix is longer than any of them allows") \
	X(NOT_FOUND, "not-found", NULL, "No VRP Covers the Route Prefix")

enum validity_state {
#define VALIDITY_ENUM(name, state, reason, text) VALIDITY_##name,
	VALIDITY_TABLE(VALIDITY_ENUM)
#undef VALIDITY_ENUM
	VALIDITY_STATES
};

enum validity_list {
	VALIDITY_MATCHED,
	VALIDITY_UNMATCHED_AS,
	VALIDITY_UNMATCHED_LENGTH,
	VALIDITY_LISTS
};

struct validity {
	const struct payload_set *set; /* no reference */
	struct prefix route;
	uint32_t asn;
	enum validity_state state;
	size_t counts[VALIDITY_LISTS];
};

/* The state's word, its reason (NULL: none), its description.  Static. */
const char *validity_name(enum validity_state state);
const char *validity_reason(enum validity_state state);
const char *validity_text(enum validity_state state);

/* Look at every VRP of `set` that covers `route` (RFC 6811 section 2.1). */
void validity_check(const struct payload_set *set, const struct prefix *route,
	uint32_t asn, struct validity *out);

/* Append {"route":...,"validity":...}, the members that operators' tools know,
 * while the set of validity_check still lives.  A list is cut after
 * BOUND_VALIDITY_VRPS, and then "omitted" counts the rest. */
void validity_write(struct text *t, const char *key, const struct validity *v);

#endif
