/*
 * rtr: moves octets between sockets and sessions.
 *
 * Writing: slices are offered to the socket as long as it takes them, up to a
 * budget so that no router keeps the loop for itself; then one small piece is
 * queued, and its completion continues.  What is queued is small because the
 * session hears of progress only when it is through; what the kernel holds
 * unsent is bounded too (TCP_NOTSENT_LOWAT), so that a thousand routers that
 * do not read hold little memory.
 *
 * Closing: a router that is told an error must be able to read it.  Closing a
 * socket with unread input makes the kernel send a reset, which overtakes the
 * report, so our side is shut first, and the rest of the input is thrown away
 * until the router closes or the time is up.
 */
#include "rtrd/net/rtr.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/vec.h"
#include "rtrd/net/acceptor.h"
#include "rtrd/net/address.h"
#include "rtrd/proto/fault.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	SLICES = 8, /* of one write */
	WRITE_TRY = 262144, /* octets offered at once */
	WRITE_QUEUED = 16384, /* octets that wait for the socket */
	WRITE_TURN = 4194304, /* octets of one turn of the loop, shared by the
				 connections; each may try once */
	READ_BUFFER = 65536, /* shared: input is taken at once */
	UNSENT = 131072, /* octets that the kernel holds for a router */
	LINGER_MS = 2000, /* for a router to read the last words */
	HANDLES = 2, /* of a connection: socket and timer */
	TELL_LINES = 200, /* about routers, in: */
	TELL_MS = 10000,
	COMPLAINT_TEXT = 160,

	/* A router that is gone must not be counted for long: spec of the
	 * promises, R8. */
	KEEPALIVE_IDLE_S = 60,
	KEEPALIVE_INTERVAL_S = 10,
	KEEPALIVE_PROBES = 6,
	USER_TIMEOUT_MS = 120000,
};

struct conn {
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_write_t write;
	uv_shutdown_t shutdown;
	unsigned open; /* handles that libuv still knows */
	struct rtr *rtr;
	size_t index; /* in the server's list */
	struct session *session;
	size_t in_flight; /* octets that are queued; 0: none */
	bool ended; /* the router closed its side */
	bool lingering;
	struct sockaddr_storage source;
	char peer[ADDRESS_TEXT];
	char local[ADDRESS_TEXT];
};

struct rtr {
	uv_loop_t *loop;
	struct cache *cache;
	const struct log *log;
	struct acceptor *acceptor;
	struct rtr_config config;
	struct session_config session;
	struct rtr_counters counters;
	VEC(struct conn *) conns;
	size_t alive; /* connections whose memory is not freed yet */
	bool stopped;
	struct mono told_since; /* lines about routers are counted from here */
	unsigned told, untold;
	char buffer[READ_BUFFER];
};

static void conn_update(struct conn *c);

/* Connections point here until libuv has given all of them back. */
static void
rtr_free_if_done(struct rtr *r)
{
	if (!r->stopped || r->alive > 0)
		return;
	VEC_FREE(&r->conns);
	free(r);
}

/* The end of a connection. */

/* Slices of the session were in use up to here. */
static void
on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct rtr *r = c->rtr;

	if (--c->open > 0)
		return;
	session_free(c->session);
	free(c);
	r->alive--;
	rtr_free_if_done(r);
}

/* Out of the list at once: peers that are gone are not shown and not told. */
static void
conn_forget(struct conn *c)
{
	struct rtr *r = c->rtr;
	struct conn *last = r->conns.at[--r->conns.n];

	r->conns.at[c->index] = last;
	last->index = c->index;
}

/* Whether one more line about a router may be written: whoever connects in a
 * circle must not fill a disk. */
static bool
may_tell(struct rtr *r)
{
	struct mono now = mono_now();

	if (mono_since(r->told_since, now) >= TELL_MS) {
		if (r->untold > 0)
			log_event(r->log, LOG_LEVEL_WARN, "router",
				"%u more lines were not shown", r->untold);
		r->told_since = now;
		r->told = 0;
		r->untold = 0;
	}
	if (r->told < TELL_LINES) {
		r->told++;
		return true;
	}
	r->untold++;
	return false;
}

