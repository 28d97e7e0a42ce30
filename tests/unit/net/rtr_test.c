/*
 * rtr: the server in a process of its own, and routers that behave well and
 * badly: all octets arrive, limits hold, who does not read hurts nobody.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtrd/net/rtr.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	LARGE = 200000, /* VRPs: more than any socket buffer */
	SMALL = 10,
	HEAD = 8, /* Cache Response, Reset Query */
	TAIL = 24, /* End of Data of version 1 */
	WAIT_MS = 20000, /* nothing here takes so long */
};

static const struct log SILENT = {.fd = -1, .level = LOG_LEVEL_ERROR};
static const uint8_t RESET[HEAD] = {1, 2, 0, 0, 0, 0, 0, HEAD};

/* What a server is to be like. */
struct wish {
	size_t vrps;
	struct rtr_config config;
	rlim_t descriptors; /* 0: as they are */
	const char *at; /* address without port */
};

struct server {
	pid_t pid;
	uint16_t port;
};

static const struct rtr_config USUAL = {
	.max_version = 1,
	.max_connections = BOUND_RTR_CONNECTIONS,
	.max_per_source = BOUND_RTR_PER_SOURCE,
};

static const struct payload_set *
set_make(size_t n)
{
	struct payload_builder *b = payload_build_new(n);
	const struct payload_set *set = NULL;

	for (size_t i = 0; i < n; i++) {
		struct vrp v = {.asn = 64496,
			.family = FAMILY_IPV4,
			.len = 24,
			.max_len = 24,
			.expires = INT64_MAX};

		v.addr.b[0] = (uint8_t)(1 + (i >> 16));
		v.addr.b[1] = (uint8_t)(i >> 8);
		v.addr.b[2] = (uint8_t)i;
		payload_build_vrp(b, &v);
	}
	payload_build_done(b, &set);
	return set;
}

/* The server's process: never returns. */
static void
serve(const struct wish *w, const char *address)
{
	const struct cache_config config = {.first_serial = 1,
		.history = BOUND_RTR_HISTORY_MIN,
		.session = {1, 2},
		.refresh_s = 3600,
		.retry_s = 600,
		.expire_s = 7200};
	const struct rlimit limit = {w->descriptors, w->descriptors};
	const struct rtr_places places = {
		.listen = &address, .listen_count = 1};
	struct cache *cache = cache_new(&config);
	struct rtr *r;
	uv_loop_t loop;
	bool changed;
	char why[256];

	(void)signal(SIGPIPE, SIG_IGN);
	if (w->descriptors > 0)
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	uv_loop_init(&loop);
	if (cache_publish(cache, set_make(w->vrps), &changed) != 0 ||
		rtr_start(&loop, cache, &w->config, &SILENT, &r) != 0 ||
		rtr_listen(r, &places, why) != 0)
		_exit(1);
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(2);
}

static int
reach(const struct server *s, const char *from)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in source = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_geq(fd, 0);
	inet_pton(AF_INET, from, &source.sin_addr);
	cr_assert_eq(bind(fd, (struct sockaddr *)&source, sizeof(source)), 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct server
server_start(const struct wish *w)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), probe = -1;
	struct server s;
	char address[32];

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, size), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	close(fd);
	s.port = ntohs(a.sin_port);
	snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)s.port);
	s.pid = fork();
	cr_assert_geq(s.pid, 0);
	if (s.pid == 0)
		serve(w, address);
	for (int i = 0; probe < 0 && i < WAIT_MS; i++) {
		cr_assert_eq(waitpid(s.pid, NULL, WNOHANG), 0, "it ended");
		probe = reach(&s, "127.0.0.99");
		if (probe < 0)
			poll(NULL, 0, 1);
	}
	cr_assert_geq(probe, 0, "nobody listens");
	close(probe);
	return s;
}

static void
server_stop(const struct server *s)
{
	int status;

	kill(s->pid, SIGKILL);
	cr_assert_eq(waitpid(s->pid, &status, 0), s->pid);
	cr_expect(WIFSIGNALED(status), "the server ended by itself");
}

