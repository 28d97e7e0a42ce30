/*
 * http: the HTTP API on the main loop (libmicrohttpd, no threads).
 *
 * The library polls nothing itself: its epoll set is one descriptor on our
 * loop, and its next timeout one timer.  Each turn reads or writes once a
 * connection, so that a large download shares the loop with the routers.
 *
 *	accept  -> MHD_add_connection -> client_new      since = now
 *	target  -> request_new
 *	body    -> request.body, bounded alone and in sum
 *	request complete -> api_answer -> respond        since = now
 *	answered -> request_free                         since = now
 *
 * The library's own timeout knows silence only; what drips is ended by the
 * sweep, which gives a request and an answer a time each.
 */
#include "rtrd/net/http.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/text.h"
#include "rtrd/net/acceptor.h"
#include "rtrd/net/address.h"
#include "rtrd/net/process.h"
#include "rtrd/net/respond.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	SWEEP_MS = 1000,
	MEMORY_PER_CONNECTION = 32768, /* for headers and one block */
	TOO_LARGE = 413,
	UNAVAILABLE = 503
};

/* One request on its way in. */
struct request {
	char target[BOUND_HTTP_TARGET + 2]; /* one more shows it is too long */
	struct text body;
	bool begun;
	bool too_large; /* this one */
	bool too_many; /* all together */
};

/* One connection. */
struct client {
	struct client *next, **back;
	struct mono since; /* the request began, or the answer did */
	struct request *request; /* under way; NULL: none */
	bool answering;
	bool ended; /* the client sends no more; seen once */
	bool cut;
	int fd;
};

struct http {
	uv_loop_t *loop;
	const struct view *view;
	const struct log *log;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timeout; /* the library's */
	uv_idle_t busy; /* it has more to do at once */
	uv_timer_t sweep; /* ours */
	struct acceptor *acceptor;
	struct client *clients;
	size_t body_octets; /* of all requests */
	int handles; /* that the loop still has */
};

static void on_timeout(uv_timer_t *timer);
static void on_busy(uv_idle_t *idle);

/* Let the library do what is due, and learn when it wants to be called next.
 * At once means at the next turn of the loop: a timer of 0 ms would run again
 * in the same turn, and a download would hold up the routers to its end. */
static void
pump(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;
	bool waits;

	MHD_run(h->daemon);
	waits = MHD_get_timeout(h->daemon, &ms) == MHD_YES;
	if (waits && ms == 0)
		uv_idle_start(&h->busy, on_busy);
	else
		uv_idle_stop(&h->busy);
	if (waits && ms > 0)
		uv_timer_start(&h->timeout, on_timeout, ms, 0);
	else
		uv_timer_stop(&h->timeout);
}

static void
on_timeout(uv_timer_t *timer)
{
	pump(timer->data);
}

static void
on_busy(uv_idle_t *idle)
{
	pump(idle->data);
}

/* Whatever happened, the library finds out. */
static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct http *h = poll->data;

	(void)status;
	(void)events;
	pump(h);
}

