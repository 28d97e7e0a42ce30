/*
 * stock: three ways to a served set, and that cache, view and file never speak
 * of different ones.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/keep/stock.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	VRPS = 4
};

/* A stock, and what it told. */
struct rig {
	uv_loop_t loop;
	char folder[64], left[96], kept[96], history[96], ids[96], log[96];
	struct log out;
	struct view view;
	struct stock *stock;
	unsigned changed, loaded, runs, stale, expired, overdue, detached;
	int err; /* of the last run */
	char why[256];
};

static void
on_changed(void *ctx)
{
	struct rig *g = ctx;

	/* Who is told now asks now. */
	cr_expect_eq(cache_set(g->view.cache), g->view.set);
	g->changed++;
}

static void
on_loaded(void *ctx)
{
	struct rig *g = ctx;

	g->loaded++;
}

static void
on_stale(void *ctx)
{
	struct rig *g = ctx;

	cr_expect(g->view.stale);
	cr_expect_not(cache_is_serving(g->view.cache));
	g->stale++;
}

static void
on_expired(void *ctx)
{
	struct rig *g = ctx;

	g->expired++;
}

static void
on_overdue(void *ctx)
{
	struct rig *g = ctx;

	g->overdue++;
}

static void
on_detached(void *ctx)
{
	struct rig *g = ctx;

	cr_expect_eq(cache_set(g->view.cache), g->view.set);
	g->detached++;
}

static void
on_run(void *ctx, int err, const char *why)
{
	struct rig *g = ctx;

	g->runs++;
	g->err = err;
	snprintf(g->why, sizeof(g->why), "%s", why);
}

