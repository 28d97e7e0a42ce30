/*
 * point: a publication point as a whole, every way it can fail, and every way
 * one object in it can.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/resource.h>

#include "tests/unit/chain/site.h"

/* What a change to one file does. */
struct row {
	const char *file;
	const char *change; /* a fault's word, or PATH=OPERATION */
	enum object_type type; /* of the object that is refused */
	enum reject reason;
	uint64_t vrps; /* left of three */
	uint64_t failed; /* points */
};

#define SIA    "ee.tbs.extensions.sia.value.list.signedObject.uri"
#define EE_CRL "ee.tbs.extensions.crldp.value.points.point.name.fullName.uri"
#define CA_CRL "tbs.extensions.crldp.value.points.point.name.fullName.uri"
#define CA_SIA "tbs.extensions.sia.value.list."
#define PAST   "time:2029-06-01T00:00:00Z"
#define FUTURE "time:2030-01-01T00:00:01Z"

static const struct row rows[] = {
	/* The point as a whole: RFC 9286 section 6. */
	{"isp.mft", "missing", OBJECT_MANIFEST, REJECT_MANIFEST_MISSING, 0, 1},
	{"isp.mft", "cut", OBJECT_MANIFEST, REJECT_DER_TRUNCATED, 0, 1},
	{"isp.mft", "empty", OBJECT_MANIFEST, REJECT_OBJECT_SIZE, 0, 1},
	{"isp.mft", "content.thisUpdate=" FUTURE, OBJECT_MANIFEST,
		REJECT_MANIFEST_EARLY, 0, 1},
	{"customer.mft", "missing", OBJECT_MANIFEST, REJECT_MANIFEST_MISSING, 2,
		1},
	{"isp-1.roa", "missing", OBJECT_ROA, REJECT_MANIFEST_FILE_MISSING, 0,
		1},
	{"isp-1.roa", "hash", OBJECT_ROA, REJECT_MANIFEST_FILE_HASH, 0, 1},
	{"customer.cer", "missing", OBJECT_CERT, REJECT_MANIFEST_FILE_MISSING,
		0, 1},
	{"isp.crl", "missing", OBJECT_CRL, REJECT_MANIFEST_FILE_MISSING, 0, 1},
	{"isp.crl", "hash", OBJECT_CRL, REJECT_MANIFEST_FILE_HASH, 0, 1},
	{"isp.crl", "cut", OBJECT_CRL, REJECT_DER_TRUNCATED, 0, 1},
	{"isp.crl", "tbs.thisUpdate=" FUTURE, OBJECT_CRL, REJECT_CRL_EARLY, 0,
		1},
	{"isp.crl", "tbs.issuer.rdn.cn.value=text:other", OBJECT_CRL,
		REJECT_CRL_ISSUER, 0, 1},
	{"isp.crl", "tbs.extensions.aki.value.id.keyid=flip:0", OBJECT_CRL,
		REJECT_CRL_KEY, 0, 1},
	{"isp.crl", "signature=flip:9", OBJECT_CRL, REJECT_CRL_SIGNATURE, 0, 1},
	{"isp.mft", "signerInfo.signature=flip:9", OBJECT_MANIFEST,
		REJECT_CMS_SIGNATURE, 0, 1},
	{"isp.mft", "ee.signature=flip:9", OBJECT_MANIFEST, REJECT_SIGNATURE, 0,
		1},
	{"isp.mft", SIA "=text:rsync://ta.example/repo/isp/other.mft",
		OBJECT_MANIFEST, REJECT_OBJECT_URI, 0, 1},
	{"isp.mft", EE_CRL "=text:rsync://ta.example/repo/isp/other.crl",
		OBJECT_MANIFEST, REJECT_CRL_URI, 0, 1},

	{"isp.crl", "empty", OBJECT_CRL, REJECT_OBJECT_SIZE, 0, 1},

	/* One object, its siblings stay. */
	{"isp-1.roa", "empty", OBJECT_ROA, REJECT_OBJECT_SIZE, 2, 0},
	{"customer.cer", "empty", OBJECT_CERT, REJECT_OBJECT_SIZE, 2, 0},
	{"isp-1.roa", "revoked", OBJECT_ROA, REJECT_REVOKED, 2, 0},
	{"isp-1.roa", "content.asID=int:-1", OBJECT_ROA, REJECT_ROA_ASN, 2, 0},
	{"isp-1.roa", "ee.tbs.issuer.rdn.cn.value=text:other", OBJECT_ROA,
		REJECT_ISSUER_NAME, 2, 0},
	{"isp-1.roa", "ee.tbs.extensions.aki.value.id.keyid=flip:0", OBJECT_ROA,
		REJECT_ISSUER_KEY, 2, 0},
	{"isp-1.roa", "ee.signature=flip:9", OBJECT_ROA, REJECT_SIGNATURE, 2,
		0},
	{"isp-1.roa", "signerInfo.signature=flip:9", OBJECT_ROA,
		REJECT_CMS_SIGNATURE, 2, 0},
	{"isp-1.roa", "ee.tbs.validity.notBefore=" FUTURE, OBJECT_ROA,
		REJECT_NOT_YET_VALID, 2, 0},
	{"isp-1.roa", SIA "=text:rsync://ta.example/repo/isp/other.roa",
		OBJECT_ROA, REJECT_OBJECT_URI, 2, 0},
	{"isp-1.roa", EE_CRL "=text:rsync://ta.example/repo/isp/other.crl",
		OBJECT_ROA, REJECT_CRL_URI, 2, 0},
	{"customer.cer", "revoked", OBJECT_CERT, REJECT_REVOKED, 2, 0},
	{"customer.cer", "signature=flip:9", OBJECT_CERT, REJECT_SIGNATURE, 2,
		0},
	{"customer.cer", "tbs.validity.notBefore=" FUTURE, OBJECT_CERT,
		REJECT_NOT_YET_VALID, 2, 0},
	{"customer.cer",
		CA_SIA "rpkiManifest.uri=text:rsync://ta.example/repo/x.mft",
		OBJECT_CERT, REJECT_CERT_SIA_PLACE, 2, 0},
	{"customer.cer", CA_CRL "=text:rsync://ta.example/repo/ta/other.crl",
		OBJECT_CERT, REJECT_CRL_URI, 2, 0},
};