/* Whether a client has closed its side and all that it sent was read. */
static bool
is_ended(const struct client *c)
{
	char octet;

	return !c->answering &&
		recv(c->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Whether a connection has had its time, or waits for nothing: the library
 * does not see the end of a client that came along with its last octets.  A
 * request that is there as a whole may still be on its way through the library,
 * so the end counts when it is seen twice. */
static bool
is_over(struct client *c, struct mono now)
{
	int64_t allowed =
		c->answering ? BOUND_HTTP_ANSWER_MS : BOUND_HTTP_REQUEST_MS;
	bool before = c->ended;

	c->ended = is_ended(c);
	return (before && c->ended) || mono_since(c->since, now) > allowed;
}

/* End what is over.  The library owns the descriptor, so it is only shut down:
 * it sees that and closes. */
static void
on_sweep(uv_timer_t *timer)
{
	struct http *h = timer->data;
	struct mono now = mono_now();
	struct client *c;

	for (c = h->clients; c != NULL; c = c->next) {
		if (!c->cut && is_over(c, now)) {
			c->cut = true;
			shutdown(c->fd, SHUT_RDWR);
		}
	}
	pump(h);
	if (h->clients == NULL)
		uv_timer_stop(&h->sweep);
}

/* The library takes a descriptor as its own, also when it refuses it. */
static void
on_accept(void *ctx, int fd, const struct sockaddr_storage *peer,
	const struct endpoint *at)
{
	struct http *h = ctx;

	(void)at;

	/* Over a limit the library closes the descriptor. */
	MHD_add_connection(h->daemon, fd, (const struct sockaddr *)peer,
		address_size(peer));
	pump(h);
}

/* Nothing is owed to who was closed for want of descriptors. */
static void
on_refused(void *ctx)
{
	(void)ctx;
}

/* Our own record of a connection; NULL when there was no memory for it. */
static struct client *
client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

/* The sweep runs only while somebody is connected. */
static struct client *
client_new(struct http *h, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *c = info != NULL ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		return NULL;
	c->fd = info->connect_fd;
	c->since = mono_now();
	c->next = h->clients;
	c->back = &h->clients;
	if (c->next != NULL)
		c->next->back = &c->next;
	h->clients = c;
	if (!uv_is_active((uv_handle_t *)&h->sweep))
		uv_timer_start(&h->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	return c;
}

/* What it held goes from the sum of all bodies. */
static void
request_free(struct http *h, struct request *r)
{
	if (r == NULL)
		return;
	h->body_octets -= r->body.n;
	text_free(&r->body);
	free(r);
}

/* Unlinked in constant time: `back` points at what points here. */
static void
client_free(struct http *h, struct client *c)
{
	if (c == NULL)
		return;
	*c->back = c->next;
	if (c->next != NULL)
		c->next->back = c->back;
	request_free(h, c->request);
	free(c);
}

/* Without memory for a record the connection gets no request either, and so
 * ends at its first one. */
static void
on_connection(void *ctx, struct MHD_Connection *connection,
	void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	switch (code) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		*socket_context = client_new(ctx, connection);
		return;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		client_free(ctx, *socket_context);
		*socket_context = NULL;
		return;
	}
}

/* The target as sent, before the library decodes it; the result becomes the
 * request's context.  The library does not tell the end of every request whose
 * head is broken, so the connection keeps it as well. */
static void *
on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);
	struct request *r = c != NULL ? calloc(1, sizeof(*r)) : NULL;

	if (r == NULL)
		return NULL;
	request_free(ctx, c->request);
	c->request = r;
	snprintf(r->target, sizeof(r->target), "%s", target);
	return r;
}

/* The connection stays and waits for the next request, with its time set
 * anew. */
static void
on_answered(void *ctx, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode why)
{
	struct client *c = client_of(connection);

	(void)why;
	*context = NULL;
	if (c == NULL)
		return;
	request_free(ctx, c->request);
	c->request = NULL;
	c->answering = false;
	c->since = mono_now();
}

/* Keep a piece of the body, or remember why not. */
static void
body_add(struct http *h, struct request *r, const char *p, size_t n)
{
	if (r->body.n + n > BOUND_HTTP_BODY)
		r->too_large = true;
	else if (h->body_octets + n > BOUND_HTTP_BODIES)
		r->too_many = true;
	if (r->too_large || r->too_many) {
		h->body_octets -= r->body.n;
		text_free(&r->body);
		return;
	}
	text_put(&r->body, p, n);
	if (!r->body.failed)
		h->body_octets += n;
}

/* The request is whole, or is known to be too large. */
static enum MHD_Result
answer(struct http *h, struct MHD_Connection *connection, struct request *r,
	const char *method)
{
	struct client *c = client_of(connection);
	struct api_request request = {method, r->target, NULL,
		span_of(r->body.p, r->body.n), process_read};
	struct api_answer out;

	if (c != NULL) {
		c->answering = true;
		c->since = mono_now();
	}
	request.if_none_match = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
	if (r->too_large)
		api_refuse(TOO_LARGE, "the body is too long", &out);
	else if (r->too_many || r->body.failed)
		api_refuse(UNAVAILABLE, "too many bodies at once", &out);
	else
		api_answer(h->view, wall_now(), &request, &out);
	return respond(connection, &out);
}

/* Whether the head of the request says already that its body is too long. */
static bool
is_too_large(struct MHD_Connection *connection)
{
	const char *text = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t n;

	return text != NULL && text_number(text, 0, BOUND_HTTP_BODY, &n) != 0;
}

