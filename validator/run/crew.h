/*
 * crew: the same work by many threads, until all are done.
 *
 * Threads are made for one piece of work and joined at its end: a walk has some
 * ten such pieces, a thread costs 30 microseconds, and there is then no state,
 * no waiting and no waking that could go wrong.
 */
#ifndef RUN_CREW_H
#define RUN_CREW_H

#include <stddef.h>

/* Call `work(ctx, i)` for each i below `count` (at most BOUND_THREADS), on as
 * many threads, one of them the caller's.  Returns when all have come back.
 * Where a thread cannot be had, the caller's does its part too. */
void crew_run(size_t count, void (*work)(void *ctx, size_t i), void *ctx);

/* How many processors this process may use. */
size_t crew_processors(void);

#endif
