/*
 * lives: one stock after the other over one folder, and a disk that takes
 * nothing: routers go on from what they have, or begin anew, and never take
 * one set for another.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "rtrd/keep/stock.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	VRPS = 6
};

/* A folder, and the life that is in it. */
struct world {
	uv_loop_t loop;
	char folder[64], log[96];
	struct log out;
	struct view view;
	struct stock *stock;
	unsigned changed, loaded, runs, expired, overdue, detached;
	int err; /* of the last run */
};

static char text[4096];

/* The path of a file in the folder; it lives until the fourth call after. */
static const char *
at(const struct world *w, const char *name)
{
	static char paths[4][96];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", w->folder, name);
	return path;
}

static void
on_changed(void *ctx)
{
	struct world *w = ctx;

	w->changed++;
}

static void
on_loaded(void *ctx)
{
	struct world *w = ctx;

	w->loaded++;
}

static void
on_nothing(void *ctx)
{
	(void)ctx;
}

static void
on_expired(void *ctx)
{
	struct world *w = ctx;

	w->expired++;
}

static void
on_overdue(void *ctx)
{
	struct world *w = ctx;

	w->overdue++;
}

static void
on_detached(void *ctx)
{
	struct world *w = ctx;

	/* What routers are told is what is there by then. */
	cr_expect_eq(cache_set(w->view.cache), w->view.set);
	w->detached++;
}

static void
on_run(void *ctx, int err, const char *why)
{
	struct world *w = ctx;

	w->runs++;
	w->err = err;
	snprintf(text, sizeof(text), "%s", why);
}

/* A life begins. */
static void
live_begin(struct world *w)
{
	static const struct cache_config config = {
		.first_serial = 1, .history = BOUND_RTR_HISTORY_MIN};
	const struct stock_calls calls = {on_changed, on_loaded, on_nothing,
		on_expired, on_overdue, on_detached, w};

	w->loaded = w->changed = 0;
	uv_loop_init(&w->loop);
	w->view = (struct view){.cache = cache_new(&config)};
	w->stock = stock_new(&w->loop, &calls, &w->view, &w->out, w->folder);
	cr_assert_not_null(w->stock);
	stock_load(w->stock);
}

/* And serves what is stored. */
static void
live(struct world *w)
{
	live_begin(w);
	while (w->loaded == 0 && uv_run(&w->loop, UV_RUN_ONCE) != 0)
		;
}

static void
die(struct world *w)
{
	stock_stop(w->stock);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	stock_free(w->stock);
	cache_free(w->view.cache);
	cr_expect_eq(uv_loop_close(&w->loop), 0, "a handle is left");
}

