/*
 * rtr: routers' connections on the main loop.
 *
 *	acceptor --> conn, conn, conn ...
 *
 * What is private to a connection is bounded, and a router that does not read
 * costs its connection and nothing else.
 *
 * Not here: any rule of RTR.
 */
#ifndef NET_RTR_H
#define NET_RTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "rtrd/net/endpoint.h"
#include "rtrd/net/tls_keys.h"
#include "rtrd/serve/cache.h"
#include "rtrd/serve/session.h"
#include "rtrd/serve/view.h"
#include "waymark/log.h"

struct rtr;

struct rtr_config {
	unsigned max_version;
	int64_t notify_ms;
	size_t max_connections;
	size_t max_per_source; /* of them from one address */
};

/* Where it listens, and what holds for whom. */
struct rtr_places {
	const char *const *listen; /* texts of endpoints */
	size_t listen_count;
	bool lenient; /* see acceptor_listen */
	const char *const *clients; /* texts of clients */
	size_t client_count;
	struct tls_files tls; /* `cert` NULL: none */
};

/* An RTR server without listeners.  `loop`, `cache` and `log` outlive it.  0
 * with `*out` to be ended by rtr_stop; or ERR_NOMEM. */
int rtr_start(uv_loop_t *loop, struct cache *cache,
	const struct rtr_config *config, const struct log *log,
	struct rtr **out);

/* Other limits, for connections that come from now on; open ones stay. */
void rtr_configure(struct rtr *r, const struct rtr_config *config);

/* See acceptor_inherit. */
int rtr_inherit(struct rtr *r, int fd);

/* See acceptor_listen, clients_load and secure_load; sessions survive, but for
 * those of sources that their listener now denies, and keep the keys they came
 * with. */
int rtr_listen(struct rtr *r, const struct rtr_places *places, char why[256]);

/* When the certificate of TLS listeners ends; 0: there is none. */
struct wall rtr_tls_end(const struct rtr *r);

/* See acceptor_each, acceptor_own and acceptor_release. */
void rtr_each(const struct rtr *r,
	void (*each)(void *ctx, int fd, const struct endpoint *at), void *ctx);
void rtr_own(struct rtr *r);
void rtr_release(struct rtr *r);

/* See acceptor_hold: a router that is told that there is no data may not come
 * again for minutes. */
void rtr_hold(struct rtr *r);
void rtr_go(struct rtr *r);

/* The cache has a new serial: tell all routers. */
void rtr_publish(struct rtr *r);

/* There is no data that may be given any more (see cache_withhold): tell all
 * routers, and close. */
void rtr_withhold(struct rtr *r);

/* The session ids are others: tell all routers, and close. */
void rtr_restart(struct rtr *r);

/* The operator wants routers to flush what they have of this cache: nobody is
 * accepted any more, all are told as far as their version can be, and close.
 * What is left is for rtr_stop. */
void rtr_shutdown(struct rtr *r);

/* Whether somebody has not heard to the end what he was told. */
bool rtr_is_parting(const struct rtr *r);

/* Totals; they live as long as the server. */
const struct rtr_counters *rtr_totals(const struct rtr *r);

/* The connections, for the view; texts in `out` live until the next turn of
 * the loop.  `index` is below the count. */
size_t rtr_peer_count(const struct rtr *r);
void rtr_peer_get(const struct rtr *r, size_t index, struct peer_facts *out);

/* The listeners, for the view; facts and texts live for the call. */
void rtr_listeners(const struct rtr *r,
	void (*each)(void *to, const struct listener_facts *facts), void *to);

/* Close listeners and connections at once.  The memory is freed when the loop
 * has run the close callbacks.  NULL is fine. */
void rtr_stop(struct rtr *r);

#endif
