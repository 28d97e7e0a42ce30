/*
 * rtr_drive: a connection's octets to the router and back, and the time between
 * two connections.
 *
 * What comes is read in pieces of 64 KiB, some a turn, so that a cache that
 * sends without end keeps nobody else from being served, nor a signal from
 * being heard.
 */
#include "rtrctl/rtr_drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum {
	PIECE = 65536,
	TURNS = 16, /* pieces at once */
	CONNECT_MS = 30000 /* for all addresses and the handshake */
};

struct rtr_drive {
	const struct rtr_place *place;
	const struct rtr_tls *tls;
	struct rtr_peer *peer;
	struct rtr_link *link;
	bool is_up; /* the router was told of the connection */
	int64_t pause_ms, connect_ms;
	struct mono again; /* when to connect, without a link; until when, with
			      one that is not up */
	unsigned falls;
	struct text why;
	char address[RTR_HOST + RTR_PORT + 4];
	uint8_t piece[PIECE];
};

struct rtr_drive *
rtr_drive_new(const struct rtr_place *place, const struct rtr_tls *tls,
	const struct rtr_config *config, const struct rtr_calls *calls,
	int64_t pause_ms)
{
	struct rtr_drive *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->place = place;
	d->tls = tls;
	d->pause_ms = pause_ms;
	d->connect_ms =
		config->answer_ms < CONNECT_MS ? config->answer_ms : CONNECT_MS;
	d->peer = rtr_peer_new(config, calls);
	memcpy(d->address, "-", 2);
	if (d->peer == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
rtr_drive_free(struct rtr_drive *d)
{
	if (d == NULL)
		return;
	rtr_link_free(d->link);
	rtr_peer_free(d->peer);
	text_free(&d->why);
	free(d);
}

/* Close, and say when to come again. */
static void
fall(struct rtr_drive *d, bool at_once, struct mono now)
{
	rtr_link_free(d->link);
	d->link = NULL;
	d->is_up = false;
	d->again = now;
	if (at_once)
		return;
	d->again.ms += d->pause_ms;
	d->falls++;
}

static void
begin(struct rtr_drive *d, struct mono now)
{
	text_clear(&d->why);
	d->link = rtr_link_open(d->place, d->tls, &d->why);
	/* To look a name up may have taken a while. */
	now = mono_now();
	if (d->link == NULL)
		fall(d, false, now);
	else
		d->again.ms = now.ms + d->connect_ms;
}

/* Go on connecting. */
static void
climb(struct rtr_drive *d, struct mono now)
{
	text_clear(&d->why);
	switch (rtr_link_step(d->link, &d->why)) {
	case RTR_LINK_OPEN:
		d->is_up = true;
		snprintf(d->address, sizeof(d->address), "%s",
			rtr_link_address(d->link));
		rtr_peer_open(d->peer, now);
		break;
	case RTR_LINK_FAILED:
		fall(d, false, now);
		break;
	case RTR_LINK_BUSY:
		if (now.ms < d->again.ms)
			break;
		text_add(&d->why, "%s: no connection in %d s",
			rtr_link_address(d->link), (int)(d->connect_ms / 1000));
		fall(d, false, now);
		break;
	}
}

static bool
is_over(const struct rtr_drive *d)
{
	struct rtr_facts f;

	rtr_peer_tell(d->peer, &f);
	return f.state == RTR_OVER;
}

/* Octets in.  A cache that ended with an Error Report closes behind it: the
 * report is read first. */
static void
take(struct rtr_drive *d, struct mono now)
{
	struct text why = {0};
	long n = 1;

	for (int i = 0; i < TURNS && n > 0 && !is_over(d); i++) {
		n = rtr_link_read(d->link, d->piece, PIECE, &why);
		if (n > 0)
			rtr_peer_input(
				d->peer, span_of(d->piece, (size_t)n), now);
	}
	if (n < 0)
		rtr_peer_lost(d->peer, why.p);
	text_free(&why);
}

/* Octets out; also the last ones of a session that is over. */
static void
give(struct rtr_drive *d)
{
	struct span out = rtr_peer_output(d->peer);
	struct text why = {0};
	long n = rtr_link_write(d->link, out.p, out.n, &why);

	if (n > 0)
		rtr_peer_sent(d->peer, (size_t)n);
	/* What the cache still has to say is read before. */
	text_free(&why);
}

void
rtr_drive_step(struct rtr_drive *d, short events, struct mono now)
{
	struct rtr_facts f;

	if (d->link == NULL && now.ms >= d->again.ms)
		begin(d, now);
	if (d->link != NULL && !d->is_up)
		climb(d, now);
	rtr_peer_tick(d->peer, now);
	if (!d->is_up)
		return;
	if (events != 0 || rtr_link_has_more(d->link))
		take(d, now);
	give(d);
	rtr_peer_tell(d->peer, &f);
	if (f.state != RTR_OVER)
		return;
	text_clear(&d->why);
	text_add(&d->why, "%s", f.why);
	fall(d, f.end == RTR_END_LOWER, now);
}

void
rtr_drive_poll(const struct rtr_drive *d, struct pollfd *out)
{
	*out = (struct pollfd){.fd = -1};
	if (d->link == NULL)
		return;
	out->fd = rtr_link_fd(d->link);
	out->events = rtr_link_events(
		d->link, d->is_up && rtr_peer_output(d->peer).n > 0);
}

struct mono
rtr_drive_deadline(const struct rtr_drive *d)
{
	struct mono at = rtr_peer_deadline(d->peer);

	if (d->is_up && rtr_link_has_more(d->link))
		at.ms = INT64_MIN;
	else if (!d->is_up && d->again.ms < at.ms)
		at = d->again;
	return at;
}

const char *
rtr_drive_why(const struct rtr_drive *d)
{
	return d->why.p != NULL ? d->why.p : "";
}

unsigned
rtr_drive_falls(const struct rtr_drive *d)
{
	return d->falls;
}

const struct rtr_peer *
rtr_drive_peer(const struct rtr_drive *d)
{
	return d->peer;
}

const char *
rtr_drive_address(const struct rtr_drive *d)
{
	return d->address;
}
