/*
 * merge_points: publication points, each with its place among all.
 *
 *	threads: sort own points     one: merge, number, find parents
 *
 * A point names the one above it by number, and the walk knows it by its CA:
 * so the numbers are kept by CA until all points have one.  CAs are let go
 * here: they are a third of what a run holds, and nothing asks for them later.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "validator/run/crew.h"
#include "validator/run/merge.h"
#include "validator/run/sorted.h"
#include "waymark/err.h"

/* A point where its thread left it. */
struct ref {
	struct span folder, manifest; /* what most are told apart by */
	const struct found_point *point;
	uint32_t part, index;
};

/* A number by CA: a slot of a table with open addressing.  Addresses of memory
 * are nothing that a publisher could choose. */
struct slot {
	const struct ca *ca;
	uint32_t number;
};

struct points {
	struct merge *m;
	struct ref *refs; /* of all parts, one behind the other */
	size_t ends[BOUND_THREADS]; /* by part */
	struct slot *slots;
	size_t mask;
};

static int
by_place(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int c = span_compare(x->folder, y->folder);

	if (c == 0)
		c = span_compare(x->manifest, y->manifest);
	return c != 0 ? c : ca_compare(x->point->ca, y->point->ca);
}

static void
sort_part(void *ctx, size_t i)
{
	struct points *p = ctx;
	const struct findings *f = p->m->parts[i].findings;
	struct ref *refs = p->refs + (i == 0 ? 0 : p->ends[i - 1]);
	size_t j;

	for (j = 0; j < f->points.n; j++)
		refs[j] = (struct ref){
			.folder = f->points.at[j].ca->repository_uri,
			.manifest = uri_name(f->points.at[j].ca->manifest_uri),
			.point = &f->points.at[j],
			.part = (uint32_t)i,
			.index = (uint32_t)j,
		};
	qsort(refs, f->points.n, sizeof(*refs), by_place);
}

static struct slot *
slot_of(const struct points *p, const struct ca *ca)
{
	size_t at = (size_t)((uintptr_t)ca >> 4) * 0x9e3779b97f4a7c15 >> 20;

	for (at &= p->mask; p->slots[at].ca != NULL; at = (at + 1) & p->mask)
		if (p->slots[at].ca == ca)
			break;
	return &p->slots[at];
}

/* Number the points in their order, also for their threads. */
static void
number(struct points *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ref *ref = &p->refs[i];

		p->m->parts[ref->part].points[ref->index] = (uint32_t)i;
		*slot_of(p, ref->point->ca) =
			(struct slot){ref->point->ca, (uint32_t)i};
	}
}

static const char *
keep(struct merge *m, struct span s)
{
	return arena_text(m->result->owner->arena, (const char *)s.p, s.n);
}

/* The name of a CA's certificate behind the folder of the point above. */
static struct span
cert_name(const struct ca *ca)
{
	size_t n = ca->parent == NULL ? 0 : ca->parent->repository_uri.n;

	assert(n <= ca->uri.n);
	return span_of(ca->uri.p + n, ca->uri.n - n);
}

/* Why it does not hold as it is published. */
static void
tell_reason(struct merge *m, const struct found_point *from,
	struct snapshot_point *to)
{
	to->reason = to->text = to->file = "";
	if (from->state == POINT_VALID)
		return;
	to->since = from->since;
	to->reason = reject_name(from->reason);
	to->text = merge_rule(m, from->reason);
	if (from->file != NULL)
		to->file = from->file;
}

/* What is told of a point, but for the folder's text and the claims. */
static void
tell(const struct points *p, const struct ref *ref, struct snapshot_point *to)
{
	const struct found_point *from = ref->point;
	const struct ca *ca = from->ca;

	*to = (struct snapshot_point){
		.manifest = keep(p->m, ref->manifest),
		.cert = keep(p->m, cert_name(ca)),
		.parent = SNAPSHOT_NONE,
		.depth = ca->depth,
		.repo = from->repo < 0 ? SNAPSHOT_NONE : (uint32_t)from->repo,
		.ta = (uint8_t)ca->ta,
		.state = from->state,
		.not_before = ca->certs_begin,
		.certs_end = ca->certs_end,
		.not_after = from->not_after,
		.this_update = from->this_update,
		.next_update = from->next_update,
		.size = from->size,
	};
	if (ca->parent != NULL)
		to->parent = slot_of(p, ca->parent)->number;
	memcpy(to->hash, from->hash, sizeof(to->hash));
	memcpy(to->ski, ca->ski, sizeof(to->ski));
	memcpy(to->number, from->number, sizeof(to->number));
	tell_reason(p->m, from, to);
}

static int
tell_all(struct points *p, size_t n)
{
	struct snapshot_point *to = p->m->result->owner->points;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ref *ref = &p->refs[i];
		bool same = i > 0 && span_equal(ref->folder, ref[-1].folder);

		tell(p, ref, &to[i]);
		to[i].folder =
			same ? to[i - 1].folder : keep(p->m, ref->folder);
		if (to[i].folder == NULL || to[i].manifest == NULL ||
			to[i].cert == NULL || to[i].text == NULL)
			return ERR_NOMEM;
	}
	p->m->result->snapshot.points = to;
	p->m->result->snapshot.point_count = n;
	return 0;
}

/* How many there are, and where each part's end. */
static size_t
count(struct points *p)
{
	size_t n = 0, i;

	for (i = 0; i < p->m->count; i++)
		p->ends[i] = n += p->m->parts[i].findings->points.n;
	return n;
}

static int
make_room(struct points *p, size_t n)
{
	size_t cap = 16, i;

	while (cap < 2 * n)
		cap *= 2;
	p->mask = cap - 1;
	p->refs = calloc(n + 1, sizeof(*p->refs));
	p->slots = calloc(cap, sizeof(*p->slots));
	p->m->result->owner->points =
		calloc(n + 1, sizeof(*p->m->result->owner->points));
	if (p->refs == NULL || p->slots == NULL ||
		p->m->result->owner->points == NULL)
		return ERR_NOMEM;
	for (i = 0; i < p->m->count; i++) {
		struct merge_part *part = &p->m->parts[i];

		part->points = calloc(
			part->findings->points.n + 1, sizeof(*part->points));
		if (part->points == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

/* CAs are let go, bottom and top; what else points have stays. */
static void
release(struct merge *m)
{
	size_t i, j;

	for (i = 0; i < m->count; i++) {
		struct findings *f = m->parts[i].findings;

		for (j = 0; j < f->points.n; j++) {
			ca_unref(f->points.at[j].ca);
			f->points.at[j].ca = NULL;
		}
	}
}

int
merge_points(struct merge *m)
{
	struct points p = {.m = m};
	size_t n = count(&p);
	int err = make_room(&p, n);

	if (err == 0) {
		crew_run(m->count, sort_part, &p);
		err = sorted_merge(
			p.refs, sizeof(*p.refs), p.ends, m->count, by_place);
	}
	if (err == 0) {
		number(&p, n);
		err = tell_all(&p, n);
	}
	free(p.refs);
	free(p.slots);
	if (err == 0)
		release(m);
	return err;
}
