/*
 * merge_others: router keys, ASPAs, and what was refused with what it claimed.
 *
 * There are few of the first two; of refusals as many as their bounds allow.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/run/merge.h"
#include "waymark/err.h"

static int
by_key(const void *a, const void *b)
{
	const struct router_key *x = a, *y = b;
	int c = router_key_compare(x, y);

	if (c == 0 && x->expires != y->expires)
		return x->expires > y->expires ? -1 : 1;
	return c != 0 ? c : merge_order(x->source, y->source);
}

static int
by_aspa(const void *a, const void *b)
{
	const struct aspa *x = a, *y = b;
	int c = aspa_compare(x, y);

	return c != 0 ? c : merge_order(x->source, y->source);
}

int
merge_keys(struct merge *m)
{
	struct snapshot *s = &m->result->snapshot;
	struct router_key *all;
	size_t n = 0, i, j;

	for (i = 0; i < m->count; i++)
		n += m->parts[i].findings->keys.n;
	all = calloc(n + 1, sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	m->result->owner->keys = all;
	for (n = i = 0; i < m->count; i++) {
		const struct merge_part *part = &m->parts[i];

		for (j = 0; j < part->findings->keys.n; j++) {
			struct router_key *to = &all[n++];

			*to = part->findings->keys.at[j];
			to->expires = part->ends[to->source];
			to->source = part->sources[to->source];
		}
	}
	qsort(all, n, sizeof(*all), by_key);
	s->keys = all;
	s->key_count = n;
	return 0;
}

int
merge_aspas(struct merge *m)
{
	struct snapshot *s = &m->result->snapshot;
	struct aspa *all;
	size_t n = 0, i, j;

	for (i = 0; i < m->count; i++)
		n += m->parts[i].findings->aspas.n;
	all = calloc(n + 1, sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	m->result->owner->aspas = all;
	for (n = i = 0; i < m->count; i++) {
		const struct merge_part *part = &m->parts[i];

		for (j = 0; j < part->findings->aspas.n; j++) {
			struct aspa *to = &all[n++];

			*to = part->findings->aspas.at[j];
			to->expires = part->ends[to->source];
			to->source = part->sources[to->source];
		}
	}
	qsort(all, n, sizeof(*all), by_aspa);
	s->aspas = all;
	s->aspa_count = n;
	return 0;
}

/* A refusal where its thread left it, named by numbers. */
struct ref {
	const struct refusal *refusal;
	const struct findings *findings;
	uint32_t point;
};

/* Claims after all else: two refusals that differ in nothing else may still
 * stand in either order, unless these are compared too. */
static int
by_claims(const struct ref *a, const struct ref *b)
{
	size_t n = a->refusal->claim_count, k = b->refusal->claim_count, i;
	int c = 0;

	for (i = 0; i < n && i < k && c == 0; i++) {
		const struct snapshot_claim *x =
			&a->findings->claims.at[a->refusal->claims + i];
		const struct snapshot_claim *y =
			&b->findings->claims.at[b->refusal->claims + i];

		c = merge_order(x->asn, y->asn);
		if (c == 0)
			c = merge_order(x->family, y->family);
		if (c == 0)
			c = addr_compare(&x->addr, &y->addr);
		if (c == 0)
			c = merge_order((uint64_t)x->len << 8 | x->max_len,
				(uint64_t)y->len << 8 | y->max_len);
	}
	return c != 0 ? c : merge_order(n, k);
}

static int
by_refusal(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int c = merge_order(x->refusal->ta, y->refusal->ta);

	if (c == 0)
		c = merge_order(x->point, y->point);
	if (c == 0)
		c = strcmp(x->refusal->name, y->refusal->name);
	if (c == 0)
		c = strcmp(reject_name(x->refusal->reason),
			reject_name(y->refusal->reason));
	if (c == 0)
		c = merge_order(x->refusal->type, y->refusal->type);
	return c != 0 ? c : by_claims(x, y);
}

/* What a refused object says is anything at all; as a prefix it is compared
 * with others, so it is made one. */