static struct world *
begin(void)
{
	struct world *w = calloc(1, sizeof(*w));

	cr_assert_not_null(w);
	snprintf(w->folder, sizeof(w->folder), "/tmp/waymark-lives.XXXXXX");
	cr_assert_not_null(mkdtemp(w->folder));
	snprintf(w->log, sizeof(w->log), "%s/log", w->folder);
	w->out.fd = open(w->log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	w->out.level = LOG_LEVEL_INFO;
	live(w);
	return w;
}

static void
end(struct world *w)
{
	static const char *const names[] = {"run.snapshot", "snapshot",
		"history", "sessions", "log", "old", "new"};

	die(w);
	close(w->out.fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (unlink(at(w, names[i])) != 0)
			(void)rmdir(at(w, names[i]));
	}
	cr_expect_eq(rmdir(w->folder), 0);
	free(w);
}

/* A run leaves `n` VRPs, the first of which ends in `ends_s` seconds. */
static void
leave(struct world *w, size_t n, int64_t ends_s)
{
	int64_t now = wall_now().s;
	struct vrp vrps[VRPS] = {0};
	struct snapshot_point point = {.folder = "rsync://a/",
		.manifest = "m.mft",
		.cert = "rsync://a/c.cer",
		.parent = SNAPSHOT_NONE,
		.repo = SNAPSHOT_NONE,
		.reason = "",
		.text = "",
		.file = "",
		.not_after = {INT64_MAX}};
	struct snapshot_source sources[] = {
		{.name = "a.roa",
			.type = OBJECT_ROA,
			.not_after = {now + ends_s}},
		{.name = "b.roa",
			.type = OBJECT_ROA,
			.not_after = {now + 10000}}};
	struct report_ta ta = {.name = "one", .complete = true};
	struct snapshot s = {.vrps = vrps,
		.vrp_count = n,
		.points = &point,
		.point_count = 1,
		.sources = sources,
		.source_count = 2,
		.report = {.tas = &ta, .ta_count = 1, .at = {now}}};

	ta.counters[REPORT_POINTS_VALID] = 1;
	for (size_t i = 0; i < n; i++) {
		vrps[i].addr.b[0] = (uint8_t)(10 + i);
		vrps[i].family = FAMILY_IPV4;
		vrps[i].len = vrps[i].max_len = 8;
		vrps[i].source = i > 0;
		vrps[i].expires = sources[vrps[i].source].not_after.s;
	}
	cr_assert_eq(snapshot_write(&s, at(w, "run.snapshot")), 0);
}

/* Take what a run left. */
static void
take(struct world *w, size_t n, int64_t ends_s)
{
	const struct stock_run run = {
		at(w, "run.snapshot"), mono_now(), on_run, w};
	unsigned before = w->runs;

	leave(w, n, ends_s);
	stock_take(w->stock, &run);
	while (w->runs == before && uv_run(&w->loop, UV_RUN_ONCE) != 0)
		;
}

static void
next_life(struct world *w)
{
	die(w);
	live(w);
}

/* Whether the log has a text. */
static bool
logged(const struct world *w, const char *what)
{
	static char log[65536];
	ssize_t n = pread(w->out.fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return strstr(log, what) != NULL;
}

static void
copy(const struct world *w, const char *from, const char *to)
{
	struct arena *arena = arena_new(65536);
	struct span content;
	struct file_out f;

	cr_assert_eq(file_read(at(w, from), 1 << 24, arena, &content), 0);
	cr_assert_eq(file_out_open(&f, at(w, to)), 0);
	file_out_write(&f, content.p, content.n);
	cr_assert_eq(file_out_commit(&f), 0);
	arena_free(arena);
}

/* The ids in use, all three of them different. */
static void
ids_get(const struct world *w, uint16_t out[RTR_VERSIONS])
{
	for (unsigned v = 0; v < RTR_VERSIONS; v++) {
		out[v] = cache_session(w->view.cache, v);
		cr_expect_neq(out[v], 0);
		for (unsigned k = 0; k < v; k++)
			cr_expect_neq(out[v], out[k]);
	}
}

static bool
ids_same(const struct world *w, const uint16_t ids[RTR_VERSIONS])
{
	uint16_t now[RTR_VERSIONS];

	ids_get(w, now);
	return memcmp(now, ids, sizeof(now)) == 0;
}

/* None of them is one of those. */
static void
ids_expect_other(const struct world *w, const uint16_t ids[RTR_VERSIONS])
{
	for (unsigned v = 0; v < RTR_VERSIONS; v++) {
		for (unsigned k = 0; k < RTR_VERSIONS; k++)
			cr_expect_neq(cache_session(w->view.cache, v), ids[k]);
	}
}

/* What is current: so many VRPs at this serial. */
static void
expect(const struct world *w, uint32_t serial, size_t vrps)
{
	cr_assert(cache_has_data(w->view.cache));
	cr_expect_eq(cache_serial(w->view.cache), serial);
	cr_expect_eq(cache_set(w->view.cache)->vrp_count, vrps);
	cr_expect_eq(w->view.set, cache_set(w->view.cache));
}

/* The same, in these sessions. */
static void
expect_of(const struct world *w, const uint16_t ids[RTR_VERSIONS],
	uint32_t serial, size_t vrps)
{
	expect(w, serial, vrps);
	cr_expect(ids_same(w, ids));
}

/* How many PDUs lead from a serial to the current one. */
static uint64_t
steps_from(const struct world *w, uint32_t serial)
{
	bool known;
	const struct image *image =
		cache_delta((struct cache *)w->view.cache, 1, serial, &known);
	uint64_t pdus;

	cr_assert(known, "from %u", serial);
	cr_assert_not_null(image);
	pdus = image->pdus;
	image_unref(image);
	return pdus;
}

/* Same ids, same serial, and a delta for who was away meanwhile. */
Test(lives, the_session_goes_on)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	take(w, 3, 1000);
	take(w, 5, 1000);
	ids_get(w, ids);
	for (int i = 0; i < 3; i++) {
		next_life(w);
		cr_expect(ids_same(w, ids));
		expect(w, 3, 5);
		cr_expect_eq(cache_history_count(w->view.cache), 2);
		cr_expect_eq(steps_from(w, 1), 3);
		cr_expect_eq(steps_from(w, 2), 2);
		cr_expect_eq(steps_from(w, 3), 0);
	}
	cr_expect(logged(w, " session resumed serial=3 history=2\n"));
	take(w, 1, 1000);
	expect(w, 4, 1);
	cr_expect_eq(steps_from(w, 1), 1);
	next_life(w);
	cr_expect(ids_same(w, ids));
	expect(w, 4, 1);
	end(w);
}

/* What has ended while nobody was there goes with a serial of its own, and is
 * not given to anybody in between. */
Test(lives, what_ended_meanwhile_goes)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 4, 0);
	expect(w, 1, 4);
	ids_get(w, ids);
	die(w);
	while (wall_now().s <= w->view.first_end.s)
		usleep(10000);
	live(w);
	cr_expect_eq(w->changed, 1);
	expect_of(w, ids, 2, 3);
	cr_expect_eq(steps_from(w, 1), 1);
	next_life(w);
	expect_of(w, ids, 2, 3);
	cr_expect_eq(steps_from(w, 1), 1);
	end(w);
}

