/*
 * fetch_talk: see the header.
 *
 * Only pipes and sockets are made non-blocking: what else stdout can be is
 * shared with others (a terminal), or never makes anybody wait (a file).
 */
#include "validator/fetch_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
unblock(int fd)
{
	struct stat st;
	int flags;

	if (fstat(fd, &st) != 0)
		return;
	if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
		return;
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void
talk_init(struct talk *t, bool control)
{
	memset(t, 0, sizeof(*t));
	t->control = control;
	if (control)
		unblock(STDIN_FILENO);
	unblock(STDOUT_FILENO);
}

static bool
would_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Whoever asked for facts and reads them no more is gone.  Without a parent it
 * is only a terminal that was closed, and fetching goes on. */
static void
flush(struct talk *t)
{
	while (t->out_sent < t->out_n) {
		ssize_t n = write(STDOUT_FILENO, t->out + t->out_sent,
			t->out_n - t->out_sent);

		if (n < 0 && would_wait())
			return;
		if (n < 0) {
			t->ended = t->ended || t->control;
			break;
		}
		t->out_sent += (size_t)n;
	}
	t->out_n = 0;
	t->out_sent = 0;
}

bool
talk_say(struct talk *t, const char *line)
{
	size_t n = strnlen(line, REPO_LINE);

	flush(t);
	if (t->out_n > 0)
		return false;
	memcpy(t->out, line, n);
	t->out[n] = '\n';
	t->out_n = n + 1;
	flush(t);
	return true;
}

size_t
talk_poll(const struct talk *t, struct pollfd fds[TALK_FDS])
{
	size_t n = 0;

	if (t->control && !t->ended)
		fds[n++] =
			(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	if (t->out_n > 0)
		fds[n++] =
			(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
	return n;
}

static void
take(struct talk *t, char c, void (*command)(void *ctx, const char *line),
	void *ctx)
{
	if (c == '\n') {
		t->in[t->in_n] = '\0';
		if (!t->in_long && t->in_n > 0)
			command(ctx, t->in);
		t->in_n = 0;
		t->in_long = false;
	} else if (t->in_n < TALK_LINE - 1) {
		t->in[t->in_n++] = c;
	} else {
		t->in_long = true;
	}
}

static void
listen_to(
	struct talk *t, void (*command)(void *ctx, const char *line), void *ctx)
{
	char buffer[TALK_LINE];
	ssize_t n = read(STDIN_FILENO, buffer, sizeof(buffer));

	if (n < 0 && would_wait())
		return;
	if (n <= 0)
		t->ended = true;
	for (ssize_t i = 0; i < n; i++)
		take(t, buffer[i], command, ctx);
}

void
talk_step(struct talk *t, const struct pollfd *fds, size_t count,
	void (*command)(void *ctx, const char *line), void *ctx)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == STDIN_FILENO)
			listen_to(t, command, ctx);
		else
			flush(t);
	}
}
