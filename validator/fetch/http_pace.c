/*
 * http_pace: the deadlines of a transfer.
 *
 * "No octet for so long" alone would let a server hold on for ever with an
 * octet now and then, and the total alone would let it do so for ten minutes a
 * file; the average after the grace ends that.
 */
#include "validator/fetch/http_pace.h"

void
http_pace_init(struct http_pace *p, struct mono now)
{
	*p = (struct http_pace){.begun = now, .asked = now, .moved = now};
}

void
http_pace_ask(struct http_pace *p, struct mono now)
{
	p->asked = p->moved = now;
	p->octets = 0;
	p->is_asked = true;
}

void
http_pace_wait(struct http_pace *p)
{
	p->is_asked = false;
}

/* Milliseconds from asking for which so many octets are enough. */
static int64_t
lasts_ms(uint64_t octets, const struct http_limits *l)
{
	uint64_t ms =
		octets / l->rate * 1000 + octets % l->rate * 1000 / l->rate;

	return ms < (uint64_t)l->grace_ms ? l->grace_ms : (int64_t)ms;
}

enum http_late
http_pace_check(struct http_pace *p, const struct http_limits *l,
	uint64_t octets, struct mono now)
{
	if (mono_since(p->begun, now) > l->total_ms)
		return HTTP_LATE_TOTAL;
	if (!p->is_asked)
		return HTTP_LATE_NOT;
	if (octets != p->octets) {
		p->octets = octets;
		p->moved = now;
	}
	if (mono_since(p->moved, now) > l->idle_ms)
		return HTTP_LATE_IDLE;
	if (mono_since(p->asked, now) > lasts_ms(octets, l))
		return HTTP_LATE_RATE;
	return HTTP_LATE_NOT;
}

int64_t
http_pace_next(
	const struct http_pace *p, const struct http_limits *l, struct mono now)
{
	int64_t next = l->total_ms - mono_since(p->begun, now), other;

	if (p->is_asked) {
		other = l->idle_ms - mono_since(p->moved, now);
		next = other < next ? other : next;
		other = lasts_ms(p->octets, l) - mono_since(p->asked, now);
		next = other < next ? other : next;
	}
	/* One more, as a limit is passed only behind it. */
	return next < 0 ? 0 : next + 1;
}
