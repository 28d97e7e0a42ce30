/*
 * walk: the whole way down, and that nothing depends on order or threads.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/run/town.h"
#include "waymark/err.h"
#include "waymark/snapshot.h"

enum {
	SHUFFLES = 100
};

/* A CA below `parent` that is `twin` by its key, name and place, but for the
 * path that leads to it. */
static struct lab_ca *
add_twin(
	struct town *t, struct lab_ca *parent, int i, const struct lab_ca *twin)
{
	struct lab_ca *ca = lab_ca_add(t->world, parent,
		lab_world_text(
			t->world, "%s-%s-%d", parent->name, twin->name, i),
		twin->resources);
	const char *place = lab_world_text(t->world, "rsync://%s/%s/%s/",
		twin->host, twin->module, twin->folder);
	const char *sia = "tbs.extensions.sia.value.list.";

	ca->key = twin->key;
	cr_assert(lab_mutate(t->world, ca->cert.file,
			  lab_world_text(t->world,
				  "tbs.subject.rdn.cn.value=text:%s",
				  twin->name)) == 0);
	cr_assert(lab_mutate(t->world, ca->cert.file,
			  lab_world_text(t->world, "%scaRepository.uri=text:%s",
				  sia, place)) == 0);
	cr_assert(lab_mutate(t->world, ca->cert.file,
			  lab_world_text(t->world,
				  "%srpkiManifest.uri=text:%s%s.mft", sia,
				  place, twin->name)) == 0);
	return ca;
}

/* What went wrong in town, of all kinds. */
static void
make_trouble(struct town *t)
{
	/* One object by two paths, of which the first to be seen ends first. */
	add_twin(t, lab_ca_find(t->world, "a-0"), 0,
		lab_ca_find(t->world, "a-8-x"))
		->not_after = LAB_NOW + 900;
	cr_assert(lab_fault(t->world, "a-3-one.roa", "revoked") == 0);
	cr_assert(lab_fault(t->world, "a-4-two.roa", "missing") == 0);
	cr_assert(lab_fault(t->world, "b-5.mft", "missing") == 0);
	cr_assert(lab_mutate(t->world, "b-6-x.cer",
			  "tbs.extensions.keyUsage=remove") == 0);
	cr_assert(lab_mutate(t->world, "b-7-one.roa",
			  "ee.tbs.validity.notAfter="
			  "time:2030-01-01T00:20:00Z") == 0);
}

/* All octets of the snapshot that a result makes. */
static struct span
snapshot_of(struct town *t, struct result *r)
{
	char path[256];
	struct stat st;
	uint8_t *p;
	int fd;

	folder_path(&t->folder, "snapshot", path);
	cr_assert(snapshot_write(&r->snapshot, path) == 0);
	fd = open(path, O_RDONLY);
	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	p = malloc((size_t)st.st_size);
	cr_assert(p != NULL && read(fd, p, (size_t)st.st_size) == st.st_size);
	close(fd);
	return span_of(p, (size_t)st.st_size);
}

/* The snapshot's octets are the same for every order and number of threads. */
Test(walk, a_hundred_shuffles_are_one_result, .timeout = 300)
{
	struct town *t = town_new();
	struct result *r;
	struct span first, again;
	int i;

	make_trouble(t);
	town_write(t);
	r = town_run(t);
	cr_assert(r->snapshot.vrp_count > 30 && !r->complete);
	cr_assert(r->snapshot.refusal_count == 5, "%zu",
		r->snapshot.refusal_count);
	first = snapshot_of(t, r);
	result_free(r);
	for (i = 1; i <= SHUFFLES; i++) {
		t->options.shuffle = (uint64_t)i * 0x9e3779b97f4a7c15;
		t->options.threads = (size_t)(1 + i % 5);
		r = town_run(t);
		again = snapshot_of(t, r);
		cr_assert(span_equal(first, again), "seed %d differs", i);
		free((void *)again.p);
		result_free(r);
	}
	free((void *)first.p);
	town_free(t);
}

