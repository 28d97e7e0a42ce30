/*
 * acceptor: accept(2) by hand.
 *
 * libuv's own listener calls back in a loop for as long as an error lasts, and
 * leaves the descriptors that children and files need to whoever connects
 * first.  Here a listener that cannot accept rests for a moment, and a
 * connection whose descriptor is among the last is closed.
 */
#include "rtrd/net/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/vec.h"
#include "rtrd/net/address.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	BURST = 64, /* connections taken before others have a turn */
	PAUSE_MS = 100, /* of a listener that cannot accept */
	COMPLAIN_MS = 10000, /* from one line in the log to the next */
	SPARE_FDS = 64, /* for the validator, state, HTTP and control */
	LISTENERS_MAX = 256, /* addresses of one machine */
};

struct listener {
	uv_poll_t poll;
	uv_timer_t pause;
	unsigned open; /* handles that libuv still knows */
	struct acceptor *acceptor;
	struct listener *next;
	struct sock sock;
	struct endpoint *at;
	struct endpoint *wanted; /* as a new list has it; NULL: it has not */
};

struct acceptor {
	uv_loop_t *loop;
	struct acceptor_calls calls;
	const struct log *log;
	const char *proto;
	struct listener *listeners;
	VEC(int) offered; /* sockets that came with the process */
	unsigned last_id; /* of an endpoint */
	unsigned closing; /* listeners that libuv still knows */
	int reserve; /* a descriptor to give up; -1: none to be had */
	int ceiling; /* the first descriptor that is not for connections */
	bool held; /* nothing is accepted yet */
	bool complained;
	struct mono complained_at;
	bool stopped;
};

/* The first descriptor that must stay free.  Who is favoured may have half of
 * what is kept back. */
static int
ceiling_find(bool favoured)
{
	struct rlimit limit;
	rlim_t spare;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		limit.rlim_cur > (rlim_t)INT32_MAX)
		return INT32_MAX;
	/* A small limit is shared, and not all kept back. */
	spare = limit.rlim_cur / 4;
	if (spare > SPARE_FDS)
		spare = SPARE_FDS;
	if (favoured)
		spare /= 2;
	return (int)(limit.rlim_cur - spare);
}

/* Any descriptor will do: its number is what counts. */
static int
reserve_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A storm of connections must not become a storm of lines. */
static void
complain(struct acceptor *a, const char *what, int number)
{
	struct mono now = mono_now();

	if (a->complained && mono_since(a->complained_at, now) < COMPLAIN_MS)
		return;
	a->complained = true;
	a->complained_at = now;
	log_event(a->log, LOG_LEVEL_WARN, "accept", "proto=%s %s: %s", a->proto,
		what, strerror(number));
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* What was given up in need is taken back before anybody else has it. */
static void
on_pause_over(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	if (l->acceptor->reserve < 0)
		l->acceptor->reserve = reserve_open();
	(void)uv_poll_start(&l->poll, UV_READABLE, on_ready);
}

/* Polling stops: an error that lasts would wake the loop without end. */
static void
rest(struct listener *l, const char *what, int number)
{
	complain(l->acceptor, what, number);
	(void)uv_poll_stop(&l->poll);
	uv_timer_start(&l->pause, on_pause_over, PAUSE_MS, 0);
}

/* Out of descriptors: a router that is closed tries again or goes to another
 * cache; one that is left in the queue waits for us. */
static bool
shed(struct listener *l)
{
	struct acceptor *a = l->acceptor;
	int fd;

	if (a->reserve < 0)
		return false;
	/* Between these two lines nobody else of this process takes it but a
	 * thread of the pool that opens a file; then we rest. */
	(void)close(a->reserve);
	fd = accept4(l->sock.fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		(void)close(fd);
		a->calls.refused(a->calls.ctx);
	}
	a->reserve = reserve_open();
	return fd >= 0 && a->reserve >= 0;
}

/* Whether accept may be called again at once, after it failed. */
static bool
accept_recover(struct listener *l, int number)
{
	switch (number) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
		complain(l->acceptor,
			"out of descriptors, a connection "
			"is closed",
			number);
		if (shed(l))
			return true;
		rest(l, "cannot accept, trying again", number);
		return false;
	case EINTR:
	case ECONNABORTED:
	/* Linux hands errors of the connection to accept(2). */
	case ENETDOWN:
	case EPROTO:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case EPERM: /* a firewall rule */
		return true;
	default:
		rest(l, "cannot accept, trying again", number);
		return false;
	}
}

