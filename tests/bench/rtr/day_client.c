/*
 * day_client: hundreds of routers that know what they must have.
 *
 *	connect -> Reset Query -> ... -> End of Data: sum == that of the serial
 *	              ^                     |
 *	              |          Notify --> Serial Query -> ... -> End of Data
 *	              +--- Cache Reset -----------'
 *
 * Versions 0, 1 and 2 in turn.  Reads the octets with code of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"
#include "tests/bench/rtr/day.h"

enum {
	EVENTS = 256,
	BUFFER = 65536,
	HEADER = 8,
	SUMS = 4096, /* serials whose sums are remembered */
	GO_PER_SECOND = 10,
	FIRST_CUSTOMER = 200000,
};

struct client {
	int fd;
	unsigned version;
	size_t have; /* octets in the buffer */
	uint8_t buffer[BUFFER];
	uint64_t sum;
	uint64_t aspas[DAY_ASPAS]; /* what each customer adds */
	uint8_t session[2];
	uint32_t serial;
	bool knows; /* session and serial */
	bool waits; /* for an answer */
	bool is_delta; /* as which it was asked for */
	bool heard; /* a Notify came meanwhile */
	unsigned sleeps; /* Notifies that it leaves unanswered */
};

struct day_clients {
	const struct server *server;
	const struct day *day;
	int epoll;
	uint64_t drawn;
	struct client *clients;
	struct day_tally tally;
	struct {
		uint32_t serial; /* 0: none */
		uint64_t sums[3];
	} sums[SUMS];
};

void
day_put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

uint32_t
day_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

uint64_t
day_hash(unsigned type, const uint8_t *body, size_t n)
{
	uint64_t h = type;

	for (size_t i = 0; i < n; i++)
		h = day_mix(h ^ body[i]);
	return h;
}

static uint64_t
draw(struct day_clients *c, uint64_t below)
{
	c->drawn = day_mix(c->drawn);
	return c->drawn % below;
}

/* The first set is serial 1 and step 1; each step is one serial. */
static uint64_t
sum_of(struct day_clients *c, uint32_t serial, unsigned version)
{
	size_t at = serial % SUMS;

	if (c->sums[at].serial != serial) {
		for (unsigned v = 0; v < 3; v++)
			c->sums[at].sums[v] =
				bench_day_sum(serial, v, c->day->vrps);
		c->sums[at].serial = serial;
	}
	return c->sums[at].sums[version];
}

static void
ask(struct client *c, bool delta)
{
	uint8_t query[12] = {(uint8_t)c->version, delta ? 1 : 2};
	ssize_t n = delta ? 12 : HEADER;

	query[7] = (uint8_t)n;
	if (delta) {
		memcpy(query + 2, c->session, 2);
		day_put32(query + HEADER, c->serial);
	} else {
		c->sum = 0;
		memset(c->aspas, 0, sizeof(c->aspas));
	}
	if (send(c->fd, query, (size_t)n, MSG_NOSIGNAL) != n)
		bench_die("send");
	c->waits = true;
	c->is_delta = delta;
	c->heard = false;
}

static void
client_connect(struct day_clients *all, size_t i)
{
	struct client *c = &all->clients[i];
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = i};

	c->fd = bench_connect_from(all->server, i);
	if (c->fd < 0)
		bench_die("connect");
	c->have = 0;
	epoll_ctl(all->epoll, EPOLL_CTL_ADD, c->fd, &e);
	ask(c, c->knows);
}

static void
on_end(struct day_clients *all, struct client *c, const uint8_t *p)
{
	memcpy(c->session, p + 2, 2);
	c->serial = day_get32(p + HEADER);
	c->knows = true;
	c->waits = false;
	if (c->is_delta)
		all->tally.deltas++;
	else
		all->tally.fulls++;
	if (c->serial > all->tally.serial)
		all->tally.serial = c->serial;
	if (c->sum != sum_of(all, c->serial, c->version)) {
		all->tally.wrong++;
		fprintf(stderr, "wrong: version %u, serial %u, %s\n",
			c->version, c->serial,
			c->is_delta ? "delta" : "full set");
	}
	if (c->heard)
		ask(c, true);
}

