/*
 * conn: moves octets between one socket and its session.
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
#include "rtrd/net/conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "rtrd/net/tls.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	SLICES = 8, /* of one write */
	WRITE_TRY = 262144, /* octets offered at once */
	WRITE_QUEUED = 16384, /* octets that wait for the socket */
	WRITE_TURN = 4194304, /* octets of one turn of the loop, shared by the
				 connections; each may try once */
	UNSENT = 131072, /* octets that the kernel holds for a router */
	LINGER_MS = 2000, /* for a router to read the last words */
	HANDLES = 2, /* of a connection: socket and timer */
	CLEAR = 4096, /* octets of input that are decrypted at once */
	US_OF_MS = 1000,

	/* A router that is gone must not be counted for long (R8). */
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
	struct conn_host *host;
	size_t index; /* in the server's list */
	struct session *session;
	struct tls *tls; /* NULL: none is spoken */
	struct gate_pass pass; /* of its handshake */
	struct mono handshake_until;
	bool refused; /* there was no session, for: */
	enum refusal why;
	const char *words;
	int fd; /* until libuv has it; else -1 */
	size_t in_flight; /* octets that are queued; 0: none */
	bool ended; /* the router closed its side */
	bool lingering;
	struct sockaddr_storage source;
	char peer[ADDRESS_TEXT];
	char local[ADDRESS_TEXT];
};

static void conn_set_timer(struct conn *c);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

/* Handshakes, one after the other (see gate.h). */

static bool
is_shaking_hands(const struct conn *c)
{
	return c->tls != NULL && !c->lingering &&
		tls_state(c->tls) == TLS_HANDSHAKE;
}

/* TLS goes no further, before or after there was a session. */
static bool
is_broken(const struct conn *c)
{
	return c->tls != NULL && tls_state(c->tls) == TLS_FAILED;
}

int64_t
conn_clock(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

/* Let those read whose turn it is.  Where all wait for time, the first one's
 * timer says when it is there. */
static void
gate_turn(struct conn_host *h)
{
	struct gate_pass *p;
	int64_t wait_us;

	while ((p = gate_next(&h->gate, conn_clock())) != NULL) {
		struct conn *c = p->owner;

		(void)uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
	}
	p = gate_first(&h->gate, conn_clock(), &wait_us);
	if (p != NULL)
		conn_set_timer(p->owner);
}

/* Its handshake is over, in one way or the other. */
static void
handshake_over(struct conn *c)
{
	gate_leave(&c->host->gate, &c->pass);
	gate_turn(c->host);
}

static void
refuse(struct conn *c, enum refusal why, const char *words)
{
	if (c->refused)
		return;
	c->refused = true;
	c->why = why;
	c->words = words;
}

/* The end of a connection. */

/* Slices of the session were in use up to here. */
static void
on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct conn_host *h = c->host;

	if (--c->open > 0)
		return;
	session_free(c->session);
	tls_free(c->tls);
	free(c);
	h->freed(h->ctx);
}

