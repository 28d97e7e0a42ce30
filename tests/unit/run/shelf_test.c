/*
 * shelf: a run over the store gives what a run over the tree does, from the
 * best place of each point.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/run/stall.h"
#include "validator/store/inner.h"
#include "waymark/err.h"

#define NOTIFY_A "https://a.example/notification.xml"

/* A town; what is below `a` has a notification. */
static struct town *
town_of_two_ways(void)
{
	struct town *t = town_new();
	struct lab_ca *ca;
	size_t i;

	for (i = 0; (ca = lab_world_ca(t->world, i)) != NULL; i++)
		if (ca->name[0] == 'a')
			ca->notify_uri = NOTIFY_A;
	return t;
}

static void
expect_same(const struct result *a, const struct result *b)
{
	size_t i;

	cr_assert(a->snapshot.vrp_count == b->snapshot.vrp_count,
		"%zu VRPs, not %zu", a->snapshot.vrp_count,
		b->snapshot.vrp_count);
	cr_assert(a->snapshot.vrp_count > 0);
	cr_expect(memcmp(a->snapshot.vrps, b->snapshot.vrps,
			  a->snapshot.vrp_count * sizeof(struct vrp)) == 0);
	cr_assert(a->snapshot.refusal_count == b->snapshot.refusal_count);
	for (i = 0; i < a->snapshot.refusal_count; i++) {
		cr_expect_str_eq(a->snapshot.refusals[i].name,
			b->snapshot.refusals[i].name);
		cr_expect_eq(a->snapshot.refusals[i].point,
			b->snapshot.refusals[i].point);
		cr_expect_str_eq(a->snapshot.refusals[i].reason,
			b->snapshot.refusals[i].reason);
	}
}

Test(shelf, gives_what_a_tree_gives)
{
	struct town *t = town_of_two_ways();
	struct stall s = stall_new(t);
	struct result *tree, *r;
	int i;

	cr_assert(lab_fault(t->world, "a-3-one.roa", "revoked") == 0);
	cr_assert(lab_fault(t->world, "a-4-two.roa", "missing") == 0);
	cr_assert(lab_fault(t->world, "b-5.mft", "missing") == 0);
	town_write(t);
	stall_fetch(&s);
	tree = town_run(t);
	for (i = 1; i <= 3; i++) {
		t->options.threads = (size_t)i;
		t->options.shuffle = (uint64_t)i;
		r = stall_run(&s);
		expect_same(r, tree);
		cr_expect(stall_counter(r, 0, REPORT_POINTS_FAILED) == 1);
		cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == 0);
		stall_end(&s, r, false);
		result_free(r);
	}
	cr_expect(tree->snapshot.repo_count == 0);
	cr_expect(tree->wanted.want_count == 0);
	result_free(tree);
	stall_free(&s);
}

/* Nothing was fetched yet: the certificates of the trust anchors are wanted. */
Test(shelf, an_empty_store_wants_the_trust_anchors)
{
	struct stall s = stall_new(town_new());
	struct result *r;

	town_write(s.town);
	r = stall_run(&s);
	cr_expect(!r->usable && !r->complete);
	cr_assert(r->wanted.want_count == TOWN_TAS);
	cr_expect(r->wanted.wants[0].kind == REPO_TA);
	cr_expect(r->wanted.wants[0].after == NULL);
	cr_expect_str_eq(r->wanted.wants[1].ta, "b");
	cr_expect(r->wanted.keep_count == 0);
	cr_expect(stall_counter(r, 0, REPORT_REPOSITORIES_PENDING) == 1);
	stall_end(&s, r, true);
	result_free(r);
	stall_free(&s);
}

/* What RRDP does not have, rsync may; the other way round it is the same. */
Test(shelf, the_next_place_is_tried)
{
	struct town *t = town_of_two_ways();
	struct stall s = stall_new(t);
	const struct lab_ca *ca = lab_ca_find(t->world, "a");
	struct result *r;
	char path[512];

	town_write(t);
	stall_fetch(&s);
	(void)snprintf(path, sizeof(path), "%s/repo/a.example/repo/a-2/a-2.mft",
		t->folder.path);
	cr_assert(unlink(path) == 0);
	stall_publish(&s, ca, REPO_RRDP, NOTIFY_A);
	r = stall_run(&s);
	cr_expect(r->complete);
	cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == 1);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_LAST_GOOD) == 0);
	stall_end(&s, r, false);
	result_free(r);
	/* RRDP fails, and rsync brought something newer: that comes first. */
	s.cellar.now.s++;
	town_write(t);
	stall_publish(&s, ca, REPO_RSYNC, stall_module(&s, ca));
	cellar_fail(&s.cellar, REPO_RRDP, NOTIFY_A, "no route");
	r = stall_run(&s);
	cr_expect(r->complete);
	cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == 0);
	cr_expect(stall_counter(r, 0, REPORT_REPOSITORIES_FAILED) == 1);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

