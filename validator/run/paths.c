/*
 * paths: see the header.
 */
#include "validator/run/paths.h"

#include <stdlib.h>
#include <string.h>

/* Key identifiers tell nearly all points apart; the rest decides where two CAs
 * share a key. */
static int
compare_points(const struct ca *a, const struct ca *b)
{
	int c = memcmp(a->ski, b->ski, sizeof(a->ski));

	if (c == 0)
		c = span_compare(a->manifest_uri, b->manifest_uri);
	if (c == 0)
		c = span_compare(a->spki, b->spki);
	return c != 0 ? c : (a->ta > b->ta) - (a->ta < b->ta);
}

static int
by_point(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return compare_points(x->ca, y->ca);
}

int
paths_deal(struct share *cas, size_t n, uint64_t most)
{
	size_t i, j, run;
	int err = 0;

	if (n > 0)
		qsort(cas, n, sizeof(*cas), by_point);
	for (i = 0; i < n && err == 0; i += run) {
		for (run = 1; i + run < n; run++)
			if (compare_points(cas[i].ca, cas[i + run].ca) != 0)
				break;
		for (j = i; j < i + run; j++)
			cas[j].gets = cas[j].weight = 1;
		if (run > most)
			err = share_out(cas + i, run, most);
	}
	return err;
}
