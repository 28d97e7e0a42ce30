/*
 * acceptor: listening sockets that never go away by themselves.
 *
 *	listener --poll--> accept --> accepted(fd, peer)
 *	    ^                |
 *	    |                +-- EMFILE, ENFILE: a reserved descriptor is given
 *	    |                |   up to take the connection and close it
 *	    +--- a pause ----+-- anything else that lasts
 *
 * Not here: what is spoken on a connection, and how many may be.
 */
#ifndef NET_ACCEPTOR_H
#define NET_ACCEPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#include "waymark/log.h"

struct acceptor;

struct acceptor_calls {
	/* A connection, not blocking, closed on exec; the callee's. */
	void (*accepted)(
		void *ctx, int fd, const struct sockaddr_storage *peer);
	/* One that was closed for want of descriptors. */
	void (*refused)(void *ctx);
	void *ctx;
};

/* An acceptor without listeners; `proto` is its word in the log.  `loop`,
 * `log` and `proto` outlive it.  NULL out of memory; ended by acceptor_stop. */
struct acceptor *acceptor_new(uv_loop_t *loop,
	const struct acceptor_calls *calls, const struct log *log,
	const char *proto);

/* Listen on exactly these addresses ("192.0.2.1:3323", "[::1]:3323"; port 0:
 * any free one): those that are new are opened, then those not named are
 * closed; the rest is not touched.  `lenient`: an address of a family that
 * this machine does not have is left out, as long as one is left.  Each new
 * one is logged.  0; or an error with `why`, and nothing has changed. */
int acceptor_listen(struct acceptor *a, const char *const *addrs, size_t count,
	bool lenient, char why[256]);

/* Close the listeners.  The memory is freed when the loop has run the close
 * callbacks; `accepted` is not called any more.  NULL is fine. */
void acceptor_stop(struct acceptor *a);

#endif