static struct snapshot_claim
sound(const struct snapshot_claim *from)
{
	struct snapshot_claim to = *from;
	uint8_t bits = from->family == FAMILY_IPV4 ? 32 : 128;

	if (to.family == CLAIM_ASN) {
		to = (struct snapshot_claim){
			.asn = from->asn, .family = CLAIM_ASN};
	} else {
		to.len = to.len < bits ? to.len : bits;
		to.addr = addr_low(&to.addr, to.len);
	}
	return to;
}

/* Add `n` claims of a thread's from `from` on.  False out of memory. */
static bool
add_claims(struct result_owner *own, const struct findings *f, size_t from,
	size_t n)
{
	size_t i;

	if (!VEC_RESERVE(&own->claims, own->claims.n + n))
		return false;
	for (i = 0; i < n; i++)
		own->claims.at[own->claims.n++] =
			sound(&f->claims.at[from + i]);
	return true;
}

/* Points' claims first, in their order.  The points of all parts are numbered;
 * this is the way back. */
static int
merge_point_claims(struct merge *m)
{
	struct result_owner *own = m->result->owner;
	size_t n = m->result->snapshot.point_count, i, j;
	struct ref *refs = calloc(n + 1, sizeof(*refs));
	const struct found_point **points =
		calloc(n + 1, sizeof(struct found_point *));
	int err = refs == NULL || points == NULL ? ERR_NOMEM : 0;

	for (i = 0; i < m->count && err == 0; i++) {
		const struct merge_part *part = &m->parts[i];

		for (j = 0; j < part->findings->points.n; j++) {
			points[part->points[j]] = &part->findings->points.at[j];
			refs[part->points[j]].findings = part->findings;
		}
	}
	for (i = 0; i < n && err == 0; i++) {
		own->points[i].claims = (uint32_t)own->claims.n;
		if (points[i]->state == POINT_VALID)
			continue;
		own->points[i].claim_count = (uint32_t)points[i]->claim_count;
		if (!add_claims(own, refs[i].findings, points[i]->claims,
			    points[i]->claim_count))
			err = ERR_NOMEM;
	}
	free(refs);
	free(points);
	return err;
}

/* One refusal, and its claims behind those of all before. */
static int
add_refusal(struct merge *m, const struct ref *ref)
{
	struct result_owner *own = m->result->owner;
	const struct refusal *from = ref->refusal;
	struct snapshot_refusal to = {
		.name = from->name,
		.reason = reject_name(from->reason),
		.text = merge_rule(m, from->reason),
		.ta = (uint8_t)from->ta,
		.type = from->type,
		.point = ref->point,
		.claims = (uint32_t)own->claims.n,
		.claim_count = (uint32_t)from->claim_count,
	};

	if (to.text == NULL || !VEC_PUSH(&own->refusals, to) ||
		!add_claims(
			own, ref->findings, from->claims, from->claim_count))
		return ERR_NOMEM;
	return 0;
}

/* Those of all parts, in order. */
static struct ref *
gather(const struct merge *m, size_t *count)
{
	size_t n = 0, i, j;
	struct ref *refs;

	for (i = 0; i < m->count; i++)
		n += m->parts[i].findings->refusals.n;
	refs = calloc(n + 1, sizeof(*refs));
	for (n = i = 0; i < m->count && refs != NULL; i++) {
		const struct merge_part *part = &m->parts[i];
		const struct findings *f = part->findings;

		for (j = 0; j < f->refusals.n; j++) {
			const struct refusal *from = &f->refusals.at[j];

			refs[n++] = (struct ref){from, f,
				from->point == SIZE_MAX
					? SNAPSHOT_NONE
					: part->points[from->point]};
		}
	}
	*count = n;
	if (refs != NULL)
		qsort(refs, n, sizeof(*refs), by_refusal);
	return refs;
}

int
merge_refusals(struct merge *m)
{
	struct result_owner *own = m->result->owner;
	struct snapshot *s = &m->result->snapshot;
	int err = merge_point_claims(m);
	struct ref *refs;
	size_t n, i;

	if (err != 0)
		return err;
	refs = gather(m, &n);
	if (refs == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n && err == 0; i++)
		err = add_refusal(m, &refs[i]);
	free(refs);
	s->refusals = own->refusals.at;
	s->refusal_count = own->refusals.n;
	s->claims = own->claims.at;
	s->claim_count = own->claims.n;
	return err;
}
