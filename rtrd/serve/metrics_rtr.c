/*
 * metrics_rtr: one table of rows; those about the connected routers walk over
 * them, a thousand at most, once a row.
 *
 *	lag   0 s   60 s   300 s  ...  +Inf
 *	       n  >= n   >=  n   >=      all whose lag is known
 */
#include "rtrd/serve/metrics_rtr.h"

#include <stdio.h>
#include <string.h>

#include "rtrd/proto/fault.h"
#include "rtrd/proto/pdu.h"

/* At most so far behind.  Routers ask within a minute of a Notify, and else
 * once an hour; after two hours they use nothing any more. */
static const unsigned lag_seconds[] = {0, 10, 60, 300, 900, 3600, 7200};
static const unsigned lag_serials[] = {0, 1, 2, 5, 10, 30, 100};
static const char *const transports[] = {"tcp", "tls", "unix"};

enum {
	LAG_SECONDS = sizeof(lag_seconds) / sizeof(*lag_seconds),
	LAG_SERIALS = sizeof(lag_serials) / sizeof(*lag_serials),
	TRANSPORTS = sizeof(transports) / sizeof(*transports),
	SESSION_STATES = SESSION_CLOSED + 1
};

/* Left out before the first data, as serial 0 is a serial. */
static void
write_serial(struct sheet *s)
{
	if (cache_has_data(s->v->cache))
		sheet_sample(s, NULL, 0, cache_serial(s->v->cache));
}

/* How long a router may be away and still get a difference. */
static void
write_history(struct sheet *s)
{
	sheet_sample(s, NULL, 0, cache_history_count(s->v->cache));
}

static void
write_images(struct sheet *s)
{
	sheet_sample(s, NULL, 0, cache_image_bytes(s->v->cache));
}

/* What a walk over the routers counts. */
struct tally {
	uint64_t versions[RTR_VERSIONS + 1]; /* the last: none is known yet */
	uint64_t states[SESSION_STATES];
	uint64_t transports[TRANSPORTS];
	uint64_t seconds[LAG_SECONDS], serials[LAG_SERIALS]; /* at most */
	uint64_t known, unknown; /* lags */
	int64_t most_ms;
	uint32_t most_serials;
};

/* Routers without a set are not behind: they have a timeout of their own. */
static void
tally_lag(struct tally *t, const struct sheet *s,
	const struct session_facts *session)
{
	struct lag lag;

	if (session->serial == 0)
		return;
	lag = cache_lag(s->v->cache, session->serial, s->process->steady);
	if (!lag.known) {
		t->unknown++;
		return;
	}
	t->known++;
	for (size_t i = 0; i < LAG_SECONDS; i++)
		t->seconds[i] += lag.ms <= (int64_t)lag_seconds[i] * 1000;
	for (size_t i = 0; i < LAG_SERIALS; i++)
		t->serials[i] += lag.serials <= lag_serials[i];
	if (lag.ms > t->most_ms)
		t->most_ms = lag.ms;
	if (lag.serials > t->most_serials)
		t->most_serials = lag.serials;
}

/* One router.  What has no word of ours is not counted by it. */
static void
tally_peer(
	struct tally *t, const struct sheet *s, const struct peer_facts *peer)
{
	int version = peer->session.version;

	if (version < 0 || version >= RTR_VERSIONS)
		version = RTR_VERSIONS;
	t->versions[version]++;
	t->states[peer->session.state]++;
	for (size_t i = 0; i < TRANSPORTS && peer->transport != NULL; i++)
		t->transports[i] += strcmp(transports[i], peer->transport) == 0;
	tally_lag(t, s, &peer->session);
}

static struct tally
tally_of(const struct sheet *s)
{
	size_t n = s->v->peer_count(s->v->ctx);
	struct tally t = {0};
	struct peer_facts peer;

	for (size_t i = 0; i < n; i++) {
		s->v->peer_get(s->v->ctx, i, &peer);
		tally_peer(&t, s, &peer);
	}
	return t;
}

