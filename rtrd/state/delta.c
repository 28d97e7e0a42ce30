/*
 * delta: what tells one payload set from another.
 *
 * All is done with two operations on sorted series:
 *
 *	split  a, b  ->  a - b, b - a       one walk over both
 *	merge  a, b  ->  a + b              where nothing is in both
 *
 * Between two sets one split is the delta.  Joining two deltas is a split of
 * what the first brought against what the second takes, and the reverse, then
 * a merge of what is left of either half: no set is looked at.
 *
 * VRPs, router keys and ASPAs go through the same code; they differ in size
 * and order only.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/vec.h"
#include "rtrd/state/delta.h"
#include "waymark/err.h"

/* What makes a delta one that is shared. */
struct delta_owner {
	struct delta delta;
	atomic_size_t refs;
	struct arena *arena; /* what keys and ASPAs point to; NULL: nothing */
};

enum kind {
	KIND_VRP,
	KIND_KEY,
	KIND_ASPA,
	KINDS
};

/* A sorted array of one kind, read or being made. */
struct series {
	void *at;
	size_t n;
	size_t cap; /* 0 for one that belongs to somebody else */
};

/* All kinds of one set or one half. */
struct parts {
	struct series kinds[KINDS];
};

struct kind_row {
	size_t size;
	int (*compare)(const void *a, const void *b);
};

static int
compare_vrps(const void *a, const void *b)
{
	return vrp_compare(a, b);
}

static int
compare_keys(const void *a, const void *b)
{
	return router_key_compare(a, b);
}

/* ASPAs of one customer with other providers are other payloads here; their
 * order among each other is of no importance, but it must be one. */
static int
compare_aspas(const void *a, const void *b)
{
	const struct aspa *x = a, *y = b;
	int order = aspa_compare(x, y);

	if (order != 0)
		return order;
	return span_compare(
		span_of(x->providers, x->provider_count * sizeof(uint32_t)),
		span_of(y->providers, y->provider_count * sizeof(uint32_t)));
}

static const struct kind_row KIND_ROWS[KINDS] = {
	[KIND_VRP] = {sizeof(struct vrp), compare_vrps},
	[KIND_KEY] = {sizeof(struct router_key), compare_keys},
	[KIND_ASPA] = {sizeof(struct aspa), compare_aspas},
};

/* A look at what somebody else owns; nothing is written through it. */
static struct series
look(const void *at, size_t n)
{
	return (struct series){.at = (void *)(uintptr_t)at, .n = n};
}

static struct parts
parts_of_set(const struct payload_set *set)
{
	return (struct parts){{
		look(set->vrps, set->vrp_count),
		look(set->keys, set->key_count),
		look(set->aspas, set->aspa_count),
	}};
}

static struct parts
parts_of_half(const struct delta_half *half)
{
	return (struct parts){{
		look(half->vrps, half->vrp_count),
		look(half->keys, half->key_count),
		look(half->aspas, half->aspa_count),
	}};
}

/* Only for parts that were made here; looks own nothing. */
static void
parts_release(struct parts *p)
{
	for (size_t k = 0; k < KINDS; k++)
		vec_release(&p->kinds[k].at);
}

static bool
push(struct series *to, const void *item, size_t size)
{
	if (!vec_reserve(&to->at, &to->cap, to->n + 1, size))
		return false;
	memcpy((uint8_t *)to->at + to->n * size, item, size);
	to->n++;
	return true;
}

static const void *
item(const struct series *s, size_t i, size_t size)
{
	return (const uint8_t *)s->at + i * size;
}

/* What is in `a` only and in `b` only, added to two new series. */
static bool
split(enum kind kind, const struct series pair[2], struct series *only_a,
	struct series *only_b)
{
	const struct kind_row *row = &KIND_ROWS[kind];
	const struct series *a = &pair[0], *b = &pair[1];
	size_t i = 0, j = 0;
	bool ok = true;

