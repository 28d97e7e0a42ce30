/*
 * r19_notify_discipline: at most one Serial Notify a minute and session, none
 * inside a response, and never a heap of them for a router that does not take
 * what is sent.
 *
 *	change  1  2  3 ....... 20            change within a response
 *	Notify  1              20 (60 s on)   behind its End of Data
 *
 * Random lives of a session (changes, queries, ticks, octets taken as slowly as
 * a router likes) go through the strict checker, which refuses a Notify inside
 * a response and one of nothing new; here the minute is measured, at the octet
 * that begins a Notify.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	LIVES = 600,
	STEPS = 400,
	MINUTE = 60000,
};

struct life {
	struct talk t;
	struct router r;
	uint64_t seed;
	int64_t last; /* Notify; -1: none so far */
	uint64_t notifies;
	unsigned number;
};

/* A new set; the session is told. */
static void
test_change(struct life *l)
{
	char words[64];

	snprintf(words, sizeof(words), "10.0.0.0/8-8=%u", ++l->number);
	if (!talk_publish(&l->t, words))
		abort();
	session_notify(l->t.session, l->t.now);
}

/* Read all that is here; when a Notify is among it, look at the time. */
static void
test_read(struct life *l)
{
	uint64_t before = l->r.c.pdus[0];

	cr_assert(router_hear(&l->r, NULL, NULL), "%s", l->r.c.why);
	if (l->r.c.pdus[0] == before)
		return;
	cr_assert_eq(l->r.c.pdus[0], before + 1, "two at once");
	cr_assert(l->last < 0 || l->t.now.ms - l->last >= MINUTE,
		"%lld ms after the last one",
		(long long)(l->t.now.ms - l->last));
	l->last = l->t.now.ms;
	l->notifies++;
}

static void
test_init(struct life *l, unsigned version)
{
	*l = (struct life){.seed = version, .last = -1};
	talk_init(&l->t, 2);
	l->t.config.notify_ms = MINUTE;
	talk_connect(&l->t);
	router_init(&l->r, &l->t, version);
	test_change(l);
	router_ask(&l->r);
	test_read(l);
	cr_assert(l->r.has);
}

static void
test_fini(struct life *l)
{
	router_fini(&l->r);
	talk_fini(&l->t);
}

/* Time passes as the owner of a session lets it: no further than the deadline,
 * and then a tick. */
static void
test_wait(struct life *l, int64_t ms)
{
	int64_t end = l->t.now.ms + ms;

	while (l->t.now.ms < end) {
		int64_t at = session_deadline(l->t.session).ms;

		if (at <= l->t.now.ms)
			at = l->t.now.ms + 1;
		talk_wait(&l->t, (at < end ? at : end) - l->t.now.ms);
		test_read(l);
	}
}

Test(r19_notify_discipline, random_lives)
{
	uint64_t notifies = 0;

	for (unsigned i = 0; i < LIVES; i++) {
		struct life l;

		test_init(&l, i % 3);
		l.seed = i;
		for (unsigned step = 0; step < STEPS; step++) {
			switch (router_random(&l.seed) % 4) {
			case 0:
				test_change(&l);
				break;
			case 1:
				router_ask(&l.r);
				break;
			case 2:
				talk_take(&l.t, router_random(&l.seed) % 40,
					SIZE_MAX);
				break;
			default:
				test_wait(&l, router_random(&l.seed) % 9000);
			}
			test_read(&l);
		}
		notifies += l.notifies;
		test_fini(&l);
	}
	cr_expect(notifies > LIVES, "only %u", (unsigned)notifies);
}

/* A router that takes nothing is not told again and again: when it reads on,
 * there is one Notify at most, and it tells the newest serial. */
Test(r19_notify_discipline, dropped_not_queued)
{
	for (unsigned version = 0; version < 3; version++) {
		struct life l;
		struct span s;

		test_init(&l, version);
		test_change(&l);
		/* That Notify is on its way; not an octet is taken. */
		for (unsigned i = 0; i < 25; i++) {
			talk_wait(&l.t, 1000);
			test_change(&l);
		}
		cr_assert_eq(session_state(l.t.session), SESSION_IDLE);
		s = talk_hear(&l.t);
		cr_assert(s.n == 12 && s.p[0] == version && s.p[1] == 0,
			"%zu octets", s.n);
		test_fini(&l);
	}
}

/* The minute is between two that the socket took: one that it was slow to take
 * puts the next off, also when that is due already. */
