/*
 * fetcher: see the header.
 *
 * What happens in a step, in this order: wait, let jobs go on, take their ends,
 * cut those that take too long, start others, tell.  Ends are only noted when a
 * job calls, and taken when no job is on the stack any more.
 *
 * Records say when a repository was last tried, so that a restart asks nobody
 * sooner than without it.
 */
#include "validator/fetch/fetcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/anchor.h"
#include "validator/fetch/fetcher_inner.h"
#include "validator/fetch/http.h"
#include "validator/fetch/record.h"
#include "validator/fetch/rrdp.h"
#include "validator/fetch/rsync.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 16384,
	EXTRA_FDS = 16, /* of the caller */
	POOL_FDS = 4 * BOUND_RSYNC_JOBS,
	SWEEP_LOOKS = 64, /* repositories that one step looks at */
	SWEEP_NOTES = 4, /* records that one step writes for that */
	WANTED_S = 3600, /* how exact "last wanted" is on record */
	FULL_WAIT_MS = 1000,
};

#define KIND_OPS(noun) \
	static int start_##noun(const struct job_env *env, \
		const struct job_target *target, \
		const struct job_calls *calls, void **job) \
	{ \
		struct noun *made; \
		int err = noun##_start(env, target, calls, &made); \
\
		if (err == 0) \
			*job = made; \
		return err; \
	} \
	static void cancel_##noun(void *job) \
	{ \
		noun##_cancel(job); \
	}

KIND_OPS(anchor)
KIND_OPS(rrdp)
KIND_OPS(rsync)

static const struct fetcher_kind real_kinds[REPO_KINDS] = {
	[REPO_TA] = {start_anchor, cancel_anchor},
	[REPO_RRDP] = {start_rrdp, cancel_rrdp},
	[REPO_RSYNC] = {start_rsync, cancel_rsync},
};

struct mono
fetcher_now(const struct fetcher *f)
{
	return f->config.now != NULL ? *f->config.now : mono_now();
}

/* How long ago a time on record was, in ms; -1 for never.  A clock that was set
 * back makes it now. */
static int64_t
age_ms(struct wall now, struct wall then)
{
	if (then.s == 0)
		return -1;
	return then.s < now.s ? (now.s - then.s) * 1000 : 0;
}

/* A depot's records on their way into the plan. */
struct recall {
	struct fetcher *f;
	struct wall now;
	int err;
};

static bool
recall_one(void *to, const struct repo_record *r)
{
	struct recall *recall = to;
	struct fetcher_repo *own = calloc(1, sizeof(*own));
	struct plan_past past = {
		.kind = r->kind,
		.uri = r->uri,
		.attempt_ms = age_ms(recall->now, r->attempt),
		.success_ms = age_ms(recall->now, r->success),
		.failures = r->failures,
		.elapsed_ms = r->elapsed_ms,
	};
	struct plan_repo *repo;

	recall->err = ERR_NOMEM;
	if (own != NULL)
		recall->err = plan_recall(
			recall->f->plan, &past, fetcher_now(recall->f), &repo);
	if (recall->err != 0) {
		free(own);
		return false;
	}
	own->wanted = r->wanted.s != 0 ? r->wanted : r->attempt;
	own->hosts = "";
	own->told = REPO_STATE_UNWANTED;
	repo->owner = own;
	return true;
}

static int
recall_all(struct fetcher *f)
{
	struct recall recall = {.f = f, .now = record_now(f->env)};
	const struct depot *d = f->env->depot;
	int err = d->ops->list(d->ctx, f->scratch, recall_one, &recall);

	arena_reset(f->scratch);
	return err != 0 ? err : recall.err;
}

int
fetcher_new(const struct job_env *env, const struct fetcher_config *config,
	const struct fetcher_calls *calls, struct fetcher **out)
{
	struct fetcher *f = calloc(1, sizeof(*f));
	struct plan_config plan = {
		.refresh_ms = config->refresh_ms,
		.wall_ms = config->wall_ms,
		.rrdp = config->rrdp,
		.rsync = config->rsync,
		.seed = config->seed,
	};
	int err = ERR_NOMEM;

	if (f == NULL)
		return err;
	f->env = env;
	f->config = *config;
	f->calls = *calls;
	f->kinds = config->kinds != NULL ? config->kinds : real_kinds;
	if (plan.wall_ms == 0)
		plan.wall_ms = BOUND_REPO_WALL_MS;
	f->config.wall_ms = plan.wall_ms;
	f->texts = arena_new(ARENA_CHUNK);
	f->scratch = arena_new(ARENA_CHUNK);
	if (f->texts != NULL && f->scratch != NULL)
		err = plan_new(&plan, &f->plan);
	if (err == 0)
		err = recall_all(f);
	if (err != 0)
		fetcher_free(f);
	else
		*out = f;
	return err;
}