/* A text with "=" is a change, one without a fault. */
static void
break_file(struct site *s, const char *file, const char *change)
{
	int err = strchr(change, '=') != NULL
		? lab_mutate(s->world, file, change)
		: lab_fault(s->world, file, change);

	cr_assert(err == 0, "%s %s: %d", file, change, err);
}

Test(point, whole_site_holds)
{
	struct site *s = site_new(NULL);

	site_write(s);
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	cr_expect(site_valid(s, OBJECT_CERT) == 3);
	cr_expect(site_valid(s, OBJECT_MANIFEST) == 3);
	cr_expect(site_valid(s, OBJECT_CRL) == 3);
	cr_expect(site_valid(s, OBJECT_ROA) == 3);
	cr_expect(site_counter(s, REPORT_POINTS_VALID) == 3);
	cr_expect(s->checker->findings.vrps.n == 3);
	cr_expect(s->checker->findings.sources.n == 3);
	/* Three certificates and CRLs; three manifests and ROAs, with two
	 * signatures each. */
	cr_expect(site_counter(s, REPORT_SIGNATURES) == 18);
	site_free(s);
}

static void
check_row(const struct row *row, struct lab_keys *keys)
{
	struct site *s = site_new(keys);
	const struct tally *t;

	break_file(s, row->file, row->change);
	site_write(s);
	site_walk(s);
	t = &s->checker->findings.tas[0];
	cr_expect(t->reasons[row->type][row->reason] == 1, "%s %s: not %s",
		row->file, row->change, reject_name(row->reason));
	cr_expect(s->checker->findings.vrps.n == row->vrps, "%s %s: %zu VRPs",
		row->file, row->change, s->checker->findings.vrps.n);
	cr_expect(t->counters[REPORT_POINTS_FAILED] == row->failed,
		"%s %s: points", row->file, row->change);
	/* A point that fails refuses its manifest, and the file it is for. */
	cr_expect(site_refusals(s) ==
			(row->failed == 1 && row->type != OBJECT_MANIFEST ? 2u
									  : 1u),
		"%s %s: %zu refusals", row->file, row->change,
		(size_t)site_refusals(s));
	cr_expect(s->checker->findings.refusals.n == site_refusals(s));
	site_free(s);
}

