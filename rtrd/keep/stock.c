/*
 * stock: one current harvest, and a timer for the first of it that expires.
 *
 * Expiry works on a copy: a thread makes the set anew from the snapshot that
 * is shown meanwhile.  A run that ends before the thread is done waits for it,
 * and the other way round.
 *
 * While the disk takes nothing, the same is done every few seconds, to see
 * whether it does again; then a run that was refused is asked for again.
 *
 * Time is wall time, moved to the run's own (see harvest_time), and wall clocks
 * are set: so the timer asks again every few seconds, and trusts only what it
 * then reads; and not even that when the clock has jumped by days and most of
 * the set would go with it (guard.h).  Then the set goes on, payloads end by
 * the clock that never jumps, and it is shouted about until the clock is back
 * or a run keeps half of what there is.  How old the set is, is counted by that
 * other clock too, from the age that it had when it was taken: to set a clock
 * forward by a year does not make the last run old.
 */
#include "rtrd/keep/stock.h"

#include <stdio.h>
#include <stdlib.h>

#include "rtrd/keep/first.h"
#include "rtrd/keep/house.h"
#include "rtrd/keep/steady.h"
#include "rtrd/serve/cache.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	EXPIRY_CHECK_S = 10, /* a look at the clocks costs nothing */
	LATE_PARTS = 4 /* of the time that a set may be given */
};

struct stock {
	uv_loop_t *loop;
	uv_timer_t expiry, first;
	struct stock_calls calls;
	struct view *view;
	const struct log *log;
	char folder[BOUND_PATH];
	struct harvest *current; /* NULL: nothing is served yet */
	bool busy; /* a thread works on what shall be served */
	bool load_waits, take_waits; /* for that */
	bool refused; /* a run, as the disk did not take it */
	struct mono made; /* when a run left the current one */
	struct steady clock; /* the wall clock as far as it is believed */
	bool held; /* it jumped, and payloads end by the steady one alone */
	struct stock_run run; /* that is being taken, or waits */
	char left[BOUND_PATH]; /* its path */
	int64_t first_ms;
	struct mono gone; /* when a run had first lost something with the
			     store; 0: none has */
	bool accepted; /* a run was taken in this life */
	bool overdue; /* the first set had its time */
	bool stopped;
};

static void expiry_set(struct stock *s);
static void proceed(struct stock *s);

/* What time it is for payloads: by the wall clock, unless it is not believed or
 * was set back, as nothing that has ended begins again. */
static struct wall
time_of(const struct stock *s)
{
	struct wall wall = wall_now();
	struct wall steady = steady_time(&s->clock, mono_now());

	if (s->view->clock_since.s == 0)
		return wall;
	return s->held || wall.s < steady.s ? steady : wall;
}

/* Fill in what a job needs to know of time. */
static void
tell_time(const struct stock *s, struct intake_job *job)
{
	struct mono mono = mono_now();

	job->now = wall_now();
	job->steady = steady_time(&s->clock, mono);
	job->jump_s = steady_jump(&s->clock, job->now, mono);
}

/* The wall clock is believed as it is now. */
static void
clock_believe(struct stock *s)
{
	steady_set(&s->clock, wall_now(), mono_now());
	if (s->view->clock_since.s != 0)
		log_event(s->log, LOG_LEVEL_WARN, "clock", "believed again");
	s->view->clock_since = (struct wall){0};
	s->view->clock_jump_s = 0;
	s->held = false;
}

/* A clock that is set by little is simply believed; one that jumps is shouted
 * about, whatever comes of it: with a wrong one runs fail, and then the set
 * grows old and nobody knows why. */
static void
clock_check(struct stock *s)
{
	struct mono mono = mono_now();
	int64_t jump_s = steady_jump(&s->clock, wall_now(), mono);

	if (jump_s == 0) {
		clock_believe(s);
		return;
	}
	s->view->clock_jump_s = jump_s;
	if (s->view->clock_since.s != 0)
		return;
	s->view->clock_since = steady_time(&s->clock, mono);
	log_event(s->log, LOG_LEVEL_ERROR, "clock",
		"set by %lld s: it is not believed until it is set back, or a "
		"run at it keeps half of what is served",
		(long long)jump_s);
}