/* What was wrong, for a session that ended with an Error Report; else "". */
static const char *
complaint_text(const struct session_facts *f, char buf[COMPLAINT_TEXT])
{
	const char *name =
		f->last_error < 0 ? NULL : fault_name((unsigned)f->last_error);
	char hex[2 * SESSION_CULPRIT + 1] = "";

	buf[0] = '\0';
	if (f->ended == CLOSE_ERROR_RECEIVED)
		snprintf(buf, COMPLAINT_TEXT, " error=%s",
			name != NULL ? name : "unknown");
	if (f->ended != CLOSE_ERROR_SENT || f->complaint == NULL)
		return buf;
	for (size_t i = 0; i < f->culprit_n; i++)
		snprintf(hex + 2 * i, 3, "%02x", f->culprit[i]);
	snprintf(buf, COMPLAINT_TEXT, " error=%s text=\"%s\" pdu=%s",
		name != NULL ? name : "unknown", f->complaint, hex);
	return buf;
}

static void
conn_tell_end(const struct conn *c)
{
	enum log_level level = LOG_LEVEL_INFO;
	char complaint[COMPLAINT_TEXT];
	struct session_facts f;

	session_tell(c->session, &f);
	/* Scanners that never say a word are not worth a line. */
	if (f.ended == CLOSE_ERROR_SENT || f.ended == CLOSE_ERROR_RECEIVED)
		level = LOG_LEVEL_WARN;
	else if (f.version < 0)
		level = LOG_LEVEL_DEBUG;
	c->rtr->counters.closed[f.ended]++;
	if (level > c->rtr->log->level || !may_tell(c->rtr))
		return;
	log_event(c->rtr->log, level, "router",
		"gone peer=%s version=%d serial=%u bytes=%llu reason=%s%s",
		c->peer, f.version, f.serial, (unsigned long long)f.bytes_out,
		close_reason_name(f.ended), complaint_text(&f, complaint));
}

/* Close now.  `reset`: what the router has not taken is thrown away. */
static void
conn_close(struct conn *c, bool reset)
{
	if (uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	conn_tell_end(c);
	conn_forget(c);
	uv_close((uv_handle_t *)&c->timer, on_closed);
	if (!reset || uv_tcp_close_reset(&c->tcp, on_closed) != 0)
		uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* It had its time. */
static void
on_linger_over(uv_timer_t *timer)
{
	conn_close(timer->data, true);
}

static void
on_shutdown(uv_shutdown_t *request, int status)
{
	struct conn *c = request->data;

	if (status < 0 && status != UV_ECANCELED)
		conn_close(c, false);
}

/* The session is over: let the router read what was sent last. */
static void
conn_finish(struct conn *c)
{
	if (c->in_flight > 0 || c->ended) {
		conn_close(c, c->in_flight > 0);
		return;
	}
	c->lingering = true;
	c->shutdown.data = c;
	if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown) !=
		0) {
		conn_close(c, false);
		return;
	}
	uv_timer_start(&c->timer, on_linger_over, LINGER_MS, 0);
}

/* Writing. */

/* At most `limit` octets of what is to be sent; returns how many buffers. */
static unsigned
output_take(
	struct session *s, uv_buf_t bufs[SLICES], size_t limit, size_t *total)
{
	struct span slices[SLICES];
	size_t n = session_output(s, slices, SLICES);
	unsigned count = 0;

	*total = 0;
	while (count < n && *total < limit) {
		size_t len = slices[count].n;

		if (len > limit - *total)
			len = limit - *total;
		bufs[count].base = (char *)(uintptr_t)slices[count].p;
		bufs[count].len = len;
		*total += len;
		count++;
	}
	return count;
}

/* A queued piece is through: the session hears of it and goes on. */
static void
on_written(uv_write_t *request, int status)
{
	struct conn *c = request->data;
	size_t n = c->in_flight;

	c->in_flight = 0;
	if (uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	if (status < 0) {
		conn_close(c, true);
		return;
	}
	session_sent(c->session, n, mono_now());
	conn_update(c);
}

/* Queue a small piece; false when the connection is broken. */
static bool
conn_queue(struct conn *c)
{
	uv_buf_t bufs[SLICES];
	size_t total;
	unsigned n = output_take(c->session, bufs, WRITE_QUEUED, &total);

	if (n == 0)
		return true;
	c->in_flight = total;
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, bufs, n, on_written) ==
		0)
		return true;
	c->in_flight = 0;
	return false;
}

