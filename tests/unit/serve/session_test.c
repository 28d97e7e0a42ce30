/*
 * session: every state with every event, deadlines, counters, facts.
 *
 * What is said octet by octet stands in tests/wire.
 */
#include <criterion/criterion.h>

#include "tests/wire/talk.h"
#include "waymark/bounds.h"

#define RESET_QUERY "0102000000000008"

enum event {
	EVENT_NOTHING, /* no octets */
	EVENT_QUERY,
	EVENT_BAD, /* a PDU that breaks a rule */
	EVENT_REPORT, /* a fatal Error Report */
	EVENT_NO_DATA, /* one that is not */
	EVENT_NOTIFY,
	EVENT_END,
	EVENT_LATE, /* a day passes */
	EVENT_TAKEN, /* all output is taken */
	EVENT_WITHHOLD, /* our data is too old */
	EVENTS,
};

static const char *const EVENT_NAMES[EVENTS] = {"nothing", "query", "bad",
	"report", "no data", "notify", "end", "late", "taken", "withhold"};

/* State after each event, from each state. */
static const enum session_state AFTER[5][EVENTS] = {
	[SESSION_FIRST] = {SESSION_FIRST, SESSION_SENDING, SESSION_CLOSING,
		SESSION_CLOSED, SESSION_CLOSED, SESSION_FIRST, SESSION_CLOSED,
		SESSION_CLOSED, SESSION_FIRST, SESSION_FIRST},
	[SESSION_IDLE] = {SESSION_IDLE, SESSION_SENDING, SESSION_CLOSING,
		SESSION_CLOSED, SESSION_IDLE, SESSION_IDLE, SESSION_CLOSED,
		SESSION_IDLE, SESSION_IDLE, SESSION_CLOSING},
	[SESSION_SENDING] = {SESSION_SENDING, SESSION_SENDING, SESSION_SENDING,
		SESSION_CLOSED, SESSION_SENDING, SESSION_SENDING,
		SESSION_SENDING, SESSION_CLOSED, SESSION_IDLE, SESSION_CLOSED},
	[SESSION_CLOSING] = {SESSION_CLOSING, SESSION_CLOSING, SESSION_CLOSING,
		SESSION_CLOSING, SESSION_CLOSING, SESSION_CLOSING,
		SESSION_CLOSING, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSING},
	[SESSION_CLOSED] = {SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED},
};

static void
test_event(struct talk *t, enum event event)
{
	switch (event) {
	case EVENT_NOTHING:
		session_input(t->session, span_of(NULL, 0), t->now);
		session_sent(t->session, 0, t->now);
		session_tick(t->session, t->now);
		break;
	case EVENT_QUERY:
		talk_say(t, RESET_QUERY);
		break;
	case EVENT_BAD:
		talk_say(t, "0103000000000008");
		break;
	case EVENT_REPORT:
		talk_say(t, "010a0000 00000010 00000000 00000000");
		break;
	case EVENT_NO_DATA:
		talk_say(t, "010a0002 00000010 00000000 00000000");
		break;
	case EVENT_NOTIFY:
		session_notify(t->session, t->now);
		break;
	case EVENT_END:
		session_end(t->session, t->now);
		break;
	case EVENT_LATE:
		talk_wait(t, 86400000);
		break;
	case EVENT_TAKEN:
		talk_hear(t);
		break;
	case EVENT_WITHHOLD:
		session_withhold(t->session, t->now);
		break;
	case EVENTS:
		break;
	}
}

static void
test_reach(struct talk *t, enum session_state state)
{
	talk_connect(t);
	switch (state) {
	case SESSION_FIRST:
		break;
	case SESSION_IDLE:
		test_event(t, EVENT_QUERY);
		talk_hear(t);
		break;
	case SESSION_SENDING:
		test_event(t, EVENT_QUERY);
		break;
	case SESSION_CLOSING:
		test_event(t, EVENT_BAD);
		break;
	case SESSION_CLOSED:
		test_event(t, EVENT_REPORT);
		break;
	}
	cr_assert_eq(session_state(t->session), state, "%s",
		session_state_name(session_state(t->session)));
}

