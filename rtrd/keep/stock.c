/*
 * stock: one current harvest, and a timer for the first of it that expires.
 *
 * Expiry works on a copy: a thread makes the set anew from the snapshot that
 * is shown meanwhile.  If a run brings a newer one before the thread is done,
 * the older work is thrown away.
 *
 * Time is wall time, moved to the run's own (see harvest_time), and wall clocks
 * are set: so the timer asks again at least once a minute, and trusts only
 * what it then reads.
 */
#include "rtrd/keep/stock.h"

#include <stdio.h>
#include <stdlib.h>

#include "rtrd/keep/house.h"
#include "rtrd/serve/cache.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	EXPIRY_CHECK_S = 60
};

struct stock {
	uv_loop_t *loop;
	uv_timer_t expiry;
	struct stock_calls calls;
	struct view *view;
	const struct log *log;
	char folder[BOUND_PATH];
	struct harvest *current; /* NULL: nothing is served yet */
	struct harvest *renewing; /* what the thread works on; NULL: nothing */
	struct stock_run run; /* that is being taken */
	bool stopped;
};

static void expiry_set(struct stock *s);

/* Make what a job left the served one.  The only place where cache and view
 * change; what was served is freed on a thread. */
static int
serve(struct stock *s, const struct intake_end *end, bool *changed)
{
	struct cache *cache = s->view->cache;
	struct harvest *h = end->harvest;
	bool first = !cache_has_data(cache);
	int err = cache_commit(cache, end->draft, changed);

	if (err != 0) {
		intake_drop(s->loop, h, end->draft);
		return err;
	}
	/* Nobody runs between these lines who could see the old view. */
	intake_drop(s->loop, s->current, end->draft);
	s->current = h;
	s->view->snapshot = harvest_snapshot(h);
	s->view->set = harvest_set(h);
	if (first)
		log_event(s->log, LOG_LEVEL_INFO, "ready", "serial=%u vrps=%zu",
			cache_serial(cache), harvest_set(h)->vrp_count);
	if (*changed)
		s->calls.changed(s->calls.ctx);
	expiry_set(s);
	return 0;
}

/* The set of before goes on, and people must see why and since when. */
static void
hold(struct stock *s, uint64_t lost)
{
	if (s->view->lost_tas == 0)
		s->view->lost_since = wall_now();
	s->view->lost_tas = lost;
}

/* What a run left was read, or was refused. */
static void
on_run(void *ctx, const struct intake_end *end)
{
	struct stock *s = ctx;
	const struct stock_run *run = &s->run;
	const char *why = end->why;
	bool changed = false;
	int err = end->err;

	if (s->stopped) {
		intake_drop(s->loop, end->harvest, end->draft);
		run->done(run->ctx, ERR_BUSY, "stopped");
		return;
	}
	if (end->lost != 0)
		hold(s, end->lost);
	if (err == 0 && why[0] != '\0')
		log_event(s->log, LOG_LEVEL_ERROR, "storage", "%s", why);
	if (err == 0) {
		err = serve(s, end, &changed);
		why = err_text(err);
	}
	if (err == 0) {
		s->view->lost_tas = 0;
		log_event(s->log, LOG_LEVEL_INFO, "run",
			"done serial=%u changed=%s vrps=%zu elapsed_ms=%lld",
			cache_serial(s->view->cache), changed ? "yes" : "no",
			s->view->set->vrp_count,
			(long long)mono_since(run->began, mono_now()));
	}
	run->done(run->ctx, err, why);
}

void
stock_take(void *ctx, const struct stock_run *run)
{
	struct stock *s = ctx;
	char keep[BOUND_PATH];
	const struct intake_job job = {
		.path = run->path,
		.keep = house_path(s->folder, HOUSE_SNAPSHOT, keep),
		.old = s->current,
		.draft = draft_new(s->view->cache),
		.done = on_run,
		.ctx = s,
	};
	int err;

	s->run = *run;
	s->run.path = NULL; /* the caller's, and not needed again */
	err = intake_start(s->loop, &job);
	if (err != 0)
		run->done(run->ctx, err, err_text(err));
}

/* Whether there is nothing left of a set: an empty table would tell routers
 * that nothing is signed, where "no data" tells them to ask another cache. */
static bool
is_over(const struct harvest *h)
{
	return harvest_set(h)->vrp_count == 0 &&
		harvest_snapshot(h)->vrp_count > 0;
}

