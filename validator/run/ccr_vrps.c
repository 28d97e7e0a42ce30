/*
 * ccr_vrps: the VRPs of a canonical cache representation.
 *
 *	by family, address, maximum length, length, AS number
 *	  --> by AS number, family, address, length, maximum length
 *
 * They come in the one order and leave in the other (RFC 9582 section 4.3.3);
 * 800,000 are put in order by two passes of counting, not by comparing.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "validator/run/ccr_back.h"
#include "waymark/err.h"

enum {
	DIGITS = 65536, /* values of one half of an AS number */
	HALF = 16, /* bits of it */
	AHEAD = 16, /* VRPs that are on their way from memory */
};

/* A VRP on its way to its place. */
struct item {
	uint32_t asn;
	uint32_t index;
	uint16_t lens; /* length and maximum length, as they are compared */
};

static int
compare_lens(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return (x->lens > y->lens) - (x->lens < y->lens);
}

/* Whether two VRPs are of one address. */
static bool
is_beside(const struct vrp *a, const struct vrp *b)
{
	return a->family == b->family && addr_compare(&a->addr, &b->addr) == 0;
}

/* Those of one address come by maximum length, and leave by length first. */
static void
order_lens(const struct snapshot *s, struct item *items, size_t n)
{
	size_t from, to;

	for (from = 0; from < n; from = to) {
		const struct vrp *first = &s->vrps[items[from].index];

		for (to = from + 1; to < n; to++)
			if (!is_beside(first, &s->vrps[items[to].index]))
				break;
		if (to - from > 1)
			qsort(items + from, to - from, sizeof(*items),
				compare_lens);
	}
}

/* One pass over one half of the AS number, which leaves in order what is equal
 * in it. */
static void
count_sort(const struct item *in, struct item *out, size_t n, unsigned shift,
	size_t *counts)
{
	size_t sum = 0, i;

	memset(counts, 0, DIGITS * sizeof(*counts));
	for (i = 0; i < n; i++)
		counts[in[i].asn >> shift & (DIGITS - 1)]++;
	for (i = 0; i < DIGITS; i++) {
		size_t here = counts[i];

		counts[i] = sum;
		sum += here;
	}
	for (i = 0; i < n; i++)
		out[counts[in[i].asn >> shift & (DIGITS - 1)]++] = in[i];
}

/* One of each VRP, in the order in which they come.  How many. */
static size_t
list_vrps(const struct snapshot *s, struct item *items)
{
	size_t n = 0, i;

	for (i = 0; i < s->vrp_count; i++) {
		const struct vrp *v = &s->vrps[i];

		if (i > 0 && vrp_compare(v - 1, v) == 0)
			continue;
		items[n].asn = v->asn;
		items[n].index = (uint32_t)i;
		items[n++].lens = (uint16_t)(v->len << 8 | v->max_len);
	}
	return n;
}

/* The bits of a prefix as a BIT STRING, and what is longer where it differs. */
static void
put_address(struct back *b, const struct vrp *v)
{
	size_t mark = b->n, octets = (v->len + 7u) / 8;
	uint8_t unused = (uint8_t)(octets * 8 - v->len);
	size_t bits;

	if (v->max_len != v->len)
		back_number(b, v->max_len);
	bits = b->n;
	back_put(b, v->addr.b, octets);
	back_put(b, &unused, 1);
	back_head(b, DER_BIT_STRING, bits);
	back_head(b, DER_SEQUENCE, mark);
}

/* The family of the last of `n` items with its addresses; how many are left. */
static size_t
put_family(struct back *b, const struct vrp *vrps, const struct item *items,
	size_t n)
{
	uint32_t asn = items[n - 1].asn;
	uint8_t family = vrps[items[n - 1].index].family;
	const uint8_t afi[] = {0, family == FAMILY_IPV4 ? 1 : 2};
	size_t mark = b->n;

	for (; n > 0 && items[n - 1].asn == asn &&
		vrps[items[n - 1].index].family == family;
		n--) {
		if (n > AHEAD) /* they lie all over the memory */
			__builtin_prefetch(&vrps[items[n - AHEAD].index]);
		put_address(b, &vrps[items[n - 1].index]);
	}
	back_head(b, DER_SEQUENCE, mark);
	back_value(b, DER_OCTET_STRING, afi, sizeof(afi));
	back_head(b, DER_SEQUENCE, mark);
	return n;
}

static void
put_vrp_sets(struct back *b, const struct vrp *vrps, const struct item *items,
	size_t n)
{
	while (n > 0) {
		uint32_t asn = items[n - 1].asn;
		size_t mark = b->n;

		while (n > 0 && items[n - 1].asn == asn)
			n = put_family(b, vrps, items, n);
		back_head(b, DER_SEQUENCE, mark);
		back_number(b, asn);
		back_head(b, DER_SEQUENCE, mark);
	}
}

int
ccr_put_vrps(struct back *b, struct crypto *c, const struct snapshot *s,
	struct ccr_made *out)
{
	size_t *counts = malloc(DIGITS * sizeof(*counts));
	struct item *items = calloc(s->vrp_count + 1, sizeof(*items));
	struct item *other = calloc(s->vrp_count + 1, sizeof(*other));
	size_t hash = back_leave_hash(b), mark = b->n, n;
	int err = ERR_NOMEM;

	if (counts != NULL && items != NULL && other != NULL) {
		n = list_vrps(s, items);
		order_lens(s, items, n);
		count_sort(items, other, n, 0, counts);
		count_sort(other, items, n, HALF, counts);
		put_vrp_sets(b, s->vrps, items, n);
		back_end_list(b, c, mark, hash);
		back_end_state(b, CCR_VRPS, hash, out);
		err = 0;
	}
	free(other);
	free(items);
	free(counts);
	return err;
}
