/*
 * manager and heritage: what the environment says, what is told, and which
 * descriptors are taken for listening sockets.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtrd/net/address.h"
#include "rtrd/net/manager.h"
#include "waymark/err.h"

static const struct log SILENT = {.fd = -1, .level = LOG_LEVEL_ERROR};

/* A socket to hear at, with its name in NOTIFY_SOCKET. */
static int
ear(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	cr_assert_eq(
		bind(fd, (struct sockaddr *)&at,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				strlen(path) + (path[0] == '/'))),
		0);
	cr_assert_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	return fd;
}

/* One message, and the descriptor that came with it or -1. */
static int
hear(int fd, char text[1024])
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec piece = {text, 1023};
	struct msghdr message = {.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
	int got = -1;

	cr_assert_geq(n, 0, "nothing was told: %s", strerror(errno));
	text[n] = '\0';
	if (CMSG_FIRSTHDR(&message) != NULL)
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(got));
	return got;
}

Test(manager, tells_by_path_and_by_abstract_name)
{
	const char *names[] = {"/tmp/waymark-ear.", "@waymark-ear."};

	for (size_t i = 0; i < 2; i++) {
		char name[64], text[1024];
		struct manager m;
		int fd;

		snprintf(name, sizeof(name), "%s%ld", names[i], (long)getpid());
		fd = ear(name);
		manager_open(&m);
		cr_assert_null(getenv("NOTIFY_SOCKET"));
		cr_assert(manager_tell(&m, "READY=1\nSTATUS=%d\n", 7));
		cr_assert_eq(hear(fd, text), -1);
		cr_assert_str_eq(text, "READY=1\nSTATUS=7\n");
		manager_close(&m);
		close(fd);
		(void)unlink(name);
	}
}

Test(manager, hands_a_descriptor_over_and_takes_it_back)
{
	char text[1024], octet;
	struct manager m;
	int fd = ear("@waymark-store"), pipes[2], kept;

	cr_assert_eq(pipe(pipes), 0);
	manager_open(&m);
	cr_assert(manager_keep(&m, pipes[1], "rtr.127.0.0.1.3323"));
	kept = hear(fd, text);
	cr_assert_str_eq(text, "FDSTORE=1\nFDNAME=rtr.127.0.0.1.3323\n");
	cr_assert_eq(write(kept, "x", 1), 1);
	cr_assert_eq(read(pipes[0], &octet, 1), 1);
	cr_assert(manager_drop(&m, "rtr.127.0.0.1.3323"));
	cr_assert_eq(hear(fd, text), -1);
	cr_assert_str_eq(text, "FDSTOREREMOVE=1\nFDNAME=rtr.127.0.0.1.3323\n");
	manager_close(&m);
}

Test(manager, nobody_there_is_fine)
{
	const char *bad[] = {
		"", "/", "@", "relative", "vsock:2:1234", "/nowhere/at/all"};
	struct manager m;

	(void)unsetenv("NOTIFY_SOCKET");
	manager_open(&m);
	cr_assert_eq(m.fd, -1);
	cr_assert(manager_tell(&m, "READY=1\n"));
	cr_assert(manager_keep(&m, 0, "x"));
	manager_close(&m);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_assert_eq(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
		manager_open(&m);
		cr_assert_eq(m.fd >= 0, i == 5, "%s", bad[i]);
		cr_assert_eq(manager_tell(&m, "READY=1\n"), i != 5);
		manager_close(&m);
	}
}

Test(manager, does_not_wait_for_who_does_not_listen)
{
	struct manager m;
	int fd = ear("@waymark-deaf");

	manager_open(&m);
	for (int i = 0; i < 10000; i++) {
		if (!manager_tell(&m, "WATCHDOG=1\n")) {
			close(fd);
			return;
		}
	}
	cr_assert_fail("an endless queue");
}