Test(shelf, the_last_good_version_stays_as_long_as_it_holds)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	struct result *r, *before;
	struct lab_ca *ca = lab_ca_find(t->world, "b-5");
	size_t i;

	ca->next_update = LAB_NOW + 1000;
	town_write(t);
	stall_fetch(&s);
	before = stall_run(&s);
	cr_expect(before->complete);
	stall_end(&s, before, true);
	/* The next version lacks a file that its manifest lists. */
	cr_assert(lab_fault(t->world, "b-5-one.roa", "missing") == 0);
	ca->number = "2";
	town_write(t);
	stall_fetch(&s);
	for (i = 0; i < 2; i++) { /* and again: it is remembered still */
		r = stall_run(&s);
		expect_same(r, before);
		cr_expect(!r->complete && r->usable);
		cr_expect(stall_counter(r, 1, REPORT_POINTS_LAST_GOOD) == 1);
		cr_expect(stall_counter(r, 1, REPORT_POINTS_FAILED) == 0);
		cr_expect(r->snapshot.report.tas[0].complete);
		cr_expect(!r->snapshot.report.tas[1].complete);
		stall_end(&s, r, true);
		result_free(r);
	}
	result_free(before);
	/* Beyond its own nextUpdate it is of no use. */
	t->options.at.s = LAB_NOW + 1001;
	r = stall_run(&s);
	cr_expect(stall_counter(r, 1, REPORT_POINTS_LAST_GOOD) == 0);
	cr_expect(stall_counter(r, 1, REPORT_POINTS_FAILED) == 1);
	for (i = 0; i < r->snapshot.refusal_count; i++)
		cr_expect_str_neq(
			r->snapshot.refusals[i].reason, "manifest-missing");
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

/* What one path to a point has shown to hold is nothing to another path. */
Test(shelf, last_good_versions_belong_to_a_path)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	struct lab_ca *child = lab_ca_find(t->world, "a-1-x"), *twin;
	const char *sia = "tbs.extensions.sia.value.list.";
	struct result *r;

	town_write(t);
	stall_fetch(&s);
	stall_remember(&s);
	twin = lab_ca_add(t->world, lab_ca_find(t->world, "a-0"), "twin",
		child->resources);
	twin->key = child->key;
	cr_assert(lab_mutate(t->world, "twin.cer",
			  "tbs.subject.rdn.cn.value=text:a-1-x") == 0);
	cr_assert(lab_mutate(t->world, "twin.cer",
			  lab_world_text(t->world,
				  "%scaRepository.uri=text:rsync://a.example/"
				  "repo/a-1-x/",
				  sia)) == 0);
	cr_assert(lab_mutate(t->world, "twin.cer",
			  lab_world_text(t->world,
				  "%srpkiManifest.uri=text:rsync://a.example/"
				  "repo/a-1-x/a-1-x.mft",
				  sia)) == 0);
	cr_assert(lab_fault(t->world, "a-1-two.roa", "missing") == 0);
	lab_ca_find(t->world, "a-0")->number = "2";
	town_write(t);
	stall_fetch(&s);
	r = stall_run(&s);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_LAST_GOOD) == 1);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_FAILED) == 1);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

/* Change an octet of an object within the store's file. */
static void
damage(const struct stall *s, struct span object)
{
	char path[256];
	struct stat st;
	uint8_t *p, *at;
	int fd = open(folder_path(&s->store, "objects.mdb", path), O_RDWR);

	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		fd, 0);
	cr_assert(p != MAP_FAILED);
	at = memmem(p, (size_t)st.st_size, object.p, object.n);
	cr_assert(at != NULL);
	/* Pages that were copied may stand there more than once. */
	for (; at != NULL; at = memmem(at, (size_t)(p + st.st_size - at),
				   object.p, object.n))
		at[object.n / 2] ^= 1;
	(void)munmap(p, (size_t)st.st_size);
	(void)close(fd);
}

/* Take an object out of the store while a set names it, as no writer does. */
static void
take_away(const struct stall *s, const uint8_t hash[32])
{
	struct store *store = s->cellar.store;

	cr_assert(store_txn(store) == 0);
	cr_assert(store_remove_object(store, hash) == 0);
	cr_assert(store_flush(store) == 0);
}

