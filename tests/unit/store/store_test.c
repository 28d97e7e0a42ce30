/*
 * store: stages become live sets, whole or not at all.
 */
#include <sys/stat.h>

#include "tests/unit/store/bed.h"

Test(store, whole_set_appears_with_commit)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	struct stage_end end;
	struct repo_record r;
	char uri[128];

	bed_put_range(&b, st, 0, 100);
	cr_expect_eq(b.ops->load(b.ctx, REPO_RRDP, A_REPO, b.arena, &r),
		ERR_NOTFOUND);
	end = bed_commit(&b, st, A_REPO, 7);
	cr_expect(end.changed);
	cr_expect_eq(end.objects, 100);
	r = bed_load(&b, A_REPO);
	cr_expect_eq(r.serial, 7);
	cr_expect_eq(r.objects, 100);
	cr_expect_eq(r.bytes, end.bytes);
	cr_expect_eq(bed_rows(&b, A_REPO), 100);
	for (unsigned i = 0; i < 100; i++)
		cr_expect(bed_has(&b, A_REPO, bed_uri(i, uri), (int)i));
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 100, "durably");
	bed_free(&b);
}

Test(store, whole_set_takes_the_place_of_another)
{
	struct bed b = bed_new();
	char uri[128];

	cr_expect(bed_whole(&b, A_REPO, 0, 50).changed);
	cr_expect(bed_whole(&b, A_REPO, 40, 70).changed);
	cr_expect_eq(bed_rows(&b, A_REPO), 30);
	cr_expect(bed_has(&b, A_REPO, bed_uri(0, uri), -1));
	cr_expect(bed_has(&b, A_REPO, bed_uri(69, uri), 69));
	bed_free(&b);
}

Test(store, the_same_set_is_no_change)
{
	struct bed b = bed_new();
	struct stage *st;
	char uri[128];

	cr_expect(bed_whole(&b, A_REPO, 0, 50).changed);
	cr_expect_not(bed_whole(&b, A_REPO, 0, 50).changed);
	bed_tidy(&b);
	cr_expect_not(bed_whole(&b, A_REPO, 0, 50).changed);
	cr_expect(bed_whole(&b, A_REPO, 0, 49).changed, "one less");
	cr_expect(bed_whole(&b, A_REPO, 0, 50).changed, "one more");
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	bed_put_range(&b, st, 0, 49);
	cr_assert_eq(bed_put(&b, st, bed_uri(49, uri), 50), 0);
	cr_expect(bed_commit(&b, st, A_REPO, 1).changed, "one other");
	bed_free(&b);
}

Test(store, an_empty_set_is_a_set)
{
	struct bed b = bed_new();

	cr_expect_not(bed_whole(&b, A_REPO, 0, 0).changed);
	cr_expect_eq(bed_load(&b, A_REPO).objects, 0);
	cr_expect(bed_whole(&b, A_REPO, 0, 3).changed);
	cr_expect(bed_whole(&b, A_REPO, 0, 0).changed);
	cr_expect_eq(bed_rows(&b, A_REPO), 0);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 0);
	bed_free(&b);
}

Test(store, repositories_have_nothing_in_common)
{
	struct bed b = bed_new();
	struct stage *a, *c;
	char uri[128];

	/* The same URIs, other objects, side by side. */
	a = bed_begin(&b, A_REPO, STAGE_WHOLE);
	c = bed_begin(&b, B_REPO, STAGE_WHOLE);
	for (unsigned i = 0; i < 200; i++) {
		cr_assert_eq(bed_put(&b, a, bed_uri(i, uri), i), 0);
		cr_assert_eq(bed_put(&b, c, bed_uri(i, uri), i + 1000), 0);
	}
	(void)bed_commit(&b, a, A_REPO, 1);
	cr_expect_eq(b.ops->load(b.ctx, REPO_RRDP, B_REPO, b.arena,
			     &(struct repo_record){.uri = ""}),
		ERR_NOTFOUND);
	(void)bed_commit(&b, c, B_REPO, 1);
	for (unsigned i = 0; i < 200; i++) {
		cr_expect(bed_has(&b, A_REPO, bed_uri(i, uri), (int)i));
		cr_expect(bed_has(&b, B_REPO, bed_uri(i, uri), (int)i + 1000));
	}
	bed_free(&b);
}

