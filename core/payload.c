/*
 * payload: order of payloads, the builder, the shared set, covering look-up.
 *
 *	builder:  vrps | keys + arena | aspas + arena      (growing)
 *	   done:  sort if need be -> one of each -> hand the arrays over
 *	    set:  the same arrays, never written again, counted
 *
 * Nothing is copied on the way from builder to set.  What comes from a
 * snapshot is sorted already and costs one pass.
 */
#include <assert.h>
#include <endian.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/vec.h"
#include "waymark/err.h"
#include "waymark/payload.h"

enum {
	ARENA_CHUNK = 65536,
	INSERTION_RUN = 12, /* runs this short are not worth a merge */
};

struct payload_builder {
	VEC(struct vrp) vrps;
	VEC(struct router_key) keys;
	VEC(struct aspa) aspas;
	struct arena *arena; /* public keys and providers */
};

struct payload_owner {
	atomic_size_t refs;
	struct payload_set set;
	struct payload_builder memory;
};

/* Eight octets in network order as a number: two of them compare faster than
 * sixteen octets one by one. */
static uint64_t
octets(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* The same order as addr_compare, where it is most of the work. */
static int
address_order(const struct addr *a, const struct addr *b)
{
	uint64_t x = octets(a->b), y = octets(b->b);

	if (x == y) {
		x = octets(a->b + 8);
		y = octets(b->b + 8);
	}
	return (x > y) - (x < y);
}

int
vrp_compare(const struct vrp *a, const struct vrp *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = address_order(&a->addr, &b->addr);
	if (order != 0)
		return order;
	if (a->max_len != b->max_len)
		return a->max_len < b->max_len ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return (a->asn > b->asn) - (a->asn < b->asn);
}

int
router_key_compare(const struct router_key *a, const struct router_key *b)
{
	int order = memcmp(a->ski, b->ski, SKI_SIZE);

	if (order != 0)
		return order;
	if (a->spki.n != b->spki.n)
		return a->spki.n < b->spki.n ? -1 : 1;
	order = span_compare(a->spki, b->spki);
	if (order != 0)
		return order;
	return (a->asn > b->asn) - (a->asn < b->asn);
}

int
aspa_compare(const struct aspa *a, const struct aspa *b)
{
	return (a->customer > b->customer) - (a->customer < b->customer);
}

bool
aspa_same(const struct aspa *a, const struct aspa *b)
{
	return a->customer == b->customer &&
		a->provider_count == b->provider_count &&
		(a->provider_count == 0 ||
			memcmp(a->providers, b->providers,
				a->provider_count * sizeof(uint32_t)) == 0);
}

struct prefix
vrp_prefix(const struct vrp *v)
{
	return (struct prefix){
		.addr = v->addr, .len = v->len, .family = v->family};
}

struct payload_builder *
payload_build_new(size_t expect)
{
	struct payload_builder *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->arena = arena_new(ARENA_CHUNK);
	if (b->arena == NULL || !VEC_RESERVE(&b->vrps, expect)) {
		payload_build_drop(b);
		return NULL;
	}
	return b;
}

int
payload_build_vrp(struct payload_builder *b, const struct vrp *v)
{
	return VEC_PUSH(&b->vrps, *v) ? 0 : ERR_NOMEM;
}

int
payload_build_key(struct payload_builder *b, const struct router_key *key)
{
	struct router_key own = *key;

	own.spki.p = arena_copy(b->arena, key->spki.p, key->spki.n);
	if (own.spki.p == NULL || !VEC_PUSH(&b->keys, own))
		return ERR_NOMEM;
	return 0;
}

int
payload_build_aspa(struct payload_builder *b, const struct aspa *aspa)
{
	struct aspa own = *aspa;

	own.providers = arena_copy(b->arena, aspa->providers,
		aspa->provider_count * sizeof(uint32_t));
	if (own.providers == NULL || !VEC_PUSH(&b->aspas, own))
		return ERR_NOMEM;
	return 0;
}

/* For the short ends of the merge sort. */
static void
insertion_sort(struct vrp *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct vrp item = v[i];
		size_t at = i;

		for (; at > 0 && vrp_compare(&item, &v[at - 1]) < 0; at--)
			v[at] = v[at - 1];
		v[at] = item;
	}
}

/* Merge v[0..half) and v[half..n); `spare` has room for the first half. */
static void
merge(struct vrp *v, size_t half, size_t n, struct vrp *spare)
{
	size_t a = 0, b = half, to = 0;

	/* Runs that follow each other are the usual case: points of one
	 * registry lie together. */
	if (vrp_compare(&v[half - 1], &v[half]) <= 0)
		return;
	memcpy(spare, v, half * sizeof(*v));
	while (a < half && b < n)
		v[to++] =
			vrp_compare(&v[b], &spare[a]) < 0 ? v[b++] : spare[a++];
	memcpy(&v[to], &spare[a], (half - a) * sizeof(*v));
}