void
fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->attempts.n; i++)
		fetcher_drop(f->attempts.at[i]);
	VEC_FREE(&f->attempts);
	for (size_t i = 0; f->plan != NULL && i < plan_count(f->plan); i++)
		free(plan_at(f->plan, i)->owner);
	plan_free(f->plan);
	arena_free(f->texts);
	arena_free(f->scratch);
	free(f);
}

/* Every repository of the plan has something of ours. */
static int
own_all(struct fetcher *f)
{
	for (size_t i = 0; i < plan_count(f->plan); i++) {
		struct plan_repo *r = plan_at(f->plan, i);
		struct fetcher_repo *own = r->owner;

		if (own == NULL) {
			own = calloc(1, sizeof(*own));
			if (own == NULL)
				return ERR_NOMEM;
			own->told = REPO_STATE_UNWANTED;
			r->owner = own;
		}
		if (r->wanted)
			own->unwanted.ms = 0;
		own->hosts = "";
	}
	return 0;
}

/* The hosts that a notification may name: of its first line that has any. */
static int
take_hosts(struct fetcher *f, const struct wanted *w)
{
	for (size_t i = 0; i < w->want_count; i++) {
		const struct want *want = &w->wants[i];
		struct plan_repo *r;
		struct fetcher_repo *own;

		if (want->hosts[0] == '\0')
			continue;
		r = plan_find(f->plan, want->kind, want->uri);
		if (r == NULL)
			continue; /* left out */
		own = r->owner;
		if (own->hosts[0] == '\0')
			own->hosts = arena_text(
				f->texts, want->hosts, strlen(want->hosts));
		if (own->hosts == NULL) {
			own->hosts = "";
			return ERR_NOMEM;
		}
	}
	return 0;
}

static int
take_keeps(struct fetcher *f, const struct wanted *w)
{
	struct want_keep *keeps =
		arena_array(f->texts, w->keep_count + 1, sizeof(*keeps));

	if (keeps == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->keep_count; i++) {
		keeps[i] = w->keeps[i];
		keeps[i].uri = arena_text(
			f->texts, keeps[i].uri, strlen(keeps[i].uri));
		if (keeps[i].uri == NULL)
			return ERR_NOMEM;
	}
	f->keeps = keeps;
	f->keep_count = w->keep_count;
	return 0;
}

/* What was not wanted before is due now. */
static void
hurry_new(struct fetcher *f)
{
	for (size_t i = 0; i < plan_count(f->plan); i++) {
		struct plan_repo *r = plan_at(f->plan, i);

		if (r->wanted && !r->was_wanted)
			plan_refresh(f->plan, r, fetcher_now(f));
	}
}

void
fetcher_hurry(struct fetcher *f)
{
	f->hurried = true;
}

int
fetcher_want(struct fetcher *f, const struct wanted *w)
{
	size_t left_out = 0;
	int err = plan_want(
		f->plan, w->wants, w->want_count, fetcher_now(f), &left_out);

	f->keeps = NULL;
	f->keep_count = 0;
	if (err == 0)
		err = own_all(f);
	if (err == 0 && f->hurried)
		hurry_new(f);
	/* From here on nobody refers to the texts of the list before. */
	arena_reset(f->texts);
	if (err == 0)
		err = take_hosts(f, w);
	if (err == 0)
		err = take_keeps(f, w);
	if (left_out > 0)
		log_event(f->env->log, LOG_LEVEL_WARN, "wanted",
			"left_out=%zu limit=%d", left_out, BOUND_WANTED_REPOS);
	f->stirred = true;
	return err;
}

int
fetcher_refresh(struct fetcher *f, const char *uri)
{
	struct mono now = fetcher_now(f);
	int err = uri == NULL ? 0 : ERR_NOTFOUND;

	for (size_t i = 0; i < plan_count(f->plan); i++) {
		struct plan_repo *r = plan_at(f->plan, i);

		if (!r->wanted || (uri != NULL && strcmp(uri, r->uri) != 0))
			continue;
		plan_refresh(f->plan, r, now);
		err = 0;
	}
	return err;
}

void
fetcher_hold(struct fetcher *f, bool full)
{
	if (f->full == full)
		return;
	f->full = full;
	log_event(f->env->log, full ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
		full ? "store-full" : "store-room", "%s",
		full ? "text=\"nothing more is fetched\"" : "");
}