/* Whether a connection came before the socket was prepared, and so may not be
 * what the socket lets in now.  The queue keeps its order. */
static bool
is_too_early(struct listener *l, const struct sockaddr_storage *peer)
{
	struct acceptor *a = l->acceptor;

	if (l->sock.early == 0)
		return false;
	l->sock.early--;
	return a->calls.early != NULL && !a->calls.early(a->calls.ctx, peer);
}

/* Take one connection; whether to go on. */
static bool
accept_one(struct listener *l)
{
	struct acceptor *a = l->acceptor;
	struct sockaddr_storage peer = {0};
	socklen_t size = sizeof(peer);
	int fd = accept4(l->sock.fd, (struct sockaddr *)&peer, &size,
		SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return accept_recover(l, errno);
	if (is_too_early(l, &peer)) {
		(void)close(fd);
		return true;
	}
	/* The lowest free number is given: a high one means that few are
	 * left, and a validator needs pipes, a snapshot a file. */
	if (fd >= a->ceiling) {
		complain(a, "few descriptors are left, a connection is closed",
			EMFILE);
		(void)close(fd);
		a->calls.refused(a->calls.ctx);
		return true;
	}
	a->calls.accepted(a->calls.ctx, fd, &peer, l->at);
	return true;
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	(void)events;
	if (status < 0) {
		rest(l, "cannot poll, trying again", -status);
		return;
	}
	/* What is left wakes us again at once. */
	for (int i = 0; i < BURST && accept_one(l); i++)
		;
}

/* The listeners point here until libuv has given all of them back. */
static void
acceptor_free_if_done(struct acceptor *a)
{
	if (!a->stopped || a->closing > 0)
		return;
	if (a->reserve >= 0)
		(void)close(a->reserve);
	VEC_FREE(&a->offered);
	free(a);
}

static void
listener_free(struct listener *l)
{
	(void)close(l->sock.fd);
	free(l->wanted);
	free(l->at);
	free(l);
}

/* The descriptor is closed last: libuv forbids it while it is polled. */
static void
on_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	struct acceptor *a = l->acceptor;

	if (--l->open > 0)
		return;
	listener_free(l);
	a->closing--;
	acceptor_free_if_done(a);
}

static void
listener_close(struct listener *l)
{
	l->acceptor->closing++;
	sock_retire(&l->sock);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->pause, on_closed);
}

/* With handles, but not polled yet: a list may still be refused.  It owns the
 * socket and `at` when this succeeds. */
static struct listener *
listener_new(struct acceptor *a, const struct sock *sock, struct endpoint *at)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	if (uv_poll_init(a->loop, &l->poll, sock->fd) != 0) {
		free(l);
		return NULL;
	}
	uv_timer_init(a->loop, &l->pause);
	l->acceptor = a;
	l->sock = *sock;
	l->at = at;
	l->poll.data = l;
	l->pause.data = l;
	l->open = 2;
	return l;
}

/* The socket that came with us for this address; NULL: none. */
static int *
offer_find(struct acceptor *a, const struct endpoint *at)
{
	for (size_t i = 0; i < a->offered.n; i++)
		if (a->offered.at[i] >= 0 && sock_is_at(a->offered.at[i], at))
			return &a->offered.at[i];
	return NULL;
}

/* An offer that was taken for a list that is refused is an offer again. */
static void
offer_return(struct acceptor *a, int fd)
{
	for (size_t i = 0; i < a->offered.n; i++)
		if (a->offered.at[i] < 0) {
			a->offered.at[i] = fd;
			return;
		}
	(void)close(fd);
}

/* Those that the list did not ask for. */
static void
offers_close(struct acceptor *a)
{
	for (size_t i = 0; i < a->offered.n; i++)
		if (a->offered.at[i] >= 0)
			(void)close(a->offered.at[i]);
	a->offered.n = 0;
}

/* Put a listener at the head of `*fresh`, with a socket that came with us or a
 * new one.  It owns `at` when this succeeds. */