Test(point, each_rule)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], keys);
	lab_keys_free(keys);
}

/* What holds at the second of an end no longer holds a second later. */
Test(point, ends_are_included)
{
	struct site *s = site_new(NULL);
	int64_t end;

	s->isp->next_update = end = LAB_NOW + 1000;
	site_write(s);
	s->env.at.s = end;
	site_walk(s);
	cr_expect(site_counter(s, REPORT_POINTS_VALID) == 3);
	checker_free(s->checker);
	s->env.at.s = end + 1;
	site_checker(s, 1);
	site_walk(s);
	cr_expect(site_counter(s, REPORT_POINTS_VALID) == 1);
	cr_expect(site_counter(s, REPORT_POINTS_FAILED) == 1);
	site_free(s);
}

static void
expect_stale(const char *file, const char *change, enum object_type type,
	enum reject reason)
{
	struct site *s = site_new(NULL);

	break_file(s, file, change);
	site_write(s);
	s->env.at.s = LAB_NOW + 7200;
	site_walk(s);
	cr_expect(site_refused(s, type, reason) == 1, "%s", file);
	site_free(s);
}

/* Each end by itself, at a time behind it. */
Test(point, what_has_ended)
{
	static const char hour[] = "time:2030-01-01T01:00:00Z";
	char change[128];

	(void)snprintf(change, sizeof(change), "tbs.nextUpdate=%s", hour);
	expect_stale("isp.crl", change, OBJECT_CRL, REJECT_CRL_STALE);
	(void)snprintf(change, sizeof(change), "content.nextUpdate=%s", hour);
	expect_stale("isp.mft", change, OBJECT_MANIFEST, REJECT_MANIFEST_STALE);
	(void)snprintf(
		change, sizeof(change), "tbs.validity.notAfter=%s", hour);
	expect_stale("isp.cer", change, OBJECT_CERT, REJECT_EXPIRED);
	(void)snprintf(
		change, sizeof(change), "ee.tbs.validity.notAfter=%s", hour);
	expect_stale("isp-1.roa", change, OBJECT_ROA, REJECT_EXPIRED);
}

static int64_t
expiry_of(const struct site *s, uint32_t asn)
{
	const struct findings *f = &s->checker->findings;
	size_t i;

	for (i = 0; i < f->vrps.n; i++) {
		if (f->vrps.at[i].asn == asn)
			return f->vrps.at[i].expires;
	}
	return 0;
}

/* The earliest of all ends on the path, whoever has it. */
Test(point, vrps_expire_with_their_chain)
{
	static const struct {
		const char *file, *change;
		int64_t isp, customer;
	} ends[] = {
		{"ta.crl", "tbs.nextUpdate=time:2030-01-01T00:10:00Z", 600,
			600},
		{"ta.mft", "content.nextUpdate=time:2030-01-01T00:10:00Z", 600,
			600},
		{"isp.cer", "tbs.validity.notAfter=time:2030-01-01T00:10:00Z",
			600, 600},
		{"isp.crl", "tbs.nextUpdate=time:2030-01-01T00:10:00Z", 600,
			600},
		{"customer.crl", "tbs.nextUpdate=time:2030-01-01T00:10:00Z",
			30 * 86400, 600},
		{"isp-1.roa",
			"ee.tbs.validity.notAfter=time:2030-01-01T00:10:00Z",
			600, 30 * 86400},
		{"customer.mft",
			"ee.tbs.validity.notAfter=time:2030-01-01T00:10:00Z",
			30 * 86400, 600},
	};
	struct lab_keys *keys = lab_keys_new(NULL);
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct site *s = site_new(keys);

		break_file(s, ends[i].file, ends[i].change);
		site_write(s);
		site_walk(s);
		cr_expect(expiry_of(s, 64496) == LAB_NOW + ends[i].isp, "%s",
			ends[i].file);
		cr_expect(expiry_of(s, 64498) == LAB_NOW + ends[i].customer,
			"%s", ends[i].file);
		site_free(s);
	}
	lab_keys_free(keys);
}

