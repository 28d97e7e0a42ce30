/*
 * watchdog: a thread that looks whether the loop still turns.
 *
 *	loop      beat beat beat ........................
 *	watchdog   look  look  look | tell, with a stack | abort
 *	                            5 s                  60 s
 *
 * A loop that stands still serves nobody, and no supervisor sees it: the
 * process is there and its ports are open.  What cannot be seen from inside
 * the loop is seen from beside it.
 *
 * Time in which the watchdog stood still as well (SIGSTOP, a debugger, a
 * machine that sleeps or is frozen) is nobody's stall: it starts over.
 *
 * Not here: who beats, and what a service manager is told.
 */
#ifndef NET_WATCHDOG_H
#define NET_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "waymark/log.h"

struct watchdog_limits {
	int64_t look_ms; /* from one look to the next */
	int64_t tell_ms; /* without a beat: it is logged */
	int64_t abort_ms; /* and the process ends, by SIGABRT */
};

/* What one look has found. */
enum watch_verdict {
	WATCH_QUIET,
	WATCH_TELL, /* once a stall */
	WATCH_OVER, /* a stall that was told has ended */
	WATCH_ABORT,
};

/* The part that decides, without clock and thread. */
struct watch {
	struct watchdog_limits limits;
	uint64_t beats; /* at the last look */
	int64_t looked_ms; /* the last look */
	int64_t since_ms; /* of the stall, or of the last beat */
	bool told;
};

/* Begin at `now_ms`, with `beats` so far. */
void watch_init(struct watch *w, const struct watchdog_limits *limits,
	int64_t now_ms, uint64_t beats);

/* Look at `now_ms`, by a clock that stands still while the machine sleeps.
 * `*stood_ms` becomes how long there was no beat, where the verdict is not
 * WATCH_QUIET. */
enum watch_verdict watch_look(
	struct watch *w, int64_t now_ms, uint64_t beats, int64_t *stood_ms);

struct watchdog;

/* Watch the thread that calls this, from now on.  A stall is logged on a copy
 * of `log` ("stalled"), with the thread's stack ("stack", a line a frame),
 * which SIGUSR2 asks the thread for: that signal is taken.  0 with `*out` to be
 * ended by watchdog_stop; ERR_NOMEM or ERR_SYSTEM. */
int watchdog_start(const struct watchdog_limits *limits, const struct log *log,
	struct watchdog **out);

/* The loop has turned.  Costs one addition. */
void watchdog_beat(struct watchdog *w);

/* Watch no longer, and free it.  NULL is fine. */
void watchdog_stop(struct watchdog *w);

#endif
