/*
 * intake: good files are kept, bad ones never replace them, what has expired
 * is left out.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/keep/intake.h"
#include "waymark/err.h"

enum {
	VRPS = 3
};

static char folder[64], path[80], keep[80];

static void
setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/waymark-intake.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/run.snapshot", folder);
	snprintf(keep, sizeof(keep), "%s/snapshot", folder);
}

static void
teardown(void)
{
	unlink(path);
	unlink(keep);
	rmdir(folder);
}

TestSuite(intake, .init = setup, .fini = teardown);

/* Whether the run's trust anchor gave anything. */
static bool gives = true;

/* A snapshot of a run at `at`, made at `made`, whose last VRP ends at
 * `expires` and the others long after. */
static void
snapshot_make(int64_t at, int64_t made, int64_t expires)
{
	const struct timespec times[2] = {{.tv_sec = made}, {.tv_sec = made}};
	struct vrp vrps[VRPS] = {0};
	struct snapshot_point point = {
		.folder = "rsync://a/",
		.manifest = "m.mft",
		.cert = "rsync://a/c.cer",
		.parent = SNAPSHOT_NONE,
		.repo = SNAPSHOT_NONE,
		.reason = "",
		.text = "",
		.file = "",
		.not_after = {at + 1000000},
	};
	struct snapshot_source sources[] = {
		{.name = "a.roa",
			.type = OBJECT_ROA,
			.not_after = {at + 1000000}},
		{.name = "b.roa", .type = OBJECT_ROA, .not_after = {expires}},
	};
	struct report_ta ta = {.name = "test", .complete = gives};
	struct snapshot s = {
		.vrps = vrps,
		.vrp_count = gives ? VRPS : 0,
		.points = &point,
		.point_count = 1,
		.sources = sources,
		.source_count = 2,
		.report = {.tas = &ta, .ta_count = 1, .at = {at}},
	};

	for (size_t i = 0; i < VRPS; i++) {
		vrps[i].addr.b[0] = (uint8_t)(10 + i);
		vrps[i].family = FAMILY_IPV4;
		vrps[i].len = 8;
		vrps[i].max_len = 8;
		vrps[i].asn = 64496;
		vrps[i].source = i == VRPS - 1;
		vrps[i].expires = sources[vrps[i].source].not_after.s;
	}
	cr_assert_eq(snapshot_write(&s, path), 0);
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

struct answer {
	bool done;
	int err;
	uint64_t lost;
	bool clock;
	struct harvest *harvest;
	struct draft *draft;
	char why[256];
};

static void
on_done(void *ctx, const struct intake_end *end)
{
	struct answer *a = ctx;

	cr_assert_not(a->done);
	a->done = true;
	a->err = end->err;
	a->lost = end->lost;
	a->clock = end->clock;
	a->harvest = end->harvest;
	a->draft = end->draft;
	snprintf(a->why, sizeof(a->why), "%s", end->why);
}

/* Run a job to its end; its draft is committed if it came to anything. */
static void
run_job(struct answer *a, struct intake_job job)
{
	const struct cache_config config = {.first_serial = 1, .history = 32};
	struct cache *cache = cache_new(&config);
	bool changed = false;
	uv_loop_t loop;

	memset(a, 0, sizeof(*a));
	job.draft = draft_new(cache);
	if (job.now.s == 0)
		job.now = wall_now();
	job.done = on_done;
	job.ctx = a;
	uv_loop_init(&loop);
	cr_assert_eq(intake_start(&loop, &job), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert(a->done);
	cr_expect_eq(a->draft == NULL, a->err != 0);
	cr_expect_eq(a->harvest == NULL, a->err != 0);
	if (a->draft != NULL) {
		cr_expect_eq(cache_commit(cache, a->draft, &changed), 0);
		cr_expect(changed);
		cr_expect_eq(cache_set(cache), harvest_set(a->harvest));
	}
	intake_drop(&loop, NULL, a->draft);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	cache_free(cache);
}

static void
run(struct answer *a, const char *from, const char *to, struct harvest *again)
{
	const struct intake_job job = {
		.path = from, .keep = to, .again = again};

	run_job(a, job);
}

static bool
exists(const char *file)
{
	return access(file, F_OK) == 0;
}

Test(intake, a_good_file_is_kept)
{
	int64_t now = wall_now().s;
	struct answer a;

	snapshot_make(now, now, now + 1000);
	run(&a, path, keep, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect_str_eq(a.why, "");
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS);
	cr_expect_eq(harvest_snapshot(a.harvest)->vrp_count, VRPS);
	cr_expect_not(exists(path));
	cr_expect(exists(keep));
	harvest_unref(a.harvest);
}

Test(intake, the_stored_file_is_left_where_it_is)
{
	int64_t now = wall_now().s;
	struct answer a;

	snapshot_make(now, now, now + 1000);
	run(&a, path, NULL, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect(exists(path));
	harvest_unref(a.harvest);
}

Test(intake, no_file)
{
	struct answer a;

	run(&a, path, keep, NULL);
	cr_expect_eq(a.err, ERR_NOTFOUND);
	cr_expect_null(a.harvest);
	cr_expect_not_null(strstr(a.why, path), "%s", a.why);
}

/* One bit, anywhere: the file that was kept before stays. */
Test(intake, a_bit_changed_is_seen)
{
	int64_t now = wall_now().s;
	struct answer a;
	struct stat st;

	snapshot_make(now, now, now + 1000);
	run(&a, path, keep, NULL);
	harvest_unref(a.harvest);
	snapshot_make(now, now, now + 1000);
	cr_assert_eq(stat(path, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 7) {
		int fd = open(path, O_RDWR);
		char c;

		cr_assert_eq(pread(fd, &c, 1, at), 1);
		c ^= (char)(1 << (at % 8));
		cr_assert_eq(pwrite(fd, &c, 1, at), 1);
		close(fd);
		run(&a, path, keep, NULL);
		cr_expect_lt(a.err, 0, "octet %ld", (long)at);
		cr_expect_null(a.harvest);
		cr_expect(exists(path));
		cr_expect(exists(keep));
		snapshot_make(now, now, now + 1000);
	}
	run(&a, keep, NULL, NULL);
	cr_expect_eq(a.err, 0, "the kept one is whole");
	harvest_unref(a.harvest);
}

Test(intake, a_file_that_cannot_be_kept_is_served)
{
	int64_t now = wall_now().s;
	struct answer a;

	snapshot_make(now, now, now + 1000);
	run(&a, path, "/dev/null/x", NULL);
	cr_expect_eq(a.err, 0);
	cr_expect_not_null(strstr(a.why, "/dev/null/x"), "%s", a.why);
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS);
	harvest_unref(a.harvest);
}

Test(intake, what_has_expired_is_left_out)
{
	int64_t now = wall_now().s;
	struct answer a;

	snapshot_make(now - 100, now - 100, now - 50);
	run(&a, path, NULL, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS - 1);
	harvest_unref(a.harvest);
}

/* A run at another time: its clock goes on from there. */
Test(intake, the_time_of_the_run_counts)
{
	const int64_t then = 1000000000;
	int64_t now = wall_now().s;
	const struct intake_job job = {.path = path, .moved = true};
	struct answer a, b;

	snapshot_make(then, now - 100, then + 200);
	run_job(&a, job);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS);
	cr_expect_eq(harvest_time(a.harvest, (struct wall){now}).s, then + 100);
	cr_expect_eq(harvest_made(a.harvest).s, now - 100);
	snapshot_make(then, now - 300, then + 200);
	run_job(&b, job);
	cr_assert_eq(b.err, 0, "%s", b.why);
	cr_expect_eq(harvest_set(b.harvest)->vrp_count, VRPS - 1);
	harvest_unref(a.harvest);
	harvest_unref(b.harvest);
}

/* Else it is the clock's, whatever was done to the file since. */
Test(intake, the_time_of_the_file_does_not_count)
{
	int64_t now = wall_now().s;
	struct answer a;

	snapshot_make(now - 5000, now + 5000, now - 1);
	run(&a, path, NULL, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS - 1);
	cr_expect_eq(harvest_time(a.harvest, (struct wall){now}).s, now);
	cr_expect_eq(harvest_made(a.harvest).s, now - 5000);
	harvest_unref(a.harvest);
}

Test(intake, a_set_is_made_anew_from_what_was_read)
{
	int64_t now = wall_now().s;
	struct answer a, b;

	snapshot_make(now, now, now + 1000);
	run(&a, path, NULL, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	unlink(path);
	run(&b, NULL, NULL, a.harvest);
	cr_assert_eq(b.err, 0, "%s", b.why);
	cr_expect_eq(harvest_snapshot(a.harvest), harvest_snapshot(b.harvest));
	cr_expect_neq(harvest_set(a.harvest), harvest_set(b.harvest));
	harvest_unref(a.harvest);
	cr_expect_eq(harvest_snapshot(b.harvest)->vrp_count, VRPS);
	harvest_unref(b.harvest);
}

/* What the guard refuses must not be what the next start serves. */
Test(intake, a_refused_file_replaces_nothing)
{
	int64_t now = wall_now().s, wait = 0;
	struct answer a, b, c;
	struct intake_job job = {.path = path, .keep = keep};

	snapshot_make(now, now, now + 1000);
	run_job(&a, job);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect_eq(a.lost, 0);
	gives = false;
	snapshot_make(now, now, now + 1000);
	gives = true;
	job.old = a.harvest;
	run_job(&b, job);
	cr_expect_eq(b.err, ERR_NOTFOUND);
	cr_expect_eq(b.lost, 1);
	cr_expect_not_null(strstr(b.why, "trust anchor test"), "%s", b.why);
	run(&c, keep, NULL, NULL);
	cr_assert_eq(c.err, 0, "%s", c.why);
	cr_expect_eq(harvest_set(c.harvest)->vrp_count, VRPS);
	cr_expect(harvest_wait(c.harvest, (struct wall){now}, &wait));
	cr_expect_eq(wait, 1001);
	harvest_unref(a.harvest);
	harvest_unref(c.harvest);
}

/* A clock that has jumped must not empty what is served. */
Test(intake, a_run_by_a_clock_that_jumped_is_refused)
{
	int64_t now = wall_now().s;
	struct answer a, b, c;
	struct intake_job job = {.path = path};

	snapshot_make(now, now, now + 1000);
	run_job(&a, job);
	cr_assert_eq(a.err, 0, "%s", a.why);
	job.old = a.harvest;
	job.now = (struct wall){now + 400 * 86400};
	job.jump_s = 400 * 86400;
	run_job(&b, job);
	cr_expect_eq(b.err, ERR_RANGE);
	cr_expect(b.clock);
	cr_expect_not_null(strstr(b.why, "34560000 s"), "%s", b.why);
	/* Time that has passed is no jump: then it all has ended. */
	job.jump_s = 0;
	run_job(&c, job);
	cr_expect_eq(c.err, 0, "%s", c.why);
	cr_expect_not(c.clock);
	harvest_unref(a.harvest);
	harvest_unref(c.harvest);
}

/* Nor do its payloads end by it; by the steady clock they do. */
Test(intake, payloads_end_by_the_steady_clock)
{
	int64_t now = wall_now().s;
	struct answer a, b, c;
	struct intake_job job = {.path = path};

	snapshot_make(now, now, now + 1000);
	run_job(&a, job);
	cr_assert_eq(a.err, 0, "%s", a.why);
	job = (struct intake_job){.again = a.harvest,
		.now = {now + 400 * 86400},
		.steady = {now + 1000},
		.jump_s = 400 * 86400};
	run_job(&b, job);
	cr_expect_eq(b.err, 0, "%s", b.why);
	cr_expect(b.clock);
	cr_expect_eq(harvest_set(b.harvest)->vrp_count, VRPS);
	job.steady.s++;
	run_job(&c, job);
	cr_expect_eq(c.err, 0, "%s", c.why);
	cr_expect_eq(harvest_set(c.harvest)->vrp_count, VRPS - 1);
	harvest_unref(a.harvest);
	harvest_unref(b.harvest);
	harvest_unref(c.harvest);
}

Test(intake, a_draft_is_needed)
{
	const struct intake_job job = {.path = path};
	uv_loop_t loop;

	uv_loop_init(&loop);
	cr_expect_eq(intake_start(&loop, &job), ERR_NOMEM);
	cr_expect_eq(uv_loop_close(&loop), 0);
}

/* Held by two, dropped by one: it lives; nothing to drop is fine. */
Test(intake, dropped_off_the_loop)
{
	int64_t now = wall_now().s;
	struct answer a;
	uv_loop_t loop;

	snapshot_make(now, now, now + 1000);
	run(&a, path, NULL, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	uv_loop_init(&loop);
	intake_drop(&loop, harvest_ref(a.harvest), NULL);
	intake_drop(&loop, NULL, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS);
	intake_drop(&loop, a.harvest, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
}
