/*
 * merge_vrps: 800,000 of them in canonical order.
 *
 *	threads: count own by bucket     one: where each begins in each bucket
 *	threads: put own there           threads: sort each bucket
 *	one:     drop doubles, count
 *
 * A bucket is a range of addresses, so narrow that it holds a dozen VRPs of
 * today's; it is sorted by a method that is quick for a dozen.  Whoever
 * publishes a million into one range makes that one slower by its logarithm.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "validator/run/crew.h"
#include "validator/run/merge.h"
#include "waymark/err.h"

enum {
	IPV4_BUCKETS = 1 << 16, /* of a /16 */
	IPV6_SHIFT = 12, /* of a /20 */
	IPV6_LOW = 0x20000000, /* 2000::/3 is all that is given out; what is */
	IPV6_HIGH = 0x3fffffff, /* outside goes with its ends */
	IPV6_BUCKETS = ((IPV6_HIGH - IPV6_LOW) >> IPV6_SHIFT) + 1,
	BUCKETS = IPV4_BUCKETS + IPV6_BUCKETS,
	FEW = 24 /* that are sorted by insertion */
};

struct vrps {
	struct merge *m;
	struct vrp *all;
	size_t n;
	uint32_t *counts; /* by part and bucket; then: where each begins */
	size_t *shares; /* by thread: the bucket with which its own begin */
};

static size_t
bucket_of(const struct vrp *v)
{
	uint32_t high;

	memcpy(&high, v->addr.b, sizeof(high));
	high = be32toh(high);
	if (v->family == FAMILY_IPV4)
		return high >> 16;
	if (high < IPV6_LOW)
		high = IPV6_LOW;
	if (high > IPV6_HIGH)
		high = IPV6_HIGH;
	return IPV4_BUCKETS + ((high - IPV6_LOW) >> IPV6_SHIFT);
}

static int
by_vrp(const void *a, const void *b)
{
	const struct vrp *x = a, *y = b;
	int c = vrp_compare(x, y);

	if (c == 0 && x->expires != y->expires)
		return x->expires > y->expires ? -1 : 1;
	if (c == 0)
		c = merge_order(x->ta, y->ta);
	return c != 0 ? c : merge_order(x->source, y->source);
}

/* Name the sources by their numbers, and count. */
static void
count_part(void *ctx, size_t i)
{
	struct vrps *w = ctx;
	const struct merge_part *part = &w->m->parts[i];
	uint32_t *counts = w->counts + i * BUCKETS;
	struct findings *f = part->findings;
	size_t j;

	for (j = 0; j < f->vrps.n; j++) {
		struct vrp *v = &f->vrps.at[j];

		v->expires = part->ends[v->source];
		v->source = part->sources[v->source];
		counts[bucket_of(v)]++;
	}
}

/* From how many there are to where they begin. */
static void
place_buckets(struct vrps *w)
{
	size_t threads = w->m->count, share = 0, b, i;
	uint32_t at = 0;

	for (b = 0; b < BUCKETS; b++) {
		while (share < threads && at >= w->n / threads * share)
			w->shares[share++] = b;
		for (i = 0; i < threads; i++) {
			uint32_t *count = &w->counts[i * BUCKETS + b];
			uint32_t n = *count;

			*count = at;
			at += n;
		}
	}
	while (share <= threads)
		w->shares[share++] = BUCKETS;
}

static void
put_part(void *ctx, size_t i)
{
	struct vrps *w = ctx;
	uint32_t *counts = w->counts + i * BUCKETS;
	struct findings *f = w->m->parts[i].findings;
	size_t j;

	for (j = 0; j < f->vrps.n; j++)
		w->all[counts[bucket_of(&f->vrps.at[j])]++] = f->vrps.at[j];
	VEC_FREE(&f->vrps);
}

static void
sort_bucket(struct vrp *v, size_t n)
{
	size_t i, at;

	if (n > FEW) {
		qsort(v, n, sizeof(*v), by_vrp);
		return;
	}
	for (i = 1; i < n; i++) {
		struct vrp item = v[i];

		for (at = i; at > 0 && by_vrp(&item, &v[at - 1]) < 0; at--)
			v[at] = v[at - 1];
		v[at] = item;
	}
}

/* After put_part the last part's count of a bucket is where the bucket ends. */
static void
sort_share(void *ctx, size_t i)
{
	struct vrps *w = ctx;
	const uint32_t *ends = w->counts + (w->m->count - 1) * BUCKETS;
	size_t b;

	for (b = w->shares[i]; b < w->shares[i + 1]; b++) {
		size_t from = b == 0 ? 0 : ends[b - 1];

		sort_bucket(w->all + from, ends[b] - from);
	}
}

/* An object gives each payload once. */
static size_t
drop_doubles(struct vrp *v, size_t n)
{
	size_t count = 0, i;

	for (i = 0; i < n; i++) {
		if (i > 0 && by_vrp(&v[i], &v[count - 1]) == 0)
			continue;
		if (count != i)
			v[count] = v[i];
		count++;
	}
	return count;
}

static void
count_vrp(struct report_ta *ta, const struct vrp *v, bool again, bool is_new)
{
	if (!again)
		ta->counters[REPORT_VRPS]++;
	if (!is_new)
		return;
	ta->counters[REPORT_VRPS_UNIQUE]++;
	if (v->family == FAMILY_IPV4)
		ta->counters[REPORT_VRPS_IPV4]++;
	else
		ta->counters[REPORT_VRPS_IPV6]++;
}

/* Equal VRPs stand together; a bit for each trust anchor tells which of them
 * has one already. */
static void
count_vrps(struct result *r, const bool *again)
{
	const struct snapshot *s = &r->snapshot;
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < s->vrp_count; i++) {
		const struct vrp *v = &s->vrps[i];
		uint64_t bit = (uint64_t)1 << v->ta;

		if (i == 0 || vrp_compare(v, &s->vrps[i - 1]) != 0) {
			seen = 0;
			r->vrps_unique++;
		}
		count_vrp(&r->owner->tas[v->ta], v, again[v->source],
			(seen & bit) == 0);
		seen |= bit;
	}
}

static void
sort(struct vrps *w)
{
	crew_run(w->m->count, count_part, w);
	place_buckets(w);
	crew_run(w->m->count, put_part, w);
	crew_run(w->m->count, sort_share, w);
}

int
merge_vrps(struct merge *m)
{
	struct vrps w = {.m = m};
	struct result *r = m->result;
	bool *again;
	size_t i;

	for (i = 0; i < m->count; i++)
		w.n += m->parts[i].findings->vrps.n;
	w.all = malloc((w.n + 1) * sizeof(*w.all));
	w.counts = calloc(m->count * BUCKETS, sizeof(*w.counts));
	w.shares = calloc(m->count + 1, sizeof(*w.shares));
	again = calloc(r->snapshot.source_count + 1, sizeof(*again));
	r->owner->vrps = w.all;
	if (w.all != NULL && w.counts != NULL && w.shares != NULL &&
		again != NULL) {
		/* Alone they stay near; with all of a source they do not. */
		for (i = 0; i < r->snapshot.source_count; i++)
			again[i] = r->snapshot.sources[i].again;
		sort(&w);
		r->snapshot.vrps = w.all;
		r->snapshot.vrp_count = drop_doubles(w.all, w.n);
		count_vrps(r, again);
	}
	free(again);
	free(w.counts);
	free(w.shares);
	return r->snapshot.vrps != NULL ? 0 : ERR_NOMEM;
}
