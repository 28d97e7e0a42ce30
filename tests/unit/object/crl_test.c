/*
 * crl: every field of a CRL, right and wrong (RFC 6487 section 5, RFC 9829),
 * and looking up serial numbers in lists of any order and size.
 */
#include "tests/unit/object/signed.h"

#include "tests/unit/object/corpus.h"
#include "validator/object/crl.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define X	 "tbs.extensions."

/* SEQUENCE { serial 5, 2029-12-31 } as an entry, and with an extension. */
#define TIME	   "170d3239313233313030303030305a"
#define ENTRY	   "3012020105" TIME
#define ENTRY_EXT  "3020020105" TIME "300c300a0603551d1504030a0101"
#define ENTRY_NEG  "30120201ff" TIME
#define ENTRY_LONG "30260215008000000000000000000000000000000000000000" TIME
#define ENTRY_MAX  "302502147fffffffffffffffffffffffffffffffffffffff" TIME

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	struct crl crl;

	(void)profile;
	return crl_parse(der, b->arena, &crl);
}

static const struct row rows[] = {
	ROW(NULL, NONE),
	ROW("tbs.version=int:0", CRL_VERSION),
	ROW("tbs.version=int:2", CRL_VERSION),
	ROW("tbs.version=remove", CRL_VERSION),
	ROW("tbs.sigAlg.oid=oid:1.2.840.113549.1.1.5", CRL_ALGORITHM),
	ROW("tbs.sigAlg.parameters=remove", CRL_ALGORITHM),
	ROW("sigAlg.oid=oid:1.2.840.113549.1.1.5", CRL_OUTER_ALGORITHM),
	ROW("tbs.issuer=hex:", CRL_ISSUER_FORM),
	ROW("tbs.issuer.rdn=dup", CRL_ISSUER_FORM),
	ROW("tbs.issuer.rdn.cn.value=tag:0x16", CRL_ISSUER_STRING),
	ROW("tbs.issuer.rdn.cn.value=fill:1100", CRL_ISSUER_SIZE),
	ROW("tbs.thisUpdate=gentime:2029-12-31T00:00:00Z", DER_TIME_TYPE),
	ROW("tbs.nextUpdate=gentime:2030-01-02T00:00:00Z", DER_TIME_TYPE),
	ROW("tbs.nextUpdate=gentime:2050-01-02T00:00:00Z", NONE),
	ROW("tbs.nextUpdate=remove", CRL_NEXT_UPDATE),
	ROW("tbs.nextUpdate=copy:tbs.thisUpdate", CRL_TIME_ORDER),
	ROW("tbs.nextUpdate=utctime:2029-01-02T00:00:00Z", CRL_TIME_ORDER),
	ROW("tbs.nextUpdate=after:3000", NONE),
	ROW("tbs.nextUpdate=after:3014" ENTRY, NONE),
	ROW("tbs.nextUpdate=after:3027" ENTRY_MAX, NONE),
	ROW("tbs.nextUpdate=after:3022" ENTRY_EXT, CRL_ENTRY_EXTENSION),
	ROW("tbs.nextUpdate=after:3014" ENTRY_NEG, CRL_ENTRY_SERIAL),
	ROW("tbs.nextUpdate=after:3028" ENTRY_LONG, CRL_ENTRY_SERIAL),
	ROW("tbs.nextUpdate=after:30053003020105", DER_MISSING),
	ROW("tbs.nextUpdate=after:3011300f" TIME, DER_TAG),
	ROW("tbs[5]=remove", CRL_AKI_MISSING),
	ROW(X "aki=remove", CRL_AKI_MISSING),
	ROW(X "aki=dup", CRL_EXTENSION_TWICE),
	ROW(X "aki.oid=after:0101ff", CRL_AKI_CRITICAL),
	ROW(X "aki.value.id.keyid=remove", CRL_AKI_FORM),
	ROW(X "aki.value.id=last:820101", CRL_AKI_FORM),
	ROW(X "aki.value.id.keyid=cut:1", CRL_AKI_SIZE),
	ROW(X "crlNumber=remove", CRL_NUMBER_MISSING),
	ROW(X "crlNumber=dup", CRL_EXTENSION_TWICE),
	ROW(X "crlNumber.oid=after:0101ff", CRL_NUMBER_CRITICAL),
	ROW(X "crlNumber.value.number=int:-1", CRL_NUMBER_RANGE),
	ROW(X "crlNumber.value.number=int:0", NONE),
	ROW(X "crlNumber.value.number=hex:"
	      "008000000000000000000000000000000000000000",
		CRL_NUMBER_RANGE),
	ROW("tbs.extensions=last:300a0603551d1b0403020101",
		CRL_EXTENSION_UNKNOWN),
	ROW("signature=remove", DER_MISSING),
	ROW(".=after:00", DER_TRAILING),
};