Test(store, kinds_are_told_apart)
{
	struct bed b = bed_new();
	struct repo_record r = bed_record("rsync://a.example.net/m/", 0);

	r.kind = REPO_RSYNC;
	cr_assert_eq(b.ops->note(b.ctx, &r), 0);
	cr_expect_eq(
		b.ops->load(b.ctx, REPO_TA, r.uri, b.arena, &r), ERR_NOTFOUND);
	cr_expect_eq(b.ops->load(b.ctx, REPO_RSYNC, r.uri, b.arena, &r), 0);
	cr_expect_eq(r.kind, REPO_RSYNC);
	bed_free(&b);
}

Test(store, a_uri_comes_once_a_file)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	struct repo_record r = bed_record(A_REPO, 1);
	struct stage_end end;

	cr_expect_eq(bed_put(&b, st, "rsync://h/m/x", 1), 0);
	cr_expect_eq(bed_put(&b, st, "rsync://h/m/x", 1), ERR_EXISTS);
	cr_expect_eq(bed_put(&b, st, "rsync://h/m/y", 1), ERR_EXISTS,
		"after an error it can only be dropped");
	cr_expect_eq(b.ops->commit(st, &r, &end), ERR_EXISTS);
	cr_expect_eq(b.ops->load(b.ctx, REPO_RRDP, A_REPO, b.arena, &r),
		ERR_NOTFOUND);
	bed_free(&b);
}

Test(store, a_dropped_stage_leaves_nothing)
{
	struct bed b = bed_new();
	struct stage *st;

	(void)bed_whole(&b, A_REPO, 0, 10);
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	bed_put_range(&b, st, 100, 200);
	b.ops->drop(st);
	b.ops->drop(NULL);
	cr_expect_eq(bed_rows(&b, A_REPO), 10);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 10);
	bed_free(&b);
}

Test(store, one_stage_a_repository)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE), *second;

	cr_expect_eq(
		b.ops->begin(b.ctx, REPO_RRDP, A_REPO, STAGE_WHOLE, &second),
		ERR_BUSY);
	b.ops->drop(st);
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	b.ops->drop(st);
	bed_free(&b);
}

Test(store, a_record_of_another_repository_is_refused)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	struct repo_record r = bed_record(B_REPO, 1);
	struct stage_end end;

	cr_expect_eq(b.ops->commit(st, &r, &end), ERR_USAGE);
	bed_free(&b);
}

Test(store, a_note_leaves_the_set_alone)
{
	struct bed b = bed_new();
	struct repo_record r;

	(void)bed_whole(&b, A_REPO, 0, 10);
	r = bed_load(&b, A_REPO);
	r.failures = 3;
	r.reason = "HTTP status 503";
	r.objects = 12345;
	cr_assert_eq(b.ops->note(b.ctx, &r), 0);
	bed_reopen(&b);
	r = bed_load(&b, A_REPO);
	cr_expect_eq(r.failures, 3);
	cr_expect_str_eq(r.reason, "HTTP status 503");
	cr_expect_eq(r.objects, 10, "counts are the depot's");
	cr_expect_eq(bed_rows(&b, A_REPO), 10);
	bed_free(&b);
}

Test(store, a_repository_is_forgotten_with_its_set)
{
	struct bed b = bed_new();
	struct stage *st;
	struct repo_record r = bed_record(A_REPO, 2);
	struct stage_end end;

	(void)bed_whole(&b, A_REPO, 0, 10);
	(void)bed_whole(&b, B_REPO, 5, 15);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_assert_eq(b.ops->forget(b.ctx, REPO_RRDP, A_REPO), 0);
	cr_expect_eq(b.ops->load(b.ctx, REPO_RRDP, A_REPO, b.arena, &r),
		ERR_NOTFOUND);
	r = bed_record(A_REPO, 2);
	cr_expect_eq(b.ops->commit(st, &r, &end), ERR_NOTFOUND,
		"what it would change is gone");
	cr_expect_eq(b.ops->forget(b.ctx, REPO_RRDP, A_REPO), 0, "twice");
	bed_tidy(&b);
	cr_expect_eq(bed_rows(&b, B_REPO), 10);
	cr_expect_eq(bed_objects(&b), 10);
	bed_free(&b);
}

