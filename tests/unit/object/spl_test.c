/*
 * spl: every field of a signed prefix list, right and wrong.
 */
#include "tests/unit/object/corpus.h"
#include "tests/unit/object/signed.h"
#include "validator/object/spl.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LISTS	 "content.prefixes"
#define IPV4	 LISTS ".ipv4.addresses"
#define IPV6	 LISTS ".ipv6.addresses"
#define ASNS	 "ee.tbs.extensions.asn.value.ids"
#define RAW_IP	 "301c06082b060105050701070101ff040d300b3009040200013003030100"

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct spl spl;
	enum reject code = spl_parse(der, profile, b->crypto, b->arena, &spl);

	return code == REJECT_NONE ? cms_check(&spl.cms, b->crypto) : code;
}

static const struct row rows[] = {
	ROW(NULL, NONE),
	ROW(LISTS "=hex:", NONE),
	ROW(LISTS ".ipv4=remove", NONE),
	ROW(LISTS ".ipv6=remove", NONE),
	ROW(IPV4 "[0]=hex:00", NONE), /* 0/0 before all others */
	ROW(IPV4 "[0]=hex:02c63364", SPL_PREFIX_ORDER),
	ROW(IPV4 "[0]=after:030400c00003", NONE),
	/* 192.0.2.0/25 behind 192.0.2.0/24: the shorter comes first. */
	ROW(IPV4 "[0]=after:030507c0000200", NONE),
	ROW(IPV4 "[0]=before:030507c0000200", SPL_PREFIX_ORDER),
	ROW(ASNS ".asnum.list=last:020300fbf2", NONE),
	ROW(ASNS ".asnum.list=hex:300a020300fbe0020300fbff", NONE),
	ROW("content.asID=before:a003020100", SPL_VERSION),
	ROW("content.asID=before:800100", SPL_VERSION),
	ROW("content.asID=int:0", SPL_ASN),
	ROW("content.asID=int:-1", SPL_ASN),
	ROW("content.asID=int:4294967296", SPL_ASN),
	ROW("content.asID=int:64497", SPL_ASN_OUTSIDE),
	ROW("content.asID=remove", DER_TAG),
	ROW(LISTS "=remove", DER_MISSING),
	ROW(LISTS "=after:0500", DER_TRAILING),
	ROW(LISTS "=last:30090402000330030301ff", SPL_FAMILY_COUNT),
	ROW(LISTS ".ipv4.family=hex:0003", SPL_FAMILY),
	ROW(LISTS ".ipv4.family=hex:01", SPL_FAMILY),
	ROW(LISTS ".ipv4.family=hex:000101", SPL_FAMILY),
	ROW(LISTS ".ipv6.family=hex:0001", SPL_FAMILY_ORDER),
	ROW(LISTS ".ipv4=swap", SPL_FAMILY_ORDER),
	ROW(IPV4 "=hex:", SPL_PREFIXES_EMPTY),
	ROW(IPV4 "=remove", DER_MISSING),
	ROW(IPV4 "[0]=hex:07c000020080", SPL_PREFIX_LENGTH),
	ROW(IPV6 "[0]=hex:0020010db8000000000000000000000000ff",
		SPL_PREFIX_LENGTH),
	ROW(IPV4 "[0]=hex:01c00003", DER_UNUSED_BITS),
	ROW(IPV4 "[0]=hex:", DER_BIT_STRING),
	ROW(IPV4 "[0]=dup", SPL_PREFIX_ORDER),
	ROW(IPV4 "[0]=swap", SPL_PREFIX_ORDER),
	/* As a ROA has them. */
	ROW(IPV4 "[0]=raw:3006030400c00002", DER_TAG),
	ROW("ee.tbs.extensions.asn=before:" RAW_IP, SPL_IP_RESOURCES),
	ROW(ASNS ".asnum=hex:0500", SPL_INHERIT),
	ROW("signerInfo.signature=flip:9", CMS_SIGNATURE),
};

Test(spl, rules)
{
	bench_rows(judge, "spl", rows, COUNT(rows));
}

Test(spl, tells_what_it_says)
{
	static const char *const prefixes[] = {
		"192.0.2.0/24", "198.51.100.0/22", "2001:db8::/32"};
	struct bench b = bench_new();
	char text[PREFIX_TEXT];
	struct spl spl;

	cr_assert(spl_parse(bench_make(&b, "spl", NULL), profile_current(),
			  b.crypto, b.arena, &spl) == REJECT_NONE);
	cr_expect_eq(spl.asn, 64496);
	cr_assert_eq(spl.prefix_count, COUNT(prefixes));
	for (size_t i = 0; i < COUNT(prefixes); i++)
		cr_expect_str_eq(
			prefix_format(&spl.prefixes[i], text), prefixes[i]);
	bench_free(&b);
}

Test(spl, cut_anywhere)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "spl", NULL));
	bench_free(&b);
}

static void
expect_real(const char *path, struct span der, void *context)
{
	struct bench b = bench_new();
	struct spl spl;

	(void)context;
	cr_expect(spl_parse(der, profile_current(), b.crypto, b.arena, &spl) ==
			REJECT_NONE,
		"%s", path);
	cr_expect(cms_check(&spl.cms, b.crypto) == REJECT_NONE, "%s", path);
	cr_expect_eq(spl.asn, 15562);
	cr_expect_eq(spl.prefix_count, 23);
	bench_free(&b);
}

Test(spl, corpus)
{
	const char *root = corpus_root();

	if (root != NULL)
		cr_expect(corpus_walk(root, "objects", ".spl", expect_real,
				  NULL) == 1);
}
