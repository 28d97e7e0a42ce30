/*
 * snapshot: there and back; every bit flipped, every length cut; and what is
 * hashed again after it was broken on purpose.
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
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
	SOURCES = 4
};

/* A snapshot with something in every section. */
struct sample {
	struct vrp vrps[VRPS];
	struct router_key keys[2];
	struct aspa aspas[2];
	uint32_t providers[3];
	struct snapshot_source sources[SOURCES];
	struct snapshot_refusal refusals[2];
	struct snapshot_repo repos[2];
	struct report_ta tas[TAS];
	struct report_reason reasons[2];
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
	x->vrps[4].source = 3;
	x->vrps[4].ta = 1;
	x->vrps[5] = vrp_of("2001:db8::/32", 128, 1);
	x->vrps[6] = vrp_of("2001:db8:1::/48", 48, 1);
	x->vrps[6].expires = -5;
	for (int i = 0; i < 2; i++) {
		x->keys[i] = (struct router_key){.asn = 64497,
			.expires = 77,
			.spki = span_text(i == 0 ? "key" : "longer key")};
		x->keys[i].ski[0] = (uint8_t)i;
		x->aspas[i] = (struct aspa){.customer = 64498 + (uint32_t)i,
			.provider_count = i == 0 ? 1 : 2,
			.providers = x->providers + i,
			.expires = 99};
	}
	x->providers[0] = 0;
	x->providers[1] = 64499;
	x->providers[2] = 64500;
}

