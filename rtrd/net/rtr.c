/*
 * rtr: which routers may connect, what they are told together, and what is
 * told of them.
 */
#include "rtrd/net/rtr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/vec.h"
#include "rtrd/net/acceptor.h"
#include "rtrd/net/address.h"
#include "rtrd/net/clients.h"
#include "rtrd/net/conn.h"
#include "rtrd/net/secure.h"
#include "rtrd/net/tls_watch.h"
#include "rtrd/proto/fault.h"
#include "rtrd/serve/pace.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	TELL_LINES = 200, /* about routers, in: */
	TELL_MS = 10000,
	COMPLAINT_TEXT = 160,
};

/* A connection, how it came, and who it is. */
struct guest {
	struct conn *conn;
	unsigned listener; /* the id of its endpoint */
	const char *transport; /* for operators */
	uint8_t source[ADDRESS_SOURCE];
};

struct rtr {
	struct cache *cache;
	const struct log *log;
	struct acceptor *acceptor;
	struct clients *clients; /* NULL: before the first listening */
	struct tls_keys *keys; /* of TLS listeners; NULL: there are none */
	struct tls_watch *watch;
	struct rtr_config config;
	struct session_config session;
	struct rtr_counters counters;
	struct conn_host host;
	VEC(struct guest) guests;
	enum close_reason cut; /* why we close what did not end by itself */
	size_t alive; /* connections whose memory is not freed yet */
	bool stopped;
	struct mono told_since; /* lines about routers are counted from here */
	unsigned told, untold;
	char buffer[CONN_BUFFER];
};

/* Connections point here until libuv has given all of them back. */
static void
rtr_free_if_done(struct rtr *r)
{
	if (!r->stopped || r->alive > 0)
		return;
	VEC_FREE(&r->guests);
	clients_free(r->clients);
	tls_keys_unref(r->keys);
	pace_free(r->session.pace);
	free(r);
}

/* The end of a connection. */

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

/* Whether the octets are the head of a TLS handshake (RFC 8446 section 5.1). */
static bool
is_tls(const uint8_t *p, size_t n)
{
	return n >= 2 && p[0] == 22 && p[1] == 3;
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
		name != NULL ? name : "unknown",
		is_tls(f->culprit, f->culprit_n) ? "TLS on a port without TLS"
						 : f->complaint,
		hex);
	return buf;
}

/* It was let in, and never got as far as a session. */
static void
tell_refused(struct rtr *r, const struct conn *c, enum refusal why,
	const char *words)
{
	r->counters.refused[why]++;
	if (may_tell(r))
		log_event(r->log, LOG_LEVEL_WARN, "router",
			"refused peer=%s reason=%s text=\"%s\"", conn_peer(c),
			refusal_name(why), words);
}

static void
tell_end(struct rtr *r, const struct conn *c)
{
	enum log_level level = LOG_LEVEL_INFO;
	char complaint[COMPLAINT_TEXT];
	struct session_facts f;

	session_tell(conn_session(c), &f);
	if (f.ended == CLOSE_CUT)
		f.ended = r->cut;
	/* Scanners that never say a word are not worth a line. */
	if (f.ended == CLOSE_ERROR_SENT || f.ended == CLOSE_ERROR_RECEIVED)
		level = LOG_LEVEL_WARN;
	else if (f.version < 0)
		level = LOG_LEVEL_DEBUG;
	r->counters.closed[f.ended]++;
	if (level > r->log->level || !may_tell(r))
		return;
	log_event(r->log, level, "router",
		"gone peer=%s version=%d serial=%u bytes=%llu reason=%s%s",
		conn_peer(c), f.version, f.serial,
		(unsigned long long)f.bytes_out, close_reason_name(f.ended),
		complaint_text(&f, complaint));
}

/* Out of the list at once: peers that are gone are not shown and not told. */
static void
on_closed(void *ctx, struct conn *c)
{
	struct rtr *r = ctx;
	struct guest last;
	enum refusal why;
	const char *words;

	if (conn_is_refused(c, &why, &words))
		tell_refused(r, c, why, words);
	else
		tell_end(r, c);
	last = r->guests.at[--r->guests.n];
	r->guests.at[*conn_index(c)] = last;
	*conn_index(last.conn) = *conn_index(c);
	r->host.open = r->guests.n;
}

static void
on_freed(void *ctx)
{
	struct rtr *r = ctx;

	r->alive--;
	rtr_free_if_done(r);
}

/* The beginning of a connection. */

/* How many are here from one source.  Counted by looking: to compare a thousand
 * takes microseconds, and no count goes wrong. */