/* Altered or gone: the writer must hear of it, or it stays so for ever. */
static void
expect_told(bool gone)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	struct span roa;
	uint8_t hash[32];
	struct result *r;
	char path[512];

	town_write(t);
	stall_fetch(&s);
	(void)snprintf(path, sizeof(path),
		"%s/repo/a.example/repo/a-6/a-6-one.roa", t->folder.path);
	cr_assert(file_read(path, 65536, t->arena, &roa) == 0);
	SHA256(roa.p, roa.n, hash);
	if (gone)
		take_away(&s, hash);
	cellar_close(&s.cellar);
	if (!gone)
		damage(&s, roa);
	s.cellar = cellar_open(s.store.path, (struct wall){LAB_NOW});
	r = stall_run(&s);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_FAILED) == 1);
	cr_assert(r->wanted.damaged_count == 1, "%zu", r->wanted.damaged_count);
	cr_expect(memcmp(r->wanted.damaged[0], hash, sizeof(hash)) == 0);
	stall_end(&s, r, true);
	result_free(r);
	stall_free(&s);
}

Test(shelf, damaged_objects_are_told)
{
	expect_told(false);
}

Test(shelf, objects_that_are_gone_are_told)
{
	expect_told(true);
}

/* What only a pin names is no damage of the store: it came without it. */
Test(shelf, a_pin_without_its_objects_is_no_damage)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	struct result *r;
	char path[512];

	town_write(t);
	stall_fetch(&s);
	stall_remember(&s);
	cellar_close(&s.cellar);
	cr_assert(unlink(folder_path(&s.store, "objects.mdb", path)) == 0);
	s.cellar = cellar_open(s.store.path, (struct wall){LAB_NOW});
	stall_fetch_tas(&s);
	r = stall_run(&s);
	cr_expect(!r->usable);
	cr_expect(r->wanted.damaged_count == 0);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_GONE) == 1);
	cr_expect(stall_counter(r, 1, REPORT_POINTS_GONE) == 1);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

/* What rsync brought long ago stands behind the last good version, which is of
 * what RRDP brought since. */
Test(shelf, an_older_place_stands_behind_the_last_good_version)
{
	struct town *t = town_of_two_ways();
	struct stall s = stall_new(t);
	struct lab_ca *ca = lab_ca_find(t->world, "a-2");
	struct result *r, *before;

	town_write(t);
	stall_fetch(&s);
	stall_remember(&s);
	/* RRDP goes on, and rsync is not asked for any more. */
	s.cellar.now.s += 7200;
	cr_assert(lab_fault(t->world, "a-2-one.roa", "revoked") == 0);
	ca->number = "2";
	town_write(t);
	stall_fetch_rrdp(&s, NOTIFY_A);
	before = stall_run(&s);
	stall_end(&s, before, true);
	/* Then it brings a version that does not hold. */
	s.cellar.now.s += 60;
	cr_assert(lab_fault(t->world, "a-2-two.roa", "missing") == 0);
	ca->number = "3";
	town_write(t);
	stall_fetch_rrdp(&s, NOTIFY_A);
	r = stall_run(&s);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_LAST_GOOD) == 1);
	cr_expect(r->snapshot.vrp_count == before->snapshot.vrp_count);
	stall_end(&s, r, true);
	result_free(r);
	result_free(before);
	stall_free(&s);
}

/* Of the versions of a certificate, the newest that holds is taken and kept;
 * those that do not are no fault then. */
Test(shelf, versions_of_a_trust_anchor)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	const char *paths[2];
	const char *uri;
	struct result *r;
	struct span der;
	uint8_t hash[32];

	town_write(t);
	stall_fetch(&s);
	uri = (const char *)t->options.tas[0].tal.uris[0].p;
	paths[0] = lab_world_text(
		t->world, "%s/repo/b.example/repo/b.cer", t->folder.path);
	paths[1] = lab_world_text(
		t->world, "%s/repo/a.example/repo/a.cer", t->folder.path);
	cellar_anchor(&s.cellar, uri, paths, 2);
	r = stall_run(&s);
	cr_expect(r->complete);
	cr_expect(r->snapshot.refusal_count == 0);
	cr_assert(r->wanted.keep_count == 2);
	cr_expect_str_eq(r->wanted.keeps[0].uri, uri);
	cr_assert(file_read(paths[1], 65536, t->arena, &der) == 0);
	SHA256(der.p, der.n, hash);
	cr_expect(memcmp(r->wanted.keeps[0].hash, hash, sizeof(hash)) == 0);
	stall_end(&s, r, false);
	result_free(r);
	/* Alone, the other's is told. */
	cellar_anchor(&s.cellar, uri, paths, 1);
	r = stall_run(&s);
	cr_expect(!r->complete && r->usable);
	cr_assert(r->snapshot.refusal_count == 1);
	cr_expect_str_eq(r->snapshot.refusals[0].reason, "ta-key");
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}