	while (ok && (i < a->n || j < b->n)) {
		int order;

		if (i == a->n)
			order = 1;
		else if (j == b->n)
			order = -1;
		else
			order = row->compare(
				item(a, i, row->size), item(b, j, row->size));
		if (order < 0)
			ok = push(only_a, item(a, i, row->size), row->size);
		else if (order > 0)
			ok = push(only_b, item(b, j, row->size), row->size);
		i += order <= 0;
		j += order >= 0;
	}
	return ok;
}

/* All of `a` and all of `b`, which share nothing, in order. */
static bool
merge(enum kind kind, const struct series *a, const struct series *b,
	struct series *out)
{
	const struct kind_row *row = &KIND_ROWS[kind];
	size_t i = 0, j = 0;

	/* One reservation: no growing, nothing left over. */
	if (!vec_reserve(&out->at, &out->cap, a->n + b->n, row->size))
		return false;
	while (i < a->n || j < b->n) {
		bool first = j == b->n ||
			(i < a->n &&
				row->compare(item(a, i, row->size),
					item(b, j, row->size)) < 0);

		if (first)
			push(out, item(a, i++, row->size), row->size);
		else
			push(out, item(b, j++, row->size), row->size);
	}
	return true;
}

/* The same for all kinds. */
static bool
split_all(const struct parts *a, const struct parts *b, struct parts *only_a,
	struct parts *only_b)
{
	for (int k = 0; k < KINDS; k++) {
		const struct series pair[2] = {a->kinds[k], b->kinds[k]};

		if (!split((enum kind)k, pair, &only_a->kinds[k],
			    &only_b->kinds[k]))
			return false;
	}
	return true;
}

static bool
merge_all(const struct parts *a, const struct parts *b, struct parts *out)
{
	for (int k = 0; k < KINDS; k++) {
		if (!merge((enum kind)k, &a->kinds[k], &b->kinds[k],
			    &out->kinds[k]))
			return false;
	}
	return true;
}

/* Copy what the items of a half point to, so that the half needs nobody. */
static bool
own(struct delta_owner *o, struct delta_half *half)
{
	if (half->key_count + half->aspa_count == 0)
		return true;
	if (o->arena == NULL && (o->arena = arena_new(1024)) == NULL)
		return false;
	for (size_t i = 0; i < half->key_count; i++) {
		struct span *spki = &half->keys[i].spki;

		spki->p = arena_copy(o->arena, spki->p, spki->n);
		if (spki->p == NULL)
			return false;
	}
	for (size_t i = 0; i < half->aspa_count; i++) {
		struct aspa *aspa = &half->aspas[i];

		aspa->providers = arena_copy(o->arena, aspa->providers,
			aspa->provider_count * sizeof(uint32_t));
		if (aspa->providers == NULL)
			return false;
	}
	return true;
}

/* Turn parts into a half; returns the octets that their arrays hold, which are
 * more than they use where they grew. */
static size_t
half_take(struct delta_half *half, struct parts *from)
{
	size_t size = 0;

	for (size_t k = 0; k < KINDS; k++)
		size += from->kinds[k].cap * KIND_ROWS[k].size;
	*half = (struct delta_half){
		.vrps = from->kinds[KIND_VRP].at,
		.vrp_count = from->kinds[KIND_VRP].n,
		.keys = from->kinds[KIND_KEY].at,
		.key_count = from->kinds[KIND_KEY].n,
		.aspas = from->kinds[KIND_ASPA].at,
		.aspa_count = from->kinds[KIND_ASPA].n,
	};
	*from = (struct parts){0};
	return size;
}