static struct rig *
rig_new(void)
{
	static const struct cache_config config = {
		.first_serial = 1, .history = BOUND_RTR_HISTORY_MIN};
	struct rig *g = calloc(1, sizeof(*g));
	const struct stock_calls calls = {on_changed, on_loaded, on_stale,
		on_expired, on_overdue, on_detached, g};

	cr_assert_not_null(g);
	snprintf(g->folder, sizeof(g->folder), "/tmp/waymark-stock.XXXXXX");
	cr_assert_not_null(mkdtemp(g->folder));
	snprintf(g->left, sizeof(g->left), "%s/run.snapshot", g->folder);
	snprintf(g->kept, sizeof(g->kept), "%s/snapshot", g->folder);
	snprintf(g->history, sizeof(g->history), "%s/history", g->folder);
	snprintf(g->ids, sizeof(g->ids), "%s/sessions", g->folder);
	snprintf(g->log, sizeof(g->log), "%s/log", g->folder);
	g->out.fd = open(g->log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	g->out.level = LOG_LEVEL_INFO;
	uv_loop_init(&g->loop);
	g->view.cache = cache_new(&config);
	g->stock = stock_new(&g->loop, &calls, &g->view, &g->out, g->folder);
	cr_assert_not_null(g->stock);
	return g;
}

static void
rig_free(struct rig *g)
{
	stock_stop(g->stock);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	stock_free(g->stock);
	cr_expect_null(g->view.set);
	cache_free(g->view.cache);
	cr_expect_eq(uv_loop_close(&g->loop), 0, "a handle is left");
	close(g->out.fd);
	unlink(g->left);
	unlink(g->kept);
	unlink(g->history);
	unlink(g->ids);
	unlink(g->log);
	rmdir(g->folder);
	free(g);
}

/* A snapshot of `age_s` ago: `n` VRPs, of two trust anchors in turn; the second
 * gives nothing if `lost`, has `pending` repositories that were not tried and
 * `gone` points; the first VRP ends in `ends_s` seconds. */
struct shape {
	size_t n;
	bool lost;
	uint64_t pending, gone;
	int64_t ends_s, age_s;
};

static void
leave(struct rig *g, const struct shape *shape)
{
	size_t n = shape->n;
	bool lost = shape->lost;
	int64_t ends_s = shape->ends_s;
	struct vrp vrps[VRPS] = {0};
	struct snapshot_point points[2];
	struct snapshot_source sources[] = {
		{.name = "a.roa", .type = OBJECT_ROA},
		{.name = "b.roa", .type = OBJECT_ROA},
		{.name = "b.roa", .type = OBJECT_ROA, .point = 1, .ta = 1}};
	int64_t now = wall_now().s;
	struct report_ta tas[] = {
		{.name = "one",
			.complete = true,
			.counters = {[REPORT_POINTS_VALID] = 1}},
		{.name = "two",
			.complete = !lost,
			.counters = {[REPORT_POINTS_VALID] = !lost,
				[REPORT_REPOSITORIES_PENDING] = shape->pending,
				[REPORT_POINTS_GONE] = shape->gone}}};
	struct snapshot s = {
		.vrps = vrps,
		.points = points,
		.point_count = 2,
		.sources = sources,
		.source_count = 3,
		.report = {.tas = tas,
			.ta_count = 2,
			.at = {now - shape->age_s}},
	};

	for (uint8_t i = 0; i < 2; i++)
		points[i] = (struct snapshot_point){
			.folder = i == 0 ? "rsync://a/" : "rsync://b/",
			.manifest = "m.mft",
			.cert = "rsync://c/c.cer",
			.parent = SNAPSHOT_NONE,
			.repo = SNAPSHOT_NONE,
			.ta = i,
			.reason = "",
			.text = "",
			.file = "",
			.not_after = {INT64_MAX},
		};
	for (size_t i = 0; i < 3; i++)
		sources[i].not_after.s = now + (i == 0 ? ends_s : 1000);
	for (size_t i = 0; i < n; i++) {
		struct vrp *v = &vrps[s.vrp_count];

		if (lost && i % 2 == 1)
			continue;
		v->addr.b[0] = (uint8_t)(10 + i);
		v->family = FAMILY_IPV4;
		v->len = v->max_len = 8;
		v->asn = 64496;
		v->ta = i % 2;
		v->source = i == 0 ? 0 : i % 2 == 0 ? 1 : 2;
		v->expires = sources[v->source].not_after.s;
		s.vrp_count++;
	}
	cr_assert_eq(snapshot_write(&s, g->left), 0);
}

/* The same of now, with nothing pending. */
static void
left(struct rig *g, size_t n, bool lost, int64_t ends_s)
{
	const struct shape shape = {.n = n, .lost = lost, .ends_s = ends_s};

	leave(g, &shape);
}

static void load(struct rig *g);

/* The same, stored by a life before. */
static void
stored(struct rig *g, int64_t age_s)
{
	const struct shape shape = {.n = 3, .ends_s = 1000, .age_s = age_s};

	leave(g, &shape);
	cr_assert_eq(rename(g->left, g->kept), 0);
	load(g);
	cr_assert(cache_has_data(g->view.cache));
}

/* Take what was left, to the end. */
static void
take(struct rig *g)
{
	const struct stock_run run = {g->left, mono_now(), on_run, g};
	unsigned before = g->runs;

	stock_take(g->stock, &run);
	while (g->runs == before && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->runs, before + 1);
}

static void
load(struct rig *g)
{
	stock_load(g->stock);
	while (g->loaded == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->loaded, 1);
}

static bool
logged(const struct rig *g, const char *text)
{
	static char log[65536];
	ssize_t n = pread(g->out.fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return strstr(log, text) != NULL;
}

Test(stock, runs_change_the_set)
{
	struct rig *g = rig_new();

	left(g, 2, false, 1000);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	cr_expect_eq(cache_serial(g->view.cache), 1);
	cr_expect_eq(g->changed, 1);
	cr_expect(logged(g, " ready serial=1 vrps=2\n"));
	cr_expect(logged(g, " run done serial=1 changed=yes vrps=2 "));
	left(g, 2, false, 2000);
	take(g);
	cr_expect_eq(cache_serial(g->view.cache), 1);
	cr_expect_eq(g->changed, 1, "the same to routers");
	cr_expect_eq(cache_set(g->view.cache), g->view.set);
	cr_expect(logged(g, " run done serial=1 changed=no vrps=2 "));
	left(g, 4, false, 1000);
	take(g);
	cr_expect_eq(cache_serial(g->view.cache), 2);
	cr_expect_eq(g->changed, 2);
	cr_expect_eq(g->view.set->vrp_count, 4);
	cr_expect_eq(g->view.snapshot->vrp_count, 4);
	rig_free(g);
}

Test(stock, nothing_is_stored)
{
	struct rig *g = rig_new();

	load(g);
	cr_expect_not(cache_has_data(g->view.cache));
	cr_expect(logged(g, " stored none"));
	rig_free(g);
}

Test(stock, the_stored_set_is_served)
{
	struct rig *g = rig_new();

	left(g, 3, false, 1000);
	cr_assert_eq(rename(g->left, g->kept), 0);
	load(g);
	cr_expect_eq(cache_serial(g->view.cache), 1);
	cr_expect_eq(g->view.set->vrp_count, 3);
	cr_expect_eq(access(g->kept, F_OK), 0);
	rig_free(g);
}

Test(stock, a_stored_set_that_is_over_is_not)
{
	struct rig *g = rig_new();

	left(g, 1, false, -10);
	cr_assert_eq(rename(g->left, g->kept), 0);
	load(g);
	cr_expect_not(cache_has_data(g->view.cache));
	cr_expect(logged(g, " stored all of the last set has expired"));
	rig_free(g);
}

Test(stock, a_damaged_stored_file)
{
	struct rig *g = rig_new();

	left(g, 1, false, 1000);
	cr_assert_eq(rename(g->left, g->kept), 0);
	cr_assert_eq(truncate(g->kept, 200), 0);
	load(g);
	cr_expect_not(cache_has_data(g->view.cache));
	cr_expect(logged(g, g->kept));
	rig_free(g);
}

/* An upgrade: what an earlier version left is told, not served, and not lost
 * before there is something in its place. */
Test(stock, a_stored_file_of_another_version)
{
	static const uint8_t version[] = {2, 0, 0, 0};
	struct rig *g = rig_new();
	struct snapshot *s;
	int fd;

	left(g, 3, false, 1000);
	cr_assert_eq(rename(g->left, g->kept), 0);
	fd = open(g->kept, O_WRONLY);
	cr_assert_eq(pwrite(fd, version, sizeof(version), 8), 4);
	close(fd);
	load(g);
	cr_expect_not(cache_has_data(g->view.cache));
	cr_expect(logged(g, err_text(ERR_VERSION)));
	cr_expect_eq(snapshot_read(g->kept, &s, NULL), ERR_VERSION);
	left(g, 2, false, 1000);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	cr_assert_eq(snapshot_read(g->kept, &s, NULL), 0);
	cr_expect_eq(s->vrp_count, 2);
	snapshot_free(s);
	rig_free(g);
}

/* What is held, since when, and that it ends. */
Test(stock, a_lost_trust_anchor)
{
	struct rig *g = rig_new();
	struct wall since;

	left(g, 4, false, 1000);
	take(g);
	for (int i = 0; i < 2; i++) {
		left(g, 4, true, 1000);
		take(g);
		cr_expect_eq(g->err, ERR_NOTFOUND);
		cr_expect_str_eq(g->why,
			"nothing came of trust anchor two: the last good set "
			"goes on");
		cr_expect_eq(g->view.lost_tas, 2);
		cr_expect_gt(g->view.lost_since.s, 0);
		cr_expect_eq(g->view.set->vrp_count, 4);
		since = g->view.lost_since;
		g->view.lost_since.s -= i == 0 ? 100 : 0;
	}
	cr_expect_leq(since.s, wall_now().s - 100, "the first time counts");
	/* Other failures tell nothing about it. */
	unlink(g->left);
	take(g);
	cr_expect_eq(g->view.lost_tas, 2);
	left(g, 3, false, 1000);
	take(g);
	cr_expect_eq(g->err, 0);
	cr_expect_eq(g->view.lost_tas, 0);
	rig_free(g);
}

/* The next start must not serve what was refused. */
Test(stock, a_refused_set_is_not_stored)
{
	struct rig *g = rig_new();
	struct snapshot *s = NULL;

	left(g, 4, false, 1000);
	take(g);
	left(g, 4, true, 1000);
	take(g);
	cr_assert_eq(snapshot_read(g->kept, &s, NULL), 0);
	cr_expect_eq(s->vrp_count, 4);
	snapshot_free(s);
	rig_free(g);
}

/* The timer asks in whole seconds: this takes two of them. */
Test(stock, what_expires_goes)
{
	struct rig *g = rig_new();

	left(g, 4, false, 1);
	take(g);
	cr_expect_eq(g->view.set->vrp_count, 4);
	while (g->changed < 2 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->view.set->vrp_count, 3);
	cr_expect_eq(g->view.snapshot->vrp_count, 4, "what was validated");
	cr_expect_eq(cache_serial(g->view.cache), 2);
	cr_expect(logged(g, " expired serial=2 vrps=3\n"));
	cr_expect_eq(g->expired, 1);
	rig_free(g);
}

/* A stop does not wait for the thread, and the answer comes all the same. */
Test(stock, stopped_under_way)
{
	struct rig *g = rig_new();
	const struct stock_run run = {g->left, mono_now(), on_run, g};

	left(g, 4, false, 1000);
	stock_take(g->stock, &run);
	stock_load(g->stock);
	stock_stop(g->stock);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	cr_expect_eq(g->runs, 1);
	cr_expect_neq(g->err, 0);
	cr_expect_eq(g->loaded, 0);
	cr_expect_not(cache_has_data(g->view.cache));
	rig_free(g);
}

/* Nothing is served of what is not complete; the run did what it could. */
Test(stock, the_first_set_is_complete)
{
	static const struct shape shapes[] = {
		{.n = 4, .lost = true, .ends_s = 1000},
		{.n = 4, .pending = 2, .ends_s = 1000},
		{.n = 4, .lost = true, .pending = 5, .ends_s = 1000},
	};
	struct rig *g = rig_new();

	load(g);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		leave(g, &shapes[i]);
		take(g);
		cr_expect_eq(g->err, ERR_BUSY, "%zu: %s", i, g->why);
		cr_expect_not(cache_has_data(g->view.cache));
		cr_expect(g->view.first.waiting);
		cr_expect_eq(g->view.first.missing, shapes[i].lost);
		cr_expect_eq(g->view.first.pending, shapes[i].pending);
		cr_expect_str_eq(g->view.first.names, "two");
		cr_expect_eq(access(g->kept, F_OK), -1, "it is stored");
	}
	cr_expect(logged(g,
		" run waiting reason=\"not complete yet: 2 "
		"repositories were not tried yet (two)\""));
	left(g, 4, false, 1000);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	cr_expect_eq(cache_serial(g->view.cache), 1);
	cr_expect_not(g->view.first.waiting);
	/* From here on what is pending holds nothing up. */
	leave(g, &shapes[1]);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	rig_free(g);
}

/* A set of before goes on, until its time is up. */
Test(stock, the_set_of_before_goes_on)
{
	static const struct shape less = {.n = 4, .pending = 1, .ends_s = 1000};
	struct rig *g = rig_new();

	stock_set_first(g->stock, 300);
	stored(g, 60);
	leave(g, &less);
	take(g);
	cr_expect_eq(g->err, ERR_BUSY);
	cr_expect_eq(g->view.set->vrp_count, 3);
	while (g->overdue == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->overdue, 1);
	leave(g, &less);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	cr_expect_eq(g->view.set->vrp_count, 4);
	cr_expect_not(g->view.first.waiting);
	rig_free(g);
}

/* The only sign of a clock that stands far behind, as after a power cut. */
Test(stock, a_run_of_the_future_is_told)
{
	static const struct {
		int64_t age_s;
		bool told;
	} rows[] = {{60, false}, {-80000, false}, {-100000, true}};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *g = rig_new();

		stored(g, rows[i].age_s);
		cr_expect_eq(logged(g, " error clock is "), rows[i].told);
		rig_free(g);
	}
}

