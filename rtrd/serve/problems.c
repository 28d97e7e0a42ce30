/*
 * problems: one walk over points and refusals for each rank; there are five,
 * and a walk over the 200,000 refusals that a trust anchor may have takes a
 * millisecond.
 */
#include "rtrd/serve/problems.h"

#include <string.h>

#include "rtrd/serve/emit.h"
#include "rtrd/serve/origin.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum rank {
	RANK_FAILED,
	RANK_LAST_GOOD,
	RANK_CERT,
	RANK_PAYLOAD,
	RANK_REST,
	RANKS
};

/* One problem: a point, or a refusal. */
struct problem {
	const struct snapshot_point *point; /* or the one it lies in; NULL */
	const struct snapshot_refusal *refusal; /* NULL: it is the point */
	enum rank rank;
};

typedef bool (*problem_fn)(void *ctx, const struct problem *p);

static bool
is_meant(const struct view *v, const struct problems_filter *f, uint32_t ta,
	const struct snapshot_point *point)
{
	const struct snapshot *s = v->snapshot;
	const char *name = origin_ta(v, ta);

	if (f->ta != NULL && (name == NULL || strcmp(f->ta, name) != 0))
		return false;
	if (f->repo == NULL)
		return true;
	return point != NULL && point->repo < s->repo_count &&
		strcmp(f->repo, s->repos[point->repo].uri) == 0;
}

static enum rank
rank_of(enum object_type type)
{
	switch (type) {
	case OBJECT_CERT:
		return RANK_CERT;
	case OBJECT_ROA:
	case OBJECT_ASPA:
	case OBJECT_ROUTER_CERT:
		return RANK_PAYLOAD;
	case OBJECT_MANIFEST:
	case OBJECT_CRL:
	case OBJECT_GBR:
	case OBJECT_TAK:
	case OBJECT_SPL:
	case OBJECT_RSC:
	case OBJECT_OTHER:
	case OBJECT_TYPES:
		break;
	}
	return RANK_REST;
}

static bool
each_point(const struct view *v, const struct problems_filter *f,
	enum rank rank, problem_fn take, void *ctx)
{
	const struct snapshot *s = v->snapshot;
	enum point_state state =
		rank == RANK_FAILED ? POINT_FAILED : POINT_LAST_GOOD;
	size_t i;

	for (i = 0; i < s->point_count; i++) {
		const struct snapshot_point *point = &s->points[i];
		const struct problem p = {.point = point, .rank = rank};

		if (point->state == state && is_meant(v, f, point->ta, point) &&
			!take(ctx, &p))
			return false;
	}
	return true;
}

/* Whether the point is told for this object: its manifest, or the file for
 * which it does not hold. */
static bool
is_culprit(const struct snapshot_refusal *r, const struct snapshot_point *point)
{
	return point != NULL && point->state != POINT_VALID &&
		(strcmp(r->name, point->manifest) == 0 ||
			strcmp(r->name, point->file) == 0);
}

static bool
each_refusal(const struct view *v, const struct problems_filter *f,
	enum rank rank, problem_fn take, void *ctx)
{
	const struct snapshot *s = v->snapshot;
	size_t i;

	for (i = 0; i < s->refusal_count; i++) {
		const struct snapshot_refusal *r = &s->refusals[i];
		struct problem p = {.refusal = r, .rank = rank};

		if (rank_of(r->type) != rank)
			continue;
		if (r->point < s->point_count)
			p.point = &s->points[r->point];
		if (!is_culprit(r, p.point) && is_meant(v, f, r->ta, p.point) &&
			!take(ctx, &p))
			return false;
	}
	return true;
}

/* Every problem, the worst first, until `take` answers false. */
static void
each(const struct view *v, const struct problems_filter *f, problem_fn take,
	void *ctx)
{
	int rank;
	bool more = true;

	for (rank = 0; rank < RANKS && more; rank++) {
		if (rank <= RANK_LAST_GOOD)
			more = each_point(v, f, (enum rank)rank, take, ctx);
		else
			more = each_refusal(v, f, (enum rank)rank, take, ctx);
	}
}

static const char *
kind_of(const struct problem *p)
{
	return p->refusal != NULL ? object_type_name(p->refusal->type)
				  : "point";
}