/* A merge sort; it calls itself some twenty times deep for a million. */
static void
merge_sort(struct vrp *v, size_t n, struct vrp *spare)
{
	size_t half = n / 2;

	if (n <= INSERTION_RUN) {
		insertion_sort(v, n);
		return;
	}
	merge_sort(v, half, spare);
	merge_sort(v + half, n - half, spare);
	merge(v, half, n, spare);
}

/* The usual case: payloads come from a snapshot. */
static bool
is_sorted(const struct vrp *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (vrp_compare(&v[i - 1], &v[i]) > 0)
			return false;
	return true;
}

/* Whether `a` is to be kept rather than `b`, the same payload. */
static bool
is_better(int64_t a_expires, int64_t b_expires, uint64_t a_origin,
	uint64_t b_origin)
{
	if (a_expires != b_expires)
		return a_expires > b_expires;
	return a_origin < b_origin;
}

/* Trust anchor, then source, as one number. */
static uint64_t
origin(uint8_t ta, uint32_t source)
{
	return (uint64_t)ta << 32 | source;
}

/* Keep the best of each payload; returns how many are left. */
static size_t
unique_vrps(struct vrp *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct vrp *last = kept > 0 ? &v[kept - 1] : NULL;

		if (last == NULL || vrp_compare(last, &v[i]) != 0)
			v[kept++] = v[i];
		else if (is_better(v[i].expires, last->expires,
				 origin(v[i].ta, v[i].source),
				 origin(last->ta, last->source)))
			*last = v[i];
	}
	return kept;
}

/* Sorted and unique.  Equals may come in any order: unique_vrps picks. */
static int
settle_vrps(struct payload_builder *b)
{
	struct vrp *spare, *less;
	size_t n = b->vrps.n;

	if (!is_sorted(b->vrps.at, n)) {
		spare = malloc((n / 2 + 1) * sizeof(*spare));
		if (spare == NULL)
			return ERR_NOMEM;
		merge_sort(b->vrps.at, n, spare);
		free(spare);
	}
	b->vrps.n = unique_vrps(b->vrps.at, n);
	/* A set lives for hours: give back what it does not need. */
	if (b->vrps.n > 0 && b->vrps.n < b->vrps.cap) {
		less = realloc(b->vrps.at, b->vrps.n * sizeof(*less));
		if (less != NULL) {
			b->vrps.at = less;
			b->vrps.cap = b->vrps.n;
		}
	}
	return 0;
}

/* For qsort: there are few router keys.  Among equals the best comes first. */
static int
key_order(const void *a, const void *b)
{
	const struct router_key *x = a, *y = b;
	int order = router_key_compare(x, y);

	if (order != 0)
		return order;
	if (is_better(x->expires, y->expires, origin(x->ta, x->source),
		    origin(y->ta, y->source)))
		return -1;
	return is_better(y->expires, x->expires, origin(y->ta, y->source),
		origin(x->ta, x->source));
}

/* Sorted and unique. */
static void
settle_keys(struct payload_builder *b)
{
	struct router_key *v = b->keys.at;
	size_t kept = 0;

	if (b->keys.n == 0)
		return;
	qsort(v, b->keys.n, sizeof(*v), key_order);
	for (size_t i = 0; i < b->keys.n; i++)
		if (kept == 0 || router_key_compare(&v[kept - 1], &v[i]) != 0)
			v[kept++] = v[i];
	b->keys.n = kept;
}

/* For qsort. */
static int
number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* By customer; the one that expires first in front, as it is the one whose
 * expiry the merged one has. */
static int
aspa_order(const void *a, const void *b)
{
	const struct aspa *x = a, *y = b;
	uint64_t p = origin(x->ta, x->source), q = origin(y->ta, y->source);
	int order = aspa_compare(x, y);

	if (order != 0)
		return order;
	if (x->expires != y->expires)
		return x->expires < y->expires ? -1 : 1;
	return (p > q) - (p < q);
}

/* Sort providers, leave one of each; AS0 means "none" and goes when there is
 * any other. */
static size_t
unique_providers(uint32_t *p, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(p, n, sizeof(*p), number_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || p[kept - 1] != p[i])
			p[kept++] = p[i];
	if (kept > 1 && p[0] == 0) {
		kept--;
		memmove(p, p + 1, kept * sizeof(*p));
	}
	return kept;
}

