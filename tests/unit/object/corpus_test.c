/*
 * corpus: every real object there is, and the conformance cases whose verdicts
 * are known.
 *
 * The corpus is not part of the project: WAYMARK_CORPUS says where it is, and
 * without it every test here is skipped and says so.
 *
 * Each case has the word that refuses it under the rules of before RFC 9582
 * and RFC 9589, and under today's.  "none" where only its chain can tell: times
 * against the clock, the signature of the issuer.
 */
#include <criterion/criterion.h>

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "tests/unit/guard.h"
#include "tests/unit/object/bbn_cases.h"
#include "validator/object/crl.h"
#include "validator/object/inspect.h"
#include "validator/object/mft.h"
#include "validator/object/roa.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct judge {
	struct crypto *crypto;
	struct arena *arena;
	char root[BOUND_PATH];
};

/* What a walk over a folder counts. */
struct tally {
	size_t seen[OBJECT_TYPES];
	size_t refused;
	char first[BOUND_PATH]; /* the first that was refused */
};

static bool
judge_begin(struct judge *j)
{
	const char *root = getenv("WAYMARK_CORPUS");

	if (root == NULL) {
		printf("SKIPPED: WAYMARK_CORPUS\n");
		return false;
	}
	snprintf(j->root, sizeof(j->root), "%s", root);
	j->crypto = crypto_new();
	j->arena = arena_new(1 << 20);
	cr_assert(j->crypto != NULL && j->arena != NULL);
	return true;
}

static void
judge_end(struct judge *j)
{
	crypto_free(j->crypto);
	arena_free(j->arena);
}

/* A file by its absolute path; lives until the arena is reset. */
static struct span
judge_read(struct judge *j, const char *path)
{
	struct span der = {0};

	cr_assert(file_read(path, BOUND_OBJECT_MAX, j->arena, &der) == 0,
		"cannot read %s", path);
	return der;
}

/* As a CA, and failing that as a trust anchor, whose rules are others. */
static enum reject
judge_cert(struct judge *j, struct span der)
{
	enum cert_role role = cert_role_of(der);
	struct cert cert;
	enum reject code = cert_parse(der, role, j->crypto, j->arena, &cert);

	if (code != REJECT_NONE && role == CERT_CA &&
		cert_parse(der, CERT_TA, j->crypto, j->arena, &cert) ==
			REJECT_NONE)
		return REJECT_NONE;
	return code;
}

static enum reject
judge_mft(struct judge *j, struct span der, const struct profile *profile)
{
	struct mft mft;
	enum reject code = mft_parse(der, profile, j->crypto, j->arena, &mft);

	return code != REJECT_NONE ? code : cms_check(&mft.cms, j->crypto);
}

static enum reject
judge_roa(struct judge *j, struct span der, const struct profile *profile)
{
	struct roa roa;
	enum reject code = roa_parse(der, profile, j->crypto, j->arena, &roa);

	return code != REJECT_NONE ? code : cms_check(&roa.cms, j->crypto);
}

/* All that an object alone tells; REJECT_NONE also for other types. */
static enum reject
judge_object(struct judge *j, enum object_type type, struct span der,
	const struct profile *profile)
{
	struct crl crl;

	if (type == OBJECT_CERT)
		return judge_cert(j, der);
	if (type == OBJECT_CRL)
		return crl_parse(der, j->arena, &crl);
	if (type == OBJECT_MANIFEST)
		return judge_mft(j, der, profile);
	if (type == OBJECT_ROA)
		return judge_roa(j, der, profile);
	return REJECT_NONE;
}

/* One case: its words under rfc6488 and today. */
static void
judge_case(struct judge *j, const char *path, const char *older,
	const char *current)
{
	enum object_type type = object_type_of(path, strlen(path));
	struct span der;
	const char *got;

	arena_reset(j->arena);
	der = judge_read(j, path);
	got = reject_name(judge_object(j, type, der, profile_find("rfc6488")));
	cr_expect_str_eq(
		got, older, "rfc6488: %s: %s, not %s", path, got, older);
	got = reject_name(judge_object(j, type, der, profile_current()));
	cr_expect_str_eq(got, current, "%s: %s, not %s", path, got, current);
}

typedef void (*visit_fn)(struct judge *j, const char *path,
	enum object_type type, struct tally *tally);

