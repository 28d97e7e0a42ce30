/*
 * listener: a listening TCP socket that survives everything but its owner.
 *
 * A plain socket under uv_poll instead of uv_tcp: what is accepted goes to a
 * library that wants descriptors.
 */
#include "rtrd/net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "waymark/err.h"

enum {
	BACKLOG = 128,
	BURST = 64, /* accepted before the loop serves others */
	REST_MS = 200 /* without descriptors */
};

struct listener {
	uv_poll_t poll;
	uv_timer_t rest;
	int fd;
	struct sockaddr_storage asked;
	listener_accept accept;
	void *ctx;
	int handles; /* that the loop still has */
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void
on_rested(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	uv_poll_start(&l->poll, UV_READABLE, on_readable);
}

/* Accept one; false when there is nothing more for now. */
static bool
accept_one(struct listener *l)
{
	struct sockaddr_storage peer;
	socklen_t n = sizeof(peer);
	int fd;

	memset(&peer, 0, sizeof(peer));
	fd = accept4(l->fd, (struct sockaddr *)&peer, &n,
		SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		l->accept(l->ctx, fd, &peer);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		uv_poll_stop(&l->poll);
		uv_timer_start(&l->rest, on_rested, REST_MS, 0);
		return false;
	default:
		/* The connection's own fault, or a signal: on to the next. */
		return true;
	}
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;
	int i;

	(void)status;
	(void)events;
	for (i = 0; i < BURST && accept_one(l); i++)
		continue;
}

/* A bound and listening socket, or the negative error. */
static int
socket_open(const struct sockaddr_storage *address)
{
	int one = 1, err;
	int fd = socket(address->ss_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_from_errno(errno);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)address, address_size(address)) ==
			0 &&
		listen(fd, BACKLOG) == 0)
		return fd;
	err = errno == EADDRINUSE ? ERR_EXISTS : err_from_errno(errno);
	close(fd);
	return err;
}

int
listener_open(uv_loop_t *loop, const struct sockaddr_storage *address,
	listener_accept accept, void *ctx, struct listener **out)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	l->fd = socket_open(address);
	if (l->fd < 0 || uv_poll_init(loop, &l->poll, l->fd) != 0) {
		int err = l->fd < 0 ? l->fd : ERR_SYSTEM;

		if (l->fd >= 0)
			close(l->fd);
		free(l);
		return err;
	}
	uv_timer_init(loop, &l->rest);
	l->poll.data = l;
	l->rest.data = l;
	l->handles = 2;
	l->asked = *address;
	l->accept = accept;
	l->ctx = ctx;
	uv_poll_start(&l->poll, UV_READABLE, on_readable);
	*out = l;
	return 0;
}

bool
listener_is_for(
	const struct listener *l, const struct sockaddr_storage *address)
{
	return l->asked.ss_family == address->ss_family &&
		memcmp(&l->asked, address, address_size(address)) == 0;
}

void
listener_address(const struct listener *l, struct sockaddr_storage *out)
{
	socklen_t n = sizeof(*out);

	memset(out, 0, sizeof(*out));
	if (getsockname(l->fd, (struct sockaddr *)out, &n) != 0)
		*out = l->asked;
}

static void
on_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	if (--l->handles == 0)
		free(l);
}

void
listener_close(struct listener *l)
{
	if (l == NULL)
		return;
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->rest, on_closed);
	close(l->fd);
}
