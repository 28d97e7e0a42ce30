/*
 * gbr: records as they are published, and what makes one useless.
 */
#include "tests/unit/object/corpus.h"
#include "tests/unit/object/signed.h"
#include "validator/object/gbr.h"

#define CARD "content=text:BEGIN:VCARD\r\n"

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct gbr gbr;
	enum reject code = gbr_parse(der, profile, b->crypto, b->arena, &gbr);

	return code == REJECT_NONE ? cms_check(&gbr.cms, b->crypto) : code;
}

static const struct row rows[] = {
	ROW(CARD "VERSION:4.0\r\nFN:Lab\r\nTEL:1\r\nEND:VCARD\r\n", NONE),
	ROW(CARD "VERSION:3.0\nN:;;\nemail;TYPE=x:a@example.net", NONE),
	ROW("content=text:ADR:;;", NONE),
	ROW(CARD "FN:Lab\r\nORG:Lab\r\nEND:VCARD\r\n", GBR_CONTACT),
	ROW(CARD "NOTE:EMAIL:a@example.net\r\n", GBR_CONTACT),
	ROW(CARD " TEL:1\r\n", GBR_CONTACT),
	ROW(CARD "TELEX:1\r\nADR", GBR_CONTACT),
	ROW("content=text:", GBR_CONTACT),
	ROW("ee.tbs.extensions.asn.value.asnum.inherit=raw:3003020101",
		GBR_RESOURCES),
	ROW("signerInfo.signature=flip:9", CMS_SIGNATURE),
};

Test(gbr, rules)
{
	bench_rows(judge, "gbr", rows, sizeof(rows) / sizeof(rows[0]));
}

Test(gbr, cut_anywhere)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "gbr", NULL));
	bench_free(&b);
}

static void
expect_code(const char *path, struct span der, void *context)
{
	enum reject *want = context, got;
	struct bench b = bench_new();

	got = judge(&b, der, profile_find("rfc6488"));
	cr_expect(got == *want, "%s: %s", path, reject_name(got));
	bench_free(&b);
}

/* Whatever their vCards are like, records in use are good. */
Test(gbr, corpus)
{
	const char *root = corpus_root();
	enum reject none = REJECT_NONE, contact = REJECT_GBR_CONTACT;

	if (root == NULL)
		return;
	cr_expect(
		corpus_walk(root, "objects", ".gbr", expect_code, &none) == 3);
	cr_expect(corpus_walk(root, "bbn/root", "badGBRNoContact.gbr",
			  expect_code, &contact) == 1);
}
