/*
 * intake: a snapshot from a file into a set for routers, off the main loop.
 *
 *	file --read, check--> snapshot --policy--> set --rename--> kept file
 *	\__________________ a thread of libuv's pool ________________/
 *	                                                    done, on the loop
 *
 * A file is kept (renamed to where the next start looks) only after all of it
 * was read and found whole, so a bad one never replaces the last good one.
 */
#ifndef KEEP_INTAKE_H
#define KEEP_INTAKE_H

#include <uv.h>

#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/snapshot.h"

/* What was taken in: a snapshot and the set that it gives.  Counted: the loop
 * and a thread may both hold it. */
struct harvest;

/* One more holder (returns `h`), one holder less; on the loop's thread only.
 * NULL is fine for the latter. */
struct harvest *harvest_ref(struct harvest *h);
void harvest_unref(struct harvest *h);

/* Its parts; they live as long as it does. */
const struct snapshot *harvest_snapshot(const struct harvest *h);
const struct payload_set *harvest_set(const struct harvest *h);

/* What time it is for this harvest: `now`, moved by as much as the time that
 * the run was told to validate at lay from the time when it ran. */
struct wall harvest_time(const struct harvest *h, struct wall now);

struct intake_job {
	const char *path; /* the file to read; copied */
	const char *keep; /* rename it to this; NULL: leave it; copied */
	/* Make the set anew from this one, without reading; then the two above
	 * are NULL.  A reference is taken. */
	struct harvest *again;
	/* The end: 0 and a harvest of which one reference is the callee's; or
	 * an error and a text that says what is wrong.  `why` may also be
	 * filled on success: the file could not be kept. */
	void (*done)(void *ctx, int err, struct harvest *h, const char *why);
	void *ctx;
};

/* Start the job.  0, and `done` will be called once; or ERR_NOMEM, and it will
 * not. */
int intake_start(uv_loop_t *loop, const struct intake_job *job);

#endif