/* Milliseconds until what is served is too old; not positive: it is. */
static int64_t
stale_wait_ms(const struct stock *s)
{
	int64_t after_ms = s->view->stale_after_s * 1000;

	if (s->current == NULL || after_ms == 0)
		return INT64_MAX;
	return after_ms - mono_since(s->made, mono_now());
}

/* Whether routers may be given it is as its age says. */
static void
stale_update(struct stock *s)
{
	s->view->stale = stale_wait_ms(s) <= 0;
	cache_withhold(s->view->cache, s->view->stale);
}

/* The time has passed, or another configuration says otherwise. */
static void
stale_check(struct stock *s)
{
	bool before = s->view->stale;

	stale_update(s);
	if (s->view->stale == before)
		return;
	if (!s->view->stale) {
		s->calls.changed(s->calls.ctx);
		return;
	}
	log_event(s->log, LOG_LEVEL_ERROR, "stale",
		"no run has succeeded for %lld s: routers hear that there is "
		"no data, until one does",
		(long long)s->view->stale_after_s);
	s->calls.stale(s->calls.ctx);
}

/* Routers shorten their interval by when something ends. */
static void
end_tell(const struct stock *s)
{
	struct mono end = {INT64_MAX};
	int64_t wait;

	if (harvest_wait(s->current, time_of(s), &wait))
		end.ms = mono_now().ms + wait * 1000;
	cache_expiry(s->view->cache, end);
}

/* Routers hear of a serial, or that their sessions are gone. */
static void
serve_tell(const struct stock *s, const struct intake_end *end, bool news)
{
	if (end->detached)
		s->calls.detached(s->calls.ctx);
	else if (news)
		s->calls.changed(s->calls.ctx);
}

/* Make what a job left the served one; `made`: when a run left it.  The only
 * place where cache and view change; what was served is freed on a thread. */
static int
serve(struct stock *s, const struct intake_end *end, struct mono made,
	bool *changed)
{
	struct cache *cache = s->view->cache;
	struct harvest *h = end->harvest;
	bool before = cache_is_serving(cache), first;
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
	s->view->first_end = harvest_end(h);
	s->made = made;
	end_tell(s);
	stale_update(s);
	first = !before && cache_is_serving(cache);
	if (first)
		log_event(s->log, LOG_LEVEL_INFO, "ready", "serial=%u vrps=%zu",
			cache_serial(cache), harvest_set(h)->vrp_count);
	serve_tell(s, end, *changed || first);
	expiry_set(s);
	return 0;
}

/* What the disk said.  It is told when it begins to fail and when that ends,
 * and when it costs routers their sessions; whether that ended now. */
static bool
storage_update(struct stock *s, const struct intake_end *end)
{
	bool ok = s->view->storage_ok;

	if (end->storage == 0) {
		s->view->storage_ok |= end->written;
		if (ok || !end->written)
			return false;
		log_event(s->log, LOG_LEVEL_INFO, "storage", "ok again");
		return true;
	}
	s->view->storage_ok = false;
	if (ok || end->detached)
		log_event(s->log, LOG_LEVEL_ERROR, "storage", "%s: %s",
			end->why,
			end->err != 0 ? "the last set goes on"
				: end->detached
				? "routers begin a new session"
				: "a start will begin a new session");
	return false;
}

/* The set of before goes on, and people must see why and since when. */
static void
hold(struct stock *s, uint64_t lost)
{
	if (s->view->lost_tas == 0)
		s->view->lost_since = wall_now();
	s->view->lost_tas = lost;
}

/* Since when something is gone, and whether it is back. */
static void
gone_update(struct stock *s, const struct intake_end *end)
{
	struct first_facts facts;

	if (end->first.gone > 0 && s->gone.ms == 0)
		s->gone = mono_now();
	else if (end->harvest != NULL &&
		first_is_whole(&harvest_snapshot(end->harvest)->report, &facts))
		s->gone = (struct mono){0};
}

