/*
 * resources: the sets of RFC 3779, by hand: the canonical form and every way
 * to miss it, and sets within sets.
 */
#include <criterion/criterion.h>

#include "core/arena.h"
#include "tests/unit/guard.h"
#include "tests/unit/object/hex.h"
#include "validator/object/resources.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *hex;
	enum reject want;
};

/* RFC 3779 appendix B's first example among them. */
static const struct row ip_rows[] = {
	{"302b 3010 0403000101 3009 0302000a 030304b010"
	 "3007 0403000102 0500 300e 04020002 3008 0306 00 2001000000",
		REJECT_RESOURCES_SAFI},
	{"3034 302a 04020001 3024 0304040a0020 0304000a0040 0303000a01"
	 "300c 0304040a0230 0304000a0240 0303000a03 3006 04020002 0500",
		REJECT_NONE},
	{"3035 302b 04020001 3025 0303 04 0a20 0303 00 0a40",
		REJECT_DER_TRUNCATED},
	{"3000", REJECT_RESOURCES_IP_EMPTY},
	{"3008 3006 04020001 0500", REJECT_NONE},
	{"3008 3006 04020002 0500", REJECT_NONE},
	{"3010 3006 04020001 0500 3006 04020002 0500", REJECT_NONE},
	{"3010 3006 04020002 0500 3006 04020001 0500",
		REJECT_RESOURCES_FAMILY_ORDER},
	{"3010 3006 04020001 0500 3006 04020001 0500",
		REJECT_RESOURCES_FAMILY_ORDER},
	{"3008 3006 04020003 0500", REJECT_RESOURCES_FAMILY},
	{"3007 3005 040101 0500", REJECT_RESOURCES_FAMILY},
	{"3009 3007 0403000101 0500", REJECT_RESOURCES_SAFI},
	{"3008 3006 04020001 3000", REJECT_RESOURCES_FAMILY_EMPTY},
	{"3009 3007 04020001 050100", REJECT_DER_NULL},
	{"3008 3006 04020001 3100", REJECT_DER_TAG},
	{"300b 3009 04020001 3003 030100", REJECT_NONE},
	{"300c 300a 04020001 3004 0302000a", REJECT_NONE},
	{"300f 300d 04020001 3007 0305000a000001", REJECT_NONE},
	{"3010 300e 04020001 3008 0306000a00000100",
		REJECT_RESOURCES_IP_LENGTH},
	{"3010 300e 04020001 3008 0306070a00000180",
		REJECT_RESOURCES_IP_LENGTH},
	{"300c 300a 04020001 3004 0302010b", REJECT_DER_UNUSED_BITS},
	/* two prefixes: apart, adjacent, overlapping, the same, turned */
	{"3010 300e 04020001 3008 0302000a 0302000c", REJECT_NONE},
	{"3010 300e 04020001 3008 0302000a 0302000b",
		REJECT_RESOURCES_IP_ADJACENT},
	{"3011 300f 04020001 3009 0302000a 0303000a80",
		REJECT_RESOURCES_IP_ORDER},
	{"3010 300e 04020001 3008 0302000a 0302000a",
		REJECT_RESOURCES_IP_ORDER},
	{"3010 300e 04020001 3008 0302000c 0302000a",
		REJECT_RESOURCES_IP_ORDER},
	{"3010 300e 04020001 3008 030200ff 030200ff",
		REJECT_RESOURCES_IP_ORDER},
	{"300f 300d 04020001 3007 030100 0302000a", REJECT_RESOURCES_IP_ORDER},
	/* ranges: 10.0.0.0-12.255.255.255; what is a prefix; turned */
	{"3012 3010 04020001 300a 3008 0302010a 0302000c", REJECT_NONE},
	{"3012 3010 04020001 300a 3008 0302010a 0302010a",
		REJECT_RESOURCES_IP_PREFIX},
	{"3012 3010 04020001 300a 3008 0302000c 0302000a",
		REJECT_RESOURCES_IP_MIN_MAX},
	{"3012 3010 04020001 300a 3008 0302000a 0302000c",
		REJECT_RESOURCES_IP_BITS},
	{"3013 3011 04020001 300b 3009 0302010a 0303000cff",
		REJECT_RESOURCES_IP_BITS},
	/* to the last address: no bits, or the one that RFC 3779 wants */
	{"3011 300f 04020001 3009 3007 030200 0b 030100", REJECT_NONE},
	{"3012 3010 04020001 300a 3008 0302000b 03020780", REJECT_NONE},
	{"3012 3010 04020001 300a 3008 0302000b 030206c0",
		REJECT_RESOURCES_IP_BITS},
	{"3013 3011 04020001 300b 3009 0302010a 0302000c 00",
		REJECT_DER_TRAILING},
	{"3014 3012 04020001 300c 300a 0302010a 0302000c 0500",
		REJECT_DER_TRAILING},
	/* IPv6: 2001:db8::/32 and its ends */
	{"300f 300d 04020002 3007 03050020010db8", REJECT_NONE},
	{"301b 3019 04020002 3013 0311 00"
	 "20010db8000000000000000000000001",
		REJECT_NONE},
	{"301c 301a 04020002 3014 0312 00"
	 "20010db800000000000000000000000100",
		REJECT_RESOURCES_IP_LENGTH},
	{"3016 3014 04020002 300e 03050020010db8 03050020010db9",
		REJECT_RESOURCES_IP_ADJACENT},
};

