/*
 * stock: the set that is served, and what takes its place.
 *
 *	stored file --.
 *	run's harvest -+--> guard --> cache, view --> changed()
 *	expiry --------'
 *	age -----------------------> withheld ------> stale()
 *
 * The first three lead through one function, so that cache and view never speak
 * of different sets, and everything happens on the loop's thread; one at a
 * time, as each leads away from what the one before has left.
 *
 * Nothing is served before it is on the disk, with the serial that it has: a
 * run's news wait for that until the set of before can hardly be given any
 * more.  What has ended does not wait.  Without the disk either takes new
 * session ids, and routers begin anew.
 *
 * The first set of this life is a complete one (first.h), or what a run brings
 * when its time is up and an earlier set can be compared with.  A run over a
 * store that was damaged waits as long for what is gone.  When no run has
 * succeeded for `stale_after_s` of the view, routers are given nothing until
 * one does.
 */
#ifndef KEEP_STOCK_H
#define KEEP_STOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "rtrd/keep/intake.h"
#include "rtrd/serve/view.h"
#include "waymark/log.h"

struct stock;

struct stock_calls {
	void (*changed)(void *ctx); /* routers must hear of a new serial */
	void (*loaded)(void *ctx); /* the stored file was looked at */
	void (*stale)(void *ctx); /* routers must hear that there is none */
	void (*expired)(void *ctx); /* some of it has ended: a run may find
				       what took its place */
	void (*overdue)(void *ctx); /* the first set is waited for no longer,
				       or there is room on the disk again: a run
				       would be taken */
	void (*detached)(void *ctx); /* routers must hear that their sessions
					are gone; `changed` does not follow */
	void *ctx;
};

/* A run that ended well. */
struct stock_run {
	const char *path; /* of what it left; copied */
	struct mono began;
	/* How it ended: 0; ERR_BUSY: it is good, but not complete, and a first
	 * set is; or another error with a text that says what is wrong.  After
	 * either the old set goes on. */
	void (*done)(void *ctx, int err, const char *why);
	void *ctx;
};

/* A stock without a set, over the state folder `folder`.  It fills `snapshot`,
 * `set`, `first_end`, `lost_*`, `first`, `stale` and `storage_ok` of `view`,
 * whose cache is there already; loop, view and log outlive it.  NULL out of
 * memory. */
struct stock *stock_new(uv_loop_t *loop, const struct stock_calls *calls,
	struct view *view, const struct log *log, const char *folder);

/* How long a complete first set is waited for, counted from stock_load;
 * BOUND_FIRST_MS unless it is told. */
void stock_set_first(struct stock *s, int64_t first_ms);

/* Serve the snapshot of the last life, if it is whole and any of it still
 * holds, with the session ids and the serial that it had, if the history there
 * is of it, and with new ones if not; `loaded` is called in every case. */
void stock_load(struct stock *s);

/* Serve what a run left: logged as "run done", and the first set of all as
 * "ready".  Refused when a trust anchor gave nothing where it gave payloads
 * before; a first set that is not complete is no failure of the run, but is not
 * served either.  Refused as well when the disk does not take it and the set of
 * before can go on.  `ctx` is the stock; one run at a time. */
void stock_take(void *ctx, const struct stock_run *run);

/* Nothing takes the set's place any more; the timer is closed. */
void stock_stop(struct stock *s);

/* After the loop has ended.  The view's two pointers are NULL then.  NULL is
 * fine. */
void stock_free(struct stock *s);

#endif
