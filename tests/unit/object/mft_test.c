/*
 * mft: every field of a manifest, right and wrong (RFC 9286 section 4.2), names
 * and their number at the limits.
 */
#include "tests/unit/object/signed.h"

#include <stdio.h>
#include <string.h>

#include "validator/object/mft.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIST	 "content.fileList"
#define CRL	 LIST "[0]"
#define ROA	 LIST "[1]"
#define MAX_159	 "0x7fffffffffffffffffffffffffffffffffffffff"

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct mft mft;

	return mft_parse(der, profile, b->crypto, b->arena, &mft);
}

static const struct row accepted[] = {
	ROW(NULL, NONE),
	ROW("content.manifestNumber=int:0", NONE),
	ROW("content.manifestNumber=int:" MAX_159, NONE),
	ROW(ROA "=remove", NONE),
	ROW(CRL "=swap", NONE),
	ROW(ROA ".file=text:a.xyz", NONE),
	ROW(ROA ".file=text:-_09azAZ.roa", NONE),
	ROW(ROA ".file=text:CA.roa", NONE),
	ROW(ROA ".file=text:ca.roa", NONE),
};

static const struct row refused[] = {
	ROW("content.manifestNumber=before:a003020100", MANIFEST_VERSION),
	ROW("content.manifestNumber=before:800101", MANIFEST_VERSION),
	ROW("content.manifestNumber=int:-1", MANIFEST_NUMBER),
	ROW("content.manifestNumber=int:"
	    "0x8000000000000000000000000000000000000000",
		MANIFEST_NUMBER),
	ROW("content.thisUpdate=utctime:2029-12-31T23:00:00Z",
		MANIFEST_TIME_TYPE),
	ROW("content.nextUpdate=utctime:2030-01-02T00:00:00Z",
		MANIFEST_TIME_TYPE),
	ROW("content.thisUpdate=text:20291231230000.5Z", DER_TIME_FORM),
	ROW("content.thisUpdate=text:202912312300Z", DER_TIME_FORM),
	ROW("content.nextUpdate=text:20300102000000+0000", DER_TIME_FORM),
	ROW("content.nextUpdate=gentime:2029-12-31T23:00:00Z",
		MANIFEST_TIME_ORDER),
	ROW("content.nextUpdate=gentime:2029-12-31T22:59:59Z",
		MANIFEST_TIME_ORDER),
	ROW("content.fileHashAlg=oid:2.16.840.1.101.3.4.2.3",
		MANIFEST_HASH_ALGORITHM),
	ROW(CRL ".file=text:ca.roa", MANIFEST_CRL_MISSING),
	ROW(LIST "=hex:", MANIFEST_CRL_MISSING),
	ROW(ROA ".file=text:cb.crl", MANIFEST_CRL_TWICE),
	ROW(ROA ".file=text:ca.crl", MANIFEST_FILE_TWICE),
	ROW(ROA "=dup", MANIFEST_FILE_TWICE),
	ROW(ROA ".file=text:", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:.roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:..roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a.b.roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a.ROA", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a.r0a", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a.ro", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a.roas", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a/b.roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:../b.roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a b.roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=text:a%2e.roa", MANIFEST_FILE_NAME),
	ROW(ROA ".file=hex:61002e726f61", MANIFEST_FILE_NAME),
	ROW(ROA ".file=hex:61ff2e726f61", MANIFEST_FILE_NAME),
	ROW(ROA ".file=tag:0x0c", DER_TAG),
	ROW(ROA ".hash=tag:0x04", MANIFEST_HASH_FORM),
	ROW(ROA ".hash=cut:1", MANIFEST_HASH_FORM),
	ROW(ROA ".hash=cut:33", DER_BIT_STRING),
	ROW(ROA ".hash=after:0500", DER_TRAILING),
	ROW(ROA ".hash=remove", MANIFEST_HASH_FORM),
	ROW("content.fileHashAlg=remove", DER_TAG),
	ROW(LIST "=remove", DER_MISSING),
	ROW("content[0]=after:00", DER_TRAILING),
};

Test(mft, accepts)
{
	bench_rows(judge, "mft", accepted, COUNT(accepted));
}

Test(mft, refuses)
{
	bench_rows(judge, "mft", refused, COUNT(refused));
}

/* RFC 9286 section 5.1: the EE inherits whatever it has. */
static void
expect_resources(const char *resources, enum reject want)
{
	struct row row = {{resources}, want, want};
	struct bench b = bench_new();
	struct lab_mft params;
	struct span der;

	lab_mft_init(b.lab, &params);
	params.envelope.ee.resources = resources;
	cr_assert(
		lab_mft_bytes(b.lab, &params, &der) == 0, "%s", lab_why(b.lab));
	bench_expect(&b, judge, der, &row);
	bench_free(&b);
}

Test(mft, ee_inherits_everything)
{
	expect_resources("inherit-ipv4", REJECT_NONE);
	expect_resources("inherit-asn", REJECT_NONE);
	expect_resources("inherit-ipv4 inherit-ipv6", REJECT_NONE);
	expect_resources("192.0.2.0/24", REJECT_MANIFEST_RESOURCES);
	expect_resources(
		"inherit-ipv4 2001:db8::/32", REJECT_MANIFEST_RESOURCES);
	expect_resources("inherit-ipv4 AS64496", REJECT_MANIFEST_RESOURCES);
}

Test(mft, gives_what_it_read)
{
	struct bench b = bench_new();
	struct mft mft;

	cr_assert(mft_parse(bench_make(&b, "mft", NULL), profile_current(),
			  b.crypto, b.arena, &mft) == REJECT_NONE);
	cr_expect(mft.number.n == 1 && mft.number.p[0] == 1);
	cr_expect(mft.this_update.s == LAB_NOW - 3600);
	cr_expect(mft.next_update.s == LAB_NOW + LAB_DAY);
	cr_assert(mft.file_count == 2);
	cr_expect(mft.crl == 0);
	cr_expect(mft.files[0].type == OBJECT_CRL);
	cr_expect(mft.files[0].hash[0] == 0xca && mft.files[0].hash[1] == 0);
	cr_expect(mft.files[1].type == OBJECT_ROA);
	cr_expect(span_equal(mft.files[1].name, span_text("object.roa")));
	bench_free(&b);
}

/* A manifest of `n` files: one CRL, then names in an order that is none. */
static struct span
make_files(struct bench *b, size_t n)
{
	struct lab_file *files = calloc(n, sizeof(*files));
	struct lab_mft params;
	struct span der = {0};
	char name[32];

	cr_assert(files != NULL);
	for (size_t i = 0; i < n; i++) {
		unsigned long key =
			(unsigned long)i * 2654435761u % 1000000007u;

		snprintf(name, sizeof(name), "%09lu.%s", key,
			i == 0 ? "crl" : "roa");
		files[i].name =
			arena_text(lab_arena(b->lab), name, strlen(name));
	}
	lab_mft_init(b->lab, &params);
	params.files = files;
	params.file_count = n;
	cr_assert(lab_mft_bytes(b->lab, &params, &der) == 0, "%s",
		lab_why(b->lab));
	free(files);
	return der;
}

Test(mft, takes_as_many_files_as_allowed)
{
	struct bench b = bench_new();
	struct span der = make_files(&b, BOUND_MANIFEST_FILES);
	struct mft mft;

	cr_assert(mft_parse(der, profile_current(), b.crypto, b.arena, &mft) ==
		REJECT_NONE);
	cr_expect(mft.file_count == BOUND_MANIFEST_FILES);
	bench_free(&b);
}

Test(mft, refuses_one_file_more)
{
	struct bench b = bench_new();
	struct span der = make_files(&b, BOUND_MANIFEST_FILES + 1);

	cr_expect(judge(&b, der, profile_current()) ==
		REJECT_MANIFEST_FILE_COUNT);
	bench_free(&b);
}

Test(mft, name_at_its_longest)
{
	char name[BOUND_FILE_NAME + 2];
	struct lab_file files[] = {{"ca.crl", {1}}, {name, {2}}};
	struct bench b = bench_new();
	struct lab_mft params;
	struct span der;

	for (size_t n = BOUND_FILE_NAME; n <= BOUND_FILE_NAME + 1; n++) {
		memset(name, 'a', n);
		memcpy(name + n - 4, ".roa", 5);
		lab_mft_init(b.lab, &params);
		params.files = files;
		params.file_count = 2;
		cr_assert(lab_mft_bytes(b.lab, &params, &der) == 0);
		cr_expect(judge(&b, der, profile_current()) ==
			(n == BOUND_FILE_NAME ? REJECT_NONE
					      : REJECT_MANIFEST_FILE_NAME));
	}
	bench_free(&b);
}

Test(mft, cut_at_every_octet)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "mft", NULL));
	bench_free(&b);
}
