/*
 * tenure: when a child that shall live for ever is started, ended and started
 * again.  A decision, not a deed: no process, no timer, no clock.
 *
 *	OFF --begin--> WAITING --due--> RUNNING --exited--> WAITING, a while
 *	                                   |
 *	       renew, off, end, silence    | 
 *	                                   v
 *	                                STOPPING --due--> KILLED
 *	                                   '---- exited ----'--> WAITING, OFF
 *	                                                         or ENDED
 *
 * Each end that nobody wished doubles the time to the next start, from one
 * second to a minute; a child that lived for five minutes has earned a prompt
 * successor.  One that says nothing for too long hangs, and is ended.
 */
#ifndef KEEP_TENURE_H
#define KEEP_TENURE_H

#include <stdbool.h>
#include <stdint.h>

#include "waymark/clock.h"

/* X(NAME, "word") */
#define TENURE_STATE_TABLE(X) \
	X(OFF, "off") \
	X(WAITING, "waiting") \
	X(RUNNING, "running") \
	X(STOPPING, "stopping") \
	X(KILLED, "killed") \
	X(ENDED, "ended")

enum tenure_state {
#define TENURE_STATE_ENUM(name, word) TENURE_##name,
	TENURE_STATE_TABLE(TENURE_STATE_ENUM)
#undef TENURE_STATE_ENUM
	TENURE_STATES
};

enum tenure_event {
	TENURE_TICK, /* the deadline may have passed */
	TENURE_BEGIN, /* a child is wanted */
	TENURE_HEARD, /* it said something */
	TENURE_RENEW, /* it must be another one: other options */
	TENURE_STOP, /* none is wanted for now */
	TENURE_END, /* none is wanted any more */
	TENURE_EXITED, /* it is gone, or could not be started */
	TENURE_EVENTS
};

enum tenure_action {
	TENURE_NOTHING,
	TENURE_START, /* start the child */
	TENURE_TERM, /* ask it to end */
	TENURE_KILL, /* end it */
};

struct tenure {
	enum tenure_state state;
	enum tenure_state next; /* after the exit of one that we stop */
	struct mono deadline; /* INT64_MAX: none */
	struct mono started; /* the child */
	unsigned losses; /* in a row */
	int64_t silence_ms; /* a child that says nothing for so long hangs */
	bool hung; /* it is stopped for that */
};

/* One that is off. */
void tenure_init(struct tenure *t, int64_t silence_ms);

/* Something happened at `now`: change the state and say what to do.  An event
 * that means nothing in this state changes nothing. */
enum tenure_action tenure_step(
	struct tenure *t, enum tenure_event event, struct mono now);

/* Whether an exit now is one that nobody wished. */
bool tenure_is_loss(const struct tenure *t);

/* The state's word.  Static text. */
const char *tenure_state_name(enum tenure_state state);

#endif