/* Also then a trust anchor of which nothing comes is not given up. */
Test(stock, overdue_is_not_unguarded)
{
	struct rig *g = rig_new();

	stock_set_first(g->stock, 300);
	stored(g, 60);
	while (g->overdue == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	left(g, 4, true, 1000);
	take(g);
	cr_expect_eq(g->err, ERR_NOTFOUND);
	cr_expect_eq(g->view.lost_tas, 2);
	cr_expect_eq(g->view.set->vrp_count, 3);
	rig_free(g);
}

/* Without one of before, it is never a part, however long it takes. */
Test(stock, nothing_of_before)
{
	static const struct shape less = {.n = 4, .pending = 1, .ends_s = 1000};
	struct rig *g = rig_new();

	stock_set_first(g->stock, 1);
	load(g);
	leave(g, &less);
	take(g);
	while (!logged(g, " warn first no set after 0 s: a complete first") &&
		uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->overdue, 0);
	leave(g, &less);
	take(g);
	cr_expect_eq(g->err, ERR_BUSY);
	cr_expect_not(cache_has_data(g->view.cache));
	rig_free(g);
}

/* A stored set is as old as its run; too old, it is there but not given. */
Test(stock, a_stored_set_that_is_too_old)
{
	static const struct {
		int64_t age_s;
		bool stale;
	} rows[] = {{0, false}, {-86400, false}, {590, false}, {600, true},
		{86400, true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *g = rig_new();

		g->view.stale_after_s = 600;
		stored(g, rows[i].age_s);
		cr_expect_eq(g->view.stale, rows[i].stale, "%zu", i);
		cr_expect_eq(cache_is_serving(g->view.cache), !rows[i].stale);
		cr_expect_eq(logged(g, " ready serial=1 "), !rows[i].stale);
		cr_expect_eq(logged(g, "older than 600 s"), rows[i].stale);
		cr_expect_eq(g->stale, 0, "nobody has it");
		left(g, 4, false, 1000);
		take(g);
		cr_expect_not(g->view.stale);
		cr_expect(cache_is_serving(g->view.cache));
		rig_free(g);
	}
}

/* What grows too old is told once, and what is told again when it is not.  The
 * set is the same to routers: they hear of it all the same. */
Test(stock, what_grows_too_old)
{
	struct rig *g = rig_new();
	unsigned changed;

	left(g, 4, false, 1000);
	g->view.stale_after_s = 1;
	take(g);
	cr_expect_not(g->view.stale);
	changed = g->changed;
	while (g->stale == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect(logged(g, " error stale no run has succeeded for 1 s"));
	cr_expect_eq(g->changed, changed);
	g->view.stale_after_s = 600;
	left(g, 4, false, 1000);
	take(g);
	cr_expect_eq(g->stale, 1);
	cr_expect_eq(g->changed, changed + 1);
	cr_expect_eq(cache_serial(g->view.cache), 1);
	rig_free(g);
}

/* It cannot be given to anybody, so it keeps nothing newer back. */
Test(stock, what_is_too_old_guards_nothing)
{
	struct rig *g = rig_new();

	left(g, 4, false, 1000);
	take(g);
	g->view.stale = true;
	left(g, 4, true, 1000);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	cr_expect_eq(g->view.set->vrp_count, 2);
	rig_free(g);
}

/* What a damaged store has lost is waited for, but not for ever. */
Test(stock, what_the_store_has_lost)
{
	static const struct shape less = {.n = 2, .gone = 7, .ends_s = 1000};
	struct rig *g = rig_new();

	stock_set_first(g->stock, 200);
	left(g, 4, false, 1000);
	take(g);
	for (int i = 0; i < 2; i++) {
		leave(g, &less);
		take(g);
		cr_expect_eq(g->err, ERR_BUSY, "%s", g->why);
		cr_expect_eq(g->view.set->vrp_count, 4);
		cr_expect_eq(g->view.first.gone, 7);
		cr_expect(logged(g, "7 publication points are gone"));
		if (i > 0)
			break;
		/* It is there again, and another time is another time. */
		left(g, 3, false, 1000);
		take(g);
		cr_expect_eq(g->err, 0, "%s", g->why);
		cr_expect_not(g->view.first.waiting);
		left(g, 4, false, 1000);
		take(g);
	}
	usleep(250000);
	leave(g, &less);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	cr_expect_eq(g->view.set->vrp_count, 2);
	/* It stays so: that was all there is to be had. */
	leave(g, &less);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	rig_free(g);
}

/* A set that nobody may be given waits for nothing. */
Test(stock, nothing_else_is_served_while_the_store_is_filled)
{
	static const struct shape less = {.n = 2, .gone = 7, .ends_s = 1000};
	struct rig *g = rig_new();

	left(g, 4, false, 1000);
	take(g);
	g->view.stale = true;
	leave(g, &less);
	take(g);
	cr_expect_eq(g->err, 0, "%s", g->why);
	rig_free(g);
}