/* The stored file was read, or not: in every case the runs can begin. */
static void
on_stored(void *ctx, const struct intake_end *end)
{
	struct stock *s = ctx;
	bool changed = false;

	if (s->stopped) {
		intake_drop(s->loop, end->harvest, end->draft);
		return;
	}
	if (end->err == ERR_NOTFOUND) {
		log_event(s->log, LOG_LEVEL_INFO, "stored",
			"none: routers hear that there is no data yet");
	} else if (end->err != 0) {
		log_event(s->log, LOG_LEVEL_ERROR, "stored",
			"%s: it is not served", end->why);
	} else if (is_over(end->harvest)) {
		log_event(s->log, LOG_LEVEL_WARN, "stored",
			"all of the last set has expired");
		intake_drop(s->loop, end->harvest, end->draft);
	} else if (serve(s, end, &changed) != 0) {
		log_event(s->log, LOG_LEVEL_ERROR, "stored", "%s",
			err_text(ERR_NOMEM));
	}
	s->calls.loaded(s->calls.ctx);
}

void
stock_load(struct stock *s)
{
	char path[BOUND_PATH];
	const struct intake_end failed = {
		.err = ERR_NOMEM, .why = err_text(ERR_NOMEM)};
	const struct intake_job job = {
		.path = house_path(s->folder, HOUSE_SNAPSHOT, path),
		.draft = draft_new(s->view->cache),
		.done = on_stored,
		.ctx = s,
	};

	if (intake_start(s->loop, &job) != 0)
		on_stored(s, &failed);
}

/* The thread has made the set anew. */
static void
on_renewed(void *ctx, const struct intake_end *end)
{
	struct stock *s = ctx;
	bool current = s->renewing == s->current, changed = false;

	harvest_unref(s->renewing);
	s->renewing = NULL;
	if (end->err != 0)
		log_event(s->log, LOG_LEVEL_ERROR, "expiry", "%s", end->why);
	else if (s->stopped || !current)
		intake_drop(s->loop, end->harvest, end->draft);
	else if (serve(s, end, &changed) == 0 && changed)
		log_event(s->log, LOG_LEVEL_WARN, "expired",
			"serial=%u vrps=%zu", cache_serial(s->view->cache),
			s->view->set->vrp_count);
	expiry_set(s);
}

/* Seconds until something of the set expires; not positive: it has. */
static int64_t
expiry_wait(const struct stock *s)
{
	int64_t wait;

	if (s->current == NULL || !harvest_wait(s->current, wall_now(), &wait))
		return EXPIRY_CHECK_S;
	return wait;
}

/* The timer is only a reason to look at the clock. */
static void
on_expiry(uv_timer_t *timer)
{
	struct stock *s = timer->data;
	const struct intake_end failed = {
		.err = ERR_NOMEM, .why = err_text(ERR_NOMEM)};
	struct intake_job job = {
		.again = s->current,
		.done = on_renewed,
		.ctx = s,
	};

	if (expiry_wait(s) > 0 || s->renewing != NULL) {
		expiry_set(s);
		return;
	}
	s->renewing = harvest_ref(s->current);
	job.draft = draft_new(s->view->cache);
	if (intake_start(s->loop, &job) != 0)
		on_renewed(s, &failed);
}

/* Never sooner than in a second: payloads have whole seconds, and a set that
 * cannot be made must not be tried in a circle. */
static void
expiry_set(struct stock *s)
{
	int64_t wait = expiry_wait(s);

	if (s->stopped)
		return;
	if (wait < 1)
		wait = 1;
	if (wait > EXPIRY_CHECK_S)
		wait = EXPIRY_CHECK_S;
	uv_timer_start(&s->expiry, on_expiry, (uint64_t)wait * 1000, 0);
}

struct stock *
stock_new(uv_loop_t *loop, const struct stock_calls *calls, struct view *view,
	const struct log *log, const char *folder)
{
	struct stock *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->calls = *calls;
	s->view = view;
	s->log = log;
	snprintf(s->folder, sizeof(s->folder), "%s", folder);
	uv_timer_init(loop, &s->expiry);
	s->expiry.data = s;
	return s;
}

void
stock_stop(struct stock *s)
{
	if (s == NULL || s->stopped)
		return;
	s->stopped = true;
	uv_close((uv_handle_t *)&s->expiry, NULL);
}

void
stock_free(struct stock *s)
{
	if (s == NULL)
		return;
	s->view->snapshot = NULL;
	s->view->set = NULL;
	harvest_unref(s->current);
	free(s);
}
