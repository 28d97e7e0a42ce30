/*
 * heritage: a short list, looked at a few times in the life of a process.
 */
#include "rtrd/net/heritage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "waymark/err.h"

/* A number that the socket layer knows of it; -1: it knows none. */
static int
option_read(int fd, int name)
{
	int value;
	socklen_t size = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0)
		return -1;
	return value;
}

/* Where it listens; false for what we could not listen at either. */
static bool
address_read(int fd, struct sockaddr_storage *out)
{
	socklen_t size = sizeof(*out);

	memset(out, 0, sizeof(*out));
	if (getsockname(fd, (struct sockaddr *)out, &size) != 0)
		return false;
	switch (out->ss_family) {
	case AF_INET:
	case AF_INET6:
		return true;
	case AF_UNIX:
		/* One without a path has no name or an abstract one. */
		return ((const struct sockaddr_un *)out)->sun_path[0] != '\0';
	default:
		return false;
	}
}

/* Both flags are those of any socket that we open. */
static bool
flags_set(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
		fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

int
heritage_add(struct heritage *h, int fd)
{
	struct heirloom one = {.fd = fd};
	int err = ERR_KIND;

	if (option_read(fd, SO_TYPE) == SOCK_STREAM &&
		option_read(fd, SO_ACCEPTCONN) == 1 &&
		address_read(fd, &one.address) && flags_set(fd))
		err = VEC_PUSH(&h->all, one) ? 0 : ERR_NOMEM;
	if (err != 0)
		(void)close(fd);
	return err;
}

int
heritage_take(struct heritage *h, const struct sockaddr_storage *at)
{
	for (size_t i = 0; i < h->all.n; i++) {
		int fd = h->all.at[i].fd;

		if (memcmp(&h->all.at[i].address, at, sizeof(*at)) != 0)
			continue;
		h->all.at[i] = h->all.at[--h->all.n];
		return fd;
	}
	return -1;
}

void
heritage_end(struct heritage *h, const struct log *log)
{
	for (size_t i = 0; i < h->all.n; i++) {
		const struct heirloom *one = &h->all.at[i];
		const struct sockaddr_un *u = (const void *)&one->address;
		char text[ADDRESS_TEXT];

		log_event(log, LOG_LEVEL_WARN, "listen",
			"%.108s came along and is not asked for: closed",
			u->sun_family == AF_UNIX
				? u->sun_path
				: address_format(&one->address, text));
		(void)close(one->fd);
	}
	VEC_FREE(&h->all);
}
