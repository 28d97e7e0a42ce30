/*
 * ccr_manifests: the manifests of a canonical cache representation.
 *
 *	points of all paths --> one of each manifest, by its hash
 *	                        with the keys of all CAs below
 */
#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "validator/run/ccr_back.h"
#include "waymark/err.h"

enum {
	TAG_URI = 6, /* uniformResourceIdentifier, RFC 5280 4.2.1.6 */
};

/* A CA below a point. */
struct below {
	uint32_t rank; /* of the point, by its manifest's hash */
	const uint8_t *ski;
};

/* A failed point gives nothing, so it is none of the cache's. */
static bool
is_current(const struct snapshot_point *p)
{
	return p->state != POINT_FAILED;
}

static int
compare_hashes(const void *a, const void *b)
{
	const struct snapshot_point *const *x = a, *const *y = b;

	return memcmp((*x)->hash, (*y)->hash, HASH_SIZE);
}

static int
compare_below(const void *a, const void *b)
{
	const struct below *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return memcmp(x->ski, y->ski, SKI_SIZE);
}

/* The CAs below one manifest, which end at `n`; how many are left. */
static size_t
put_subordinates(
	struct back *b, const struct below *below, size_t n, uint32_t rank)
{
	size_t mark = b->n;

	for (; n > 0 && below[n - 1].rank == rank; n--)
		if (n < 2 || compare_below(&below[n - 2], &below[n - 1]) != 0)
			back_value(b, DER_OCTET_STRING, below[n - 1].ski,
				SKI_SIZE);
	if (b->n > mark)
		back_head(b, DER_SEQUENCE, mark);
	return n;
}

/* Where it is published, as its certificate says. */
static void
put_location(struct back *b, const struct snapshot_point *p)
{
	struct span oid = oid_octets(OID_AD_SIGNED_OBJECT);
	size_t mark = b->n;

	back_put(b, p->manifest, strlen(p->manifest));
	back_put(b, p->folder, strlen(p->folder));
	back_head(b, DER_CONTEXT(TAG_URI), mark);
	back_value(b, DER_OID, oid.p, oid.n);
	back_head(b, DER_SEQUENCE, mark);
	back_head(b, DER_SEQUENCE, mark);
}

/* All that stands before the subordinates, which began at `mark`. */
static void
put_manifest(struct back *b, const struct snapshot_point *p, size_t mark)
{
	put_location(b, p);
	back_time(b, p->this_update);
	back_natural(b, p->number, sizeof(p->number));
	back_value(b, DER_OCTET_STRING, p->ski, SKI_SIZE);
	back_number(b, p->size);
	back_value(b, DER_OCTET_STRING, p->hash, HASH_SIZE);
	back_head(b, DER_SEQUENCE, mark);
}

/* What manifests are put together from. */
struct census {
	const struct snapshot_point **points; /* by hash of the manifest */
	size_t count;
	uint32_t *ranks; /* of every point, among those */
	struct below *below; /* by rank */
	size_t below_count;
	struct wall latest;
};

static void
rank_points(const struct snapshot *s, struct census *x)
{
	uint32_t rank = 0;
	size_t i;

	for (i = 0; i < s->point_count; i++)
		if (is_current(&s->points[i]))
			x->points[x->count++] = &s->points[i];
	qsort(x->points, x->count, sizeof(*x->points), compare_hashes);
	for (i = 0; i < x->count; i++) {
		const struct snapshot_point *p = x->points[i];

		if (i > 0 && compare_hashes(&x->points[i - 1], &p) != 0)
			rank++;
		x->ranks[p - s->points] = rank;
		if (p->this_update.s > x->latest.s)
			x->latest = p->this_update;
	}
}

/* A CA whose own point fails is one all the same. */
static void
list_below(const struct snapshot *s, struct census *x)
{
	size_t i;

	for (i = 0; i < s->point_count; i++) {
		uint32_t parent = s->points[i].parent;

		if (parent == SNAPSHOT_NONE || !is_current(&s->points[parent]))
			continue;
		x->below[x->below_count].rank = x->ranks[parent];
		x->below[x->below_count++].ski = s->points[i].ski;
	}
	qsort(x->below, x->below_count, sizeof(*x->below), compare_below);
}

/* A manifest that several paths lead to stands once, with the CAs of all. */
static void
put_census(struct back *b, const struct snapshot *s, const struct census *x)
{
	size_t left = x->below_count, i;

	for (i = x->count; i-- > 0;) {
		const struct snapshot_point *p = x->points[i];
		size_t mark = b->n;

		if (i > 0 && compare_hashes(&x->points[i - 1], &p) == 0)
			continue;
		left = put_subordinates(
			b, x->below, left, x->ranks[p - s->points]);
		put_manifest(b, p, mark);
	}
}

int
ccr_put_manifests(struct back *b, struct crypto *c, const struct snapshot *s,
	struct ccr_made *out)
{
	struct census x = {
		.points = calloc(s->point_count + 1, sizeof(*x.points)),
		.ranks = calloc(s->point_count + 1, sizeof(*x.ranks)),
		.below = calloc(s->point_count + 1, sizeof(*x.below)),
	};
	size_t hash = back_leave_hash(b), mark;
	int err = ERR_NOMEM;

	if (x.points != NULL && x.ranks != NULL && x.below != NULL) {
		rank_points(s, &x);
		list_below(s, &x);
		back_time(b, x.latest);
		mark = b->n;
		put_census(b, s, &x);
		back_end_list(b, c, mark, hash);
		back_end_state(b, CCR_MANIFESTS, hash, out);
		err = 0;
	}
	free(x.points);
	free(x.ranks);
	free(x.below);
	return err;
}
