/*
 * merge_sources: the objects that gave something, point by point.
 *
 *	part:    | point 0: a c b | point 1: x | ...     as they were found
 *	merged:  | point 7: a b c | point 8: x | ...     as points are numbered
 *
 * A thread finds the sources of one point after those of another: so each
 * point's stand together, and only these few are sorted.
 *
 * An object on two certification paths is a source on each.  Of these the one
 * that lasts longest counts; the others are marked, so that nobody who lists or
 * counts objects does it twice.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/run/crew.h"
#include "validator/run/merge.h"
#include "waymark/err.h"

struct sources {
	struct merge *m;
	uint32_t *firsts; /* by point: the number of its first source */
	bool failed[BOUND_THREADS];
};

static int
by_name(const void *a, const void *b)
{
	const struct snapshot_source *x =
		*(const struct snapshot_source *const *)a;
	const struct snapshot_source *y =
		*(const struct snapshot_source *const *)b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : memcmp(x->hash, y->hash, sizeof(x->hash));
}

/* Manifests have their files in order, most of them. */
static void
sort_point(const struct snapshot_source **refs, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++) {
		if (by_name(&refs[i - 1], &refs[i]) <= 0)
			continue;
		qsort(refs, n, sizeof(struct snapshot_source *), by_name);
		return;
	}
}

/* Where the sources of the point that `from` is at end. */
static size_t
end_of_point(const struct findings *f, size_t from)
{
	size_t to = from + 1;

	while (to < f->sources.n &&
		f->sources.at[to].point == f->sources.at[from].point)
		to++;
	return to;
}

/* Put one part's sources where they belong. */
static void
place_part(void *ctx, size_t i)
{
	struct sources *s = ctx;
	struct merge_part *part = &s->m->parts[i];
	struct findings *f = part->findings;
	struct snapshot_source *all = s->m->result->owner->sources;
	const struct snapshot_source **refs =
		calloc(f->sources.n + 1, sizeof(struct snapshot_source *));
	size_t from, to, j;

	s->failed[i] = refs == NULL;
	for (j = 0; j < f->sources.n && refs != NULL; j++)
		refs[j] = &f->sources.at[j];
	for (from = 0; from < f->sources.n && refs != NULL; from = to) {
		uint32_t point = part->points[f->sources.at[from].point];
		uint32_t at = s->firsts[point];
		struct wall end = s->m->result->owner->points[point].not_after;

		to = end_of_point(f, from);
		sort_point(refs + from, to - from);
		for (j = from; j < to; j++, at++) {
			all[at] = *refs[j];
			all[at].point = point;
			part->sources[refs[j] - f->sources.at] = at;
			part->ends[refs[j] - f->sources.at] =
				wall_earlier(end, refs[j]->not_after).s;
		}
	}
	free(refs);
}

/* The number of each point's first source, from how many each has. */
static void
number(struct sources *s)
{
	size_t points = s->m->result->snapshot.point_count, i, j;
	uint32_t at = 0;

	for (i = 0; i < s->m->count; i++) {
		const struct merge_part *part = &s->m->parts[i];
		const struct findings *f = part->findings;

		for (j = 0; j < f->sources.n; j++)
			s->firsts[part->points[f->sources.at[j].point]]++;
	}
	for (i = 0; i < points; i++) {
		uint32_t n = s->firsts[i];

		s->firsts[i] = at;
		at += n;
	}
	s->firsts[points] = at;
}

/* A source among those of one folder. */
struct twin {
	struct snapshot_source *source;
	int64_t end;
};

static int
by_object(const struct snapshot_source *a, const struct snapshot_source *b)
{
	int c = strcmp(a->name, b->name);

	if (c == 0)
		c = memcmp(a->hash, b->hash, sizeof(a->hash));
	return c != 0 ? c : merge_order(a->ta, b->ta);
}

/* The one that lasts longest first; then the first point's. */
static int
by_twin(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;
	int c = by_object(x->source, y->source);

	if (c == 0 && x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return c != 0 ? c : merge_order(x->source->point, y->source->point);
}

/* Mark what comes again at the points [from, to), which have one folder. */
static int
mark_folder(struct sources *s, size_t from, size_t to)
{
	const struct snapshot *snapshot = &s->m->result->snapshot;
	struct snapshot_source *all = s->m->result->owner->sources;
	size_t n = s->firsts[to] - s->firsts[from], i;
	struct twin *twins = calloc(n + 1, sizeof(*twins));

	if (twins == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		twins[i].source = &all[s->firsts[from] + i];
		twins[i].end = snapshot_source_end(snapshot, twins[i].source).s;
	}
	qsort(twins, n, sizeof(*twins), by_twin);
	for (i = 1; i < n; i++)
		twins[i].source->again =
			by_object(twins[i - 1].source, twins[i].source) == 0;
	free(twins);
	return 0;
}

/* Points of one folder stand together, and share its text; most have a folder
 * to themselves. */
static int
mark_twins(struct sources *s)
{
	const struct snapshot *snapshot = &s->m->result->snapshot;
	const struct snapshot_point *points = snapshot->points;
	size_t from, to;
	int err = 0;

	for (from = 0; from < snapshot->point_count && err == 0; from = to) {
		for (to = from + 1; to < snapshot->point_count; to++)
			if (points[to].folder != points[from].folder)
				break;
		if (to - from > 1)
			err = mark_folder(s, from, to);
	}
	return err;
}

static int
make_room(struct sources *s)
{
	struct result *r = s->m->result;
	size_t n = 0, i;

	for (i = 0; i < s->m->count; i++) {
		struct merge_part *part = &s->m->parts[i];
		size_t own = part->findings->sources.n;

		part->sources = calloc(own + 1, sizeof(*part->sources));
		part->ends = calloc(own + 1, sizeof(*part->ends));
		if (part->sources == NULL || part->ends == NULL)
			return ERR_NOMEM;
		n += own;
	}
	s->firsts = calloc(r->snapshot.point_count + 1, sizeof(*s->firsts));
	r->owner->sources = calloc(n + 1, sizeof(*r->owner->sources));
	if (s->firsts == NULL || r->owner->sources == NULL)
		return ERR_NOMEM;
	r->snapshot.sources = r->owner->sources;
	r->snapshot.source_count = n;
	return 0;
}

int
merge_sources(struct merge *m)
{
	struct sources s = {.m = m};
	int err = make_room(&s);
	size_t i;

	if (err == 0) {
		number(&s);
		crew_run(m->count, place_part, &s);
	}
	for (i = 0; i < m->count; i++) {
		if (s.failed[i])
			err = ERR_NOMEM;
		VEC_FREE(&m->parts[i].findings->sources);
	}
	if (err == 0)
		err = mark_twins(&s);
	free(s.firsts);
	return err;
}
