/*
 * resource: address blocks and AS numbers, from text to the extensions of RFC
 * 3779 and to the prefixes of a ROA.
 *
 *	text --> ranges, sorted and merged --> prefix where it is one
 */
#ifndef LAB_RESOURCE_H
#define LAB_RESOURCE_H

#include <stdbool.h>

#include "core/vec.h"
#include "tests/lab/der.h"
#include "waymark/addr.h"

struct lab_range {
	struct addr min, max; /* an AS number fills the first four octets */
};

enum lab_kind {
	LAB_IPV4,
	LAB_IPV6,
	LAB_ASN,
	LAB_KINDS
};

struct lab_set {
	VEC(struct lab_range) ranges;
	bool inherit;
};

struct lab_resources {
	struct lab_set sets[LAB_KINDS];
};

/* A prefix of a ROA. */
struct lab_prefix {
	struct prefix prefix;
	uint8_t max_len;
	bool has_max_len;
};

typedef VEC(struct lab_prefix) lab_prefixes;

/* Read "10.0.0.0/8 10.0.0.1-10.0.0.9 2001:db8::/32 AS1 2-5 inherit
 * inherit-ipv4 inherit-ipv6 inherit-asn", in any order, and add it to `out`,
 * which starts as {0}.  0, or ERR_SYNTAX with `*word` at the bad word.  Freed
 * by lab_resources_free in every case. */
int lab_resources_parse(
	const char *text, struct lab_resources *out, const char **word);
void lab_resources_free(struct lab_resources *r);

/* Add the addresses of a prefix. */
void lab_resources_add(struct lab_resources *r, const struct prefix *prefix);

/* Sort and merge (RFC 3779 sections 2.2.3.6 and 3.2.3.4). */
void lab_resources_settle(struct lab_resources *r);

/* Whether there are, or are inherited, addresses; AS numbers. */
bool lab_resources_has_ip(const struct lab_resources *r);
bool lab_resources_has_asn(const struct lab_resources *r);

/* Put IPAddrBlocks or ASIdentifiers below `parent`. */
void lab_resources_ip_tree(
	struct arena *a, struct node *parent, const struct lab_resources *r);
void lab_resources_asn_tree(
	struct arena *a, struct node *parent, const struct lab_resources *r);

/* Read "192.0.2.0/24-26 2001:db8::/32", add it to `out` and sort it as RFC
 * 9582 section 4.3.3 wants.  0, or ERR_SYNTAX with `*word`.  Freed with
 * VEC_FREE. */
int lab_prefixes_parse(const char *text, lab_prefixes *out, const char **word);

/* Put the ipAddrBlocks of a ROA below `parent`. */
void lab_prefixes_tree(
	struct arena *a, struct node *parent, const lab_prefixes *prefixes);

#endif