/* The power goes after the history was written: nobody has heard of the second
 * serial, and it may become another set. */
Test(lives, ended_between_the_files)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, ids);
	copy(w, "snapshot", "old");
	take(w, 5, 1000);
	expect(w, 2, 5);
	copy(w, "old", "snapshot");
	next_life(w);
	expect_of(w, ids, 1, 2);
	cr_expect_eq(cache_history_count(w->view.cache), 0);
	take(w, 3, 1000);
	expect(w, 2, 3);
	next_life(w);
	expect_of(w, ids, 2, 3);
	end(w);
}

/* The same where the newer snapshot is the same to routers. */
Test(lives, ended_between_the_files_of_one_set)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	take(w, 4, 0);
	ids_get(w, ids);
	copy(w, "snapshot", "old");
	while (wall_now().s <= w->view.first_end.s)
		usleep(10000);
	/* The one that ended in the old one goes on in the new one: at the
	 * time of the new one, the old one gives another set. */
	take(w, 4, 1000);
	expect(w, 2, 4);
	next_life(w);
	expect_of(w, ids, 2, 4);
	copy(w, "old", "snapshot");
	next_life(w);
	expect_of(w, ids, 3, 3);
	cr_expect_eq(steps_from(w, 2), 1);
	end(w);
}

/* Whatever is not of one piece costs the session, and nothing else. */
Test(lives, a_history_of_something_else)
{
	struct world *w = begin();
	uint16_t first[RTR_VERSIONS], ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, first);
	copy(w, "history", "old");
	unlink(at(w, "history"));
	next_life(w);
	expect(w, 1, 2);
	ids_expect_other(w, first);
	cr_expect(logged(w, " session new reason=\"no history is stored\"\n"));
	ids_get(w, ids);
	take(w, 4, 1000);
	copy(w, "old", "history");
	next_life(w);
	expect(w, 1, 4);
	ids_expect_other(w, first);
	ids_expect_other(w, ids);
	cr_expect(logged(w, "is not that of the stored set"));
	cr_assert_eq(truncate(at(w, "history"), 100), 0);
	ids_get(w, ids);
	next_life(w);
	expect(w, 1, 4);
	ids_expect_other(w, ids);
	cr_expect(logged(w, err_text(ERR_TRUNCATED)));
	end(w);
}