Test(session, every_state_with_every_event)
{
	struct talk t;

	talk_init(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (int s = SESSION_FIRST; s <= SESSION_CLOSED; s++) {
		enum session_state state = (enum session_state)s;

		for (int e = 0; e < EVENTS; e++) {
			struct span out;
			enum session_state after;

			test_reach(&t, state);
			test_event(&t, (enum event)e);
			after = session_state(t.session);
			cr_expect_eq(after, AFTER[s][e], "%s, %s: %s",
				session_state_name(state), EVENT_NAMES[e],
				session_state_name(after));
			/* The promises of the states themselves. */
			if (after == SESSION_FIRST || after == SESSION_CLOSED)
				cr_expect_eq(
					session_output(t.session, &out, 1), 0);
			if (after == SESSION_SENDING ||
				after == SESSION_CLOSING)
				cr_expect_eq(
					session_output(t.session, &out, 1), 1);
			cr_expect_eq(talk_facts(&t).close_reason != NULL,
				after >= SESSION_CLOSING);
			cr_expect_eq(
				session_deadline(t.session).ms == INT64_MAX,
				after == SESSION_IDLE ||
					after == SESSION_CLOSED,
				"%s, %s", session_state_name(state),
				EVENT_NAMES[e]);
		}
	}
	talk_fini(&t);
}

/* Error 2, and nothing more; the reason is ours and not the error's. */
Test(session, data_that_is_too_old)
{
	struct talk t;
	struct span out;

	talk_init(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1");
	test_reach(&t, SESSION_IDLE);
	cache_withhold(t.cache, true);
	session_withhold(t.session, t.now);
	out = talk_hear(&t);
	cr_assert_geq(out.n, 16);
	cr_expect_eq(out.p[1], 10, "an Error Report");
	cr_expect_eq(out.p[3], 2, "no data available");
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_str_eq(talk_facts(&t).close_reason, "stale");
	/* A new session hears it when it asks, and stays. */
	talk_connect(&t);
	session_withhold(t.session, t.now);
	cr_expect_eq(talk_hear(&t).n, 0, "nothing is said first");
	for (int i = 0; i < 2; i++) {
		talk_say(&t, i == 0 ? RESET_QUERY : "0101000a0000000c00000001");
		out = talk_hear(&t);
		cr_assert_geq(out.n, 16);
		cr_expect_eq(out.p[1], 10);
		cr_expect_eq(out.p[3], 2);
	}
	cr_expect_eq(session_state(t.session), SESSION_IDLE);
	session_notify(t.session, t.now);
	cr_expect_eq(talk_hear(&t).n, 0, "there is nothing to tell");
	/* It may be given again, of the same serial: that is told. */
	cache_withhold(t.cache, false);
	session_notify(t.session, t.now);
	out = talk_hear(&t);
	cr_assert_eq(out.n, 12);
	cr_expect_eq(out.p[1], 0, "a Serial Notify");
	talk_fini(&t);
}

Test(session, nothing_is_said_first)
{
	struct talk t;
	struct span out;

	talk_init(&t, 1);
	for (unsigned i = 0; i < 20; i++) {
		char words[32];

		snprintf(words, sizeof(words), "10.0.0.0/8-8=%u", i);
		talk_publish(&t, words);
		session_notify(t.session, t.now);
		cr_expect_eq(session_output(t.session, &out, 1), 0);
		talk_wait(&t, 1000);
	}
	talk_fini(&t);
}

/* 20 updates in a minute, and then some: never two Notify in a minute, and the
 * last one tells the last serial. */
Test(session, notify_discipline)
{
	struct talk t;
	int64_t last = INT64_MIN / 2;
	uint32_t told = 0;
	unsigned count = 0;

	talk_init(&t, 1);
	talk_publish(&t, "");
	talk_say(&t, RESET_QUERY);
	talk_hear(&t);
	for (unsigned s = 0; s < 300; s++) {
		struct span out;

		if (s % 3 == 0 && s < 200) {
			char words[32];

			snprintf(words, sizeof(words), "10.0.0.0/8-8=%u", s);
			talk_publish(&t, words);
			session_notify(t.session, t.now);
		}
		out = talk_hear(&t);
		if (out.n > 0) {
			cr_assert_eq(out.n, 12);
			cr_expect_eq(out.p[1], 0);
			cr_expect(t.now.ms - last >= BOUND_RTR_NOTIFY_MS);
			last = t.now.ms;
			told = (uint32_t)out.p[10] << 8 | out.p[11];
			count++;
		}
		/* The deadline says when to come back. */
		cr_expect(session_deadline(t.session).ms > t.now.ms);
		talk_wait(&t, 1000);
	}
	cr_expect_eq(told, cache_serial(t.cache));
	cr_expect_eq(count, 5);
	cr_expect_eq(t.counters.pdus_out[0], count);
	talk_fini(&t);
}

/* A Notify that was due before the router asked by itself is dropped. */
Test(session, notify_is_dropped_when_outdated)
{
	struct talk t;

	talk_init(&t, 1);
	talk_publish(&t, "");
	talk_say(&t, RESET_QUERY);
	talk_publish(&t, "10.0.0.0/8-8=1");
	session_notify(t.session, t.now);
	talk_hear(&t);
	cr_expect_eq(t.counters.pdus_out[0], 1);
	talk_publish(&t, "10.0.0.0/8-8=2");
	session_notify(t.session, t.now);
	cr_expect(session_deadline(t.session).ms < INT64_MAX);
	talk_say(&t, RESET_QUERY);
	talk_hear(&t);
	cr_expect_eq(session_deadline(t.session).ms, INT64_MAX);
	talk_wait(&t, 600000);
	cr_expect_eq(talk_hear(&t).n, 0);
	talk_fini(&t);
}

Test(session, facts_and_counters)
{
	struct talk t;
	struct session_facts f;

	talk_init(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1 10.0.0.0/8-8=2 ::/0-0=1 key=1");
	f = talk_facts(&t);
	cr_expect_eq(f.version, -1);
	cr_expect_eq(f.last_error, -1);
	cr_expect_eq(f.connected.ms, t.now.ms);
	cr_expect(f.close_reason == NULL);
	t.now.ms += 5;
	talk_say(&t, RESET_QUERY);
	t.now.ms += 5;
	cr_expect_eq(talk_facts(&t).serial, 0);
	talk_hear(&t);
	f = talk_facts(&t);
	cr_expect_eq(f.version, 1);
	cr_expect_eq(f.serial, 1);
	cr_expect_eq(f.bytes_in, 8);
	cr_expect_eq(f.bytes_out, 8 + 20 + 20 + 32 + 123 + 24);
	cr_expect_eq(f.pdus_in, 1);
	cr_expect_eq(f.pdus_out, 6);
	cr_expect_eq(f.last_query.ms, f.connected.ms + 5);
	cr_expect_eq(f.last_sync.ms, f.connected.ms + 10);
	cr_expect_eq(t.counters.pdus_in[2], 1);
	cr_expect_eq(t.counters.pdus_out[3], 1);
	cr_expect_eq(t.counters.pdus_out[4], 2);
	cr_expect_eq(t.counters.pdus_out[6], 1);
	cr_expect_eq(t.counters.pdus_out[7], 1);
	cr_expect_eq(t.counters.pdus_out[9], 1);
	cr_expect_eq(t.counters.bytes_in, 8);
	cr_expect_eq(t.counters.bytes_out, f.bytes_out);
	talk_say(&t, "0105000000000008");
	talk_hear(&t);
	f = talk_facts(&t);
	cr_expect_eq(f.last_error, 5);
	cr_expect_eq(f.ended, CLOSE_ERROR_SENT);
	cr_expect_str_eq(f.close_reason, "error-sent");
	cr_expect_not_null(f.complaint);
	cr_expect_arr_eq(f.culprit, "\1\5\0\0\0\0\0\b", f.culprit_n);
	cr_expect_eq(f.culprit_n, 8);
	cr_expect_eq(t.counters.errors_sent[5], 1);
	cr_expect_eq(t.counters.pdus_out[10], 1);
	talk_fini(&t);
}

/* What was handed out stays readable after the session was closed. */
Test(session, slices_outlive_the_close)
{
	struct talk t;
	struct span out[3];
	size_t n;
	unsigned sum = 0;

	talk_init(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1");
	talk_say(&t, RESET_QUERY);
	n = session_output(t.session, out, 3);
	cr_assert_eq(n, 3);
	talk_publish(&t, "");
	test_event(&t, EVENT_REPORT);
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < out[i].n; k++)
			sum += out[i].p[k];
	}
	cr_expect(sum > 0);
	session_sent(t.session, out[0].n + out[1].n + out[2].n, t.now);
	cr_expect_eq(talk_facts(&t).bytes_out, 0);
	talk_fini(&t);
}

/* Who sends the current set is not meant, nor who sends nothing. */
Test(session, an_outdated_answer_is_shed)
{
	struct talk t;

	talk_init(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1");
	session_shed(t.session);
	talk_say(&t, RESET_QUERY);
	session_shed(t.session);
	cr_expect_eq(session_state(t.session), SESSION_SENDING);
	talk_publish(&t, "");
	session_shed(t.session);
	cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	cr_expect_str_eq(talk_facts(&t).close_reason, "outdated");
	talk_fini(&t);
}

/* A router that only ever asks is answered one by one; the fifth query that
 * waits ends it, and nothing of ours grows with what it sends. */
Test(session, flood_of_queries)
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

Test(session, names)
{
	cr_expect_str_eq(session_state_name(SESSION_FIRST), "first");
	cr_expect_str_eq(session_state_name(SESSION_IDLE), "idle");
	cr_expect_str_eq(session_state_name(SESSION_SENDING), "sending");
	cr_expect_str_eq(session_state_name(SESSION_CLOSING), "closing");
	cr_expect_str_eq(session_state_name(SESSION_CLOSED), "closed");
	session_free(NULL);
}

/* The tables have a word in each row, and no word twice. */
Test(session, words)
{
	for (int i = 0; i < CLOSE_REASONS; i++) {
		const char *word = close_reason_name((enum close_reason)i);

		cr_assert_not_null(word);
		for (int k = 0; k < i; k++)
			cr_expect_str_neq(
				word, close_reason_name((enum close_reason)k));
	}
	for (int i = 0; i < REFUSALS; i++)
		cr_expect_not_null(refusal_name((enum refusal)i));
}