Test(r19_notify_discipline, counted_from_when_it_was_taken)
{
	for (unsigned version = 0; version < 3; version++) {
		struct life l;

		test_init(&l, version);
		test_change(&l);
		for (unsigned i = 0; i < 10; i++) {
			talk_wait(&l.t, 1000);
			test_change(&l);
			talk_take(&l.t, 1, 1);
		}
		talk_wait(&l.t, 15000);
		test_read(&l);
		cr_expect_eq(l.notifies, 1);
		test_wait(&l, MINUTE - 1);
		cr_expect_eq(l.notifies, 1, "within a minute");
		test_wait(&l, 1);
		cr_expect_eq(l.notifies, 2);
		cr_expect_eq(l.r.c.news, cache_serial(l.t.cache));
		test_fini(&l);
	}
}

/* Not an octet of it could be written: it is dropped and counted, and so is
 * each one after it; a heap of them is not what the router finds when it reads
 * again. */
Test(r19_notify_discipline, dropped_where_it_cannot_be_written)
{
	for (unsigned version = 0; version < 3; version++) {
		struct life l;
		uint64_t dropped;

		test_init(&l, version);
		for (unsigned i = 0; i < 300; i++) {
			test_change(&l);
			session_blocked(l.t.session, l.t.now);
			cr_assert(router_is_done(&l.r), "it is queued");
			talk_wait(&l.t, 1000);
			session_blocked(l.t.session, l.t.now);
		}
		dropped = l.t.counters.notifies_dropped;
		cr_expect(dropped >= 4 && dropped <= 6, "%u in five minutes",
			(unsigned)dropped);
		cr_expect_eq(talk_hear(&l.t).n, 0);
		cr_expect_eq(l.t.counters.pdus_out[0], 0);
		/* What changed since the last one that was dropped. */
		test_wait(&l, MINUTE);
		cr_expect(l.notifies <= 1);
		test_change(&l);
		test_read(&l);
		test_wait(&l, MINUTE);
		cr_expect(l.notifies >= 1 && l.notifies <= 2);
		cr_expect_eq(l.r.c.news, cache_serial(l.t.cache));
		test_fini(&l);
	}
}

/* A Notify of which an octet is on the wire is not dropped: its rest comes. */
Test(r19_notify_discipline, begun_is_not_dropped)
{
	for (unsigned n = 1; n < 12; n++) {
		struct life l;

		test_init(&l, n % 3);
		test_change(&l);
		talk_take(&l.t, n, n);
		session_blocked(l.t.session, l.t.now);
		test_change(&l);
		test_read(&l);
		cr_expect_eq(l.r.c.pdus[0], 1);
		cr_expect_eq(l.r.c.news, cache_serial(l.t.cache) - 1);
		test_fini(&l);
	}
}

/* Routers are told within the spread, each at a time of its own, and none
 * twice; never before the change. */
Test(r19_notify_discipline, within_the_spread)
{
	enum {
		ROUTERS = 60,
		SPREAD = 10000
	};
	unsigned told = 0, at_once = 0;

	for (unsigned i = 0; i < ROUTERS; i++) {
		struct life l;

		test_init(&l, i % 3);
		l.t.config.notify_spread_ms = SPREAD;
		/* Sessions differ by their address. */
		l.t.peer.source[15] = (uint8_t)i;
		router_connect(&l.r);
		router_ask(&l.r);
		test_read(&l);
		l.t.now.ms += 120000;
		test_change(&l);
		test_read(&l);
		at_once += l.notifies == 1;
		test_wait(&l, SPREAD + 1);
		cr_expect_eq(l.notifies, 1, "router %u", i);
		told += l.notifies == 1;
		test_fini(&l);
	}
	cr_expect_eq(told, ROUTERS);
	cr_expect(at_once < ROUTERS / 2, "%u at once", at_once);
}

/* Inside a slow response of 12 changes: none; behind it one. */
Test(r19_notify_discipline, none_inside_a_response)
{
	for (unsigned version = 0; version < 3; version++) {
		struct life l;

		test_init(&l, version);
		router_ask_all(&l.r);
		talk_take(&l.t, 5, 5);
		for (unsigned i = 0; i < 12; i++) {
			test_change(&l);
			talk_take(&l.t, 2, 2);
		}
		test_read(&l);
		cr_expect_eq(l.notifies, 1);
		cr_expect_eq(l.r.c.news, cache_serial(l.t.cache));
		test_fini(&l);
	}
}

/* A router that has asked by itself is not told of what it has. */
Test(r19_notify_discipline, nothing_to_tell)
{
	struct life l;

	test_init(&l, 2);
	test_change(&l);
	test_read(&l);
	test_change(&l);
	router_ask(&l.r);
	test_wait(&l, 10 * MINUTE);
	cr_expect_eq(l.notifies, 1);
	test_fini(&l);
}
