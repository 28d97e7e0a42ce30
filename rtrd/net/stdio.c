/*
 * stdio: two pumps and one poll(2).
 *
 * Descriptors that others may share keep their mode: nothing is made
 * non-blocking.  A pipe or a socket that poll(2) calls writable takes PIPE_BUF
 * octets without waiting, so never more are written at once.
 *
 * The end of stdin is passed on, and answered questions are still delivered,
 * for a while: a router that is gone cannot be told from one that only has
 * nothing more to ask.
 */
#include "rtrd/net/stdio.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	BUFFER = 65536, /* octets of a direction */
	PIECE = PIPE_BUF, /* of one write, see above */
	DRAIN_MS = 30000 /* for the last answers, behind the end of stdin */
};

/* One direction. */
struct pump {
	int from, to;
	size_t begin, end; /* of what is held */
	bool ended; /* nothing more comes */
	char held[BUFFER];
};

static bool
is_empty(const struct pump *p)
{
	return p->begin == p->end;
}

/* Take what is there.  0 or an errno; what was there before is gone. */
static int
pump_fill(struct pump *p)
{
	ssize_t n = read(p->from, p->held, BUFFER);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : errno;
	p->begin = 0;
	p->end = (size_t)n;
	p->ended = n == 0;
	return 0;
}

static int
pump_drain(struct pump *p)
{
	size_t left = p->end - p->begin;
	ssize_t n = write(
		p->to, p->held + p->begin, left < PIECE ? left : (size_t)PIECE);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : errno;
	p->begin += (size_t)n;
	return 0;
}

/* Nothing more goes this way. */
static void
pump_end(struct pump *p)
{
	p->ended = true;
	p->begin = p->end;
}

/* What is asked of poll(2). */
enum {
	STDIN,
	TO_DAEMON,
	FROM_DAEMON,
	STDOUT,
	ENDS
};

/* Room is read into when all of it is written.  Whether stdout is still there
 * is always of interest. */
static void
watch(const struct pump *in, const struct pump *out, struct pollfd fds[ENDS])
{
	fds[STDIN].fd = !in->ended && is_empty(in) ? in->from : -1;
	fds[STDIN].events = POLLIN;
	fds[TO_DAEMON].fd = is_empty(in) ? -1 : in->to;
	fds[TO_DAEMON].events = POLLOUT;
	fds[FROM_DAEMON].fd = !out->ended && is_empty(out) ? out->from : -1;
	fds[FROM_DAEMON].events = POLLIN;
	fds[STDOUT].fd = out->to;
	fds[STDOUT].events = is_empty(out) ? 0 : POLLOUT;
}

/* From the router.  A daemon that takes no more may still have something to
 * say. */
static void
turn_in(struct pump *in, const struct pollfd fds[ENDS])
{
	if ((fds[TO_DAEMON].revents != 0 && pump_drain(in) != 0) ||
		(fds[STDIN].revents != 0 && pump_fill(in) != 0))
		pump_end(in);
}

/* To the router; false when it is not there any more.  `*number`: an errno of
 * the daemon's side. */
static bool
turn_out(struct pump *out, const struct pollfd fds[ENDS], int *number)
{
	if ((fds[STDOUT].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		return false;
	if ((fds[STDOUT].revents & POLLOUT) != 0 && pump_drain(out) != 0)
		return false;
	if (fds[FROM_DAEMON].revents != 0) {
		*number = pump_fill(out);
		if (*number != 0)
			pump_end(out);
	}
	return true;
}

/* Until the daemon has ended and all of it is delivered, or the router is not
 * there any more.  0, or an errno of the daemon's side. */
static int
pumps_run(struct pump *in, struct pump *out)
{
	bool shut = false;
	struct mono end = {INT64_MAX};
	int number = 0;

	while (!out->ended || !is_empty(out)) {
		struct pollfd fds[ENDS] = {{0}};
		int64_t wait = shut ? mono_since(mono_now(), end) : -1;

		if (shut && wait <= 0)
			break;
		watch(in, out, fds);
		if (poll(fds, ENDS, (int)wait) < 0 && errno != EINTR)
			return errno;
		if (!turn_out(out, fds, &number))
			break;
		turn_in(in, fds);
		if (in->ended && is_empty(in) && !shut) {
			(void)shutdown(in->to, SHUT_WR);
			shut = true;
			end.ms = mono_now().ms + DRAIN_MS;
		}
	}
	return number;
}

/* "CLIENT PORT SERVER PORT", as sshd(8) tells it: who is behind us. */
static bool
client_find(struct sockaddr_storage *out)
{
	const char *text = getenv("SSH_CONNECTION");
	char host[64], port[8], address[80];
	bool six;

	if (text == NULL || sscanf(text, "%63s %7s", host, port) != 2)
		return false;
	six = strchr(host, ':') != NULL;
	snprintf(address, sizeof(address), "%s%s%s:%s", six ? "[" : "", host,
		six ? "]" : "", port);
	return address_parse(address, out) == 0;
}

/* Connect, with a name that tells who is behind us where it can be had. */
static int
daemon_reach(const char *path, int *out)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct sockaddr_storage client, name;
	socklen_t size;
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return ENAMETOOLONG;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (client_find(&client)) {
		size = address_claim(&client, &name);
		(void)bind(fd, (const struct sockaddr *)&name, size);
	}
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		int number = errno;

		(void)close(fd);
		return number;
	}
	*out = fd;
	return 0;
}

int
stdio_join(const char *path, char why[256])
{
	struct pump *pumps;
	int fd = -1, number = daemon_reach(path, &fd);

	if (number != 0) {
		snprintf(why, 256, "no rtrd at %.150s: %s", path,
			strerror(number));
		return err_from_errno(number);
	}
	pumps = calloc(2, sizeof(*pumps));
	if (pumps == NULL) {
		(void)close(fd);
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	pumps[0].from = STDIN_FILENO;
	pumps[0].to = fd;
	pumps[1].from = fd;
	pumps[1].to = STDOUT_FILENO;
	number = pumps_run(&pumps[0], &pumps[1]);
	if (number != 0)
		snprintf(
			why, 256, "rtrd at %.150s: %s", path, strerror(number));
	free(pumps);
	(void)close(fd);
	return number == 0 ? 0 : err_from_errno(number);
}
