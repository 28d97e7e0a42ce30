/*
 * snapshot: there and back; every bit flipped, every length cut; and what is
 * hashed again after it was broken on purpose.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/snapshot_format.h"
#include "tests/unit/core/folder.h"
#include "tests/unit/core/payloads.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	TAS = 2,
	VRPS = 7,
	POINTS = 4,
	SOURCES = 7,
	CLAIMS = 4,
	END = 1773664028 /* of VRPs */
};

/* A snapshot with something in every section. */
struct sample {
	struct vrp vrps[VRPS];
	struct router_key keys[2];
	struct aspa aspas[2];
	uint32_t providers[3];
	struct snapshot_point points[POINTS];
	struct snapshot_source sources[SOURCES];
	struct snapshot_refusal refusals[3];
	struct snapshot_claim claims[CLAIMS];
	struct snapshot_repo repos[2];
	struct report_ta tas[TAS];
	struct report_reason reasons[2];
	char long_name[BOUND_URI + 2];
	struct snapshot s;
};

static void
fill_payloads(struct sample *x)
{
	x->vrps[0] = vrp_of("192.0.2.0/24", 24, 64496);
	x->vrps[1] = vrp_of("192.0.2.0/24", 24, 64496);
	x->vrps[1].expires--;
	x->vrps[1].source = 1;
	x->vrps[2] = vrp_of("192.0.2.0/24", 25, 64496);
	x->vrps[3] = vrp_of("198.51.100.0/24", 32, 0);
	x->vrps[4] = vrp_of("2001:db8::/32", 48, 4294967295);
	x->vrps[4].source = 5;
	x->vrps[4].ta = 1;
	x->vrps[5] = vrp_of("2001:db8::/32", 128, 1);
	x->vrps[6] = vrp_of("2001:db8:1::/48", 48, 1);
	x->vrps[6].expires = -5;
	x->vrps[6].source = 6;
	x->vrps[6].ta = 1;
	for (int i = 0; i < 2; i++) {
		x->keys[i] = (struct router_key){.asn = 64497,
			.expires = 77,
			.source = 3,
			.spki = span_text(i == 0 ? "key" : "longer key")};
		x->keys[i].ski[0] = (uint8_t)i;
		x->aspas[i] = (struct aspa){.customer = 64498 + (uint32_t)i,
			.provider_count = i == 0 ? 1 : 2,
			.providers = x->providers + i,
			.source = 4,
			.expires = 99};
	}
	x->providers[0] = 0;
	x->providers[1] = 64499;
	x->providers[2] = 64500;
}

static void
fill_points(struct sample *x)
{
	static const char *const folders[POINTS] = {"rsync://h/m/",
		"rsync://h/m/b/", "rsync://h/m/c/", "rsync://i/m/"};

	for (uint32_t i = 0; i < POINTS; i++) {
		struct snapshot_point *p = &x->points[i];

		*p = (struct snapshot_point){
			.folder = folders[i],
			.manifest = i == 2 ? "m-2.mft" : "m.mft",
			.cert = i == 1 || i == 2 ? "ca.cer" : "rsync://h/t.cer",
			.parent = i == 1 || i == 2 ? 0 : SNAPSHOT_NONE,
			.depth = i == 1 || i == 2,
			.repo = i < 2 ? i : SNAPSHOT_NONE,
			.ta = i == 3,
			.reason = "",
			.text = "",
			.file = "",
			.not_before = {-7 - (int)i},
			.certs_end = {END + 200 + (int)i},
			.not_after = {END + 100 + (int)i},
			.this_update = {3 + (int)i},
			.next_update = {-3},
			.size = 1000 + i,
			.number = {1, [SKI_SIZE - 1] = (uint8_t)i},
		};
		memset(p->hash, 0x40 + (int)i, HASH_SIZE);
		memset(p->ski, 0x50 + (int)i, SKI_SIZE);
	}
	x->points[1].state = POINT_LAST_GOOD;
	x->points[1].since.s = 1773600000;
	x->points[2].state = POINT_FAILED;
	x->points[2].claim_count = 2;
	x->points[3].claims = 2;
	for (int i = 1; i < 3; i++) {
		x->points[i].reason = "manifest-stale";
		x->points[i].text = "a manifest ended (RFC 9286 section 6.3)";
	}
	x->points[2].file = "m-2.mft";
}

