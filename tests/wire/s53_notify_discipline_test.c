/*
 * s53_notify_discipline: 20 updates in 60 seconds; an update during a
 * response; 0 octets before the first query (scenario notify-discipline).
 *
 *	seconds  0  3  6  9 ... 57   60
 *	changes  *  *  *  *     *          20 of them
 *	Notify   1                    1    the second one tells the last serial
 *
 * Ten sessions of each version see it: some idle, some that ask, some slow,
 * some that say nothing at all.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	SESSIONS = 30,
	CHANGES = 20,
	GAP_S = 3,
};

enum habit {
	IDLE, /* asked once, then waits for Notify only */
	ASKS, /* by itself, now and then */
	SLOW, /* a few octets a second */
	DUMB, /* never said anything */
	HALF, /* said half of a query */
	HABITS,
};

struct seen {
	struct talk t;
	struct router r;
	enum habit habit;
};

static void
test_connect(struct seen *s, const struct talk *host, unsigned i)
{
	talk_init_beside(&s->t, host);
	router_init(&s->r, &s->t, i % 3);
	s->habit = (enum habit)(i / 3 % HABITS);
	if (s->habit == DUMB)
		return;
	if (s->habit == HALF) {
		talk_say_octets(
			&s->t, (const uint8_t[]){(uint8_t)(i % 3), 2, 0, 0}, 4);
		return;
	}
	router_ask(&s->r);
	if (s->habit == SLOW)
		return;
	cr_assert(router_hear(&s->r, NULL, NULL), "%s", s->r.c.why);
}

/* A second of a session. */
static void
test_second(struct seen *s, unsigned second)
{
	talk_wait(&s->t, 1000);
	if (s->habit == SLOW) {
		talk_take(&s->t, 1, 1);
		return;
	}
	if (s->habit == ASKS && second % 7 == 0)
		router_ask(&s->r);
	cr_assert(router_hear(&s->r, NULL, NULL), "%s", s->r.c.why);
}

/* 20 changes in 57 seconds, and two more seconds: the minute is not over. */
static void
test_minute(struct seen *all, const struct talk *host)
{
	char words[64];

	for (unsigned second = 0; second < 59; second++) {
		const unsigned i = second / GAP_S;
		const struct payload_set *set;
		bool changed = false;

		snprintf(words, sizeof(words), "10.0.0.0/8-8=%u", i + 2);
		set = talk_set(words);
		cr_assert_eq(cache_publish(host->cache, set, &changed), 0);
		payload_unref(set);
		cr_assert_eq(changed, second % GAP_S == 0);
		for (unsigned k = 0; k < SESSIONS; k++) {
			if (changed)
				session_notify(all[k].t.session, all[k].t.now);
			test_second(&all[k], second);
		}
	}
}

Test(s53_notify_discipline, twenty_updates_in_a_minute)
{
	static const uint64_t most[HABITS] = {1, 1, 0, 0, 0};
	struct seen all[SESSIONS];
	struct talk host;

	talk_init(&host, 2);
	talk_publish(&host, "10.0.0.0/8-8=1");
	for (unsigned i = 0; i < SESSIONS; i++)
		test_connect(&all[i], &host, i);
	test_minute(all, &host);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen *s = &all[i];
		bool asked = s->habit <= SLOW;

		cr_expect_leq(s->r.c.pdus[0], most[s->habit], "%u: %u of them",
			i, (unsigned)s->r.c.pdus[0]);
		cr_expect(asked || s->t.counters.bytes_out == 0,
			"%u: speaks first", i);
		if (s->habit == IDLE)
			cr_expect_eq(s->r.c.pdus[0], 1, "%u was not told", i);
		/* The first was taken after a second: from there the minute
		 * counts, and when it is over the held back one comes. */
		test_second(s, 1);
		if (s->habit == IDLE)
			cr_expect_eq(s->r.c.pdus[0], 1, "%u: too early", i);
		test_second(s, 1);
		if (s->habit == IDLE) {
			cr_expect_eq(s->r.c.pdus[0], 2, "%u", i);
			cr_expect_eq(s->r.c.news, CHANGES + 1);
		}
		cr_expect(router_hear(&s->r, NULL, NULL), "%u: %s", i,
			s->r.c.why);
		cr_expect(!s->r.c.inside || s->habit == SLOW);
		router_fini(&s->r);
		talk_fini(&s->t);
	}
	talk_fini(&host);
}