/* Whole, in order, and counted. */
Test(walk, finds_everything)
{
	struct town *t = town_new();
	struct result *r;
	const struct report_ta *ta;
	size_t i;

	town_write(t);
	t->options.threads = 3;
	r = town_run(t);
	cr_expect(r->complete && r->usable);
	ta = &r->snapshot.report.tas[1];
	cr_expect_str_eq(ta->name, "b");
	cr_expect(ta->complete);
	cr_expect(ta->counters[REPORT_POINTS_VALID] == 1 + 2 * TOWN_CAS);
	cr_expect(ta->objects[OBJECT_ROA][OBJECT_STATE_VALID] == 2 * TOWN_CAS);
	cr_expect(ta->counters[REPORT_VRPS] == 3 * TOWN_CAS);
	cr_expect(ta->counters[REPORT_VRPS_UNIQUE] == 5);
	cr_expect(ta->counters[REPORT_VRPS_IPV4] == 5);
	cr_expect(r->vrps_unique == 5);
	cr_expect(r->snapshot.vrp_count == TOWN_TAS * 3 * TOWN_CAS);
	cr_expect(r->snapshot.source_count == TOWN_TAS * 2 * TOWN_CAS);
	for (i = 1; i < r->snapshot.vrp_count; i++) {
		const struct vrp *v = &r->snapshot.vrps[i];
		int c = vrp_compare(v - 1, v);

		cr_expect(c < 0 || (c == 0 && v[-1].expires >= v->expires));
	}
	for (i = 1; i < r->snapshot.source_count; i++) {
		const struct snapshot_source *s = &r->snapshot.sources[i];

		cr_expect(s[-1].point < s->point ||
			(s[-1].point == s->point &&
				strcmp(s[-1].name, s->name) < 0));
		cr_expect_not(s->again);
	}
	cr_expect(r->snapshot.point_count == TOWN_TAS * (1 + 2 * TOWN_CAS));
	result_free(r);
	town_free(t);
}

/* A source is what it says: the VRP's expiry is the earlier of its two ends. */
Test(walk, sources_belong_to_their_vrps)
{
	struct town *t = town_new();
	struct result *r;
	size_t i;

	make_trouble(t);
	town_write(t);
	r = town_run(t);
	for (i = 0; i < r->snapshot.vrp_count; i++) {
		const struct vrp *v = &r->snapshot.vrps[i];
		const struct snapshot_source *s =
			&r->snapshot.sources[v->source];
		int64_t chain = r->snapshot.points[s->point].not_after.s;
		int64_t end = s->not_after.s < chain ? s->not_after.s : chain;

		cr_assert(v->source < r->snapshot.source_count);
		cr_expect(v->expires == end && v->ta == s->ta);
		cr_expect(i == 0 || v[-1].source != v->source ||
			vrp_compare(v - 1, v) != 0);
	}
	result_free(r);
	town_free(t);
}

/* Limits are met exactly; beyond them whole points go, those of the greediest
 * subtree first, and the same ones for every order. */
static void
expect_limit(
	struct town *t, enum chain_limit limit, uint64_t most, uint64_t failed)
{
	struct chain_limits all = CHAIN_LIMITS;
	uint64_t seed, lost;
	struct result *r;
	struct span first = {0}, again;

	t->options.limits = all;
	t->options.limits.ta[limit] = most;
	for (seed = 0; seed < 6; seed++) {
		t->options.shuffle = seed * 0x9e3779b97f4a7c15;
		t->options.threads = seed % 3 + 1;
		r = town_run(t);
		lost = r->snapshot.report.tas[0].counters[REPORT_POINTS_FAILED];
		cr_expect(lost == failed, "limit %d, %zu: %zu lost", (int)limit,
			(size_t)most, (size_t)lost);
		cr_expect(r->complete == (failed == 0));
		cr_expect(limit != LIMIT_VRPS ||
			r->snapshot.report.tas[0].counters[REPORT_VRPS] <=
				most);
		again = snapshot_of(t, r);
		if (seed == 0)
			first = again;
		cr_expect(span_equal(first, again));
		if (seed != 0)
			free((void *)again.p);
		result_free(r);
	}
	free((void *)first.p);
}