static const char *
reason_of(const struct problem *p)
{
	return p->refusal != NULL ? p->refusal->reason : p->point->reason;
}

/* How many of one kind for one reason. */
struct tally {
	const char *kind, *state, *reason;
	uint64_t n;
};

/* There are some hundred reasons; what has no row of its own is only in the
 * total. */
struct count {
	struct tally rows[BOUND_PROBLEM_KINDS];
	size_t n;
	uint64_t total;
};

static const char *
state_of(const struct problem *p)
{
	return p->refusal != NULL ? object_state_name(OBJECT_STATE_REFUSED)
				  : point_state_name(p->point->state);
}

/* The row that counts these; NULL: none yet.  Kinds and states are static
 * texts; in a snapshot that was read, equal reasons are one text. */
static struct tally *
count_find(struct count *c, const struct tally *t)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->rows[i].reason == t->reason &&
			c->rows[i].kind == t->kind &&
			c->rows[i].state == t->state)
			return &c->rows[i];
	}
	return NULL;
}

static bool
count_one(void *ctx, const struct problem *p)
{
	struct count *c = ctx;
	const struct tally t = {kind_of(p), state_of(p), reason_of(p), 1};
	struct tally *row = count_find(c, &t);

	c->total++;
	if (row != NULL)
		row->n++;
	else if (c->n < BOUND_PROBLEM_KINDS)
		c->rows[c->n++] = t;
	return true;
}

static void
write_counts(struct text *t, const struct count *c)
{
	size_t i;

	emit_open(t, "counts", '[');
	for (i = 0; i < c->n; i++) {
		emit_open(t, NULL, '{');
		emit_text(t, "kind", c->rows[i].kind);
		emit_text(t, "state", c->rows[i].state);
		emit_text(t, "reason", c->rows[i].reason);
		emit_count(t, "count", c->rows[i].n);
		emit_close(t, '}');
	}
	emit_close(t, ']');
}

struct writing {
	struct text *t;
	const struct view *v;
	size_t begin; /* octets that were there before */
	uint64_t shown;
};

/* A hostile tree has problems without number, and with names of any length. */
static bool
write_one(void *ctx, const struct problem *p)
{
	struct writing *w = ctx;

	if (w->shown >= BOUND_PROBLEMS_ROWS ||
		w->t->n - w->begin >= BOUND_TELL_OCTETS || w->t->failed)
		return false;
	w->shown++;
	emit_open(w->t, NULL, '{');
	emit_text(w->t, "kind", kind_of(p));
	if (p->refusal != NULL) {
		emit_text(w->t, "state", state_of(p));
		origin_refusal(w->t, w->v, p->refusal);
	} else {
		origin_point(w->t, w->v, p->point);
	}
	if (p->point != NULL)
		origin_repo(w->t, w->v, p->point);
	else
		emit_null(w->t, "repository");
	emit_close(w->t, '}');
	return true;
}

bool
problems_has_ta(const struct view *v, const char *ta)
{
	const struct report *r = &v->snapshot->report;
	size_t i;

	for (i = 0; i < r->ta_count; i++) {
		if (strcmp(r->tas[i].name, ta) == 0)
			return true;
	}
	return false;
}

bool
problems_has_repo(const struct view *v, const char *repo)
{
	const struct snapshot *s = v->snapshot;
	size_t i;

	for (i = 0; i < s->repo_count; i++) {
		if (strcmp(s->repos[i].uri, repo) == 0)
			return true;
	}
	return v->repos != NULL && repos_find(v->repos, repo, &i);
}

void
problems_write(struct text *t, const struct view *v, struct wall now,
	const struct problems_filter *filter)
{
	struct writing w = {.t = t, .v = v};
	struct count c = {.n = 0};

	each(v, filter, count_one, &c);
	origin_freshness(t, v, now);
	emit_count(t, "total", c.total);
	write_counts(t, &c);
	emit_open(t, "problems", '[');
	w.begin = t->n;
	each(v, filter, write_one, &w);
	emit_close(t, ']');
	if (c.total > w.shown)
		emit_count(t, "omitted", c.total - w.shown);
}