static const struct row asn_rows[] = {
	{"3000", REJECT_RESOURCES_ASN_EMPTY},
	{"3004 a002 0500", REJECT_NONE},
	{"3004 a002 3000", REJECT_RESOURCES_ASN_EMPTY},
	{"3002 a000", REJECT_DER_MISSING},
	{"3004 a102 0500", REJECT_RESOURCES_RDI},
	{"3008 a002 0500 a102 0500", REJECT_RESOURCES_RDI},
	{"3006 a002 0500 0500", REJECT_RESOURCES_RDI},
	{"3007 a005 3003 020100", REJECT_NONE},
	{"3007 a005 3003 0201ff", REJECT_RESOURCES_ASN_NUMBER},
	{"300b a009 3007 020500ffffffff", REJECT_NONE},
	{"300b a009 3007 02050100000000", REJECT_RESOURCES_ASN_NUMBER},
	{"3008 a006 3004 02020005", REJECT_DER_INTEGER_MINIMAL},
	{"300a a008 3006 020101 020103", REJECT_NONE},
	{"300a a008 3006 020101 020102", REJECT_RESOURCES_ASN_ADJACENT},
	{"300a a008 3006 020101 020101", REJECT_RESOURCES_ASN_ORDER},
	{"300a a008 3006 020103 020101", REJECT_RESOURCES_ASN_ORDER},
	{"300c a00a 3008 3006 020101 020103", REJECT_NONE},
	{"300c a00a 3008 3006 020101 020101", REJECT_NONE},
	{"300c a00a 3008 3006 020103 020101", REJECT_RESOURCES_ASN_MIN_MAX},
	{"300f a00d 300b 3006 020101 020103 020103",
		REJECT_RESOURCES_ASN_ORDER},
	{"300f a00d 300b 3006 020101 020103 020104",
		REJECT_RESOURCES_ASN_ADJACENT},
	{"300f a00d 300b 3006 020101 020103 020105", REJECT_NONE},
	{"3009 a007 3005 0203 01", REJECT_DER_TRUNCATED},
	{"3007 a005 3003 040100", REJECT_DER_TAG},
};

typedef enum reject (*parse_fn)(
	struct span der, struct arena *arena, struct resources *out);

static void
check_rows(parse_fn parse, const struct row *rows, size_t n)
{
	struct arena *arena = arena_new(65536);
	struct guard g = guard_new(OCTETS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct octets o = octets_of(rows[i].hex);
		struct resources r = {0};
		enum reject got =
			parse(guard_span(&g, octets_span(&o)), arena, &r);

		cr_expect(got == rows[i].want, "%s: %s, not %s", rows[i].hex,
			reject_name(got), reject_name(rows[i].want));
		for (size_t cut = 0; cut < o.n; cut++) {
			struct span s = guard_span(&g, span_of(o.at, cut));

			r = (struct resources){0};
			cr_expect(parse(s, arena, &r) != REJECT_NONE);
		}
		arena_reset(arena);
	}
	guard_free(&g);
	arena_free(arena);
}

Test(resources, ip_addresses)
{
	check_rows(resources_parse_ip, ip_rows, COUNT(ip_rows));
}

Test(resources, as_numbers)
{
	check_rows(resources_parse_asn, asn_rows, COUNT(asn_rows));
}

static void
parse_ip(const char *hex, struct arena *arena, struct resources *r)
{
	struct octets o = octets_of(hex);
	struct span s;

	s.p = arena_copy(arena, o.at, o.n);
	s.n = o.n;
	cr_assert(resources_parse_ip(s, arena, r) == REJECT_NONE);
}