/* A certificate may not hold what its issuer does not, and inherited resources
 * are the issuer's effective ones, not those of somebody above. */
Test(point, resources_stay_within)
{
	struct site *s = site_new(NULL);
	struct lab_ca *greedy;

	greedy = lab_ca_add(s->world, s->isp, "greedy", "10.0.0.0/15");
	lab_roa_add(s->world, greedy, "greedy-1", 64499, "10.1.0.0/24");
	site_write(s);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_OVERCLAIM) == 1);
	cr_expect(s->checker->findings.vrps.n == 3);
	site_free(s);

	s = site_new(NULL);
	s->customer->resources = "inherit";
	lab_roa_add(s->world, s->customer, "in", 64499, "10.0.255.0/24");
	lab_roa_add(s->world, s->customer, "out", 64499, "10.1.0.0/24");
	site_write(s);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_ROA, REJECT_OVERCLAIM) == 1);
	cr_expect(s->checker->findings.vrps.n == 4);
	site_free(s);
}

/* Files of types that are not evaluated count, and their hashes must hold. */
Test(point, unknown_types_are_hash_checked)
{
	static const uint8_t bytes[200] = {1, 2, 3};
	struct site *s = site_new(NULL);

	lab_file_add(s->world, s->isp, "a.xyz", span_of(bytes, 200));
	lab_file_add(s->world, s->isp, "b.sig", span_of(bytes, 200));
	lab_file_add(s->world, s->isp, "c.zip", span_of(bytes, 200));
	site_write(s);
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	cr_expect(s->checker->findings.tas[0]
			  .objects[OBJECT_OTHER][OBJECT_STATE_IGNORED] == 2);
	cr_expect(s->checker->findings.tas[0]
			  .objects[OBJECT_RSC][OBJECT_STATE_IGNORED] == 1);
	site_free(s);

	/* However small: RFC 9286 section 6.5 asks for the hash only. */
	s = site_new(NULL);
	lab_file_add(s->world, s->isp, "a.xyz", span_of(bytes, 1));
	lab_file_add(s->world, s->isp, "b.sig", span_of(bytes, 99));
	lab_file_add(s->world, s->isp, "c.txt", span_of(bytes, 0));
	site_write(s);
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	cr_expect(s->checker->findings.vrps.n == 3);
	site_free(s);

	s = site_new(NULL);
	lab_file_add(s->world, s->isp, "a.xyz", span_of(bytes, 200));
	break_file(s, "a.xyz", "hash");
	site_write(s);
	site_walk(s);
	cr_expect(
		site_refused(s, OBJECT_OTHER, REJECT_MANIFEST_FILE_HASH) == 1);
	cr_expect(s->checker->findings.vrps.n == 0);
	site_free(s);
}

/* What is on disk without being listed does not exist. */
Test(point, unlisted_files_are_nothing)
{
	struct site *s = site_new(NULL);

	break_file(s, "isp-1.roa", "unlisted");
	site_write(s);
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	cr_expect(s->checker->findings.vrps.n == 2);
	site_free(s);
}

/* A child that certifies the key and manifest of one above it is a loop, and
 * ends there; the rest stays. */
Test(point, a_loop_ends)
{
	struct site *s = site_new(NULL);
	struct lab_ca *again =
		lab_ca_add(s->world, s->customer, "again", "10.0.8.0/25");

	again->key = s->isp->key;
	lab_mutate(s->world, "again.cer",
		CA_SIA "caRepository.uri=text:rsync://ta.example/repo/isp/");
	lab_mutate(s->world, "again.cer",
		CA_SIA "rpkiManifest.uri="
		       "text:rsync://ta.example/repo/isp/isp.mft");
	site_write(s);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_CA_LOOP) == 1);
	cr_expect(s->checker->findings.vrps.n == 3);
	site_free(s);
}

/* Identity is the path: one key and one place below two parents are two CAs,
 * and both count. */
