/*
 * supplier: the child that fetches, for as long as rtrd lives.
 *
 *	tenure --START--> validator fetch --control
 *	                    |  stdout: facts --> repos, fetch_facts, news(),
 *	                    |                    settled()
 *	                    |  stderr: log
 *	                    <- stdin:  wanted, refresh, refresh URI
 *
 * A child that is lost costs nothing that is served: it is started again,
 * later and later while it does not live.
 *
 * Not here: what is wanted (a run writes that to a file), when to run.
 */
#ifndef KEEP_SUPPLIER_H
#define KEEP_SUPPLIER_H

#include <stdbool.h>
#include <uv.h>

#include "rtrd/keep/config.h"
#include "rtrd/serve/repos.h"
#include "rtrd/serve/view.h"
#include "waymark/log.h"

struct supplier;

struct supplier_calls {
	/* There is something new to validate. */
	void (*news)(void *ctx);
	/* Everything that is wanted was tried, something of it for the first
	 * time or for the first time in vain. */
	void (*settled)(void *ctx);
	void *ctx;
	/* What it keeps current for people; both outlive it. */
	struct fetch_facts *facts;
	struct repos *repos;
};

/* A supplier without a child.  `loop`, `log` and `config` outlive it, the last
 * until supplier_configure.  NULL out of memory. */
struct supplier *supplier_new(uv_loop_t *loop,
	const struct supplier_calls *calls, const struct log *log,
	const struct config *config);

/* From here on there is a child, if the configuration wants one.  Fine again
 * and again. */
void supplier_start(struct supplier *s);

/* Another configuration: a child that would be told other options is replaced;
 * one that is not wanted any more ends.  The old configuration is still
 * there. */
void supplier_configure(struct supplier *s, const struct config *config);

/* A run may have written anew what is wanted. */
void supplier_wanted(struct supplier *s);

/* Fetch now, also what waits after failures: this repository, or with NULL all.
 * 0; ERR_NOTFOUND for one that is not known; ERR_BUSY while there is no child
 * that could. */
int supplier_refresh(struct supplier *s, const char *uri);

/* No child any more: it is asked to end, and killed if it does not.  The
 * handles are closed once it is gone. */
void supplier_stop(struct supplier *s);

/* Kill the child's group at once. */
void supplier_kill(struct supplier *s);

/* After the loop has ended.  NULL is fine. */
void supplier_free(struct supplier *s);

#endif
