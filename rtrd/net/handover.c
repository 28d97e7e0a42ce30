/*
 * handover: both ends.  Who runs never waits: all that it sends is smaller than
 * what a socket takes at once.  The successor serves nobody yet and may wait.
 *
 * Sockets go beside a line, some with each; the last line says how many there
 * were.
 */
#include "rtrd/net/handover.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/err.h"

#define SOCKETS	    "sockets"
#define SOCKET_LINE SOCKETS "\n"

enum {
	LINE = 64,
	FDS = 8, /* beside one line */
};

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int) * FDS)];
};

bool
handover_may(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		(peer.uid == geteuid() || peer.uid == 0);
}

/* One line, with at most FDS descriptors; as a whole or not. */
static bool
line_send(int to, const char *line, const int *fds, size_t count)
{
	union control control = {.room = {0}};
	struct iovec piece = {(void *)(uintptr_t)line, strlen(line)};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

	if (count > 0) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(count * sizeof(*fds));
		memcpy(CMSG_DATA(&control.head), fds, count * sizeof(*fds));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(*fds));
	}
	return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		(ssize_t)piece.iov_len;
}

/* Who runs. */

struct sending {
	int to;
	unsigned sent;
	int fds[FDS]; /* not sent yet */
	size_t n;
	bool failed;
};

/* Send those that wait. */
static void
sending_flush(struct sending *s)
{
	if (s->n > 0 && !s->failed)
		s->failed = !line_send(s->to, SOCKET_LINE, s->fds, s->n);
	s->n = 0;
}

static void
on_give(void *to, int fd)
{
	struct sending *s = to;

	s->fds[s->n++] = fd;
	s->sent++;
	if (s->n == FDS)
		sending_flush(s);
}

bool
handover_send(int fd, const struct handover_calls *calls)
{
	struct sending s = {.to = fd};
	char end[LINE];

	calls->each(calls->ctx, on_give, &s);
	sending_flush(&s);
	snprintf(end, sizeof(end), "end %u\n", s.sent);
	return !s.failed && line_send(fd, end, NULL, 0);
}

/* The successor. */

struct taking {
	int from;
	struct mono until;
	struct heritage *h;
	unsigned taken;
	char line[LINE]; /* what came, up to the last line's end */
	size_t n;
};

/* Take the descriptors of one message; those that are none of ours are closed,
 * and told by the count. */
static void
fds_take(struct taking *t, struct msghdr *message)
{
	int fds[FDS];

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
		c = CMSG_NXTHDR(message, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
		for (size_t i = 0; i < n; i++)
			t->taken +=
				heritage_add(t->h, fds[i], HEIR_HANDED) == 0;
	}
}

/* Wait for more, and take it.  False when nothing comes any more. */
static bool
more_take(struct taking *t)
{
	union control control;
	struct iovec piece = {t->line + t->n, sizeof(t->line) - 1 - t->n};
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	struct pollfd p = {.fd = t->from, .events = POLLIN};
	int64_t left = mono_since(mono_now(), t->until);
	ssize_t n;

	if (piece.iov_len == 0 || left <= 0 || poll(&p, 1, (int)left) <= 0)
		return false;
	n = recvmsg(t->from, &message, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return false;
	fds_take(t, &message);
	t->n += (size_t)n;
	t->line[t->n] = '\0';
	return true;
}

/* The first line without its end, copied out; false when it is not whole. */
static bool
line_take(struct taking *t, char line[LINE])
{
	char *end = memchr(t->line, '\n', t->n);
	size_t n;

	if (end == NULL)
		return false;
	*end = '\0';
	n = (size_t)(end + 1 - t->line);
	memcpy(line, t->line, n);
	t->n -= n;
	memmove(t->line, end + 1, t->n);
	return true;
}

/* Read to the end of the answer. */
static int
answer_read(struct taking *t, char why[256])
{
	char line[LINE] = "";
	unsigned said;

	/* What is last is no line of sockets. */
	while (line[0] == '\0' || strcmp(line, SOCKETS) == 0) {
		if (line_take(t, line) || more_take(t))
			continue;
		snprintf(why, 256, "the instance that runs does not hand over");
		return ERR_SYSTEM;
	}
	if (sscanf(line, "end %u", &said) != 1) {
		snprintf(why, 256, "the instance that runs answers: %s", line);
		return ERR_DENIED;
	}
	if (said == t->taken)
		return 0;
	snprintf(why, 256, "of %u sockets that were handed over %u came", said,
		t->taken);
	return ERR_SYSTEM;
}

/* A connection to the socket at the path.  ERR_NOTFOUND: nobody is there. */
static int
path_connect(const char *path, int *out)
{
	const struct timeval patience = {BOUND_TAKE_OVER_MS / 1000, 0};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd, number;

	if (strlen(path) >= sizeof(to.sun_path))
		return ERR_RANGE;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_from_errno(errno);
	/* Its queue may be full, of operators. */
	(void)setsockopt(
		fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0) {
		*out = fd;
		return 0;
	}
	number = errno;
	(void)close(fd);
	return number == ECONNREFUSED ? ERR_NOTFOUND : err_from_errno(number);
}

int
handover_ask(const char *path, struct heritage *h, int *fd, char why[256])
{
	struct taking t = {.h = h};
	int err = path_connect(path, &t.from);

	if (err != 0) {
		snprintf(why, 256, "%.150s: %s", path, err_text(err));
		return err;
	}
	t.until.ms = mono_now().ms + BOUND_TAKE_OVER_MS;
	if (!line_send(t.from, HANDOVER_ASK "\n", NULL, 0)) {
		snprintf(why, 256, "%.150s: it hears nothing", path);
		err = ERR_SYSTEM;
	}
	if (err == 0)
		err = answer_read(&t, why);
	if (err != 0)
		(void)close(t.from);
	else
		*fd = t.from;
	return err;
}

int
handover_commit(int fd)
{
	return line_send(fd, HANDOVER_COMMIT "\n", NULL, 0) ? 0 : ERR_SYSTEM;
}
