/*
 * roa: every field of a ROA, right and wrong (RFC 9582 section 4), and what its
 * EE certificate may hold (section 5).
 */
#include "tests/unit/object/signed.h"

#include <string.h>

#include "validator/object/roa.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BLOCKS	 "content.ipAddrBlocks"
#define FIRST	 BLOCKS "[0].addresses"
#define IPV6	 BLOCKS "[1].addresses[0]."

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct roa roa;

	return roa_parse(der, profile, b->crypto, b->arena, &roa);
}

static const struct row accepted[] = {
	ROW(NULL, NONE),
	ROW("content.asID=int:0", NONE),
	ROW("content.asID=int:4294967295", NONE),
	ROW(BLOCKS "[1]=remove", NONE),
	ROW(BLOCKS "[0]=remove", NONE),
	ROW(BLOCKS "[0]=swap", NONE),
	ROW(FIRST "[0]=dup", NONE),
	ROW(FIRST "[0]=swap", NONE),
	ROW(FIRST "[1].maxLength=int:24", NONE),
	ROW(FIRST "[1].maxLength=int:32", NONE),
	ROW(FIRST "[1].maxLength=remove", NONE),
	ROW(IPV6 "maxLength=int:128", NONE),
};

static const struct row refused[] = {
	ROW("content.asID=before:a003020100", ROA_VERSION),
	ROW("content.asID=before:800100", ROA_VERSION),
	ROW("content.asID=before:a003020101", ROA_VERSION),
	ROW("content.asID=int:-1", ROA_ASN),
	ROW("content.asID=int:4294967296", ROA_ASN),
	ROW("content.asID=int:0x100000000000000000000", ROA_ASN),
	ROW("content.asID=hex:0000", DER_INTEGER_MINIMAL),
	ROW(BLOCKS "=hex:", ROA_FAMILY_COUNT),
	ROW(BLOCKS "=remove", DER_MISSING),
	ROW(BLOCKS "[0]=dup", ROA_FAMILY_TWICE),
	ROW(BLOCKS "[1]=dup", ROA_FAMILY_COUNT),
	ROW(BLOCKS "=last:3009040200033003300103", ROA_FAMILY_COUNT),
	ROW(BLOCKS "[0].family=hex:0003", ROA_FAMILY),
	ROW(BLOCKS "[0].family=hex:01", ROA_FAMILY),
	ROW(BLOCKS "[0].family=hex:000101", ROA_FAMILY),
	ROW(BLOCKS "[0].family=hex:", ROA_FAMILY),
	ROW(FIRST "=hex:", ROA_ADDRESSES),
	ROW(FIRST "=remove", DER_MISSING),
	ROW(FIRST "[0]=hex:", DER_MISSING),
	ROW(FIRST "[0]=last:020118020118", DER_TRAILING),
	ROW(FIRST "[0][0]=hex:00c000020101", ROA_PREFIX_LENGTH),
	ROW(FIRST "[0][0]=hex:07c00002ff80", ROA_PREFIX_LENGTH),
	ROW(FIRST "[0][0]=hex:01c00003", DER_UNUSED_BITS),
	ROW(FIRST "[0][0]=hex:08c0", DER_BIT_STRING),
	ROW(IPV6 "[0]=hex:0020010db8000000000000000000000000ff",
		ROA_PREFIX_LENGTH),
	ROW(FIRST "[1].maxLength=int:23", ROA_MAX_LENGTH),
	ROW(FIRST "[1].maxLength=int:33", ROA_MAX_LENGTH),
	ROW(FIRST "[1].maxLength=int:-1", ROA_MAX_LENGTH),
	ROW(FIRST "[1].maxLength=int:280", ROA_MAX_LENGTH),
	ROW(FIRST "[1].maxLength=int:0x118000000000000000018", ROA_MAX_LENGTH),
	ROW(IPV6 "maxLength=int:129", ROA_MAX_LENGTH),
	ROW(IPV6 "maxLength=int:31", ROA_MAX_LENGTH),
	/* 203.0.113.0/24; 192.0.2.0/23; 0/0 */
	ROW(FIRST "[0][0]=hex:00cb0071", ROA_PREFIX_OUTSIDE),
	ROW(FIRST "[0][0]=hex:01c00002", ROA_PREFIX_OUTSIDE),
	ROW(FIRST "[0][0]=hex:00", ROA_PREFIX_OUTSIDE),
	ROW("content[0]=after:00", DER_TRAILING),
	ROW("content=hex:", DER_MISSING),
};

