/*
 * glance: see the header.
 *
 *	signed object   ContentInfo --> SignedData --> eContent --> numbers and
 *	                prefixes
 *	certificate     tbs --> extensions --> resources
 *
 * Every value that may be broken is read by a cursor of its own, so that one
 * that is does not hide those behind it.
 */
#include "validator/object/glance.h"

#include <string.h>

#include "validator/object/cert.h"
#include "validator/object/der.h"
#include "validator/object/x509.h"
#include "waymark/bounds.h"

enum {
	ASN_OCTETS = 5, /* of a number with 32 bits, with its sign */
};

struct sink {
	struct roa_prefix *at;
	size_t n;
	size_t room;
};

/* eContent: { id-signedData, [0] { { version, digests, { type, [0] content. */
static struct span
content_of(struct span der)
{
	struct der d;

	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	der_take(&d, DER_OID);
	der_enter(&d, DER_CONSTRUCTED(0));
	der_enter(&d, DER_SEQUENCE);
	der_take(&d, DER_INTEGER);
	der_take(&d, DER_SET);
	der_enter(&d, DER_SEQUENCE);
	der_take(&d, DER_OID);
	der_enter(&d, DER_CONSTRUCTED(0));
	return der_octets(&d);
}

/* A number within 32 bits, however it is encoded; else 0. */
static uint32_t
read_number(struct der *d)
{
	struct span s = der_take(d, DER_INTEGER);
	uint64_t n = 0;

	if (!der_ok(d) || s.n == 0 || s.n > ASN_OCTETS || s.p[0] >= 0x80)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		n = n << 8 | s.p[i];
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* A prefix from its bits; false when they are none. */
static bool
read_bits(struct der *d, enum family family, struct prefix *out)
{
	struct span s = der_take(d, DER_BIT_STRING);
	size_t len;

	if (!der_ok(d) || s.n == 0 || s.p[0] > 7 || (s.n == 1 && s.p[0] != 0))
		return false;
	len = (s.n - 1) * 8 - s.p[0];
	if (len > family_bits(family))
		return false;
	*out = (struct prefix){.len = (uint8_t)len, .family = (uint8_t)family};
	memcpy(out->addr.b, s.p + 1, s.n - 1);
	out->addr = addr_low(&out->addr, (unsigned)len);
	return true;
}

/* A ROA's { address, maxLength }, or the bits alone of a prefix list. */
static void
read_prefix(struct span whole, enum family family, struct sink *sink)
{
	struct roa_prefix *out = &sink->at[sink->n];
	struct der d;
	uint32_t max;

	der_init(&d, whole);
	if (der_next_is(&d, DER_SEQUENCE))
		der_enter(&d, DER_SEQUENCE);
	if (!read_bits(&d, family, &out->prefix))
		return;
	max = der_more(&d) ? read_number(&d) : 0;
	out->max_len = out->prefix.len;
	if (max > out->prefix.len && max <= family_bits(family))
		out->max_len = (uint8_t)max;
	sink->n++;
}

/* { family, { prefixes } }; a family that is none is passed over. */
static void
read_family(struct span whole, struct sink *sink)
{
	struct span afi;
	struct der d;

	der_init(&d, whole);
	der_enter(&d, DER_SEQUENCE);
	afi = der_octets(&d);
	der_enter(&d, DER_SEQUENCE);
	if (afi.n < 2 || afi.p[0] != 0 || afi.p[1] < 1 || afi.p[1] > 2)
		return;
	while (der_more(&d) && sink->n < sink->room) {
		struct span one = der_skip(&d);

		if (der_ok(&d))
			read_prefix(one,
				afi.p[1] == 1 ? FAMILY_IPV4 : FAMILY_IPV6,
				sink);
	}
}

/* ROA and prefix list: [0] version, asID, { families }; an ASPA has the number
 * of its customer in that place, behind a family in early drafts. */
static void
read_content(struct span der, bool has_prefixes, struct sink *sink,
	struct glance *out)
{
	struct der d;

	der_init(&d, content_of(der));
	der_enter(&d, DER_SEQUENCE);
	if (der_next_is(&d, DER_CONSTRUCTED(0)))
		der_skip(&d);
	if (der_next_is(&d, DER_OCTET_STRING))
		der_skip(&d);
	out->asn = read_number(&d);
	if (!has_prefixes)
		return;
	der_enter(&d, DER_SEQUENCE);
	while (der_more(&d) && sink->n < sink->room) {
		struct span one = der_skip(&d);

		if (der_ok(&d))
			read_family(one, sink);
	}
}

/* The resources of an extension, when it is one of them. */
static void
read_extension(struct span whole, struct arena *arena, struct resources *r)
{
	struct span value;
	struct der d;
	bool critical;
	enum oid oid;

	der_init(&d, whole);
	oid = x509_enter_extension(&d, &critical);
	value = der_rest(&d);
	if (!der_ok(&d))
		return;
	if (oid == OID_IP_ADDR_BLOCKS && !r->has_ip)
		(void)resources_parse_ip(value, arena, r);
	if (oid == OID_AUTONOMOUS_SYS_IDS && !r->has_asn)
		(void)resources_parse_asn(value, arena, r);
}

/* The resources of a certificate, wherever else it is broken. */
static void
read_cert(struct span der, struct arena *arena, struct resources *r)
{
	struct der d;

	x509_enter_extensions(&d, der);
	while (der_more(&d)) {
		struct span one = der_skip(&d);

		if (der_ok(&d))
			read_extension(one, arena, r);
	}
}

/* Add the prefixes from `min` to `max`: each time the largest that begins where
 * the last one ended. */
static void
add_range(struct addr min, const struct addr *max, enum family family,
	struct sink *sink)
{
	unsigned bits = family_bits(family), len;
	struct addr low, high;

	while (sink->n < sink->room && addr_compare(&min, max) <= 0) {
		for (len = 0; len < bits; len++) {
			low = addr_low(&min, len);
			high = addr_high(&min, len, bits);
			if (addr_compare(&low, &min) == 0 &&
				addr_compare(&high, max) <= 0)
				break;
		}
		high = addr_high(&min, len, bits);
		sink->at[sink->n++] = (struct roa_prefix){
			.prefix = {.addr = min,
				.len = (uint8_t)len,
				.family = (uint8_t)family},
			.max_len = (uint8_t)bits,
		};
		min = high;
		if (!addr_next(&min, bits))
			return;
	}
}

static struct addr
ipv4_addr(uint32_t v)
{
	return (struct addr){{(uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v}};
}

size_t
glance_resources(const struct resources *r, struct roa_prefix *out, size_t max)
{
	struct sink sink = {.at = out, .room = max};
	size_t i;

	for (i = 0; i < r->ipv4_count; i++) {
		struct addr last = ipv4_addr(r->ipv4[i].max);

		add_range(ipv4_addr(r->ipv4[i].min), &last, FAMILY_IPV4, &sink);
	}
	for (i = 0; i < r->ipv6_count; i++)
		add_range(r->ipv6[i].min, &r->ipv6[i].max, FAMILY_IPV6, &sink);
	return sink.n;
}

void
glance_read(struct span der, enum object_type type, struct arena *arena,
	struct glance *out)
{
	struct resources r = {0};
	struct sink sink = {
		.at = arena_array(arena, BOUND_CLAIMS, sizeof(*sink.at))};

	*out = (struct glance){0};
	sink.room = sink.at == NULL ? 0 : BOUND_CLAIMS;
	if (type == OBJECT_ROA || type == OBJECT_SPL || type == OBJECT_ASPA)
		read_content(der, type != OBJECT_ASPA, &sink, out);
	if (type == OBJECT_CERT || type == OBJECT_ROUTER_CERT)
		read_cert(der, arena, &r);
	if (type == OBJECT_CERT)
		sink.n = glance_resources(&r, sink.at, sink.room);
	if (type == OBJECT_ROUTER_CERT && r.asn_count > 0)
		out->asn = r.asn[0].min;
	out->prefixes = sink.at;
	out->prefix_count = sink.n;
}