/* Every file below a folder of the corpus. */
static void
walk(struct judge *j, const char *folder, visit_fn visit, struct tally *tally)
{
	char path[2 * BOUND_PATH];
	char *roots[] = {path, NULL};
	FTS *fts;
	FTSENT *e;

	snprintf(path, sizeof(path), "%s/%s", j->root, folder);
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	cr_assert(fts != NULL);
	while ((e = fts_read(fts)) != NULL) {
		if (e->fts_info != FTS_F)
			continue;
		arena_reset(j->arena);
		visit(j, e->fts_path,
			object_type_of(e->fts_name, e->fts_namelen), tally);
	}
	fts_close(fts);
}

static void
visit_count(struct judge *j, const char *path, enum object_type type,
	struct tally *tally)
{
	struct span der = judge_read(j, path);
	enum reject code = judge_object(j, type, der, profile_current());

	tally->seen[type]++;
	if (code == REJECT_NONE)
		return;
	if (tally->refused++ == 0)
		snprintf(tally->first, sizeof(tally->first), "%s: %s", path,
			reject_name(code));
}

/* Parse under every profile, inspect in both forms, and go on. */
static void
visit_survive(struct judge *j, const char *path, enum object_type type,
	struct tally *tally)
{
	struct span der = judge_read(j, path);
	struct inspect what = {
		.der = der,
		.type = inspect_type(span_text(path), der),
		.file = span_text(path),
		.profile = profile_current(),
	};
	struct text out = {0};
	enum inspect_verdict verdict = INSPECT_VALID;

	judge_object(j, type, der, profile_find("rfc6488"));
	for (int json = 0; json <= 1; json++) {
		what.json = json != 0;
		cr_expect(
			inspect_object(&what, j->crypto, &out, &verdict) == 0);
		cr_expect(verdict != INSPECT_VALID, "%s", path);
	}
	cr_expect(out.n > 0 && out.p[out.n - 1] == '\n');
	cr_expect(strstr(out.p, "\"verdict\":\"") != NULL);
	text_free(&out);
	tally->seen[type]++;
}

/* X.690 8.1.3.6: an object that begins with an indefinite length is BER. */
static void
visit_ber(struct judge *j, const char *path, enum object_type type,
	struct tally *tally)
{
	struct span der = judge_read(j, path);
	enum reject code;

	if (type != OBJECT_ROA && type != OBJECT_MANIFEST)
		return;
	if (der.n < 2 || der.p[1] != 0x80)
		return;
	tally->seen[type]++;
	code = judge_object(j, type, der, profile_find("rfc6488"));
	cr_expect(code == REJECT_DER_INDEFINITE, "%s: %s", path,
		reject_name(code));
}

Test(corpus, survives_everything, .timeout = 280)
{
	struct tally tally = {0};
	struct judge j;

	if (!judge_begin(&j))
		return;
	walk(&j, "objects", visit_survive, &tally);
	walk(&j, "bbn", visit_survive, &tally);
	cr_expect(tally.seen[OBJECT_ROA] > 4800);
	cr_expect(tally.seen[OBJECT_MANIFEST] > 700);
	cr_expect(tally.seen[OBJECT_CRL] > 700);
	cr_expect(tally.seen[OBJECT_CERT] > 700);
	judge_end(&j);
}

Test(corpus, takes_all_of_twnic)
{
	struct tally tally = {0};
	struct judge j;

	if (!judge_begin(&j))
		return;
	walk(&j, "objects/twnic-2026-03-16", visit_count, &tally);
	cr_expect(tally.refused == 0, "%zu refused, first %s", tally.refused,
		tally.first);
	cr_expect(tally.seen[OBJECT_ROA] == 4363);
	cr_expect(tally.seen[OBJECT_MANIFEST] == 418);
	judge_end(&j);
}

Test(corpus, takes_all_of_xtom)
{
	struct tally tally = {0};
	struct judge j;

	if (!judge_begin(&j))
		return;
	walk(&j, "objects/roa.net-xtom", visit_count, &tally);
	cr_expect(tally.refused == 0, "%zu refused, first %s", tally.refused,
		tally.first);
	cr_expect(tally.seen[OBJECT_ROA] == 150);
	cr_expect(tally.seen[OBJECT_MANIFEST] == 14);
	judge_end(&j);
}

