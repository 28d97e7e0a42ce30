/*
 * aspa: every field of an attestation, right and wrong, and the attestations of
 * all drafts that were published: only those of version 1 hold.
 */
#include "core/text.h"
#include "tests/unit/object/corpus.h"
#include "tests/unit/object/signed.h"
#include "validator/object/aspa.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define PROVIDERS "content.providers"
#define CUSTOMER  "content.customerASID"
#define ASNS	  "ee.tbs.extensions.asn.value.ids"
#define RAW_IP	  "301c06082b060105050701070101ff040d300b3009040200013003030100"
#define RAW_IP_INHERIT \
	"301906082b060105050701070101ff040a3008300604020001" \
	"0500"

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct aspa_object aspa;
	enum reject code = aspa_parse(der, profile, b->crypto, b->arena, &aspa);

	return code == REJECT_NONE ? cms_check(&aspa.cms, b->crypto) : code;
}

static const struct row rows[] = {
	ROW(NULL, NONE),
	ROW(PROVIDERS "[0]=remove", NONE),
	ROW(PROVIDERS "[1]=int:4294967295", NONE),
	ROW(PROVIDERS "[0]=int:1", NONE),
	ROW("content.explicit=remove", ASPA_VERSION),
	ROW("content.version=int:0", ASPA_VERSION),
	ROW("content.version=int:2", ASPA_VERSION),
	ROW("content.version=int:-1", ASPA_VERSION),
	ROW("content.version=remove", DER_MISSING),
	ROW("content.version=after:020101", DER_TRAILING),
	ROW("content.explicit=tag:0x80", ASPA_VERSION),
	/* An implicit tag, and a family for all providers, as once drafted. */
	ROW("content.explicit=raw:800101", ASPA_VERSION),
	ROW(CUSTOMER "=before:04020001", DER_TAG),
	ROW(CUSTOMER "=int:0", ASPA_CUSTOMER),
	ROW(CUSTOMER "=int:-1", ASPA_CUSTOMER),
	ROW(CUSTOMER "=int:4294967296", ASPA_CUSTOMER),
	ROW(CUSTOMER "=int:0x10000000000fbf0", ASPA_CUSTOMER),
	ROW(CUSTOMER "=hex:0000fbf0", DER_INTEGER_MINIMAL),
	ROW(CUSTOMER "=int:64497", ASPA_AS_RESOURCES),
	ROW(PROVIDERS "=hex:", ASPA_PROVIDERS_EMPTY),
	ROW(PROVIDERS "=remove", DER_MISSING),
	ROW(PROVIDERS "=after:0500", DER_TRAILING),
	ROW(PROVIDERS "[0]=int:-1", ASPA_PROVIDER),
	ROW(PROVIDERS "[1]=int:4294967296", ASPA_PROVIDER),
	ROW(PROVIDERS "[0]=dup", ASPA_PROVIDER_ORDER),
	ROW(PROVIDERS "[0]=swap", ASPA_PROVIDER_ORDER),
	ROW(PROVIDERS "[0]=int:64496", ASPA_PROVIDER_CUSTOMER),
	ROW(PROVIDERS "[0]=int:0", ASPA_AS0),
	ROW(PROVIDERS "[1]=int:0", ASPA_PROVIDER_ORDER),
	ROW(PROVIDERS "[0]=raw:30070202fbf404020001", DER_TAG),
	ROW(PROVIDERS "[0]=raw:020100020101020102", ASPA_AS0),
	ROW("ee.tbs.extensions.asn=before:" RAW_IP, ASPA_IP_RESOURCES),
	ROW("ee.tbs.extensions.asn=before:" RAW_IP_INHERIT, ASPA_IP_RESOURCES),
	ROW(ASNS ".asnum=hex:0500", ASPA_INHERIT),
	ROW(ASNS ".asnum.list=last:020300fbf2", ASPA_AS_RESOURCES),
	ROW(ASNS ".asnum.list=hex:300a020300fbf0020300fbf1", ASPA_AS_RESOURCES),
	ROW("ee.tbs.extensions.asn=remove", CERT_RESOURCES_MISSING),
	ROW("signerInfo.signature=flip:9", CMS_SIGNATURE),
	ROW("eContentType=oid:1.2.840.113549.1.9.16.1.24", CMS_ECONTENT_TYPE),
};

Test(aspa, rules)
{
	bench_rows(judge, "aspa", rows, COUNT(rows));
}