static size_t
guests_from(const struct rtr *r, const uint8_t source[ADDRESS_SOURCE])
{
	size_t n = 0;

	for (size_t i = 0; i < r->guests.n; i++)
		n += memcmp(r->guests.at[i].source, source, ADDRESS_SOURCE) ==
			0;
	return n;
}

/* Connections that one source may have, and full sets in one go. */
static size_t
most_from(const struct rtr *r, const struct client *client)
{
	return client != NULL && client->connections > 0
		? client->connections
		: r->config.max_per_source;
}

/* Whether a connection may not be, and then why. */
static bool
is_refused(const struct rtr *r, const struct endpoint *at,
	const uint8_t source[ADDRESS_SOURCE], enum refusal *why)
{
	const struct client *client = clients_find(r->clients, source);

	*why = REFUSAL_ACCESS;
	if (!access_permits(&at->access, source))
		return true;
	*why = REFUSAL_TOTAL;
	if (r->guests.n >= r->config.max_connections)
		return true;
	*why = REFUSAL_SOURCE;
	return guests_from(r, source) >= most_from(r, client);
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
			r->guests.n);
}

/* What holds for a connection from `source` at a listener: what all allow. */
static struct session_peer
peer_of(const struct rtr *r, const struct endpoint *at,
	const uint8_t source[ADDRESS_SOURCE])
{
	const struct client *client = clients_find(r->clients, source);
	struct session_peer peer = {
		.min_version = at->min_version,
		.max_version = r->config.max_version,
		.burst = most_from(r, client),
	};

	if (at->max_version < peer.max_version)
		peer.max_version = at->max_version;
	if (client != NULL && client->max_version < peer.max_version)
		peer.max_version = client->max_version;
	if (client != NULL && client->min_version > peer.min_version)
		peer.min_version = client->min_version;
	memcpy(peer.source, source, sizeof(peer.source));
	return peer;
}

/* How routers come to a listener, for operators. */
static const char *
transport_name(const struct endpoint *at)
{
	if (endpoint_is_unix(at))
		return "unix";
	return at->transport == TRANSPORT_TLS ? "tls" : "tcp";
}

/* What is spoken before RTR is.  0 or ERR_NOMEM. */
static int
secure(const struct rtr *r, const struct guest *g, const struct endpoint *at)
{
	if (at->transport != TRANSPORT_TLS)
		return 0;
	return conn_secure(g->conn, r->keys, at->clients, g->source);
}

/* A connection in the list, and who it is; NULL out of memory. */
static struct conn *
admit(struct rtr *r, int fd, const struct sockaddr_storage *peer,
	const struct endpoint *at)
{
	struct guest g = {
		.listener = at->id,
		.transport = transport_name(at),
	};
	struct session_peer limits;
	struct session *s;

	address_source(peer, g.source);
	limits = peer_of(r, at, g.source);
	s = session_new(r->cache, &r->session, &limits, mono_now());
	if (s == NULL || !VEC_RESERVE(&r->guests, r->guests.n + 1) ||
		(g.conn = conn_new(&r->host, s, fd, peer)) == NULL) {
		session_free(s);
		(void)close(fd);
		return NULL;
	}
	if (secure(r, &g, at) != 0) {
		conn_drop(g.conn);
		return NULL;
	}
	(void)VEC_PUSH(&r->guests, g);
	*conn_index(g.conn) = r->guests.n - 1;
	r->host.open = r->guests.n;
	r->alive++;
	return g.conn;
}

static void
on_accepted(void *ctx, int fd, const struct sockaddr_storage *peer,
	const struct endpoint *at)
{
	struct rtr *r = ctx;
	uint8_t source[ADDRESS_SOURCE];
	enum refusal why;
	struct conn *c;

	address_source(peer, source);
	if (is_refused(r, at, source, &why)) {
		(void)close(fd);
		refuse(r, peer, why);
		return;
	}
	c = admit(r, fd, peer, at);
	if (c == NULL) {
		refuse(r, peer, REFUSAL_MEMORY);
		return;
	}
	r->counters.accepted++;
	log_event(r->log, LOG_LEVEL_DEBUG, "router", "here peer=%s local=%s",
		conn_peer(c), conn_local(c));
	conn_start(c);
}

/* The acceptor has said so already. */
static void
on_refused(void *ctx)
{
	struct rtr *r = ctx;

	r->counters.refused[REFUSAL_DESCRIPTORS]++;
}

/* What came before the keys were on the socket is not signed. */
static bool
on_early(void *ctx, const struct sockaddr_storage *peer)
{
	struct rtr *r = ctx;
	uint8_t source[ADDRESS_SOURCE];
	const struct client *client;

	address_source(peer, source);
	client = clients_find(r->clients, source);
	if (client == NULL || client->key == KEY_NONE)
		return true;
	refuse(r, peer, REFUSAL_ACCESS);
	return false;
}