Test(corpus, takes_trust_anchors_and_bridges)
{
	struct tally tally = {0};
	struct judge j;

	if (!judge_begin(&j))
		return;
	walk(&j, "objects/ta-certs", visit_count, &tally);
	walk(&j, "objects/bridge", visit_count, &tally);
	cr_expect(tally.refused == 0, "%zu refused, first %s", tally.refused,
		tally.first);
	cr_expect(tally.seen[OBJECT_CERT] > 30);
	judge_end(&j);
}

Test(corpus, refuses_ber)
{
	struct tally tally = {0};
	struct judge j;

	if (!judge_begin(&j))
		return;
	walk(&j, "objects/rrdp-unpacked", visit_ber, &tally);
	cr_expect(tally.seen[OBJECT_ROA] > 150);
	cr_expect(tally.seen[OBJECT_MANIFEST] > 150);
	judge_end(&j);
}

/* Objects that test data of others names, by what is known of them. */
static const struct bbn_case named[] = {
#define RS	"rpki-rs/head/test-data/repository/"
#define REGRESS "openbsd-regress/head/src/regress/usr.sbin/rpki-client/"
#define PSYCHO \
	"rpki-commons/history/e04b0adb/src/test/resources/bbn-psycho-cases/" \
	"root/"
#define COMMONS "rpki-commons/head/src/test/resources/interop/misc-objects/"
	BOTH(RS "example-ripe.roa", "der-indefinite"),
	BOTH(RS "ta.mft", "der-indefinite"),
	BOTH(RS "signature-alg-mismatch.mft", "cert-outer-algorithm"),
	OLD(RS "maxlen-overflow.roa", "roa-max-length"),
	OLD(RS "maxlen-underflow.roa", "roa-max-length"),
	OLD(RS "prefix-len-overflow.roa", "resources-ip-length"),
	BOTH(RS "ca1.crl", "none"),
	BOTH(RS "ca1.cer", "none"),
	BOTH("rpki-rs/head/test-data/compat/res_incorrect.cer",
		"resources-ip-length"),
	BOTH(REGRESS "roa/4DAr1VXnjh69GoQkxjmIQdkRVtQ.roa", "none"),
	BOTH(REGRESS "roa/Zs_svFDVb-_DZnjgkN8DLKk_IRI.roa", "none"),
	BOTH(REGRESS "mft/RjQZ5pSL7riIcFGhdm4iFtIalko.mft", "none"),
	BOTH(REGRESS "mft/ripe-ncc-ta.mft", "der-indefinite"),
	BOTH(COMMONS "6C76EDB2225D11E286C4BD8F7A2F2747.roa",
		"cms-attr-unknown"),
	OLD(PSYCHO "MFTNextUpdPast/badMFTNextUpdPast.mft",
		"manifest-time-order"),
	BOTH(PSYCHO "badCMSSigInfoAttrsMsgDigestOid.roa", "cms-attr-unknown"),
	OLD(PSYCHO "badEEKeyUsage.roa", "cert-key-usage-bits"),
	BOTH(PSYCHO "MFTWrongType/badMFTWrongType.mft", "cms-econtent-type"),
	BOTH(PSYCHO "badCMSDigestAlg.roa", "cms-digest-algorithm"),
	OLD(PSYCHO "badROAIP2Big.roa", "roa-prefix-outside"),
	OLD(PSYCHO "MFTThisUpdFuture/badMFTThisUpdFuture.mft",
		"manifest-time-order"),
	OLD(PSYCHO "badROAFamily.roa", "roa-family"),
	OLD(PSYCHO "MFTNextUpdUTC/badMFTNextUpdUTC.mft", "manifest-time-type"),
	OLD(PSYCHO "badROAASID.roa", "none"),
	OLD(PSYCHO "badCMSSigInfoNoSigAlg.roa", "der-tag"),
	OLD(PSYCHO "MFTHashOctetStr/badMFTHashOctetStr.mft",
		"manifest-hash-form"),
	OLD(PSYCHO "badEEBadSIAOid.roa", "cert-sia-method"),
	OLD(PSYCHO "MFTFileHashLong/badMFTFileHashLong.mft",
		"manifest-hash-form"),
	OLD(PSYCHO "MFTNegNum/badMFTNegNum.mft", "manifest-number"),
#undef RS
#undef REGRESS
#undef COMMONS
#undef PSYCHO
};

Test(corpus, judges_the_named_as_known)
{
	struct judge j;
	char path[2 * BOUND_PATH];

	if (!judge_begin(&j))
		return;
	for (size_t i = 0; i < COUNT(named); i++) {
		snprintf(path, sizeof(path), "%s/objects/%s", j.root,
			named[i].name);
		judge_case(&j, path, named[i].older, named[i].current);
	}
	judge_end(&j);
}