static void
fill_objects(struct sample *x)
{
	static const struct snapshot_source sources[SOURCES] = {
		{.name = "a.roa", .not_after = {END}},
		{.name = "b.roa", .not_after = {END - 1}},
		{.name = "b.roa", .not_after = {END}, .again = true},
		{.name = "k.cer",
			.not_after = {77},
			.point = 1,
			.type = OBJECT_ROUTER_CERT},
		{.name = "z.asa",
			.not_after = {99},
			.point = 1,
			.type = OBJECT_ASPA},
		{.name = "a.roa", .not_after = {END}, .point = 3, .ta = 1},
		{.name = "b.roa", .not_after = {-5}, .point = 3, .ta = 1},
	};

	for (int i = 0; i < SOURCES; i++) {
		x->sources[i] = sources[i];
		x->sources[i].not_before.s = -1;
		if (sources[i].type == 0)
			x->sources[i].type = OBJECT_ROA;
		memset(x->sources[i].hash, i, HASH_SIZE);
	}
	x->refusals[0] = (struct snapshot_refusal){.name = "x.roa",
		.reason = "crl-stale",
		.text = "a CRL ended (RFC 6487 section 5)",
		.type = OBJECT_ROA,
		.point = 1,
		.claims = 2,
		.claim_count = 1};
	x->refusals[1] = x->refusals[0];
	x->refusals[1].name = "rsync://h/x.cer";
	x->refusals[1].point = SNAPSHOT_NONE;
	x->refusals[1].claims = 3;
	x->refusals[2] = x->refusals[1];
	x->refusals[2].ta = 1;
	x->refusals[2].claims = 4;
	x->refusals[2].claim_count = 0;
	x->claims[0] = (struct snapshot_claim){
		.addr.b = {10}, .family = FAMILY_IPV4, .len = 8, .max_len = 8};
	x->claims[1] = (struct snapshot_claim){.asn = 1, .family = CLAIM_ASN};
	x->claims[2] = (struct snapshot_claim){.addr.b = {0x20, 1},
		.family = FAMILY_IPV6,
		.len = 16,
		.max_len = 255,
		.asn = 64496};
	x->claims[3] = x->claims[1];
	x->repos[0] = (struct snapshot_repo){.uri = "https://h/n.xml",
		.kind = REPO_RRDP,
		.cas = 3,
		.points_failed = 1,
		.vrps = 7,
		.expires = {1773664000}};
	x->repos[1] = (struct snapshot_repo){.uri = "rsync://h/m/",
		.kind = REPO_RSYNC,
		.expires = {INT64_MAX}};
}

static void
sample_init(struct sample *x)
{
	memset(x, 0, sizeof(*x));
	memset(x->long_name, 'x', BOUND_URI + 1);
	fill_payloads(x);
	fill_points(x);
	fill_objects(x);
	x->tas[0] = (struct report_ta){.name = "arin", .complete = true};
	x->tas[0].objects[OBJECT_ROA][OBJECT_STATE_VALID] = 4;
	x->tas[0].counters[REPORT_VRPS] = UINT64_MAX;
	x->tas[1] = (struct report_ta){.name = ""};
	x->tas[1].objects[OBJECT_OTHER][OBJECT_STATE_IGNORED] = 1;
	x->reasons[0] = (struct report_reason){
		.ta = 0, .type = OBJECT_ROA, .reason = "crl-stale", .count = 1};
	x->reasons[1] = x->reasons[0];
	x->reasons[1].ta = 1;
	x->s = (struct snapshot){
		.vrps = x->vrps,
		.vrp_count = VRPS,
		.keys = x->keys,
		.key_count = 2,
		.aspas = x->aspas,
		.aspa_count = 2,
		.sources = x->sources,
		.source_count = SOURCES,
		.points = x->points,
		.point_count = POINTS,
		.refusals = x->refusals,
		.refusal_count = 3,
		.claims = x->claims,
		.claim_count = CLAIMS,
		.repos = x->repos,
		.repo_count = 2,
		.report = {.tas = x->tas,
			.ta_count = TAS,
			.reasons = x->reasons,
			.reason_count = 2,
			.at = {-1}},
	};
}

/* A folder with the sample written, and its octets. */
struct bench {
	struct folder folder;
	struct sample x;
	char path[256];
	uint8_t *octets;
	size_t n;
	int memory; /* where changed ones are put: thousands of them */
	char copy[64]; /* its path */
};

static void
load(struct bench *b)
{
	struct arena *a = arena_new(64);
	struct span s;

	cr_assert_eq(file_read(b->path, 1 << 24, a, &s), 0);
	free(b->octets);
	b->n = s.n;
	b->octets = malloc(s.n);
	memcpy(b->octets, s.p, s.n);
	arena_free(a);
}

static void
bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->folder = folder_new();
	folder_path(&b->folder, "snapshot", b->path);
	sample_init(&b->x);
	b->memory = memfd_create("snapshot", MFD_CLOEXEC);
	cr_assert_geq(b->memory, 0);
	(void)snprintf(b->copy, sizeof(b->copy), "/proc/self/fd/%d", b->memory);
	cr_assert_eq(snapshot_write(&b->x.s, b->path), 0);
	load(b);
}

static void
bench_fini(struct bench *b)
{
	free(b->octets);
	(void)close(b->memory);
	folder_free(&b->folder);
}

static void
store(const struct bench *b, size_t n)
{
	cr_assert_eq(ftruncate(b->memory, 0), 0);
	cr_assert_eq(pwrite(b->memory, b->octets, n, 0), (ssize_t)n);
}

static void
hash_again(struct bench *b)
{
	cr_assert_eq(
		EVP_Digest(b->octets, b->n - HASH_SIZE,
			b->octets + b->n - HASH_SIZE, NULL, EVP_sha256(), NULL),
		1);
}

