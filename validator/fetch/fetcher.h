/*
 * fetcher: all repositories, each on its own schedule.
 *
 *	wanted --> plan: who is due, who may start --> jobs --> facts
 *	             ^                                    |
 *	             '---------- ended, next attempt -----'
 *
 * plan.h decides, this does: it starts jobs, ends those beyond their deadline,
 * and tells what became of them.  One thread, one loop, nothing that blocks it.
 */
#ifndef FETCH_FETCHER_H
#define FETCH_FETCHER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "validator/fetch/job.h"
#include "validator/fetch/wanted.h"

struct fetcher;

/* How repositories of a kind are fetched; as rrdp_start and rrdp_cancel. */
struct fetcher_kind {
	int (*start)(const struct job_env *env, const struct job_target *target,
		const struct job_calls *calls, void **job);
	void (*cancel)(void *job);
};

struct fetcher_config {
	int64_t refresh_ms; /* between two attempts */
	int64_t wall_ms; /* of one attempt; 0: BOUND_REPO_WALL_MS */
	bool rrdp, rsync; /* which transports may be used */
	bool rsync_missing; /* there is no program: attempts with it fail */
	uint64_t seed; /* of all jitter */
	const struct fetcher_kind *kinds; /* REPO_KINDS of them; NULL: the real
					     ones; a test has its own */
	const struct mono *now; /* NULL: the clock; a test sets its own */
};

struct fetcher_calls {
	/* A repository's state has changed; `f` holds during the call.  False
	 * when it cannot be taken now: then it, or what it has become by then,
	 * is told with a later step. */
	bool (*fact)(void *ctx, const struct repo_facts *f);
	void *ctx;
};

/* A fetcher that knows what the depot holds; `env` outlives it.  0 or the
 * error. */
int fetcher_new(const struct job_env *env, const struct fetcher_config *config,
	const struct fetcher_calls *calls, struct fetcher **out);

/* Cancels all jobs.  NULL is fine. */
void fetcher_free(struct fetcher *f);

/* From now on these are wanted: new ones are due at once, those that are not
 * among them any more end their schedule, and are forgotten after
 * BOUND_REPO_FORGET_S.  Texts are copied.  0 or ERR_NOMEM. */
int fetcher_want(struct fetcher *f, const struct wanted *w);

/* Everything wanted is due now, or one repository; without its back-off.  0, or
 * ERR_NOTFOUND. */
int fetcher_refresh(struct fetcher *f, const char *uri);

/* From here on whatever becomes wanted is due at once, whenever it was tried
 * before: for a command that fetches once, where somebody waits. */
void fetcher_hurry(struct fetcher *f);

/* Start nothing more, as the store is full; or go on. */
void fetcher_hold(struct fetcher *f, bool full);

/* Tell the state of every repository. */
void fetcher_tell(struct fetcher *f);

/* Wait up to `timeout_ms`, also on `extra`, and go on.  0 or ERR_SYSTEM. */
int fetcher_step(
	struct fetcher *f, struct pollfd *extra, size_t count, int timeout_ms);

/* Whether each that is wanted and was due since it is wanted, or since it was
 * asked for by fetcher_refresh, was tried (fallbacks of what failed included),
 * and all is told: what can be had now is there.  Later attempts at the same do
 * not count, nor what waits for room in a full store. */
bool fetcher_is_settled(const struct fetcher *f);

/* How many are under way, wait, succeeded and failed: for a line of progress.
 */
struct fetcher_counts {
	size_t wanted, busy, waiting, ok, failed;
};
void fetcher_count(const struct fetcher *f, struct fetcher_counts *out);

#endif
