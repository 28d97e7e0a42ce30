/*
 * server: rtrd, and what it is measured against.
 *
 * The bare loop is the least that a server of these bytes can be: one buffer,
 * one epoll, write until the socket is full.  No protocol, no deadlines, no
 * fairness.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"

extern char **environ;

enum {
	EVENTS = 64,
	BACKLOG = 1024,
	DESCRIPTORS = 4096
};

static int
listen_anywhere(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) != 0 ||
		listen(fd, BACKLOG) != 0 ||
		getsockname(fd, (struct sockaddr *)&a, &size) != 0)
		bench_die("listen");
	*port = ntohs(a.sin_port);
	return fd;
}

uint16_t
bench_port(uint16_t *port)
{
	close(listen_anywhere(port));
	return *port;
}

struct server
bench_rtrd(const char *program, const char *dir, const char *validator,
	const char *refresh)
{
	char listener[64], control[BENCH_PATH];
	char *const argv[] = {"rtrd", "--state-dir", (char *)(uintptr_t)dir,
		"--rtr-listen", listener, "--http-listen", "none",
		"--control-socket", control, "--validator",
		(char *)(uintptr_t)validator, "--tal", (char *)(uintptr_t)dir,
		"--log-level", "error", "--refresh", (char *)(uintptr_t)refresh,
		"--rtr-notify-interval", "0", "--rtr-max-connections", "4096",
		"--rtr-max-per-source", "4096", "--run-gap", "0", "--no-fetch",
		NULL};
	struct server s;

	snprintf(listener, sizeof(listener), "127.0.0.1:%u",
		(unsigned)bench_port(&s.port));
	snprintf(control, sizeof(control), "%s/rtrd.sock", dir);
	errno = posix_spawn(&s.pid, program, NULL, NULL, argv, environ);
	if (errno != 0)
		bench_die(program);
	return s;
}

/* How far each connection of the bare loop is, by descriptor. */
struct bare {
	int epoll;
	int listener;
	struct span bytes;
	size_t sent[DESCRIPTORS];
};

static void
bare_accept(struct bare *b)
{
	int fd = accept4(b->listener, NULL, NULL, SOCK_NONBLOCK);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || fd >= DESCRIPTORS)
		bench_die("accept");
	b->sent[fd] = b->bytes.n;
	epoll_ctl(b->epoll, EPOLL_CTL_ADD, fd, &e);
}

static void
bare_write(struct bare *b, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	while (b->sent[fd] < b->bytes.n) {
		ssize_t n = send(fd, b->bytes.p + b->sent[fd],
			b->bytes.n - b->sent[fd], MSG_NOSIGNAL);

		if (n < 0) {
			e.events = EPOLLIN | EPOLLOUT;
			break;
		}
		b->sent[fd] += (size_t)n;
	}
	epoll_ctl(b->epoll, EPOLL_CTL_MOD, fd, &e);
}

static void
bare_read(struct bare *b, int fd)
{
	char query[BENCH_RESET_QUERY];

	if (recv(fd, query, sizeof(query), 0) > 0)
		b->sent[fd] = 0;
	else if (errno != EAGAIN || b->sent[fd] == b->bytes.n)
		close(fd);
}

static void
bare_run(struct bare *b)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(b->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd == b->listener) {
				bare_accept(b);
				continue;
			}
			if (events[i].events & EPOLLIN)
				bare_read(b, fd);
			if (b->sent[fd] < b->bytes.n)
				bare_write(b, fd);
		}
	}
}

struct server
bench_bare(struct span bytes)
{
	static struct bare b;
	struct server s;
	struct epoll_event e = {.events = EPOLLIN};

	b.bytes = bytes;
	b.listener = listen_anywhere(&s.port);
	s.pid = fork();
	if (s.pid < 0)
		bench_die("fork");
	if (s.pid == 0) {
		b.epoll = epoll_create1(EPOLL_CLOEXEC);
		e.data.fd = b.listener;
		epoll_ctl(b.epoll, EPOLL_CTL_ADD, b.listener, &e);
		bare_run(&b);
	}
	close(b.listener);
	return s;
}

void
bench_stop(const struct server *s)
{
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
}

double
bench_cpu(const struct server *s)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(s->pid, &clock) != 0 ||
		clock_gettime(clock, &t) != 0)
		bench_die("CPU clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
bench_memory(const struct server *s, size_t *now, size_t *most)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)s->pid);
	f = fopen(path, "r");
	if (f == NULL)
		bench_die(path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			*now = strtoul(line + 6, NULL, 10) * 1024;
		if (strncmp(line, "VmHWM:", 6) == 0)
			*most = strtoul(line + 6, NULL, 10) * 1024;
	}
	fclose(f);
}

void
bench_memory_reset(const struct server *s)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)s->pid);
	f = fopen(path, "w");
	if (f == NULL || fprintf(f, "5\n") < 0 || fclose(f) != 0)
		bench_die(path);
}