static int
read_it(const struct bench *b, const char **why)
{
	struct snapshot *s = (struct snapshot *)0x42;
	int err = snapshot_read(b->copy, &s, why);

	if (err != 0)
		cr_assert_eq((uintptr_t)s, 0x42, "nothing is handed out");
	else
		snapshot_free(s);
	return err;
}

static void
expect_payloads(const struct snapshot *got, const struct snapshot *want)
{
	cr_assert_eq(got->vrp_count, want->vrp_count);
	for (size_t i = 0; i < want->vrp_count; i++)
		cr_expect_eq(memcmp(&got->vrps[i], &want->vrps[i],
				     sizeof(struct vrp)),
			0);
	cr_assert_eq(got->key_count, want->key_count);
	for (size_t i = 0; i < want->key_count; i++) {
		const struct router_key *a = &got->keys[i], *b = &want->keys[i];

		cr_expect_eq(router_key_compare(a, b), 0);
		cr_expect(a->expires == b->expires && a->ta == b->ta &&
			a->source == b->source);
	}
	cr_assert_eq(got->aspa_count, want->aspa_count);
	for (size_t i = 0; i < want->aspa_count; i++) {
		cr_expect(aspa_same(&got->aspas[i], &want->aspas[i]));
		cr_expect_eq(got->aspas[i].expires, want->aspas[i].expires);
	}
}

static void
expect_objects(const struct snapshot *got, const struct snapshot *want)
{
	cr_assert_eq(got->source_count, want->source_count);
	for (size_t i = 0; i < want->source_count; i++) {
		const struct snapshot_source *a = &got->sources[i];
		const struct snapshot_source *b = &want->sources[i];

		cr_expect_str_eq(a->name, b->name);
		cr_expect_arr_eq(a->hash, b->hash, HASH_SIZE);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->not_before.s == b->not_before.s &&
			a->not_after.s == b->not_after.s &&
			a->point == b->point && a->again == b->again);
	}
	cr_assert_eq(got->refusal_count, want->refusal_count);
	for (size_t i = 0; i < want->refusal_count; i++) {
		const struct snapshot_refusal *a = &got->refusals[i];
		const struct snapshot_refusal *b = &want->refusals[i];

		cr_expect_str_eq(a->name, b->name);
		cr_expect_str_eq(a->reason, b->reason);
		cr_expect_str_eq(a->text, b->text);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->point == b->point && a->claims == b->claims &&
			a->claim_count == b->claim_count);
	}
	cr_assert_eq(got->repo_count, want->repo_count);
	for (size_t i = 0; i < want->repo_count; i++) {
		const struct snapshot_repo *a = &got->repos[i];
		const struct snapshot_repo *b = &want->repos[i];

		cr_expect_str_eq(a->uri, b->uri);
		cr_expect(a->ta == b->ta && a->kind == b->kind &&
			a->cas == b->cas && a->vrps == b->vrps &&
			a->points_failed == b->points_failed &&
			a->expires.s == b->expires.s);
	}
}

static void
expect_points(const struct snapshot *got, const struct snapshot *want)
{
	cr_assert_eq(got->point_count, want->point_count);
	for (size_t i = 0; i < want->point_count; i++) {
		const struct snapshot_point *a = &got->points[i];
		const struct snapshot_point *b = &want->points[i];

		cr_expect_str_eq(a->folder, b->folder);
		cr_expect_str_eq(a->manifest, b->manifest);
		cr_expect_str_eq(a->cert, b->cert);
		cr_expect_str_eq(a->reason, b->reason);
		cr_expect_str_eq(a->text, b->text);
		cr_expect_str_eq(a->file, b->file);
		cr_expect_arr_eq(a->hash, b->hash, HASH_SIZE);
		cr_expect_arr_eq(a->ski, b->ski, SKI_SIZE);
		cr_expect_arr_eq(a->number, b->number, SKI_SIZE);
		cr_expect(a->parent == b->parent && a->depth == b->depth &&
			a->repo == b->repo && a->ta == b->ta &&
			a->state == b->state && a->size == b->size);
		cr_expect(a->since.s == b->since.s &&
			a->not_before.s == b->not_before.s &&
			a->certs_end.s == b->certs_end.s &&
			a->not_after.s == b->not_after.s &&
			a->this_update.s == b->this_update.s &&
			a->next_update.s == b->next_update.s);
		cr_expect(a->claims == b->claims &&
			a->claim_count == b->claim_count);
	}
	cr_assert_eq(got->claim_count, want->claim_count);
	for (size_t i = 0; i < want->claim_count; i++) {
		const struct snapshot_claim *a = &got->claims[i];
		const struct snapshot_claim *b = &want->claims[i];

		cr_expect_eq(addr_compare(&a->addr, &b->addr), 0);
		cr_expect(a->asn == b->asn && a->family == b->family &&
			a->len == b->len && a->max_len == b->max_len);
	}
}

