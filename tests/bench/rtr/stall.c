/*
 * stall: the longest turn of rtrd's loop, seen from outside.
 *
 * A router asks every millisecond whether its serial is still the current one.
 * The answer is a few octets and needs nothing but a turn of the loop, so what
 * it waits for is what everybody waits for.  Meanwhile a validator, which only
 * copies two files in turn, makes rtrd publish again and again; at each new
 * serial a second router asks for the full set just before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"

enum {
	HOLE = 800,
	SECONDS = 12,
	HEADER = 8,
	QUERY = 12,
	END_OF_DATA = 7,
	ERROR_REPORT = 10,
	PIECE = 1048576
};

/* What the router saw. */
struct beat {
	int fd;
	uint16_t session;
	uint32_t serial;
	size_t beats, changes;
	size_t over[3]; /* that waited longer than 5, 10, 20 ms */
	double longest; /* seconds */
};

static void
take(int fd, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, p, n, 0);

		if (got <= 0)
			bench_die("recv");
		p += got;
		n -= (size_t)got;
	}
}

static uint32_t
number_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

/* Read to the next End of Data; false: there is no data yet. */
static bool
answer_take(struct beat *b)
{
	static uint8_t body[65536];
	uint8_t header[HEADER];

	for (;;) {
		size_t n;

		take(b->fd, header, HEADER);
		n = number_at(header + 4) - HEADER;
		if (n > sizeof(body))
			bench_die("length");
		take(b->fd, body, n);
		if (header[1] == ERROR_REPORT)
			return false;
		if (header[1] != END_OF_DATA)
			continue;
		b->session = (uint16_t)(header[2] << 8 | header[3]);
		b->serial = number_at(body);
		return true;
	}
}

static void
reset_send(const struct beat *b)
{
	static const uint8_t query[HEADER] = {1, 2, 0, 0, 0, 0, 0, HEADER};

	if (send(b->fd, query, HEADER, MSG_NOSIGNAL) != HEADER)
		bench_die("send");
}

/* Two routers; the one that asks is brought up to date. */
static void
connect_all(const struct server *s, struct beat *b, struct beat *other)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	bool has_data = false;

	while ((b->fd = bench_connect(s)) < 0)
		nanosleep(&pause, NULL);
	other->fd = bench_connect(s);
	if (other->fd < 0)
		bench_die("connect");
	while (!has_data) {
		nanosleep(&pause, NULL);
		reset_send(b);
		has_data = answer_take(b);
	}
}

/* One question, one answer. */
static void
beat(struct beat *b)
{
	static const double limits[] = {0.005, 0.010, 0.020};
	uint32_t before = b->serial;
	const uint8_t query[QUERY] = {1, 1, (uint8_t)(b->session >> 8),
		(uint8_t)b->session, 0, 0, 0, QUERY, (uint8_t)(before >> 24),
		(uint8_t)(before >> 16), (uint8_t)(before >> 8),
		(uint8_t)before};
	double begin = bench_now(), took;

	if (send(b->fd, query, QUERY, MSG_NOSIGNAL) != QUERY)
		bench_die("send");
	answer_take(b);
	took = bench_now() - begin;
	b->beats++;
	for (size_t i = 0; i < 3; i++)
		b->over[i] += took > limits[i];
	if (took > b->longest)
		b->longest = took;
	b->changes += b->serial != before;
}

void
bench_validator(const char *path, const char *body)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		bench_die(path);
	fprintf(f,
		"#!/bin/sh\n"
		"for a; do case $a in snapshot=*) o=${a#snapshot=};; esac; "
		"done\n"
		"%s",
		body);
	fclose(f);
	if (chmod(path, 0755) != 0)
		bench_die(path);
}

/* A validator that copies one of two files. */
static void
validator_write(const char *path, bool waits)
{
	char body[256];

	snprintf(body, sizeof(body),
		"%s"
		"if [ -e $0.even ]; then rm $0.even; cp $0.0 $o\n"
		"else : >$0.even; cp $0.1 $o; fi\n",
		waits ? "until rm $0.go 2>/dev/null; do sleep 0.05; done\n"
		      : "");
	bench_validator(path, body);
}

struct swapper
bench_swapper(const char *program, size_t count, size_t hole, bool waits)
{
	struct swapper w = {.dir = "/tmp/bench-swap-XXXXXX"};
	char path[BENCH_PATH];

	if (mkdtemp(w.dir) == NULL)
		bench_die(w.dir);
	snprintf(w.validator, sizeof(w.validator), "%s/validator", w.dir);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s.%u", w.validator, i);
		bench_snapshot(path, count, i * hole);
	}
	snprintf(path, sizeof(path), "%s/snapshot", w.dir);
	bench_snapshot(path, count, 0);
	validator_write(w.validator, waits);
	w.server = bench_rtrd(program, w.dir, w.validator, "1");
	return w;
}

void
bench_swapper_stop(const struct swapper *w)
{
	bench_stop(&w->server);
	bench_remove(w->dir);
}

/* Ask until the pipe is closed, then tell through it what was seen. */
static void
beat_run(const struct server *s, int control)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	struct beat b = {.fd = bench_connect(s)};
	struct bench_waits waits;
	char octet;

	if (b.fd < 0)
		bench_die("connect");
	reset_send(&b);
	answer_take(&b);
	while (recv(control, &octet, 1, MSG_DONTWAIT) < 0) {
		nanosleep(&pause, NULL);
		beat(&b);
	}
	waits = (struct bench_waits){
		b.longest, b.beats, {b.over[0], b.over[1], b.over[2]}};
	if (send(control, &waits, sizeof(waits), 0) != sizeof(waits))
		bench_die("pipe");
	exit(0);
}

struct beater
bench_beat_begin(const struct server *s)
{
	struct beater b;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		bench_die("socketpair");
	b.fd = pair[0];
	b.pid = fork();
	if (b.pid < 0)
		bench_die("fork");
	if (b.pid == 0) {
		close(pair[0]);
		beat_run(s, pair[1]);
	}
	close(pair[1]);
	return b;
}

struct bench_waits
bench_beat_end(const struct beater *b)
{
	struct bench_waits waits;

	if (shutdown(b->fd, SHUT_WR) != 0 ||
		recv(b->fd, &waits, sizeof(waits), MSG_WAITALL) !=
			sizeof(waits))
		bench_die("the asking process");
	close(b->fd);
	waitpid(b->pid, NULL, 0);
	return waits;
}

void
bench_stall(const char *program, size_t count)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	const struct swapper w = bench_swapper(program, count, HOLE, false);
	struct beat b = {.fd = -1}, other = {.fd = -1};
	size_t seen = 0;
	double end;

	connect_all(&w.server, &b, &other);
	for (end = bench_now() + SECONDS; bench_now() < end;) {
		bool is_new = b.changes != seen;

		seen = b.changes;
		nanosleep(&pause, NULL);
		/* The first who asks for it must not make others wait. */
		if (is_new)
			reset_send(&other);
		beat(&b);
		if (is_new)
			answer_take(&other);
	}
	printf("asked every ms while %zu sets were published: longest wait "
	       "%.1f ms; of %zu waits over 5 ms: %zu, 10 ms: %zu, 20 ms: "
	       "%zu\n",
		b.changes, 1e3 * b.longest, b.beats, b.over[0], b.over[1],
		b.over[2]);
	close(b.fd);
	close(other.fd);
	bench_swapper_stop(&w);
}