/* Make the ASPAs v[0..n) of one customer the one at `v`. */
static int
merge_aspas(struct payload_builder *b, struct aspa *v, size_t n)
{
	size_t total = 0, at = 0;
	uint32_t *all;

	for (size_t i = 0; i < n; i++)
		total += v[i].provider_count;
	/* The parts stay behind in the arena; they are few and small. */
	all = arena_get(b->arena, total * sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		memcpy(all + at, v[i].providers,
			v[i].provider_count * sizeof(*all));
		at += v[i].provider_count;
	}
	v->provider_count = (uint32_t)unique_providers(all, total);
	v->providers = all;
	return 0;
}

/* Sorted, one of each customer: what routers hold of one customer is a single
 * list, and two objects of one customer mean their union. */
static int
settle_aspas(struct payload_builder *b)
{
	struct aspa *v = b->aspas.at;
	size_t kept = 0, run;
	int err = 0;

	if (b->aspas.n == 0)
		return 0;
	qsort(v, b->aspas.n, sizeof(*v), aspa_order);
	for (size_t i = 0; i < b->aspas.n && err == 0; i += run) {
		for (run = 1; i + run < b->aspas.n; run++)
			if (v[i].customer != v[i + run].customer)
				break;
		err = merge_aspas(b, &v[i], run);
		v[kept++] = v[i];
	}
	b->aspas.n = kept;
	return err;
}

/* IPv4 comes first: where does it end? */
static size_t
count_ipv4(const struct vrp *v, size_t n)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v[middle].family == FAMILY_IPV4)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Free the arrays of a builder, or of the set they were handed to. */
static void
release(struct payload_builder *b)
{
	VEC_FREE(&b->vrps);
	VEC_FREE(&b->keys);
	VEC_FREE(&b->aspas);
	arena_free(b->arena);
	b->arena = NULL;
}

int
payload_build_done(struct payload_builder *b, const struct payload_set **out)
{
	struct payload_owner *owner = calloc(1, sizeof(*owner));
	int err = owner == NULL ? ERR_NOMEM : settle_vrps(b);

	if (err == 0)
		err = settle_aspas(b);
	if (err != 0) {
		free(owner);
		payload_build_drop(b);
		return err;
	}
	settle_keys(b);
	atomic_init(&owner->refs, 1);
	owner->memory = *b;
	owner->set = (struct payload_set){
		.vrps = b->vrps.at,
		.vrp_count = b->vrps.n,
		.ipv4_count = count_ipv4(b->vrps.at, b->vrps.n),
		.keys = b->keys.at,
		.key_count = b->keys.n,
		.aspas = b->aspas.at,
		.aspa_count = b->aspas.n,
		.owner = owner,
	};
	/* The builder is an empty shell now: its memory is the owner's. */
	free(b);
	*out = &owner->set;
	return 0;
}

void
payload_build_drop(struct payload_builder *b)
{
	if (b == NULL)
		return;
	release(b);
	free(b);
}

const struct payload_set *
payload_ref(const struct payload_set *set)
{
	/* Who can hand out a reference holds one: no order is needed. */
	atomic_fetch_add_explicit(&set->owner->refs, 1, memory_order_relaxed);
	return set;
}

void
payload_unref(const struct payload_set *set)
{
	struct payload_owner *owner;
	size_t refs;

	if (set == NULL)
		return;
	owner = set->owner;
	/* All reads of other holders must come before the last one frees. */
	refs = atomic_fetch_sub_explicit(&owner->refs, 1, memory_order_acq_rel);
	assert(refs > 0);
	if (refs > 1)
		return;
	release(&owner->memory);
	free(owner);
}

/* The first VRP of v[from..to) whose address is not below `a`. */
static size_t
find_address(const struct vrp *v, size_t from, size_t to, const struct addr *a)
{
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (address_order(&v[middle].addr, a) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/*
 * A VRP that covers the route has as its address one of the route's own
 * addresses cut at 0, 1, 2 ... bits.  They ascend, and a zero bit gives no new
 * one: so there is one search for every one bit of the route, each beginning
 * where the last one ended.
 */
void
payload_covering(const struct payload_set *set, const struct prefix *route,
	bool (*each)(void *ctx, const struct vrp *v), void *ctx)
{
	bool v4 = route->family == FAMILY_IPV4;
	size_t at = v4 ? 0 : set->ipv4_count;
	size_t end = v4 ? set->ipv4_count : set->vrp_count;

	for (unsigned len = 0; len <= route->len && at < end; len++) {
		struct addr cut = addr_low(&route->addr, len);

		if (len > 0 &&
			(cut.b[(len - 1) / 8] & 0x80 >> (len - 1) % 8) == 0)
			continue;
		at = find_address(set->vrps, at, end, &cut);
		for (; at < end; at++) {
			struct prefix p = vrp_prefix(&set->vrps[at]);

			if (address_order(&p.addr, &cut) != 0)
				break;
			if (prefix_covers(&p, route) &&
				!each(ctx, &set->vrps[at]))
				return;
		}
	}
}