/* What is read of the points of the first trust anchor. */
static uint64_t
octets_to_read(struct town *t)
{
	struct result *r;
	char path[256];
	struct stat st;
	uint64_t n;

	t->options.limits = (struct chain_limits)CHAIN_LIMITS;
	r = town_run(t);
	folder_path(&t->folder, "repo/a.example/repo/a.cer", path);
	cr_assert(stat(path, &st) == 0, "%s", path);
	n = r->snapshot.report.tas[0].counters[REPORT_BYTES];
	result_free(r);
	return n - (uint64_t)st.st_size;
}

Test(walk, limits_of_a_trust_anchor, .timeout = 300)
{
	struct town *t = town_new();
	uint64_t all;

	town_write(t);
	/* 19 CAs: the anchor, nine, and nine below these. */
	expect_limit(t, LIMIT_CAS, 20, 0);
	expect_limit(t, LIMIT_CAS, 19, 0);
	expect_limit(t, LIMIT_CAS, 18, 1);
	expect_limit(t, LIMIT_CAS, 10, 9);
	/* One goes, and its child is never heard of; nor are the others'. */
	expect_limit(t, LIMIT_CAS, 9, 9);
	/* 27 VRPs, two a CA and one a child. */
	expect_limit(t, LIMIT_VRPS, 28, 0);
	expect_limit(t, LIMIT_VRPS, 27, 0);
	expect_limit(t, LIMIT_VRPS, 26, 1);
	expect_limit(t, LIMIT_VRPS, 18, 9);
	/* One goes, which leaves room for one of the eight others' children. */
	expect_limit(t, LIMIT_VRPS, 17, 8);
	/* 74 objects: 11 of the anchor, 4 of each CA, 3 of a child. */
	expect_limit(t, LIMIT_OBJECTS, 75, 0);
	expect_limit(t, LIMIT_OBJECTS, 74, 0);
	expect_limit(t, LIMIT_OBJECTS, 73, 1);
	expect_limit(t, LIMIT_OBJECTS, 47, 9);
	expect_limit(t, LIMIT_OBJECTS, 10, 1);
	/* All but its own certificate, which is found before. */
	all = octets_to_read(t);
	expect_limit(t, LIMIT_READ, all, 0);
	expect_limit(t, LIMIT_READ, all - 1, 1);
	expect_limit(t, LIMIT_READ, 1, 1);
	/* Nine CAs, and nine sources, take some memory; none takes too much. */
	expect_limit(t, LIMIT_OCTETS, 1000000, 0);
	expect_limit(t, LIMIT_OCTETS, 10000, 9);
	expect_limit(t, LIMIT_OCTETS, 1, 1);
	town_free(t);
}

/* Many paths to one point: some are followed, its own first of all, and what
 * they lead to multiplies no further. */
Test(walk, paths_to_a_point_have_a_bound)
{
	struct town *t = town_new();
	struct lab_ca *victim = lab_ca_find(t->world, "a-0-x");
	struct lab_ca *hostile = lab_ca_find(t->world, "a-1");
	const struct report_ta *ta;
	struct result *r;
	uint64_t seed;
	size_t i, found;

	for (i = 0; i < 10; i++)
		add_twin(t, hostile, (int)i, victim);
	town_write(t);
	t->options.limits.paths = 11;
	r = town_run(t);
	cr_expect(r->complete, "%zu", r->snapshot.refusal_count);
	result_free(r);
	t->options.limits.paths = 4;
	for (seed = 0; seed < 4; seed++) {
		t->options.shuffle = seed * 0x9e3779b97f4a7c15;
		r = town_run(t);
		ta = &r->snapshot.report.tas[0];
		cr_expect(ta->counters[REPORT_POINTS_FAILED] == 7);
		cr_expect(ta->counters[REPORT_POINTS_VALID] ==
			1 + 2 * TOWN_CAS + 3);
		/* The object is one source on each path, and counts once. */
		for (found = i = 0; i < r->snapshot.source_count; i++)
			found += strcmp(r->snapshot.sources[i].name,
					 "a-0-two.roa") == 0;
		cr_expect(found == 4, "%zu", found);
		for (found = i = 0; i < r->snapshot.source_count; i++)
			found += strcmp(r->snapshot.sources[i].name,
					 "a-0-two.roa") == 0 &&
				!r->snapshot.sources[i].again;
		cr_expect(found == 1, "%zu", found);
		cr_expect(ta->counters[REPORT_VRPS] == 3 * TOWN_CAS);
		result_free(r);
	}
	t->options.limits.paths = 1;
	r = town_run(t);
	cr_expect(
		r->snapshot.report.tas[0].counters[REPORT_POINTS_FAILED] == 10);
	result_free(r);
	town_free(t);
}