Test(point, the_same_key_twice_is_two_cas)
{
	struct site *s = site_new(NULL);
	struct lab_ca *other =
		lab_ca_add(s->world, s->ta, "other", "10.0.0.0/16");
	struct lab_ca *twin =
		lab_ca_add(s->world, other, "twin", "10.0.8.0/24");

	twin->key = s->customer->key;
	lab_mutate(
		s->world, "twin.cer", "tbs.subject.rdn.cn.value=text:customer");
	lab_mutate(s->world, "twin.cer",
		CA_SIA
		"caRepository.uri=text:rsync://ta.example/repo/customer/");
	lab_mutate(s->world, "twin.cer",
		CA_SIA "rpkiManifest.uri="
		       "text:rsync://ta.example/repo/customer/customer.mft");
	site_write(s);
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	cr_expect(site_counter(s, REPORT_POINTS_VALID) == 5);
	cr_expect(s->checker->findings.vrps.n == 4);
	/* Nothing below the twin names it in its AIA: odd, but no fault. */
	cr_expect(site_counter(s, REPORT_WARNINGS) == 0);
	site_free(s);
}

Test(point, another_aia_only_warns)
{
	struct site *s = site_new(NULL);

	lab_mutate(s->world, "customer.cer",
		"tbs.extensions.aia.value.list.caIssuers.uri="
		"text:rsync://ta.example/repo/ta/moved.cer");
	site_write(s);
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	cr_expect(site_counter(s, REPORT_WARNINGS) == 1);
	site_free(s);
}

static void
expect_limited(struct chain_limits limits, enum reject reason, uint64_t vrps)
{
	struct site *s = site_new(NULL);

	lab_ca_add(s->world, s->ta, "small", "10.9.0.0/16");
	site_write(s);
	s->env.limits = limits;
	site_walk(s);
	cr_expect(s->checker->findings.vrps.n == vrps, "%zu VRPs",
		s->checker->findings.vrps.n);
	if (reason == REJECT_NONE) {
		cr_expect(site_refusals(s) == 0);
	} else {
		cr_expect(site_refused(s, OBJECT_CERT, reason) == 1);
		cr_expect(site_counter(s, REPORT_POINTS_FAILED) == 1);
	}
	site_free(s);
}

/* Each bound lets its own number pass and prunes one more, nothing else. */
Test(point, bounds)
{
	struct chain_limits limits = CHAIN_LIMITS;

	limits.depth = 2;
	expect_limited(limits, REJECT_NONE, 3);
	limits.depth = 1;
	expect_limited(limits, REJECT_CA_DEPTH, 2);
	limits = (struct chain_limits)CHAIN_LIMITS;
	limits.children = 2;
	expect_limited(limits, REJECT_NONE, 3);
	limits.children = 1;
	expect_limited(limits, REJECT_CA_CHILDREN, 3);
}

/* Octets of all files that lie at a CA's point. */
static uint64_t
point_octets(const struct site *s, const char *ca)
{
	char path[256], folder[64];
	struct dirent *entry;
	uint64_t n = 0;
	struct stat st;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "repo/ta.example/repo/%s", ca);
	dir = opendir(folder_path(&s->folder, folder, path));
	cr_assert(dir != NULL, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		cr_assert(fstatat(dirfd(dir), entry->d_name, &st, 0) == 0);
		if (S_ISREG(st.st_mode))
			n += (uint64_t)st.st_size;
	}
	closedir(dir);
	return n;
}

/* A point may have so many octets and not one more; its parent and sibling
 * stay. */
Test(point, octets_of_a_point_have_a_bound)
{
	struct site *s = site_new(NULL);
	uint64_t n;

	site_write(s);
	n = point_octets(s, "isp");
	cr_assert(n > point_octets(s, "ta") && n > point_octets(s, "customer"));
	s->env.limits.read = n;
	site_walk(s);
	cr_expect(site_refusals(s) == 0);
	site_free(s);
	s = site_new(NULL);
	site_write(s);
	s->env.limits.read = n - 1;
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_MANIFEST, REJECT_POINT_SIZE) == 1);
	cr_expect(site_counter(s, REPORT_POINTS_FAILED) == 1);
	cr_expect(s->checker->findings.vrps.n == 0);
	site_free(s);
}