Test(roa, accepts)
{
	bench_rows(judge, "roa", accepted, COUNT(accepted));
}

Test(roa, refuses)
{
	bench_rows(judge, "roa", refused, COUNT(refused));
}

/* A ROA whose EE certificate has these resources. */
static void
expect_resources(const char *resources, const struct row *row)
{
	struct bench b = bench_new();
	struct lab_roa params;
	struct span der;

	lab_roa_init(b.lab, &params);
	params.envelope.ee.resources = resources;
	cr_assert(
		lab_roa_bytes(b.lab, &params, &der) == 0, "%s", lab_why(b.lab));
	bench_expect(&b, judge, der, row);
	bench_free(&b);
}

Test(roa, ee_must_not_inherit)
{
	struct row row = ROW("inherit", ROA_INHERIT);
	struct row ipv4 = ROW("inherit-ipv4 2001:db8::/32", ROA_INHERIT);

	expect_resources("inherit", &row);
	expect_resources(ipv4.changes[0], &ipv4);
}

Test(roa, ee_must_not_have_asns_today)
{
	struct row row = {
		{"AS64496 in the EE"}, REJECT_ROA_AS_RESOURCES, REJECT_NONE};
	struct row inherited = ROW("inherit-asn", ROA_INHERIT);

	expect_resources(
		"192.0.2.0/24 198.51.100.0/24 2001:db8::/32 AS64496", &row);
	expect_resources(
		"192.0.2.0/24 198.51.100.0/24 2001:db8::/32 inherit-asn",
		&inherited);
}

Test(roa, ee_must_cover_every_prefix)
{
	struct row good = ROW("ranges that cover", NONE);
	struct row family = ROW("no IPv6", ROA_PREFIX_OUTSIDE);
	struct row last = ROW("one address short", ROA_PREFIX_OUTSIDE);

	expect_resources(
		"192.0.0.0-192.0.2.255 198.51.100.0/22 2001:db8::/31", &good);
	expect_resources("192.0.2.0/24 198.51.100.0/24", &family);
	expect_resources("192.0.2.0/24 198.51.100.0-198.51.100.254 "
			 "2001:db8::/32",
		&last);
}

Test(roa, gives_what_it_read)
{
	static const struct {
		const char *prefix;
		unsigned max_len;
	} want[] = {
		{"192.0.2.0/24", 24},
		{"198.51.100.0/24", 26},
		{"2001:db8::/32", 48},
	};
	struct bench b = bench_new();
	struct roa roa;
	char text[PREFIX_TEXT];

	cr_assert(roa_parse(bench_make(&b, "roa", NULL), profile_current(),
			  b.crypto, b.arena, &roa) == REJECT_NONE);
	cr_expect(roa.asn == 64496);
	cr_assert(roa.prefix_count == COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		prefix_format(&roa.prefixes[i].prefix, text);
		cr_expect_str_eq(text, want[i].prefix);
		cr_expect(roa.prefixes[i].max_len == want[i].max_len);
	}
	bench_free(&b);
}

/* 0.0.0.0/0 and ::/0 are prefixes like others. */
Test(roa, takes_the_default_routes)
{
	struct bench b = bench_new();
	struct lab_roa params;
	struct roa roa;
	struct span der;

	lab_roa_init(b.lab, &params);
	params.prefixes = "0.0.0.0/0 ::/0";
	cr_assert(lab_roa_bytes(b.lab, &params, &der) == 0);
	cr_assert(roa_parse(der, profile_current(), b.crypto, b.arena, &roa) ==
		REJECT_NONE);
	cr_expect(roa.prefix_count == 2);
	cr_expect(roa.prefixes[0].prefix.len == 0);
	cr_expect(roa.prefixes[1].prefix.family == FAMILY_IPV6);
	cr_expect(roa.prefixes[1].max_len == 0);
	bench_free(&b);
}

Test(roa, cut_at_every_octet)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "roa", NULL));
	bench_free(&b);
}
