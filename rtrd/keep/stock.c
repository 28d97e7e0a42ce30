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

#include "rtrd/keep/guard.h"
#include "rtrd/keep/house.h"
#include "rtrd/policy/policy.h"
#include "rtrd/serve/cache.h"
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
	struct harvest *current; /* NULL: nothing is served yet */
	struct harvest *renewing; /* what the thread works on; NULL: nothing */
	bool stopped;
};

static void expiry_set(struct stock *s);

/* Make a harvest the served one; one reference is taken over in every case.
 * The only place where cache and view change. */
static int
serve(struct stock *s, struct harvest *h, bool *changed)
{
	struct cache *cache = s->view->cache;
	bool first = !cache_has_data(cache);
	int err = cache_publish(cache, harvest_set(h), changed);

	if (err != 0) {
		harvest_unref(h);
		return err;
	}
	/* Nobody runs between these lines who could see the old view. */
	harvest_unref(s->current);
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

int
stock_take(void *ctx, struct harvest *h, int64_t elapsed_ms, char why[256])
{
	struct stock *s = ctx;
	const char *lost =
		guard_lost_ta(s->view->snapshot, harvest_snapshot(h));
	bool changed = false;
	int err;

	if (lost != NULL) {
		snprintf(why, 256,
			"trust anchor %.64s gave nothing; the last good set "
			"goes on",
			lost);
		harvest_unref(h);
		return ERR_NOTFOUND;
	}
	err = serve(s, h, &changed);
	if (err != 0) {
		snprintf(why, 256, "%s", err_text(err));
		return err;
	}
	log_event(s->log, LOG_LEVEL_INFO, "run",
		"done serial=%u changed=%s vrps=%zu elapsed_ms=%lld",
		cache_serial(s->view->cache), changed ? "yes" : "no",
		s->view->set->vrp_count, (long long)elapsed_ms);
	return 0;
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
on_stored(void *ctx, int err, struct harvest *h, const char *why)
{
	struct stock *s = ctx;
	bool changed = false;

	if (s->stopped) {
		harvest_unref(h);
		return;
	}
	if (err == ERR_NOTFOUND) {
		log_event(s->log, LOG_LEVEL_INFO, "stored",
			"none: routers hear that there is no data yet");
	} else if (err != 0) {
		log_event(s->log, LOG_LEVEL_ERROR, "stored", "%s", why);
	} else if (is_over(h)) {
		log_event(s->log, LOG_LEVEL_WARN, "stored",
			"all of the last set has expired");
		harvest_unref(h);
	} else if (serve(s, h, &changed) != 0) {
		log_event(s->log, LOG_LEVEL_ERROR, "stored", "%s",
			err_text(ERR_NOMEM));
	}
	s->calls.loaded(s->calls.ctx);
}

void
stock_load(struct stock *s, const char *folder)
{
	char path[BOUND_PATH];
	const struct intake_job job = {
		.path = house_path(folder, HOUSE_SNAPSHOT, path),
		.done = on_stored,
		.ctx = s,
	};

	if (intake_start(s->loop, &job) != 0)
		on_stored(s, ERR_NOMEM, NULL, err_text(ERR_NOMEM));
}

/* The thread has made the set anew. */
static void
on_renewed(void *ctx, int err, struct harvest *h, const char *why)
{
	struct stock *s = ctx;
	bool current = s->renewing == s->current, changed = false;

	harvest_unref(s->renewing);
	s->renewing = NULL;
	if (err != 0)
		log_event(s->log, LOG_LEVEL_ERROR, "expiry", "%s", why);
	if (s->stopped || !current || err != 0)
		harvest_unref(h);
	else if (serve(s, h, &changed) == 0 && changed)
		log_event(s->log, LOG_LEVEL_WARN, "expired",
			"serial=%u vrps=%zu", cache_serial(s->view->cache),
			s->view->set->vrp_count);
	expiry_set(s);
}

/* Seconds until something of the set expires; not positive: it has. */
static int64_t
expiry_wait(const struct stock *s)
{
	struct wall when;

	if (s->current == NULL ||
		!policy_next_expiry(harvest_set(s->current), &when))
		return EXPIRY_CHECK_S;
	return when.s - harvest_time(s->current, wall_now()).s;
}

/* The timer is only a reason to look at the clock. */
static void
on_expiry(uv_timer_t *timer)
{
	struct stock *s = timer->data;
	const struct intake_job job = {
		.again = s->current,
		.done = on_renewed,
		.ctx = s,
	};

	if (expiry_wait(s) > 0 || s->renewing != NULL) {
		expiry_set(s);
		return;
	}
	s->renewing = harvest_ref(s->current);
	if (intake_start(s->loop, &job) != 0)
		on_renewed(s, ERR_NOMEM, NULL, err_text(ERR_NOMEM));
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
	const struct log *log)
{
	struct stock *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->calls = *calls;
	s->view = view;
	s->log = log;
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
