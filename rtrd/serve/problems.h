/*
 * problems: what is refused and stale, the worst first, counted.
 *
 *	rank 0  points that give nothing
 *	     1  points that give their last good version
 *	     2  refused certificates: what is below is lost
 *	     3  refused objects that would have given payloads
 *	     4  everything else that was refused
 *
 * The manifest of a point that does not hold, and the file because of which it
 * does not, are told as the point, not once more as objects.
 */
#ifndef SERVE_PROBLEMS_H
#define SERVE_PROBLEMS_H

#include <stdbool.h>

#include "core/text.h"
#include "rtrd/serve/view.h"
#include "waymark/clock.h"

/* Which are meant; NULL: every one. */
struct problems_filter {
	const char *ta; /* name */
	const char *repo; /* URI */
};

/* Whether there is a trust anchor, a repository of this name: a filter that was
 * misspelt must not look as if all were well.  The view has a snapshot. */
bool problems_has_ta(const struct view *v, const char *ta);
bool problems_has_repo(const struct view *v, const char *repo);

/* Append the members of the answer to an object that is open: whether routers
 * are given this data; "total"; "counts", for each kind and reason how many;
 * "problems", of which at most BOUND_PROBLEMS_ROWS, in some BOUND_TELL_OCTETS;
 * and "omitted", when there are more.  The view has a snapshot. */
void problems_write(struct text *t, const struct view *v, struct wall now,
	const struct problems_filter *filter);

#endif