/* A snapshot that cannot be read brings new ids with the next set. */
Test(lives, a_lost_snapshot)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, ids);
	unlink(at(w, "snapshot"));
	unlink(at(w, "sessions"));
	next_life(w);
	cr_expect_not(cache_has_data(w->view.cache));
	take(w, 2, 1000);
	expect(w, 1, 2);
	ids_expect_other(w, ids);
	end(w);
}

/* The disk refuses the history: a folder stands there. */
static void
disk_fails(struct world *w)
{
	cr_assert_eq(rename(at(w, "history"), at(w, "old")), 0);
	cr_assert_eq(mkdir(at(w, "history"), 0700), 0);
}

static void
disk_heals(struct world *w)
{
	cr_assert_eq(rmdir(at(w, "history")), 0);
	cr_assert_eq(rename(at(w, "old"), at(w, "history")), 0);
}

/* News wait, and are there with the next run that the disk takes. */
Test(lives, news_wait_for_the_disk)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, ids);
	cr_expect(w->view.storage_ok);
	disk_fails(w);
	for (int i = 0; i < 2; i++) {
		take(w, 4, 1000);
		cr_expect_lt(w->err, 0);
		cr_expect_not_null(
			strstr(text, "cannot write to "), "%s", text);
		expect(w, 1, 2);
		cr_expect_not(w->view.storage_ok);
	}
	cr_expect(logged(w, " error storage cannot write to "));
	cr_expect(logged(w, ": the last set goes on\n"));
	disk_heals(w);
	take(w, 4, 1000);
	cr_expect_eq(w->err, 0);
	cr_expect(w->view.storage_ok);
	cr_expect(logged(w, " storage ok again\n"));
	expect_of(w, ids, 2, 4);
	cr_expect_eq(w->detached, 0);
	end(w);
}

/* When the set of before can hardly be given any more, they do not. */
Test(lives, news_do_not_wait_for_ever)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, ids);
	disk_fails(w);
	take(w, 4, 1000);
	expect(w, 1, 2);
	w->view.stale_after_s = 1;
	usleep(800000);
	take(w, 4, 1000);
	cr_expect_eq(w->err, 0);
	expect(w, 1, 4);
	ids_expect_other(w, ids);
	cr_expect_eq(w->detached, 1);
	disk_heals(w);
	end(w);
}

/* What ends does not wait: other ids, of which the disk knows nothing.  Later
 * it learns of them, and the session goes on from there. */
Test(lives, what_ends_does_not_wait_for_the_disk)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS], later[RTR_VERSIONS];

	take(w, 4, 1);
	ids_get(w, ids);
	disk_fails(w);
	while (w->detached == 0 && uv_run(&w->loop, UV_RUN_ONCE) != 0)
		;
	expect(w, 1, 3);
	cr_expect_eq(cache_history_count(w->view.cache), 0);
	ids_expect_other(w, ids);
	cr_expect_not(w->view.storage_ok);
	cr_expect(logged(w, ": routers begin a new session\n"));
	ids_get(w, later);
	disk_heals(w);
	/* The disk still has the old ones: a life that came now would go on
	 * with them, and with what routers had under them. */
	take(w, 5, 1000);
	cr_expect(w->view.storage_ok);
	expect_of(w, later, 2, 5);
	next_life(w);
	expect_of(w, later, 2, 5);
	cr_expect_eq(steps_from(w, 1), 2);
	end(w);
}

/* A life that ends while the disk knows nothing of its ids. */
Test(lives, ended_while_detached)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 4, 1);
	ids_get(w, ids);
	disk_fails(w);
	while (w->detached == 0 && uv_run(&w->loop, UV_RUN_ONCE) != 0)
		;
	disk_heals(w);
	next_life(w);
	/* Four at serial 1, as before; then what had ended. */
	expect_of(w, ids, 2, 3);
	cr_expect_eq(steps_from(w, 1), 1);
	end(w);
}

