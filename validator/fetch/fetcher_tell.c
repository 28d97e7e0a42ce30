/*
 * fetcher_tell: facts of repositories, from their records and the plan.
 *
 * A fact that cannot be taken yet stays, and is told as what it has become by
 * then; that an update has changed objects is never lost on the way.
 */
#include <stdio.h>
#include <string.h>

#include "validator/fetch/fetcher_inner.h"
#include "validator/fetch/record.h"
#include "waymark/err.h"

enum {
	LOOK_MS = 1000 /* states also change by time alone */
};

const char *
fetcher_idle_reason(const struct fetcher *f, const struct plan_repo *r)
{
	if (r->off && r->transport == PLAN_HTTP)
		return "RRDP is switched off";
	if (r->off)
		return "rsync is switched off";
	if (f->full && r->phase == PLAN_WAITING &&
		plan_next_ms(r) <= fetcher_now(f).ms)
		return "the store is full: nothing more is fetched";
	return NULL;
}

static void
put(char *to, size_t cap, const char *text)
{
	(void)snprintf(to, cap, "%s", text);
}

/* When the plan's time comes, by the wall clock. */
static struct wall
next_of(const struct fetcher *f, const struct plan_repo *r)
{
	int64_t next = plan_next_ms(r), now = fetcher_now(f).ms;

	if (next == PLAN_NEVER)
		return (struct wall){0};
	if (next < now)
		next = now;
	return (struct wall){record_now(f->env).s + (next - now + 999) / 1000};
}

static void
fill(struct fetcher *f, const struct plan_repo *r, struct repo_facts *out)
{
	const struct fetcher_repo *own = r->owner;
	const char *idle = fetcher_idle_reason(f, r);
	struct repo_record record;

	*out = (struct repo_facts){
		.kind = r->kind,
		.state = plan_state(r, fetcher_now(f)),
		.changed = own->changed,
		.next = next_of(f, r),
	};
	put(out->uri, sizeof(out->uri), r->uri);
	if (record_load(f->env, r->kind, r->uri, f->scratch, &record) == 0) {
		put(out->session, sizeof(out->session), record.session);
		put(out->reason, sizeof(out->reason), record.reason);
		out->serial = record.serial;
		out->objects = record.objects;
		out->bytes = record.bytes;
		out->received = record.received;
		out->attempt = record.attempt;
		out->success = record.success;
		out->failures = record.failures;
		out->failures_all = record.failures_all;
		out->elapsed_ms = record.elapsed_ms;
	}
	arena_reset(f->scratch);
	/* A failure that nobody could write down. */
	if (out->state == REPO_STATE_FAILED && out->failures == 0 && !r->off) {
		out->failures = r->failures;
		put(out->reason, sizeof(out->reason),
			"the store cannot be written to");
	}
	if (idle != NULL)
		put(out->reason, sizeof(out->reason), idle);
}

/* Which states differ from what was told. */
static void
compare_all(struct fetcher *f, struct mono now)
{
	for (size_t i = 0; i < plan_count(f->plan); i++) {
		const struct plan_repo *r = plan_at(f->plan, i);
		struct fetcher_repo *own = r->owner;
		enum repo_state state = plan_state(r, now);

		if (state == own->told)
			continue;
		log_event(f->env->log, LOG_LEVEL_DEBUG, "repo",
			"kind=%s uri=%s state=%s->%s", repo_kind_name(r->kind),
			r->uri, repo_state_name(own->told),
			repo_state_name(state));
		own->told = state;
		own->untold = true;
	}
	for (size_t i = 0; i < plan_count(f->plan) && !f->untold; i++)
		f->untold = ((const struct fetcher_repo *)plan_at(f->plan, i)
				     ->owner)
				    ->untold;
	f->stirred = false;
	f->looked = now;
}

void
fetcher_report(struct fetcher *f)
{
	struct mono now = fetcher_now(f);
	struct repo_facts facts;

	if (f->stirred || mono_since(f->looked, now) >= LOOK_MS)
		compare_all(f, now);
	for (size_t i = 0; f->untold && i < plan_count(f->plan); i++) {
		const struct plan_repo *r = plan_at(f->plan, i);
		struct fetcher_repo *own = r->owner;

		if (!own->untold)
			continue;
		fill(f, r, &facts);
		if (!f->calls.fact(f->calls.ctx, &facts))
			return;
		own->untold = false;
		own->changed = false;
	}
	f->untold = false;
}

void
fetcher_tell(struct fetcher *f)
{
	for (size_t i = 0; i < plan_count(f->plan); i++)
		((struct fetcher_repo *)plan_at(f->plan, i)->owner)->untold =
			true;
	f->stirred = true;
}
