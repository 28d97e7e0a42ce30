/*
 * session: one router's conversation.
 *
 *	octets -> inlet -> queue of queries (4) -> outbox -> octets
 *	             \---> one fault, behind them --^
 *
 * Output is one thing at a time, and what comes next is decided when it is
 * through: so what a router receives depends on what it sent and not on how
 * the octets were cut or how fast it reads.  A fault waits for the answers
 * before it; input behind a fault is not looked at.
 *
 * A Serial Notify is never kept as octets: a notice says that one is due, and
 * it is made when nothing else is on its way.
 *
 * A query for a full set may have to wait for its turn (see pace.h).  It waits
 * at the head of the queue, with nothing on its way.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/proto/fault.h"
#include "rtrd/proto/pdu.h"
#include "rtrd/serve/image.h"
#include "rtrd/serve/pace.h"
#include "rtrd/serve/session.h"
#include "rtrd/serve/session_out.h"
#include "waymark/bounds.h"

_Static_assert((int)RTR_ERROR_CODES == (int)FAULT_CODES, "one counter a code");

/* What is private to a connection is small; the sets are shared (R5). */
_Static_assert(sizeof(struct session) < 4096, "a session is small");

struct session *
session_new(struct cache *cache, const struct session_config *config,
	const struct session_peer *peer, struct mono now)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->cache = cache;
	s->config = config;
	s->peer = *peer;
	s->number = config->counters->accepted;
	s->facts.version = -1;
	s->facts.last_error = -1;
	s->facts.connected = now;
	inlet_init(&s->inlet, peer->min_version, peer->max_version);
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	outbox_clear(&s->out);
	free(s);
}

/* Queries and what they lead to. */

/* RFC 8210 section 8.4; the connection stays. */
static void
answer_no_data(struct session *s, const struct query *q, struct mono now)
{
	struct complaint c = {.fault = FAULT_NO_DATA, .text = "", .n = q->n};

	memcpy(c.culprit, q->bytes, q->n);
	session_put_error(s, OUT_REPLY, &c, now);
}

/* RFC 8210 sections 5.3, 5.1 and 8.3. */
static void
answer_serial(struct session *s, const struct query *q, struct mono now)
{
	const struct image *image;
	bool known;

	/* A router that remembers another session is no fault of its own until
	 * it has been told ours; a Cache Reset or "no data" tells no id. */
	if (q->session != session_lineage(s) && s->told_session) {
		session_complain(s, FAULT_CORRUPT,
			"this is not the session's id",
			span_of(q->bytes, q->n));
		s->queued = 0;
		return;
	}
	if (q->session != session_lineage(s)) {
		session_put_reset(s, now);
		return;
	}
	image = cache_delta(s->cache, session_version(s), q->serial, &known);
	/* An equal serial gives an image without octets: Cache Response and
	 * End of Data with nothing between. */
	if (image != NULL)
		session_put_data(s, image, now);
	else if (!known)
		session_put_reset(s, now);
	else
		session_close_now(s, CLOSE_NOMEM);
}

/* Whether it is the router's turn to get a full set; else it waits. */
static bool
has_turn(struct session *s, struct mono now)
{
	struct mono turn = now;

	if (s->config->pace != NULL)
		turn = pace_take(
			s->config->pace, s->peer.source, s->peer.burst, now);
	if (turn.ms > now.ms && !s->waits)
		s->config->counters->paced++;
	s->waits = turn.ms > now.ms;
	s->turn = turn;
	return !s->waits;
}

/* RFC 8210 section 5.4. */
static void
answer_reset(struct session *s, struct mono now)
{
	const struct image *image;

	if (!has_turn(s, now))
		return;
	image = cache_full(s->cache, session_version(s));
	if (image != NULL)
		session_put_data(s, image, now);
	else
		/* This passes; an Error Report would make routers flush what
		 * they have. */
		session_close_now(s, CLOSE_NOMEM);
}

/* What is current now is what the answer will hold, however long it takes. */
static void
answer(struct session *s, const struct query *q, struct mono now)
{
	if (!cache_is_serving(s->cache)) {
		s->waits = false;
		answer_no_data(s, q, now);
	} else if (q->type == PDU_SERIAL_QUERY) {
		answer_serial(s, q, now);
	} else {
		answer_reset(s, now);
	}
}

/* Queries that wait are not answered any more; the one that is being answered
 * is. */
static void
forget_queries(struct session *s)
{
	bool answering = s->out.kind == OUT_REPLY || s->out.kind == OUT_DATA;

	s->queued = answering ? 1 : 0;
	s->waits = false;
}

/* Decide what is next, when nothing is on its way. */
static void
proceed(struct session *s, struct mono now)
{
	if (s->out.kind != OUT_NONE || session_is_over(s))
		return;
	/* Who is to be told off does not wait for its turn first. */
	if (s->waits && s->complaint.made)
		forget_queries(s);
	/* An answer may also turn out to be a complaint, or the end. */
	if (s->queued > 0 && !(s->waits && s->turn.ms > now.ms))
		answer(s, &s->queue[0], now);
	if (s->out.kind != OUT_NONE || session_is_over(s))
		return;
	if (s->complaint.made)
		session_put_complaint(s, now);
	else if (s->queued > 0)
		return;
	else if (s->ended)
		session_close_now(s, CLOSE_PEER);
	else
		session_put_notify(s, now);
}

