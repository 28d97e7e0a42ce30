/*
 * supply: every repository, what is known of it, and who is below it.
 *
 *	repos (facts of the child) --.
 *	                              +--> rows by URI, kind --> JSON, metrics
 *	snapshot's repositories -----'
 *
 * A repository that only one side knows is a row as well: one that is fetched
 * and nobody leans on yet, or one of a stored set whose child told nothing yet.
 */
#ifndef SERVE_SUPPLY_H
#define SERVE_SUPPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"
#include "rtrd/serve/view.h"

struct supply_row {
	enum repo_kind kind;
	const char *uri;
	bool is_told; /* else the two below are all zero */
	struct repo_facts facts;
	uint64_t tries; /* that have ended in this life */
	const struct snapshot_repo *const *below; /* by trust anchor */
	size_t below_count;
	uint64_t cas, vrps; /* of all of them */
	struct wall expires; /* the first of the VRPs; INT64_MAX: none */
};

/* Which rows are meant; all zero: every one. */
struct supply_filter {
	const char *uri; /* NULL: any */
	bool failed; /* only those whose last attempt failed */
};

/* Call `take` for each row that `filter` lets through, in order, until it
 * answers false; a row holds during the call.  0 or ERR_NOMEM. */
int supply_each(const struct view *v, const struct supply_filter *filter,
	bool (*take)(void *ctx, const struct supply_row *row), void *ctx);

/* Append the rows as objects with `between` before each but the first; how
 * many.  Out of memory is seen in the text's `failed`. */
size_t supply_write(struct text *t, const struct view *v,
	const struct supply_filter *filter, const char *between);

#endif
