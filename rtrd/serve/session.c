/*
 * session: one router's conversation.
 *
 *	octets -> intake -> queue of queries (4) -> output -> octets
 *	              \---> one fault, behind them --^
 *
 * Output is one thing at a time, and what comes next is decided when it is
 * through: so what a router receives depends on what it sent and not on how
 * the octets were cut or how fast it reads.  A fault waits for the answers
 * before it; input behind a fault is not looked at.
 *
 *	head (own octets) | image (shared) | tail (own octets)
 *
 * A data answer is Cache Response, image, End of Data; everything else is a
 * head alone.  A Serial Notify is never kept as octets: a flag says that one
 * is due, and it is made when nothing else is on its way.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/proto/fault.h"
#include "rtrd/proto/intake.h"
#include "rtrd/proto/pdu.h"
#include "rtrd/serve/image.h"
#include "rtrd/serve/session.h"
#include "waymark/bounds.h"

enum {
	SLICE_MAX = 262144, /* octets of an image handed out at once: so that
			       progress is seen in steps of this size */
};

_Static_assert((int)RTR_ERROR_CODES == (int)FAULT_CODES, "one counter a code");

enum out_kind {
	OUT_NONE,
	OUT_NOTIFY,
	OUT_REPLY, /* to a query, without data */
	OUT_DATA, /* to a query */
	OUT_FAULT, /* the last words */
};

struct out {
	enum out_kind kind;
	uint8_t head[PDU_ERROR_MAX];
	size_t head_n;
	const struct image *image; /* NULL: none; one reference */
	uint8_t tail[PDU_END_MAX];
	size_t tail_n;
	size_t sent; /* octets of all three */
	struct mono began, progress;
};

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
	enum fault fault;
	const char *text;
	uint8_t culprit[BOUND_RTR_ERROR_PDU];
	size_t n;
};

struct session {
	struct cache *cache;
	const struct session_config *config;
	struct session_facts facts;
	struct intake intake;
	struct mono pdu_began; /* while the intake is busy */
	struct query queue[BOUND_RTR_PIPELINE]; /* the first is in work */
	size_t queued;
	struct complaint complaint;
	bool ended; /* the router closed its side */
	bool told_session; /* a Cache Response was sent */
	bool synced; /* facts.serial is what the router has */
	struct out out;
	bool notify_due;
	bool notified; /* there was one, at: */
	struct mono notified_at;
};

/* The one place where the state changes. */
static void
enter(struct session *s, enum session_state state, const char *reason)
{
	s->facts.state = state;
	if (reason != NULL && s->facts.close_reason == NULL)
		s->facts.close_reason = reason;
}

static void
out_clear(struct session *s)
{
	image_unref(s->out.image);
	s->out = (struct out){.kind = OUT_NONE};
}

/* Slices of the output may still be in use: it stays until session_free. */
static void
close_now(struct session *s, const char *reason)
{
	s->queued = 0;
	enter(s, SESSION_CLOSED, reason);
}

struct session *
session_new(struct cache *cache, const struct session_config *config,
	struct mono now)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->cache = cache;
	s->config = config;
	s->facts.version = -1;
	s->facts.last_error = -1;
	s->facts.connected = now;
	intake_init(&s->intake, config->max_version);
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	out_clear(s);
	free(s);
}

static unsigned
version_of(const struct session *s)
{
	return s->intake.version < 0 ? s->config->max_version
				     : (unsigned)s->intake.version;
}

static uint16_t
session_id(const struct session *s)
{
	return cache_settings(s->cache)->session[version_of(s)];
}

static bool
is_over(const struct session *s)
{
	return s->facts.state == SESSION_CLOSING ||
		s->facts.state == SESSION_CLOSED;
}

/* Output. */

static struct writer
out_begin(struct session *s, enum out_kind kind, struct mono now)
{
	s->out.kind = kind;
	s->out.began = now;
	s->out.progress = now;
	return writer_of(s->out.head, sizeof(s->out.head));
}

