/*
 * share: see the header.
 *
 * Sorted by path, the CAs below any one ancestor stand in a row, so a subtree
 * is a slice, and the whole is a recursion over slices, at most as deep as the
 * tree.  Slices are dealt to in the order of what they ask for: the least
 * first, so that what it leaves is known when the next one's part is reckoned.
 */
#include "validator/run/share.h"

#include <stdlib.h>

#include "waymark/err.h"

/* The CAs below one ancestor. */
struct slice {
	size_t from, n;
	uint64_t asks;
};

static int
by_path(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return ca_compare(x->ca, y->ca);
}

static int
by_asking(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->asks != y->asks)
		return x->asks < y->asks ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* The one at `depth` among a CA and its ancestors. */
static const struct ca *
at_depth(const struct ca *ca, uint32_t depth)
{
	while (ca->depth > depth)
		ca = ca->parent;
	return ca;
}

static size_t
cut_slices(const struct share *shares, size_t n, uint32_t depth,
	struct slice *slices)
{
	const struct ca *last = NULL;
	size_t count = 0, i;

	for (i = 0; i < n; i++) {
		const struct ca *above = at_depth(shares[i].ca, depth);

		if (i == 0 || above != last)
			slices[count++] = (struct slice){.from = i};
		slices[count - 1].n++;
		slices[count - 1].asks += shares[i].weight;
		last = above;
	}
	return count;
}

static int
deal(struct share *shares, size_t n, uint64_t budget, uint32_t depth)
{
	struct slice *slices = calloc(n, sizeof(*slices));
	size_t count, i;
	int err = 0;

	if (slices == NULL)
		return ERR_NOMEM;
	count = cut_slices(shares, n, depth, slices);
	qsort(slices, count, sizeof(*slices), by_asking);
	for (i = 0; i < count && err == 0; i++) {
		struct share *part = shares + slices[i].from;
		/* Rounded up: where there is not one for each, the least
		 * greedy have theirs. */
		uint64_t gets = budget / (count - i) +
			(budget % (count - i) > 0 ? 1 : 0);

		if (gets > slices[i].asks)
			gets = slices[i].asks;
		budget -= gets;
		if (slices[i].n == 1)
			part->gets = gets;
		else
			err = deal(part, slices[i].n, gets, depth + 1);
	}
	free(slices);
	return err;
}

int
share_out(struct share *shares, size_t n, uint64_t budget)
{
	size_t i;

	for (i = 0; i < n; i++)
		shares[i].gets = 0;
	if (n == 0)
		return 0;
	qsort(shares, n, sizeof(*shares), by_path);
	return deal(shares, n, budget, 0);
}
