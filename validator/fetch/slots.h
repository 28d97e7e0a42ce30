/*
 * slots: how many attempts are under way, and who may begin another one.
 *
 *	cap        the first three quarters      the last quarter
 *	           [ unknown: half at most ]     for those that are known and
 *	           [ slow: half at most    ]     quick, and nobody else
 *
 * Nothing that runs is ended to make room, so room is kept: for each transport,
 * each host and each delegation the same rule holds, with its own cap.
 */
#ifndef FETCH_SLOTS_H
#define FETCH_SLOTS_H

#include <stdbool.h>

#include "waymark/span.h"

/* What is held against a repository; both may be. */
enum {
	SLOTS_UNKNOWN = 1, /* no success in BOUND_REPO_KNOWN_S */
	SLOTS_SLOW = 2, /* its attempts take long */
};

struct slots {
	unsigned all, unknown, slow, doubtful; /* doubtful: either */
};

/* Whether an attempt with these traits may begin where `cap` may run. */
bool slots_admit(const struct slots *s, unsigned cap, unsigned traits);

/* One begins, or ends, with these traits. */
void slots_take(struct slots *s, unsigned traits);
void slots_give(struct slots *s, unsigned traits);

/* The host of a URI without its port, as a view into it; empty for what is no
 * URI.  Case is left as it is. */
struct span slots_host(const char *uri);

#endif