/* No provider: AS0, and nothing else. */
Test(aspa, as0_alone)
{
	const char *changes[] = {
		PROVIDERS "[0]=int:0", PROVIDERS "[1]=remove", NULL};
	struct bench b = bench_new();
	struct aspa_object aspa;

	cr_assert(aspa_parse(bench_make(&b, "aspa", changes), profile_current(),
			  b.crypto, b.arena, &aspa) == REJECT_NONE);
	cr_expect(aspa.provider_count == 1 && aspa.providers[0] == 0);
	bench_free(&b);
}

Test(aspa, tells_what_it_says)
{
	struct bench b = bench_new();
	struct aspa_object aspa;

	cr_assert(aspa_parse(bench_make(&b, "aspa", NULL), profile_current(),
			  b.crypto, b.arena, &aspa) == REJECT_NONE);
	cr_expect_eq(aspa.customer, 64496);
	cr_expect_eq(aspa.provider_count, 2);
	cr_expect(aspa.providers[0] == 64500 && aspa.providers[1] == 64501);
	bench_free(&b);
}

/* How many providers there may be in all is asked elsewhere. */
Test(aspa, many_providers)
{
	enum {
		MANY = 20000
	};
	struct bench b = bench_new();
	struct text list = {0};
	struct lab_signed params;
	struct aspa_object aspa;
	struct span der;

	for (int i = 1; i <= MANY; i++)
		text_add(&list, "%d ", i);
	cr_assert(lab_signed_init_type(b.lab, "aspa", &params) == 0);
	params.content.list = list.p;
	cr_assert(lab_signed_bytes(b.lab, &params, &der) == 0);
	cr_expect(aspa_parse(der, profile_current(), b.crypto, b.arena,
			  &aspa) == REJECT_NONE);
	cr_expect_eq(aspa.provider_count, MANY);
	cr_expect_eq(aspa.providers[MANY - 1], MANY);
	text_free(&list);
	bench_free(&b);
}

Test(aspa, cut_anywhere)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "aspa", NULL));
	bench_free(&b);
}

/* The attestations of the corpus, by the end of their path. */
static const struct {
	const char *path;
	enum reject current, older;
} known[] = {
	{"xTom/58/AS138038.asa", REJECT_NONE, REJECT_NONE},
	{"aspa/AS945.asa", REJECT_NONE, REJECT_NONE},
	{"aspa/5m80fwYws_3FiFD7JiQjAqZ1RYQ.asa", REJECT_NONE, REJECT_NONE},
	{"repository/aspa-bm.asa", REJECT_CMS_TIME_MISSING,
		REJECT_ASPA_VERSION},
	{"f636bd7c204.asa", REJECT_ASPA_VERSION, REJECT_ASPA_VERSION},
	{"1400ee3616a.asa", REJECT_CMS_TIME_MISSING, REJECT_ASPA_VERSION},
	{"e1e479c8636.asa", REJECT_CMS_TIME_MISSING, REJECT_ASPA_VERSION},
	{"f6ffd3dfd.asa", REJECT_CMS_TIME_MISSING, REJECT_ASPA_VERSION},
	{"aspa/AS211321.asa", REJECT_ASPA_VERSION, REJECT_ASPA_VERSION},
	{"no-signingtime-aspa-rpkimancer.asa", REJECT_CMS_TIME_MISSING,
		REJECT_ASPA_VERSION},
	{"AS211321-profile-13.asa", REJECT_ASPA_VERSION, REJECT_ASPA_VERSION},
	{"implicit-tag.asa", REJECT_CERT_CRLDP_MISSING,
		REJECT_CERT_CRLDP_MISSING},
	{"no-class-keyword.asa", REJECT_DER_TAG, REJECT_DER_TAG},
	{"prefixlist-02.asa", REJECT_DER_TAG, REJECT_DER_TAG},
	{"t/objects/AS65000.asa", REJECT_CMS_ECONTENT_TYPE,
		REJECT_CMS_ECONTENT_TYPE},
};

static bool
ends(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);

	return n >= k && strcmp(path + n - k, end) == 0;
}

static void
expect_known(const char *path, struct span der, void *context)
{
	struct row row = {{path}, REJECT_COUNT, REJECT_COUNT};
	size_t *found = context;
	struct bench b = bench_new();

	for (size_t i = 0; i < COUNT(known); i++) {
		if (!ends(path, known[i].path))
			continue;
		row.current = known[i].current;
		row.older = known[i].older;
		++*found;
	}
	bench_expect(&b, judge, der, &row);
	bench_free(&b);
}

Test(aspa, corpus)
{
	const char *root = corpus_root();
	size_t found = 0;

	if (root == NULL)
		return;
	cr_expect(corpus_walk(root, "objects", ".asa", expect_known, &found) ==
		COUNT(known));
	cr_expect_eq(found, COUNT(known));
}
