/*
 * tls: one connection's TLS (RFC 8446, RFC 5246), octets in and octets out.
 * No socket, no clock: what is read from the one and said to the session comes
 * and goes through here.
 *
 *	socket --tls_feed--> [ OpenSSL ] --tls_read--> session
 *	       <-tls_output- [         ] <-tls_write-- session
 *
 *	HANDSHAKE --> OPEN --> ENDED    the router said that it sends no more
 *	    |          |         |      (close_notify); it may still listen
 *	    +----------+---------+----> FAILED
 *
 * Little is kept: at most BOUND_TLS_AHEAD records that the socket has not
 * taken, and one that has not come whole; nothing for a router that is idle.
 *
 * Not here: deadlines, and how many handshakes there may be (gate.h).
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/net/endpoint.h"
#include "rtrd/net/tls_keys.h"
#include "rtrd/serve/session.h"
#include "waymark/span.h"

enum tls_state {
	TLS_HANDSHAKE,
	TLS_OPEN,
	TLS_ENDED,
	TLS_FAILED,
};

struct tls;

/* A connection from `source` (as in session_peer) that nothing was said on.
 * It keeps `keys`.  NULL out of memory. */
struct tls *tls_new(struct tls_keys *keys, enum client_certs clients,
	const uint8_t source[ACCESS_SOURCE]);
void tls_free(struct tls *t);

/* Where it is; changed by tls_feed, tls_read and tls_write alone. */
enum tls_state tls_state(const struct tls *t);

/* Whether it has heard anything. */
bool tls_has_begun(const struct tls *t);

/* In TLS_FAILED: what was wrong, for the log (static text), and for which
 * reason a handshake is counted as refused. */
const char *tls_fault(const struct tls *t, enum refusal *why);

/* Octets from the socket.  They stay in place until tls_read has returned 0. */
void tls_feed(struct tls *t, struct span in);

/* The next clear octets, at most `max`; goes on with the handshake and may
 * change the state.  Returns how many; 0: no more, all that was fed is taken.
 */
size_t tls_read(struct tls *t, uint8_t *out, size_t max);

/* Encrypt the first of these octets, as many as there is room for; only in
 * TLS_OPEN and TLS_ENDED.  Returns how many; on a failure the state changes. */
size_t tls_write(struct tls *t, struct span clear);

/* Say that nothing more comes from us (close_notify), if it can be said. */
void tls_end(struct tls *t);

/* The next octets for the socket.  They stay in place until all were sent, also
 * while the functions above add more. */
struct span tls_output(const struct tls *t);

/* The socket took the first `n` of them.  Returns how many octets of tls_write
 * went with these: what is encrypted together counts in proportion, so that
 * progress is what the socket takes. */
size_t tls_sent(struct tls *t, size_t n);

#endif