Test(resources, gives_ranges)
{
	struct arena *arena = arena_new(65536);
	struct octets asn = octets_of("300f a00d 300b 3006 020101 020103 0201"
				      "05");
	struct resources r = {0};

	/* 10.0.0.0-12.255.255.255, 192.0.2.0/24; 2001:db8::/32 */
	parse_ip("3027 3016 04020001 3010 3008 0302010a 0302000c 030400c00002"
		 "300d 04020002 3007 03050020010db8",
		arena, &r);
	cr_assert(resources_parse_asn(octets_span(&asn), arena, &r) ==
		REJECT_NONE);
	cr_expect(r.has_ip && r.has_asn && !resources_inherit_any(&r));
	cr_assert(r.ipv4_count == 2 && r.ipv6_count == 1 && r.asn_count == 2);
	cr_expect(r.ipv4[0].min == 0x0a000000 && r.ipv4[0].max == 0x0cffffff);
	cr_expect(r.ipv4[1].min == 0xc0000200 && r.ipv4[1].max == 0xc00002ff);
	cr_expect(r.ipv6[0].min.b[1] == 0x01 && r.ipv6[0].min.b[4] == 0);
	cr_expect(r.ipv6[0].max.b[3] == 0xb8 && r.ipv6[0].max.b[15] == 0xff);
	cr_expect(r.asn[0].min == 1 && r.asn[0].max == 3 && r.asn[1].min == 5);
	arena_free(arena);
}

static const struct ipv4_range outer4[] = {
	{0x0a000000, 0x0affffff}, {0xc0000200, 0xc00002ff}};