/* Make a delta of two halves; takes their memory in every case. */
static int
seal(struct parts *gone, struct parts *come, const struct delta **out)
{
	struct delta_owner *o = calloc(1, sizeof(*o));
	struct delta *d;

	if (o == NULL) {
		parts_release(gone);
		parts_release(come);
		return ERR_NOMEM;
	}
	atomic_init(&o->refs, 1);
	d = &o->delta;
	d->owner = o;
	d->size = sizeof(*o) + half_take(&d->gone, gone);
	d->size += half_take(&d->come, come);
	if (!own(o, &d->gone) || !own(o, &d->come)) {
		delta_unref(d);
		return ERR_NOMEM;
	}
	if (o->arena != NULL)
		d->size += arena_size(o->arena);
	*out = d;
	return 0;
}

int
delta_between(const struct payload_set *from, const struct payload_set *to,
	const struct delta **out)
{
	const struct parts old = parts_of_set(from), new = parts_of_set(to);
	struct parts gone = {0}, come = {0};

	if (!split_all(&old, &new, &gone, &come)) {
		parts_release(&gone);
		parts_release(&come);
		return ERR_NOMEM;
	}
	return seal(&gone, &come, out);
}

int
delta_join(const struct delta *first, const struct delta *second,
	const struct delta **out)
{
	const struct parts gone1 = parts_of_half(&first->gone);
	const struct parts come1 = parts_of_half(&first->come);
	const struct parts gone2 = parts_of_half(&second->gone);
	const struct parts come2 = parts_of_half(&second->come);
	/* [0]: what of the first is left, [1]: what the second adds.  What the
	 * first brought and the second takes is in neither, nor is what the
	 * first took and the second brings back. */
	struct parts gone_of[2] = {0}, come_of[2] = {0};
	struct parts gone = {0}, come = {0};
	bool ok = split_all(&come1, &gone2, &come_of[0], &gone_of[1]) &&
		split_all(&gone1, &come2, &gone_of[0], &come_of[1]) &&
		merge_all(&gone_of[0], &gone_of[1], &gone) &&
		merge_all(&come_of[0], &come_of[1], &come);

	for (size_t i = 0; i < 2; i++) {
		parts_release(&gone_of[i]);
		parts_release(&come_of[i]);
	}
	if (!ok) {
		parts_release(&gone);
		parts_release(&come);
		return ERR_NOMEM;
	}
	return seal(&gone, &come, out);
}

/* The arrays are not looks: they are given away. */
static struct parts
parts_taken(const struct delta_half *half)
{
	struct parts p = parts_of_half(half);

	for (size_t k = 0; k < KINDS; k++)
		p.kinds[k].cap = p.kinds[k].n;
	return p;
}

int
delta_take(const struct delta_half halves[2], const struct delta **out)
{
	struct parts gone = parts_taken(&halves[0]);
	struct parts come = parts_taken(&halves[1]);

	return seal(&gone, &come, out);
}

bool
delta_half_is_sorted(const struct delta_half *half)
{
	const struct parts p = parts_of_half(half);

	for (size_t k = 0; k < KINDS; k++) {
		const struct kind_row *row = &KIND_ROWS[k];
		const struct series *s = &p.kinds[k];

		for (size_t i = 1; i < s->n; i++) {
			if (row->compare(item(s, i - 1, row->size),
				    item(s, i, row->size)) >= 0)
				return false;
		}
	}
	return true;
}

static size_t
half_count(const struct delta_half *half)
{
	return half->vrp_count + half->key_count + half->aspa_count;
}

size_t
delta_count(const struct delta *d)
{
	return half_count(&d->gone) + half_count(&d->come);
}

static void
half_release(struct delta_half *half)
{
	free(half->vrps);
	free(half->keys);
	free(half->aspas);
}

const struct delta *
delta_ref(const struct delta *d)
{
	atomic_fetch_add(&d->owner->refs, 1);
	return d;
}

void
delta_unref(const struct delta *d)
{
	struct delta_owner *o = d != NULL ? d->owner : NULL;

	if (o == NULL || atomic_fetch_sub(&o->refs, 1) > 1)
		return;
	half_release(&o->delta.gone);
	half_release(&o->delta.come);
	arena_free(o->arena);
	free(o);
}