static int
listener_add(struct acceptor *a, struct endpoint *at, struct listener **fresh,
	bool *absent, char why[SOCK_WHY])
{
	const struct sock_hook hook = {a->calls.prepare, a->calls.ctx};
	struct sock sock;
	struct listener *l;
	int *offer = offer_find(a, at), err;

	*absent = false;
	err = offer != NULL ? sock_adopt(*offer, at, &hook, &sock, why)
			    : sock_open(at, &hook, &sock, absent, why);
	if (err != 0)
		return err;
	l = listener_new(a, &sock, at);
	if (l == NULL) {
		sock_retire(&sock);
		if (offer == NULL)
			(void)close(sock.fd);
		snprintf(why, SOCK_WHY, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	if (offer != NULL)
		*offer = -1;
	at->id = ++a->last_id;
	l->next = *fresh;
	*fresh = l;
	return 0;
}

/* By the address that was asked for: a port 0 that stays in the list keeps the
 * port that it got.  A Unix socket without its file is none any more. */
static struct listener *
listener_find(struct listener *list, const struct endpoint *at)
{
	for (struct listener *l = list; l != NULL; l = l->next)
		if (memcmp(&l->at->address, &at->address,
			    sizeof(at->address)) == 0 &&
			!sock_is_lost(&l->sock))
			return l;
	return NULL;
}

/* It counts now: accept, and say where. */
static void
listener_announce(struct listener *l)
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	char text[ADDRESS_TEXT];

	if (!l->acceptor->held)
		(void)uv_poll_start(&l->poll, UV_READABLE, on_ready);
	/* With the port that the system chose. */
	if (getsockname(l->sock.fd, (struct sockaddr *)&at, &size) != 0)
		at = l->at->address;
	log_event(l->acceptor->log, LOG_LEVEL_INFO, "listening",
		"addr=%s proto=%s%s", address_format(&at, text),
		l->acceptor->proto,
		l->at->transport == TRANSPORT_TLS ? "-tls" : "");
}

/* Give one endpoint of a new list its listener: one that is there, or a new
 * one, in `*fresh`.  Takes `at` when this succeeds and `*taken` is set. */
static int
want(struct acceptor *a, struct endpoint *at, struct listener **fresh,
	bool *taken, char why[SOCK_WHY])
{
	struct listener *l = listener_find(a->listeners, at);
	bool absent;
	int err;

	*taken = true;
	if (l != NULL && l->wanted == NULL) {
		at->id = l->at->id;
		l->wanted = at;
		return 0;
	}
	*taken = false;
	if (l != NULL || listener_find(*fresh, at) != NULL) {
		snprintf(why, SOCK_WHY, "it is named twice, in other words");
		return ERR_EXISTS;
	}
	err = listener_add(a, at, fresh, &absent, why);
	*taken = err == 0;
	return err != 0 && absent ? ERR_NOTFOUND : err;
}

/* Whether the same text stands before it in the list. */
static bool
is_repeated(const char *const *texts, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(texts[k], texts[i]) == 0)
			return true;
	return false;
}

/* One text of a new list. */
static int
take_text(struct acceptor *a, const char *text, bool lenient,
	struct listener **fresh, char why[256])
{
	struct endpoint *at = malloc(sizeof(*at));
	char reason[SOCK_WHY];
	bool taken = false;
	int err;

	if (at == NULL) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	err = endpoint_parse(text, at, reason);
	if (err != 0) {
		snprintf(why, 256, "'%.100s' is %.140s", text, reason);
	} else {
		err = want(a, at, fresh, &taken, reason);
		if (err != 0)
			snprintf(why, 256, "cannot listen on %.90s: %.140s",
				text, reason);
		if (err == ERR_NOTFOUND && lenient) {
			log_event(a->log, LOG_LEVEL_WARN, "listen", "%s", why);
			err = 0;
		}
	}
	if (!taken)
		free(at);
	return err;
}

/* Close those that are not named any more, and let the others have their new
 * words; returns how many are left. */
static size_t
follow(struct acceptor *a)
{
	struct listener **at = &a->listeners;
	size_t n = 0;

	while (*at != NULL) {
		struct listener *l = *at;

		if (l->wanted != NULL) {
			if (l->wanted->mode != l->at->mode)
				sock_set_mode(&l->sock, l->wanted->mode);
			free(l->at);
			l->at = l->wanted;
			l->wanted = NULL;
			at = &l->next;
			n++;
		} else {
			*at = l->next;
			listener_close(l);
		}
	}
	return n;
}