Test(crl, fields)
{
	bench_rows(judge, "crl", rows, COUNT(rows));
}

Test(crl, every_beginning_is_refused)
{
	static const char *const changes[] = {
		"tbs.nextUpdate=after:3014" ENTRY, NULL};
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "crl", changes));
	bench_free(&b);
}

Test(crl, finds_serials_in_any_order)
{
	static const struct lab_revoked revoked[] = {
		{"0x7fff", 1890000000},
		{"3", 1890000000},
		{"0x80", 1890000000},
		{"0x7f", 1890000001},
		{"0x7fffffffffffffffffffffffffffffffffffffff", 1890000000},
		{"3", 1890000000},
	};
	static const struct {
		const char *octets;
		size_t n;
		bool revoked;
	} asked[] = {
		{"\x03", 1, true},
		{"\x7f", 1, true},
		{"\x00\x80", 2, true},
		{"\x7f\xff", 2, true},
		{"\x00", 1, false},
		{"\x02", 1, false},
		{"\x04", 1, false},
		{"\x7f\xfe", 2, false},
		{"\x00\x81", 2, false},
		{"\x01\x00\x00", 3, false},
	};
	struct bench b = bench_new();
	struct lab_crl params;
	struct span der;
	struct crl crl;

	lab_crl_init(b.lab, &params);
	params.revoked = revoked;
	params.revoked_count = COUNT(revoked);
	params.number = "77";
	cr_assert(lab_crl_bytes(b.lab, &params, &der) == 0);
	cr_assert(crl_parse(der, b.arena, &crl) == REJECT_NONE);
	cr_expect(crl.revoked_count == COUNT(revoked));
	cr_expect(crl.number.n == 1 && crl.number.p[0] == 77);
	cr_expect(crl.this_update.s == params.this_update);
	cr_expect(crl.next_update.s == params.next_update);
	for (size_t i = 0; i < COUNT(asked); i++)
		cr_expect(crl_revokes(
				  &crl, span_of(asked[i].octets, asked[i].n)) ==
				asked[i].revoked,
			"%zu", i);
	cr_expect(crl.revoked[2].revoked.s == 1890000001);
	bench_free(&b);
}

enum {
	MANY = 500000,
	SERIAL_TEXT = 16,
	STRIDE = 7919 /* prime, so that every serial comes once */
};

/* Even serials, scattered. */
static struct span
make_many(struct bench *b)
{
	struct lab_revoked *revoked = calloc(MANY, sizeof(*revoked));
	char *text = calloc(MANY, SERIAL_TEXT);
	struct lab_crl params;
	struct span der;

	cr_assert(revoked != NULL && text != NULL);
	for (uint64_t i = 0; i < MANY; i++) {
		char *serial = text + i * SERIAL_TEXT;

		snprintf(serial, SERIAL_TEXT, "%llu",
			(unsigned long long)(i * STRIDE % MANY * 2));
		revoked[i] = (struct lab_revoked){serial, 1890000000};
	}
	lab_crl_init(b->lab, &params);
	params.revoked = revoked;
	params.revoked_count = MANY;
	cr_assert(lab_crl_bytes(b->lab, &params, &der) == 0);
	free(revoked);
	free(text);
	return der;
}

