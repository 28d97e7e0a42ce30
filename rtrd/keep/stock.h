/*
 * stock: the set that is served, and what takes its place.
 *
 *	stored file --.
 *	run's harvest -+--> guard --> cache, view --> changed()
 *	expiry --------'
 *
 * All three ways lead through one function, so that cache and view never speak
 * of different sets, and everything happens on the loop's thread.
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
	void *ctx;
};

/* A stock without a set.  It fills `snapshot` and `set` of `view`, whose cache
 * is there already; loop, view and log outlive it.  NULL out of memory. */
struct stock *stock_new(uv_loop_t *loop, const struct stock_calls *calls,
	struct view *view, const struct log *log);

/* Serve the snapshot of the last life that lies in `folder`, if it is whole
 * and any of it still holds; `loaded` is called in every case. */
void stock_load(struct stock *s, const char *folder);

/* Serve what a run left (struct runner_calls, taken): logged as "run done", and
 * the first set of all as "ready".  `ctx` is the stock; one reference to `h`
 * is taken over in every case.  0; ERR_NOTFOUND when a trust anchor gave
 * nothing where it gave payloads before, or ERR_NOMEM: then `why` is filled
 * and the old set goes on. */
int stock_take(void *ctx, struct harvest *h, int64_t elapsed_ms, char why[256]);

/* Nothing takes the set's place any more; the timer is closed. */
void stock_stop(struct stock *s);

/* After the loop has ended.  The view's two pointers are NULL then.  NULL is
 * fine. */
void stock_free(struct stock *s);

#endif