static void
expect_report(const struct report *got, const struct report *want)
{
	cr_expect_eq(got->at.s, want->at.s);
	cr_assert_eq(got->ta_count, want->ta_count);
	for (size_t i = 0; i < want->ta_count; i++) {
		cr_expect_str_eq(got->tas[i].name, want->tas[i].name);
		cr_expect_eq(got->tas[i].complete, want->tas[i].complete);
		cr_expect_arr_eq(got->tas[i].objects, want->tas[i].objects,
			sizeof(got->tas[i].objects));
		cr_expect_arr_eq(got->tas[i].counters, want->tas[i].counters,
			REPORT_WORK * sizeof(got->tas[i].counters[0]));
		/* What was done for it is no part of it. */
		for (int k = REPORT_WORK; k < REPORT_COUNTERS; k++)
			cr_expect_eq(got->tas[i].counters[k], 0);
	}
	cr_assert_eq(got->reason_count, want->reason_count);
	for (size_t i = 0; i < want->reason_count; i++) {
		const struct report_reason *a = &got->reasons[i];
		const struct report_reason *b = &want->reasons[i];

		cr_expect_str_eq(a->reason, b->reason);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->count == b->count);
	}
}

Test(snapshot, there_and_back)
{
	const char *why = NULL;
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	cr_assert_eq(snapshot_read(b.path, &got, &why), 0, "%s", why);
	expect_payloads(got, &b.x.s);
	expect_objects(got, &b.x.s);
	expect_points(got, &b.x.s);
	expect_report(&got->report, &b.x.s.report);
	/* One content has one file. */
	cr_assert_eq(snapshot_write(got, b.path), 0);
	snapshot_free(got);
	uint8_t *first = malloc(b.n);
	size_t n = b.n;
	memcpy(first, b.octets, n);
	load(&b);
	cr_expect_eq(b.n, n);
	cr_expect_eq(memcmp(first, b.octets, n), 0);
	free(first);
	bench_fini(&b);
}

Test(snapshot, every_count_of_every_table)
{
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	for (int i = 0; i < OBJECT_TYPES * OBJECT_STATES; i++)
		b.x.tas[1].objects[i / OBJECT_STATES][i % OBJECT_STATES] =
			1000 + (uint64_t)i;
	for (int i = 0; i < REPORT_COUNTERS; i++)
		b.x.tas[1].counters[i] = 2000 + (uint64_t)i;
	cr_assert_eq(snapshot_write(&b.x.s, b.path), 0);
	cr_assert_eq(snapshot_read(b.path, &got, NULL), 0);
	expect_report(&got->report, &b.x.s.report);
	snapshot_free(got);
	bench_fini(&b);
}

Test(snapshot, texts_of_two_parts)
{
	char uri[SNAPSHOT_URI], name[SNAPSHOT_URI];
	struct sample x;

	sample_init(&x);
	cr_expect_str_eq(snapshot_source_uri(&x.s, &x.sources[3], uri),
		"rsync://h/m/b/k.cer");
	cr_expect_str_eq(snapshot_refusal_uri(&x.s, &x.refusals[0], uri),
		"rsync://h/m/b/x.roa");
	cr_expect_str_eq(snapshot_refusal_uri(&x.s, &x.refusals[1], uri),
		"rsync://h/x.cer");
	cr_expect_str_eq(snapshot_cert_uri(&x.s, &x.points[1], uri),
		"rsync://h/m/ca.cer");
	cr_expect_str_eq(
		snapshot_cert_uri(&x.s, &x.points[0], uri), "rsync://h/t.cer");
	cr_expect_eq(snapshot_source_end(&x.s, &x.sources[0]).s, END);
	x.points[0].not_after.s = END - 9;
	cr_expect_eq(snapshot_source_end(&x.s, &x.sources[0]).s, END - 9);
	/* What is too long is cut. */
	memset(name, 'y', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	x.points[0].folder = name;
	cr_expect_eq(strlen(snapshot_source_uri(&x.s, &x.sources[0], uri)),
		SNAPSHOT_URI - 1);
	cr_expect_str_eq(point_state_name(POINT_VALID), "valid");
	cr_expect_str_eq(point_state_name(POINT_LAST_GOOD), "last-good");
	cr_expect_str_eq(point_state_name(POINT_FAILED), "failed");
}

/* How much work it was, and when it was written, is not in the file. */
Test(snapshot, one_content_has_one_file)
{
	struct bench b;
	uint8_t *first;
	size_t n;

	bench_init(&b);
	first = b.octets;
	n = b.n;
	b.octets = NULL;
	b.x.tas[0].counters[REPORT_SIGNATURES] = 7;
	b.x.tas[0].counters[REPORT_BYTES] = 8;
	b.x.s.report.made.s = 9;
	cr_assert_eq(snapshot_write(&b.x.s, b.path), 0);
	load(&b);
	cr_expect(b.n == n && memcmp(first, b.octets, n) == 0);
	free(first);
	bench_fini(&b);
}

Test(snapshot, when_the_file_was_made)
{
	const struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 1234567}};
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	cr_assert_eq(utimensat(AT_FDCWD, b.path, times, 0), 0);
	cr_assert_eq(snapshot_read(b.path, &got, NULL), 0);
	cr_expect_eq(got->report.made.s, 1234567);
	snapshot_free(got);
	bench_fini(&b);
}

