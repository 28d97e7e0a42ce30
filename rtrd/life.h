/*
 * life: how this process begins, shows that it lives, and gives way.
 *
 *	begin    sockets of the service manager
 *	enter    sockets of the instance before, and its lock
 *	offer    to whom they belong
 *	settle   what is left is closed; who listens where is kept with the
 *	         service manager, for when we are killed
 *	live     beats for both watchdogs; ready
 *	leave    the sockets go on in another process
 *	end
 *
 * Not here: what is served.
 */
#ifndef RTRD_LIFE_H
#define RTRD_LIFE_H

#include <stdbool.h>
#include <uv.h>

#include "core/vec.h"
#include "rtrd/keep/config.h"
#include "rtrd/net/heritage.h"
#include "rtrd/net/manager.h"
#include "rtrd/net/watchdog.h"
#include "rtrd/servers.h"
#include "waymark/clock.h"

enum {
	LIFE_STATUS = 128, /* octets of what the service manager shows */
	LIFE_NAME = 160 /* of a socket that it keeps */
};

/* A socket that is kept with the service manager, or was lent by it. */
struct kept {
	char name[LIFE_NAME];
	bool lent;
	bool seen; /* while it is looked who listens */
};

struct life {
	const struct log *log;
	struct manager manager;
	struct heritage heritage;
	VEC(struct kept) kept;
	const struct servers *servers;
	struct watchdog *watchdog;
	uv_timer_t beat;
	bool beats; /* the timer is one */
	struct mono signed_at; /* the last sign of life */
	char status[LIFE_STATUS]; /* as told last */
	/* What goes on, in a line, for people. */
	void (*describe)(void *ctx, char out[LIFE_STATUS]);
	/* A successor is ready: make way. */
	void (*leave)(void *ctx);
	void *ctx;
};

/* First of all, before anything is opened: the descriptors of the service
 * manager would be anybody's.  `log` outlives it. */
void life_begin(struct life *l, const struct log *log);

/* Lock the state folder, by house_open.  With take-over the instance before is
 * asked for its sockets first; once all that this configuration wants of the
 * machine can be had it is told to leave, and the lock is waited for.  0; or an
 * error with `why`, and when that came before it was told, it goes on. */
int life_enter(
	struct life *l, const struct config *c, int *lock, char why[256]);

/* Give each socket that came along to who shall listen there by `c`, and let a
 * successor ask for all of them; `leave` is set by then.  `servers` outlives
 * it. */
void life_offer(
	struct life *l, const struct config *c, const struct servers *servers);

/* The listeners are as they shall be, or others than before. */
void life_settle(struct life *l);

/* All ports are open: tell, and beat from now on.  `describe` and `ctx` are
 * set by then. */
void life_live(struct life *l, uv_loop_t *loop);

/* A reload begins; it has ended, well or not. */
void life_reload(struct life *l);
void life_reloaded(struct life *l);

/* It ends.  `leave`: a successor has the sockets; else the service manager may
 * have them.  Closing them takes them out of service only where nobody has. */
void life_stop(struct life *l, bool leave);

/* Close the timer; and, when the loop has ended, the rest. */
void life_close(struct life *l);
void life_end(struct life *l);

#endif
