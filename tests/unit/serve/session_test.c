/*
 * session: every state with every event, deadlines, counters, facts.
 *
 * What is said octet by octet stands in tests/wire, what floods and drips in
 * session_flood_test.c.
 */
#include <criterion/criterion.h>
#include <malloc.h>

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
	EVENT_RESTART, /* we go away */
	EVENT_BLOCKED, /* the socket takes nothing */
	EVENTS,
};

static const char *const EVENT_NAMES[EVENTS] = {"nothing", "query", "bad",
	"report", "no data", "notify", "end", "late", "taken", "withhold",
	"restart", "blocked"};

/* State after each event, from each state. */
static const enum session_state AFTER[5][EVENTS] = {
	[SESSION_FIRST] = {SESSION_FIRST, SESSION_SENDING, SESSION_CLOSING,
		SESSION_CLOSED, SESSION_CLOSED, SESSION_FIRST, SESSION_CLOSED,
		SESSION_CLOSED, SESSION_FIRST, SESSION_FIRST, SESSION_FIRST,
		SESSION_FIRST},
	[SESSION_IDLE] = {SESSION_IDLE, SESSION_SENDING, SESSION_CLOSING,
		SESSION_CLOSED, SESSION_IDLE, SESSION_IDLE, SESSION_CLOSED,
		SESSION_IDLE, SESSION_IDLE, SESSION_CLOSING, SESSION_CLOSED,
		SESSION_IDLE},
	[SESSION_SENDING] = {SESSION_SENDING, SESSION_SENDING, SESSION_SENDING,
		SESSION_CLOSED, SESSION_SENDING, SESSION_SENDING,
		SESSION_SENDING, SESSION_CLOSED, SESSION_IDLE, SESSION_CLOSED,
		SESSION_SENDING, SESSION_SENDING},
	[SESSION_CLOSING] = {SESSION_CLOSING, SESSION_CLOSING, SESSION_CLOSING,
		SESSION_CLOSING, SESSION_CLOSING, SESSION_CLOSING,
		SESSION_CLOSING, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSING, SESSION_CLOSING, SESSION_CLOSING},
	[SESSION_CLOSED] = {SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED, SESSION_CLOSED,
		SESSION_CLOSED},
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
	case EVENT_RESTART:
		session_restart(t->session, t->now);
		break;
	case EVENT_BLOCKED:
		session_blocked(t->session, t->now);
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
	cr_assert_eq(out.n, 16, "without a text");
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

/* Version 2 has words for a cache that goes; the others see it go.  Nobody is
 * told anything that makes routers flush without the operator's wish. */
Test(session, restart_and_shutdown)
{
	static void (*const leave[2])(struct session *, struct mono) = {
		session_restart, session_shutdown};
	static const char *const reasons[2] = {"restart", "shutdown"};
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (unsigned i = 0; i < 6; i++) {
		unsigned version = i % 3, way = i / 3;
		struct span out;

		talk_begin(&t, version);
		leave[way](t.session, t.now);
		cr_expect_str_eq(talk_facts(&t).close_reason, reasons[way]);
		out = talk_hear(&t);
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
		cr_expect_eq(out.n > 0, version == 2);
		if (version < 2)
			continue;
		cr_expect_eq(out.p[0], 2);
		cr_expect_eq(out.p[1], 10);
		cr_expect_eq(out.p[3], 12 + way);
		cr_expect_eq(out.p[11], 0, "no PDU is to blame");
		cr_expect_eq(t.counters.errors_sent[12 + way], 1);
	}
	talk_fini(&t);
}

/* An answer that is under way is finished, those that wait are not begun, and
 * a fault of the router is told as that. */
Test(session, restart_within_an_answer)
{
	struct talk t;
	struct span out;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (unsigned version = 0; version < 3; version++) {
		size_t answer = 8 + 20 + (version == 0 ? 12 : 24);

		talk_connect(&t);
		for (int i = 0; i < 3; i++)
			talk_ask_all(&t, version);
		talk_take(&t, 10, 10);
		session_restart(t.session, t.now);
		session_restart(t.session, t.now);
		talk_ask_all(&t, version);
		out = talk_hear(&t);
		cr_assert_geq(out.n, answer);
		cr_expect_eq(out.p[answer - (version == 0 ? 12 : 24) + 1], 7);
		cr_expect_eq(out.n > answer, version == 2);
		if (version == 2)
			cr_expect_eq(out.p[answer + 3], 12);
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
		cr_expect_str_eq(talk_facts(&t).close_reason, "restart");
	}
	talk_connect(&t);
	talk_ask_all(&t, 1);
	test_event(&t, EVENT_BAD);
	session_restart(t.session, t.now);
	out = talk_hear(&t);
	cr_expect_eq(out.p[8 + 20 + 24 + 3], 3, "its own fault");
	cr_expect_str_eq(talk_facts(&t).close_reason, "error-sent");
	talk_fini(&t);
}

/* A Notify that the socket does not take is gone, and what waited behind it
 * goes on; one that was begun is not taken back. */
Test(session, a_blocked_notify_is_dropped)
{
	struct talk t;
	struct span out;

	talk_init(&t, 1);
	talk_publish(&t, "");
	talk_begin(&t, 1);
	talk_publish(&t, "10.0.0.0/8-8=1");
	session_notify(t.session, t.now);
	cr_expect_eq(session_output(t.session, &out, 1), 1);
	session_blocked(t.session, t.now);
	cr_expect_eq(session_output(t.session, &out, 1), 0);
	cr_expect_eq(t.counters.notifies_dropped, 1);
	cr_expect_eq(session_deadline(t.session).ms, INT64_MAX, "not queued");
	talk_publish(&t, "10.0.0.0/8-8=2");
	session_notify(t.session, t.now);
	talk_wait(&t, BOUND_RTR_NOTIFY_MS);
	talk_say(&t, RESET_QUERY);
	session_blocked(t.session, t.now);
	cr_expect_eq(talk_hear(&t).n, 8 + 20 + 24, "the answer alone");
	talk_publish(&t, "10.0.0.0/8-8=3");
	talk_wait(&t, BOUND_RTR_NOTIFY_MS);
	session_notify(t.session, t.now);
	talk_take(&t, 5, 5);
	session_blocked(t.session, t.now);
	cr_expect_eq(talk_hear(&t).n, 12);
	cr_expect_eq(t.counters.notifies_dropped, 2);
	cr_expect_eq(t.counters.pdus_out[0], 1);
	talk_fini(&t);
}

/* A thousand routers are told of one change within the spread, not in one
 * second, and each no more than once. */
Test(session, routers_are_told_apart)
{
	enum {
		ROUTERS = 1000,
		SPREAD = 6000
	};
	static struct talk t[ROUTERS];
	unsigned seconds[SPREAD / 1000 + 1] = {0};

	talk_init(&t[0], 1);
	t[0].config.notify_spread_ms = SPREAD;
	talk_publish(&t[0], "");
	for (unsigned i = 1; i < ROUTERS; i++)
		talk_init_beside(&t[i], &t[0]);
	for (unsigned i = 0; i < ROUTERS; i++) {
		t[i].peer.source[14] = (uint8_t)(i >> 8);
		t[i].peer.source[15] = (uint8_t)i;
		talk_begin(&t[i], 1);
	}
	talk_publish(&t[0], "10.0.0.0/8-8=1");
	for (unsigned i = 0; i < ROUTERS; i++)
		session_notify(t[i].session, t[i].now);
	for (int ms = 0; ms <= SPREAD; ms += 20) {
		for (unsigned i = 0; i < ROUTERS; i++) {
			if (talk_hear(&t[i]).n > 0)
				seconds[ms / 1000]++;
			talk_wait(&t[i], 20);
		}
	}
	for (unsigned s = 0; s < SPREAD / 1000; s++)
		cr_expect(seconds[s] > 80 && seconds[s] < 250,
			"%u in second %u", seconds[s], s);
	for (unsigned i = ROUTERS; i-- > 0;) {
		cr_expect_eq(t[i].counters.pdus_out[0], 1);
		talk_fini(&t[i]);
	}
}

/* The refresh interval of the next answer. */
static uint32_t
test_refresh(struct talk *t, unsigned version)
{
	struct span out;

	talk_connect(t);
	talk_ask_all(t, version);
	out = talk_hear(t);
	cr_assert_eq(out.n, 8 + 24);
	/* Retry and expire are as they were. */
	cr_expect_eq((uint32_t)out.p[26] << 8 | out.p[27], 600);
	cr_expect_eq((uint32_t)out.p[30] << 8 | out.p[31], 7200);
	return (uint32_t)out.p[22] << 8 | out.p[23];
}

Test(session, refresh_before_an_end)
{
	static const struct {
		int64_t end_ms;
		uint32_t refresh;
	} rows[] = {
		{3600001, 3600},
		{3600000, 3600},
		{3599000, 3599},
		{3598001, 3599},
		{60000, 60},
		{10001, 11},
		{10000, 10},
		{1, 10},
		{0, 10},
		{-86400000, 10},
	};
	unsigned seen = 0;
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "");
	cr_expect_eq(test_refresh(&t, 1), 3600, "nothing ends");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cache_expiry(t.cache, (struct mono){t.now.ms + rows[i].end_ms});
		cr_expect_eq(
			test_refresh(&t, 1), rows[i].refresh, "row %zu", i);
		cr_expect_eq(test_refresh(&t, 2), rows[i].refresh);
	}
	/* Not all at the same second, and never later than usual. */
	t.config.notify_spread_ms = 6000;
	cache_expiry(t.cache, (struct mono){t.now.ms + 60000});
	for (unsigned i = 0; i < 100; i++) {
		uint32_t refresh;

		t.peer.source[15] = (uint8_t)i;
		refresh = test_refresh(&t, 1);
		cr_expect(refresh >= 60 && refresh <= 66);
		seen |= 1U << (refresh - 60);
	}
	cr_expect_eq(seen >> 1 & 0x3f, 0x3f, "each second: %#x", seen);
	cache_expiry(t.cache, (struct mono){t.now.ms + 3599000});
	cr_expect_leq(test_refresh(&t, 1), 3600);
	talk_fini(&t);
}