static void
fill_objects(struct sample *x)
{
	static const char *const uris[SOURCES] = {"rsync://h/m/a.roa",
		"rsync://h/m/b.roa", "rsync://h/m/b.roa", "rsync://h/m/c.cer"};

	for (int i = 0; i < SOURCES; i++) {
		x->sources[i] = (struct snapshot_source){.uri = uris[i],
			.ta = i == 3,
			.type = i == 3 ? OBJECT_ROUTER_CERT : OBJECT_ROA,
			.not_before = {-1},
			.not_after = {1773664028 + i},
			.chain_not_after = {1773664000}};
		memset(x->sources[i].hash, i, HASH_SIZE);
	}
	x->refusals[0] = (struct snapshot_refusal){.uri = "rsync://h/m/x.roa",
		.reason = "crl-stale",
		.text = "a CRL ended (RFC 6487 section 5)",
		.type = OBJECT_ROA};
	x->refusals[1] = x->refusals[0];
	x->refusals[1].ta = 1;
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
	fill_payloads(x);
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
		.refusals = x->refusals,
		.refusal_count = 2,
		.repos = x->repos,
		.repo_count = 2,
		.report = {.tas = x->tas,
			.ta_count = TAS,
			.reasons = x->reasons,
			.reason_count = 2,
			.started = {1773646200},
			.at = {-1},
			.elapsed_ms = 1234},
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

		cr_expect_str_eq(a->uri, b->uri);
		cr_expect_arr_eq(a->hash, b->hash, HASH_SIZE);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->not_before.s == b->not_before.s &&
			a->not_after.s == b->not_after.s &&
			a->chain_not_after.s == b->chain_not_after.s);
	}
	cr_assert_eq(got->refusal_count, want->refusal_count);
	for (size_t i = 0; i < want->refusal_count; i++) {
		const struct snapshot_refusal *a = &got->refusals[i];
		const struct snapshot_refusal *b = &want->refusals[i];

		cr_expect_str_eq(a->uri, b->uri);
		cr_expect_str_eq(a->reason, b->reason);
		cr_expect_str_eq(a->text, b->text);
		cr_expect(a->ta == b->ta && a->type == b->type);
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
expect_report(const struct report *got, const struct report *want)
{
	cr_expect_eq(got->started.s, want->started.s);
	cr_expect_eq(got->at.s, want->at.s);
	cr_expect_eq(got->elapsed_ms, want->elapsed_ms);
	cr_assert_eq(got->ta_count, want->ta_count);
	for (size_t i = 0; i < want->ta_count; i++) {
		cr_expect_str_eq(got->tas[i].name, want->tas[i].name);
		cr_expect_eq(got->tas[i].complete, want->tas[i].complete);
		cr_expect_arr_eq(got->tas[i].objects, want->tas[i].objects,
			sizeof(got->tas[i].objects));
		cr_expect_arr_eq(got->tas[i].counters, want->tas[i].counters,
			sizeof(got->tas[i].counters));
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
	{SECTION_VRPS, 0, 20, 1, 5, "a VRP is of no family"},
	{SECTION_VRPS, 0, 20, 1, 0, "a VRP is of no family"},
	{SECTION_VRPS, 0, 21, 1, 25, "a VRP has impossible lengths"},
	{SECTION_VRPS, 0, 22, 1, 23, "a VRP has impossible lengths"},
	{SECTION_VRPS, 0, 22, 1, 33, "a VRP has impossible lengths"},
	{SECTION_VRPS, 5, 22, 1, 129, "a VRP has impossible lengths"},
	{SECTION_VRPS, 0, 21, 1, 22, "a VRP has host bits"},
	{SECTION_VRPS, 0, 15, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS, 0, 23, 1, 2, "a payload names no trust anchor"},
	{SECTION_VRPS, 0, 23, 1, 1,
		"a payload and its source name two trust anchors"},
	{SECTION_VRPS, 0, 32, 4, 4, "a payload names no source"},
	{SECTION_VRPS, 0, 32, 4, 3,
		"a payload and its source name two trust anchors"},
	{SECTION_VRPS, 0, 36, 4, 1, "a reserved field is not zero"},
	{SECTION_VRPS, 0, 16, 4, 64497, "VRPs are out of order"},
	{SECTION_VRPS, 1, 24, 8, 1773664029, "VRPs are out of order"},
	{SECTION_VRPS, 3, 0, 4, 0, "VRPs are out of order"},
	{SECTION_KEYS, 0, 24, 4, 0, "a public key belongs to no router key"},
	{SECTION_KEYS, 0, 24, 4, 9999, "a router key is malformed"},
	{SECTION_KEYS, 1, 24, 4, 9, "a public key belongs to no router key"},
	{SECTION_KEYS, 0, 40, 4, 256, "a router key is malformed"},
	{SECTION_KEYS, 0, 44, 4, 1, "a router key is malformed"},
	{SECTION_KEYS, 0, 28, 4, 9, "a payload names no source"},
	{SECTION_KEYS, 0, 0, 1, 2, "router keys are out of order"},
	{SECTION_ASPAS, 0, 4, 4, 0, "a provider belongs to no ASPA"},
	{SECTION_ASPAS, 1, 4, 4, 3, "an ASPA is malformed"},
	{SECTION_ASPAS, 1, 4, 4, 0xffffffff, "an ASPA is malformed"},
	{SECTION_ASPAS, 0, 0, 4, 64500, "ASPAs are out of order"},
	{SECTION_ASPAS, 0, 12, 4, 256, "an ASPA is malformed"},
	{SECTION_PROVIDERS, 1, 0, 4, 64500, "providers are out of order"},
	{SECTION_SOURCES, 0, 32, 4, 9999, "a source is malformed"},
	{SECTION_SOURCES, 0, 36, 4, 2, "a source is malformed"},
	{SECTION_SOURCES, 0, 64, 4, 2, "a source names no trust anchor"},
	{SECTION_SOURCES, 0, 68, 4, 1, "a source is malformed"},
	{SECTION_SOURCES, 1, 0, 1, 9, "sources are out of order"},
	{SECTION_REFUSALS, 0, 8, 4, 9999, "a refusal is malformed"},
	{SECTION_REFUSALS, 0, 16, 4, 2, "a refusal names no trust anchor"},
	{SECTION_REFUSALS, 0, 20, 4, 1, "a refusal is malformed"},
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
	{8, 4, SNAPSHOT_VERSION + 1, ERR_VERSION, NULL},
	{12, 4, SECTIONS + 1, ERR_SYNTAX, "not the sections of this version"},
	{12, 4, 0, ERR_SYNTAX, "not the sections of this version"},
	{16, 8, UINT64_MAX, ERR_TRUNCATED, NULL},
	{16, 8, 0, ERR_SYNTAX, "longer than it says"},
	{24, 4, 2, ERR_SYNTAX, ODD},
	{28, 4, 25, ERR_SYNTAX, ODD},
	{28, 4, 0, ERR_SYNTAX, ODD},
	{32, 8, 0, ERR_SYNTAX, ODD},
	{32, 8, UINT64_MAX, ERR_SYNTAX, ODD},
	{40, 8, 23, ERR_SYNTAX, "a section does not fit"},
	{40, 8, 0, ERR_SYNTAX, ODD},
	{40, 8, UINT64_MAX, ERR_SYNTAX, "a section does not fit"},
	{40, 8, UINT64_MAX / 24 * 24, ERR_SYNTAX, "a section does not fit"},
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
	REFUSED(broken.sources[0].uri = "z")
	REFUSED(broken.sources[0].ta = 2)
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
	struct snapshot s = {.vrps = vrps,
		.vrp_count = MANY,
		.sources = sources,
		.source_count = MANY,
		.refusals = refusals,
		.refusal_count = MANY,
		.report = {.tas = &ta, .ta_count = 1}};
	struct folder f = folder_new();
	struct snapshot *got;
	char path[256];

	for (uint32_t i = 0; i < MANY; i++) {
		(void)snprintf(uris[i], 64, "rsync://host/%06u.roa", i);
		sources[i].uri = refusals[i].uri = uris[i];
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
