/*
 * walk: from the locators to everything below them.
 *
 *	level 0      the trust anchors
 *	level 1      the CAs that their publication points certify
 *	...          until none is left
 *
 * The points of a level are taken by all threads, one after the other; children
 * are gathered when a level is done.  So nothing that is decided (limits least
 * of all) depends on who was faster, and the result is the same for any number
 * of threads and any order.
 */
#ifndef RUN_WALK_H
#define RUN_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/chain/checker.h"
#include "validator/object/profile.h"
#include "validator/run/result.h"
#include "validator/run/shelf.h"
#include "validator/tal/tal.h"
#include "waymark/clock.h"
#include "waymark/log.h"

/* A locator, or the message of why there is none. */
struct run_ta {
	struct tal tal; /* name and path are always there */
	bool broken; /* it could not be read */
};

struct run_options {
	const struct run_ta *tas; /* at most BOUND_TAS, names all different */
	size_t ta_count;
	const char *local; /* the rsync-shaped folder; NULL: `shelf` */
	struct shelf_config shelf; /* names and log are filled in */
	struct wall at; /* the time to validate at */
	const struct profile *profile;
	size_t threads; /* 0: as many as there are processors */
	struct chain_limits limits;
	bool judge; /* keep verdicts, see chain/checker.h */
	bool no_memo; /* look at everything, whatever earlier runs remember of
			 results; the last good versions are used */
	const char *spool; /* see chain/checker.h; may be NULL */
	uint64_t shuffle; /* not 0: a seed for the order of the points, for
			     tests */
	const struct log *log;
	struct chain_progress *progress; /* never NULL */
};

/* Walk.  0 with `*out` to be freed by result_free; ERR_NOTFOUND, ERR_DENIED,
 * ERR_IO for the folder; what shelf_open returns for the store; ERR_NOMEM;
 * ERR_BUSY when progress->stop was set. */
int walk_run(const struct run_options *options, struct result **out);

#endif
