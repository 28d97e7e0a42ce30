/*
 * rtr_compare: the difference of what two caches serve.
 */
#ifndef RTRCTL_RTR_COMPARE_H
#define RTRCTL_RTR_COMPARE_H

#include <stddef.h>
#include <stdio.h>

#include "rtrctl/rtr_peer.h"

/* How the difference is written. */
enum rtr_compare_form {
	RTR_COMPARE_TEXT, /* "< AS64496 192.0.2.0/24-24" */
	RTR_COMPARE_CSV,
	RTR_COMPARE_JSON,
};

struct rtr_difference {
	size_t only_a, only_b;
	unsigned version; /* types that both versions have are compared */
};

/* Count what only one of the two holds. */
struct rtr_difference rtr_compare(
	const struct rtr_peer *a, const struct rtr_peer *b);

/* Write it: each payload, and in JSON the counts.  `names` are those of the two
 * caches. */
void rtr_compare_write(const struct rtr_peer *a, const struct rtr_peer *b,
	const char *const names[2], enum rtr_compare_form form, FILE *out);

#endif
