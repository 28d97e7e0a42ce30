/*
 * sorted: runs that are sorted each, made one.
 */
#ifndef RUN_SORTED_H
#define RUN_SORTED_H

#include <stddef.h>

/* Merge the runs that stand one behind the other in `items`, each of `size`
 * octets; run i ends before item ends[i] (in items), and ends[runs - 1] is how
 * many there are in all.  Stable.  0 or ERR_NOMEM. */
int sorted_merge(void *items, size_t size, const size_t *ends, size_t runs,
	int (*compare)(const void *a, const void *b));

#endif
