/*
 * tak: every field of a trust anchor key, right and wrong (RFC 9691 section 2).
 */
#include "tests/unit/object/corpus.h"
#include "tests/unit/object/signed.h"
#include "validator/object/tak.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define CURRENT	  "content.current."
#define SUCCESSOR "content.successor."

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct tak tak;
	enum reject code = tak_parse(der, profile, b->crypto, b->arena, &tak);

	return code == REJECT_NONE ? cms_check(&tak.cms, b->crypto) : code;
}

static const struct row rows[] = {
	ROW(NULL, NONE),
	ROW("content.next=remove", NONE),
	ROW("content.next=tag:0xa0", NONE), /* a predecessor alone */
	ROW(CURRENT "comments=hex:", NONE),
	ROW(CURRENT "comment=dup:3", NONE),
	ROW(CURRENT "uri=dup:3", NONE),
	ROW(CURRENT "uri=text:https://lab.example/ta.cer", NONE),
	ROW("content.current=before:020100", TAK_VERSION),
	ROW("content.current=before:020101", TAK_VERSION),
	ROW("content.current=before:a003020100", DER_TAG),
	ROW("content.current=remove", DER_TAG),
	ROW("content.next=dup", DER_TRAILING),
	ROW("content.next=tag:0xa2", DER_TRAILING),
	ROW("content.next=tag:0x81", DER_TRAILING),
	ROW(CURRENT "comments=remove", DER_TAG),
	ROW(CURRENT "comment=tag:0x16", DER_TAG),
	ROW(CURRENT "certificateURIs=hex:", TAK_URI_MISSING),
	ROW(SUCCESSOR "certificateURIs=hex:", TAK_URI_MISSING),
	ROW(CURRENT "uri=tag:0x0c", DER_TAG),
	ROW(CURRENT "uri=text:http://lab.example/ta.cer", TAK_URI),
	ROW(CURRENT "uri=text:rsync://lab.example/repo/../ta.cer", TAK_URI),
	ROW(SUCCESSOR "uri=text:", TAK_URI),
	ROW(SUCCESSOR "uri=fill:3000", TAK_URI),
	ROW(CURRENT "spki=remove", DER_MISSING),
	ROW(CURRENT "spki=after:0500", DER_TRAILING),
	ROW(CURRENT "spki.key.rsa.exponent=int:3", KEY_EXPONENT),
	ROW(SUCCESSOR "spki.algorithm.parameters=remove", KEY_PARAMETERS),
	ROW("ee.tbs.extensions.asn.value.asnum.inherit=raw:3003020101",
		TAK_RESOURCES),
	ROW("signerInfo.signature=flip:9", CMS_SIGNATURE),
};

Test(tak, rules)
{
	bench_rows(judge, "tak", rows, COUNT(rows));
}

static bool
is_text(struct span s, const char *text)
{
	return span_equal(s, span_text(text));
}

Test(tak, tells_what_it_says)
{
	struct bench b = bench_new();
	struct tak tak;

	cr_assert(tak_parse(bench_make(&b, "tak", NULL), profile_current(),
			  b.crypto, b.arena, &tak) == REJECT_NONE);
	cr_expect(tak.has_successor && !tak.has_predecessor);
	cr_assert(tak.current.comment_count == 1 && tak.current.uri_count == 1);
	cr_expect(is_text(tak.current.comments[0], "current"));
	cr_expect(is_text(
		tak.current.uris[0], "rsync://lab.example/repo/ta.cer"));
	cr_expect(
		is_text(tak.successor.uris[0], "https://lab.example/next.cer"));
	cr_expect(span_equal(tak.current.spki,
		lab_keys_spki(lab_pool(b.lab), LAB_KEY_TA, b.arena)));
	cr_expect(span_equal(tak.successor.spki,
		lab_keys_spki(lab_pool(b.lab), LAB_KEY_CHILD, b.arena)));
	bench_free(&b);
}

Test(tak, cut_anywhere)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "tak", NULL));
	bench_free(&b);
}

static void
expect_real(const char *path, struct span der, void *context)
{
	struct bench b = bench_new();
	struct tak tak;

	(void)context;
	cr_expect(tak_parse(der, profile_current(), b.crypto, b.arena, &tak) ==
			REJECT_NONE,
		"%s", path);
	cr_expect(cms_check(&tak.cms, b.crypto) == REJECT_NONE, "%s", path);
	cr_expect(tak.has_successor && tak.current.uri_count == 1);
	bench_free(&b);
}

Test(tak, corpus)
{
	const char *root = corpus_root();

	if (root != NULL)
		cr_expect(corpus_walk(root, "objects", ".tak", expect_real,
				  NULL) == 4);
}