static const struct ipv6_range outer6[] = {
	{{{0x20, 0x01, 0x0d, 0xb8}},
		{{0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}},
};
static const struct asn_range outer_asn[] = {{5, 9}, {20, 20}};

static const struct resources outer = {
	.ipv4 = outer4,
	.ipv6 = outer6,
	.asn = outer_asn,
	.ipv4_count = 2,
	.ipv6_count = 1,
	.asn_count = 2,
	.has_ip = true,
	.has_asn = true,
};

Test(resources, ranges_within_ranges)
{
	static const struct {
		struct ipv4_range range;
		bool within;
	} rows[] = {
		{{0x0a000000, 0x0affffff}, true},
		{{0x0a000001, 0x0a000001}, true},
		{{0xc0000200, 0xc00002ff}, true},
		{{0x09ffffff, 0x0a000000}, false},
		{{0x0affffff, 0x0b000000}, false},
		{{0x0a000000, 0xc00002ff}, false},
		{{0x0b000000, 0x0b000000}, false},
		{{0xc0000300, 0xffffffff}, false},
		{{0, 0}, false},
	};
	struct resources inner = {.ipv4_count = 1};

	for (size_t i = 0; i < COUNT(rows); i++) {
		inner.ipv4 = &rows[i].range;
		cr_expect(resources_contain(&outer, &inner) == rows[i].within,
			"%zu", i);
	}
	cr_expect(resources_contain(&outer, &outer));
	inner = (struct resources){0};
	cr_expect(resources_contain(&outer, &inner));
	cr_expect(resources_contain(&inner, &inner));
	cr_expect(!resources_contain(&inner, &outer));
}

Test(resources, prefixes_and_numbers_within)
{
	static const struct {
		struct prefix prefix;
		bool within;
	} rows[] = {
		{{{{10}}, 8, FAMILY_IPV4}, true},
		{{{{10, 255, 255, 255}}, 32, FAMILY_IPV4}, true},
		{{{{10}}, 7, FAMILY_IPV4}, false},
		{{{{0}}, 0, FAMILY_IPV4}, false},
		{{{{192, 0, 2}}, 24, FAMILY_IPV4}, true},
		{{{{192, 0, 2}}, 23, FAMILY_IPV4}, false},
		{{{{192, 0, 3}}, 24, FAMILY_IPV4}, false},
		{{{{0x20, 0x01, 0x0d, 0xb8}}, 32, FAMILY_IPV6}, true},
		{{{{0x20, 0x01, 0x0d, 0xb8}}, 128, FAMILY_IPV6}, true},
		{{{{0x20, 0x01, 0x0d, 0xb8}}, 31, FAMILY_IPV6}, false},
		{{{{0x20, 0x01, 0x0d, 0xb9}}, 32, FAMILY_IPV6}, false},
	};
	static const struct {
		struct asn_range range;
		bool within;
	} asns[] = {{{0, 0}, false}, {{4, 4}, false}, {{5, 5}, true},
		{{9, 9}, true}, {{10, 10}, false}, {{19, 19}, false},
		{{20, 20}, true}, {{21, 21}, false}, {{5, 9}, true},
		{{5, 10}, false}, {{UINT32_MAX, UINT32_MAX}, false}};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect(resources_contain_prefix(&outer, &rows[i].prefix) ==
				rows[i].within,
			"%zu", i);
	for (size_t i = 0; i < COUNT(asns); i++) {
		struct resources inner = {
			.asn = &asns[i].range, .asn_count = 1};

		cr_expect(resources_contain(&outer, &inner) == asns[i].within,
			"AS%u", asns[i].range.min);
	}
}

Test(resources, what_is_inherited_is_the_issuers)
{
	struct resources own = {.inherit_ipv4 = true,
		.inherit_asn = true,
		.ipv6 = outer6,
		.ipv6_count = 1};
	struct resources r = resources_resolve(&own, &outer);

	cr_expect(resources_inherit_any(&own));
	cr_expect(!resources_inherit_all(&own));
	own.ipv6_count = 0;
	cr_expect(resources_inherit_all(&own));
	cr_expect(!resources_inherit_any(&r));
	cr_expect(r.ipv4 == outer4 && r.ipv4_count == 2);
	cr_expect(r.ipv6 == outer6 && r.ipv6_count == 1);
	cr_expect(r.asn == outer_asn && r.asn_count == 2);
	own = (struct resources){0};
	r = resources_resolve(&own, &outer);
	cr_expect(r.ipv4_count + r.ipv6_count + r.asn_count == 0);
}

/* `n` AS numbers, every second one from 2^24. */
static struct span
many_numbers(struct arena *arena, size_t n)
{
	size_t body = n * 6, at = 0;
	uint8_t *p = arena_get(arena, body + 15);
	static const uint8_t tags[] = {0x30, 0xa0, 0x30};

	for (size_t i = 0; i < 3; i++) {
		size_t len = body + 5 * (2 - i);

		p[at++] = tags[i];
		p[at++] = 0x83;
		p[at++] = (uint8_t)(len >> 16);
		p[at++] = (uint8_t)(len >> 8);
		p[at++] = (uint8_t)len;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t asn = 0x01000000u + 2 * (uint32_t)i;

		p[at++] = 0x02;
		p[at++] = 0x04;
		p[at++] = (uint8_t)(asn >> 24);
		p[at++] = (uint8_t)(asn >> 16);
		p[at++] = (uint8_t)(asn >> 8);
		p[at++] = (uint8_t)asn;
	}
	return span_of(p, at);
}

Test(resources, blocks_have_a_bound)
{
	struct arena *arena = arena_new(65536);
	struct resources r = {0};

	cr_expect(
		resources_parse_asn(many_numbers(arena, BOUND_RESOURCE_BLOCKS),
			arena, &r) == REJECT_NONE);
	cr_expect(r.asn_count == BOUND_RESOURCE_BLOCKS);
	cr_expect(resources_contain(&r, &r));
	r = (struct resources){0};
	cr_expect(resources_parse_asn(
			  many_numbers(arena, BOUND_RESOURCE_BLOCKS + 1), arena,
			  &r) == REJECT_RESOURCES_BLOCKS);
	arena_free(arena);
}

/* It is one bound for all families together. */
Test(resources, blocks_of_all_families_count)
{
	/* { { IPv4, { 10/8 } } } */
	static const uint8_t ip[] = {0x30, 0x0c, 0x30, 0x0a, 0x04, 0x02, 0x00,
		0x01, 0x30, 0x04, 0x03, 0x02, 0x00, 0x0a};
	struct arena *arena = arena_new(65536);
	struct resources r = {0};

	cr_assert(resources_parse_ip(span_of(ip, sizeof(ip)), arena, &r) ==
		REJECT_NONE);
	cr_expect(resources_parse_asn(
			  many_numbers(arena, BOUND_RESOURCE_BLOCKS - 1), arena,
			  &r) == REJECT_NONE);
	r = (struct resources){0};
	cr_assert(resources_parse_ip(span_of(ip, sizeof(ip)), arena, &r) ==
		REJECT_NONE);
	cr_expect(
		resources_parse_asn(many_numbers(arena, BOUND_RESOURCE_BLOCKS),
			arena, &r) == REJECT_RESOURCES_BLOCKS);
	arena_free(arena);
}
