/*
 * resume: the serial at which the life before had the stored snapshot.
 *
 *	history   step n-1   step n      the policy at the step's time
 *	             |          |        makes a set of the snapshot; its
 *	snapshot ----+----------'        hash is the step's, or it is not
 *
 * The last step is the one, unless the life before ended between the writing
 * of the two files: then it is the step before it, and the last one was never
 * told to anybody (rtrd/state/lineage.h).
 */
#ifndef KEEP_RESUME_H
#define KEEP_RESUME_H

#include "rtrd/serve/cache.h"
#include "rtrd/state/lineage.h"
#include "waymark/snapshot.h"

/* What goes on. */
struct resumed {
	struct lineage lineage; /* up to that serial; one reference */
	const struct payload_set *set; /* its set; one reference */
	struct wall made; /* the time that the policy was told */
};

/* Look for the serial that `s`, from `folder`/snapshot, is of.  `time` is now.
 * 0 with `*out` for resume_drop; ERR_NOTFOUND or another error with a static
 * text why there is none: then other session ids are needed. */
int resume_find(const char *folder, const struct snapshot *s,
	const struct draft_time *time, struct resumed *out, const char **why);

/* Give back what is in it; what is NULL is passed over. */
void resume_drop(struct resumed *r);

#endif
