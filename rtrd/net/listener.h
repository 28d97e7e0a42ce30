/*
 * listener: a listening TCP socket that survives everything but its owner.
 *
 * Errors of accept never close it: a client that is gone again is passed over,
 * and when descriptors or memory run out the listener rests for a moment
 * instead of spinning.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

struct listener;

/* What to do with a new connection; `fd` is non-blocking and the receiver's to
 * close. */
typedef void (*listener_accept)(
	void *ctx, int fd, const struct sockaddr_storage *peer);

/* Listen on `address`.  0 with `*out` to be ended by listener_close;
 * ERR_NOMEM, or the system's error. */
int listener_open(uv_loop_t *loop, const struct sockaddr_storage *address,
	listener_accept accept, void *ctx, struct listener **out);

/* Whether it was opened for this address (which may have port 0). */
bool listener_is_for(
	const struct listener *l, const struct sockaddr_storage *address);

/* The address that it is bound to. */
void listener_address(const struct listener *l, struct sockaddr_storage *out);

/* Close the socket at once; the memory is freed by the loop.  NULL is fine. */
void listener_close(struct listener *l);

#endif
