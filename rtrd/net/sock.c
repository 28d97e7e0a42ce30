/*
 * sock: socket(2) to listen(2).
 */
#include "rtrd/net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "waymark/err.h"

enum {
	BACKLOG = 512 /* a reboot of a whole network at once */
};

static int
refuse(int number, bool *absent, char why[SOCK_WHY])
{
	*absent = number == EADDRNOTAVAIL || number == EAFNOSUPPORT;
	snprintf(why, SOCK_WHY, "%s", strerror(number));
	return err_from_errno(number);
}

/* A socket that is bound to an address; -1 with errno. */
static int
inet_bind(const struct sockaddr_storage *a)
{
	int one = 1, number;
	int fd = socket(
		a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* IPv6 listeners take no IPv4, so that both can be named. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
		(a->ss_family != AF_INET6 ||
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				sizeof(one)) == 0) &&
		bind(fd, (const struct sockaddr *)a, address_size(a)) == 0)
		return fd;
	number = errno;
	(void)close(fd);
	errno = number;
	return -1;
}

int
sock_open(const struct endpoint *at, const struct sock_hook *hook,
	struct sock *out, bool *absent, char why[SOCK_WHY])
{
	struct sock s = {0};
	int err = 0;

	*absent = false;
	if (endpoint_is_unix(at)) {
		s.fd = local_bind(endpoint_path(at), at->mode, &s.file);
		if (s.fd < 0) {
			snprintf(why, SOCK_WHY, "%s", local_text(s.fd));
			return s.fd;
		}
	} else {
		s.fd = inet_bind(&at->address);
		if (s.fd < 0)
			return refuse(errno, absent, why);
	}
	if (hook != NULL && hook->prepare != NULL)
		err = hook->prepare(hook->ctx, s.fd, at, why);
	/* Two can bind to one port as long as neither listens. */
	if (err == 0 && listen(s.fd, BACKLOG) != 0)
		err = refuse(errno, absent, why);
	if (err != 0) {
		if (endpoint_is_unix(at))
			local_remove(&s.file);
		(void)close(s.fd);
		return err;
	}
	*out = s;
	return 0;
}

bool
sock_is_listening(int fd)
{
	int listens = 0, type = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) ==
		0 &&
		listens != 0 &&
		getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
		type == SOCK_STREAM;
}

bool
sock_is_at(int fd, const struct endpoint *at)
{
	struct sockaddr_storage have = {0}, want = at->address;
	socklen_t size = sizeof(have);
	struct sockaddr_in6 *h6 = (struct sockaddr_in6 *)&have;
	const struct sockaddr_in6 *w6 = (const struct sockaddr_in6 *)&want;
	struct sockaddr_in *h4 = (struct sockaddr_in *)&have;
	const struct sockaddr_in *w4 = (const struct sockaddr_in *)&want;
	struct local_file ignored;

	if (getsockname(fd, (struct sockaddr *)&have, &size) != 0 ||
		have.ss_family != want.ss_family)
		return false;
	if (have.ss_family == AF_INET6)
		return memcmp(&h6->sin6_addr, &w6->sin6_addr,
			       sizeof(h6->sin6_addr)) == 0 &&
			(w6->sin6_port == 0 || h6->sin6_port == w6->sin6_port);
	if (have.ss_family == AF_INET)
		return h4->sin_addr.s_addr == w4->sin_addr.s_addr &&
			(w4->sin_port == 0 || h4->sin_port == w4->sin_port);
	/* One whose file is gone can be reached by nobody. */
	return have.ss_family == AF_UNIX &&
		strcmp(((struct sockaddr_un *)&have)->sun_path,
			endpoint_path(at)) == 0 &&
		local_adopt(endpoint_path(at), &ignored) == 0;
}

/* How many wait to be accepted; what the kernel does not tell is none. */
static unsigned
queue_count(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
		return 0;
	/* Of a socket that listens these are the ones in its queue. */
	return info.tcpi_unacked;
}

int
sock_adopt(int fd, const struct endpoint *at, const struct sock_hook *hook,
	struct sock *out, char why[SOCK_WHY])
{
	struct sock s = {.fd = fd, .shared = true};
	int flags = fcntl(fd, F_GETFL), err = 0;
	bool absent;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return refuse(errno, &absent, why);
	if (endpoint_is_unix(at))
		err = local_adopt(endpoint_path(at), &s.file);
	if (err != 0)
		snprintf(why, SOCK_WHY, "%s", local_text(err));
	else if (hook != NULL && hook->prepare != NULL)
		err = hook->prepare(hook->ctx, fd, at, why);
	if (err != 0)
		return err;
	s.early = queue_count(fd);
	*out = s;
	return 0;
}

bool
sock_is_lost(const struct sock *s)
{
	return s->file.path[0] != '\0' && !local_is_there(&s->file);
}

void
sock_set_mode(const struct sock *s, unsigned mode)
{
	if (s->file.path[0] != '\0' && local_is_there(&s->file))
		(void)chmod(s->file.path, (mode_t)mode);
}

void
sock_retire(const struct sock *s)
{
	if (s->shared)
		return;
	if (s->file.path[0] != '\0')
		local_remove(&s->file);
	/* Closing waits for the loop, and the address may be wanted again
	 * before that: Linux takes a listening socket out of service by
	 * this. */
	(void)shutdown(s->fd, SHUT_RDWR);
}
