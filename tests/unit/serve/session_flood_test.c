/*
 * session_flood: routers that ask too much, too often or too slowly.
 */
#include <criterion/criterion.h>

#include "rtrd/serve/pace.h"
#include "tests/wire/talk.h"
#include "waymark/bounds.h"

#define RESET_QUERY "0102000000000008"

/* A router that only ever asks is answered one by one; the fifth query that
 * waits ends it, and nothing of ours grows with what it sends. */
Test(session_flood, flood_of_queries)
{
	struct talk t;
	uint8_t flood[8 * 1000];

	talk_init(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (size_t i = 0; i < 1000; i++)
		talk_hex(RESET_QUERY, flood + 8 * i, 8);
	session_input(t.session, span_of(flood, sizeof(flood)), t.now);
	talk_hear(&t);
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_eq(t.counters.pdus_out[3], 4);
	cr_expect_eq(t.counters.pdus_out[7], 4);
	cr_expect_eq(t.counters.pdus_out[10], 1);
	cr_expect_eq(t.counters.errors_sent[3], 1);
	talk_fini(&t);
}

/* Sessions whose source may have one full set, and then one in five seconds. */
static void
test_paced(struct talk *t)
{
	talk_init(t, 2);
	t->config.pace = pace_new();
	t->peer.source[15] = 1;
	t->peer.burst = 1;
	talk_publish(t, "10.0.0.0/8-8=1");
	talk_begin(t, 1);
	talk_say(t, RESET_QUERY);
	cr_expect_eq(session_state(t->session), SESSION_IDLE);
	cr_expect_eq(t->counters.paced, 1);
	cr_expect_eq(
		session_deadline(t->session).ms, t->now.ms + BOUND_RTR_PACE_MS);
}

static void
test_paced_fini(struct talk *t)
{
	pace_free(t->config.pace);
	talk_fini(t);
}

/* R23: what exceeds waits, without an error, and has the newest set then; a
 * delta, or that there is none, does not. */
Test(session_flood, a_full_set_waits_for_its_turn)
{
	struct talk t;
	struct span out;

	test_paced(&t);
	talk_publish(&t, "10.0.0.0/8-8=2");
	session_notify(t.session, t.now);
	cr_expect_eq(session_deadline(t.session).ms,
		t.now.ms + BOUND_RTR_PACE_MS, "nothing is to be done before");
	talk_wait(&t, BOUND_RTR_PACE_MS - 1);
	cr_expect_eq(talk_hear(&t).n, 0, "no Notify either");
	talk_wait(&t, 1);
	out = talk_hear(&t);
	cr_expect_eq(out.n, 8 + 20 + 24);
	cr_expect_eq(out.p[8 + 19], 2, "the newest");
	cr_expect_eq(t.counters.paced, 1, "once a query");
	for (unsigned i = 0; i < 100; i++) {
		talk_ask_since(&t, 1, talk_session(1), i % 3);
		out = talk_hear(&t);
		cr_expect_eq(out.p[1], i % 3 == 0 ? 8 : 3);
	}
	cr_expect_eq(t.counters.paced, 1);
	/* Another source does not wait. */
	t.peer.source[15] = 2;
	talk_begin(&t, 2);
	test_paced_fini(&t);
}

/* The queue behind one that waits; a fault and an end in it. */
Test(session_flood, who_waits_may_end)
{
	struct talk t;
	struct span out;

	test_paced(&t);
	/* Five wait: that is told at once. */
	for (int i = 0; i < 4; i++)
		talk_say(&t, RESET_QUERY);
	talk_wait(&t, BOUND_RTR_PACE_MS);
	cr_expect_gt(session_deadline(t.session).ms, t.now.ms);
	out = talk_hear(&t);
	cr_assert_gt(out.n, 16);
	cr_expect_eq(out.p[1], 10);
	cr_expect_eq(out.p[3], 3);
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	test_paced_fini(&t);

	/* The end of its input takes the answer from nobody. */
	test_paced(&t);
	session_end(t.session, t.now);
	cr_expect_eq(session_state(t.session), SESSION_IDLE);
	talk_wait(&t, BOUND_RTR_PACE_MS);
	cr_expect_eq(talk_hear(&t).n, 8 + 20 + 24);
	cr_expect_str_eq(talk_facts(&t).close_reason, "peer-closed");
	test_paced_fini(&t);

	/* There is nothing to wait for. */
	test_paced(&t);
	cache_withhold(t.cache, true);
	session_withhold(t.session, t.now);
	out = talk_hear(&t);
	cr_expect_eq(out.n, 16, "one Error Report");
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_eq(session_deadline(t.session).ms, INT64_MAX);
	test_paced_fini(&t);

	/* Not even when nobody told the session. */
	test_paced(&t);
	cache_withhold(t.cache, true);
	talk_wait(&t, BOUND_RTR_PACE_MS);
	cr_expect_gt(session_deadline(t.session).ms, t.now.ms);
	cr_expect_eq(talk_hear(&t).n, 16 + 8);
	cr_expect_eq(session_deadline(t.session).ms, INT64_MAX);
	test_paced_fini(&t);

	test_paced(&t);
	session_restart(t.session, t.now);
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	test_paced_fini(&t);
}

/* A router that floods gets one set in five seconds and costs nothing more;
 * one that asks its session's four at once as well. */
Test(session_flood, flood_of_full_sets)
{
	struct talk t;
	unsigned sets = 1;

	test_paced(&t);
	for (int ms = 0; ms < 60000; ms += 10) {
		talk_wait(&t, 10);
		if (talk_hear(&t).n > 0) {
			sets++;
			talk_say(&t, RESET_QUERY);
		}
	}
	cr_expect_eq(sets, 1 + 60000 / BOUND_RTR_PACE_MS);
	cr_expect_eq(t.counters.pdus_out[7], sets);
	cr_expect_eq(t.counters.pdus_out[10], 0);
	test_paced_fini(&t);
}

/* A PDU octet by octet has as long as a whole one; the next one as well. */
Test(session_flood, dripped_queries)
{
	struct talk t;

	talk_init(&t, 1);
	talk_publish(&t, "");
	talk_begin(&t, 1);
	for (int i = 0; i < 100; i++) {
		talk_say(&t, "01");
		talk_wait(&t, 4000);
		for (int octet = 0; octet < 6; octet++) {
			talk_say(&t, octet == 0 ? "02" : "00");
			talk_wait(&t, 4000);
		}
		talk_say(&t, "08");
		cr_assert_eq(talk_hear(&t).n, 8 + 24, "query %d", i);
		talk_wait(&t, 4000);
	}
	talk_say(&t, "01");
	for (int octet = 0; octet < 6; octet++) {
		talk_wait(&t, 5000);
		talk_say(&t, "00");
	}
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_str_eq(talk_facts(&t).close_reason, "pdu-timeout");
	talk_fini(&t);
}

/* The body of an Error Report as well, though nothing of it is kept. */
Test(session_flood, dripped_report)
{
	struct talk t;

	talk_init(&t, 1);
	talk_publish(&t, "");
	talk_begin(&t, 1);
	talk_say(&t, "010a000200010040");
	for (int s = 0; s < 29; s++) {
		talk_wait(&t, 1000);
		talk_say(&t, "00");
	}
	cr_expect_eq(session_state(t.session), SESSION_IDLE);
	talk_wait(&t, 1000);
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_str_eq(talk_facts(&t).close_reason, "pdu-timeout");
	cr_expect_eq(talk_hear(&t).n, 0);
	talk_fini(&t);
}

/* Endless queries that are each read, and Error Reports that change nothing:
 * answered one by one, or not at all. */
Test(session_flood, floods_that_are_read)
{
	struct talk t;
	uint64_t before;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	talk_begin(&t, 2);
	before = t.counters.pdus_out[7];
	for (int i = 0; i < 10000; i++) {
		talk_ask_since(&t, 2, talk_session(2), 1);
		cr_assert_eq(talk_hear(&t).n, 8 + 24);
		talk_say(&t, "020a0002 00000010 00000000 00000000");
		talk_say(&t, "020a000c 00000010 00000000 00000000");
		cr_assert_eq(talk_hear(&t).n, 0);
	}
	cr_expect_eq(t.counters.pdus_out[7], before + 10000);
	cr_expect_eq(t.counters.pdus_out[10], 0);
	cr_expect_eq(t.counters.errors_received[12], 10000);
	/* In version 1 nobody knows that code. */
	talk_begin(&t, 1);
	talk_say(&t, "010a000c 00000010 00000000 00000000");
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_eq(talk_hear(&t).n, 0);
	talk_fini(&t);
}
