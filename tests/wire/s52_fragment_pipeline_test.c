/*
 * s52_fragment_pipeline: segments of one octet give identical octets; five
 * queries in one segment: four are answered, the fifth ends the session
 * (scenario fragment-pipeline).
 *
 *	[q1 q2 q3 q4]     answers as if one by one
 *	[q1 q2 q3 q4 q5]  four answers, Error 3 with the fifth in it, closed
 *
 * r09_framing cuts everything else everywhere.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	QUERIES = 4,
	HEARD = 8192
};

struct said {
	uint8_t octets[12 * 16];
	size_t n;
};

/* Query number `i` of a pipeline: all, nothing new, a delta, a stranger. */
static void
test_add(struct said *s, unsigned version, unsigned i)
{
	uint8_t *p = s->octets + s->n;
	static const uint32_t serials[] = {0, 2, 1, 77};
	bool all = i % 4 == 0;

	*p++ = (uint8_t)version;
	*p++ = all ? 2 : 1;
	*p++ = all ? 0 : (uint8_t)(talk_session(version) >> 8);
	*p++ = all ? 0 : (uint8_t)talk_session(version);
	held_put32(p, all ? 8 : 12);
	held_put32(p + 4, serials[i % 4]);
	s->n += all ? 8 : 12;
}

static struct said
test_said(unsigned version, unsigned count)
{
	struct said s = {.n = 0};

	for (unsigned i = 0; i < count; i++)
		test_add(&s, version, i);
	return s;
}

static size_t
test_copy(struct talk *t, uint8_t out[HEARD])
{
	struct span s = talk_hear(t);

	cr_assert(s.n <= HEARD);
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	return s.n;
}

static void
test_init(struct talk *t)
{
	talk_init(t, 2);
	talk_publish(t, "10.0.0.0/8-8=1 key=1 aspa=1:2");
	talk_publish(t, "10.0.0.0/8-8=2 key=2 aspa=1:3");
}

Test(s52_fragment_pipeline, one_octet_segments)
{
	for (unsigned version = 0; version < 3; version++) {
		struct said said = test_said(version, QUERIES);
		uint8_t whole[HEARD], cut[HEARD];
		struct talk t;
		size_t n;

		test_init(&t);
		talk_say_octets(&t, said.octets, said.n);
		n = test_copy(&t, whole);
		cr_assert(n > 100);
		for (int pace = 0; pace < TALK_PACES; pace++) {
			t.pace = (enum talk_pace)pace;
			talk_connect(&t);
			talk_say_octets(&t, said.octets, said.n);
			cr_expect_eq(test_copy(&t, cut), n);
			cr_expect_arr_eq(whole, cut, n);
			cr_expect_eq(session_state(t.session), SESSION_IDLE);
		}
		talk_fini(&t);
	}
}

/* The same queries one by one, each after the answer to the last. */
Test(s52_fragment_pipeline, four_at_once_as_one_by_one)
{
	for (unsigned version = 0; version < 3; version++) {
		struct said said = test_said(version, QUERIES);
		uint8_t whole[HEARD], single[HEARD];
		struct talk t;
		size_t n, got = 0;

		test_init(&t);
		talk_say_octets(&t, said.octets, said.n);
		n = test_copy(&t, whole);
		talk_connect(&t);
		for (unsigned i = 0; i < QUERIES; i++) {
			struct said one = {.n = 0};

			test_add(&one, version, i);
			talk_say_octets(&t, one.octets, one.n);
			got += test_copy(&t, single + got);
		}
		cr_expect_eq(got, n);
		cr_expect_arr_eq(whole, single, n);
		talk_fini(&t);
	}
}

/* What four queries are answered by, then an Error Report with the head of the
 * fifth, and the end: whatever else stands behind. */
Test(s52_fragment_pipeline, the_fifth_is_too_many)
{
	for (unsigned i = 0; i < 3 * 8; i++) {
		unsigned version = i % 3, count = 5 + i / 3;
		struct said four = test_said(version, QUERIES);
		struct said said = test_said(version, count);
		uint8_t want[HEARD], got[HEARD];
		struct checker c;
		struct talk t;
		size_t n, all;

		test_init(&t);
		talk_say_octets(&t, four.octets, four.n);
		n = test_copy(&t, want);
		talk_connect(&t);
		talk_say_octets(&t, said.octets, said.n);
		all = test_copy(&t, got);
		cr_assert(all > n);
		cr_expect_arr_eq(want, got, n, "answers of the first four");
		checker_init(&c, version);
		cr_expect(checker_read(&c, span_of(got + n, all - n)), "%s",
			c.why);
		cr_expect_eq(c.pdus[10], 1);
		cr_expect_eq(c.error, 3);
		cr_expect_arr_eq(got + n + 12, four.octets, 8,
			"the fifth is a Reset Query");
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
		checker_fini(&c);
		talk_fini(&t);
	}
}

/* Slots are free again when answers are taken: a thousand queries, four at a
 * time. */
Test(s52_fragment_pipeline, four_at_a_time_for_ever)
{
	for (unsigned version = 0; version < 3; version++) {
		struct said said = test_said(version, QUERIES);
		struct talk t;

		test_init(&t);
		for (unsigned i = 0; i < 250; i++) {
			talk_say_octets(&t, said.octets, said.n);
			cr_assert(talk_hear(&t).n > 100);
			cr_assert_eq(session_state(t.session), SESSION_IDLE);
		}
		talk_fini(&t);
	}
}
