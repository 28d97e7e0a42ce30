/*
 * resources: the sets of RFC 3779, IP addresses and AS numbers.
 *
 * A set is three sorted arrays of ranges, apart from each other by at least
 * one number, which is the canonical form (RFC 3779 sections 2.2.3.6 and
 * 3.2.3.4).  A family may `inherit` instead: then its array is empty until
 * resources_resolve puts the issuer's in.
 *
 *	IPv4   [10.0.0.0 - 10.255.255.255] [192.0.2.0 - 192.0.2.255]
 *	IPv6   inherit
 *	ASN    [64496 - 64511]
 */
#ifndef OBJECT_RESOURCES_H
#define OBJECT_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/reject.h"
#include "waymark/addr.h"
#include "waymark/span.h"

struct ipv4_range {
	uint32_t min, max; /* host order */
};

struct ipv6_range {
	struct addr min, max;
};

struct asn_range {
	uint32_t min, max;
};

struct der;

struct resources {
	const struct ipv4_range *ipv4;
	const struct ipv6_range *ipv6;
	const struct asn_range *asn;
	size_t ipv4_count, ipv6_count, asn_count;
	bool inherit_ipv4, inherit_ipv6, inherit_asn;
	bool has_ip, has_asn; /* the extension is there */
};

/* Take an address family as ROAs and prefix lists have it, an OCTET STRING of
 * an AFI of two octets and no SAFI (RFC 9582 section 4.3.1.1); others are
 * refused with `code`. */
enum family resources_family(struct der *d, enum reject code);

/* Parse the value of the extension id-pe-ipAddrBlocks or
 * id-pe-autonomousSysIds (the octets inside extnValue) and add it to `out`,
 * which starts as {0}.  Arrays live in `arena`.  REJECT_NONE or the rule. */
enum reject resources_parse_ip(
	struct span der, struct arena *arena, struct resources *out);
enum reject resources_parse_asn(
	struct span der, struct arena *arena, struct resources *out);

/* Whether any family inherits, or whether all do that are there. */
bool resources_inherit_any(const struct resources *r);
bool resources_inherit_all(const struct resources *r);

/* `own` with what it inherits taken from `issuer`, which inherits nothing.
 * Shares the arrays of both; nothing to free. */
struct resources resources_resolve(
	const struct resources *own, const struct resources *issuer);

/* Whether all of `inner` lies within `outer`; neither inherits. */
bool resources_contain(
	const struct resources *outer, const struct resources *inner);

/* Whether one prefix lies within. */
bool resources_contain_prefix(
	const struct resources *r, const struct prefix *prefix);

#endif
