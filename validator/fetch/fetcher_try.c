/*
 * fetcher_try: one attempt at one repository, from its start to its end.
 *
 *	plan_next --> start --> job ... --> done --> finish --> plan_end
 *	                           \--> too long: cancel, note it, plan_end
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/fetcher_inner.h"
#include "validator/fetch/record.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 1024,
	WANTED_S = 3600, /* see fetcher.c */
	START_BURST = 4, /* starts in one step: each costs a little, and who is
			    known and due goes first in the next one */
};

static void
attempt_free(struct attempt *a)
{
	arena_free(a->arena);
	free(a);
}

void
fetcher_drop(struct attempt *a)
{
	if (!a->ended)
		a->f->kinds[a->repo->kind].cancel(a->job);
	attempt_free(a);
}

/* A job calls: it is on the stack, so this is only noted. */
static void
on_done(void *ctx, const struct job_end *end)
{
	struct attempt *a = ctx;

	a->end = *end;
	a->ended = true;
}

/* What the job is for, in memory of its own: lists of what is wanted come and
 * go while it runs. */
static int
aim(struct attempt *a, struct job_target *out)
{
	const struct fetcher *f = a->f;
	const struct fetcher_repo *own = a->repo->owner;
	uint8_t(*keeps)[32];
	size_t n = 0;

	out->uri = a->repo->uri;
	out->hosts = arena_text(a->arena, own->hosts, strlen(own->hosts));
	if (out->hosts == NULL)
		return ERR_NOMEM;
	if (a->repo->kind != REPO_TA)
		return 0;
	for (size_t i = 0; i < f->keep_count; i++)
		n += strcmp(f->keeps[i].uri, a->repo->uri) == 0;
	keeps = arena_array(a->arena, n + 1, sizeof(*keeps));
	if (keeps == NULL)
		return ERR_NOMEM;
	n = 0;
	for (size_t i = 0; i < f->keep_count; i++) {
		if (strcmp(f->keeps[i].uri, a->repo->uri) == 0)
			memcpy(keeps[n++], f->keeps[i].hash, sizeof(*keeps));
	}
	out->keeps = (const uint8_t(*)[32])keeps;
	out->keep_count = n;
	return 0;
}

/* A failure that no job has written down; `here`: see record_failure_here. */
static void
note_failure(struct attempt *a, const char *why, bool here)
{
	struct fetcher *f = a->f;
	const struct depot *d = f->env->depot;
	int64_t elapsed = fetcher_now(f).ms - a->repo->started_ms;
	struct repo_record r;

	a->ended = true;
	a->end = (struct job_end){.result = JOB_FAILED};
	(void)snprintf(a->end.reason, sizeof(a->end.reason), "%s", why);
	if (record_load(f->env, a->repo->kind, a->repo->uri, f->scratch, &r) ==
		0) {
		if (here)
			record_failure_here(&r, (uint64_t)elapsed, 0, why);
		else
			record_failure(&r, record_now(f->env),
				(uint64_t)elapsed, 0, why);
		(void)d->ops->note(d->ctx, &r);
	}
	arena_reset(f->scratch);
}

static void
start(struct fetcher *f, struct plan_repo *r)
{
	struct attempt *a = calloc(1, sizeof(*a));
	struct job_target target = {0};
	struct job_calls calls = {on_done, a};
	int err = ERR_NOMEM;

	if (a == NULL || !VEC_PUSH(&f->attempts, a)) {
		free(a);
		plan_end(f->plan, r, false, fetcher_now(f));
		return;
	}
	a->f = f;
	a->repo = r;
	a->arena = arena_new(ARENA_CHUNK);
	if (a->arena != NULL)
		err = aim(a, &target);
	if (err == 0 && r->transport == PLAN_RSYNC && f->config.rsync_missing)
		note_failure(a, "there is no rsync program", false);
	else if (err == 0)
		err = f->kinds[r->kind].start(f->env, &target, &calls, &a->job);
	if (err != 0)
		note_failure(a, err_text(err), err != ERR_SYNTAX);
	log_event(f->env->log, LOG_LEVEL_DEBUG, "fetch", "kind=%s uri=%s",
		repo_kind_name(r->kind), r->uri);
	f->stirred = true;
}

void
fetcher_try(struct fetcher *f)
{
	struct plan_repo *r;

	for (int i = 0; i < START_BURST && !f->full; i++) {
		r = plan_next(f->plan, fetcher_now(f));
		if (r == NULL)
			return;
		start(f, r);
	}
}

/* Only the first failure of a row is worth a warning: the rest is known. */
static void
log_end(const struct attempt *a)
{
	const struct plan_repo *r = a->repo;
	int64_t ms = fetcher_now(a->f).ms - r->started_ms;

	if (a->end.result == JOB_FAILED)
		log_event(a->f->env->log,
			r->failures > 1 ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
			"fetch-failed",
			"kind=%s uri=%s reason=\"%s\" failures=%llu "
			"elapsed_ms=%lld",
			repo_kind_name(r->kind), r->uri, a->end.reason,
			(unsigned long long)r->failures, (long long)ms);
	else
		log_event(a->f->env->log, LOG_LEVEL_INFO, "fetched",
			"kind=%s uri=%s result=%s received=%llu "
			"elapsed_ms=%lld",
			repo_kind_name(r->kind), r->uri,
			a->end.result == JOB_SAME ? "same" : "updated",
			(unsigned long long)a->end.received, (long long)ms);
}

/* It was wanted when it was fetched: kept on record, to the hour. */
static void
note_wanted(struct fetcher *f, const struct plan_repo *r)
{
	const struct depot *d = f->env->depot;
	struct fetcher_repo *own = r->owner;
	struct wall now = record_now(f->env);
	struct repo_record record;

	if (!r->wanted || now.s - own->wanted.s < WANTED_S)
		return;
	own->wanted = now;
	if (d->ops->load(d->ctx, r->kind, r->uri, f->scratch, &record) == 0) {
		record.wanted = now;
		(void)d->ops->note(d->ctx, &record);
	}
	arena_reset(f->scratch);
}

static void
finish(struct fetcher *f, struct attempt *a)
{
	struct fetcher_repo *own = a->repo->owner;

	plan_end(f->plan, a->repo, a->end.result != JOB_FAILED, fetcher_now(f));
	log_end(a);
	own->changed = own->changed || a->end.changed;
	own->untold = true;
	note_wanted(f, a->repo);
	f->stirred = true;
}

void
fetcher_finish(struct fetcher *f)
{
	size_t i = 0;

	while (i < f->attempts.n) {
		struct attempt *a = f->attempts.at[i];

		if (!a->ended) {
			i++;
			continue;
		}
		f->attempts.at[i] = f->attempts.at[--f->attempts.n];
		finish(f, a);
		attempt_free(a);
	}
}

static struct attempt *
attempt_of(const struct fetcher *f, const struct plan_repo *r)
{
	size_t i = 0;

	while (f->attempts.at[i]->repo != r)
		i++;
	return f->attempts.at[i];
}

void
fetcher_cut(struct fetcher *f)
{
	struct plan_repo *r;
	char why[64];

	(void)snprintf(why, sizeof(why), "took longer than %lld s",
		(long long)(f->config.wall_ms / 1000));
	while ((r = plan_overdue(f->plan, fetcher_now(f))) != NULL) {
		struct attempt *a = attempt_of(f, r);

		if (!a->ended) {
			f->kinds[r->kind].cancel(a->job);
			note_failure(a, why, false);
		}
		fetcher_finish(f);
	}
}
