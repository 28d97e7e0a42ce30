/*
 * runner: the validator's runs, from the schedule to what they leave.
 *
 *	schedule --START--> child --exit 0 or 3--> take() --> done
 *	    ^                 |                      |
 *	    |                 +-- anything else -----+--> logged, counted,
 *	    +------------------------------------------   tried again
 *
 * What goes wrong in a run changes nothing but the facts: who serves is not
 * even told.
 */
#ifndef KEEP_RUNNER_H
#define KEEP_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "rtrd/keep/config.h"
#include "rtrd/keep/stock.h"
#include "rtrd/serve/view.h"
#include "waymark/log.h"

struct runner;

struct runner_calls {
	/* A run left this: serve it, and call `run->done` once, now or later;
	 * an error there means that the run has failed. */
	void (*take)(void *ctx, const struct stock_run *run);
	/* A run has ended, and what it left was taken or refused; `spoke`: the
	 * validator ended by itself, and may have written what it wants. */
	void (*ended)(void *ctx, bool spoke);
	/* Whether nobody is served yet: then news may start runs sooner. */
	bool (*is_waited_for)(void *ctx);
	/* Whether repositories are fetched for the first time: what a run lacks
	 * then is no news to anybody. */
	bool (*is_early)(void *ctx);
	void *ctx;
};

/* A runner that does nothing yet.  `loop`, `log`, `facts` (which it keeps
 * current) and `config` outlive it, the last until runner_configure.  NULL out
 * of memory. */
struct runner *runner_new(uv_loop_t *loop, const struct runner_calls *calls,
	const struct log *log, struct run_facts *facts,
	const struct config *config);

/* The first run is due now. */
void runner_start(struct runner *r);

/* From the next run on, another configuration. */
void runner_configure(struct runner *r, const struct config *config);

/* Somebody wants a run: now, or one more after the one that is under way. */
void runner_demand(struct runner *r);

/* There is something new to validate: a run starts when the gap since the start
 * of the last one is over. */
void runner_news(struct runner *r);

/* No run any more: the child is asked to end, and killed if it does not.  The
 * runner's handles are closed once it is gone. */
void runner_stop(struct runner *r);

/* Kill the child's group at once. */
void runner_kill(struct runner *r);

/* After the loop has ended.  NULL is fine. */
void runner_free(struct runner *r);

#endif
