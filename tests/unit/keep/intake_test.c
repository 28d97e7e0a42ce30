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

/* A snapshot of a run at `at`, made at `started`, whose last VRP ends at
 * `expires` and the others long after. */
static void
snapshot_make(int64_t at, int64_t started, int64_t expires)
{
	struct vrp vrps[VRPS] = {0};
	struct snapshot_source source = {
		.uri = "rsync://a/b.roa",
		.type = OBJECT_ROA,
	};
	struct report_ta ta = {.name = "test", .complete = true};
	struct snapshot s = {
		.vrps = vrps,
		.vrp_count = VRPS,
		.sources = &source,
		.source_count = 1,
		.report = {.tas = &ta,
			.ta_count = 1,
			.at = {at},
			.started = {started}},
	};

	for (size_t i = 0; i < VRPS; i++) {
		vrps[i].addr.b[0] = (uint8_t)(10 + i);
		vrps[i].family = FAMILY_IPV4;
		vrps[i].len = 8;
		vrps[i].max_len = 8;
		vrps[i].asn = 64496;
		vrps[i].expires = i == VRPS - 1 ? expires : at + 1000000;
	}
	cr_assert_eq(snapshot_write(&s, path), 0);
}

struct answer {
	bool done;
	int err;
	struct harvest *harvest;
	char why[256];
};

static void
on_done(void *ctx, int err, struct harvest *h, const char *why)
{
	struct answer *a = ctx;

	cr_assert_not(a->done);
	a->done = true;
	a->err = err;
	a->harvest = h;
	snprintf(a->why, sizeof(a->why), "%s", why);
}

static void
run(struct answer *a, const char *from, const char *to, struct harvest *again)
{
	const struct intake_job job = {from, to, again, on_done, a};
	uv_loop_t loop;

	memset(a, 0, sizeof(*a));
	uv_loop_init(&loop);
	cr_assert_eq(intake_start(&loop, &job), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	cr_assert(a->done);
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
	struct answer a, b;

	snapshot_make(then, now - 100, then + 200);
	run(&a, path, NULL, NULL);
	cr_assert_eq(a.err, 0, "%s", a.why);
	cr_expect_eq(harvest_set(a.harvest)->vrp_count, VRPS);
	cr_expect_eq(harvest_time(a.harvest, (struct wall){now}).s, then + 100);
	snapshot_make(then, now - 300, then + 200);
	run(&b, path, NULL, NULL);
	cr_assert_eq(b.err, 0, "%s", b.why);
	cr_expect_eq(harvest_set(b.harvest)->vrp_count, VRPS - 1);
	harvest_unref(a.harvest);
	harvest_unref(b.harvest);
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