/* Called with the head of a request, with each piece of its body, and once
 * more at the end. */
static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *body,
	size_t *body_n, void **context)
{
	struct request *r = *context;
	struct http *h = ctx;

	(void)url;
	(void)version;
	if (r == NULL)
		return MHD_NO;
	if (!r->begun) {
		r->begun = true;
		r->too_large = is_too_large(connection);
		/* An answer as early as this ends the connection. */
		if (!r->too_large)
			return MHD_YES;
	} else if (*body_n > 0) {
		if (api_takes_body(method))
			body_add(h, r, body, *body_n);
		*body_n = 0;
		return MHD_YES;
	}
	return answer(h, connection, r, method);
}

/* What clients do wrong is not worth more than a line for who looks for it. */
static void
on_library_log(void *ctx, const char *format, va_list args)
{
	struct http *h = ctx;
	struct text t = {0};

	text_addv(&t, format, args);
	if (!t.failed)
		log_event(h->log, LOG_LEVEL_DEBUG, "http", "%s", t.p);
	text_free(&t);
}

/* Every limit of the library is set: its own defaults have none. */
static struct MHD_Daemon *
daemon_start(struct http *h)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
		on_library_log, h, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)BOUND_HTTP_CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)BOUND_HTTP_PER_SOURCE, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(BOUND_HTTP_IDLE_MS / 1000),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)MEMORY_PER_CONNECTION, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
		MHD_OPTION_NOTIFY_COMPLETED, on_answered, h,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_END);
}

/* The library and what accepts for it.  False out of memory or descriptors. */
static bool
parts_make(struct http *h)
{
	const struct acceptor_calls calls = {
		on_accept, on_refused, NULL, NULL, h};
	const union MHD_DaemonInfo *info;

	h->acceptor = acceptor_new(h->loop, &calls, h->log, "http");
	h->daemon = daemon_start(h);
	if (h->acceptor == NULL || h->daemon == NULL)
		return false;
	acceptor_favour(h->acceptor);
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return info != NULL &&
		uv_poll_init(h->loop, &h->poll, info->epoll_fd) == 0;
}

int
http_start(uv_loop_t *loop, const struct view *view, const struct log *log,
	struct http **out)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return ERR_NOMEM;
	h->loop = loop;
	h->view = view;
	h->log = log;
	if (!parts_make(h)) {
		acceptor_stop(h->acceptor);
		if (h->daemon != NULL)
			MHD_stop_daemon(h->daemon);
		free(h);
		return ERR_SYSTEM;
	}
	uv_timer_init(loop, &h->timeout);
	uv_timer_init(loop, &h->sweep);
	uv_idle_init(loop, &h->busy);
	h->poll.data = h->timeout.data = h->sweep.data = h->busy.data = h;
	h->handles = 4;
	uv_poll_start(&h->poll, UV_READABLE, on_ready);
	*out = h;
	return 0;
}

int
http_inherit(struct http *h, int fd)
{
	return acceptor_inherit(h->acceptor, fd);
}

void
http_each(const struct http *h,
	void (*each)(void *ctx, int fd, const struct endpoint *at), void *ctx)
{
	acceptor_each(h->acceptor, each, ctx);
}

void
http_own(struct http *h)
{
	acceptor_own(h->acceptor);
}

void
http_release(struct http *h)
{
	acceptor_release(h->acceptor);
}

int
http_listen(
	struct http *h, const char *const *addrs, size_t count, char why[256])
{
	return acceptor_listen(h->acceptor, addrs, count, false, why);
}

/* The last of our handles takes the memory with it. */
static void
on_closed(uv_handle_t *handle)
{
	struct http *h = handle->data;

	if (--h->handles == 0)
		free(h);
}

/* The library's descriptors close with it, so its set must not be polled any
 * more by then. */
void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	acceptor_stop(h->acceptor);
	uv_close((uv_handle_t *)&h->poll, on_closed);
	MHD_stop_daemon(h->daemon);
	uv_close((uv_handle_t *)&h->timeout, on_closed);
	uv_close((uv_handle_t *)&h->sweep, on_closed);
	uv_close((uv_handle_t *)&h->busy, on_closed);
}