/* Why a run is refused, or what it says of others. */
static void
run_note(struct stock *s, const struct intake_end *end)
{
	gone_update(s, end);
	if (end->lost != 0)
		hold(s, end->lost);
	if (end->clock)
		clock_check(s);
	(void)storage_update(s, end);
	s->refused = end->err != 0 && end->storage != 0;
	/* The run did what it could. */
	if (end->first.waiting) {
		s->view->first = end->first;
		log_event(s->log, LOG_LEVEL_INFO, "run",
			"waiting reason=\"%s\"", end->why);
	}
}

/* A run was good, and is served. */
static void
run_accept(struct stock *s, const struct stock_run *run, bool changed)
{
	s->accepted = true;
	clock_believe(s);
	s->view->first = (struct first_facts){0};
	s->view->lost_tas = 0;
	log_event(s->log, LOG_LEVEL_INFO, "run",
		"done serial=%u changed=%s vrps=%zu elapsed_ms=%lld",
		cache_serial(s->view->cache), changed ? "yes" : "no",
		s->view->set->vrp_count,
		(long long)mono_since(run->began, mono_now()));
}

/* What a run left was read, or was refused. */
static void
on_run(void *ctx, const struct intake_end *end)
{
	struct stock *s = ctx;
	const struct stock_run run = s->run;
	const char *why = end->why;
	bool changed = false;
	int err = end->err;

	s->busy = false;
	if (s->stopped) {
		intake_drop(s->loop, end->harvest, end->draft);
		run.done(run.ctx, ERR_BUSY, "stopped");
		return;
	}
	run_note(s, end);
	if (err == 0) {
		err = serve(s, end, mono_now(), &changed);
		why = err_text(err);
	}
	if (err == 0)
		run_accept(s, &run, changed);
	run.done(run.ctx, err, why);
	proceed(s);
}

/* Whether what the store has lost is still waited for: as long as a first set
 * is, and a set that may be given goes on meanwhile. */
static bool
waits_for_gone(const struct stock *s)
{
	return s->current != NULL && !s->view->stale &&
		(s->gone.ms == 0 ||
			mono_since(s->gone, mono_now()) < s->first_ms);
}

/* Whether the set may be given only a little longer: then news wait for no
 * disk, as nothing would be left to go on with. */
static bool
is_late(const struct stock *s)
{
	return stale_wait_ms(s) < s->view->stale_after_s * 1000 / LATE_PARTS;
}

static void
take_start(struct stock *s)
{
	const struct stock_run run = s->run;
	char keep[BOUND_PATH];
	struct intake_job job = {
		.path = s->left,
		.keep = house_path(s->folder, HOUSE_SNAPSHOT, keep),
		.folder = s->folder,
		/* What is too old to be given away holds nothing up. */
		.old = s->view->stale ? NULL : s->current,
		.first = !s->accepted && !(s->overdue && s->current != NULL),
		.moved = s->view->moved,
		.whole = waits_for_gone(s),
		.must = s->current == NULL || is_late(s),
		.draft = draft_new(s->view->cache),
		.done = on_run,
		.ctx = s,
	};
	int err;

	s->take_waits = false;
	tell_time(s, &job);
	err = intake_start(s->loop, &job);
	s->busy = err == 0;
	if (err != 0)
		run.done(run.ctx, err, err_text(err));
}

void
stock_take(void *ctx, const struct stock_run *run)
{
	struct stock *s = ctx;

	s->run = *run;
	s->run.path = NULL; /* the caller's */
	snprintf(s->left, sizeof(s->left), "%s", run->path);
	s->take_waits = true;
	proceed(s);
}

/* When a run left a stored set, by the clock that never jumps.  Its age is as
 * the other one says, which is all there is. */
