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
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	BACKLOG = 512, /* a reboot of a whole network at once */
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
	int fd;
	bool stays; /* while a new list is compared with the old */
	struct sockaddr_storage asked; /* with the port that was asked for */
};

struct acceptor {
	uv_loop_t *loop;
	struct acceptor_calls calls;
	const struct log *log;
	const char *proto;
	struct listener *listeners;
	unsigned closing; /* listeners that libuv still knows */
	int reserve; /* a descriptor to give up; -1: none to be had */
	int ceiling; /* the first descriptor that is not for connections */
	bool complained;
	struct mono complained_at;
	bool stopped;
};

/* The first descriptor that must stay free. */
static int
ceiling_find(void)
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
	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
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

/* Take one connection; whether to go on. */
static bool
accept_one(struct listener *l)
{
	struct acceptor *a = l->acceptor;
	struct sockaddr_storage peer = {0};
	socklen_t size = sizeof(peer);
	int fd = accept4(l->fd, (struct sockaddr *)&peer, &size,
		SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return accept_recover(l, errno);
	/* The lowest free number is given: a high one means that few are
	 * left, and a validator needs pipes, a snapshot a file. */
	if (fd >= a->ceiling) {
		complain(a, "few descriptors are left, a connection is closed",
			EMFILE);
		(void)close(fd);
		a->calls.refused(a->calls.ctx);
		return true;
	}
	a->calls.accepted(a->calls.ctx, fd, &peer);
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
	free(a);
}

/* The descriptor is closed last: libuv forbids it while it is polled. */
static void
on_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	struct acceptor *a = l->acceptor;

	if (--l->open > 0)
		return;
	(void)close(l->fd);
	free(l);
	a->closing--;
	acceptor_free_if_done(a);
}

/* The socket itself is shut at once: closing waits for the loop, and the
 * address may be wanted again before that. */
static void
listener_close(struct listener *l)
{
	l->acceptor->closing++;
	/* Linux takes a listening socket out of service by this. */
	(void)shutdown(l->fd, SHUT_RDWR);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->pause, on_closed);
}

static int
socket_open(const struct sockaddr_storage *a, int *out)
{
	int one = 1, number;
	int fd = socket(
		a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	/* IPv6 listeners take no IPv4, so that both can be named. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
		(a->ss_family == AF_INET6 &&
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				sizeof(one)) != 0) ||
		bind(fd, (const struct sockaddr *)a, address_size(a)) != 0 ||
		listen(fd, BACKLOG) != 0) {
		number = errno;
		(void)close(fd);
		return number;
	}
	*out = fd;
	return 0;
}

/* With handles, but not polled yet: a list may still be refused. */
static struct listener *
listener_new(struct acceptor *a, int fd, const struct sockaddr_storage *asked)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->acceptor = a;
	l->fd = fd;
	l->asked = *asked;
	if (uv_poll_init(a->loop, &l->poll, fd) != 0) {
		free(l);
		return NULL;
	}
	uv_timer_init(a->loop, &l->pause);
	l->poll.data = l;
	l->pause.data = l;
	l->open = 2;
	return l;
}

/* Open one more listener at the head of `*list`.  0 or an errno. */
static int
listener_add(struct acceptor *a, const struct sockaddr_storage *asked,
	struct listener **list)
{
	struct listener *l;
	int fd = -1, number = socket_open(asked, &fd);

	if (number != 0)
		return number;
	l = listener_new(a, fd, asked);
	if (l == NULL) {
		(void)close(fd);
		return ENOMEM;
	}
	l->next = *list;
	*list = l;
	return 0;
}

/* By the address that was asked for: a port 0 that stays in the list keeps the
 * port that it got. */
static struct listener *
listener_find(struct listener *list, const struct sockaddr_storage *asked)
{
	for (struct listener *l = list; l != NULL; l = l->next)
		if (memcmp(&l->asked, asked, sizeof(*asked)) == 0)
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

	(void)uv_poll_start(&l->poll, UV_READABLE, on_ready);
	/* With the port that the system chose. */
	if (getsockname(l->fd, (struct sockaddr *)&at, &size) != 0)
		at = l->asked;
	log_event(l->acceptor->log, LOG_LEVEL_INFO, "listening",
		"addr=%s proto=%s", address_format(&at, text),
		l->acceptor->proto);
}

/* Whether this machine simply has no such address. */
static bool
is_absent(int number)
{
	return number == EADDRNOTAVAIL || number == EAFNOSUPPORT;
}

/* Open what is named and not open yet, into `*fresh`; mark what stays. */
static int
open_missing(struct acceptor *a, const char *addr, bool lenient,
	struct listener **fresh, char why[256])
{
	struct sockaddr_storage asked;
	struct listener *l;
	int number, err = address_parse(addr, &asked);

	if (err != 0) {
		snprintf(why, 256, "%.100s: not an address with a port", addr);
		return err;
	}
	l = listener_find(a->listeners, &asked);
	if (l != NULL)
		l->stays = true;
	if (l != NULL || listener_find(*fresh, &asked) != NULL)
		return 0;
	number = listener_add(a, &asked, fresh);
	if (number == 0)
		return 0;
	snprintf(why, 256, "cannot listen on %.100s: %s", addr,
		strerror(number));
	if (lenient && is_absent(number)) {
		log_event(a->log, LOG_LEVEL_WARN, "listen", "%s", why);
		return 0;
	}
	return err_from_errno(number);
}

/* Close those that are not named any more; returns how many are left. */
static size_t
close_others(struct acceptor *a)
{
	struct listener **at = &a->listeners;
	size_t n = 0;

	while (*at != NULL) {
		struct listener *l = *at;

		if (l->stays) {
			at = &l->next;
			n++;
		} else {
			*at = l->next;
			listener_close(l);
		}
	}
	return n;
}

/* Those that were opened for nothing, or all. */
static void
close_list(struct listener *list)
{
	while (list != NULL) {
		struct listener *next = list->next;

		listener_close(list);
		list = next;
	}
}

/* Start to accept on the new ones and put them with the others. */
static void
adopt(struct acceptor *a, struct listener *fresh)
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
acceptor_listen(struct acceptor *a, const char *const *addrs, size_t count,
	bool lenient, char why[256])
{
	struct listener *fresh = NULL;
	int err = count > LISTENERS_MAX ? ERR_LIMIT : 0;

	if (err != 0)
		snprintf(why, 256, "more than %d addresses", LISTENERS_MAX);
	/* Open first, close then: a list that cannot be had changes nothing. */
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		l->stays = false;
	for (size_t i = 0; i < count && err == 0; i++)
		err = open_missing(a, addrs[i], lenient, &fresh, why);
	if (err != 0) {
		close_list(fresh);
		return err;
	}
	if (close_others(a) == 0 && fresh == NULL && count > 0)
		return ERR_SYSTEM; /* `why` is of the last that was absent */
	adopt(a, fresh);
	return 0;
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
	a->ceiling = ceiling_find();
	return a;
}

void
acceptor_stop(struct acceptor *a)
{
	if (a == NULL || a->stopped)
		return;
	a->stopped = true;
	close_list(a->listeners);
	a->listeners = NULL;
	acceptor_free_if_done(a);
}