static size_t
image_size(const struct out *o)
{
	return o->image == NULL ? 0 : o->image->bytes.n;
}

static size_t
out_size(const struct out *o)
{
	return o->head_n + image_size(o) + o->tail_n;
}

static void
put_error(struct session *s, enum out_kind kind, const struct complaint *c,
	struct mono now)
{
	struct writer w = out_begin(s, kind, now);

	pdu_write_error(&w, version_of(s), c->fault, span_of(c->culprit, c->n),
		span_text(c->text));
	s->out.head_n = w.n;
	s->facts.last_error = (int)c->fault;
}

static void
put_reset(struct session *s, struct mono now)
{
	struct writer w = out_begin(s, OUT_REPLY, now);

	pdu_write_reset(&w, version_of(s));
	s->out.head_n = w.n;
}

/* Cache Response, image, End of Data: all of one serial. */
static void
put_data(struct session *s, const struct image *image, struct mono now)
{
	const struct cache_config *c = cache_settings(s->cache);
	const struct pdu_end end = {
		.session = session_id(s),
		.serial = image->serial,
		.refresh_s = c->refresh_s,
		.retry_s = c->retry_s,
		.expire_s = c->expire_s,
	};
	struct writer w = out_begin(s, OUT_DATA, now);

	pdu_write_response(&w, version_of(s), end.session);
	s->out.head_n = w.n;
	s->out.image = image;
	w = writer_of(s->out.tail, sizeof(s->out.tail));
	pdu_write_end(&w, version_of(s), &end);
	s->out.tail_n = w.n;
	s->told_session = true;
	enter(s, SESSION_SENDING, NULL);
}

/* Whether the router has what the cache has. */
static bool
is_current(const struct session *s)
{
	return s->synced && s->facts.serial == cache_serial(s->cache);
}

static bool
is_notify_time(const struct session *s, struct mono now)
{
	return !s->notified ||
		mono_since(s->notified_at, now) >= s->config->notify_ms;
}

/* Nothing else is on its way. */
static void
put_notify(struct session *s, struct mono now)
{
	struct writer w;

	if (!s->notify_due || s->facts.state != SESSION_IDLE)
		return;
	if (is_current(s)) {
		s->notify_due = false;
		return;
	}
	if (!is_notify_time(s, now))
		return;
	w = out_begin(s, OUT_NOTIFY, now);
	pdu_write_notify(
		&w, version_of(s), session_id(s), cache_serial(s->cache));
	s->out.head_n = w.n;
	s->notify_due = false;
	s->notified = true;
	s->notified_at = now;
}

/* Queries and what they lead to. */

static void
complain(struct session *s, enum fault fault, const char *text,
	struct span culprit)
{
	struct complaint *c = &s->complaint;

	c->made = true;
	c->fault = fault;
	c->text = text;
	c->n = culprit.n < sizeof(c->culprit) ? culprit.n : sizeof(c->culprit);
	memcpy(c->culprit, culprit.p, c->n);
}

/* RFC 8210 section 8.4; the connection stays. */
static void
answer_no_data(struct session *s, const struct query *q, struct mono now)
{
	struct complaint c = {.fault = FAULT_NO_DATA, .text = "", .n = q->n};

	memcpy(c.culprit, q->bytes, q->n);
	put_error(s, OUT_REPLY, &c, now);
}

/* RFC 8210 sections 5.3, 5.1 and 8.3. */
static void
answer_serial(struct session *s, const struct query *q, struct mono now)
{
	const struct image *image;
	bool known;

	if (q->session != session_id(s) && s->told_session) {
		complain(s, FAULT_CORRUPT, "this is not the session's id",
			span_of(q->bytes, q->n));
		s->queued = 0;
		return;
	}
	if (q->session != session_id(s)) {
		put_reset(s, now);
		return;
	}
	image = cache_delta(s->cache, version_of(s), q->serial, &known);
	if (image != NULL)
		put_data(s, image, now);
	else if (!known)
		put_reset(s, now);
	else
		close_now(s, "no-memory");
}