Test(snapshot, an_empty_run_is_a_snapshot)
{
	struct folder f = folder_new();
	struct snapshot s = {.vrps = NULL}, *got;
	char path[256];

	folder_path(&f, "empty", path);
	cr_assert_eq(snapshot_write(&s, path), 0);
	cr_assert_eq(snapshot_read(path, &got, NULL), 0);
	cr_expect_eq(
		got->vrp_count + got->source_count + got->report.ta_count, 0);
	snapshot_free(got);
	snapshot_free(NULL);
	folder_free(&f);
}

Test(snapshot, any_bit_flipped_is_noticed)
{
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < b.n * 8; i++) {
		int err;

		b.octets[i / 8] ^= (uint8_t)(1 << i % 8);
		store(&b, b.n);
		err = read_it(&b, NULL);
		cr_assert_neq(err, 0, "bit %zu", i);
		if (i >= 24 * 8)
			cr_assert_eq(err, ERR_CHECKSUM, "bit %zu", i);
		b.octets[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	store(&b, b.n);
	cr_expect_eq(read_it(&b, NULL), 0);
	bench_fini(&b);
}

Test(snapshot, any_length_cut_is_noticed)
{
	struct bench b;

	bench_init(&b);
	for (size_t n = 0; n < b.n; n++) {
		store(&b, n);
		cr_assert_eq(read_it(&b, NULL), ERR_TRUNCATED, "%zu", n);
	}
	b.octets = realloc(b.octets, b.n + 1);
	b.octets[b.n] = 0;
	store(&b, b.n + 1);
	cr_expect_eq(read_it(&b, NULL), ERR_SYNTAX, "one too many");
	bench_fini(&b);
}

/* Whoever can write the file can hash it: any octet of any value may come
 * with a good hash.  What is taken then must still hold together (which
 * snapshot_read itself has checked), and nothing may break. */
Test(snapshot, any_octet_changed_and_hashed_again)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < b.n - HASH_SIZE; i++) {
		for (size_t k = 0; k < sizeof(masks); k++) {
			b.octets[i] ^= masks[k];
			hash_again(&b);
			store(&b, b.n);
			(void)read_it(&b, NULL);
			b.octets[i] ^= masks[k];
		}
	}
	bench_fini(&b);
}

static uint64_t
get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = n; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