struct listed {
	size_t n;
	bool has_a, has_b;
	size_t stop_at;
};

static bool
take_listed(void *to, const struct repo_record *r)
{
	struct listed *l = to;

	l->n++;
	l->has_a = l->has_a || strcmp(r->uri, A_REPO) == 0;
	l->has_b = l->has_b || strcmp(r->uri, B_REPO) == 0;
	return l->n != l->stop_at;
}

Test(store, all_repositories_are_listed)
{
	struct bed b = bed_new();
	struct listed all = {0}, one = {.stop_at = 1};
	struct repo_record r = bed_record(B_REPO, 1);

	(void)bed_whole(&b, A_REPO, 0, 10);
	cr_assert_eq(b.ops->note(b.ctx, &r), 0);
	cr_expect_eq(b.ops->list(b.ctx, b.arena, take_listed, &all), 0);
	cr_expect(all.n == 2 && all.has_a && all.has_b);
	cr_expect_eq(b.ops->list(b.ctx, b.arena, take_listed, &one), 0);
	cr_expect_eq(one.n, 1);
	bed_free(&b);
}

Test(store, records_keep_all_they_have)
{
	struct bed b = bed_new();
	struct delta_hash deltas[BOUND_RRDP_DELTAS_LISTED];
	char tag[BOUND_FETCH_TAG + 1];
	struct repo_record r = bed_record(A_REPO, INT64_MAX), got;

	for (size_t i = 0; i < BOUND_RRDP_DELTAS_LISTED; i++) {
		deltas[i].serial = i + 1;
		memset(deltas[i].hash, (int)i & 255, 32);
	}
	memset(tag, 't', BOUND_FETCH_TAG);
	tag[BOUND_FETCH_TAG] = '\0';
	r.hosts = "a.example.net,b.example.net:8873";
	r.deltas = deltas;
	r.delta_count = BOUND_RRDP_DELTAS_LISTED;
	r.etag = tag;
	r.last_modified = "Mon, 16 Mar 2026 07:30:00 GMT";
	r.attempt = (struct wall){-5};
	r.failures = 1;
	r.failures_all = UINT64_MAX;
	r.elapsed_ms = 2;
	r.received = 3;
	r.reason = "why \"not\"";
	for (size_t i = 0; i < BOUND_RRDP_SNAPSHOTS; i++)
		r.snapshots[i].s = (int64_t)i * 100;
	cr_assert_eq(b.ops->note(b.ctx, &r), 0);
	got = bed_load(&b, A_REPO);
	cr_expect_eq(got.delta_count, r.delta_count);
	cr_expect_eq(memcmp(got.deltas, deltas, sizeof(deltas)), 0);
	cr_expect_str_eq(got.uri, r.uri);
	cr_expect_str_eq(got.session, r.session);
	cr_expect_str_eq(got.hosts, r.hosts);
	cr_expect_str_eq(got.etag, r.etag);
	cr_expect_str_eq(got.last_modified, r.last_modified);
	cr_expect_str_eq(got.reason, r.reason);
	cr_expect_eq(got.serial, r.serial);
	cr_expect_eq(got.first_seen.s, 1000);
	cr_expect_eq(got.wanted.s, 2000);
	cr_expect_eq(got.success.s, 2000);
	cr_expect_eq(got.attempt.s, -5);
	cr_expect(got.failures == 1 && got.failures_all == UINT64_MAX);
	cr_expect(got.elapsed_ms == 2 && got.received == 3);
	cr_expect_eq(
		memcmp(got.snapshots, r.snapshots, sizeof(r.snapshots)), 0);
	bed_free(&b);
}

