/*
 * resources: reading the extensions of RFC 3779, and sets within sets.
 *
 *	IPAddrBlocks  SEQUENCE OF { family,   NULL | SEQUENCE OF
 *	                                        prefix  BIT STRING
 *	                                        range   { min, max } }
 *	ASIdentifiers { [0] asnum             NULL | SEQUENCE OF
 *	                                        id      INTEGER
 *	                                        range   { min, max } }
 *
 * An address in a BIT STRING is its first bits; the rest is zeros in a `min`
 * and ones in a `max`, so that a prefix is the range from the one to the other.
 * Only the canonical form is read: ascending, never touching, nothing encoded
 * as a range that is a prefix.  That makes equal sets equal octets, and lets
 * containment find the one range of the outer set that could hold an inner one.
 */
#include "validator/object/resources.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "waymark/bounds.h"

enum {
	AFI_OCTETS = 2,
	AFI_SAFI_OCTETS = 3,
	AFI_IPV4 = 1,
	AFI_IPV6 = 2,
};

/* A range of either family, as ipv6_range is. */
struct block {
	struct addr min, max;
};

/* Where the ranges of one family go. */
struct sink {
	unsigned bits; /* 32 or 128 */
	struct ipv4_range *ipv4;
	struct ipv6_range *ipv6;
	size_t n;
	struct addr last; /* max of the one before */
};

/* IPv4 is kept as a number: half of all work is on it, and it fits. */
static uint32_t
to_ipv4(const struct addr *a)
{
	return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 |
		(uint32_t)a->b[2] << 8 | a->b[3];
}

static size_t
blocks_of(const struct resources *r)
{
	return r->ipv4_count + r->ipv6_count + r->asn_count;
}

/* Memory for as many ranges as values follow in the one entered; NULL when they
 * are too many with those that `r` has, and for none. */
static void *
room_for(struct der *d, const struct resources *r, struct arena *arena,
	size_t size)
{
	struct der at = *d;
	size_t n = 0;
	void *p;

	for (; der_more(&at); n++)
		der_skip(&at);
	if (!der_check(d, blocks_of(r) + n <= BOUND_RESOURCE_BLOCKS,
		    REJECT_RESOURCES_BLOCKS) ||
		n == 0)
		return NULL;
	p = arena_array(arena, n, size);
	if (p == NULL)
		abort(); /* out of memory: the validator is disposable */
	return p;
}

/* The first bits of an address, the rest being zeros.  Returns how many. */
static unsigned
read_address(struct der *d, unsigned bits, struct addr *out)
{
	struct der_bits s = der_bit_string(d);
	unsigned len = (unsigned)(s.octets.n * 8) - s.unused;

	*out = (struct addr){{0}};
	if (!der_check(d, s.octets.n * 8 - s.unused <= bits,
		    REJECT_RESOURCES_IP_LENGTH))
		return 0;
	if (s.octets.n > 0)
		memcpy(out->b, s.octets.p, s.octets.n);
	return len;
}

/* Bit `i`, counted from the first, which is bit 0. */
static bool
bit_of(const struct addr *a, unsigned i)
{
	return (a->b[i / 8] >> (7 - i % 8) & 1) != 0;
}

/* RFC 3779 section 2.2.3.7: the bits that both ends share, then only zeros in
 * the one and only ones in the other. */
static bool
is_prefix(const struct block *b, unsigned bits)
{
	struct addr low, high;
	unsigned len = 0;

	while (len < bits && bit_of(&b->min, len) == bit_of(&b->max, len))
		len++;
	low = addr_low(&b->min, len);
	high = addr_high(&b->min, len, bits);
	return addr_compare(&low, &b->min) == 0 &&
		addr_compare(&high, &b->max) == 0;
}

/* RFC 3779 section 2.2.3.9: a `min` has no zeros at its end, a `max` no ones,
 * but that one which keeps it from having no ones at all. */
static bool
ends_are_short(const struct block *b, unsigned min_len, const struct addr *max,
	unsigned max_len)
{
	struct addr rest, zero = {{0}};

	if (min_len > 0 && !bit_of(&b->min, min_len - 1))
		return false;
	if (max_len == 0 || !bit_of(max, max_len - 1))
		return true;
	rest = addr_low(max, max_len - 1);
	return addr_compare(&rest, &zero) == 0;
}

static void
read_range(struct der *d, unsigned bits, struct block *out)
{
	unsigned min_len, max_len;
	struct addr max;

	der_enter(d, DER_SEQUENCE);
	min_len = read_address(d, bits, &out->min);
	max_len = read_address(d, bits, &max);
	der_leave(d);
	out->max = addr_high(&max, max_len, bits);
	der_check(d, addr_compare(&out->min, &out->max) <= 0,
		REJECT_RESOURCES_IP_MIN_MAX);
	der_check(d, !is_prefix(out, bits), REJECT_RESOURCES_IP_PREFIX);
	der_check(d, ends_are_short(out, min_len, &max, max_len),
		REJECT_RESOURCES_IP_BITS);
}