static void
put_le(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Where an octet of a record stands. */
static uint8_t *
field(struct bench *b, enum snapshot_section section, size_t record,
	size_t offset)
{
	const uint8_t *row = b->octets + SNAPSHOT_HEAD + section * SNAPSHOT_ROW;

	return b->octets + get_le(row + 8, 8) + record * get_le(row + 4, 4) +
		offset;
}

struct breakage {
	enum snapshot_section section;
	size_t record, offset, n;
	uint64_t value;
	const char *why;
};

static const char ODD[] = "sections do not follow each other";

static const struct breakage breakages[] = {
	{SECTION_TAS, 0, 4, 4, 2, "a trust anchor is malformed"},
	{SECTION_TAS, 0, 0, 4, 2, "a trust anchor is malformed"},
	{SECTION_TAS, 0, 0, 4, 0xffffffff, "a trust anchor is malformed"},
	{SECTION_VRPS4, 0, 12, 1, 25, "a VRP has impossible lengths"},
	{SECTION_VRPS4, 0, 13, 1, 23, "a VRP has impossible lengths"},
	{SECTION_VRPS4, 0, 13, 1, 33, "a VRP has impossible lengths"},
	{SECTION_VRPS6, 1, 25, 1, 129, "a VRP has impossible lengths"},
	{SECTION_VRPS4, 0, 12, 1, 22, "a VRP has host bits"},
	{SECTION_VRPS4, 0, 3, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS6, 0, 4, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS6, 0, 15, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS4, 0, 8, 4, SOURCES, "a payload names no source"},
	{SECTION_VRPS4, 0, 8, 4, 0xffffffff, "a payload names no source"},
	{SECTION_VRPS4, 0, 14, 2, 1, "a VRP is malformed"},
	{SECTION_VRPS6, 0, 26, 2, 0x100, "a VRP is malformed"},
	{SECTION_VRPS4, 0, 4, 4, 64497, "VRPs are out of order"},
	{SECTION_VRPS4, 0, 8, 4, 6, "VRPs are out of order"},
	{SECTION_VRPS4, 3, 0, 4, 0, "VRPs are out of order"},
	{SECTION_KEYS, 0, 24, 4, 0, "a public key belongs to no router key"},
	{SECTION_KEYS, 0, 24, 4, 9999, "a router key is malformed"},
	{SECTION_KEYS, 1, 24, 4, 9, "a public key belongs to no router key"},
	{SECTION_KEYS, 0, 28, 4, 9, "a payload names no source"},
	{SECTION_KEYS, 0, 0, 1, 2, "router keys are out of order"},
	{SECTION_ASPAS, 0, 4, 4, 0, "a provider belongs to no ASPA"},
	{SECTION_ASPAS, 1, 4, 4, 3, "an ASPA is malformed"},
	{SECTION_ASPAS, 1, 4, 4, 0xffffffff, "an ASPA is malformed"},
	{SECTION_ASPAS, 0, 0, 4, 64500, "ASPAs are out of order"},
	{SECTION_ASPAS, 0, 8, 4, SOURCES, "a payload names no source"},
	{SECTION_PROVIDERS, 1, 0, 4, 64500, "providers are out of order"},
	{SECTION_POINTS, 0, 72, 4, 9999, "a point is malformed"},
	{SECTION_POINTS, 0, 76, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 80, 4, 0xffffffff, "a point is malformed"},
	{SECTION_POINTS, 0, 84, 4, 0, "a point is malformed"},
	{SECTION_POINTS, 0, 88, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 92, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 96, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 72, 4, 0, "the folder of a point is none"},
	{SECTION_POINTS, 0, 100, 4, 1, "a point has no parent"},
	{SECTION_POINTS, 0, 104, 4, 1, "a point has no parent"},
	{SECTION_POINTS, 1, 100, 4, POINTS, "a point has no parent"},
	{SECTION_POINTS, 1, 100, 4, 0xffffffff, "a point has no parent"},
	{SECTION_POINTS, 1, 100, 4, 1, "a point is not one below its parent"},
	{SECTION_POINTS, 1, 100, 4, 3,
		"a point and its parent name two trust anchors"},
	{SECTION_POINTS, 1, 104, 4, 2, "a point is not one below its parent"},
	{SECTION_POINTS, 1, 104, 4, 0, "a point has no parent"},
	{SECTION_POINTS, 0, 108, 4, 2, "a point names no repository"},
	{SECTION_POINTS, 3, 108, 4, 1, "a point names no repository"},
	{SECTION_POINTS, 0, 112, 4, 2, "a point names no trust anchor"},
	{SECTION_POINTS, 0, 112, 4, 256, "a point is malformed"},
	{SECTION_POINTS, 0, 116, 4, 1, "a point that holds has claims"},
	{SECTION_POINTS, 2, 116, 4, 1, "claims belong to nothing"},
	{SECTION_POINTS, 2, 116, 4, 3, "claims belong to nothing"},
	{SECTION_POINTS, 2, 116, 4, 0xffffffff,
		"claims do not follow each other"},
	{SECTION_POINTS, 0, 124, 4, 1, "a point is malformed"},
	{SECTION_SOURCES, 0, 32, 4, 9999, "a source is malformed"},
	{SECTION_SOURCES, 0, 36, 4, 2, "a source is malformed"},
	{SECTION_SOURCES, 0, 40, 4, POINTS, "a source names no point"},
	{SECTION_SOURCES, 0, 40, 4, 1, "sources are out of order"},
	{SECTION_SOURCES, 4, 40, 4, 2, "a source is at a point that failed"},
	{SECTION_SOURCES, 0, 44, 4, 2, "a source is malformed"},
	{SECTION_SOURCES, 1, 0, 1, 9, "sources are out of order"},
	{SECTION_SOURCES, 4, 56, 8, 98, NULL}, /* what it gives ends with it */
	{SECTION_REFUSALS, 0, 8, 4, 9999, "a refusal is malformed"},
	{SECTION_REFUSALS, 0, 16, 4, POINTS, "a refusal names no point"},
	{SECTION_REFUSALS, 0, 16, 4, 3, "a refusal names no point"},
	{SECTION_REFUSALS, 0, 20, 4, 2, "claims belong to nothing"},
	{SECTION_REFUSALS, 1, 24, 4, 2, "a refusal names no trust anchor"},
	{SECTION_REFUSALS, 0, 28, 4, 1, "a refusal is malformed"},
	{SECTION_REFUSALS, 0, 24, 4, 1, "a refusal names no point"},
	{SECTION_REFUSALS, 2, 24, 4, 0, NULL},
	{SECTION_CLAIMS, 0, 20, 1, 5, "a claim is of no family"},
	{SECTION_CLAIMS, 0, 21, 1, 33, "a claim has impossible lengths"},
	{SECTION_CLAIMS, 2, 21, 1, 129, "a claim has impossible lengths"},
	{SECTION_CLAIMS, 1, 21, 1, 1, "a claim has impossible lengths"},
	{SECTION_CLAIMS, 0, 1, 1, 1, "a claim has host bits"},
	{SECTION_CLAIMS, 1, 0, 1, 1, "a claim has host bits"},
	{SECTION_CLAIMS, 0, 23, 1, 1, "a claim is malformed"},
	{SECTION_COUNTS, 0, 0, 4, 2, "a count is malformed"},
	{SECTION_COUNTS, 0, 12, 4, 1, "a count is malformed"},
	{SECTION_COUNTS, 0, 4, 4, 3, "a count is malformed"},
	{SECTION_REASONS, 0, 0, 4, 2, "a reason names no trust anchor"},
	{SECTION_REASONS, 0, 0, 4, 1, NULL},
	{SECTION_REASONS, 1, 0, 4, 0, NULL},
	{SECTION_REASONS, 0, 12, 4, 1, "a reason is malformed"},
	{SECTION_REPOS, 0, 0, 4, 9999, "a repository is malformed"},
	{SECTION_REPOS, 0, 4, 4, 0, "a repository is malformed"},
	{SECTION_REPOS, 0, 32, 4, 2, "a repository names no trust anchor"},
	{SECTION_REPOS, 0, 32, 4, 1, "repositories are out of order"},
	{SECTION_REPOS, 0, 36, 4, 1, "a repository is malformed"},
	{SECTION_STRINGS, 0, 0, 1, 'x', "texts do not end"},
};

Test(snapshot, what_does_not_hold_together_is_told)
{
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < sizeof(breakages) / sizeof(*breakages); i++) {
		const struct breakage *x = &breakages[i];
		uint8_t *p = field(&b, x->section, x->record, x->offset);
		uint64_t was = get_le(p, x->n);
		const char *why = NULL;
		int err;

		put_le(p, x->n, x->value);
		hash_again(&b);
		store(&b, b.n);
		err = read_it(&b, &why);
		put_le(p, x->n, was);
		cr_expect_eq(err, x->why != NULL ? ERR_SYNTAX : 0, "%zu", i);
		if (x->why != NULL && why != NULL)
			cr_expect_str_eq(why, x->why, "%zu: %s", i, why);
	}
	bench_fini(&b);
}