/* Whether nobody has wanted it for so long that it goes; where somebody waits
 * for the process to end, it cannot be seen for long. */
static bool
is_old(struct fetcher *f, const struct plan_repo *r, struct wall now)
{
	struct fetcher_repo *own = r->owner;
	struct mono mono = fetcher_now(f);

	if (r->wanted)
		return false;
	if (own->unwanted.ms == 0)
		own->unwanted = mono;
	return now.s - own->wanted.s > BOUND_REPO_FORGET_S &&
		(f->hurried ||
			mono_since(own->unwanted, mono) >=
				BOUND_REPO_UNWANTED_MS);
}

/* Keep on record that a repository is still wanted; forget one that has not
 * been for long.  Whether a record was written. */
static bool
sweep_one(struct fetcher *f, struct plan_repo *r, struct wall now)
{
	const struct depot *d = f->env->depot;
	struct fetcher_repo *own = r->owner;
	struct repo_record record;

	if (r->phase == PLAN_RUNNING)
		return false;
	if (is_old(f, r, now)) {
		(void)d->ops->forget(d->ctx, r->kind, r->uri);
		log_event(f->env->log, LOG_LEVEL_INFO, "forgotten",
			"kind=%s uri=%s", repo_kind_name(r->kind), r->uri);
		free(own);
		plan_forget(f->plan, r);
		return true;
	}
	if (!r->wanted || now.s - own->wanted.s < WANTED_S || !r->attempted)
		return false;
	own->wanted = now;
	if (d->ops->load(d->ctx, r->kind, r->uri, f->scratch, &record) == 0) {
		record.wanted = now;
		(void)d->ops->note(d->ctx, &record);
	}
	arena_reset(f->scratch);
	return true;
}

/* Some repositories in each step, so that none waits for long and no step
 * takes long. */
static void
sweep(struct fetcher *f)
{
	struct wall now = record_now(f->env);
	int looks = SWEEP_LOOKS, notes = SWEEP_NOTES;

	while (looks-- > 0 && notes > 0 && plan_count(f->plan) > 0) {
		if (f->cursor >= plan_count(f->plan)) {
			f->cursor = 0;
			return;
		}
		if (sweep_one(f, plan_at(f->plan, f->cursor), now))
			notes--;
		f->cursor++;
	}
}

/* Wait on all: curl's sockets, the rsync programs' pipes, the caller's. */
static int
wait_for_any(
	struct fetcher *f, struct pollfd *extra, size_t count, int timeout_ms)
{
	struct pollfd fds[EXTRA_FDS + POOL_FDS];
	size_t n = count < EXTRA_FDS ? count : EXTRA_FDS;
	int err = 0, pool_ms = -1; /* -1: as long as may be */

	if (n > 0)
		memcpy(fds, extra, n * sizeof(*fds));
	if (f->env->rsync != NULL)
		n += rsync_pool_poll(
			f->env->rsync, fds + n, POOL_FDS, &pool_ms);
	if (pool_ms >= 0 && pool_ms < timeout_ms) /* -1: for ever */
		timeout_ms = pool_ms;
	if (f->env->http != NULL)
		err = http_step(f->env->http, fds, n, timeout_ms);
	else if (poll(fds, (nfds_t)n, timeout_ms) < 0 && errno != EINTR)
		err = ERR_SYSTEM;
	if (count > 0)
		memcpy(extra, fds,
			(count < EXTRA_FDS ? count : EXTRA_FDS) * sizeof(*fds));
	if (f->env->rsync != NULL)
		rsync_pool_step(f->env->rsync);
	return err;
}

int
fetcher_step(
	struct fetcher *f, struct pollfd *extra, size_t count, int timeout_ms)
{
	int err, wait_ms;

	if (f->full)
		wait_ms = timeout_ms < FULL_WAIT_MS ? timeout_ms : FULL_WAIT_MS;
	else
		wait_ms = plan_wait_ms(f->plan, fetcher_now(f), timeout_ms);
	err = wait_for_any(f, extra, count, wait_ms);
	fetcher_finish(f);
	fetcher_cut(f);
	fetcher_try(f);
	fetcher_report(f);
	sweep(f);
	return err;
}

bool
fetcher_is_settled(const struct fetcher *f)
{
	return !f->untold && !f->stirred &&
		(f->full || plan_is_settled(f->plan, fetcher_now(f)));
}

void
fetcher_count(const struct fetcher *f, struct fetcher_counts *out)
{
	struct plan_counts c;

	plan_tally(f->plan, fetcher_now(f), &c);
	*out = (struct fetcher_counts){
		c.wanted, c.busy, c.waiting, c.ok, c.failed};
}