Test(store, nonsense_is_refused_and_harms_nobody)
{
	struct bed b = bed_new();
	struct repo_record r = bed_record(A_REPO, 1);
	char *text = malloc(70001), uri[BOUND_URI + 2];
	struct stage *st = bed_begin(&b, B_REPO, STAGE_WHOLE), *other;

	bed_put_range(&b, st, 0, 10);
	memset(text, 'x', 70000);
	text[70000] = '\0';
	memset(uri, 'u', BOUND_URI + 1);
	uri[BOUND_URI + 1] = '\0';
	r.etag = text;
	cr_expect_eq(b.ops->note(b.ctx, &r), ERR_LIMIT);
	r = bed_record(uri, 1);
	cr_expect_eq(b.ops->note(b.ctx, &r), ERR_LIMIT);
	cr_expect_eq(
		b.ops->load(b.ctx, REPO_RRDP, uri, b.arena, &r), ERR_NOTFOUND);
	cr_expect_eq(b.ops->begin(b.ctx, REPO_RRDP, uri, STAGE_WHOLE, &other),
		ERR_LIMIT);
	(void)bed_commit(&b, st, B_REPO, 1);
	cr_expect_eq(bed_rows(&b, B_REPO), 10);
	free(text);
	bed_free(&b);
}

Test(store, objects_of_any_size)
{
	static const size_t sizes[] = {
		0, 1, 1899, 1900, 1998, 1999, 4080, 4081, BOUND_OBJECT_MAX};
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	uint8_t *octets = calloc(1, BOUND_OBJECT_MAX + 1), hash[32];
	struct stage_item item = {.mtime = -1};
	struct span got;
	struct bed_view v;
	char uri[128];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		item.uri = span_text(bed_uri((unsigned)i, uri));
		item.bytes = span_of(octets, sizes[i]);
		cr_assert_eq(b.ops->put(st, &item), 0);
	}
	(void)bed_commit(&b, st, A_REPO, 1);
	bed_reopen(&b);
	v = bed_view(&b);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		bed_hash(span_of(octets, sizes[i]), hash);
		cr_assert_eq(reader_object(v.view, hash, &got), 0);
		cr_expect_eq(got.n, sizes[i]);
	}
	bed_view_end(&v);
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	item.bytes = span_of(octets, BOUND_OBJECT_MAX + 1);
	cr_expect_eq(b.ops->put(st, &item), ERR_LIMIT);
	b.ops->drop(st);
	free(octets);
	bed_free(&b);
}

Test(store, a_second_one_is_told_who_has_it)
{
	struct bed b = bed_new();
	struct store_config config = {.folder = b.folder.path};
	struct store *second = NULL;
	char why[256], pid[32];

	(void)snprintf(pid, sizeof(pid), "(%ld)", (long)getpid());
	cr_expect_eq(store_open(&config, &second, why), ERR_LOCKED);
	cr_expect_not_null(strstr(why, "store.lock"), "%s", why);
	cr_expect_not_null(strstr(why, pid), "%s", why);
	cr_expect_null(second);
	bed_free(&b);
}

Test(store, what_cannot_be_opened_is_told)
{
	struct folder f = folder_new();
	struct store_config config = {.folder = "/dev/null/x"};
	struct store *s = NULL;
	char why[256] = "", path[256];

	cr_expect_neq(store_open(&config, &s, why), 0);
	cr_expect_neq(why[0], '\0');
	config.folder = f.path;
	cr_assert_eq(mkdir(folder_path(&f, "objects.mdb", path), 0755), 0);
	cr_expect_eq(store_open(&config, &s, why), ERR_FOLDER);
	cr_expect_not_null(strstr(why, "objects.mdb"), "%s", why);
	folder_free(&f);
}

Test(store, a_new_folder_is_made)
{
	struct folder f = folder_new();
	char path[256], why[256];
	struct store_config config = {.folder = folder_path(&f, "a/b", path)};
	struct store *s = NULL;
	struct store_numbers n;

	cr_assert_eq(store_open(&config, &s, why), 0, "%s", why);
	cr_assert_eq(store_count(s, &n), 0);
	cr_expect_eq(n.budget, (uint64_t)BOUND_STORE_BUDGET_MIB << 20);
	cr_expect(n.objects == 0 && n.repositories == 0 && !n.full);
	store_close(s);
	store_close(NULL);
	folder_free(&f);
}

/* Whoever can open them can keep a writer waiting. */
Test(store, strangers_open_nothing)
{
	static const char *const names[] = {
		"objects.mdb", "objects.mdb-lock", "store.lock"};
	struct bed b = bed_new();
	struct stat st;
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)folder_path(&b.folder, names[i], path);
		cr_assert_eq(stat(path, &st), 0, "%s", path);
		cr_expect_eq(st.st_mode & 0007, 0, "%s", path);
	}
	bed_free(&b);
}
