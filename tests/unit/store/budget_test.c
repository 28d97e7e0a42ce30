/*
 * budget: a store that is full refuses, goes on, and finds room again.
 */
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/store/bed.h"
#include "validator/store/pins.h"
#include "waymark/clock.h"

enum {
	SMALL = 4 << 20,
};

static struct bed
small_bed(void)
{
	struct bed b = {
		.folder = folder_new(),
		.budget = SMALL,
		.arena = arena_new(65536),
	};

	bed_open(&b);
	return b;
}

/* Put objects from `from` on until one is refused; how many there were. */
static unsigned
fill(struct bed *b, struct stage *st, unsigned from, int *err)
{
	char uri[128];
	unsigned i = from;

	do
		*err = bed_put(b, st, bed_uri(i, uri), i);
	while (*err == 0 && ++i < from + 20000);
	return i - from;
}

static struct store_numbers
count(struct bed *b)
{
	struct store_numbers n;

	cr_assert_eq(store_count(b->store, &n), 0);
	return n;
}

static int
commit_at(struct bed *b, struct stage *st, const char *repo, int64_t success,
	int64_t wanted)
{
	struct repo_record r = bed_record(repo, 1);
	struct stage_end end;

	r.success.s = success;
	r.wanted.s = wanted;
	return b->ops->commit(st, &r, &end);
}

Test(budget, a_stage_ends_where_the_budget_does)
{
	struct bed b = small_bed();
	struct stage *st, *small;
	int err;

	small = bed_begin(&b, B_REPO, STAGE_WHOLE);
	bed_put_range(&b, small, 100000, 100010);
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	cr_expect_gt(fill(&b, st, 0, &err), 500);
	cr_expect_eq(err, ERR_SPACE);
	cr_expect_eq(commit_at(&b, st, A_REPO, 1, 1), ERR_SPACE);
	(void)bed_commit(&b, small, B_REPO, 1);
	cr_expect_eq(bed_rows(&b, B_REPO), 10, "another one is none the worse");
	bed_tidy(&b);
	cr_expect_not(count(&b).full);
	cr_expect_eq(bed_objects(&b), 10);
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	bed_put_range(&b, st, 0, 100);
	(void)bed_commit(&b, st, A_REPO, 1);
	bed_free(&b);
}

/* Fill the store with one repository to beyond 95 %. */
static void
fill_up(struct bed *b, const char *repo, int64_t success, int64_t wanted)
{
	struct stage *st = bed_begin(b, repo, STAGE_WHOLE);
	unsigned n = 0;
	char uri[128];

	while (count(b).used < SMALL / 100 * 97 && n < 4000) {
		cr_assert_eq(bed_put(b, st, bed_uri(n, uri), n), 0, "%u", n);
		if (++n % 20 == 0) {
			struct repo_record r = bed_record("https://tick/", n);

			r.wanted.s = wanted;
			cr_assert_eq(b->ops->note(b->ctx, &r), 0);
		}
	}
	cr_assert_eq(commit_at(b, st, repo, success, wanted), 0);
	cr_assert(count(b).full);
}

Test(budget, a_full_store_begins_nothing_and_serves)
{
	struct bed b = small_bed();
	int64_t now = wall_now().s;
	struct stage *st = NULL;
	struct repo_record r;

	fill_up(&b, A_REPO, now, now);
	cr_expect_eq(b.ops->begin(b.ctx, REPO_RRDP, B_REPO, STAGE_WHOLE, &st),
		ERR_SPACE);
	cr_expect_null(st);
	bed_tidy(&b);
	cr_expect(count(&b).full, "fresh and wanted: nothing to evict");
	cr_expect_gt(bed_rows(&b, A_REPO), 100);
	r = bed_record(B_REPO, 0);
	cr_expect_eq(b.ops->note(b.ctx, &r), 0, "failures are still kept");
	bed_free(&b);
}

Test(budget, unwanted_ones_are_evicted_first)
{
	struct bed b = small_bed();
	int64_t now = wall_now().s;
	struct stage *st = bed_begin(&b, B_REPO, STAGE_WHOLE);
	struct repo_record r;

	bed_put_range(&b, st, 100000, 100100);
	/* Wanted, if long without success; the other is fresh, but nobody
	 * wants it. */
	cr_assert_eq(commit_at(&b, st, B_REPO, now - 90000, now), 0);
	fill_up(&b, A_REPO, now, now - 90000);
	r = bed_load(&b, "https://tick/");
	r.wanted.s = now;
	cr_assert_eq(b.ops->note(b.ctx, &r), 0);
	bed_tidy(&b);
	cr_expect_not(count(&b).full);
	r = bed_load(&b, A_REPO);
	cr_expect(r.objects == 0 && r.bytes == 0);
	cr_expect_str_eq(r.session, "", "it begins anew when it is wanted");
	cr_expect_eq(r.success.s, now);
	cr_expect_eq(bed_rows(&b, A_REPO), 0);
	cr_expect_eq(bed_rows(&b, B_REPO), 100);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, B_REPO), 100);
	bed_free(&b);
}

Test(budget, then_those_without_success_for_long)
{
	struct bed b = small_bed();
	int64_t now = wall_now().s;

	fill_up(&b, A_REPO, now - 7200, now);
	bed_tidy(&b);
	cr_expect_not(count(&b).full);
	cr_expect_eq(bed_load(&b, A_REPO).objects, 0);
	bed_free(&b);
}

static bool
collect_hash(void *to, const uint8_t hash[32])
{
	(void)hash;
	++*(unsigned *)to;
	return true;
}