static bool
readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

/* Read `n` octets or until the end; how many there were. */
static size_t
take(int fd, uint8_t *to, size_t n, size_t at_once)
{
	size_t got = 0;

	while (got < n && readable(fd, WAIT_MS)) {
		size_t want = n - got < at_once ? n - got : at_once;
		ssize_t k = recv(fd, to + got, want, 0);

		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

static bool
ask(int fd)
{
	return send(fd, RESET, HEAD, MSG_NOSIGNAL) == HEAD;
}

/* Octets of the whole answer with `n` VRPs. */
static size_t
answer_size(size_t n)
{
	return HEAD + n * 20 + TAIL;
}

/* Ask and take all of the answer. */
static bool
takes_all(int fd, size_t vrps)
{
	size_t n = answer_size(vrps);
	uint8_t *p = malloc(n);
	bool good = ask(fd) && take(fd, p, n, n) == n && p[n - TAIL + 1] == 7 &&
		p[n - TAIL + 7] == TAIL;

	free(p);
	return good;
}

/* Whether the server closes the connection without a word. */
static bool
is_closed(int fd)
{
	uint8_t c;

	return readable(fd, WAIT_MS) && recv(fd, &c, 1, 0) <= 0;
}

Test(rtr, all_octets_arrive_in_any_pieces, .timeout = 60)
{
	const struct wish w = {.vrps = LARGE, .config = USUAL};
	static const size_t pieces[] = {1 << 24, 65536, 1460, 777};
	size_t n = answer_size(LARGE);
	struct server s = server_start(&w);
	uint8_t *first = malloc(n), *again = malloc(n);
	int fd = reach(&s, "127.0.0.1");

	cr_assert(ask(fd));
	cr_assert_eq(take(fd, first, n, n), n);
	close(fd);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		fd = reach(&s, "127.0.0.1");
		cr_assert(ask(fd));
		cr_expect_eq(take(fd, again, n, pieces[i]), n);
		cr_expect_eq(memcmp(first, again, n), 0);
		cr_expect_not(readable(fd, 50), "more than the answer");
		close(fd);
	}
	free(first);
	free(again);
	server_stop(&s);
}

Test(rtr, nothing_is_said_first, .timeout = 60)
{
	const struct wish w = {.vrps = SMALL, .config = USUAL};
	struct server s = server_start(&w);
	int fd = reach(&s, "127.0.0.1");

	cr_expect_not(readable(fd, 200));
	cr_expect(takes_all(fd, SMALL));
	close(fd);
	server_stop(&s);
}

Test(rtr, a_router_that_shut_its_side_gets_its_answer, .timeout = 60)
{
	const struct wish w = {.vrps = LARGE, .config = USUAL};
	size_t n = answer_size(LARGE);
	struct server s = server_start(&w);
	uint8_t *p = malloc(n);
	int fd = reach(&s, "127.0.0.1");

	cr_assert(ask(fd));
	cr_assert_eq(shutdown(fd, SHUT_WR), 0);
	cr_expect_eq(take(fd, p, n, n), n);
	cr_expect(is_closed(fd));
	close(fd);
	free(p);
	server_stop(&s);
}

Test(rtr, the_total_is_limited, .timeout = 60)
{
	struct wish w = {.vrps = SMALL, .config = USUAL};
	struct server s;
	int fds[5], more;

	w.config.max_connections = 5;
	s = server_start(&w);
	for (size_t i = 0; i < 5; i++) {
		fds[i] = reach(&s, "127.0.0.1");
		/* The probe of the start may still be counted. */
		while (!takes_all(fds[i], SMALL)) {
			close(fds[i]);
			fds[i] = reach(&s, "127.0.0.1");
		}
	}
	for (int i = 0; i < 10; i++) {
		more = reach(&s, "127.0.0.2");
		cr_expect(more < 0 || is_closed(more));
		close(more);
	}
	for (size_t i = 0; i < 5; i++)
		cr_expect(takes_all(fds[i], SMALL), "%zu was hurt", i);
	close(fds[0]);
	do
		more = reach(&s, "127.0.0.2");
	while (!takes_all(more, SMALL) && close(more) == 0);
	close(more);
	server_stop(&s);
}

Test(rtr, a_source_is_limited, .timeout = 60)
{
	struct wish w = {.vrps = SMALL, .config = USUAL};
	struct server s;
	int a, b, c, other;

	w.config.max_per_source = 2;
	s = server_start(&w);
	a = reach(&s, "127.0.0.1");
	b = reach(&s, "127.0.0.1");
	cr_expect(takes_all(a, SMALL));
	cr_expect(takes_all(b, SMALL));
	c = reach(&s, "127.0.0.1");
	cr_expect(is_closed(c));
	other = reach(&s, "127.0.0.2");
	cr_expect(takes_all(other, SMALL));
	cr_expect(takes_all(a, SMALL));
	close(a);
	close(b);
	close(c);
	close(other);
	server_stop(&s);
}

/* Octets of memory that the server's process holds. */
static size_t
resident(const struct server *s)
{
	char path[64];
	unsigned long all = 0, held = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)s->pid);
	f = fopen(path, "r");
	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f, "%lu %lu", &all, &held), 2);
	fclose(f);
	return held * (size_t)sysconf(_SC_PAGESIZE);
}