/* Input. */

/* Four may wait, the one being answered among them. */
static void
on_query(struct session *s, const struct inlet_pdu *pdu, struct mono now)
{
	struct query *q;

	s->facts.last_query = now;
	if (s->facts.state == SESSION_FIRST) {
		s->facts.version = s->inlet.version;
		s->facts.state = SESSION_IDLE;
	}
	if (s->queued == BOUND_RTR_PIPELINE) {
		session_complain(s, FAULT_REQUEST, "too many queries at once",
			pdu->bytes);
		return;
	}
	q = &s->queue[s->queued++];
	*q = (struct query){
		.type = pdu->header.type,
		.session = pdu->header.field,
		.serial = pdu->serial,
		.n = pdu->bytes.n,
	};
	assert(pdu->bytes.n <= sizeof(q->bytes));
	memcpy(q->bytes, pdu->bytes.p, pdu->bytes.n);
}

/* Never answered (RFC 8210 section 5.11). */
static void
on_report(struct session *s, const struct inlet_pdu *pdu)
{
	unsigned code = pdu->header.field;

	s->facts.last_error = (int)code;
	if (code < RTR_ERROR_CODES)
		s->config->counters->errors_received[code]++;
	/* As a first PDU it is no query, and chooses no version. */
	if (pdu->malformed || s->facts.state == SESSION_FIRST ||
		fault_is_fatal(code, session_version(s)))
		session_close_now(s, CLOSE_ERROR_RECEIVED);
}

/* Take one PDU, or what there is of it. */
static void
take_one(struct session *s, struct reader *r, struct mono now)
{
	struct inlet_pdu pdu;
	enum inlet_result result;

	if (!inlet_is_busy(&s->inlet))
		s->pdu_began = now;
	result = inlet_take(&s->inlet, r, &pdu);
	if (result == INLET_MORE)
		return;
	s->facts.pdus_in++;
	if (pdu.header.type < RTR_PDU_TYPES)
		s->config->counters->pdus_in[pdu.header.type]++;
	if (result == INLET_QUERY)
		on_query(s, &pdu, now);
	else if (result == INLET_REPORT)
		on_report(s, &pdu);
	else
		session_complain(s, pdu.fault, pdu.text, pdu.bytes);
}

void
session_input(struct session *s, struct span in, struct mono now)
{
	struct reader r = reader_of(in);

	s->facts.bytes_in += in.n;
	s->config->counters->bytes_in += in.n;
	while (reader_left(&r) > 0 && !session_is_over(s) && !s->complaint.made)
		take_one(s, &r, now);
	proceed(s, now);
}

void
session_end(struct session *s, struct mono now)
{
	s->ended = true;
	proceed(s, now);
}

size_t
session_output(struct session *s, struct span *out, size_t max)
{
	if (s->facts.state == SESSION_CLOSED)
		return 0;
	return outbox_slices(&s->out, out, max);
}

/* For this router, and for all. */
static void
count_out(struct session *s, unsigned type, uint64_t n)
{
	s->facts.pdus_out += n;
	s->config->counters->pdus_out[type] += n;
}

/* The PDUs of what went out, counted when all of it did. */
static void
count_pdus(struct session *s, const struct outbox *o)
{
	unsigned type = outbox_type(o);

	count_out(s, type, 1);
	if (type == PDU_ERROR_REPORT)
		s->config->counters->errors_sent[outbox_code(o)]++;
	if (o->kind != OUT_DATA)
		return;
	for (unsigned t = 0; t < RTR_PDU_TYPES; t++)
		count_out(s, t, image_count(o->image, t));
	count_out(s, PDU_END_OF_DATA, 1);
}

/* The first query is done; there are at most three to move. */
static void
pop_query(struct session *s)
{
	s->queued--;
	memmove(s->queue, s->queue + 1, s->queued * sizeof(s->queue[0]));
}

/* All of the output was accepted. */
static void
finish(struct session *s, struct mono now)
{
	enum out_kind kind = s->out.kind;

	count_pdus(s, &s->out);
	if (kind == OUT_DATA) {
		s->facts.serial = s->out.image->serial;
		s->facts.last_sync = now;
		s->synced = true;
		s->facts.state = SESSION_IDLE;
	}
	if (kind == OUT_NOTIFY)
		notice_left(&s->notice, s->config->notify_ms, now);
	outbox_clear(&s->out);
	/* A Notify answers no query; all else but the last words does. */
	if (kind == OUT_FAULT)
		session_close_now(s, CLOSE_ERROR_SENT);
	else if (kind != OUT_NOTIFY)
		pop_query(s);
	proceed(s, now);
}