Test(budget, what_is_pinned_is_not_evicted)
{
	struct bed b = small_bed();
	int64_t now = wall_now().s;
	struct pin_entry e = {.key = {1}};
	unsigned n, pinned = 0;
	uint8_t(*files)[32];
	struct pins_view *v;
	struct pins *p;

	fill_up(&b, A_REPO, now - 90000, now - 90000);
	n = (unsigned)bed_rows(&b, A_REPO);
	files = calloc(n, 32);
	for (unsigned i = 0; i < n; i++)
		bed_object_hash(i, files[i]);
	e.pin.files = (const uint8_t(*)[32])files;
	e.pin.file_count = n;
	e.pin.at = (struct wall){now};
	cr_assert_eq(pins_open(b.folder.path, true, NULL, &p), 0);
	cr_assert_eq(pins_write(p, &e, 1, (struct wall){now}), 0);
	cr_assert_eq(pins_begin(p, &v, 1), 0);
	cr_assert_eq(pins_each(v, collect_hash, &pinned), 0);
	pins_end(v);
	pins_close(p);
	cr_expect_eq(pinned, n + 1);
	bed_tidy(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), n, "to evict it would free nothing");
	free(files);
	bed_free(&b);
}

/* A disk that takes no more: the process goes on, stages in the transaction
 * that failed are broken, others and what is committed are not. */
Test(budget, a_full_disk_breaks_only_what_was_in_flight)
{
	struct bed b = bed_new();
	struct rlimit limit, all;
	struct stage *st, *old;
	char path[256], uri[128];
	struct repo_record r;
	struct stage_end end;
	struct stat s;
	int err;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)bed_whole(&b, A_REPO, 0, 500);
	old = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_assert_eq(bed_take(&b, old, bed_uri(0, uri), 0), 0);
	r = bed_record("https://c/", 1);
	cr_assert_eq(b.ops->note(b.ctx, &r), 0); /* and `old` with it */
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
	cr_assert_eq(stat(folder_path(&b.folder, "objects.mdb", path), &s), 0);
	limit = all;
	limit.rlim_cur = (rlim_t)s.st_size + 65536;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	st = bed_begin(&b, B_REPO, STAGE_WHOLE);
	cr_expect_gt(fill(&b, st, 1000, &err), 100);
	cr_expect(err == ERR_SPACE || err == ERR_IO, "%d", err);
	r = bed_record(B_REPO, 1);
	cr_expect_neq(b.ops->commit(st, &r, &end), 0);
	cr_expect_eq(bed_rows(&b, A_REPO), 500);
	cr_expect_eq(b.ops->load(b.ctx, REPO_RRDP, B_REPO, b.arena, &r),
		ERR_NOTFOUND);
	bed_tidy(&b);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	cr_expect(bed_commit(&b, old, A_REPO, 2).changed,
		"what was in the file before goes on");
	cr_expect_eq(bed_rows(&b, A_REPO), 499);
	(void)bed_whole(&b, B_REPO, 1000, 6000);
	cr_expect_eq(bed_rows(&b, B_REPO), 5000);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 499);
	cr_expect_eq(bed_rows(&b, B_REPO), 5000);
	bed_free(&b);
}

/* Somebody who reads for ever keeps what was freed from being used again: the
 * file grows to the budget and no further. */
Test(budget, a_reader_that_hangs_cannot_make_it_grow_for_ever)
{
	struct bed b = small_bed();
	struct bed_view v;
	struct stage *st;
	char path[256];
	struct stat s;
	int rounds = 0, err = 0;

	(void)bed_whole(&b, A_REPO, 0, 100);
	v = bed_view(&b);
	for (; rounds < 200; rounds++) {
		err = b.ops->begin(b.ctx, REPO_RRDP, A_REPO, STAGE_WHOLE, &st);
		if (err != 0)
			break;
		bed_put_range(&b, st, (unsigned)rounds % 2 * 100,
			(unsigned)rounds % 2 * 100 + 100);
		(void)bed_commit(&b, st, A_REPO, 1);
		bed_tidy(&b);
	}
	cr_expect_eq(err, ERR_SPACE);
	cr_assert_eq(stat(folder_path(&b.folder, "objects.mdb", path), &s), 0);
	cr_expect_leq(s.st_size, SMALL + SMALL / 4);
	bed_view_end(&v);
	bed_tidy(&b);
	bed_tidy(&b);
	cr_expect_not(count(&b).full, "and when it is gone there is room");
	(void)bed_whole(&b, A_REPO, 0, 100);
	bed_free(&b);
}

Test(budget, a_larger_one_is_taken_at_the_next_start)
{
	struct bed b = small_bed();
	int64_t now = wall_now().s;
	struct reader_file *f;
	struct reader_view *v;

	fill_up(&b, A_REPO, now, now);
	cr_assert_eq(reader_open(b.folder.path, &f), 0);
	b.budget = (uint64_t)1 << 30;
	bed_reopen(&b);
	cr_expect_not(count(&b).full);
	(void)bed_whole(&b, B_REPO, 10000, 60000);
	cr_assert_eq(reader_begin(f, &v, 1), 0, "an old reader goes on");
	cr_expect_neq(bed_set(v, B_REPO).id, 0);
	reader_end(v);
	reader_close(f);
	b.budget = SMALL;
	bed_reopen(&b);
	cr_expect(count(&b).full, "and a smaller one");
	cr_expect_eq(bed_rows(&b, B_REPO), 50000);
	bed_free(&b);
}
