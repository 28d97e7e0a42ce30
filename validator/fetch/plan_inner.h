/*
 * plan_inner: what the files of the plan share.
 *
 *	plan.c         who is known and wanted
 *	plan_group.c   who shares what
 *	plan_turn.c    who is due, who may start, what comes of an end
 */
#ifndef FETCH_PLAN_INNER_H
#define FETCH_PLAN_INNER_H

#include "core/arena.h"
#include "core/vec.h"
#include "validator/fetch/plan.h"
#include "validator/fetch/slots.h"

enum plan_grouping {
	PLAN_BY_TA,
	PLAN_BY_DELEGATION,
	PLAN_BY_HOST,
	PLAN_GROUPINGS
};

struct plan_group {
	const char *key, *second; /* second: the delegation, else "" */
	uint64_t turn; /* when one of it last began; the lowest goes first */
	struct slots slots[PLAN_TRANSPORTS]; /* PLAN_BY_HOST: the first, for
						both */
};

struct plan_groups {
	struct arena *arena;
	struct plan_group *at[PLAN_GROUPINGS]; /* by key */
	size_t n[PLAN_GROUPINGS];
};

/* A line of what is wanted. */
struct plan_link {
	struct plan_repo *repo, *after; /* after NULL: in any case */
};

struct plan {
	struct plan_config config;
	VEC(struct plan_repo *) repos; /* by kind and URI */
	VEC(struct plan_repo *) order; /* the wanted ones, as they came */
	VEC(struct plan_link) links;
	VEC(struct plan_repo *) running;
	struct plan_groups groups;
	struct slots pool[PLAN_TRANSPORTS];
	uint64_t turn, draws;
	int64_t quiet_ms; /* nothing becomes due before */
	bool stirred; /* something changed: look again */
};

/* Group the wanted and the running anew; turns stay.  0 or ERR_NOMEM. */
int plan_group(struct plan *p);

/* Count a running repository in, or out, with its traits. */
void plan_group_take(struct plan *p, struct plan_repo *r);
void plan_group_give(struct plan *p, struct plan_repo *r);

/* Since when each is wanted, after an end or with a new list. */
void plan_link(struct plan *p);

/* What its past means for a repository that was just recalled. */
void plan_resume(struct plan *p, struct plan_repo *r,
	const struct plan_past *past, struct mono now);

#endif
