/*
 * handover: from one instance to the next, over the control socket.
 *
 *	successor                        who runs
 *	take-over 1            ------->  same user, or root: SO_PEERCRED
 *	                       <-------  sockets, with descriptors; ...
 *	                       <-------  end 3
 *	looks whether it can start
 *	commit                 ------->  accepts no more, ends its sessions
 *	waits for the lock     <-------  closes, at its end
 *
 * Whoever connects meanwhile waits in the queue of a socket that never closes.
 * Until the commit nothing has changed: a successor that goes away, or says
 * nothing for BOUND_TAKE_OVER_MS, was none.
 *
 * These lines are no JSON, and no command: what speaks to the control socket as
 * rtrctl does can neither ask for sockets nor get them.
 */
#ifndef NET_HANDOVER_H
#define NET_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "rtrd/net/heritage.h"

#define HANDOVER_ASK	"take-over 1"
#define HANDOVER_COMMIT "commit"

/* What the control socket needs of who runs. */
struct handover_calls {
	/* Call `give` with each listening descriptor, which stays ours. */
	void (*each)(void *ctx, void (*give)(void *to, int fd), void *to);
	/* The successor has them and is ready: make way. */
	void (*leave)(void *ctx);
	void *ctx;
};

/* Who runs: whether the other end of a Unix socket is of our user, or root. */
bool handover_may(int fd);

/* Who runs: send all sockets and the end.  False when they did not go out, at
 * once and as a whole. */
bool handover_send(int fd, const struct handover_calls *calls);

/* The successor: ask at the control socket `path`, and take what comes into
 * `h`.  0 with the connection in `*fd`, which the caller closes to give up;
 * ERR_NOTFOUND when nobody listens there; another error with `why`. */
int handover_ask(const char *path, struct heritage *h, int *fd, char why[256]);

/* The successor: say that it may leave now.  0, or ERR_SYSTEM when it is not
 * there any more. */
int handover_commit(int fd);

#endif
