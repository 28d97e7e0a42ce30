/*
 * session_fuzz: a router that may say anything, whatever happens to the cache.
 *
 *	setup octet | step octet, operands | step octet, operands | ...
 *
 * The first octet chooses the versions of the connection and whether full sets
 * are measured.  A step is what the network, the clock or the cache may do:
 * octets come, octets are taken, time passes, a set is published, it is told,
 * the data is too old, the cache restarts.  What comes out is followed by the
 * strict router of the wire tests, and must keep what a session promises: no
 * word before the first query, at most one fatal Error Report and nothing
 * behind it, and the end as soon as it is over.
 */
#include <stdint.h>
#include <stdlib.h>

#include "rtrd/serve/pace.h"
#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

enum {
	STEPS = 10, /* kinds */
	FATAL_NOT = 2, /* "no data available" */
	SETS = 4
};

static const char *const WORDS[SETS] = {"",
	"10.0.0.0/8-8=1 2001:db8::/32-48=2 key=1 aspa=1:2,3",
	"10.0.0.0/8-9=1 key=2 aspa=1:4 aspa=2:0",
	"10.0.0.0/8-8=1 10.0.0.0/9-9=1 aspa=2:7"};

struct play {
	struct talk t;
	struct checker c;
	bool begun; /* something was heard */
	bool over; /* the last words were */
	uint8_t *rest; /* what was heard after the last whole PDU */
	size_t rest_n;
};

/* The entry that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* Whole PDUs at the front. */
static size_t
whole(struct span s)
{
	size_t at = 0;

	while (s.n - at >= 8) {
		uint32_t n = checker_be32(s.p + at + 4);

		check(n >= 8 && n <= 65535);
		if (n > s.n - at)
			break;
		at += n;
	}
	return at;
}

/* The strict router reads what has come as a whole. */
static void
follow(struct play *p, struct span heard)
{
	struct span all;
	size_t n;

	if (heard.n == 0)
		return;
	check(!p->over && p->t.counters.bytes_in > 0);
	p->rest = realloc(p->rest, p->rest_n + heard.n);
	check(p->rest != NULL);
	memcpy(p->rest + p->rest_n, heard.p, heard.n);
	all = span_of(p->rest, p->rest_n + heard.n);
	if (!p->begun) {
		checker_init(&p->c, all.p[0]);
		p->c.loose = true;
		p->begun = true;
	}
	n = whole(all);
	check(checker_read(&p->c, span_of(all.p, n)));
	p->over = p->c.error >= 0 && p->c.error != FATAL_NOT;
	memmove(p->rest, p->rest + n, all.n - n);
	p->rest_n = all.n - n;
}

static void
hear(struct play *p, size_t most)
{
	struct span s;

	talk_take(&p->t, most, SIZE_MAX);
	s = span_of(p->t.heard, p->t.heard_n);
	p->t.heard_n = 0;
	follow(p, s);
}

/* Octets of the input are what the router says, in one piece, at the end of an
 * allocation. */
static void
say(struct play *p, struct reader *r, size_t n)
{
	struct span s;
	uint8_t *copy;

	if (n > reader_left(r))
		n = reader_left(r);
	if (n == 0 || !reader_take(r, n, &s))
		return;
	copy = malloc(n);
	check(copy != NULL);
	memcpy(copy, s.p, n);
	session_input(p->t.session, span_of(copy, n), p->t.now);
	free(copy);
}

static void
step(struct play *p, struct reader *r, uint8_t what, uint8_t how)
{
	struct session *s = p->t.session;
	struct mono now = p->t.now;

	switch (what % STEPS) {
	case 0:
	case 1:
		say(p, r, how);
		break;
	case 2:
		hear(p, how);
		break;
	case 3:
		hear(p, SIZE_MAX);
		break;
	case 4:
		talk_wait(&p->t, (int64_t)how * how);
		break;
	case 5:
		if (talk_publish(&p->t, WORDS[how % SETS]))
			session_notify(s, now);
		break;
	case 6:
		session_blocked(s, now);
		break;
	case 7:
		cache_withhold(p->t.cache, how % 2 == 0);
		if (how % 2 == 0)
			session_withhold(s, now);
		else
			session_notify(s, now);
		break;
	case 8:
		session_shed(s);
		break;
	case 9:
		if (how % 16 == 0)
			session_restart(s, now);
		else if (how % 16 == 1)
			session_shutdown(s, now);
		else if (how % 16 == 2)
			session_end(s, now);
		break;
	}
}

/* Whatever the state, the deadline is not one that keeps a loop busy, and all
 * ends when nobody says anything any more. */
static void
run_out(struct play *p)
{
	for (int i = 0; i < 100; i++) {
		struct mono at = session_deadline(p->t.session);

		hear(p, SIZE_MAX);
		if (at.ms == INT64_MAX)
			break;
		if (at.ms > p->t.now.ms)
			p->t.now = at;
		session_tick(p->t.session, p->t.now);
	}
	hear(p, SIZE_MAX);
	check(session_deadline(p->t.session).ms == INT64_MAX);
	if (p->over)
		check(session_state(p->t.session) == SESSION_CLOSED);
	if (session_state(p->t.session) == SESSION_IDLE)
		check(p->rest_n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_of(data, size));
	struct play p = {.begun = false};
	uint8_t setup = 0, what, how;

	(void)reader_u8(&r, &setup);
	talk_init(&p.t, setup % 3);
	p.t.peer.min_version = setup / 3 % 3;
	p.t.peer.source[15] = setup;
	p.t.peer.burst = 1;
	p.t.config.notify_spread_ms = setup % 2 * 6000;
	if (setup >= 128)
		p.t.config.pace = pace_new();
	talk_connect(&p.t);
	if (setup % 8 != 0)
		talk_publish(&p.t, WORDS[1]);
	while (reader_u8(&r, &what) && reader_u8(&r, &how))
		step(&p, &r, what, how);
	run_out(&p);
	free(p.rest);
	checker_fini(&p.c);
	pace_free(p.t.config.pace);
	talk_fini(&p.t);
	return 0;
}
