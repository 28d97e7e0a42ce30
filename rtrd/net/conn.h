/*
 * conn: one router's connection: socket + session + one timer.
 *
 *	socket --octets--> [ tls ] --> session_input
 *	       <--slices-- [ tls ] <-- session_output    without TLS straight
 *	timer  --------------------> session_tick        from the shared image
 *
 * Not here: which connections there may be, and what is told of them: that is
 * the server's.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#include "rtrd/net/endpoint.h"
#include "rtrd/net/gate.h"
#include "rtrd/net/tls_keys.h"
#include "rtrd/serve/session.h"

enum {
	CONN_BUFFER = 65536
}; /* octets of input at once */

struct conn;

/* What the connections of a server have in common; outlives them. */
struct conn_host {
	uv_loop_t *loop;
	char *buffer; /* CONN_BUFFER octets, shared: input is taken at once */
	size_t open; /* connections that may write; kept by the server */
	struct gate gate; /* of TLS handshakes; gate_init, conn_clock */
	/* It is closed, and is out of the server's list when this returns. */
	void (*closed)(void *ctx, struct conn *c);
	void (*freed)(void *ctx); /* its memory is free */
	void *ctx;
};

/* The time on which the gate goes, in microseconds. */
int64_t conn_clock(void);

/* A connection on the socket `fd` from `source`: nothing happens on it yet.
 * NULL out of memory; else it owns `fd` and `s`, until it frees itself after
 * conn_start, or conn_drop. */
struct conn *conn_new(struct conn_host *h, struct session *s, int fd,
	const struct sockaddr_storage *source);

/* End one that was never started: nobody is told. */
void conn_drop(struct conn *c);

/* Before conn_start: TLS is spoken, with these keys, which it keeps; `source`
 * as in session_peer.  0 or ERR_NOMEM. */
int conn_secure(struct conn *c, struct tls_keys *keys,
	enum client_certs clients, const uint8_t source[ACCESS_SOURCE]);

/* Tune the socket and begin to read; it may close at once. */
void conn_start(struct conn *c);

/* After anything happened to the session: write what there is, close what is
 * over, and set the timer. */
void conn_update(struct conn *c);

/* Close now.  `reset`: what the router has not taken is thrown away. */
void conn_close(struct conn *c, bool reset);

/* Whether it ended before there could be a session, for want of a TLS
 * handshake; then for which reason, and what was wrong in words (static). */
bool conn_is_refused(
	const struct conn *c, enum refusal *why, const char **words);

/* What is spoken; the connection's. */
struct session *conn_session(const struct conn *c);

/* Where the router is, and where it reached us; texts of the connection's. */
const struct sockaddr_storage *conn_source(const struct conn *c);
const char *conn_peer(const struct conn *c);
const char *conn_local(const struct conn *c);

/* Its place in the server's list, which the server keeps here. */
size_t *conn_index(struct conn *c);

#endif