/* The head and the table, octets from the beginning. */
static const struct {
	size_t offset, n;
	uint64_t value;
	int err;
	const char *why;
} heads[] = {
	{0, 1, 'w', ERR_SYNTAX, "not a snapshot"},
	{8, 4, 0, ERR_VERSION, NULL},
	{8, 4, SNAPSHOT_VERSION - 1, ERR_VERSION, NULL},
	{8, 4, SNAPSHOT_VERSION + 1, ERR_VERSION, NULL},
	{12, 4, SECTIONS + 1, ERR_SYNTAX, "not the sections of this version"},
	{12, 4, 0, ERR_SYNTAX, "not the sections of this version"},
	{16, 8, UINT64_MAX, ERR_TRUNCATED, NULL},
	{16, 8, 0, ERR_SYNTAX, "longer than it says"},
	{24, 4, 2, ERR_SYNTAX, ODD},
	{28, 4, 9, ERR_SYNTAX, ODD},
	{28, 4, 0, ERR_SYNTAX, ODD},
	{32, 8, 0, ERR_SYNTAX, ODD},
	{32, 8, UINT64_MAX, ERR_SYNTAX, ODD},
	{40, 8, 7, ERR_SYNTAX, "a section does not fit"},
	{40, 8, 0, ERR_SYNTAX, ODD},
	{40, 8, UINT64_MAX, ERR_SYNTAX, "a section does not fit"},
	{40, 8, UINT64_MAX / 8 * 8, ERR_SYNTAX, "a section does not fit"},
	{64, 8, 8, ERR_SYNTAX, ODD},
};

Test(snapshot, head_and_table)
{
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		uint8_t *p = b.octets + heads[i].offset;
		uint64_t was = get_le(p, heads[i].n);
		const char *why = NULL;

		put_le(p, heads[i].n, heads[i].value);
		hash_again(&b);
		store(&b, b.n);
		cr_expect_eq(read_it(&b, &why), heads[i].err, "%zu", i);
		put_le(p, heads[i].n, was);
		if (heads[i].why == NULL)
			continue;
		cr_assert_not_null(why, "%zu", i);
		cr_expect_str_eq(why, heads[i].why, "%zu: %s", i, why);
	}
	bench_fini(&b);
}

Test(snapshot, a_word_of_a_later_version_is_passed_over)
{
	const char *why = NULL;
	struct snapshot *got;
	struct bench b;
	uint8_t *strings, *at;

	bench_init(&b);
	strings = field(&b, SECTION_STRINGS, 0, 0);
	at = memmem(strings, (size_t)(b.octets + b.n - strings), "vrps", 5);
	cr_assert_not_null(at);
	at[3] = 'x';
	at = memmem(strings, (size_t)(b.octets + b.n - strings),
		"router-certificate", 19);
	cr_assert_not_null(at);
	at[0] = 'x';
	hash_again(&b);
	store(&b, b.n);
	cr_assert_eq(snapshot_read(b.copy, &got, &why), 0, "%s", why);
	cr_expect_eq(got->report.tas[0].counters[REPORT_VRPS], 0);
	cr_expect_eq(got->sources[3].type, OBJECT_OTHER);
	cr_expect_eq(got->sources[4].type, OBJECT_ASPA);
	snapshot_free(got);
	bench_fini(&b);
}