static struct mono
made_of(const struct harvest *h)
{
	int64_t age_ms = (wall_now().s - harvest_made(h).s) * 1000;

	return (struct mono){mono_now().ms - (age_ms > 0 ? age_ms : 0)};
}

/* A run of the future was made by a clock that was wrong, or this one is: as
 * that of a machine that has not asked for the time yet. */
static void
behind_check(const struct stock *s, const struct harvest *h)
{
	int64_t behind_s = harvest_made(h).s - wall_now().s;

	if (behind_s > BOUND_CLOCK_JUMP_S)
		log_event(s->log, LOG_LEVEL_ERROR, "clock",
			"is %lld s behind the last run: it is wrong, or was",
			(long long)behind_s);
}

/* Whether routers can go on from what they have. */
static void
session_log(const struct stock *s, const struct intake_end *end)
{
	const struct cache *c = s->view->cache;

	if (end->resumed[0] != '\0')
		log_event(s->log, LOG_LEVEL_WARN, "session",
			"new reason=\"%s\"", end->resumed);
	else
		log_event(s->log, LOG_LEVEL_INFO, "session",
			"resumed serial=%u history=%zu", cache_serial(c),
			cache_history_count(c));
}

/* There is a stored set. */
static void
stored_serve(struct stock *s, const struct intake_end *end)
{
	bool changed = false;

	behind_check(s, end->harvest);
	if (serve(s, end, made_of(end->harvest), &changed) != 0) {
		log_event(s->log, LOG_LEVEL_ERROR, "stored", "%s",
			err_text(ERR_BUSY));
		return;
	}
	session_log(s, end);
	if (s->view->stale)
		log_event(s->log, LOG_LEVEL_WARN, "stored",
			"the last set is older than %lld s: routers hear that "
			"there is no data, until a run succeeds",
			(long long)s->view->stale_after_s);
}

/* The stored file was read, or not: in every case the runs can begin. */
static void
on_stored(void *ctx, const struct intake_end *end)
{
	struct stock *s = ctx;

	s->busy = false;
	if (s->stopped) {
		intake_drop(s->loop, end->harvest, end->draft);
		return;
	}
	(void)storage_update(s, end);
	if (end->err == ERR_NOTFOUND)
		log_event(s->log, LOG_LEVEL_INFO, "stored",
			"none: routers hear that there is no data yet");
	else if (end->over)
		log_event(s->log, LOG_LEVEL_WARN, "stored", "%s", end->why);
	else if (end->err != 0)
		log_event(s->log, LOG_LEVEL_ERROR, "stored",
			"%s: it is not served", end->why);
	else
		stored_serve(s, end);
	s->calls.loaded(s->calls.ctx);
	proceed(s);
}

/* Time is up for the first set: with one of before to hold it against, the next
 * run is taken as it is. */
static void
on_first(uv_timer_t *timer)
{
	struct stock *s = timer->data;
	char what[256];

	s->overdue = true;
	if (s->accepted)
		return;
	if (s->current != NULL) {
		s->calls.overdue(s->calls.ctx);
		return;
	}
	if (!view_is_waiting(s->view, what))
		snprintf(what, sizeof(what), "no run has ended well");
	log_event(s->log, LOG_LEVEL_WARN, "first", "no set after %lld s: %s",
		(long long)(s->first_ms / 1000), what);
}

void
stock_set_first(struct stock *s, int64_t first_ms)
{
	s->first_ms = first_ms;
}

static void
load_start(struct stock *s)
{
	char path[BOUND_PATH];
	const struct intake_end failed = {
		.err = ERR_NOMEM, .resumed = "", .why = err_text(ERR_NOMEM)};
	struct intake_job job = {
		.path = house_path(s->folder, HOUSE_SNAPSHOT, path),
		.folder = s->folder,
		.resume = true,
		.must = true,
		.moved = s->view->moved,
		.draft = draft_new(s->view->cache),
		.done = on_stored,
		.ctx = s,
	};

	s->load_waits = false;
	tell_time(s, &job);
	s->busy = true;
	if (intake_start(s->loop, &job) != 0)
		on_stored(s, &failed);
}

