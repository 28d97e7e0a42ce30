/*
 * session_out: what a session says.
 *
 * Each function begins one thing in the outbox, which must be empty; when it is
 * through, session.c decides what is next.
 */
#include "rtrd/serve/session_out.h"

#include <string.h>

#include "rtrd/serve/image.h"
#include "waymark/bounds.h"

unsigned
session_version(const struct session *s)
{
	return s->inlet.version < 0 ? s->peer.max_version
				    : (unsigned)s->inlet.version;
}

uint16_t
session_lineage(const struct session *s)
{
	return cache_session(s->cache, session_version(s));
}

int64_t
session_own_time(const struct session *s)
{
	return notice_spread(s->peer.source,
		s->number << 32 | cache_serial(s->cache),
		s->config->notify_spread_ms);
}

bool
session_is_over(const struct session *s)
{
	return s->facts.state == SESSION_CLOSING ||
		s->facts.state == SESSION_CLOSED;
}

/* The first reason is kept: what follows it is only its consequence. */
static void
session_end_as(struct session *s, enum close_reason reason)
{
	if (s->facts.close_reason != NULL)
		return;
	s->facts.ended = reason;
	s->facts.close_reason = close_reason_name(reason);
}

/* Slices of the output may still be in use: it stays until session_free. */
void
session_close_now(struct session *s, enum close_reason reason)
{
	s->queued = 0;
	s->waits = false;
	s->facts.state = SESSION_CLOSED;
	session_end_as(s, reason);
}

void
session_put_error(struct session *s, enum out_kind kind,
	const struct complaint *c, struct mono now)
{
	struct writer w = outbox_begin(&s->out, kind, now);

	pdu_write_error(&w, session_version(s), c->fault,
		span_of(c->culprit, c->n),
		span_text(fault_has_text(c->fault) ? c->text : ""));
	outbox_seal(&s->out, &w);
	s->facts.last_error = (int)c->fault;
}

void
session_put_reset(struct session *s, struct mono now)
{
	struct writer w = outbox_begin(&s->out, OUT_REPLY, now);

	pdu_write_reset(&w, session_version(s));
	outbox_seal(&s->out, &w);
}

/* When the router shall ask again: when the first of what it is given ends, if
 * that is sooner than usual, and then at a time of its own. */
static uint32_t
refresh_of(const struct session *s, struct mono now)
{
	const struct cache_config *c = cache_settings(s->cache);
	struct mono end = cache_end(s->cache);
	int64_t wait_s;

	if (end.ms == INT64_MAX)
		return c->refresh_s;
	wait_s = (mono_since(now, end) + session_own_time(s) + 999) / 1000;
	if (wait_s < BOUND_REFRESH_SHORT)
		wait_s = BOUND_REFRESH_SHORT;
	return wait_s < c->refresh_s ? (uint32_t)wait_s : c->refresh_s;
}

void
session_put_data(struct session *s, const struct image *image, struct mono now)
{
	const struct cache_config *c = cache_settings(s->cache);
	const struct pdu_end end = {
		.session = session_lineage(s),
		.serial = image->serial,
		.refresh_s = refresh_of(s, now),
		.retry_s = c->retry_s,
		.expire_s = c->expire_s,
	};
	struct writer w = outbox_begin(&s->out, OUT_DATA, now);

	pdu_write_response(&w, session_version(s), end.session);
	outbox_seal(&s->out, &w);
	outbox_attach(&s->out, image, session_version(s), &end);
	s->told_session = true;
	s->facts.state = SESSION_SENDING;
}

/* Whether the router has what the cache has. */
static bool
is_current(const struct session *s)
{
	return s->synced && s->facts.serial == cache_serial(s->cache);
}

bool
session_may_notify(const struct session *s)
{
	return s->facts.state == SESSION_IDLE && s->out.kind == OUT_NONE &&
		s->queued == 0 && cache_is_serving(s->cache);
}

void
session_put_notify(struct session *s, struct mono now)
{
	struct writer w;

	if (!session_may_notify(s))
		return;
	if (is_current(s))
		notice_drop(&s->notice);
	if (!notice_is_time(&s->notice, now))
		return;
	w = outbox_begin(&s->out, OUT_NOTIFY, now);
	pdu_write_notify(&w, session_version(s), session_lineage(s),
		cache_serial(s->cache));
	outbox_seal(&s->out, &w);
	notice_give(&s->notice, now);
}

void
session_complain(struct session *s, enum fault fault, const char *text,
	struct span culprit)
{
	struct complaint *c = &s->complaint;

	c->made = true;
	c->reason = CLOSE_ERROR_SENT;
	c->fault = fault;
	c->text = text;
	c->n = culprit.n < sizeof(c->culprit) ? culprit.n : sizeof(c->culprit);
	memcpy(c->culprit, culprit.p, c->n);
	s->facts.complaint = text;
	s->facts.culprit_n = c->n < SESSION_CULPRIT ? c->n : SESSION_CULPRIT;
	memcpy(s->facts.culprit, culprit.p, s->facts.culprit_n);
}

void
session_put_complaint(struct session *s, struct mono now)
{
	if (s->complaint.mute) {
		session_close_now(s, s->complaint.reason);
		return;
	}
	session_put_error(s, OUT_FAULT, &s->complaint, now);
	s->facts.state = SESSION_CLOSING;
	session_end_as(s, s->complaint.reason);
}
