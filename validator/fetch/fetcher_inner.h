/*
 * fetcher_inner: what the files of the fetcher share.
 *
 *	fetcher.c        the loop, and what is wanted
 *	fetcher_try.c    attempts: from start to end
 *	fetcher_tell.c   facts
 */
#ifndef FETCH_FETCHER_INNER_H
#define FETCH_FETCHER_INNER_H

#include "core/arena.h"
#include "core/vec.h"
#include "validator/fetch/fetcher.h"
#include "validator/fetch/plan.h"

/* What is kept of a repository beside the plan and the record. */
struct fetcher_repo {
	struct wall wanted; /* as on record */
	struct mono unwanted; /* since when this process has seen that nobody
				 wants it; 0: it has not */
	const char *hosts; /* of the list that holds now; "" */
	enum repo_state told;
	bool untold; /* a fact waits */
	bool changed; /* of an update that changed objects */
};

struct attempt {
	struct fetcher *f;
	struct plan_repo *repo;
	struct arena *arena; /* of the target's texts */
	void *job;
	bool ended;
	struct job_end end;
};

struct fetcher {
	const struct job_env *env;
	struct fetcher_config config;
	struct fetcher_calls calls;
	const struct fetcher_kind *kinds;
	struct plan *plan;
	struct arena *texts; /* of what is wanted */
	struct arena *scratch; /* of one record at a time */
	const struct want_keep *keeps; /* in `texts` */
	size_t keep_count;
	VEC(struct attempt *) attempts;
	size_t cursor; /* where sweeping goes on */
	bool full, stirred, untold, hurried;
	struct mono looked; /* when states were last compared */
};

/* The time now, by the clock or a test's. */
struct mono fetcher_now(const struct fetcher *f);

/* Start what may start; end what ended or took too long. */
void fetcher_try(struct fetcher *f);
void fetcher_finish(struct fetcher *f);
void fetcher_cut(struct fetcher *f);

/* Cancel an attempt and free it; the plan is not asked. */
void fetcher_drop(struct attempt *a);

/* Tell what has changed. */
void fetcher_report(struct fetcher *f);

/* Why a repository is not tried, or NULL. */
const char *fetcher_idle_reason(
	const struct fetcher *f, const struct plan_repo *r);

#endif
