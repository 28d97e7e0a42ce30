/*
 * result: merging what threads found, where the order of it is delicate.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/core/folder.h"
#include "validator/chain/ca.h"
#include "validator/run/result.h"
#include "waymark/snapshot.h"

static void
add_refusal(struct checker *k, enum object_type type, enum reject reason)
{
	struct refusal refusal = {.name = "rsync://h/m/x.cer",
		.point = SIZE_MAX,
		.type = type,
		.reason = reason};

	cr_assert(VEC_PUSH(&k->findings.refusals, refusal));
}

/* Two manifests may list one file, which is then refused as two types: as the
 * .cer that it is named, and as the router's certificate that it holds.  A
 * snapshot has refusals by reason; out of order it could not be written at
 * all, and one publisher would stop everybody's. */
Test(result, refusals_of_one_uri_are_in_the_order_of_snapshots)
{
	static const char *const names[] = {"ta"};
	struct chain_env env = {0};
	struct checker *k = checker_new(&env, (struct source){0}, 1);
	struct folder folder = folder_new();
	struct result *r = NULL;
	char path[256];

	cr_assert(k != NULL);
	add_refusal(k, OBJECT_CERT, REJECT_MANIFEST_FILE_HASH);
	add_refusal(k, OBJECT_ROUTER_CERT, REJECT_CERT_KEY_USAGE_MISSING);
	cr_assert(result_merge(&k, 1, names, 1, &r) == 0);
	cr_assert(r->snapshot.refusal_count == 2);
	folder_path(&folder, "snapshot", path);
	cr_expect(snapshot_write(&r->snapshot, path) == 0);
	result_free(r);
	folder_free(&folder);
}

/* A CA below `parent` that publishes at `folder`, and its point with one ROA,
 * found by `k`. */
static struct ca *
add_point(struct checker *k, const struct ca *parent, const char *folder,
	int64_t ends)
{
	static const char manifests[][32] = {
		"rsync://h/a/m.mft", "rsync://h/b/m.mft"};
	const struct cert cert = {.repository_uri = span_text(folder),
		.manifest_uri = span_text(manifests[folder[10] == 'b']),
		.not_before = {5},
		.not_after = {ends}};
	const struct ca_origin origin = {.cert = &cert,
		.folder = span_text(
			parent == NULL ? "rsync://h/t.cer" : "rsync://h/a/"),
		.name = span_text(parent == NULL ? "" : "c.cer"),
		.parent = parent,
		.order = (uint32_t)ends,
		.path_end = {INT64_MAX}};
	struct findings *f = &k->findings;
	struct snapshot_source source = {.name = "x.roa",
		.type = OBJECT_ROA,
		.not_after = {1000},
		.point = (uint32_t)f->points.n};
	struct vrp vrp = {.addr.b = {10},
		.family = FAMILY_IPV4,
		.len = 8,
		.max_len = 8,
		.source = (uint32_t)f->sources.n};
	struct ca *ca = ca_new(&origin);
	struct found_point point = {.ca = ca_ref(ca),
		.state = POINT_VALID,
		.not_after = {ends},
		.repo = -1};

	cr_assert(VEC_PUSH(&f->sources, source) && VEC_PUSH(&f->vrps, vrp) &&
		VEC_PUSH(&f->vrps, vrp) && VEC_PUSH(&f->points, point));
	return ca;
}

/* What two threads found of one folder on two paths: two sources, of which the
 * one that lasts longer counts; each point finds the one above; a payload that
 * an object holds twice is one. */
Test(result, an_object_on_two_paths_counts_once)
{
	static const char *const names[] = {"ta"};
	struct chain_env env = {0};
	struct checker *k[2] = {checker_new(&env, (struct source){0}, 1),
		checker_new(&env, (struct source){0}, 1)};
	struct ca *top = add_point(k[1], NULL, "rsync://h/a/", 900);
	struct folder folder = folder_new();
	struct result *r = NULL;
	const struct snapshot *s;
	char path[256];

	ca_unref(add_point(k[0], top, "rsync://h/b/", 700));
	ca_unref(add_point(k[1], top, "rsync://h/b/", 800));
	ca_unref(top);
	cr_assert(result_merge(k, 2, names, 1, &r) == 0);
	s = &r->snapshot;
	cr_assert(s->point_count == 3 && s->source_count == 3);
	cr_expect_eq(s->points[0].parent, SNAPSHOT_NONE);
	cr_expect_str_eq(s->points[0].cert, "rsync://h/t.cer");
	cr_expect(s->points[1].parent == 0 && s->points[2].parent == 0);
	cr_expect(s->points[1].depth == 1 && s->points[2].depth == 1);
	cr_expect_str_eq(s->points[2].cert, "c.cer");
	cr_expect_eq(s->points[1].certs_end.s, 700, "by path");
	cr_expect_eq(s->points[2].certs_end.s, 800);
	cr_expect_eq(s->points[2].not_before.s, 5);
	cr_expect_not(s->sources[0].again);
	cr_expect(s->sources[1].again);
	cr_expect_not(s->sources[2].again);
	cr_assert_eq(s->vrp_count, 3);
	cr_expect(s->vrps[0].expires == 900 && s->vrps[1].expires == 800 &&
		s->vrps[2].expires == 700);
	cr_expect_eq(s->report.tas[0].counters[REPORT_VRPS], 2);
	cr_expect_eq(s->report.tas[0].counters[REPORT_VRPS_UNIQUE], 1);
	folder_path(&folder, "snapshot", path);
	cr_expect_eq(snapshot_write(s, path), 0);
	result_free(r);
	folder_free(&folder);
}

/* A refused object may have said anything: it must not keep a snapshot from
 * being written. */
Test(result, claims_are_made_prefixes)
{
	static const char *const names[] = {"ta"};
	static const struct snapshot_claim odd[] = {
		{.addr.b = {10, 1, 2, 3}, .family = FAMILY_IPV4, .len = 8},
		{.addr.b = {10, 1, 2, 3, 4}, .family = FAMILY_IPV4, .len = 99},
		{.addr.b = {0x20, 1}, .family = FAMILY_IPV6, .len = 255},
		{.addr.b = {1}, .family = CLAIM_ASN, .asn = 1, .len = 9}};
	struct chain_env env = {0};
	struct checker *k = checker_new(&env, (struct source){0}, 1);
	struct folder folder = folder_new();
	struct refusal refusal = {.name = "x", .point = SIZE_MAX};
	struct result *r = NULL;
	char path[256];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		cr_assert(VEC_PUSH(&k->findings.claims, odd[i]));
	refusal.claim_count = k->findings.claims.n;
	cr_assert(VEC_PUSH(&k->findings.refusals, refusal));
	cr_assert(result_merge(&k, 1, names, 1, &r) == 0);
	cr_assert_eq(r->snapshot.claim_count, 4);
	cr_expect_eq(r->snapshot.claims[0].addr.b[1], 0);
	cr_expect_eq(r->snapshot.claims[1].len, 32);
	cr_expect_eq(r->snapshot.claims[2].len, 128);
	cr_expect_eq(r->snapshot.claims[3].len, 0);
	folder_path(&folder, "snapshot", path);
	cr_expect_eq(snapshot_write(&r->snapshot, path), 0);
	result_free(r);
	folder_free(&folder);
}