/* A socket that does not listen yet has its keys first. */
static int
on_prepare(void *ctx, int fd, const struct endpoint *at, char why[SOCK_WHY])
{
	const struct rtr *r = ctx;

	return clients_sign(r->clients, NULL, fd, at, why);
}

/* The server. */

int
rtr_start(uv_loop_t *loop, struct cache *cache, const struct rtr_config *config,
	const struct log *log, struct rtr **out)
{
	struct rtr *r = calloc(1, sizeof(*r));
	uint64_t seed = uv_hrtime(); /* where there is nothing better */
	const struct acceptor_calls calls = {
		on_accepted, on_refused, on_prepare, on_early, r};

	if (r == NULL)
		return ERR_NOMEM;
	r->session.pace = pace_new();
	r->acceptor = acceptor_new(loop, &calls, log, "rtr");
	r->watch = tls_watch_new(loop, log);
	if (r->session.pace == NULL || r->acceptor == NULL ||
		r->watch == NULL) {
		acceptor_stop(r->acceptor);
		tls_watch_stop(r->watch);
		pace_free(r->session.pace);
		free(r);
		return ERR_NOMEM;
	}
	r->cache = cache;
	r->log = log;
	r->session.counters = &r->counters;
	r->host = (struct conn_host){.loop = loop,
		.buffer = r->buffer,
		.closed = on_closed,
		.freed = on_freed,
		.ctx = r};
	(void)uv_random(NULL, NULL, &seed, sizeof(seed), 0, NULL);
	gate_init(&r->host.gate, seed, conn_clock());
	rtr_configure(r, config);
	*out = r;
	return 0;
}

void
rtr_configure(struct rtr *r, const struct rtr_config *config)
{
	r->config = *config;
	r->session.notify_ms = config->notify_ms;
	r->session.notify_spread_ms =
		config->notify_ms / BOUND_RTR_SPREAD_PARTS;
}

/* An operator who denies somebody means those too who are here. */
static void
deny(struct rtr *r)
{
	r->cut = CLOSE_DENIED;
	for (size_t i = r->guests.n; i-- > 0;) {
		const struct guest *g = &r->guests.at[i];
		const struct endpoint *at =
			acceptor_find(r->acceptor, g->listener);

		/* A listener that is gone has denied nobody. */
		if (at != NULL && !access_permits(&at->access, g->source))
			conn_close(g->conn, true);
	}
	r->cut = CLOSE_CUT;
}

int
rtr_inherit(struct rtr *r, int fd)
{
	return acceptor_inherit(r->acceptor, fd);
}

/* Sockets that listen already, from one list to another. */
struct signing {
	const struct clients *from, *to;
	int err;
	char why[KEY_WHY];
};

static void
on_sign(void *ctx, int fd, const struct endpoint *at)
{
	struct signing *s = ctx;

	if (s->err == 0)
		s->err = clients_sign(s->to, s->from, fd, at, s->why);
}

/* All of them or none: what went wrong is undone. */
static int
sign_all(struct rtr *r, const struct clients *from, const struct clients *to,
	char why[256])
{
	struct signing there = {.from = from, .to = to};
	struct signing back = {.from = to, .to = from};

	acceptor_each(r->acceptor, on_sign, &there);
	if (there.err == 0)
		return 0;
	snprintf(why, 256, "%s", there.why);
	acceptor_each(r->acceptor, on_sign, &back);
	return there.err;
}

static int
listen_for(struct rtr *r, const struct rtr_places *places, char why[256])
{
	struct clients *before = r->clients, *now;
	char ignored[256];
	int err =
		clients_load(places->clients, places->client_count, &now, why);

	if (err != 0)
		return err;
	err = sign_all(r, before, now, why);
	if (err != 0) {
		clients_free(now);
		return err;
	}
	r->clients = now;
	err = acceptor_listen(r->acceptor, places->listen, places->listen_count,
		places->lenient, why);
	if (err != 0) {
		(void)sign_all(r, now, before, ignored);
		r->clients = before;
		clients_free(now);
		return err;
	}
	clients_free(before);
	deny(r);
	return 0;
}

int
rtr_listen(struct rtr *r, const struct rtr_places *places, char why[256])
{
	struct tls_keys *keys;
	int err = secure_load(
		places->listen, places->listen_count, &places->tls, &keys, why);

	if (err != 0)
		return err;
	err = listen_for(r, places, why);
	if (err != 0) {
		tls_keys_unref(keys);
		return err;
	}
	tls_keys_unref(r->keys);
	r->keys = keys;
	tls_watch_set(r->watch, keys);
	return 0;
}

