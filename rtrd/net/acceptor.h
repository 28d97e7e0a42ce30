/*
 * acceptor: listening sockets that never go away by themselves.
 *
 *	listener --poll--> accept --> accepted(fd, peer, endpoint)
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

#include "rtrd/net/endpoint.h"
#include "rtrd/net/sock.h"
#include "waymark/log.h"

struct acceptor;

struct acceptor_calls {
	/* A connection, not blocking, closed on exec; the callee's.  `at` lives
	 * until the next acceptor_listen. */
	void (*accepted)(void *ctx, int fd, const struct sockaddr_storage *peer,
		const struct endpoint *at);
	/* One that was closed for want of descriptors. */
	void (*refused)(void *ctx);
	/* See sock_hook; NULL: nothing. */
	int (*prepare)(void *ctx, int fd, const struct endpoint *at,
		char why[SOCK_WHY]);
	/* Whether this one may come, which reached a socket that was handed to
	 * us before it was prepared; else it is closed.  NULL: it may. */
	bool (*early)(void *ctx, const struct sockaddr_storage *peer);
	void *ctx;
};

/* An acceptor without listeners; `proto` is its word in the log.  `loop`,
 * `log` and `proto` outlive it.  NULL out of memory; ended by acceptor_stop. */
struct acceptor *acceptor_new(uv_loop_t *loop,
	const struct acceptor_calls *calls, const struct log *log,
	const char *proto);

/* Its clients are few and must be let in when routers have taken all that they
 * may: half of the descriptors that are kept back are for them too. */
void acceptor_favour(struct acceptor *a);

/* A listening socket that came with the process: it is used, in place of a new
 * one, when acceptor_listen is asked for its address next; when that does not
 * ask for it, it is closed.  0; ERR_KIND for what is no listening stream
 * socket, or ERR_NOMEM, and then `fd` stays the caller's. */
int acceptor_inherit(struct acceptor *a, int fd);

/* Listen on exactly these endpoints (see endpoint.h; port 0: any free one):
 * those that are new are opened, then those not named are closed.  One whose
 * words changed but whose address did not keeps its socket, and has the new
 * words for the next connection.  `lenient`: an address of a family that this
 * machine does not have is left out, as long as one is left.  Each new one is
 * logged.  0; or an error with `why`, and nothing has changed. */
int acceptor_listen(struct acceptor *a, const char *const *texts, size_t count,
	bool lenient, char why[256]);

/* The endpoint of this id; NULL: it is not listened on any more. */
const struct endpoint *acceptor_find(const struct acceptor *a, unsigned id);

/* Hand out each listening socket, with its endpoint as it was asked for. */
void acceptor_each(const struct acceptor *a,
	void (*each)(void *ctx, int fd, const struct endpoint *at), void *ctx);

/* Listen, but accept nothing from now on and before acceptor_go: who connects
 * waits in the queue of the socket. */
void acceptor_hold(struct acceptor *a);
void acceptor_go(struct acceptor *a);

/* The process that had the sockets too is gone: closing them takes them out of
 * service. */
void acceptor_own(struct acceptor *a);

/* The sockets go on in another process: from now on closing them here does not
 * take them out of service, and the files of Unix sockets stay. */
void acceptor_release(struct acceptor *a);

/* Close the listeners.  The memory is freed when the loop has run the close
 * callbacks; `accepted` is not called any more.  NULL is fine. */
void acceptor_stop(struct acceptor *a);

#endif