void
stock_load(struct stock *s)
{
	uv_timer_start(&s->first, on_first, (uint64_t)s->first_ms, 0);
	s->load_waits = true;
	proceed(s);
}

/* The next of those that wait: two at once would lead away from one set. */
static void
proceed(struct stock *s)
{
	if (s->busy || s->stopped)
		return;
	if (s->load_waits)
		load_start(s);
	else if (s->take_waits)
		take_start(s);
}

/* The thread has made the set anew, or only looked at the disk. */
static void
on_renewed(void *ctx, const struct intake_end *end)
{
	struct stock *s = ctx;
	bool changed = false, again;

	s->busy = false;
	s->held |= end->clock;
	if (s->stopped) {
		intake_drop(s->loop, end->harvest, end->draft);
		return;
	}
	again = storage_update(s, end);
	if (end->err == 0)
		(void)serve(s, end, s->made, &changed);
	else if (end->storage == 0)
		log_event(s->log, LOG_LEVEL_ERROR, "expiry", "%s", end->why);
	if (changed) {
		log_event(s->log, LOG_LEVEL_WARN, "expired",
			"serial=%u vrps=%zu", cache_serial(s->view->cache),
			s->view->set->vrp_count);
		s->calls.expired(s->calls.ctx);
	}
	if (again && s->refused)
		s->calls.overdue(s->calls.ctx);
	s->refused &= !again;
	expiry_set(s);
	proceed(s);
}

/* Seconds until something of the set expires; not positive: it has. */
static int64_t
expiry_wait(const struct stock *s)
{
	int64_t wait;

	if (s->current == NULL || !harvest_wait(s->current, time_of(s), &wait))
		return EXPIRY_CHECK_S;
	return wait;
}

/* What has ended goes, `due` or not; and the disk is written to, if that had
 * failed. */
static void
renew(struct stock *s, bool due)
{
	const struct intake_end failed = {
		.err = ERR_NOMEM, .why = err_text(ERR_NOMEM)};
	struct intake_job job = {
		.again = s->current,
		.folder = s->folder,
		.force = !s->view->storage_ok,
		.must = due,
		.draft = draft_new(s->view->cache),
		.done = on_renewed,
		.ctx = s,
	};

	tell_time(s, &job);
	s->busy = true;
	if (intake_start(s->loop, &job) != 0)
		on_renewed(s, &failed);
}

/* The timer is only a reason to look at the clock. */
static void
on_expiry(uv_timer_t *timer)
{
	struct stock *s = timer->data;
	bool due;

	stale_check(s);
	clock_check(s);
	due = expiry_wait(s) <= 0;
	if (!s->busy && s->current != NULL && (due || !s->view->storage_ok))
		renew(s, due);
	else
		expiry_set(s);
}

/* Never sooner than in a second: payloads have whole seconds, and a set that
 * cannot be made must not be tried in a circle. */
static void
expiry_set(struct stock *s)
{
	int64_t wait = expiry_wait(s), stale_ms = stale_wait_ms(s);

	if (s->stopped)
		return;
	/* What is too old already has been told. */
	if (stale_ms > 0 && stale_ms / 1000 < wait)
		wait = stale_ms / 1000 + 1;
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
	s->first_ms = BOUND_FIRST_MS;
	view->storage_ok = true;
	steady_set(&s->clock, wall_now(), mono_now());
	uv_timer_init(loop, &s->expiry);
	uv_timer_init(loop, &s->first);
	s->expiry.data = s;
	s->first.data = s;
	return s;
}

void
stock_stop(struct stock *s)
{
	if (s == NULL || s->stopped)
		return;
	s->stopped = true;
	if (s->take_waits)
		s->run.done(s->run.ctx, ERR_BUSY, "stopped");
	s->take_waits = false;
	uv_close((uv_handle_t *)&s->expiry, NULL);
	uv_close((uv_handle_t *)&s->first, NULL);
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
