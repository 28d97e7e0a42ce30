/*
 * change: one VRP in a hundred comes or goes, and a thousand routers have it.
 *
 *	go ---> validator copies ---> rtrd publishes ---> Notify, to all
 *	        a snapshot                                  |
 *	first Notify <--------------------------------------+
 *	    :   each: Serial Query, Cache Response .. End of Data
 *	last End of Data
 *
 * The validator waits for a file, so that a change comes when all routers are
 * there.  What is one in a hundred is known here, so the octets of an answer
 * are; routers throw them away inside the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"

enum {
	HOLE = 100,
	CHANGES = 5,
	EVENTS = 256,
	TAKE = 4194304,
	NOTIFY = 12,
	QUERY = 12,
	RESPONSE = 8,
	END_OF_DATA = 24,
	IPV4 = 20,
	IPV6 = 32
};

/* One router: how much of what it waits for is still to come. */
struct router {
	int fd;
	bool has_notify; /* the answer to its query is on its way */
	size_t left;
	uint8_t notify[NOTIFY];
};

struct fan {
	int epoll;
	struct router *routers;
	size_t count;
	size_t delta; /* octets of the answer to a Serial Query */
	uint8_t session[2];
	uint32_t serial;
	double first; /* when the first Notify of this change came */
};

/* Every hundredth VRP, as bench_snapshot leaves it out. */
static size_t
delta_size(size_t count)
{
	size_t size = RESPONSE + END_OF_DATA;

	for (size_t i = 0; i < count; i += HOLE)
		size += i < count / 5 * 4 ? IPV4 : IPV6;
	return size;
}

static void
fan_connect(struct fan *f, const struct server *s, size_t full)
{
	for (size_t i = 0; i < f->count; i++) {
		struct router *r = &f->routers[i];
		struct epoll_event e = {.events = EPOLLIN, .data.u64 = i};

		r->fd = bench_connect_from(s, i);
		r->left = full;
		r->has_notify = true;
		if (r->fd < 0 ||
			send(r->fd, BENCH_RESET, BENCH_RESET_QUERY,
				MSG_NOSIGNAL) < 0)
			bench_die("connect");
		epoll_ctl(f->epoll, EPOLL_CTL_ADD, r->fd, &e);
	}
}

/* Ask for what has changed since the serial that all have. */
static void
router_ask(const struct fan *f, struct router *r)
{
	const uint8_t query[QUERY] = {1, 1, f->session[0], f->session[1], 0, 0,
		0, QUERY, (uint8_t)(f->serial >> 24),
		(uint8_t)(f->serial >> 16), (uint8_t)(f->serial >> 8),
		(uint8_t)f->serial};

	if (send(r->fd, query, QUERY, MSG_NOSIGNAL) != QUERY)
		bench_die("send");
	r->left = f->delta;
	r->has_notify = true;
}

/* Whether the router has now all that it waited for. */
static bool
router_read(struct fan *f, struct router *r)
{
	size_t want = r->left < TAKE ? r->left : TAKE;
	ssize_t n;

	if (r->has_notify) {
		n = recv(r->fd, NULL, want, MSG_TRUNC | MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			bench_die("recv");
		r->left -= n > 0 ? (size_t)n : 0;
		return r->left == 0;
	}
	n = recv(r->fd, r->notify + NOTIFY - r->left, r->left, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		bench_die("recv");
	r->left -= n > 0 ? (size_t)n : 0;
	if (r->left > 0)
		return false;
	if (r->notify[1] != 0)
		bench_die("this is no Serial Notify");
	if (f->first <= 0)
		f->first = bench_now();
	router_ask(f, r);
	return false;
}

/* Until every router has what it waits for. */
static void
fan_wait(struct fan *f)
{
	struct epoll_event events[EVENTS];
	size_t done = 0;

	while (done < f->count) {
		int n = epoll_wait(f->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct router *r = &f->routers[events[i].data.u64];

			if (!router_read(f, r))
				continue;
			done++;
			/* The next that comes is a Notify. */
			r->has_notify = false;
			r->left = NOTIFY;
		}
	}
}

static void
touch(const char *validator)
{
	char path[BENCH_PATH];
	int fd;

	snprintf(path, sizeof(path), "%.4000s.go", validator);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		bench_die(path);
	close(fd);
}

static void
change(struct fan *f, const struct swapper *w)
{
	const struct server *s = &w->server;
	struct beater beater = bench_beat_begin(s);
	const struct timespec pause = {.tv_nsec = 700000000};
	struct bench_waits waits;
	double begin, cpu = bench_cpu(s);

	nanosleep(&pause, NULL);
	begin = bench_now();
	f->first = 0;
	touch(w->validator);
	fan_wait(f);
	f->serial++;
	printf("%8zu %12.0f %12.1f %10.3f %12zu\n", f->count,
		1e3 * (f->first - begin), 1e3 * (bench_now() - f->first),
		bench_cpu(s) - cpu, f->delta);
	waits = bench_beat_end(&beater);
	printf("         another router, asking each ms: longest wait %.1f ms; "
	       "of %zu over 5 ms: %zu, 10 ms: %zu, 20 ms: %zu\n",
		1e3 * waits.longest, waits.asked, waits.over[0], waits.over[1],
		waits.over[2]);
}

void
bench_change(const char *program, size_t count, size_t clients)
{
	const struct swapper w = bench_swapper(program, count, HOLE, true);
	struct fan f = {.epoll = epoll_create1(EPOLL_CLOEXEC),
		.routers = calloc(clients, sizeof(struct router)),
		.count = clients,
		.delta = delta_size(count)};
	struct span answer = bench_answer(&w.server);

	if (f.routers == NULL)
		bench_die("memory");
	memcpy(f.session, answer.p + 2, 2);
	/* Small yet: its last octet is enough. */
	f.serial = answer.p[answer.n - 13];
	fan_connect(&f, &w.server, answer.n);
	fan_wait(&f);
	printf("a change of 1 %% of %zu VRPs to connected routers:\n", count);
	printf("%8s %12s %12s %10s %12s\n", "clients", "published ms",
		"all have ms", "CPU s", "octets each");
	for (size_t i = 0; i < CHANGES; i++)
		change(&f, &w);
	for (size_t i = 0; i < clients; i++)
		close(f.routers[i].fd);
	close(f.epoll);
	free(f.routers);
	free((void *)(uintptr_t)answer.p);
	bench_swapper_stop(&w);
}
