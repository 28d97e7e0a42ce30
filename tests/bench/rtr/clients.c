/*
 * clients: routers that take a full set and look at nothing of it.
 *
 * What arrives is thrown away inside the kernel (MSG_TRUNC), so that the
 * server is what is measured.  Source addresses are spread over 127/8: a
 * server may have a limit for each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"

enum {
	EVENTS = 64,
	TAKE = 4194304, /* octets thrown away at once */
	PER_SOURCE = 32,
	START_S = 30, /* for a server to have a set */
	HEADER = 8,
	END_OF_DATA = 7,
	ERROR_REPORT = 10,
};

const uint8_t BENCH_RESET[BENCH_RESET_QUERY] = {1, 2, 0, 0, 0, 0, 0, 8};

int
bench_connect_from(const struct server *s, size_t index)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in from = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(
			INADDR_LOOPBACK + (uint32_t)(index / PER_SOURCE))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_die("socket");
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
		connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
bench_connect(const struct server *s)
{
	return bench_connect_from(s, 0);
}

static uint32_t
length_at(const uint8_t *p)
{
	return (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 |
		(uint32_t)p[6] << 8 | p[7];
}

/* The answer to one query, whole; NULL: the server has no data yet. */
static uint8_t *
take_answer(int fd, size_t *size)
{
	uint8_t *all = NULL;
	size_t n = 0, cap = 0, at = 0;

	if (send(fd, BENCH_RESET, sizeof(BENCH_RESET), MSG_NOSIGNAL) < 0)
		bench_die("send");
	for (;;) {
		ssize_t got;

		if (cap - n < 65536) {
			cap = 2 * cap + 1048576;
			all = realloc(all, cap);
			if (all == NULL)
				bench_die("memory");
		}
		got = recv(fd, all + n, cap - n, 0);
		if (got <= 0)
			bench_die("recv");
		n += (size_t)got;
		while (n - at >= HEADER && n - at >= length_at(all + at)) {
			unsigned type = all[at + 1];

			at += length_at(all + at);
			*size = at;
			if (type == END_OF_DATA)
				return all;
			if (type == ERROR_REPORT) {
				free(all);
				return NULL;
			}
		}
	}
}

struct span
bench_answer(const struct server *s)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	double end = bench_now() + START_S;

	while (bench_now() < end) {
		int fd = bench_connect_from(s, 0);
		uint8_t *answer = NULL;
		size_t size = 0;

		if (fd >= 0) {
			answer = take_answer(fd, &size);
			close(fd);
		}
		if (answer != NULL)
			return span_of(answer, size);
		nanosleep(&pause, NULL);
	}
	errno = ETIMEDOUT;
	bench_die("no full set");
}

/* Throw away what is there; whether that was the last of `*left`. */
static bool
take_some(int fd, size_t *left)
{
	ssize_t n = recv(fd, NULL, TAKE, MSG_TRUNC | MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		bench_die("recv");
	if (n > 0)
		*left -= (size_t)n;
	return *left == 0;
}

static void
take_all(int epoll, const int *fds, size_t *left, size_t clients)
{
	struct epoll_event events[EVENTS];

	for (size_t done = 0; done < clients;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			size_t c = events[i].data.u64;

			if (!take_some(fds[c], &left[c]))
				continue;
			epoll_ctl(epoll, EPOLL_CTL_DEL, fds[c], NULL);
			done++;
		}
	}
}

double
bench_clients(const struct server *s, size_t n, size_t size)
{
	int *fds = calloc(n, sizeof(*fds));
	size_t *left = calloc(n, sizeof(*left));
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	double begin, end;

	if (fds == NULL || left == NULL || epoll < 0)
		bench_die("memory");
	for (size_t i = 0; i < n; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.u64 = i};

		fds[i] = bench_connect_from(s, i);
		if (fds[i] < 0)
			bench_die("connect");
		left[i] = size;
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e);
	}
	begin = bench_now();
	for (size_t i = 0; i < n; i++) {
		if (send(fds[i], BENCH_RESET, sizeof(BENCH_RESET),
			    MSG_NOSIGNAL) < 0)
			bench_die("send");
	}
	take_all(epoll, fds, left, n);
	end = bench_now();
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	close(epoll);
	free(fds);
	free(left);
	return end - begin;
}