Test(manager, the_watchdog_is_for_who_is_named)
{
	struct manager m;
	char self[32];

	snprintf(self, sizeof(self), "%ld", (long)getpid());
	cr_assert_eq(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	cr_assert_eq(setenv("WATCHDOG_PID", self, 1), 0);
	manager_open(&m);
	cr_assert_eq(m.watchdog_ms, 30000);
	cr_assert_null(getenv("WATCHDOG_USEC"));
	cr_assert_null(getenv("WATCHDOG_PID"));
	cr_assert_eq(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	manager_open(&m);
	cr_assert_eq(m.watchdog_ms, 30000, "no process is named");
	cr_assert_eq(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	cr_assert_eq(setenv("WATCHDOG_PID", "1", 1), 0);
	manager_open(&m);
	cr_assert_eq(m.watchdog_ms, 0);
	cr_assert_eq(setenv("WATCHDOG_USEC", "soon", 1), 0);
	manager_open(&m);
	cr_assert_eq(m.watchdog_ms, 0);
}

/* A listening socket, and where it listens, as the configuration says it. */
static int
listening(struct endpoint *at)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_storage bound = {0};
	socklen_t size = sizeof(bound);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char text[ADDRESS_TEXT], why[WORDS_WHY];

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
	cr_assert_eq(endpoint_parse(address_format(&bound, text), at, why), 0);
	return fd;
}

Test(heritage, is_known_by_its_address)
{
	struct endpoint one, two;
	struct heritage h = {0};
	int first = listening(&one), second = listening(&two);

	cr_assert_eq(heritage_add(&h, first, HEIR_LENT), 0);
	cr_assert_eq(heritage_add(&h, second, HEIR_LENT), 0);
	cr_assert(fcntl(first, F_GETFL) & O_NONBLOCK);
	cr_assert(fcntl(first, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(heritage_take(&h, &one).fd, first);
	cr_assert_eq(heritage_take(&h, &one).fd, -1);
	heritage_end(&h, &SILENT);
	cr_assert_eq(fcntl(first, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	cr_assert_eq(fcntl(second, F_GETFD), -1, "what is left is closed");
}

Test(heritage, takes_listening_stream_sockets_alone)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct heritage h = {0};
	int pipes[2], pair[2], datagram, abstract;

	cr_assert_eq(pipe(pipes), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	datagram = socket(AF_INET, SOCK_DGRAM, 0);
	abstract = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(abstract, (struct sockaddr *)&path,
			     sizeof(path.sun_family)),
		0);
	cr_assert_eq(listen(abstract, 1), 0);
	cr_assert_eq(heritage_add(&h, pipes[0], HEIR_LENT), ERR_KIND);
	cr_assert_eq(heritage_add(&h, pair[0], HEIR_LENT), ERR_KIND);
	cr_assert_eq(heritage_add(&h, datagram, HEIR_LENT), ERR_KIND);
	cr_assert_eq(heritage_add(&h, abstract, HEIR_LENT), ERR_KIND);
	cr_assert_eq(
		heritage_add(&h, socket(AF_INET, SOCK_STREAM, 0), HEIR_LENT),
		ERR_KIND);
	cr_assert_eq(heritage_add(&h, 4000, HEIR_LENT), ERR_KIND);
	cr_assert_eq(fcntl(pipes[0], F_GETFD), -1, "it is closed");
	cr_assert_eq(h.all.n, 0);
	heritage_end(&h, &SILENT);
}

/* What LISTEN_FDS says, and who it is for: the number of sockets that came. */
static size_t
inherit(const char *pid, const char *fds, const char *names, struct heritage *h)
{
	if (setenv("LISTEN_PID", pid, 1) != 0 ||
		setenv("LISTEN_FDS", fds, 1) != 0 ||
		setenv("LISTEN_FDNAMES", names, 1) != 0)
		_exit(100);
	manager_inherit(h, &SILENT);
	if (getenv("LISTEN_PID") != NULL || getenv("LISTEN_FDS") != NULL ||
		getenv("LISTEN_FDNAMES") != NULL)
		_exit(101);
	return h->all.n;
}

/* A process with nothing open from 3 on but the socket; which check failed. */
static int
child_life(int fd, const struct endpoint *at)
{
	struct heritage h = {0};
	struct heirloom one;
	char self[32];

	if (dup2(fd, 3) != 3)
		return 1;
	for (int i = 4; i < 64; i++)
		(void)close(i);
	snprintf(self, sizeof(self), "%ld", (long)getpid());
	/* Meant for another process, or no good number: nothing is touched. */
	if (inherit("1", "1", "rtr:http", &h) != 0 ||
		inherit("", "1", "rtr:http", &h) != 0 ||
		inherit(self, "99999", "rtr:http", &h) != 0 ||
		inherit(self, "-1", "rtr:http", &h) != 0 ||
		inherit(self, "", "rtr:http", &h) != 0)
		return 2;
	if (fcntl(3, F_GETFD) < 0)
		return 3;
	/* One that is there and one that is not. */
	if (inherit(self, "2", "rtr:http", &h) != 1)
		return 4;
	one = heritage_take(&h, at);
	if (one.fd != 3 || one.from != HEIR_LENT)
		return 5;
	/* What was kept for us is ours. */
	if (inherit(self, "1", "waymark.rtr", &h) != 1)
		return 6;
	one = heritage_take(&h, at);
	if (one.fd != 3 || one.from != HEIR_KEPT)
		return 7;
	heritage_end(&h, &SILENT);
	return 0;
}

Test(heritage, comes_from_descriptor_three_on)
{
	struct endpoint at;
	int status, fd = listening(&at);
	pid_t pid = fork();

	if (pid == 0)
		_exit(child_life(fd, &at));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%d", WEXITSTATUS(status));
}