/* As deep as the default bound, and one deeper: only that one goes. */
static void
expect_depth(int depth, uint64_t failed)
{
	struct town *t = town_new();
	struct lab_ca *ca = lab_ca_find(t->world, "a");
	struct result *r;
	int i;

	for (i = 1; i <= depth; i++) {
		ca = lab_ca_add(t->world, ca,
			lab_world_text(t->world, "deep-%d", i), "10.9.0.0/16");
		lab_roa_add(t->world, ca, lab_world_text(t->world, "roa-%d", i),
			(uint32_t)i, "10.9.0.0/16");
	}
	town_write(t);
	r = town_run(t);
	cr_expect(r->snapshot.report.tas[0].counters[REPORT_POINTS_FAILED] ==
		failed);
	cr_expect(r->snapshot.report.tas[0].counters[REPORT_VRPS] ==
		3 * TOWN_CAS + (uint64_t)depth - failed);
	cr_expect(r->snapshot.refusal_count == failed);
	if (failed > 0)
		cr_expect_str_eq(r->snapshot.refusals[0].reason, "ca-depth");
	result_free(r);
	town_free(t);
}

Test(walk, depth_has_a_bound)
{
	expect_depth(BOUND_CA_DEPTH, 0);
	expect_depth(BOUND_CA_DEPTH + 1, 1);
}

/* Refusals beyond the bound are counted, though not kept, and every level has
 * room for some. */
Test(walk, refusals_have_a_bound)
{
	struct town *t = town_new();
	const struct report_ta *ta;
	struct result *r;
	uint32_t most;
	size_t kept;
	int i;

	for (i = 0; i < TOWN_CAS; i++) {
		const char *name = lab_world_text(t->world, "a-%d-one.roa", i);

		cr_assert(lab_fault(t->world, name, "revoked") == 0);
		name = lab_world_text(t->world, "a-%d-two.roa", i);
		cr_assert(lab_fault(t->world, name, "revoked") == 0);
	}
	town_write(t);
	for (most = 0; most < 80; most += 20) {
		t->options.limits.refusals = most;
		r = town_run(t);
		ta = &r->snapshot.report.tas[0];
		kept = r->snapshot.refusal_count;
		cr_expect(ta->objects[OBJECT_ROA][OBJECT_STATE_REFUSED] ==
			2 * TOWN_CAS);
		cr_expect(kept <= most);
		cr_expect(most < 60 || kept == 2 * TOWN_CAS, "%zu", kept);
		result_free(r);
	}
	town_free(t);
}

Test(walk, broken_and_missing_locators_cost_only_themselves)
{
	struct town *t = town_new();
	struct result *r;

	town_write(t);
	t->tas[0].broken = true;
	r = town_run(t);
	cr_expect(!r->complete && r->usable);
	cr_expect(!r->snapshot.report.tas[0].complete);
	cr_expect(r->snapshot.report.tas[1].complete);
	cr_assert(r->snapshot.refusal_count == 1);
	cr_expect_str_eq(r->snapshot.refusals[0].reason, "tal-broken");
	cr_expect_str_eq(r->snapshot.refusals[0].name, t->tas[0].tal.path);
	result_free(r);
	t->options.ta_count = 1;
	r = town_run(t);
	cr_expect(!r->complete && !r->usable);
	result_free(r);
	town_free(t);
}

Test(walk, errors_of_ours)
{
	struct town *t = town_new();
	struct result *r = NULL;

	town_write(t);
	t->options.local = "/nonexistent";
	cr_expect(walk_run(&t->options, &r) == ERR_NOTFOUND && r == NULL);
	t->options.local = t->local;
	atomic_store(&t->progress.stop, true);
	cr_expect(walk_run(&t->options, &r) == ERR_BUSY && r == NULL);
	town_free(t);
}