Test(crl, half_a_million_entries)
{
	struct bench b = bench_new();
	struct span der = make_many(&b);
	struct crl crl;

	cr_assert(crl_parse(der, b.arena, &crl) == REJECT_NONE);
	cr_assert(crl.revoked_count == MANY);
	for (uint32_t serial = 1; serial < 2 * MANY; serial++) {
		uint8_t at[4] = {0, (uint8_t)(serial >> 16),
			(uint8_t)(serial >> 8), (uint8_t)serial};
		size_t skip = 0;

		while (at[skip] == 0 && at[skip + 1] < 0x80)
			skip++;
		cr_assert(crl_revokes(&crl, span_of(at + skip, 4 - skip)) ==
				(serial % 2 == 0),
			"%u", serial);
	}
	bench_free(&b);
}

static const struct {
	const char *path;
	const char *word;
} bbn[] = {
	{"CRLDeltaCRLInd/badCRLDeltaCRLInd", "crl-extension-unknown"},
	{"CRLEntryHasExtension/badCRLEntryHasExtension", "crl-entry-extension"},
	{"CRLEntrySerNumMax/goodCRLEntrySerNumMax", "none"},
	{"CRLEntrySerNumTooBig/badCRLEntrySerNumTooBig", "crl-entry-serial"},
	{"CRLIssAltName/badCRLIssAltName", "crl-extension-unknown"},
	{"CRLIssuer2Seq/badCRLIssuer2Seq", "crl-issuer-form"},
	{"CRLIssuer2Sets/badCRLIssuer2Sets", "crl-issuer-form"},
	{"CRLIssuerOID/badCRLIssuerOID", "crl-issuer-form"},
	{"CRLIssuerSerNum/badCRLIssuerSerNum", "crl-issuer-form"},
	{"CRLIssuerUTF/badCRLIssuerUTF", "none"},
	{"CRLNextUpdatePast/badCRLNextUpdatePast", "none"}, /* the clock's */
	{"CRLNoVersion/badCRLNoVersion", "crl-version"},
	{"CRLNumber2Big/badCRLNumber2Big", "crl-number-range"},
	{"CRLNumberMax/goodCRLNumberMax", "none"},
	{"CRLThisUpdateTyp/badCRLThisUpdateTyp", "der-time-type"},
	{"CRLUpdatesCrossed/badCRLUpdatesCrossed", "crl-time-order"},
	{"CRLVersion0/badCRLVersion0", "crl-version"},
	{"NAMSeqSerName/goodCRLMatch", "none"},
};

Test(crl, conformance_suite)
{
	const char *root = corpus_root();
	struct bench b;

	if (root == NULL)
		return;
	b = bench_new();
	for (size_t i = 0; i < COUNT(bbn); i++) {
		char path[256];
		enum reject got;

		snprintf(path, sizeof(path), "bbn/root/%s.crl", bbn[i].path);
		got = judge(&b, corpus_file(root, path, b.arena), NULL);
		cr_expect_str_eq(reject_name(got), bbn[i].word, "%s: %s",
			bbn[i].path, reject_name(got));
		arena_reset(b.arena);
	}
	bench_free(&b);
}

static void
expect_good(const char *path, struct span der, void *context)
{
	enum reject got = judge(context, der, NULL);

	cr_expect(got == REJECT_NONE, "%s: %s", path, reject_name(got));
}

static const struct {
	const char *folder;
	size_t least;
} real[] = {
	{"objects/twnic-2026-03-16", 400},
	{"objects/roa.net-xtom", 14},
	{"objects/bridge", 2},
	{"objects/krill-testbed-0.9.5", 10},
};

Test(crl, real_lists)
{
	const char *root = corpus_root();
	struct bench b;

	if (root == NULL)
		return;
	b = bench_new();
	for (size_t i = 0; i < COUNT(real); i++)
		cr_expect(corpus_walk(root, real[i].folder, ".crl", expect_good,
				  &b) >= real[i].least,
			"%s", real[i].folder);
	bench_free(&b);
}
