/*
 * http: the HTTP API on the main loop (libmicrohttpd, no threads).
 *
 *	acceptor --> MHD (one daemon without listeners, its own epoll set)
 *	                      |  uv_poll on that set, uv_timer for its timeouts
 *	                      v
 *	                     rtrd/serve/api: request in, answer out
 *
 * Listeners come and go with a reload; connections stay.  Large bodies are
 * made piece by piece as the socket takes them, from a payload set that the
 * answer holds a reference to.
 *
 * Not here: what a route answers.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stddef.h>
#include <uv.h>

#include "rtrd/net/endpoint.h"
#include "rtrd/serve/view.h"
#include "waymark/log.h"

struct http;

/* An HTTP server without listeners.  `loop`, `view` and `log` outlive it.  0
 * with `*out` to be ended by http_stop; ERR_NOMEM or ERR_SYSTEM. */
int http_start(uv_loop_t *loop, const struct view *view, const struct log *log,
	struct http **out);

/* See acceptor_inherit, acceptor_each, acceptor_own and acceptor_release. */
int http_inherit(struct http *h, int fd);
void http_each(const struct http *h,
	void (*each)(void *ctx, int fd, const struct endpoint *at), void *ctx);
void http_own(struct http *h);
void http_release(struct http *h);

/* Listen on exactly these addresses ("127.0.0.1:8323", "[::1]:8323"; port 0:
 * any free one): those that are new are opened, then those not named are
 * closed.  Each new one is logged ("listening addr=... proto=http").  0; or the
 * error with `why` filled, and then the listeners are as before. */
int http_listen(
	struct http *h, const char *const *addrs, size_t count, char why[256]);

/* Close listeners and connections at once.  The memory is freed when the loop
 * has run the close callbacks.  NULL is fine. */
void http_stop(struct http *h);

#endif