/* An ASPA takes the place of the customer's last one. */
static void
on_aspa(struct client *c, const uint8_t *p, size_t n)
{
	size_t i = day_get32(p + HEADER) - FIRST_CUSTOMER;
	uint64_t hash =
		p[2] & 1 ? day_hash(DAY_ASPA, p + HEADER, n - HEADER) : 0;

	if (i >= DAY_ASPAS)
		bench_die("this is no customer");
	c->sum += hash - c->aspas[i];
	c->aspas[i] = hash;
}

static void
on_payload(struct client *c, bool announce, uint64_t hash)
{
	c->sum += announce ? hash : -hash;
}

static void
on_notify(struct client *c)
{
	if (c->sleeps > 0)
		c->sleeps--;
	else if (c->waits)
		c->heard = true;
	else
		ask(c, true);
}

static void
on_pdu(struct day_clients *all, struct client *c, const uint8_t *p, size_t n)
{
	switch (p[1]) {
	case 0:
		on_notify(c);
		break;
	case 3:
		break;
	case DAY_IPV4:
	case DAY_IPV6:
		on_payload(c, p[8] & 1, day_hash(p[1], p + 9, n - 9));
		break;
	case 7:
		on_end(all, c, p);
		break;
	case 8:
		all->tally.resets++;
		ask(c, false);
		break;
	case DAY_KEY:
		on_payload(c, p[2] & 1, day_hash(p[1], p + HEADER, n - HEADER));
		break;
	case DAY_ASPA:
		on_aspa(c, p, n);
		break;
	default:
		bench_die("a PDU that was not expected");
	}
}

static void
client_read(struct day_clients *all, struct client *c)
{
	ssize_t got = recv(
		c->fd, c->buffer + c->have, BUFFER - c->have, MSG_DONTWAIT);
	size_t at = 0;

	if (got == 0 || (got < 0 && errno != EAGAIN))
		bench_die("a router was closed");
	c->have += got > 0 ? (size_t)got : 0;
	while (c->have - at >= HEADER) {
		size_t n = day_get32(c->buffer + at + 4);

		if (n < HEADER || n > BUFFER)
			bench_die("length");
		if (c->have - at < n)
			break;
		on_pdu(all, c, c->buffer + at, n);
		at += n;
	}
	memmove(c->buffer, c->buffer + at, c->have - at);
	c->have -= at;
}

/* One of them goes away and comes back, or sleeps. */
static void
disturb(struct day_clients *all)
{
	size_t i = draw(all, all->day->clients);
	struct client *c = &all->clients[i];

	if (c->waits)
		return;
	if (draw(all, 2) == 0) {
		c->sleeps = (unsigned)draw(all, 40);
		return;
	}
	close(c->fd);
	c->knows = draw(all, 4) != 0;
	all->tally.returns++;
	client_connect(all, i);
}

struct day_clients *
day_clients_begin(const struct server *s, const struct day *day)
{
	struct day_clients *all = calloc(1, sizeof(*all));

	if (all == NULL)
		bench_die("memory");
	all->server = s;
	all->day = day;
	all->epoll = epoll_create1(EPOLL_CLOEXEC);
	all->clients = calloc(day->clients, sizeof(*all->clients));
	if (all->clients == NULL || all->epoll < 0)
		bench_die("memory");
	for (size_t i = 0; i < day->clients; i++) {
		all->clients[i].version = (unsigned)(i % 3);
		client_connect(all, i);
	}
	return all;
}

void
day_clients_end(struct day_clients *all)
{
	for (size_t i = 0; i < all->day->clients; i++)
		close(all->clients[i].fd);
	close(all->epoll);
	free(all->clients);
	free(all);
}

void
day_clients_follow(struct day_clients *all, double seconds)
{
	double end = bench_now() + seconds, next = bench_now();
	struct epoll_event events[EVENTS];

	while (bench_now() < end) {
		int n = epoll_wait(all->epoll, events, EVENTS, 20);

		for (int i = 0; i < n; i++)
			client_read(all, &all->clients[events[i].data.u64]);
		if (bench_now() >= next) {
			disturb(all);
			next += 1.0 / GO_PER_SECOND;
		}
	}
}

const struct day_tally *
day_clients_tally(const struct day_clients *all)
{
	return &all->tally;
}
