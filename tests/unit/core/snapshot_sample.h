/*
 * snapshot_sample: a snapshot with something in every section, and its file to
 * be spoilt.
 */
#ifndef TESTS_CORE_SNAPSHOT_SAMPLE_H
#define TESTS_CORE_SNAPSHOT_SAMPLE_H

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
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

static inline void
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

static inline void
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
		};
		p->number[0] = 1;
		p->number[SKI_SIZE - 1] = (uint8_t)i;
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

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline void
bench_fini(struct bench *b)
{
	free(b->octets);
	(void)close(b->memory);
	folder_free(&b->folder);
}

static inline void
store(const struct bench *b, size_t n)
{
	cr_assert_eq(ftruncate(b->memory, 0), 0);
	cr_assert_eq(pwrite(b->memory, b->octets, n, 0), (ssize_t)n);
}

static inline void
hash_again(struct bench *b)
{
	cr_assert_eq(
		EVP_Digest(b->octets, b->n - HASH_SIZE,
			b->octets + b->n - HASH_SIZE, NULL, EVP_sha256(), NULL),
		1);
}

static inline int
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

#endif