/* IPAddressOrRange: a prefix is the range of all that begins with its bits. */
static void
read_block(struct der *d, unsigned bits, struct block *out)
{
	unsigned len;

	if (der_next_is(d, DER_BIT_STRING)) {
		len = read_address(d, bits, &out->min);
		out->max = addr_high(&out->min, len, bits);
	} else
		read_range(d, bits, out);
}

/* RFC 3779 section 2.2.3.6: in order, apart, and by at least one address, as
 * neighbours must be combined.  Told apart, for those who write them. */
static void
check_order(struct der *d, const struct sink *sink, const struct block *b)
{
	struct addr next = sink->last;
	int order;

	if (sink->n == 0)
		return;
	/* After the last address of all, nothing can be in order. */
	order = addr_next(&next, sink->bits) ? addr_compare(&next, &b->min) : 1;
	der_check(d, order <= 0, REJECT_RESOURCES_IP_ORDER);
	der_check(d, order != 0, REJECT_RESOURCES_IP_ADJACENT);
}

static void
read_blocks(struct der *d, struct sink *sink)
{
	struct block b;

	while (der_more(d)) {
		read_block(d, sink->bits, &b);
		check_order(d, sink, &b);
		if (!der_ok(d))
			return;
		if (sink->bits == 32)
			sink->ipv4[sink->n] = (struct ipv4_range){
				to_ipv4(&b.min), to_ipv4(&b.max)};
		else
			sink->ipv6[sink->n] = (struct ipv6_range){b.min, b.max};
		sink->last = b.max;
		sink->n++;
	}
}

/* ipAddressChoice: NULL to inherit, or addressesOrRanges. */
static void
read_choice(struct der *d, unsigned bits, struct arena *arena,
	struct resources *out)
{
	struct sink sink = {.bits = bits};

	if (der_next_is(d, DER_NULL)) {
		der_null(d);
		*(bits == 32 ? &out->inherit_ipv4 : &out->inherit_ipv6) = true;
		return;
	}
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_RESOURCES_FAMILY_EMPTY);
	if (bits == 32)
		out->ipv4 = sink.ipv4 =
			room_for(d, out, arena, sizeof(*sink.ipv4));
	else
		out->ipv6 = sink.ipv6 =
			room_for(d, out, arena, sizeof(*sink.ipv6));
	read_blocks(d, &sink);
	*(bits == 32 ? &out->ipv4_count : &out->ipv6_count) = sink.n;
	der_leave(d);
}

/* IPAddressFamily.  `last` is the AFI of the one before, 0 for none; so the
 * order that is asked for also forbids a second time. */
static void
read_family(struct der *d, unsigned *last, struct arena *arena,
	struct resources *out)
{
	struct span s;
	unsigned afi = 0;

	der_enter(d, DER_SEQUENCE);
	s = der_octets(d);
	der_check(d, s.n != AFI_SAFI_OCTETS, REJECT_RESOURCES_SAFI);
	if (der_check(d, s.n == AFI_OCTETS, REJECT_RESOURCES_FAMILY))
		afi = (unsigned)s.p[0] << 8 | s.p[1];
	der_check(
		d, afi == AFI_IPV4 || afi == AFI_IPV6, REJECT_RESOURCES_FAMILY);
	der_check(d, afi > *last, REJECT_RESOURCES_FAMILY_ORDER);
	*last = afi;
	if (der_ok(d))
		read_choice(d, afi == AFI_IPV4 ? 32 : 128, arena, out);
	der_leave(d);
}

enum family
resources_family(struct der *d, enum reject code)
{
	struct span afi = der_octets(d);

	if (afi.n == AFI_OCTETS && afi.p[0] == 0 && afi.p[1] == AFI_IPV4)
		return FAMILY_IPV4;
	if (afi.n == AFI_OCTETS && afi.p[0] == 0 && afi.p[1] == AFI_IPV6)
		return FAMILY_IPV6;
	der_fail(d, code);
	return FAMILY_IPV4;
}

enum reject
resources_parse_ip(struct span der, struct arena *arena, struct resources *out)
{
	unsigned last = 0;
	struct der d;

	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	der_check(&d, der_more(&d), REJECT_RESOURCES_IP_EMPTY);
	while (der_more(&d))
		read_family(&d, &last, arena, out);
	der_leave(&d);
	out->has_ip = true;
	return der_done(&d);
}

/* ASId is an INTEGER without bounds in RFC 3779; AS numbers have 32 bits. */
static uint32_t
read_asn(struct der *d)
{
	return (uint32_t)der_number(d, UINT32_MAX, REJECT_RESOURCES_ASN_NUMBER);
}

/* ASIdOrRange.  A range of one number is let pass: RFC 3779 has a rule against
 * it for addresses only. */
static struct asn_range
read_asn_range(struct der *d)
{
	struct asn_range r;

	if (der_next_is(d, DER_INTEGER)) {
		r.min = r.max = read_asn(d);
		return r;
	}
	der_enter(d, DER_SEQUENCE);
	r.min = read_asn(d);
	r.max = read_asn(d);
	der_leave(d);
	der_check(d, r.min <= r.max, REJECT_RESOURCES_ASN_MIN_MAX);
	return r;
}

