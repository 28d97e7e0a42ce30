/*
 * plan_group: who shares a trust anchor, a delegation, a host.
 *
 *	repositories --sorted by key--> groups, one a key
 *
 * Groups are made anew with every list of what is wanted, as names come and go
 * with what is published.  What they remember, their turn, is carried over;
 * what runs is counted again.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/plan_inner.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 16384
};

/* The key of a repository: two texts. */
struct key {
	const char *first, *second;
};

static struct key
key_of(const struct plan_repo *r, enum plan_grouping by)
{
	switch (by) {
	case PLAN_BY_TA:
		return (struct key){r->ta, ""};
	case PLAN_BY_DELEGATION:
		return (struct key){r->ta, r->delegation};
	case PLAN_BY_HOST:
	case PLAN_GROUPINGS:
		break;
	}
	return (struct key){r->host, ""};
}

static int
compare(struct key a, struct key b)
{
	int order = strcmp(a.first, b.first);

	return order != 0 ? order : strcmp(a.second, b.second);
}

/* A repository with its key, to sort by. */
struct keyed {
	struct key key;
	struct plan_repo *repo;
};

static int
by_key(const void *a, const void *b)
{
	return compare(
		((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static int
find_key(const void *key, const void *group)
{
	const struct plan_group *g = group;

	return compare(
		*(const struct key *)key, (struct key){g->key, g->second});
}

/* A group that was there before keeps its turn; a new one waits as if it had
 * just had one, so that inventing names gains nothing. */
static uint64_t
turn_of(const struct plan *p, enum plan_grouping by, struct key key)
{
	const struct plan_group *old = NULL;

	if (p->groups.n[by] > 0)
		old = bsearch(&key, p->groups.at[by], p->groups.n[by],
			sizeof(*old), find_key);
	return old != NULL ? old->turn : p->turn;
}

/* One grouping of `n` repositories; `sorted` has room for them. */
static int
build(struct plan *p, struct plan_groups *g, enum plan_grouping by,
	struct keyed *sorted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sorted[i].key = key_of(sorted[i].repo, by);
	qsort(sorted, n, sizeof(*sorted), by_key);
	g->at[by] = arena_array(g->arena, n + 1, sizeof(*g->at[by]));
	if (g->at[by] == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct key key = sorted[i].key;
		struct plan_group *group = &g->at[by][g->n[by]];

		if (i > 0 && compare(key, sorted[i - 1].key) == 0) {
			sorted[i].repo->groups[by] = group - 1;
			continue;
		}
		group->key = arena_text(g->arena, key.first, strlen(key.first));
		group->second =
			arena_text(g->arena, key.second, strlen(key.second));
		if (group->key == NULL || group->second == NULL)
			return ERR_NOMEM;
		group->turn = turn_of(p, by, key);
		sorted[i].repo->groups[by] = group;
		g->n[by]++;
	}
	return 0;
}

/* Whoever is wanted or runs, with its past traits. */
static size_t
gather(const struct plan *p, struct keyed *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->order.n; i++)
		out[n++].repo = p->order.at[i];
	for (size_t i = 0; i < p->running.n; i++) {
		if (!p->running.at[i]->wanted)
			out[n++].repo = p->running.at[i];
	}
	return n;
}

int
plan_group(struct plan *p)
{
	struct plan_groups g = {.arena = arena_new(ARENA_CHUNK)};
	struct keyed *sorted =
		calloc(p->order.n + p->running.n + 1, sizeof(*sorted));
	size_t n;
	int err = g.arena == NULL || sorted == NULL ? ERR_NOMEM : 0;

	if (err == 0) {
		n = gather(p, sorted);
		for (int by = 0; err == 0 && by < PLAN_GROUPINGS; by++)
			err = build(p, &g, (enum plan_grouping)by, sorted, n);
	}
	free(sorted);
	if (err != 0) {
		arena_free(g.arena);
		return err;
	}
	arena_free(p->groups.arena);
	p->groups = g;
	memset(p->pool, 0, sizeof(p->pool));
	for (size_t i = 0; i < p->running.n; i++)
		plan_group_take(p, p->running.at[i]);
	return 0;
}

void
plan_group_take(struct plan *p, struct plan_repo *r)
{
	slots_take(&p->pool[r->transport], r->held);
	slots_take(
		&r->groups[PLAN_BY_DELEGATION]->slots[r->transport], r->held);
	slots_take(&r->groups[PLAN_BY_HOST]->slots[0], r->held);
}

void
plan_group_give(struct plan *p, struct plan_repo *r)
{
	slots_give(&p->pool[r->transport], r->held);
	slots_give(
		&r->groups[PLAN_BY_DELEGATION]->slots[r->transport], r->held);
	slots_give(&r->groups[PLAN_BY_HOST]->slots[0], r->held);
}