Test(rtr, who_does_not_read_hurts_nobody, .timeout = 120)
{
	enum {
		STALLED = 200
	};
	const struct wish w = {.vrps = LARGE, .config = USUAL};
	struct server s = server_start(&w);
	int good = reach(&s, "127.0.1.1"), fds[STALLED];
	size_t before;

	cr_assert(takes_all(good, LARGE));
	before = resident(&s);
	for (size_t i = 0; i < STALLED; i++) {
		char from[32];

		snprintf(from, sizeof(from), "127.0.2.%zu", 1 + i / 50);
		fds[i] = reach(&s, from);
		cr_assert(ask(fds[i]));
	}
	for (int i = 0; i < 3; i++)
		cr_expect(takes_all(good, LARGE));
	cr_expect_lt(resident(&s), before + 200 * 65536,
		"more than 64 KiB a stalled router");
	for (size_t i = 0; i < STALLED; i++)
		close(fds[i]);
	close(good);
	server_stop(&s);
}

Test(rtr, descriptors_that_run_out_come_back, .timeout = 120)
{
	enum {
		STORM = 500
	};
	struct wish w = {.vrps = SMALL, .config = USUAL, .descriptors = 64};
	struct server s;
	int fds[STORM], fd;
	unsigned served = 0;

	w.config.max_per_source = STORM;
	s = server_start(&w);
	for (size_t i = 0; i < STORM; i++)
		fds[i] = reach(&s, "127.0.0.1");
	for (size_t i = 0; i < STORM; i++)
		served += takes_all(fds[i], SMALL);
	cr_expect_gt(served, 20);
	cr_expect_lt(served, 64);
	for (size_t i = 0; i < STORM; i++) {
		/* A reset, as a storm would have them. */
		const struct linger linger = {1, 0};

		setsockopt(
			fds[i], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close(fds[i]);
	}
	do
		fd = reach(&s, "127.0.0.1");
	while (!takes_all(fd, SMALL) && close(fd) == 0);
	close(fd);
	server_stop(&s);
}

Test(rtr, comers_and_goers_leave_nothing, .timeout = 120)
{
	const struct wish w = {.vrps = SMALL, .config = USUAL};
	struct server s = server_start(&w);
	size_t before = 0;

	for (int i = 0; i < 6000; i++) {
		int fd = reach(&s, "127.0.0.1");

		if (i % 3 == 0)
			ask(fd);
		if (i % 3 == 1)
			(void)send(fd, "garbage!garbage!", 16, MSG_NOSIGNAL);
		close(fd);
		if (i == 3000)
			before = resident(&s);
	}
#ifndef __SANITIZE_ADDRESS__
	/* (A sanitizer keeps what was freed.) */
	cr_expect_lt(resident(&s), before + 1000000);
#endif
	cr_expect_gt(before, 0);
	server_stop(&s);
}
