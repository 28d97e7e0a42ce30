/*
 * watch: the one who waits for signals and tells how far a run is.
 *
 *	SIGTERM, SIGINT, SIGHUP --> progress->stop --> the walk gives up, exit 1
 *	                        \--> a second later, if it has not: the process
 *	                             ends here
 *
 * On a terminal a line shows the progress, at most ten times a second, and is
 * gone at the end.  The signals are blocked in all threads and fetched by one
 * that does nothing else: no handler, no global.
 */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include <stdbool.h>

#include "validator/chain/checker.h"

struct watch;

/* Block the signals and begin to watch; threads made later inherit that.  With
 * `show` a line of progress goes to stderr.  NULL when there is no thread to be
 * had: then signals end the process as ever. */
struct watch *watch_start(struct chain_progress *progress, bool show);

/* Show the line of progress from now on, or no more; for a watch that shows at
 * all.  NULL is fine. */
void watch_show(struct watch *w, bool show);

/* Stop watching: the line is erased, the signals stay blocked. NULL is fine. */
void watch_end(struct watch *w);

#endif
