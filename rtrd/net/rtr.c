/*
 * rtr: which routers may connect, what they are told together, and what is
 * told of them.
 */
#include "rtrd/net/rtr.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/vec.h"
#include "rtrd/net/acceptor.h"
#include "rtrd/net/address.h"
#include "rtrd/net/conn.h"
#include "rtrd/proto/fault.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	TELL_LINES = 200, /* about routers, in: */
	TELL_MS = 10000,
	COMPLAINT_TEXT = 160,
};

struct rtr {
	struct cache *cache;
	const struct log *log;
	struct acceptor *acceptor;
	struct rtr_config config;
	struct session_config session;
	struct rtr_counters counters;
	struct conn_host host;
	VEC(struct conn *) conns;
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
	VEC_FREE(&r->conns);
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
tell_end(struct rtr *r, const struct conn *c)
{
	enum log_level level = LOG_LEVEL_INFO;
	char complaint[COMPLAINT_TEXT];
	struct session_facts f;

	session_tell(conn_session(c), &f);
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
	struct conn *last;

	tell_end(r, c);
	last = r->conns.at[--r->conns.n];
	r->conns.at[*conn_index(c)] = last;
	*conn_index(last) = *conn_index(c);
	r->host.open = r->conns.n;
}

static void
on_freed(void *ctx)
{
	struct rtr *r = ctx;

	r->alive--;
	rtr_free_if_done(r);
}

/* The beginning of a connection. */

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
		n += same_source(conn_source(r->conns.at[i]), source);
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

/* What holds for a connection from `source`. */
static struct session_peer
peer_of(const struct rtr *r, const struct sockaddr_storage *source)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)source;
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)source;
	struct session_peer peer = {.max_version = r->config.max_version};

	if (source->ss_family == AF_INET6) {
		memcpy(peer.source, &a6->sin6_addr, sizeof(peer.source));
	} else if (source->ss_family == AF_INET) {
		memset(peer.source + 10, 0xff, 2);
		memcpy(peer.source + 12, &a4->sin_addr, 4);
	}
	return peer;
}

/* A connection in the list; NULL out of memory. */
static struct conn *
admit(struct rtr *r, int fd, const struct sockaddr_storage *peer)
{
	const struct session_peer at = peer_of(r, peer);
	struct session *s = session_new(r->cache, &r->session, &at, mono_now());
	struct conn *c;

	if (s == NULL || !VEC_RESERVE(&r->conns, r->conns.n + 1) ||
		(c = conn_new(&r->host, s, fd, peer)) == NULL) {
		session_free(s);
		(void)close(fd);
		return NULL;
	}
	(void)VEC_PUSH(&r->conns, c);
	*conn_index(c) = r->conns.n - 1;
	r->host.open = r->conns.n;
	r->alive++;
	return c;
}

static void
on_accepted(void *ctx, int fd, const struct sockaddr_storage *peer)
{
	struct rtr *r = ctx;
	enum refusal why;
	struct conn *c;

	if (is_excess(r, peer, &why)) {
		(void)close(fd);
		refuse(r, peer, why);
		return;
	}
	c = admit(r, fd, peer);
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
	r->cache = cache;
	r->log = log;
	r->session.counters = &r->counters;
	r->host = (struct conn_host){.loop = loop,
		.buffer = r->buffer,
		.closed = on_closed,
		.freed = on_freed,
		.ctx = r};
	rtr_configure(r, config);
	*out = r;
	return 0;
}

void
rtr_configure(struct rtr *r, const struct rtr_config *config)
{
	r->config = *config;
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
			session_shed(conn_session(c));
		session_notify(conn_session(c), mono_now());
		conn_update(c);
	}
}

void
rtr_withhold(struct rtr *r)
{
	for (size_t i = r->conns.n; i-- > 0;) {
		struct conn *c = r->conns.at[i];

		session_withhold(conn_session(c), mono_now());
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

	out->peer = conn_peer(c);
	out->local = conn_local(c);
	session_tell(conn_session(c), &out->session);
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
