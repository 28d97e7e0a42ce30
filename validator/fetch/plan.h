/*
 * plan: when each repository is due, and who of those may start.
 *
 *	UNWANTED --want--> WAITING --due, room--> RUNNING --end--> WAITING
 *	    ^                 ^  \                    due again: refresh, or
 *	    |                 |   v                   back-off after failures
 *	    '---not wanted----+-- SPARE   a fallback, while what it stands
 *	                                  behind works
 *
 * Who may start: those with a success in BOUND_REPO_KNOWN_S that are quick come
 * first, then the slow, then the unknown, each of these in turns by trust
 * anchor, then by delegation, then by the time they are due.  slots.h keeps
 * room by transport, host and delegation.
 *
 * Pure: no I/O, no clock, no records; times and the seed of all jitter are
 * handed in.  A decision costs one pass over all repositories, and none at all
 * until something ends or becomes due.
 */
#ifndef FETCH_PLAN_H
#define FETCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/fetch/wanted.h"
#include "waymark/clock.h"
#include "waymark/repo.h"

enum plan_transport {
	PLAN_HTTP,
	PLAN_RSYNC,
	PLAN_TRANSPORTS
};

enum plan_phase {
	PLAN_WAITING, /* from `due` on it may start, if wanted at all */
	PLAN_RUNNING,
};

#define PLAN_NEVER INT64_MAX

struct plan_group; /* who shares a host, a trust anchor, a delegation */

/* One repository; its owner reads, and writes `owner` only. */
struct plan_repo {
	enum repo_kind kind;
	char *uri;
	enum plan_transport transport;
	bool off; /* its transport is switched off: failed, without attempts */
	bool wanted, was_wanted; /* was: by the list before */
	enum plan_phase phase;
	int64_t due_ms; /* of its own schedule */
	int64_t from_ms; /* since when it is wanted at all; PLAN_NEVER: not
			    while what it stands behind works */
	int64_t started_ms, success_ms, failing_ms; /* failing since then */
	int64_t fallback_ms; /* from then until its fallback is wanted */
	int64_t vouched_ms; /* the last success of those it stands behind */
	uint64_t failures; /* in a row */
	bool attempted, succeeded; /* ever */
	bool backed; /* another one stands behind it */
	bool tried; /* since it is wanted, or was asked for */
	bool again; /* asked for while it runs */
	unsigned slow; /* it counts as slow for so many more attempts */
	unsigned held; /* the traits it was counted with when it began */
	char *ta, *delegation, *host;
	struct plan_group *groups[3];
	void *owner;
};

struct plan_config {
	int64_t refresh_ms;
	int64_t wall_ms; /* one attempt */
	bool rrdp, rsync; /* which transports may be used */
	uint64_t seed;
};

/* What is known of a repository from before; times are ages in ms, -1 for
 * never. */
struct plan_past {
	enum repo_kind kind;
	const char *uri;
	int64_t attempt_ms, success_ms;
	uint64_t failures;
	uint64_t elapsed_ms;
};

struct plan_counts {
	size_t wanted, busy, waiting, ok, failed;
};

struct plan;

/* A plan without repositories.  0 or ERR_NOMEM. */
int plan_new(const struct plan_config *config, struct plan **out);

/* NULL is fine. */
void plan_free(struct plan *p);

/* Know of a repository that nobody wants yet, each once, and of all of them
 * before the first plan_want.  0 with `*out`, the plan's; ERR_NOMEM. */
int plan_recall(struct plan *p, const struct plan_past *past, struct mono now,
	struct plan_repo **out);

/* From now on these are wanted and no others.  A repository may stand there
 * more than once: then any of its lines will do.  Of more than
 * BOUND_WANTED_REPOS lines the first count, `*left_out` is the rest.  Texts are
 * copied.  0, or ERR_NOMEM: the plan can only be freed then. */
int plan_want(struct plan *p, const struct want *wants, size_t count,
	struct mono now, size_t *left_out);

/* Forget a repository that is neither wanted nor running. */
void plan_forget(struct plan *p, struct plan_repo *r);

/* Repositories by number, until the next plan_recall, plan_want or
 * plan_forget; by identity, once something was wanted, perhaps NULL. */
size_t plan_count(const struct plan *p);
struct plan_repo *plan_at(const struct plan *p, size_t i);
struct plan_repo *plan_find(
	const struct plan *p, enum repo_kind kind, const char *uri);

/* The repository to start now, which is RUNNING then; NULL: none. */
struct plan_repo *plan_next(struct plan *p, struct mono now);

/* A repository that has run for longer than it may; NULL: none. */
struct plan_repo *plan_overdue(const struct plan *p, struct mono now);

/* A running repository has ended.  A failure sets in its back-off, and in time
 * its fallback; a success makes fallbacks spare. */
void plan_end(
	struct plan *p, struct plan_repo *r, bool success, struct mono now);

/* One that may run is due now, without its back-off; one that runs, again when
 * it ends. */
void plan_refresh(struct plan *p, struct plan_repo *r, struct mono now);

/* How it stands. */
enum repo_state plan_state(const struct plan_repo *r, struct mono now);

/* When its next attempt is due; PLAN_NEVER: not by itself. */
int64_t plan_next_ms(const struct plan_repo *r);

/* Milliseconds until something becomes due or overdue, from 0 to `most`. */
int plan_wait_ms(const struct plan *p, struct mono now, int most);

/* Whether all that are wanted and due were tried; see fetcher_is_settled. */
bool plan_is_settled(const struct plan *p, struct mono now);

/* How many stand how. */
void plan_tally(const struct plan *p, struct mono now, struct plan_counts *out);

#endif
