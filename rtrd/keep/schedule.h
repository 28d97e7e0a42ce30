/*
 * schedule: when the validator runs, and when it is stopped.  A decision, not
 * a deed: no process, no timer, no clock; times are handed in.
 *
 *	     due, demand, news         exited            good, bad
 *	WAITING ------------> RUNNING --------> TAKING -----------> WAITING
 *	                        |  deadline        ^
 *	                        v                  |
 *	                     STOPPING -- exited ---+
 *	                        |  deadline        |
 *	                        v                  |
 *	                     KILLED --- exited ----+
 *
 *	any state -- stop --> ENDING (child under way) or ENDED
 *
 * One run at a time.  What asks for a run while one is under way is answered
 * by exactly one more after it, however many ask.  What a person demands starts
 * at once; for news the starts of two runs lie a gap apart, so that a hundred
 * repositories that change in turn are one run.  A run that failed is tried
 * again sooner than the next refresh, then ever later, up to the refresh.
 */
#ifndef KEEP_SCHEDULE_H
#define KEEP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "waymark/clock.h"

/* X(NAME, "word") */
#define SCHEDULE_STATE_TABLE(X) \
	X(WAITING, "waiting") \
	X(RUNNING, "running") \
	X(STOPPING, "stopping") \
	X(KILLED, "killed") \
	X(TAKING, "taking") \
	X(ENDING, "ending") \
	X(ENDED, "ended")

enum schedule_state {
#define SCHEDULE_STATE_ENUM(name, word) SCHEDULE_##name,
	SCHEDULE_STATE_TABLE(SCHEDULE_STATE_ENUM)
#undef SCHEDULE_STATE_ENUM
	SCHEDULE_STATES
};

enum schedule_event {
	SCHEDULE_TICK, /* the deadline may have passed */
	SCHEDULE_DEMAND, /* somebody wants a run now */
	SCHEDULE_NEWS, /* there is something new to validate */
	SCHEDULE_EXITED, /* the child is gone, or could not be started */
	SCHEDULE_GOOD, /* what it left was taken */
	SCHEDULE_BAD, /* the run came to nothing */
	SCHEDULE_STOP, /* no run any more */
	SCHEDULE_EVENTS
};

enum schedule_action {
	SCHEDULE_NOTHING,
	SCHEDULE_START, /* start the child */
	SCHEDULE_TERM, /* ask it to end */
	SCHEDULE_KILL, /* end it */
};

struct schedule_config {
	int64_t refresh_ms; /* from the end of a run to the next */
	int64_t timeout_ms; /* a run that takes longer is stopped */
	int64_t stop_ms; /* from asking to killing */
	int64_t retry_ms; /* after the first failure; doubles */
	int64_t gap_ms; /* from a start to the next that news ask for */
	bool jitter; /* vary the refresh by up to a tenth */
};

struct schedule {
	struct schedule_config config;
	enum schedule_state state;
	struct mono deadline; /* INT64_MAX: none */
	unsigned failures; /* in a row */
	bool wanted; /* one more run when this one is over */
	bool news; /* the same, when the gap is over */
	bool started; /* a run has, at: */
	struct mono start;
	bool timed_out; /* the run under way was stopped for its time */
	uint32_t seed;
};

/* A schedule whose first run is due at `now`.  `seed` makes the jitter. */
void schedule_init(struct schedule *s, const struct schedule_config *config,
	uint32_t seed, struct mono now);

/* Take another configuration; a waiting schedule's next run comes no later
 * than the new refresh says. */
void schedule_configure(struct schedule *s,
	const struct schedule_config *config, struct mono now);

/* Another gap, from the next event on. */
void schedule_set_gap(struct schedule *s, int64_t gap_ms);

/* Something happened at `now`: change the state and say what to do.  An event
 * that means nothing in this state changes nothing. */
enum schedule_action schedule_step(
	struct schedule *s, enum schedule_event event, struct mono now);

/* When SCHEDULE_TICK is due; INT64_MAX: never. */
struct mono schedule_deadline(const struct schedule *s);

/* Whether a run is under way, and whether nothing will happen any more. */
bool schedule_is_busy(const struct schedule *s);
bool schedule_is_ended(const struct schedule *s);

/* The state's word.  Static text. */
const char *schedule_state_name(enum schedule_state state);

#endif