void
conn_close(struct conn *c, bool reset)
{
	if (uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	if (is_shaking_hands(c) && tls_has_begun(c->tls))
		refuse(c, REFUSAL_HANDSHAKE, "cut short");
	c->host->closed(c->host->ctx, c);
	if (c->tls != NULL)
		handshake_over(c);
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

/* What is left to say is little, and the socket was empty: what it does not
 * take now is not waited for. */
static void
say_goodbye(struct conn *c)
{
	struct span last;
	uv_buf_t buf;

	tls_end(c->tls);
	last = tls_output(c->tls);
	buf = uv_buf_init((char *)(uintptr_t)last.p, (unsigned)last.n);
	if (last.n > 0)
		(void)uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
}

/* It is over: let the router read what was sent last. */
static void
conn_finish(struct conn *c)
{
	if (c->tls != NULL)
		handshake_over(c);
	if (c->tls != NULL && c->in_flight == 0)
		say_goodbye(c);
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

/* Encrypt what the session has, a little ahead of the socket; what is encrypted
 * together is sent before more is. */
static void
output_encrypt(struct conn *c)
{
	enum tls_state state = tls_state(c->tls);
	struct span slices[SLICES];
	size_t n;

	if (tls_output(c->tls).n > 0 ||
		(state != TLS_OPEN && state != TLS_ENDED))
		return;
	n = session_output(c->session, slices, SLICES);
	for (size_t i = 0; i < n; i++)
		if (tls_write(c->tls, slices[i]) < slices[i].n)
			break;
}

/* What the socket is to have next. */
static size_t
output_slices(struct conn *c, struct span slices[SLICES])
{
	if (c->tls == NULL)
		return session_output(c->session, slices, SLICES);
	output_encrypt(c);
	slices[0] = tls_output(c->tls);
	return slices[0].n > 0;
}

/* At most `limit` octets of that; returns how many buffers. */
static unsigned
output_take(struct conn *c, uv_buf_t bufs[SLICES], size_t limit, size_t *total)
{
	struct span slices[SLICES];
	size_t n = output_slices(c, slices);
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

/* The socket has taken so much: the session hears of what is its own. */
static void
output_sent(struct conn *c, size_t n)
{
	if (c->tls != NULL)
		n = tls_sent(c->tls, n);
	if (n > 0)
		session_sent(c->session, n, mono_now());
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
	output_sent(c, n);
	conn_update(c);
}

/* Queue a small piece; false when the connection is broken. */
static bool
conn_queue(struct conn *c)
{
	uv_buf_t bufs[SLICES];
	size_t total;
	unsigned n = output_take(c, bufs, WRITE_QUEUED, &total);

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

/* The socket takes nothing now: what need not be said then is not queued.
 * False when the connection is broken. */
static bool
conn_wait(struct conn *c)
{
	/* What is encrypted cannot be taken back. */
	if (c->tls == NULL)
		session_blocked(c->session, mono_now());
	return conn_queue(c);
}

/* Write what there is; false when the connection is broken. */
static bool
conn_pump(struct conn *c)
{
	size_t share = WRITE_TURN / c->host->open;
	size_t budget = share > WRITE_TRY ? share : WRITE_TRY;

	while (c->in_flight == 0) {
		uv_buf_t bufs[SLICES];
		size_t total;
		unsigned n = output_take(c, bufs, WRITE_TRY, &total);
		int sent;

		if (n == 0)
			return true;
		/* Its completion comes in the next turn of the loop. */
		if (budget < WRITE_TRY)
			return conn_queue(c);
		sent = uv_try_write((uv_stream_t *)&c->tcp, bufs, n);
		if (sent == UV_EAGAIN)
			return conn_wait(c);
		if (sent < 0)
			return false;
		budget -= (size_t)sent;
		output_sent(c, (size_t)sent);
	}
	return true;
}

/* Time. */

/* Its time is up, or there is time for those that wait. */
static void
on_handshake_timer(struct conn *c)
{
	if (mono_since(c->handshake_until, mono_now()) < 0) {
		gate_turn(c->host);
		conn_set_timer(c);
		return;
	}
	refuse(c, REFUSAL_HANDSHAKE_TIMEOUT, "no handshake in time");
	conn_close(c, true);
}

/* When a handshake ends at the latest; before that, when it is the first of
 * those that wait for time. */
static struct mono
handshake_deadline(const struct conn *c)
{
	struct mono at = c->handshake_until, now = mono_now();
	int64_t wait_us, ms;

	if (gate_first(&c->host->gate, conn_clock(), &wait_us) != &c->pass ||
		wait_us == 0)
		return at;
	ms = now.ms + wait_us / US_OF_MS + 1;
	return (struct mono){ms < at.ms ? ms : at.ms};
}

/* The session said that it wanted to be called by now. */
static void
on_deadline(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	if (is_shaking_hands(c)) {
		on_handshake_timer(c);
		return;
	}
	session_tick(c->session, mono_now());
	conn_update(c);
}

/* One timer a connection, set to what its session says; libuv keeps them in a
 * heap. */
static void
conn_set_timer(struct conn *c)
{
	struct mono at = is_shaking_hands(c) ? handshake_deadline(c)
					     : session_deadline(c->session);
	int64_t wait = mono_since(mono_now(), at);

	if (at.ms == INT64_MAX) {
		uv_timer_stop(&c->timer);
		return;
	}
	uv_timer_start(
		&c->timer, on_deadline, wait > 0 ? (uint64_t)wait : 0, 0);
}

void
conn_update(struct conn *c)
{
	if (c->lingering || uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	if (!conn_pump(c)) {
		conn_close(c, true);
		return;
	}
	if (session_state(c->session) == SESSION_CLOSED || is_broken(c))
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
	/* Not yet: what came stays in the kernel. */
	*buf = uv_buf_init(NULL, 0);
	if (is_shaking_hands(c) &&
		!gate_enter(&c->host->gate, &c->pass, conn_clock()))
		return;
	*buf = uv_buf_init(c->host->buffer, CONN_BUFFER);
}

/* It waits for its turn; or others before it do, for something else. */
static void
on_wait(struct conn *c)
{
	(void)uv_read_stop((uv_stream_t *)&c->tcp);
	gate_turn(c->host);
}

/* A step of it is done, and took so long. */
static void
handshake_step(struct conn *c, int64_t us)
{
	enum refusal why;
	const char *words;

	gate_used(&c->host->gate, &c->pass, us);
	if (is_shaking_hands(c)) {
		gate_turn(c->host);
		return;
	}
	if (is_broken(c)) {
		words = tls_fault(c->tls, &why);
		refuse(c, why, words);
	}
	handshake_over(c);
}

/* Decrypt, or go on with the handshake, which is then put to its account. */
static void
tls_input(struct conn *c, struct span in)
{
	bool shaking = is_shaking_hands(c);
	int64_t began = conn_clock();
	uint8_t clear[CLEAR];
	size_t n;

	tls_feed(c->tls, in);
	while ((n = tls_read(c->tls, clear, sizeof(clear))) > 0)
		session_input(c->session, span_of(clear, n), mono_now());
	if (tls_state(c->tls) == TLS_ENDED && !c->ended) {
		c->ended = true;
		session_end(c->session, mono_now());
	}
	if (shaking)
		handshake_step(c, conn_clock() - began);
}

/* The end of input is no error: what was asked for is still answered. */
static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;

	if (n == UV_ENOBUFS) {
		on_wait(c);
		return;
	}
	if (n < 0 && (c->lingering || n != UV_EOF)) {
		conn_close(c, false);
		return;
	}
	if (c->lingering || (n == 0 && c->tls == NULL))
		return;
	if (n == UV_EOF) {
		c->ended = true;
		session_end(c->session, mono_now());
	} else if (c->tls != NULL) {
		tls_input(c, span_of(buf->base, (size_t)n));
	} else {
		session_input(
			c->session, span_of(buf->base, (size_t)n), mono_now());
	}
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

void
conn_start(struct conn *c)
{
	int fd = c->fd;

	uv_tcp_init(c->host->loop, &c->tcp);
	uv_timer_init(c->host->loop, &c->timer);
	c->tcp.data = c;
	c->timer.data = c;
	c->open = HANDLES;
	c->fd = -1;
	socket_tune(fd);
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

static void
conn_name(struct conn *c, const struct sockaddr_storage *peer)
{
	struct sockaddr_storage local = {0};
	socklen_t size = sizeof(local);

	c->source = *peer;
	address_format(peer, c->peer);
	if (getsockname(c->fd, (struct sockaddr *)&local, &size) != 0)
		local.ss_family = AF_UNSPEC;
	address_format(&local, c->local);
}

struct conn *
conn_new(struct conn_host *h, struct session *s, int fd,
	const struct sockaddr_storage *source)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->host = h;
	c->session = s;
	c->fd = fd;
	conn_name(c, source);
	return c;
}

void
conn_drop(struct conn *c)
{
	(void)close(c->fd);
	session_free(c->session);
	tls_free(c->tls);
	free(c);
}

int
conn_secure(struct conn *c, struct tls_keys *keys, enum client_certs clients,
	const uint8_t source[ACCESS_SOURCE])
{
	struct mono now = mono_now();

	c->tls = tls_new(keys, clients, source);
	if (c->tls == NULL)
		return ERR_NOMEM;
	gate_pass_init(&c->host->gate, &c->pass, c, source);
	c->handshake_until.ms = now.ms + BOUND_TLS_HANDSHAKE_MS;
	return 0;
}

bool
conn_is_refused(const struct conn *c, enum refusal *why, const char **words)
{
	*why = c->why;
	*words = c->words;
	return c->refused;
}

struct session *
conn_session(const struct conn *c)
{
	return c->session;
}

const struct sockaddr_storage *
conn_source(const struct conn *c)
{
	return &c->source;
}

const char *
conn_peer(const struct conn *c)
{
	return c->peer;
}

const char *
conn_local(const struct conn *c)
{
	return c->local;
}

size_t *
conn_index(struct conn *c)
{
	return &c->index;
}
