/*
 * R4: a router that takes no octet for 30 s is closed, and so is one that takes
 * octets, but has not all of its answer after 300 s.  Writing never waits: what
 * is not taken stays where it is, and the session only says until when.
 */
#include <criterion/criterion.h>

#include "tests/wire/talk.h"

enum {
	PROGRESS_MS = 30000, /* as promised, not as built */
	WHOLE_MS = 300000
};

static void
test_begin(struct talk *t, unsigned version)
{
	talk_init(t, 2);
	talk_publish(t, "10.0.0.0/8-8=1 10.1.0.0/16-24=2 2001:db8::/32-48=3");
	talk_ask_all(t, version);
	cr_assert_eq(session_state(t->session), SESSION_SENDING);
}

static void
test_closed(struct talk *t, enum close_reason reason)
{
	struct span out;

	cr_assert_eq(session_state(t->session), SESSION_CLOSED);
	cr_assert_eq(talk_facts(t).ended, reason);
	/* Nothing is said to one who does not listen. */
	cr_assert_eq(session_output(t->session, &out, 1), 0);
}

/* After every octet of the answer, in every version. */
Test(r04, no_octet_for_thirty_seconds)
{
	for (unsigned version = 0; version <= 2; version++) {
		size_t size;
		struct talk t;

		test_begin(&t, version);
		size = talk_hear(&t).n;
		talk_fini(&t);
		for (size_t taken = 0; taken < size; taken++) {
			test_begin(&t, version);
			cr_assert_eq(talk_take(&t, taken, SIZE_MAX), taken);
			talk_wait(&t, PROGRESS_MS - 1);
			cr_assert_eq(session_state(t.session), SESSION_SENDING,
				"version %u, %zu octets", version, taken);
			talk_wait(&t, 1);
			test_closed(&t, CLOSE_WRITE);
			talk_fini(&t);
		}
	}
}

/* One octet just in time, again and again, until its time is up. */
Test(r04, a_whole_answer_in_five_minutes)
{
	struct talk t;
	int64_t left = WHOLE_MS;

	test_begin(&t, 2);
	while (left > PROGRESS_MS - 1) {
		talk_wait(&t, PROGRESS_MS - 1);
		left -= PROGRESS_MS - 1;
		cr_assert_eq(session_state(t.session), SESSION_SENDING);
		cr_assert_eq(talk_take(&t, 1, 1), 1);
	}
	talk_wait(&t, left - 1);
	cr_assert_eq(session_state(t.session), SESSION_SENDING);
	talk_wait(&t, 1);
	test_closed(&t, CLOSE_SYNC);
	talk_fini(&t);
}

/* The last octet in the last millisecond is in time, and another answer has its
 * own five minutes. */
Test(r04, in_time_is_in_time)
{
	struct talk t;

	test_begin(&t, 1);
	for (int i = 0; i < 11; i++) {
		talk_wait(&t, WHOLE_MS / 12);
		cr_assert_eq(talk_take(&t, 1, 1), 1);
	}
	talk_wait(&t, WHOLE_MS / 12 - 1);
	cr_assert_gt(talk_hear(&t).n, 0);
	cr_assert_eq(session_state(t.session), SESSION_IDLE);
	cr_assert_eq(session_deadline(t.session).ms, INT64_MAX);
	talk_wait(&t, WHOLE_MS);
	talk_ask_all(&t, 1);
	talk_wait(&t, PROGRESS_MS - 1);
	cr_assert_eq(session_state(t.session), SESSION_SENDING);
	talk_fini(&t);
}

/* The deadline that it asks for is the one that it keeps. */
Test(r04, says_until_when)
{
	struct talk t;
	int64_t began;

	test_begin(&t, 1);
	began = t.now.ms;
	cr_assert_eq(session_deadline(t.session).ms, began + PROGRESS_MS);
	talk_wait(&t, 1000);
	cr_assert_eq(talk_take(&t, 1, 1), 1);
	cr_assert_eq(
		session_deadline(t.session).ms, began + 1000 + PROGRESS_MS);
	for (int i = 1; i < 11; i++) {
		talk_wait(&t, 27000);
		cr_assert_eq(talk_take(&t, 1, 1), 1);
	}
	/* 271 s have gone: the end of the whole is nearer. */
	cr_assert_eq(session_deadline(t.session).ms, began + WHOLE_MS);
	talk_fini(&t);
}