struct wall
rtr_tls_end(const struct rtr *r)
{
	return r->keys != NULL ? tls_keys_end(r->keys) : (struct wall){0};
}

void
rtr_each(const struct rtr *r,
	void (*each)(void *ctx, int fd, const struct endpoint *at), void *ctx)
{
	acceptor_each(r->acceptor, each, ctx);
}

void
rtr_own(struct rtr *r)
{
	acceptor_own(r->acceptor);
}

void
rtr_release(struct rtr *r)
{
	acceptor_release(r->acceptor);
}

void
rtr_hold(struct rtr *r)
{
	acceptor_hold(r->acceptor);
}

void
rtr_go(struct rtr *r)
{
	acceptor_go(r->acceptor);
}

void
rtr_publish(struct rtr *r)
{
	bool crowded = cache_is_crowded(r->cache);

	/* From the end: a connection that breaks leaves the list. */
	for (size_t i = r->guests.n; i-- > 0;) {
		struct conn *c = r->guests.at[i].conn;

		if (crowded)
			session_shed(conn_session(c));
		session_notify(conn_session(c), mono_now());
		conn_update(c);
	}
}

void
rtr_withhold(struct rtr *r)
{
	for (size_t i = r->guests.n; i-- > 0;) {
		struct conn *c = r->guests.at[i].conn;

		session_withhold(conn_session(c), mono_now());
		conn_update(c);
	}
}

void
rtr_restart(struct rtr *r)
{
	for (size_t i = r->guests.n; i-- > 0;) {
		struct conn *c = r->guests.at[i].conn;

		session_restart(conn_session(c), mono_now());
		conn_update(c);
	}
}

void
rtr_shutdown(struct rtr *r)
{
	acceptor_hold(r->acceptor);
	for (size_t i = r->guests.n; i-- > 0;) {
		struct conn *c = r->guests.at[i].conn;

		session_shutdown(conn_session(c), mono_now());
		conn_update(c);
	}
}

/* Who has said nothing yet is told nothing. */
bool
rtr_is_parting(const struct rtr *r)
{
	for (size_t i = 0; i < r->guests.n; i++) {
		enum session_state state =
			session_state(conn_session(r->guests.at[i].conn));

		if (state != SESSION_FIRST && state != SESSION_CLOSED)
			return true;
	}
	return false;
}

const struct rtr_counters *
rtr_totals(const struct rtr *r)
{
	return &r->counters;
}

size_t
rtr_peer_count(const struct rtr *r)
{
	return r->guests.n;
}

void
rtr_peer_get(const struct rtr *r, size_t index, struct peer_facts *out)
{
	const struct conn *c = r->guests.at[index].conn;

	out->peer = conn_peer(c);
	out->local = conn_local(c);
	out->transport = r->guests.at[index].transport;
	session_tell(conn_session(c), &out->session);
}

/* A walk over the listeners, for operators. */
struct tour {
	const struct rtr *r;
	void (*each)(void *to, const struct listener_facts *facts);
	void *to;
};

/* A socket knows its port, also where any was asked for. */
static void
tour_stop(void *ctx, int fd, const struct endpoint *at)
{
	const struct tour *t = ctx;
	struct sockaddr_storage here = {0};
	socklen_t n = sizeof(here);
	char text[ADDRESS_TEXT];
	struct listener_facts facts = {
		.transport = transport_name(at),
		.min_version = at->min_version,
		.max_version = at->max_version,
	};

	if (endpoint_is_unix(at) ||
		getsockname(fd, (struct sockaddr *)&here, &n) != 0)
		here = at->address;
	facts.address = address_format(&here, text);
	if (facts.max_version > t->r->config.max_version)
		facts.max_version = t->r->config.max_version;
	t->each(t->to, &facts);
}

void
rtr_listeners(const struct rtr *r,
	void (*each)(void *to, const struct listener_facts *facts), void *to)
{
	struct tour t = {r, each, to};

	acceptor_each(r->acceptor, tour_stop, &t);
}

void
rtr_stop(struct rtr *r)
{
	if (r == NULL || r->stopped)
		return;
	acceptor_stop(r->acceptor);
	tls_watch_stop(r->watch);
	/* Nobody has said that we shall not come again: routers are told so
	 * where their version can be (8210bis section 8.5), ask another cache,
	 * and keep what they have for their expire time.  What they were told
	 * is with the kernel; who was in the middle of an answer is cut. */
	rtr_restart(r);
	while (r->guests.n > 0) {
		struct conn *c = r->guests.at[r->guests.n - 1].conn;

		conn_close(c, session_state(conn_session(c)) != SESSION_CLOSED);
	}
	r->stopped = true;
	rtr_free_if_done(r);
}
