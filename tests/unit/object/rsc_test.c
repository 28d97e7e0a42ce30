/*
 * rsc: checklists as people have signed them, and every rule of RFC 9323.
 */
#include "tests/unit/object/corpus.h"
#include "tests/unit/object/signed.h"
#include "validator/object/rsc.h"

#define ASID  "content.resources.asID.asnum"
#define FILES "content.checkList"

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct rsc rsc;
	enum reject code = rsc_parse(der, profile, b->crypto, b->arena, &rsc);

	return code == REJECT_NONE ? cms_check(&rsc.cms, b->crypto) : code;
}

static const struct row rows[] = {
	ROW(FILES ".fileName=remove", NONE),
	ROW(FILES ".fileName=text:-._aZ09", NONE),
	ROW("content[0]=first:a003020100", RSC_VERSION),
	ROW("content[0]=first:8000", RSC_VERSION),
	ROW("content.resources=hex:", RSC_RESOURCES_MISSING),
	ROW(ASID "=raw:a0020500", RSC_INHERIT),
	ROW("content.resources=raw:300ca10a30083006040200010500", RSC_INHERIT),
	ROW("content.resources=raw:3011a10f300d300b0402000130050303000a00",
		RSC_RESOURCES_OUTSIDE),
	ROW(ASID ".ids=hex:", RESOURCES_ASN_EMPTY),
	ROW(ASID ".ids[0]=int:64497", RSC_RESOURCES_OUTSIDE),
	ROW("content.digestAlgorithm.oid=oid:1.2.840.113549.2.5", RSC_DIGEST),
	ROW("content.digestAlgorithm.oid=after:0101ff", RSC_DIGEST),
	ROW(FILES "=hex:", RSC_FILES_EMPTY),
	ROW(FILES ".fileName=text:a b", RSC_FILE_NAME),
	ROW(FILES ".fileName=text:a/b", RSC_FILE_NAME),
	ROW(FILES ".fileName=hex:6100", RSC_FILE_NAME),
	ROW(FILES ".fileName=hex:1b", RSC_FILE_NAME),
	ROW(FILES ".fileName=hex:", RSC_FILE_NAME),
	ROW(FILES ".hash=cut:1", RSC_HASH_SIZE),
	ROW(FILES ".hash=hex:", RSC_HASH_SIZE),
	ROW(FILES "[0]=dup", RSC_FILE_TWICE),
	{{FILES ".fileName=remove", FILES "[0]=dup"}, REJECT_RSC_HASH_TWICE,
		REJECT_RSC_HASH_TWICE},
	ROW("ee.tbs.extensions.asn.value.ids.asnum=raw:a0020500",
		RSC_EE_INHERIT),
	ROW("signerInfo.signature=flip:9", CMS_SIGNATURE),
};

Test(rsc, rules)
{
	bench_rows(judge, "rsc", rows, sizeof(rows) / sizeof(rows[0]));
}

Test(rsc, says_what_it_lists)
{
	struct bench b = bench_new();
	struct rsc rsc;

	cr_assert(rsc_parse(bench_make(&b, "rsc", NULL), profile_current(),
			  b.crypto, b.arena, &rsc) == REJECT_NONE);
	cr_assert(rsc.file_count == 1);
	cr_expect(span_equal(rsc.files[0].name, span_text("file.txt")));
	cr_expect(rsc.resources.asn_count == 1 &&
		rsc.resources.asn[0].min == 64496);
	bench_free(&b);
}

/* What is inherited of a kind that the checklist has not is nobody's business:
 * it neither refuses nor ends the program. */
Test(rsc, other_kinds_may_inherit)
{
	static const char *const changes[] = {
		"ee.tbs.extensions.asn=after:"
		"301906082b060105050701070101ff040a"
		"30083006040200010500",
		NULL,
	};
	struct bench b = bench_new();
	struct span der = bench_make(&b, "rsc", changes);
	enum reject got = judge(&b, der, profile_current());

	cr_expect(got == REJECT_NONE, "%s", reject_name(got));
	bench_free(&b);
}

Test(rsc, cut_anywhere)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "rsc", NULL));
	bench_free(&b);
}

Test(rsc, corpus)
{
	static const struct {
		const char *path;
		enum reject current, older;
	} files[] = {
#define RSC_FILES "objects/rpki-rs/history/ed38c778/test-data/rsc/"
#define REGRESS	  "/src/regress/usr.sbin/rpki-client/rsc/"
		{RSC_FILES "koen.sig", REJECT_NONE, REJECT_NONE},
		{RSC_FILES "koen-multiple.sig", REJECT_NONE, REJECT_NONE},
		{RSC_FILES "koen-mismatch.sig", REJECT_RSC_RESOURCES_OUTSIDE,
			REJECT_RSC_RESOURCES_OUTSIDE},
		{"objects/openbsd-regress/head" REGRESS
		 "rsc-deployment-test-3.sig",
			REJECT_NONE, REJECT_NONE},
		{"objects/openbsd-regress/history/8be4c1f0" REGRESS
		 "apnic-demo.sig",
			REJECT_DER_TAG, REJECT_DER_TAG},
		{"objects/openbsd-regress/history/79e29e27" REGRESS
		 "c6938fc00af6496d9d4e6e2d876e4b4811887b60f4f1bc9cd0b3cdb7c57c"
		 "6d5e.sig",
			REJECT_CMS_TIME_MISSING, REJECT_NONE},
	};
	const char *root = corpus_root();
	struct bench b;

	if (root == NULL)
		return;
	b = bench_new();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct span der = corpus_file(root, files[i].path, b.arena);
		const struct row row = {
			{files[i].path}, files[i].current, files[i].older};
		struct bench judging = bench_new();

		bench_expect(&judging, judge, der, &row);
		bench_free(&judging);
	}
	bench_free(&b);
}

Test(rsc, every_code_has_a_row)
{
#define CODE(name, word, rfc, text) REJECT_##name,
	static const enum reject codes[] = {REJECT_RSC_TABLE(CODE)};
	bool seen[REJECT_COUNT] = {false};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		seen[rows[i].current] = true;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		cr_expect(seen[codes[i]], "%s", reject_name(codes[i]));
}