/* All of a list. */
static void
close_list(struct listener *list)
{
	while (list != NULL) {
		struct listener *next = list->next;

		listener_close(list);
		list = next;
	}
}

/* As it was before: those that were opened for nothing are closed. */
static void
restore(struct acceptor *a, struct listener *fresh)
{
	for (struct listener *l = a->listeners; l != NULL; l = l->next) {
		free(l->wanted);
		l->wanted = NULL;
	}
	for (struct listener *l = fresh; l != NULL; l = l->next) {
		int fd = l->sock.shared ? fcntl(l->sock.fd, F_DUPFD_CLOEXEC, 0)
					: -1;

		/* The loop still has the other descriptor. */
		if (fd >= 0)
			offer_return(a, fd);
	}
	close_list(fresh);
}

/* Start to accept on the new ones and put them with the others. */
static void
welcome(struct acceptor *a, struct listener *fresh)
{
	while (fresh != NULL) {
		struct listener *next = fresh->next;

		listener_announce(fresh);
		fresh->next = a->listeners;
		a->listeners = fresh;
		fresh = next;
	}
}

int
acceptor_inherit(struct acceptor *a, int fd)
{
	if (!sock_is_listening(fd))
		return ERR_KIND;
	return VEC_PUSH(&a->offered, fd) ? 0 : ERR_NOMEM;
}

int
acceptor_listen(struct acceptor *a, const char *const *texts, size_t count,
	bool lenient, char why[256])
{
	struct listener *fresh = NULL;
	int err = count > LISTENERS_MAX ? ERR_LIMIT : 0;

	if (err != 0)
		snprintf(why, 256, "more than %d addresses", LISTENERS_MAX);
	/* Open first, close then: a list that cannot be had changes nothing. */
	for (size_t i = 0; i < count && err == 0; i++)
		if (!is_repeated(texts, i))
			err = take_text(a, texts[i], lenient, &fresh, why);
	if (err != 0) {
		restore(a, fresh);
		return err;
	}
	if (follow(a) == 0 && fresh == NULL && count > 0)
		return ERR_SYSTEM; /* `why` is of the last that was absent */
	offers_close(a);
	welcome(a, fresh);
	return 0;
}

const struct endpoint *
acceptor_find(const struct acceptor *a, unsigned id)
{
	for (const struct listener *l = a->listeners; l != NULL; l = l->next)
		if (l->at->id == id)
			return l->at;
	return NULL;
}

void
acceptor_each(const struct acceptor *a,
	void (*each)(void *ctx, int fd, const struct endpoint *at), void *ctx)
{
	for (const struct listener *l = a->listeners; l != NULL; l = l->next)
		each(ctx, l->sock.fd, l->at);
}

void
acceptor_hold(struct acceptor *a)
{
	a->held = true;
	for (struct listener *l = a->listeners; l != NULL; l = l->next) {
		(void)uv_poll_stop(&l->poll);
		uv_timer_stop(&l->pause);
	}
}

void
acceptor_go(struct acceptor *a)
{
	if (!a->held)
		return;
	a->held = false;
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		(void)uv_poll_start(&l->poll, UV_READABLE, on_ready);
}

void
acceptor_own(struct acceptor *a)
{
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		l->sock.shared = false;
}

void
acceptor_release(struct acceptor *a)
{
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		l->sock.shared = true;
}

struct acceptor *
acceptor_new(uv_loop_t *loop, const struct acceptor_calls *calls,
	const struct log *log, const char *proto)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->loop = loop;
	a->calls = *calls;
	a->log = log;
	a->proto = proto;
	/* Taken while there are plenty. */
	a->reserve = reserve_open();
	a->ceiling = ceiling_find(false);
	return a;
}

void
acceptor_favour(struct acceptor *a)
{
	a->ceiling = ceiling_find(true);
}

void
acceptor_stop(struct acceptor *a)
{
	if (a == NULL || a->stopped)
		return;
	a->stopped = true;
	close_list(a->listeners);
	a->listeners = NULL;
	offers_close(a);
	acceptor_free_if_done(a);
}
