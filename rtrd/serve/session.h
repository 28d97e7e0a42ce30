/*
 * session: one router's conversation, bytes in and bytes out (RFC 8210
 * section 8).  No socket, no clock: both are handed in.
 *
 *	          input            query               all sent
 *	FIRST ------------> IDLE ---------> SENDING ------------> IDLE
 *	   |  bad version     |  bad PDU                           |
 *	   +------------------+----------> CLOSING --> CLOSED <----+
 *
 *	FIRST    connected, nothing said; we say nothing first
 *	IDLE     version known; Serial Notify may be sent; a query for a full
 *	         set may wait for its turn
 *	SENDING  between Cache Response and End of Data
 *	CLOSING  an Error Report is on its way out, input is ignored
 *	CLOSED   close the connection
 */
#ifndef SERVE_SESSION_H
#define SERVE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/serve/cache.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum session_state {
	SESSION_FIRST,
	SESSION_IDLE,
	SESSION_SENDING,
	SESSION_CLOSING,
	SESSION_CLOSED,
};

enum {
	RTR_PDU_TYPES = 12,
	RTR_ERROR_CODES = 14,
	SESSION_CULPRIT = 8 /* octets: a header */
};

/* X(NAME, "word"): why a session ended. */
#define CLOSE_TABLE(X) \
	X(CUT, "cut") /* by the network, or by our own stop */ \
	X(PEER, "peer-closed") \
	X(ERROR_SENT, "error-sent") \
	X(ERROR_RECEIVED, "error-received") \
	X(FIRST_QUERY, "first-query-timeout") \
	X(PDU, "pdu-timeout") \
	X(WRITE, "write-timeout") \
	X(SYNC, "sync-timeout") \
	X(OUTDATED, "outdated") /* too many old sets are held */ \
	X(STALE, "stale") /* our data is too old to be given */ \
	X(RESTART, "restart") /* we come again */ \
	X(SHUTDOWN, "shutdown") /* we do not */ \
	X(DENIED, "denied") /* by an access list, since a reload */ \
	X(NOMEM, "no-memory")

enum close_reason {
#define CLOSE_ENUM(name, word) CLOSE_##name,
	CLOSE_TABLE(CLOSE_ENUM)
#undef CLOSE_ENUM
	CLOSE_REASONS
};

/* X(NAME, "word"): why a connection never became a session. */
#define REFUSAL_TABLE(X) \
	X(TOTAL, "total-limit") \
	X(SOURCE, "source-limit") \
	X(ACCESS, "access") /* by the listener's list */ \
	X(DESCRIPTORS, "descriptors") \
	X(NOT_TLS, "not-tls") /* on a listener for TLS */ \
	X(HANDSHAKE, "handshake-failed") \
	X(HANDSHAKE_TIMEOUT, "handshake-timeout") \
	X(CERTIFICATE, "client-certificate") /* none, or not a good one */ \
	X(MEMORY, "no-memory")

enum refusal {
#define REFUSAL_ENUM(name, word) REFUSAL_##name,
	REFUSAL_TABLE(REFUSAL_ENUM)
#undef REFUSAL_ENUM
	REFUSALS
};

/* Totals over all sessions, kept by the owner; see session_config. */
struct rtr_counters {
	uint64_t pdus_in[RTR_PDU_TYPES];
	uint64_t pdus_out[RTR_PDU_TYPES];
	uint64_t bytes_in, bytes_out;
	uint64_t errors_sent[RTR_ERROR_CODES];
	uint64_t errors_received[RTR_ERROR_CODES];
	uint64_t accepted, refused[REFUSALS], closed[CLOSE_REASONS];
	uint64_t paced; /* queries for a full set that had to wait */
	uint64_t notifies_dropped; /* the router could not be written to */
};

/* What holds for one connection. */
struct session_peer {
	unsigned min_version, max_version; /* that are spoken with it */
	uint8_t source[16]; /* its address, IPv4 as ::ffff:a.b.c.d; all zero
			       where there is none (a Unix socket) */
	size_t burst; /* full sets that the source may have at once */
};

