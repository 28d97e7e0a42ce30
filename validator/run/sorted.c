/*
 * sorted: see the header.  Halves are merged first, then each other; only the
 * left half is set aside.
 */
#include "validator/run/sorted.h"

#include <stdlib.h>
#include <string.h>

#include "waymark/err.h"

struct job {
	char *items;
	char *aside;
	size_t size;
	const size_t *ends;
	int (*compare)(const void *a, const void *b);
};

static size_t
start_of(const struct job *j, size_t run)
{
	return run == 0 ? 0 : j->ends[run - 1];
}

/* Merge items [from, middle) with [middle, to). */
static void
merge_two(const struct job *j, size_t from, size_t middle, size_t to)
{
	size_t n = (middle - from) * j->size;
	char *left = j->aside, *left_end = j->aside + n;
	char *right = j->items + middle * j->size;
	char *right_end = j->items + to * j->size;
	char *put = j->items + from * j->size;

	if (n == 0 || middle == to)
		return;
	memcpy(j->aside, put, n);
	while (left < left_end && right < right_end) {
		char **take = j->compare(left, right) <= 0 ? &left : &right;

		memcpy(put, *take, j->size);
		*take += j->size;
		put += j->size;
	}
	/* What is left of the right half stands in its place already. */
	memcpy(put, left, (size_t)(left_end - left));
}

static void
merge_runs(const struct job *j, size_t first, size_t runs)
{
	size_t half = runs / 2;

	if (runs < 2)
		return;
	merge_runs(j, first, half);
	merge_runs(j, first + half, runs - half);
	merge_two(j, start_of(j, first), start_of(j, first + half),
		j->ends[first + runs - 1]);
}

int
sorted_merge(void *items, size_t size, const size_t *ends, size_t runs,
	int (*compare)(const void *a, const void *b))
{
	struct job j = {
		.items = items,
		.size = size,
		.ends = ends,
		.compare = compare,
	};
	size_t count = runs == 0 ? 0 : ends[runs - 1];

	if (runs < 2 || count < 2)
		return 0;
	j.aside = malloc(count * size);
	if (j.aside == NULL)
		return ERR_NOMEM;
	merge_runs(&j, 0, runs);
	free(j.aside);
	return 0;
}
