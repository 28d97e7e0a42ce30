/*
 * session_out: what a session is, and what it says.  Private to session.c and
 * session_out.c.
 *
 *	input, time --> session.c --decides--> session_out.c --> outbox
 */
#ifndef SERVE_SESSION_OUT_H
#define SERVE_SESSION_OUT_H

#include "rtrd/proto/fault.h"
#include "rtrd/proto/inlet.h"
#include "rtrd/proto/pdu.h"
#include "rtrd/serve/notice.h"
#include "rtrd/serve/outbox.h"
#include "rtrd/serve/session.h"

struct query {
	uint8_t type; /* enum pdu_type */
	uint16_t session;
	uint32_t serial;
	uint8_t bytes[PDU_QUERY_MAX];
	size_t n;
};

/* Why the session ends, as the router will be told. */
struct complaint {
	bool made;
	bool mute; /* its version has no word for it */
	enum close_reason reason;
	enum fault fault;
	const char *text;
	uint8_t culprit[BOUND_RTR_ERROR_PDU];
	size_t n;
};

struct session {
	struct cache *cache;
	const struct session_config *config;
	struct session_peer peer;
	uint64_t number; /* of the connection, for its own times */
	struct session_facts facts;
	struct inlet inlet;
	struct mono pdu_began; /* while the inlet is busy */
	struct query queue[BOUND_RTR_PIPELINE]; /* the first is in work */
	size_t queued;
	bool waits; /* the first query, for its turn at: */
	struct mono turn;
	struct complaint complaint;
	bool ended; /* the router closed its side */
	bool told_session; /* a Cache Response was sent */
	bool synced; /* facts.serial is what the router has */
	struct outbox out;
	struct notice notice;
};

/* The version to speak: our highest one while the router has not chosen, which
 * is what an Error 4 must bear, also to one that is too low for us (RFC 8210
 * section 7). */
unsigned session_version(const struct session *s);

/* The session id of its version. */
uint16_t session_lineage(const struct session *s);

/* A time that is this router's own, within what all are spread over; in
 * milliseconds. */
int64_t session_own_time(const struct session *s);

/* Nothing that the router says matters any more. */
bool session_is_over(const struct session *s);

/* The end; the first reason is kept. */
void session_close_now(struct session *s, enum close_reason reason);

/* Note what the router will be told; nothing it sends from then on is read. */
void session_complain(struct session *s, enum fault fault, const char *text,
	struct span culprit);

/* Say the complaint, as far as the version has words for it, and close. */
void session_put_complaint(struct session *s, struct mono now);

/* An Error Report (RFC 8210 section 5.11), of "no data" or as the last words:
 * what comes after it differs. */
void session_put_error(struct session *s, enum out_kind kind,
	const struct complaint *c, struct mono now);

/* "Begin anew" (section 5.9): not an error, and the session id is not in it. */
void session_put_reset(struct session *s, struct mono now);

/* Cache Response, image, End of Data: all of one serial.  Takes the reference
 * to `image`. */
void session_put_data(
	struct session *s, const struct image *image, struct mono now);

/* Whether a Serial Notify may be said: never within an answer, nor before one
 * that waits, which will be newer. */
bool session_may_notify(const struct session *s);

/* One that is due, if it is time: it tells what is current, as the serials that
 * came and went in between are of no use to anybody (section 5.2). */
void session_put_notify(struct session *s, struct mono now);

#endif