struct pace;

struct session_config {
	int64_t notify_ms; /* least time between two Serial Notify; 0: none */
	int64_t notify_spread_ms; /* routers are told within this */
	struct rtr_counters *counters; /* outlives the session */
	struct pace *pace; /* of full sets; the same; NULL: none */
};

struct session;

/* A session that just connected.  NULL out of memory.  `cache` and `config`
 * outlive it; `peer` is copied. */
struct session *session_new(struct cache *cache,
	const struct session_config *config, const struct session_peer *peer,
	struct mono now);
void session_free(struct session *s);

/* Bytes from the router, in any segmentation.  All are taken. */
void session_input(struct session *s, struct span in, struct mono now);

/* The next bytes to send, up to `max` slices that stay valid until
 * session_sent or session_free.  Returns how many slices; 0: nothing now. */
size_t session_output(struct session *s, struct span *out, size_t max);

/* The first `n` of these octets were accepted by the socket. */
void session_sent(struct session *s, size_t n, struct mono now);

/* The cache has a new serial: a Serial Notify is sent when the session is
 * idle, its version known, the last Notify long enough ago and its own time in
 * the spread has come; else at session_tick, or never if it is outdated by
 * then. */
void session_notify(struct session *s, struct mono now);

/* The socket takes nothing now: a Serial Notify of which nothing was sent is
 * dropped and not queued.  Slices of session_output are not valid any more. */
void session_blocked(struct session *s, struct mono now);

/* Close a session that still sends a set that is not the current one: for when
 * too much memory is held so (cache_is_crowded).  Routers come again and get
 * the current one. */
void session_shed(struct session *s);

/* There is no data that may be given any more: a router that was given some is
 * told so (Error 2) and the session ends, at once where an answer is under way.
 * One that has not asked for anything hears it when it does. */
void session_withhold(struct session *s, struct mono now);

/* The cache becomes unavailable and comes again, or begins a new lineage of
 * serials (8210bis section 8.5): when the answer that is under way is through,
 * version 2 is told so by Error 12 and the session ends; 0 and 1 have no word
 * for it and see the connection end.  Either way routers keep what they have,
 * for their expire time.  One that has said nothing yet is left alone. */
void session_restart(struct session *s, struct mono now);

/* The same when the operator wants routers to flush what they have of this
 * cache (section 8.6): by Error 13.  0 and 1 cannot be told. */
void session_shutdown(struct session *s, struct mono now);

/* The router closed its side. */
void session_end(struct session *s, struct mono now);

/* When session_tick wants to be called at the latest; INT64_MAX: never. */
struct mono session_deadline(const struct session *s);

/* Act on deadlines: close a session without first PDU or without progress,
 * send a Notify that was held back. */
void session_tick(struct session *s, struct mono now);

/* What operators see. */
struct session_facts {
	enum session_state state;
	int version; /* -1: not known yet */
	uint32_t serial; /* of the last End of Data sent; 0: none */
	uint64_t bytes_in, bytes_out, pdus_in, pdus_out;
	struct mono connected, last_query, last_sync;
	int last_error; /* code of an Error Report in or out, -1: none */
	enum close_reason ended; /* CLOSE_CUT while open */
	const char *close_reason; /* its word, NULL while open */
	/* What the session complained of: a static text (NULL: of nothing) and
	 * the first octets of the culprit. */
	const char *complaint;
	uint8_t culprit[SESSION_CULPRIT];
	size_t culprit_n;
};

/* Its state, and all that operators see, filled into `out`. */
enum session_state session_state(const struct session *s);
void session_tell(const struct session *s, struct session_facts *out);

/* "first", "idle", "sending", "closing", "closed". */
const char *session_state_name(enum session_state state);

/* The words of the two tables.  Static text. */
const char *close_reason_name(enum close_reason reason);
const char *refusal_name(enum refusal refusal);

#endif