static void
answer(struct session *s, const struct query *q, struct mono now)
{
	const struct image *image;

	if (!cache_has_data(s->cache)) {
		answer_no_data(s, q, now);
	} else if (q->type == PDU_SERIAL_QUERY) {
		answer_serial(s, q, now);
	} else {
		image = cache_full(s->cache, version_of(s));
		if (image != NULL)
			put_data(s, image, now);
		else
			/* This passes; an Error Report would make routers
			 * flush what they have. */
			close_now(s, "no-memory");
	}
}

/* Decide what is next, when nothing is on its way. */
static void
proceed(struct session *s, struct mono now)
{
	if (s->out.kind != OUT_NONE || is_over(s))
		return;
	if (s->queued > 0)
		answer(s, &s->queue[0], now);
	if (s->out.kind != OUT_NONE || is_over(s))
		return;
	if (s->complaint.made) {
		put_error(s, OUT_FAULT, &s->complaint, now);
		enter(s, SESSION_CLOSING, "error-sent");
	} else if (s->ended) {
		close_now(s, "peer-closed");
	} else {
		put_notify(s, now);
	}
}

/* Input. */

static void
on_query(struct session *s, const struct intake_pdu *pdu, struct mono now)
{
	struct query *q;

	s->facts.last_query = now;
	if (s->facts.state == SESSION_FIRST) {
		s->facts.version = s->intake.version;
		enter(s, SESSION_IDLE, NULL);
	}
	if (s->queued == BOUND_RTR_PIPELINE) {
		complain(s, FAULT_REQUEST, "too many queries at once",
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
on_report(struct session *s, const struct intake_pdu *pdu)
{
	unsigned code = pdu->header.field;

	s->facts.last_error = (int)code;
	if (code < RTR_ERROR_CODES)
		s->config->counters->errors_received[code]++;
	if (pdu->malformed || fault_is_fatal(code) ||
		s->facts.state == SESSION_FIRST)
		close_now(s, "error-received");
}

/* Take one PDU, or what there is of it. */
static void
take_one(struct session *s, struct reader *r, struct mono now)
{
	struct intake_pdu pdu;
	enum intake_result result;

	if (!intake_is_busy(&s->intake))
		s->pdu_began = now;
	result = intake_take(&s->intake, r, &pdu);
	if (result == INTAKE_MORE)
		return;
	s->facts.pdus_in++;
	if (pdu.header.type < RTR_PDU_TYPES)
		s->config->counters->pdus_in[pdu.header.type]++;
	if (result == INTAKE_QUERY)
		on_query(s, &pdu, now);
	else if (result == INTAKE_REPORT)
		on_report(s, &pdu);
	else
		complain(s, pdu.fault, pdu.text, pdu.bytes);
}

void
session_input(struct session *s, struct span in, struct mono now)
{
	struct reader r = reader_of(in);

	s->facts.bytes_in += in.n;
	s->config->counters->bytes_in += in.n;
	while (reader_left(&r) > 0 && !is_over(s) && !s->complaint.made)
		take_one(s, &r, now);
	proceed(s, now);
}

void
session_end(struct session *s, struct mono now)
{
	s->ended = true;
	proceed(s, now);
}

/* The piece of `part` behind the first `*passed` octets; what of these lies
 * before the piece is taken off. */
static struct span
rest(struct span part, size_t *passed)
{
	size_t n = *passed < part.n ? *passed : part.n;

	*passed -= n;
	return n == part.n ? (struct span){0} : span_of(part.p + n, part.n - n);
}

size_t
session_output(struct session *s, struct span *out, size_t max)
{
	const struct out *o = &s->out;
	const struct span parts[] = {
		span_of(o->head, o->head_n),
		o->image == NULL ? (struct span){0} : o->image->bytes,
		span_of(o->tail, o->tail_n),
	};
	size_t passed = o->sent, count = 0;

	if (s->facts.state == SESSION_CLOSED)
		return 0;
	for (size_t i = 0; i < 3 && count < max; i++) {
		struct span piece = rest(parts[i], &passed);

		if (piece.n == 0)
			continue;
		if (piece.n > SLICE_MAX) {
			out[count++] = span_of(piece.p, SLICE_MAX);
			break;
		}
		out[count++] = piece;
	}
	return count;
}

static void
count_out(struct session *s, unsigned type, uint64_t n)
{
	s->facts.pdus_out += n;
	s->config->counters->pdus_out[type] += n;
}

/* The PDUs of what went out, counted when all of it did. */
static void
count_pdus(struct session *s, const struct out *o)
{
	/* The type and the code stand where the header has them. */
	unsigned type = o->head[1], code = o->head[3];

	count_out(s, type, 1);
	if (type == PDU_ERROR_REPORT)
		s->config->counters->errors_sent[code]++;
	if (o->kind != OUT_DATA)
		return;
	for (unsigned t = 0; t < RTR_PDU_TYPES; t++)
		count_out(s, t, image_count(o->image, t));
	count_out(s, PDU_END_OF_DATA, 1);
}

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
		enter(s, SESSION_IDLE, NULL);
	}
	out_clear(s);
	if (kind == OUT_FAULT)
		close_now(s, NULL);
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
	assert(n <= out_size(&s->out) - s->out.sent);
	s->facts.bytes_out += n;
	s->config->counters->bytes_out += n;
	s->out.sent += n;
	s->out.progress = now;
	if (s->out.sent == out_size(&s->out))
		finish(s, now);
}

void
session_notify(struct session *s, struct mono now)
{
	/* Before the first query there is nothing to tell; it will be answered
	 * with the newest set. */
	if (s->facts.state == SESSION_FIRST || is_over(s))
		return;
	s->notify_due = true;
	proceed(s, now);
}

/* Deadlines. */

static struct mono
after(struct mono from, int64_t ms)
{
	return (struct mono){from.ms + ms};
}

/* The next deadline, and what it means when it passes; `*reason` NULL: time
 * for a Serial Notify. */
static struct mono
deadline(const struct session *s, const char **reason)
{
	struct mono best = {INT64_MAX};
	const struct {
		bool on;
		struct mono at;
		const char *reason;
	} rows[] = {
		{s->facts.state == SESSION_FIRST,
			after(s->facts.connected, BOUND_RTR_FIRST_PDU_MS),
			"first-query-timeout"},
		{s->facts.state != SESSION_FIRST && intake_is_busy(&s->intake),
			after(s->pdu_began, BOUND_RTR_FIRST_PDU_MS),
			"pdu-timeout"},
		{s->out.kind != OUT_NONE,
			after(s->out.progress, BOUND_RTR_PROGRESS_MS),
			"write-timeout"},
		{s->out.kind != OUT_NONE,
			after(s->out.began, BOUND_RTR_SYNC_MS), "sync-timeout"},
		{s->notify_due && s->out.kind == OUT_NONE && s->notified,
			after(s->notified_at, s->config->notify_ms), NULL},
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
	const char *reason;

	return deadline(s, &reason);
}

void
session_tick(struct session *s, struct mono now)
{
	const char *reason = NULL;

	if (deadline(s, &reason).ms > now.ms)
		return;
	if (reason != NULL)
		close_now(s, reason);
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

const char *
session_state_name(enum session_state state)
{
	switch (state) {
	case SESSION_FIRST:
		return "first";
	case SESSION_IDLE:
		return "idle";
	case SESSION_SENDING:
		return "sending";
	case SESSION_CLOSING:
		return "closing";
	case SESSION_CLOSED:
		return "closed";
	}
	return "unknown";
}
