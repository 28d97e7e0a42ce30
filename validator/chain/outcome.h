/*
 * outcome: what one object of a publication point came to, judged by itself.
 *
 *	octets --member_judge--> outcome --member_take--> findings
 *	                           ^
 *	memory of results ---------'
 *
 * It depends on the object's octets and name, on its issuer (certificate,
 * effective resources, path), on the CRL by its serial number alone, and on the
 * time by its own two ends alone: where these are the same, the outcome is the
 * same, and whoever has it need not look at the object again.  What depends on
 * more than that (limits, loops, the end of the chain) is decided when it is
 * taken.
 */
#ifndef CHAIN_OUTCOME_H
#define CHAIN_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/object/cert.h"
#include "validator/object/reject.h"
#include "validator/object/roa.h"
#include "waymark/clock.h"
#include "waymark/report.h"
#include "waymark/span.h"

struct outcome {
	enum object_type type;
	enum object_state state;
	enum reject reason; /* with OBJECT_STATE_REFUSED */
	bool odd_aia; /* its AIA names another certificate than its issuer's */
	/* Of its certificate, where that could be read: */
	bool has_cert;
	struct wall not_before, not_after;
	struct span serial;
	/* What it says; of one that was refused, what could be read: */
	uint32_t asn; /* origin; customer; 0: none */
	const struct roa_prefix *prefixes; /* ROA, SPL; in its order */
	size_t prefix_count;
	const uint32_t *providers; /* ASPA */
	size_t provider_count;
	struct span
		successor; /* TAK: a URI of the key that is to follow; empty:
				  none is */
	/* Valid certificates of CAs and routers: the fields that ca_new, or a
	 * router key, is made of; the others are empty.  Else NULL. */
	const struct cert *cert;
};

#endif