/* A part of the trust anchor's CAs prunes like a bound of its own. */
Test(point, a_part_of_the_cas)
{
	struct site *s = site_new(NULL);

	lab_ca_add(s->world, s->ta, "small", "10.9.0.0/16");
	site_write(s);
	s->children_max = 1;
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_CA_COUNT) == 1);
	cr_expect(site_counter(s, REPORT_POINTS_FAILED) == 1);
	cr_expect(s->checker->findings.vrps.n == 3);
	site_free(s);
}

/* Beyond a limit of the trust anchor nothing more is kept, but all is counted,
 * so that the caller can decide. */
Test(point, beyond_a_limit_is_only_counted)
{
	struct site *s = site_new(NULL);

	site_write(s);
	s->env.limits.ta[LIMIT_VRPS] = 2;
	site_walk(s);
	cr_expect(s->checker->findings.vrps.n == 2);
	cr_expect(s->checker->findings.sources.n == 2);
	cr_expect(atomic_load(&s->numbers.used[LIMIT_VRPS]) == 3);
	site_free(s);
	s = site_new(NULL);
	site_write(s);
	s->env.limits.ta[LIMIT_CAS] = 1;
	atomic_store(&s->numbers.used[LIMIT_CAS], 1);
	site_walk(s);
	cr_expect(s->checker->findings.children.n == 0);
	cr_expect(atomic_load(&s->numbers.used[LIMIT_CAS]) == 2);
	site_free(s);
}

/* Judging goes on where using stops, and says so. */
Test(point, judging_goes_on)
{
	struct site *s = site_new(NULL);
	const struct findings *f;
	size_t i, good = 0, bad = 0;

	break_file(s, "isp-1.roa", "missing");
	site_write(s);
	s->env.judge = true;
	checker_free(s->checker);
	site_checker(s, 1);
	site_walk(s);
	f = &s->checker->findings;
	cr_expect(f->vrps.n == 0);
	for (i = 0; i < f->verdicts.n; i++) {
		const struct verdict *v = &f->verdicts.at[i];

		if (strstr(v->uri, "isp-2.roa") == NULL &&
			strstr(v->uri, "customer-1.roa") == NULL)
			continue;
		good += v->state == OBJECT_STATE_VALID;
		bad += v->lost.reason == REJECT_MANIFEST_FILE_MISSING;
		cr_expect_str_eq(v->lost.point, "rsync://ta.example/repo/isp/");
		cr_expect_str_eq(v->lost.file, "isp-1.roa");
	}
	cr_expect(good == 2 && bad == 2, "%zu good, %zu lost", good, bad);
	site_free(s);
}

Test(point, stop_is_soon)
{
	struct site *s = site_new(NULL);

	site_write(s);
	atomic_store(&s->progress.stop, true);
	site_walk(s);
	cr_expect(s->checker->findings.vrps.n == 0);
	site_free(s);
}

/* A tree that ends, or begins, with what is no file. */
Test(point, odd_files)
{
	struct site *s = site_new(NULL);
	char path[256];

	site_write(s);
	folder_path(&s->folder, "repo/ta.example/repo/isp/isp-1.roa", path);
	cr_assert(remove(path) == 0);
	cr_assert(mkfifo(path, 0600) == 0);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_ROA, REJECT_OBJECT_READ) == 1);
	site_free(s);
	s = site_new(NULL);
	site_write(s);
	folder_path(&s->folder, "repo/ta.example/repo/isp/isp-1.roa", path);
	cr_assert(remove(path) == 0);
	cr_assert(symlink("isp-2.roa", path) == 0);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_ROA, REJECT_OBJECT_READ) == 1);
	site_free(s);
}

/* A size that nothing signed has, at its limit: random octets of that size are
 * refused for what they are, not for how many. */
