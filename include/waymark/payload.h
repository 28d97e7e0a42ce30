/*
 * payload: the validated payloads (VRPs, router keys, ASPAs) and the set of
 * them that is served.
 *
 * Canonical order of VRPs: family, address, max length, prefix length, ASN,
 * all ascending.  RTR sends announcements in exactly the reverse order within
 * a family, and withdrawals in this order, so that neither needs a sort.
 *
 *	builder --add--> vrp vrp vrp ... --done--> set (sorted, unique)
 *
 * A set never changes once it is built; it is shared by reference count, also
 * between threads.
 */
#ifndef WAYMARK_PAYLOAD_H
#define WAYMARK_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/addr.h"
#include "waymark/span.h"

/* A Validated ROA Payload (RFC 6811 section 2). */
struct vrp {
	struct addr addr;
	uint32_t asn;
	uint8_t family; /* enum family */
	uint8_t len; /* prefix length */
	uint8_t max_len;
	uint8_t ta; /* index of the trust anchor */
	int64_t expires; /* Unix seconds: the end of its chain */
	uint32_t source; /* index of the object it came from */
	uint32_t reserved; /* zero */
};

enum {
	SKI_SIZE = 20
};

/* A router key (RFC 8635, RFC 8210 section 5.10). */
struct router_key {
	uint8_t ski[SKI_SIZE];
	uint32_t asn;
	struct span spki; /* DER SubjectPublicKeyInfo, owned by the set */
	int64_t expires;
	uint32_t source;
	uint8_t ta;
};

/* The providers that a customer AS attests. */
struct aspa {
	uint32_t customer;
	uint32_t provider_count;
	const uint32_t *providers; /* strictly ascending, owned by the set */
	int64_t expires;
	uint32_t source;
	uint8_t ta;
};

struct payload_set {
	const struct vrp *vrps; /* canonical order, unique */
	size_t vrp_count;
	size_t ipv4_count; /* the first so many are IPv4 */
	const struct router_key *keys; /* by SKI, SPKI length, SPKI, ASN */
	size_t key_count;
	const struct aspa *aspas; /* by customer */
	size_t aspa_count;
	struct payload_owner *owner; /* count and memory; private */
};

/* Canonical order: what makes two payloads the same for a router; expiry,
 * source and trust anchor do not count.  <0, 0, >0. */
int vrp_compare(const struct vrp *a, const struct vrp *b);
int router_key_compare(const struct router_key *a, const struct router_key *b);
int aspa_compare(const struct aspa *a, const struct aspa *b);

/* Whether the content of two ASPAs differs (same customer, other providers). */
bool aspa_same(const struct aspa *a, const struct aspa *b);

/* The prefix of a VRP. */
struct prefix vrp_prefix(const struct vrp *v);

struct payload_builder;

/* A builder with room for about `expect` VRPs, or NULL out of memory.
 * Freed by payload_build_done or payload_build_drop. */
struct payload_builder *payload_build_new(size_t expect);

/* Add one payload; what it points to is copied.  0 or ERR_NOMEM. */
int payload_build_vrp(struct payload_builder *b, const struct vrp *v);
int payload_build_key(struct payload_builder *b, const struct router_key *key);
int payload_build_aspa(struct payload_builder *b, const struct aspa *aspa);

/* Sort what is not sorted, keep one of each (the latest expiry; then the
 * lowest trust anchor, the lowest source), merge the ASPAs of one customer
 * (their union; AS0 only when nothing else is there; the earliest expiry), and
 * hand out the set with one reference.  Frees the builder in every case.
 * 0 or ERR_NOMEM. */
int payload_build_done(
	struct payload_builder *b, const struct payload_set **out);

/* Free a builder that came to nothing. NULL is fine. */
void payload_build_drop(struct payload_builder *b);

/* One more holder; returns `set`. */
const struct payload_set *payload_ref(const struct payload_set *set);

/* One holder less; the last one frees.  NULL is fine. */
void payload_unref(const struct payload_set *set);

/* Call `each` for every VRP whose prefix covers `route`, shortest address
 * match first, until it answers false. */
void payload_covering(const struct payload_set *set, const struct prefix *route,
	bool (*each)(void *ctx, const struct vrp *v), void *ctx);

#endif