/* asIdsOrRanges, with the same order as addresses: RFC 3779 section 3.2.3.4.
 * A wrapped `r.min - 1` matters to none: 0 was refused as out of order. */
static void
read_asn_ranges(struct der *d, struct arena *arena, struct resources *out)
{
	struct asn_range *ranges, r;
	size_t n = 0;

	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_RESOURCES_ASN_EMPTY);
	ranges = room_for(d, out, arena, sizeof(*ranges));
	while (der_more(d)) {
		r = read_asn_range(d);
		if (n > 0) {
			uint32_t last = ranges[n - 1].max;

			der_check(d, r.min > last, REJECT_RESOURCES_ASN_ORDER);
			der_check(d, r.min - 1 != last,
				REJECT_RESOURCES_ASN_ADJACENT);
		}
		if (der_ok(d))
			ranges[n++] = r;
	}
	der_leave(d);
	out->asn = ranges;
	out->asn_count = n;
}

/* The RPKI has no use for rdi [1] (RFC 6487 section 4.8.11), in whatever place
 * it stands. */
enum reject
resources_parse_asn(struct span der, struct arena *arena, struct resources *out)
{
	struct der d;

	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	der_check(&d, der_more(&d), REJECT_RESOURCES_ASN_EMPTY);
	der_check(
		&d, !der_next_is(&d, DER_CONSTRUCTED(1)), REJECT_RESOURCES_RDI);
	der_enter(&d, DER_CONSTRUCTED(0));
	if (der_next_is(&d, DER_NULL)) {
		der_null(&d);
		out->inherit_asn = true;
	} else
		read_asn_ranges(&d, arena, out);
	der_leave(&d);
	der_check(&d, !der_more(&d), REJECT_RESOURCES_RDI);
	der_leave(&d);
	out->has_asn = true;
	return der_done(&d);
}

bool
resources_inherit_any(const struct resources *r)
{
	return r->inherit_ipv4 || r->inherit_ipv6 || r->inherit_asn;
}

bool
resources_inherit_all(const struct resources *r)
{
	return resources_inherit_any(r) && r->ipv4_count == 0 &&
		r->ipv6_count == 0 && r->asn_count == 0;
}

struct resources
resources_resolve(const struct resources *own, const struct resources *issuer)
{
	struct resources r = *own;

	assert(!resources_inherit_any(issuer));
	if (own->inherit_ipv4) {
		r.ipv4 = issuer->ipv4;
		r.ipv4_count = issuer->ipv4_count;
	}
	if (own->inherit_ipv6) {
		r.ipv6 = issuer->ipv6;
		r.ipv6_count = issuer->ipv6_count;
	}
	if (own->inherit_asn) {
		r.asn = issuer->asn;
		r.asn_count = issuer->asn_count;
	}
	r.inherit_ipv4 = r.inherit_ipv6 = r.inherit_asn = false;
	return r;
}

/* Each search finds the first range that does not end before `min`: no other
 * can hold it, as ranges do not touch. */
static bool
holds_ipv4(const struct resources *r, uint32_t min, uint32_t max)
{
	size_t low = 0, high = r->ipv4_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->ipv4[middle].max < min)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->ipv4_count && r->ipv4[low].min <= min &&
		max <= r->ipv4[low].max;
}

static bool
holds_ipv6(const struct resources *r, const struct addr *min,
	const struct addr *max)
{
	size_t low = 0, high = r->ipv6_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(&r->ipv6[middle].max, min) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->ipv6_count &&
		addr_compare(&r->ipv6[low].min, min) <= 0 &&
		addr_compare(max, &r->ipv6[low].max) <= 0;
}

static bool
holds_asns(const struct resources *r, uint32_t min, uint32_t max)
{
	size_t low = 0, high = r->asn_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->asn[middle].max < min)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->asn_count && r->asn[low].min <= min &&
		max <= r->asn[low].max;
}

/* As the outer ranges never touch, an inner one that needs two of them covers a
 * number of none: one look-up each decides. */
bool
resources_contain(const struct resources *outer, const struct resources *inner)
{
	assert(!resources_inherit_any(outer) && !resources_inherit_any(inner));
	for (size_t i = 0; i < inner->ipv4_count; i++)
		if (!holds_ipv4(outer, inner->ipv4[i].min, inner->ipv4[i].max))
			return false;
	for (size_t i = 0; i < inner->ipv6_count; i++)
		if (!holds_ipv6(
			    outer, &inner->ipv6[i].min, &inner->ipv6[i].max))
			return false;
	for (size_t i = 0; i < inner->asn_count; i++)
		if (!holds_asns(outer, inner->asn[i].min, inner->asn[i].max))
			return false;
	return true;
}

bool
resources_contain_prefix(const struct resources *r, const struct prefix *prefix)
{
	unsigned bits = family_bits((enum family)prefix->family);
	struct addr max = addr_high(&prefix->addr, prefix->len, bits);

	if (prefix->family == FAMILY_IPV4)
		return holds_ipv4(r, to_ipv4(&prefix->addr), to_ipv4(&max));
	return holds_ipv6(r, &prefix->addr, &max);
}