Test(point, the_least_size)
{
	static const uint8_t bytes[BOUND_OBJECT_MIN] = {0x30, 0x62};
	struct site *s = site_new(NULL);

	lab_file_add(s->world, s->isp, "a.roa",
		span_of(bytes, BOUND_OBJECT_MIN - 1));
	lab_file_add(s->world, s->isp, "b.gbr",
		span_of(bytes, BOUND_OBJECT_MIN - 1));
	lab_file_add(
		s->world, s->isp, "c.roa", span_of(bytes, BOUND_OBJECT_MIN));
	site_write(s);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_ROA, REJECT_OBJECT_SIZE) == 1);
	cr_expect(site_refused(s, OBJECT_GBR, REJECT_OBJECT_SIZE) == 1);
	cr_expect(site_refused(s, OBJECT_ROA, REJECT_DER_TAG) == 1);
	cr_expect(s->checker->findings.vrps.n == 3);
	site_free(s);
}

/* What we lack voids the run, and is not held against anybody. */
Test(point, no_more_descriptors)
{
	struct site *s = site_new(NULL);
	struct point_gain gain;
	const struct ca *ca;
	struct rlimit limit;

	site_write(s);
	ca = ta_find(s->checker, &s->tal, 0, NULL);
	cr_assert(ca != NULL && getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 1;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	point_check(s->checker, ca, UINT32_MAX, &gain);
	limit.rlim_cur = limit.rlim_max;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_expect(s->checker->findings.failed);
	ca_unref(ca);
	site_free(s);
}

/* What a change does to a router's certificate; the rest of its point stays. */
static void
expect_router(struct lab_keys *keys, const char *resources, const char *change,
	enum reject reason)
{
	struct site *s = site_new(keys);
	struct lab_world_extra *router =
		lab_extra_add(s->world, s->isp, "r.cer", "router");

	router->resources = resources;
	if (change != NULL)
		break_file(s, "r.cer", change);
	site_write(s);
	site_walk(s);
	cr_expect(site_valid(s, OBJECT_ROUTER_CERT) ==
		(reason == REJECT_NONE ? 1 : 0));
	cr_expect(reason == REJECT_NONE ||
			site_refused(s, OBJECT_ROUTER_CERT, reason) == 1,
		"%s: not %s", change == NULL ? resources : change,
		reject_name(reason));
	cr_expect(site_valid(s, OBJECT_CERT) == 3);
	cr_expect(s->checker->findings.vrps.n == 3);
	site_free(s);
}

/* RFC 8209: certificates like others, but for their key and what they hold. */
Test(point, router_certificates)
{
	struct lab_keys *keys = lab_keys_new(NULL);

	expect_router(keys, "AS64496", NULL, REJECT_NONE);
	expect_router(keys, "AS64511", NULL, REJECT_OVERCLAIM);
	expect_router(keys, "AS64496-AS64497", NULL, REJECT_CERT_ASN_COUNT);
	expect_router(keys, "AS64496", "revoked", REJECT_REVOKED);
	expect_router(keys, "AS64496", "signature=flip:9", REJECT_SIGNATURE);
	expect_router(keys, "AS64496", "tbs.validity.notBefore=" FUTURE,
		REJECT_NOT_YET_VALID);
	expect_router(keys, "AS64496",
		"tbs.extensions.aki.value.id.keyid=flip:0", REJECT_ISSUER_KEY);
	expect_router(keys, "AS64496",
		CA_CRL "=text:rsync://ta.example/repo/isp/other.crl",
		REJECT_CRL_URI);
	lab_keys_free(keys);
}

/* RFC 9286 section 6: a CA that revokes its manifest's own EE certificate has
 * made a serious error, and its point fails. */
Test(point, a_revoked_manifest)
{
	struct lab_revoked revoked = {"77", LAB_NOW - 10};
	struct site *s = site_new(NULL);

	cr_assert(VEC_PUSH(&s->isp->revoked, revoked));
	break_file(s, "isp.mft", "ee.tbs.serial=int:77");
	site_write(s);
	site_walk(s);
	cr_expect(site_refused(s, OBJECT_MANIFEST, REJECT_REVOKED) == 1);
	cr_expect(site_counter(s, REPORT_POINTS_FAILED) == 1);
	cr_expect(s->checker->findings.vrps.n == 0);
	site_free(s);
}