/* A router that has not spoken yet has no version: it is counted apart,
 * since many such are a sign of something. */
static void
write_sessions(struct sheet *s)
{
	struct tally t = tally_of(s);
	char word[16];

	for (int version = 0; version < RTR_VERSIONS; version++) {
		snprintf(word, sizeof(word), "%d", version);
		sheet_by(s, "version", word, t.versions[version]);
	}
	sheet_by(s, "version", "unknown", t.versions[RTR_VERSIONS]);
}

static void
write_states(struct sheet *s)
{
	struct tally t = tally_of(s);

	for (int i = 0; i < SESSION_STATES; i++)
		sheet_by(s, "state", session_state_name((enum session_state)i),
			t.states[i]);
}

static void
write_transports(struct sheet *s)
{
	struct tally t = tally_of(s);

	for (size_t i = 0; i < TRANSPORTS; i++)
		sheet_by(s, "transport", transports[i], t.transports[i]);
}

/* Counts of routers at most so far behind, as in a histogram; but these are
 * gauges, since routers catch up. */
static void
write_buckets(struct sheet *s, const unsigned *limits, const uint64_t *counts,
	size_t n, uint64_t known)
{
	char word[16];

	for (size_t i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "%u", limits[i]);
		sheet_by(s, "le", word, counts[i]);
	}
	sheet_by(s, "le", "+Inf", known);
}

static void
write_lag_seconds(struct sheet *s)
{
	struct tally t = tally_of(s);

	write_buckets(s, lag_seconds, t.seconds, LAG_SECONDS, t.known);
}

static void
write_lag_serials(struct sheet *s)
{
	struct tally t = tally_of(s);

	write_buckets(s, lag_serials, t.serials, LAG_SERIALS, t.known);
}

static void
write_lag_most_seconds(struct sheet *s)
{
	sheet_ms(s, tally_of(s).most_ms);
}

static void
write_lag_most_serials(struct sheet *s)
{
	sheet_sample(s, NULL, 0, tally_of(s).most_serials);
}

static void
write_lag_unknown(struct sheet *s)
{
	sheet_sample(s, NULL, 0, tally_of(s).unknown);
}

static void
write_paced(struct sheet *s)
{
	sheet_sample(s, NULL, 0, s->v->rtr->paced);
}

static void
write_notifies_dropped(struct sheet *s)
{
	sheet_sample(s, NULL, 0, s->v->rtr->notifies_dropped);
}

/* Left out where no certificate is shown. */
static void
write_tls_end(struct sheet *s)
{
	struct wall end = s->v->tls_end(s->v->ctx);

	if (end.s != 0)
		sheet_ms(s, end.s * 1000);
}

/* Refused ones never became a session; the next row says why. */
static void
write_connections(struct sheet *s)
{
	uint64_t refused = 0;

	for (int i = 0; i < REFUSALS; i++)
		refused += s->v->rtr->refused[i];
	sheet_by(s, "result", "accepted", s->v->rtr->accepted);
	sheet_by(s, "result", "refused", refused);
}

static void
write_connections_refused(struct sheet *s)
{
	for (int i = 0; i < REFUSALS; i++)
		sheet_by(s, "reason", refusal_name((enum refusal)i),
			s->v->rtr->refused[i]);
}

static void
write_closed(struct sheet *s)
{
	for (int i = 0; i < CLOSE_REASONS; i++)
		sheet_by(s, "reason", close_reason_name((enum close_reason)i),
			s->v->rtr->closed[i]);
}

static void
write_bytes(struct sheet *s)
{
	sheet_by(s, "direction", "in", s->v->rtr->bytes_in);
	sheet_by(s, "direction", "out", s->v->rtr->bytes_out);
}

/* Types by their word; numbers without one are not shown. */
static void
write_pdus_of(struct sheet *s, const char *direction, const uint64_t *counts)
{
	struct label labels[] = {{"direction", direction}, {"type", NULL}};
	unsigned type;

	for (type = 0; type < RTR_PDU_TYPES; type++) {
		labels[1].value = pdu_name(type);
		if (labels[1].value != NULL)
			sheet_sample(s, labels, 2, counts[type]);
	}
}

