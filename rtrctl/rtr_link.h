/*
 * rtr_link: a connection to a cache, over TCP, TLS or a Unix socket, that never
 * blocks once the name is looked up.
 *
 *	open: look up --> connect, one address after the other --> handshake
 *	      (blocks)    BUSY ...                                 BUSY ... OPEN
 */
#ifndef RTRCTL_RTR_LINK_H
#define RTRCTL_RTR_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

enum rtr_transport {
	RTR_TCP,
	RTR_TLS,
	RTR_UNIX,
};

enum {
	RTR_HOST = 256, /* octets of a name, an address or a path */
	RTR_PORT = 8
};

/* Where a cache listens. */
struct rtr_place {
	enum rtr_transport transport;
	char host[RTR_HOST]; /* of a Unix socket: its path */
	char port[RTR_PORT];
};

/* Read "HOST", "HOST:PORT", "ADDRESS", "[ADDRESS]:PORT", each also behind
 * "tcp:" or "tls:", or "unix:PATH"; without such a word it is TLS when `tls`.
 * The port is 3323, or 324 for TLS, unless told.  False with `why`. */
bool rtr_place_parse(
	const char *text, bool tls, struct rtr_place *out, struct text *why);

/* What TLS connections share: which certificates are believed, and our own. */
struct rtr_tls;

struct rtr_tls_options {
	const char *ca; /* file of certificates; NULL: the system's */
	const char *cert, *key; /* files of our own; NULL: none */
	bool is_insecure; /* the server may be anybody */
};

/* NULL with `why`. */
struct rtr_tls *rtr_tls_new(
	const struct rtr_tls_options *options, struct text *why);
void rtr_tls_free(struct rtr_tls *tls);

struct rtr_link;

enum rtr_link_state {
	RTR_LINK_BUSY, /* poll, then step again */
	RTR_LINK_OPEN,
	RTR_LINK_FAILED,
};

/* Look the name up (with the resolver's own patience) and begin to connect.
 * `tls` is needed for RTR_TLS, and outlives the link.  NULL with `why`. */
struct rtr_link *rtr_link_open(const struct rtr_place *place,
	const struct rtr_tls *tls, struct text *why);

/* Close and free.  NULL is fine. */
void rtr_link_free(struct rtr_link *l);

/* Go on connecting; `why` is filled when that failed for every address. */
enum rtr_link_state rtr_link_step(struct rtr_link *l, struct text *why);

/* The descriptor, and the events of poll(2) to wait for; `output`: there is
 * something to send. */
int rtr_link_fd(const struct rtr_link *l);
short rtr_link_events(const struct rtr_link *l, bool output);

/* Whether octets are here that poll(2) does not know of. */
bool rtr_link_has_more(const struct rtr_link *l);

enum {
	RTR_LINK_GONE = -1, /* closed by the cache, in order */
	RTR_LINK_BROKEN = -2 /* with `why` */
};

/* Read or write what goes without waiting: octets, 0 for none now, or one of
 * the above. */
long rtr_link_read(struct rtr_link *l, void *to, size_t cap, struct text *why);
long rtr_link_write(
	struct rtr_link *l, const void *p, size_t n, struct text *why);

/* The address that it is connected to, for people: "192.0.2.1:3323".  Lives as
 * long as the link. */
const char *rtr_link_address(const struct rtr_link *l);

#endif