/* A folder that takes nothing from the start: what is validated is served, and
 * news are. */
Test(lives, nothing_can_be_written)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	cr_assert_eq(mkdir(at(w, "sessions"), 0700), 0);
	take(w, 2, 1000);
	cr_expect_eq(w->err, 0, "%s", text);
	expect(w, 1, 2);
	cr_expect_not(w->view.storage_ok);
	ids_get(w, ids);
	take(w, 4, 1000);
	cr_expect_eq(w->err, 0, "%s", text);
	expect_of(w, ids, 2, 4);
	cr_expect_eq(steps_from(w, 1), 2);
	cr_expect_eq(w->detached, 0);
	cr_expect_eq(access(at(w, "history"), F_OK), -1);
	cr_assert_eq(rmdir(at(w, "sessions")), 0);
	take(w, 5, 1000);
	expect(w, 3, 5);
	cr_expect(w->view.storage_ok);
	next_life(w);
	expect_of(w, ids, 3, 5);
	end(w);
}

/* A stored set is served though nothing can be written of it. */
Test(lives, a_stored_set_in_a_folder_that_takes_nothing)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, ids);
	cr_assert_eq(unlink(at(w, "history")), 0);
	cr_assert_eq(unlink(at(w, "sessions")), 0);
	cr_assert_eq(mkdir(at(w, "sessions"), 0700), 0);
	next_life(w);
	expect(w, 1, 2);
	cr_expect_not(w->view.storage_ok);
	cr_expect(logged(w, ": a start will begin a new session\n"));
	/* One that fits needs nothing to be written. */
	cr_assert_eq(rmdir(at(w, "sessions")), 0);
	take(w, 3, 1000);
	ids_get(w, ids);
	disk_fails(w);
	copy(w, "old", "new");
	cr_assert_eq(rmdir(at(w, "history")), 0);
	cr_assert_eq(rename(at(w, "new"), at(w, "history")), 0);
	next_life(w);
	cr_expect(w->view.storage_ok);
	cr_expect(ids_same(w, ids));
	end(w);
}

/* The rename of the snapshot fails after the history was written. */
Test(lives, a_snapshot_that_cannot_be_kept)
{
	struct world *w = begin();
	uint16_t ids[RTR_VERSIONS];

	take(w, 2, 1000);
	ids_get(w, ids);
	copy(w, "snapshot", "old");
	cr_assert_eq(unlink(at(w, "snapshot")), 0);
	cr_assert_eq(mkdir(at(w, "snapshot"), 0700), 0);
	take(w, 4, 1000);
	cr_expect_lt(w->err, 0);
	expect(w, 1, 2);
	/* Power cut now: the second serial is in the history alone. */
	cr_assert_eq(rmdir(at(w, "snapshot")), 0);
	copy(w, "old", "snapshot");
	next_life(w);
	expect_of(w, ids, 1, 2);
	end(w);
}

/* Two at once: the run waits for the stored set, and leads on from it. */
Test(lives, one_after_the_other)
{
	struct world *w = begin();
	const struct stock_run run = {
		at(w, "run.snapshot"), mono_now(), on_run, w};

	take(w, 4, 1000);
	die(w);
	live_begin(w);
	leave(w, 5, 1000);
	stock_take(w->stock, &run);
	cr_expect_eq(w->loaded, 0);
	while (w->runs < 2 && uv_run(&w->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(w->loaded, 1);
	cr_expect_eq(w->err, 0, "%s", text);
	expect(w, 2, 5);
	cr_expect_eq(steps_from(w, 1), 1);
	end(w);
}

/* One that waits when all ends hears of it. */
Test(lives, stopped_while_a_run_waits)
{
	struct world *w = begin();
	const struct stock_run run = {
		at(w, "run.snapshot"), mono_now(), on_run, w};

	take(w, 4, 1000);
	die(w);
	live_begin(w);
	leave(w, 5, 1000);
	stock_take(w->stock, &run);
	stock_stop(w->stock);
	cr_expect_eq(w->runs, 2);
	cr_expect_eq(w->err, ERR_BUSY);
	end(w);
}
