/*
 * heritage: a short list, looked at a few times in the life of a process.
 */
#include "rtrd/net/heritage.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "rtrd/net/sock.h"
#include "waymark/err.h"

/* Where it listens; false for what we could not listen at either. */
static bool
address_read(int fd, struct sockaddr_storage *out)
{
	socklen_t size = sizeof(*out);

	*out = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
	if (getsockname(fd, (struct sockaddr *)out, &size) != 0)
		return false;
	switch (out->ss_family) {
	case AF_INET:
	case AF_INET6:
		return true;
	case AF_UNIX:
		/* One without a path has no name, or an abstract one. */
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
heritage_add(struct heritage *h, int fd, enum heir_from from)
{
	const struct heirloom one = {fd, from};
	struct sockaddr_storage at;
	int err = ERR_KIND;

	if (sock_is_listening(fd) && address_read(fd, &at) && flags_set(fd))
		err = VEC_PUSH(&h->all, one) ? 0 : ERR_NOMEM;
	if (err != 0)
		(void)close(fd);
	return err;
}

/* Its index; the count: there is none. */
static size_t
find(const struct heritage *h, const struct endpoint *at)
{
	size_t i = 0;

	while (i < h->all.n && !sock_is_at(h->all.at[i].fd, at))
		i++;
	return i;
}

bool
heritage_has(const struct heritage *h, const struct endpoint *at)
{
	return find(h, at) < h->all.n;
}

struct heirloom
heritage_take(struct heritage *h, const struct endpoint *at)
{
	struct heirloom one = {-1, HEIR_HANDED};
	size_t i = find(h, at);

	if (i < h->all.n) {
		one = h->all.at[i];
		h->all.at[i] = h->all.at[--h->all.n];
	}
	return one;
}

void
heritage_end(struct heritage *h, const struct log *log)
{
	for (size_t i = 0; i < h->all.n; i++) {
		struct sockaddr_storage at;
		char text[ADDRESS_TEXT];

		(void)address_read(h->all.at[i].fd, &at);
		log_event(log, LOG_LEVEL_WARN, "listen",
			"%s came along and is not asked for: closed",
			address_format(&at, text));
		(void)close(h->all.at[i].fd);
	}
	VEC_FREE(&h->all);
}