void
session_sent(struct session *s, size_t n, struct mono now)
{
	/* It may have been closed since the octets were handed out. */
	if (s->facts.state == SESSION_CLOSED || n == 0)
		return;
	assert(n <= outbox_left(&s->out));
	s->facts.bytes_out += n;
	s->config->counters->bytes_out += n;
	s->out.sent += n;
	s->out.progress = now;
	if (outbox_left(&s->out) == 0)
		finish(s, now);
}

void
session_notify(struct session *s, struct mono now)
{
	/* Before the first query there is nothing to tell; it will be answered
	 * with the newest set. */
	if (s->facts.state == SESSION_FIRST || session_is_over(s))
		return;
	notice_want(&s->notice, s->config->notify_ms, session_own_time(s), now);
	proceed(s, now);
}

/* It would lie there until the router reads, and be old news then; and a router
 * that only does not read must not be closed for it. */
void
session_blocked(struct session *s, struct mono now)
{
	if (s->out.kind != OUT_NOTIFY || s->out.sent > 0)
		return;
	outbox_clear(&s->out);
	s->config->counters->notifies_dropped++;
	proceed(s, now);
}

void
session_shed(struct session *s)
{
	if (s->out.image != NULL &&
		s->out.image->serial != cache_serial(s->cache))
		session_close_now(s, CLOSE_OUTDATED);
}

/* The session ends for a reason of ours, unless the router gave one before. */
static void
part(struct session *s, enum fault fault, const char *text,
	enum close_reason reason)
{
	forget_queries(s);
	if (s->complaint.made)
		return;
	session_complain(s, fault, text, span_of("", 0));
	s->complaint.reason = reason;
}

/* Half an answer is thrown away by the router; a whole one would count as fresh
 * for its expire time. */
void
session_withhold(struct session *s, struct mono now)
{
	if (s->facts.state == SESSION_FIRST || session_is_over(s))
		return;
	if (s->out.kind == OUT_DATA) {
		session_close_now(s, CLOSE_STALE);
		return;
	}
	part(s, FAULT_NO_DATA, "our data is too old", CLOSE_STALE);
	proceed(s, now);
}

/* What is on its way is finished: it was right when it began. */
static void
leave(struct session *s, enum fault fault, const char *text,
	enum close_reason reason, struct mono now)
{
	if (s->facts.state == SESSION_FIRST || session_is_over(s))
		return;
	part(s, fault, text, reason);
	/* Before version 2 there is no word for it, and any other would make
	 * routers flush or complain: they see the connection end. */
	s->complaint.mute |= s->complaint.reason == reason &&
		fault_for_version(fault, session_version(s)) != fault;
	proceed(s, now);
}

void
session_restart(struct session *s, struct mono now)
{
	leave(s, FAULT_RESTART, "the cache restarts", CLOSE_RESTART, now);
}

void
session_shutdown(struct session *s, struct mono now)
{
	leave(s, FAULT_SHUTDOWN, "the cache is shut down", CLOSE_SHUTDOWN, now);
}

/* Deadlines. */

static struct mono
after(struct mono from, int64_t ms)
{
	return (struct mono){from.ms + ms};
}

/* The next deadline, and what it means when it passes: the end for a reason, or
 * CLOSE_REASONS: time for a Serial Notify, or for an answer. */
static struct mono
deadline(const struct session *s, enum close_reason *reason)
{
	struct mono best = {INT64_MAX};
	const struct {
		bool on;
		struct mono at;
		enum close_reason reason;
	} rows[] = {
		{s->facts.state == SESSION_FIRST,
			after(s->facts.connected, BOUND_RTR_FIRST_PDU_MS),
			CLOSE_FIRST_QUERY},
		{s->facts.state != SESSION_FIRST && inlet_is_busy(&s->inlet),
			after(s->pdu_began, BOUND_RTR_FIRST_PDU_MS), CLOSE_PDU},
		{s->out.kind != OUT_NONE,
			after(s->out.progress, BOUND_RTR_PROGRESS_MS),
			CLOSE_WRITE},
		{s->out.kind != OUT_NONE,
			after(s->out.began, BOUND_RTR_SYNC_MS), CLOSE_SYNC},
		{s->waits, s->turn, CLOSE_REASONS},
		{s->notice.due && session_may_notify(s), s->notice.at,
			CLOSE_REASONS},
	};

	if (s->facts.state == SESSION_CLOSED)
		return best;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].on && rows[i].at.ms < best.ms) {
			best = rows[i].at;
			*reason = rows[i].reason;
		}
	}
	return best;
}

struct mono
session_deadline(const struct session *s)
{
	enum close_reason reason;

	return deadline(s, &reason);
}

void
session_tick(struct session *s, struct mono now)
{
	enum close_reason reason = CLOSE_REASONS;

	if (deadline(s, &reason).ms > now.ms)
		return;
	if (reason != CLOSE_REASONS)
		session_close_now(s, reason);
	else
		proceed(s, now);
}

enum session_state
session_state(const struct session *s)
{
	return s->facts.state;
}

void
session_tell(const struct session *s, struct session_facts *out)
{
	*out = s->facts;
}
