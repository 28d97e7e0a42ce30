/*
 * manager: the protocol of sd_notify(3) and sd_listen_fds(3), a datagram and
 * three environment variables.
 */
#include "rtrd/net/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	FIRST_FD = 3, /* that comes along */
	MESSAGE = 1024, /* octets of what is told at once */
	WAIT_MS = 100, /* for a queue that is full */
};

/* A number from the environment; false when there is none, or no good one. */
static bool
number_read(const char *name, uint64_t max, uint64_t *out)
{
	const char *text = getenv(name);

	return text != NULL && text_number(text, 0, max, out) == 0;
}

/* Whether what the environment says is meant for this process: it may have gone
 * through another one that forgot to take it away. */
static bool
is_for_us(const char *name)
{
	uint64_t pid;

	return number_read(name, INT32_MAX, &pid) && pid == (uint64_t)getpid();
}

/* A path, or behind '@' the name of an abstract socket. */
static bool
address_set(struct manager *m, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n < 2 || n >= sizeof(m->to.sun_path) ||
		(text[0] != '/' && text[0] != '@'))
		return false;
	memset(&m->to, 0, sizeof(m->to));
	m->to.sun_family = AF_UNIX;
	memcpy(m->to.sun_path, text, n);
	if (text[0] == '@')
		m->to.sun_path[0] = '\0';
	/* An abstract name ends where the address does. */
	m->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
		(text[0] == '/'));
	return true;
}

void
manager_open(struct manager *m)
{
	uint64_t us;

	*m = (struct manager){.fd = -1};
	if (address_set(m, getenv("NOTIFY_SOCKET")))
		m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (number_read("WATCHDOG_USEC", INT64_MAX, &us) && us >= 1000 &&
		(getenv("WATCHDOG_PID") == NULL || is_for_us("WATCHDOG_PID")))
		m->watchdog_ms = (int64_t)(us / 1000);
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void
manager_close(struct manager *m)
{
	if (m->fd >= 0)
		(void)close(m->fd);
	m->fd = -1;
}

/* By the first name of a list; `*names` moves on to the next. */
static enum heir_from
name_take(const char **names)
{
	const char *name = *names;

	*names += strcspn(name, ":");
	*names += **names == ':';
	return strncmp(name, MANAGER_KEPT, strlen(MANAGER_KEPT)) == 0
		? HEIR_KEPT
		: HEIR_LENT;
}

void
manager_inherit(struct heritage *h, const struct log *log)
{
	const char *names = getenv("LISTEN_FDNAMES");
	uint64_t n = 0;

	if (names == NULL)
		names = "";
	if (is_for_us("LISTEN_PID") &&
		!number_read("LISTEN_FDS", BOUND_HERITAGE, &n))
		log_event(log, LOG_LEVEL_WARN, "listen",
			"LISTEN_FDS is no number from 0 to %d: nothing that "
			"came along is used",
			BOUND_HERITAGE);
	for (int fd = FIRST_FD; fd < FIRST_FD + (int)n; fd++) {
		int err = heritage_add(h, fd, name_take(&names));

		if (err != 0)
			log_event(log, LOG_LEVEL_WARN, "listen",
				"descriptor %d came along and is no listening "
				"socket: closed",
				fd);
	}
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

/* Send one datagram, `fd` beside it where it is not negative.  One that finds
 * the queue full is tried once more. */
static bool
send_one(const struct manager *m, const char *text, size_t n, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	struct iovec piece = {(void *)(uintptr_t)text, n};
	struct msghdr message = {
		.msg_name = (void *)(uintptr_t)&m->to,
		.msg_namelen = m->size,
		.msg_iov = &piece,
		.msg_iovlen = 1,
	};
	struct pollfd wait = {.fd = m->fd, .events = POLLOUT};

	if (fd >= 0) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
	}
	for (int i = 0; i < 2; i++) {
		if (sendmsg(m->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return true;
		if (errno != EAGAIN || poll(&wait, 1, WAIT_MS) <= 0)
			return false;
	}
	return false;
}

bool
manager_tell(const struct manager *m, const char *format, ...)
{
	char text[MESSAGE];
	va_list args;
	int n;

	if (m->fd < 0)
		return true;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return n > 0 && n < (int)sizeof(text) &&
		send_one(m, text, (size_t)n, -1);
}

bool
manager_keep(const struct manager *m, int fd, const char *name)
{
	char text[MESSAGE];
	int n = snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s\n", name);

	return m->fd < 0 ||
		(n < (int)sizeof(text) && send_one(m, text, (size_t)n, fd));
}

bool
manager_drop(const struct manager *m, const char *name)
{
	return manager_tell(m, "FDSTOREREMOVE=1\nFDNAME=%s\n", name);
}