Test(corpus, judges_bbn_as_known)
{
	struct judge j;
	char path[2 * BOUND_PATH];

	if (!judge_begin(&j))
		return;
	for (size_t i = 0; i < COUNT(bbn_cases); i++) {
		snprintf(path, sizeof(path), "%s/bbn/root/%s", j.root,
			bbn_cases[i].name);
		judge_case(&j, path, bbn_cases[i].older, bbn_cases[i].current);
	}
	judge_end(&j);
}

/* The case of this name, or NULL. */
static const struct bbn_case *
find_case(const char *name)
{
	for (size_t i = 0; i < COUNT(bbn_cases); i++)
		if (strcmp(bbn_cases[i].name, name) == 0)
			return &bbn_cases[i];
	return NULL;
}

static bool
is_left_to_chain(const char *name)
{
	for (size_t i = 0; i < COUNT(bbn_chain); i++)
		if (strcmp(bbn_chain[i], name) == 0)
			return true;
	return false;
}

/* "root/NAME,CLASS,TODAY,OLDER" against the table. */
static bool
check_verdict(const char *line)
{
	char name[256], class[16], today[16], older[16];
	const struct bbn_case *c;
	size_t n;

	if (sscanf(line, "root/%255[^,],%15[^,],%15[^,],%15s", name, class,
		    today, older) != 4)
		return false;
	n = strlen(name);
	if (strcmp(name + n - 4, ".roa") != 0 &&
		strcmp(name + n - 4, ".mft") != 0)
		return false;
	c = find_case(name);
	cr_assert(c != NULL, "%s is in no table", name);
	if (is_left_to_chain(name))
		return true;
	cr_expect(strcmp(older, "either") == 0 ||
			(strcmp(c->older, "none") == 0) ==
				(strcmp(older, "accept") == 0),
		"%s: rfc6488: %s", name, older);
	cr_expect((strcmp(c->current, "none") == 0) ==
			(strcmp(today, "accept") == 0),
		"%s: %s", name, today);
	return true;
}

/* The table says what the suite's verdicts say, of every case. */
Test(corpus, bbn_table_is_whole)
{
	struct judge j;
	char path[2 * BOUND_PATH], line[512];
	size_t found = 0;
	FILE *f;

	if (!judge_begin(&j))
		return;
	snprintf(path, sizeof(path), "%s/bbn/verdicts.csv", j.root);
	f = fopen(path, "r");
	cr_assert(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		if (check_verdict(line))
			found++;
	cr_expect(found == COUNT(bbn_cases));
	fclose(f);
	judge_end(&j);
}

/* A real object, cut at every octet, against memory that ends there. */
static void
cut(struct judge *j, const char *name)
{
	enum object_type type = object_type_of(name, strlen(name));
	char path[2 * BOUND_PATH];
	struct span der;
	struct guard g;
	uint8_t *copy;

	snprintf(path, sizeof(path), "%s/objects/%s", j->root, name);
	der = judge_read(j, path);
	copy = malloc(der.n);
	cr_assert(copy != NULL);
	memcpy(copy, der.p, der.n);
	der.p = copy;
	g = guard_new(der.n);
	for (size_t n = 0; n < der.n; n++) {
		arena_reset(j->arena);
		cr_expect(
			judge_object(j, type, guard_span(&g, span_of(der.p, n)),
				profile_current()) != REJECT_NONE,
			"%zu octets of %s", n, name);
	}
	cr_expect(judge_object(j, type, guard_span(&g, der),
			  profile_current()) == REJECT_NONE);
	guard_free(&g);
	free(copy);
}

Test(corpus, refuses_what_is_cut)
{
	struct judge j;

	if (!judge_begin(&j))
		return;
	cut(&j,
		"openbsd-regress/head/src/regress/usr.sbin/rpki-client/roa/"
		"4DAr1VXnjh69GoQkxjmIQdkRVtQ.roa");
	cut(&j,
		"openbsd-regress/head/src/regress/usr.sbin/rpki-client/mft/"
		"RjQZ5pSL7riIcFGhdm4iFtIalko.mft");
	cut(&j, "rpki-rs/head/test-data/repository/ca1.cer");
	cut(&j, "rpki-rs/head/test-data/repository/ca1.crl");
	judge_end(&j);
}