/* Write what there is; false when the connection is broken. */
static bool
conn_pump(struct conn *c)
{
	size_t share = WRITE_TURN / c->rtr->conns.n;
	size_t budget = share > WRITE_TRY ? share : WRITE_TRY;

	while (c->in_flight == 0) {
		uv_buf_t bufs[SLICES];
		size_t total;
		unsigned n = output_take(c->session, bufs, WRITE_TRY, &total);
		int sent;

		if (n == 0)
			return true;
		/* Its completion comes in the next turn of the loop. */
		if (budget < WRITE_TRY)
			return conn_queue(c);
		sent = uv_try_write((uv_stream_t *)&c->tcp, bufs, n);
		if (sent == UV_EAGAIN)
			return conn_queue(c);
		if (sent < 0)
			return false;
		budget -= (size_t)sent;
		session_sent(c->session, (size_t)sent, mono_now());
	}
	return true;
}

/* Time. */

/* The session said that it wanted to be called by now. */
static void
on_deadline(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	session_tick(c->session, mono_now());
	conn_update(c);
}

/* One timer a connection, set to what its session says; libuv keeps them in a
 * heap. */
static void
conn_set_timer(struct conn *c)
{
	struct mono at = session_deadline(c->session);
	int64_t wait = mono_since(mono_now(), at);

	if (at.ms == INT64_MAX) {
		uv_timer_stop(&c->timer);
		return;
	}
	uv_timer_start(
		&c->timer, on_deadline, wait > 0 ? (uint64_t)wait : 0, 0);
}

/* After anything happened to the session. */
static void
conn_update(struct conn *c)
{
	if (c->lingering || uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	if (!conn_pump(c)) {
		conn_close(c, true);
		return;
	}
	if (session_state(c->session) == SESSION_CLOSED)
		conn_finish(c);
	else
		conn_set_timer(c);
}

/* Reading. */

/* One buffer for all: libuv reads into it and hands it over at once. */
static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	(void)suggested;
	*buf = uv_buf_init(c->rtr->buffer, READ_BUFFER);
}

/* The end of input is no error: what was asked for is still answered. */
static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;

	if (n < 0 && (c->lingering || n != UV_EOF)) {
		conn_close(c, false);
		return;
	}
	if (n == 0 || c->lingering)
		return;
	c->ended = n == UV_EOF;
	if (c->ended)
		session_end(c->session, mono_now());
	else
		session_input(
			c->session, span_of(buf->base, (size_t)n), mono_now());
	conn_update(c);
}

/* The beginning of a connection. */

/* What fails here leaves a connection that works without it. */
static void
socket_tune(int fd)
{
	static const struct {
		int level, name, value;
	} rows[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
		{IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS},
		{IPPROTO_TCP, TCP_NODELAY, 1},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		(void)setsockopt(fd, rows[i].level, rows[i].name,
			&rows[i].value, sizeof(rows[i].value));
}

/* The address alone: every connection has another port. */
static bool
same_source(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET6)
		return memcmp(&a6->sin6_addr, &b6->sin6_addr,
			       sizeof(a6->sin6_addr)) == 0;
	return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

/* Whether a connection is one too many, and then why.  Counted by looking: to
 * compare a thousand addresses takes microseconds, and no count goes wrong. */
static bool
is_excess(const struct rtr *r, const struct sockaddr_storage *source,
	enum refusal *why)
{
	size_t n = 0;

	*why = REFUSAL_TOTAL;
	if (r->conns.n >= r->config.max_connections)
		return true;
	for (size_t i = 0; i < r->conns.n; i++)
		n += same_source(&r->conns.at[i]->source, source);
	*why = REFUSAL_SOURCE;
	return n >= r->config.max_per_source;
}

/* Closed at once, not queued: a router then goes to its next cache. */
static void
refuse(struct rtr *r, const struct sockaddr_storage *peer, enum refusal why)
{
	char text[ADDRESS_TEXT];

	r->counters.refused[why]++;
	if (may_tell(r))
		log_event(r->log, LOG_LEVEL_WARN, "router",
			"refused peer=%s reason=%s connections=%zu",
			address_format(peer, text), refusal_name(why),
			r->conns.n);
}

/* A connection in the list, with its handles; NULL out of memory. */
static struct conn *
conn_new(struct rtr *r)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct session *s = session_new(r->cache, &r->session, mono_now());

	if (c == NULL || s == NULL || !VEC_PUSH(&r->conns, c)) {
		free(c);
		session_free(s);
		return NULL;
	}
	c->rtr = r;
	c->session = s;
	c->index = r->conns.n - 1;
	r->alive++;
	uv_tcp_init(r->loop, &c->tcp);
	uv_timer_init(r->loop, &c->timer);
	c->tcp.data = c;
	c->timer.data = c;
	c->open = HANDLES;
	return c;
}