static void
write_pdus(struct sheet *s)
{
	write_pdus_of(s, "in", s->v->rtr->pdus_in);
	write_pdus_of(s, "out", s->v->rtr->pdus_out);
}

/* Codes by their word; the direction says who complained. */
static void
write_errors_of(struct sheet *s, const char *direction, const uint64_t *counts)
{
	struct label labels[] = {{"direction", direction}, {"code", NULL}};
	unsigned code;

	for (code = 0; code < RTR_ERROR_CODES; code++) {
		labels[1].value = fault_name(code);
		if (labels[1].value != NULL)
			sheet_sample(s, labels, 2, counts[code]);
	}
}

static void
write_errors(struct sheet *s)
{
	write_errors_of(s, "in", s->v->rtr->errors_received);
	write_errors_of(s, "out", s->v->rtr->errors_sent);
}

static const struct metric metrics[] = {
	{"waymark_rtr_serial", "gauge", "Serial number that routers are given.",
		write_serial, 0},
	{"waymark_rtr_history", "gauge",
		"Older serials from which a difference can be given.",
		write_history, 0},
	{"waymark_rtr_image_bytes", "gauge",
		"Octets laid out for routers and shared by their sessions.",
		write_images, 0},
	{"waymark_rtr_sessions", "gauge",
		"Routers that are connected, by protocol version.",
		write_sessions, 0},
	{"waymark_rtr_session_states", "gauge",
		"Routers that are connected, by what their session does.",
		write_states, 0},
	{"waymark_rtr_session_transports", "gauge",
		"Routers that are connected, by transport.", write_transports,
		0},
	{"waymark_rtr_lag_seconds_sessions", "gauge",
		"Routers that lack no serial older than so many seconds.",
		write_lag_seconds, 0},
	{"waymark_rtr_lag_serials_sessions", "gauge",
		"Routers that lack at most so many serials.", write_lag_serials,
		0},
	{"waymark_rtr_lag_max_seconds", "gauge",
		"Age of the oldest serial that a connected router lacks.",
		write_lag_most_seconds, 0},
	{"waymark_rtr_lag_max_serials", "gauge",
		"The most serials that a connected router lacks.",
		write_lag_most_serials, 0},
	{"waymark_rtr_lag_unknown_sessions", "gauge",
		"Routers whose serial is older than the history.",
		write_lag_unknown, 0},
	{"waymark_rtr_paced_total", "counter",
		"Queries for a full set that had to wait, as their source asked "
		"for too many.",
		write_paced, 0},
	{"waymark_rtr_notifies_dropped_total", "counter",
		"Serial Notify that were dropped as the router took nothing.",
		write_notifies_dropped, 0},
	{"waymark_rtr_tls_end_timestamp_seconds", "gauge",
		"When the first of the certificates that routers are shown "
		"ends.",
		write_tls_end, 0},
	{"waymark_rtr_connections_total", "counter",
		"Connections of routers, accepted or refused for a limit.",
		write_connections, 0},
	{"waymark_rtr_refused_total", "counter",
		"Connections of routers that were closed at once, by reason.",
		write_connections_refused, 0},
	{"waymark_rtr_closed_total", "counter",
		"Sessions of routers that have ended, by reason.", write_closed,
		0},
	{"waymark_rtr_bytes_total", "counter",
		"Octets from routers and to them.", write_bytes, 0},
	{"waymark_rtr_pdus_total", "counter",
		"RTR protocol data units from routers and to them, by type.",
		write_pdus, 0},
	{"waymark_rtr_errors_total", "counter",
		"RTR Error Reports from routers and to them, by code.",
		write_errors, 0},
};

const struct metric *
metrics_rtr(size_t *n)
{
	*n = sizeof(metrics) / sizeof(*metrics);
	return metrics;
}
