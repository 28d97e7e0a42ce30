/*
 * sorted: many runs into one, in order, equal ones as they came.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/run/sorted.h"

struct item {
	int key;
	int origin;
};

static int
by_key(const void *a, const void *b)
{
	return ((const struct item *)a)->key - ((const struct item *)b)->key;
}

static void
check(const size_t *lengths, size_t runs)
{
	struct item items[256];
	size_t ends[16], n = 0, i, j;

	for (i = 0; i < runs; i++) {
		for (j = 0; j < lengths[i]; j++)
			items[n + j] =
				(struct item){(int)(j * (i + 1) / 2), (int)i};
		n += lengths[i];
		ends[i] = n;
	}
	cr_assert(
		sorted_merge(items, sizeof(items[0]), ends, runs, by_key) == 0);
	for (i = 1; i < n; i++) {
		cr_expect(items[i - 1].key <= items[i].key);
		if (items[i - 1].key == items[i].key)
			cr_expect(items[i - 1].origin <= items[i].origin);
	}
}

Test(sorted, runs_of_all_sizes)
{
	static const size_t lengths[][8] = {
		{0, 0, 0, 0, 0, 0, 0, 0},
		{5, 0, 0, 0, 0, 0, 0, 1},
		{0, 0, 9, 0, 0, 0, 0, 0},
		{1, 1, 1, 1, 1, 1, 1, 1},
		{30, 1, 20, 0, 7, 31, 2, 9},
	};
	size_t i, runs;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (runs = 0; runs <= 8; runs++)
			check(lengths[i], runs);
	}
}