static void
conn_name(struct conn *c, int fd, const struct sockaddr_storage *peer)
{
	struct sockaddr_storage local = {0};
	socklen_t size = sizeof(local);

	c->source = *peer;
	address_format(peer, c->peer);
	if (getsockname(fd, (struct sockaddr *)&local, &size) != 0)
		local.ss_family = AF_UNSPEC;
	address_format(&local, c->local);
}

static void
on_accepted(void *ctx, int fd, const struct sockaddr_storage *peer)
{
	struct rtr *r = ctx;
	enum refusal why;
	bool excess = is_excess(r, peer, &why);
	struct conn *c = excess ? NULL : conn_new(r);

	if (c == NULL) {
		(void)close(fd);
		refuse(r, peer, excess ? why : REFUSAL_MEMORY);
		return;
	}
	r->counters.accepted++;
	socket_tune(fd);
	conn_name(c, fd, peer);
	log_event(r->log, LOG_LEVEL_DEBUG, "router", "here peer=%s local=%s",
		c->peer, c->local);
	if (uv_tcp_open(&c->tcp, fd) != 0) {
		(void)close(fd);
		conn_close(c, false);
		return;
	}
	if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0)
		conn_close(c, false);
	else
		conn_update(c);
}

/* The acceptor has said so already. */
static void
on_refused(void *ctx)
{
	struct rtr *r = ctx;

	r->counters.refused[REFUSAL_DESCRIPTORS]++;
}

/* The server. */

int
rtr_start(uv_loop_t *loop, struct cache *cache, const struct rtr_config *config,
	const struct log *log, struct rtr **out)
{
	struct rtr *r = calloc(1, sizeof(*r));
	const struct acceptor_calls calls = {on_accepted, on_refused, r};

	if (r == NULL)
		return ERR_NOMEM;
	r->acceptor = acceptor_new(loop, &calls, log, "rtr");
	if (r->acceptor == NULL) {
		free(r);
		return ERR_NOMEM;
	}
	r->loop = loop;
	r->cache = cache;
	r->log = log;
	r->session.counters = &r->counters;
	rtr_configure(r, config);
	*out = r;
	return 0;
}

void
rtr_configure(struct rtr *r, const struct rtr_config *config)
{
	r->config = *config;
	r->session.max_version = config->max_version;
	r->session.notify_ms = config->notify_ms;
}

int
rtr_listen(struct rtr *r, const char *const *addrs, size_t count, bool lenient,
	char why[256])
{
	return acceptor_listen(r->acceptor, addrs, count, lenient, why);
}

void
rtr_publish(struct rtr *r)
{
	bool crowded = cache_is_crowded(r->cache);

	/* From the end: a connection that breaks leaves the list. */
	for (size_t i = r->conns.n; i-- > 0;) {
		struct conn *c = r->conns.at[i];

		if (crowded)
			session_shed(c->session);
		session_notify(c->session, mono_now());
		conn_update(c);
	}
}

void
rtr_withhold(struct rtr *r)
{
	for (size_t i = r->conns.n; i-- > 0;) {
		struct conn *c = r->conns.at[i];

		session_withhold(c->session, mono_now());
		conn_update(c);
	}
}

const struct rtr_counters *
rtr_totals(const struct rtr *r)
{
	return &r->counters;
}

size_t
rtr_peer_count(const struct rtr *r)
{
	return r->conns.n;
}

void
rtr_peer_get(const struct rtr *r, size_t index, struct peer_facts *out)
{
	const struct conn *c = r->conns.at[index];

	out->peer = c->peer;
	out->local = c->local;
	session_tell(c->session, &out->session);
}

void
rtr_stop(struct rtr *r)
{
	if (r == NULL || r->stopped)
		return;
	acceptor_stop(r->acceptor);
	/* Routers see a reset and ask another cache; what they have, they keep
	 * for their expire time. */
	while (r->conns.n > 0)
		conn_close(r->conns.at[r->conns.n - 1], true);
	r->stopped = true;
	rtr_free_if_done(r);
}
