/*
 * r14_silent_until_asked: not an octet is sent before the router's first
 * query, whatever happens in the cache, and however much of the query is
 * there.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

/* All that may happen to a cache and its sessions. */
static void
test_event(struct talk *t, unsigned which)
{
	static const char *const sets[] = {
		"", "10.0.0.0/8-8=1", "10.0.0.0/8-8=2 key=1 aspa=1:2"};

	switch (which % 6) {
	case 0:
		talk_publish(t, sets[which % 3]);
		session_notify(t->session, t->now);
		break;
	case 1:
		session_notify(t->session, t->now);
		break;
	case 2:
		talk_wait(t, 61);
		break;
	case 3:
		cache_withhold(t->cache, true);
		session_withhold(t->session, t->now);
		break;
	case 4:
		cache_withhold(t->cache, false);
		session_notify(t->session, t->now);
		break;
	default:
		session_shed(t->session);
	}
}

/* `said` octets of a query, then events, then the rest. */
static void
test_silence(unsigned version, size_t said, uint64_t seed)
{
	uint8_t query[8] = {(uint8_t)version, 2, 0, 0, 0, 0, 0, 8};
	struct talk t;
	struct span s;

	talk_init(&t, 2);
	t.config.notify_ms = seed % 2 == 0 ? 0 : 60;
	talk_connect(&t);
	talk_say_octets(&t, query, said);
	for (unsigned i = 0; i < 60; i++) {
		test_event(&t, router_random(&seed));
		cr_assert_eq(session_output(t.session, &s, 1), 0,
			"version %u: says %zu octets behind %zu", version, s.n,
			said);
	}
	cr_assert_eq(t.counters.bytes_out, 0);
	cr_assert_eq(session_state(t.session), SESSION_FIRST);
	/* And then it speaks. */
	cache_withhold(t.cache, false);
	talk_publish(&t, "10.0.0.0/8-8=9");
	talk_say_octets(&t, query + said, 8 - said);
	s = talk_hear(&t);
	cr_assert(s.n > 8 && s.p[0] == version && s.p[1] == 3);
	talk_fini(&t);
}

Test(r14_silent_until_asked, whatever_happens)
{
	for (unsigned i = 0; i < 3 * 8 * 40; i++)
		test_silence(i % 3, i / 3 % 8, i / 24);
}

/* Who never asks is cut after half a minute, without a word. */
Test(r14_silent_until_asked, to_the_end)
{
	for (unsigned said = 0; said < 8; said++) {
		struct talk t;

		talk_init(&t, 2);
		talk_publish(&t, "10.0.0.0/8-8=1");
		talk_say_octets(&t, (const uint8_t[8]){1, 2}, said);
		talk_wait(&t, 29999);
		cr_expect_eq(session_state(t.session), SESSION_FIRST);
		talk_wait(&t, 1);
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
		cr_expect_eq(talk_hear(&t).n, 0);
		cr_expect_eq(t.counters.bytes_out, 0);
		talk_fini(&t);
	}
}