/* Limits of a connection: below and above them Error 4 bears our highest, and
 * no choice of before sticks (R13). */
Test(session, versions_between_limits)
{
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1 key=1 aspa=1:2");
	for (unsigned i = 0; i < 3 * 3 * 256; i++) {
		unsigned version = i % 256;
		struct span out;

		t.peer.min_version = i / 256 / 3;
		t.peer.max_version = i / 256 % 3;
		talk_connect(&t);
		talk_ask_all(&t, version);
		out = talk_hear(&t);
		cr_assert_geq(out.n, 8);
		if (version >= t.peer.min_version &&
			version <= t.peer.max_version) {
			static const size_t sizes[] = {8 + 20 + 12,
				8 + 20 + 123 + 24, 8 + 20 + 123 + 16 + 24};

			cr_expect_eq(out.n, sizes[version]);
			cr_expect_eq(out.p[0], version);
			continue;
		}
		cr_expect_eq(out.p[0], t.peer.max_version);
		cr_expect_eq(out.p[1], 10);
		cr_expect_eq(out.p[3], 4);
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
	}
	talk_fini(&t);
}

/* What is private to a connection (R5): the allocator's own measure. */
Test(session, is_small)
{
	struct talk t;
	size_t size;

	talk_init(&t, 2);
	size = malloc_usable_size(t.session);
	printf("a session takes %zu octets\n", size);
	cr_expect_lt(size, 4096);
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
