/*
 * intake: a snapshot from a file into a set for routers, off the main loop.
 *
 *	file --read, check--> snapshot --policy--> set --guard--> draft --.
 *	                                                                  |
 *	     done, on the loop  <-- kept file <--rename--- history <------'
 *	\________________ a thread of libuv's pool ________________/
 *
 * A file is kept (renamed to where the next start looks) only after all of it
 * was read and found whole, and lacks no trust anchor: neither a bad one nor
 * one that is refused ever replaces the last good one.  The history with the
 * serial to be is on the disk before, and both are before any router hears.
 *
 * When the disk takes either not, what is served goes on.  What must not wait
 * is served all the same, with session ids that the disk does not know, so that
 * no later life can give a serial of theirs another meaning; and as long as the
 * disk does not know them, neither does anything else wait.
 */
#ifndef KEEP_INTAKE_H
#define KEEP_INTAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "rtrd/serve/cache.h"
#include "rtrd/serve/view.h"
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

/* When the run was that left it. */
struct wall harvest_made(const struct harvest *h);

/* The last second of the payload that ends first; 0: none ever ends. */
struct wall harvest_end(const struct harvest *h);

/* Seconds from `now` to when something of the set no longer holds, by
 * harvest_time; not positive: it does not.  False when nothing ever ends. */
bool harvest_wait(const struct harvest *h, struct wall now, int64_t *out);

/* The end of a job; what it points to is the callee's. */
struct intake_end {
	int err; /* other than 0: there are no harvest and no draft */
	int storage; /* why the disk did not take it; 0: it did, or nothing was
			to be written; then `err` is this, or 0: see above */
	bool written; /* the disk took something */
	bool detached; /* the draft has other session ids than what is served */
	bool over; /* nothing of a stored set holds any more: an error */
	const char *resumed; /* of a stored set: "" when it goes on from where
				it was, else why it does not */
	uint64_t lost; /* trust anchors that hold it up, see guard.h */
	bool clock; /* the clock's jump would have taken too much: a run is
		       refused, a set is as it should be at `steady` */
	struct first_facts first; /* what it waits for, see first.h */
	struct harvest *harvest; /* one reference */
	struct draft *draft; /* filled with its set */
	const char *why; /* of the error; on success: why it is not kept */
};

struct intake_job {
	const char *path; /* the file to read; copied */
	const char *keep; /* rename it to this; NULL: leave it; copied.  It
			     takes the place of what the history speaks of */
	/* Make the set anew from this one, without reading; then the two above
	 * are NULL.  A reference is taken. */
	struct harvest *again;
	/* Refuse what lacks a trust anchor of this one, with ERR_NOTFOUND;
	 * NULL: refuse nothing.  A reference is taken. */
	struct harvest *old;
	struct wall now; /* payloads that have ended by then are left out */
	struct wall steady; /* what time it should be; see steady.h */
	int64_t jump_s; /* by which `now` is ahead of that */
	bool moved; /* the run was told another time than that of the clock */
	bool first; /* refuse what is not complete, with ERR_BUSY */
	bool whole; /* and what a damaged store has lost a part of */
	const char *folder; /* of the history; NULL: none is written; copied */
	bool resume; /* go on from the history there, if it fits the file */
	bool force; /* write the history though nothing is new */
	bool must; /* it cannot wait for the disk */
	struct draft *draft; /* to be filled; the job's from the start on */
	void (*done)(void *ctx, const struct intake_end *end);
	void *ctx;
};

/* Start the job.  0, and `done` will be called once; or ERR_NOMEM, and it will
 * not, and the draft is freed.  A draft that is NULL is ERR_NOMEM as well. */
int intake_start(uv_loop_t *loop, const struct intake_job *job);

/* Give back one reference to a harvest, and a draft; what nobody holds any more
 * is freed on a thread.  NULL is fine for either. */
void intake_drop(uv_loop_t *loop, struct harvest *h, struct draft *draft);

#endif