Test(snapshot, the_writer_refuses_what_the_reader_would)
{
	struct sample broken;
	struct bench b;

	bench_init(&b);
#define REFUSED(change) \
	broken = b.x; \
	sample_init(&broken); \
	change; \
	cr_expect_eq(snapshot_write(&broken.s, b.path), ERR_SYNTAX, #change);
	REFUSED(broken.vrps[0].asn = 64497)
	REFUSED(broken.vrps[0].len = 25)
	REFUSED(broken.vrps[0].source = SOURCES)
	REFUSED(broken.vrps[1].expires += 2)
	REFUSED(broken.vrps[6].family = 0)
	REFUSED(broken.keys[0].ski[0] = 2)
	REFUSED(broken.keys[0].spki.n = 0)
	REFUSED(broken.aspas[0].customer = 70000)
	REFUSED(broken.aspas[1].provider_count = 0)
	REFUSED(broken.providers[2] = 64499)
	REFUSED(broken.vrps[0].ta = 1)
	REFUSED(broken.vrps[0].expires--)
	REFUSED(broken.vrps[0].reserved = 1)
	REFUSED(broken.keys[0].expires++)
	REFUSED(broken.aspas[0].ta = 1)
	REFUSED(broken.points[0].folder = "rsync://h/m")
	REFUSED(broken.points[0].folder = "z/")
	REFUSED(broken.points[0].folder = "")
	REFUSED(broken.points[0].manifest = broken.long_name)
	REFUSED(broken.points[0].reason = "why")
	REFUSED(broken.points[0].state = POINT_STATES)
	REFUSED(broken.points[1].parent = 1)
	REFUSED(broken.points[1].ta = 1)
	REFUSED(broken.points[1].repo = 2)
	REFUSED(broken.points[3].claims = 1)
	REFUSED(broken.sources[0].name = "z")
	REFUSED(broken.sources[0].name = broken.long_name)
	REFUSED(broken.sources[0].point = SNAPSHOT_NONE)
	REFUSED(broken.sources[0].ta = 2)
	REFUSED(broken.sources[0].ta = 1)
	REFUSED(broken.refusals[0].name = broken.long_name)
	REFUSED(broken.refusals[0].claim_count = 2)
	REFUSED(broken.claims[0].addr.b[1] = 1)
	REFUSED(broken.claims[1].family = 0)
	REFUSED(broken.sources[0].type = OBJECT_TYPES)
	REFUSED(broken.refusals[0].ta = 1; broken.refusals[1].ta = 0)
	REFUSED(broken.repos[0].uri = "z")
	REFUSED(broken.repos[1] = broken.repos[0])
	REFUSED(broken.repos[0].kind = REPO_KINDS)
	REFUSED(broken.repos[0].ta = 2)
	REFUSED(broken.s.report.ta_count = BOUND_TAS + 1)
	REFUSED(broken.reasons[0].ta = 1; broken.reasons[1].ta = 0)
#undef REFUSED
	/* What stood there still stands. */
	load(&b);
	store(&b, b.n);
	cr_expect_eq(read_it(&b, NULL), 0);
	bench_fini(&b);
}

Test(snapshot, files_that_are_none)
{
	const char *why = NULL;
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	cr_expect_eq(snapshot_read(b.folder.path, &got, &why), ERR_FOLDER);
	cr_expect_eq(snapshot_read("/dev/zero", &got, &why), ERR_KIND);
	cr_expect_eq(unlink(b.path), 0);
	cr_expect_eq(snapshot_read(b.path, &got, &why), ERR_NOTFOUND);
	cr_expect_eq(snapshot_write(&b.x.s, "/no/such/folder/x"), ERR_NOTFOUND);
	bench_fini(&b);
}

/* Larger than a block, with many texts. */
Test(snapshot, thousands_of_everything)
{
	enum {
		MANY = 20000
	};
	struct snapshot_source *sources = calloc(MANY, sizeof(*sources));
	struct snapshot_refusal *refusals = calloc(MANY, sizeof(*refusals));
	struct vrp *vrps = calloc(MANY, sizeof(*vrps));
	char(*uris)[64] = calloc(MANY, sizeof(*uris));
	struct report_ta ta = {.name = "ta"};
	struct snapshot_point point = {.folder = "rsync://host/",
		.manifest = "m",
		.cert = "c",
		.parent = SNAPSHOT_NONE,
		.repo = SNAPSHOT_NONE,
		.reason = "",
		.text = "",
		.file = "",
		.not_after = {END}};
	struct snapshot s = {.vrps = vrps,
		.vrp_count = MANY,
		.points = &point,
		.point_count = 1,
		.sources = sources,
		.source_count = MANY,
		.refusals = refusals,
		.refusal_count = MANY,
		.report = {.tas = &ta, .ta_count = 1}};
	struct folder f = folder_new();
	struct snapshot *got;
	char path[256];

	for (uint32_t i = 0; i < MANY; i++) {
		(void)snprintf(uris[i], 64, "%06u.roa", i);
		sources[i].name = refusals[i].name = uris[i];
		sources[i].not_after.s = END;
		sources[i].type = OBJECT_ROA;
		refusals[i].reason = "word";
		/* More words than the table holds are not lost. */
		refusals[i].text = uris[i % 700];
		vrps[i] = vrp_of("10.0.0.0/8", 24, i);
		vrps[i].source = MANY - 1 - i;
	}
	folder_path(&f, "x", path);
	cr_assert_eq(snapshot_write(&s, path), 0);
	cr_assert_eq(snapshot_read(path, &got, NULL), 0);
	expect_payloads(got, &s);
	expect_objects(got, &s);
	snapshot_free(got);
	folder_free(&f);
	free(sources);
	free(refusals);
	free(vrps);
	free(uris);
}
