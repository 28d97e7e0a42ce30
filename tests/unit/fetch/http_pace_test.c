/*
 * http_pace: each deadline at its last moment and behind it.
 */
#include <criterion/criterion.h>

#include "validator/fetch/http_pace.h"
#include "waymark/bounds.h"

static const struct http_limits LIMITS = {
	.idle_ms = 30000, .total_ms = 600000, .grace_ms = 60000, .rate = 10000};

static struct mono
at(int64_t ms)
{
	return (struct mono){1000000 + ms};
}

static struct http_pace
asked(void)
{
	struct http_pace p;

	http_pace_init(&p, at(0));
	http_pace_ask(&p, at(0));
	return p;
}

Test(http_pace, idle)
{
	struct http_pace p = asked();

	cr_assert_eq(http_pace_check(&p, &LIMITS, 0, at(30000)), HTTP_LATE_NOT);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 0, at(30001)), HTTP_LATE_IDLE);
	cr_assert_eq(http_pace_check(&p, &LIMITS, 1, at(30000)), HTTP_LATE_NOT);
	cr_assert_eq(http_pace_check(&p, &LIMITS, 1, at(60000)), HTTP_LATE_NOT);
}

Test(http_pace, total)
{
	struct http_pace p = asked();
	uint64_t octets = 0;

	for (int64_t t = 0; t <= 600000; t += 20000) {
		octets += 1000000;
		cr_assert_eq(http_pace_check(&p, &LIMITS, octets, at(t)),
			HTTP_LATE_NOT);
	}
	cr_assert_eq(http_pace_check(&p, &LIMITS, octets + 1, at(600001)),
		HTTP_LATE_TOTAL);
}

Test(http_pace, average_after_the_grace)
{
	struct http_pace p = asked();

	/* An octet a second is enough for a minute. */
	for (unsigned s = 1; s <= 60; s++)
		cr_assert_eq(http_pace_check(&p, &LIMITS, s, at(s * 1000)),
			HTTP_LATE_NOT);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 61, at(60001)), HTTP_LATE_RATE);
	/* 800,000 octets last 80 s. */
	p = asked();
	for (unsigned s = 1; s <= 80; s++)
		cr_assert_eq(
			http_pace_check(&p, &LIMITS, s * 10000, at(s * 1000)),
			HTTP_LATE_NOT);
	cr_assert_eq(http_pace_check(&p, &LIMITS, 800000, at(80001)),
		HTTP_LATE_RATE);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 800010, at(80001)), HTTP_LATE_NOT);
}

Test(http_pace, connecting_is_not_idle)
{
	struct http_pace p;

	http_pace_init(&p, at(0));
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 0, at(600000)), HTTP_LATE_NOT);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 0, at(600001)), HTTP_LATE_TOTAL);
	/* Behind a redirect, neither is waiting for a connection. */
	http_pace_ask(&p, at(1000));
	http_pace_wait(&p);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 0, at(400000)), HTTP_LATE_NOT);
	cr_assert_eq(http_pace_next(&p, &LIMITS, at(400000)), 200001);
	/* A redirect begins its own count, but not its own total. */
	http_pace_ask(&p, at(500000));
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 0, at(530000)), HTTP_LATE_NOT);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 0, at(530001)), HTTP_LATE_IDLE);
}

Test(http_pace, tells_when_to_look_again)
{
	struct http_pace p;

	http_pace_init(&p, at(0));
	cr_assert_eq(http_pace_next(&p, &LIMITS, at(0)), 600001);
	http_pace_ask(&p, at(0));
	cr_assert_eq(http_pace_next(&p, &LIMITS, at(0)), 30001);
	cr_assert_eq(http_pace_next(&p, &LIMITS, at(30000)), 1);
	cr_assert_eq(http_pace_next(&p, &LIMITS, at(40000)), 0);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 10, at(29000)), HTTP_LATE_NOT);
	cr_assert_eq(
		http_pace_check(&p, &LIMITS, 20, at(58000)), HTTP_LATE_NOT);
	cr_assert_eq(http_pace_next(&p, &LIMITS, at(58000)), 2001);
	/* Every moment that it names is one at which something is late. */
	for (uint64_t octets = 0; octets < 7000000; octets += 99991) {
		struct http_pace q = asked();
		int64_t next;

		(void)http_pace_check(&q, &LIMITS, octets, at(1));
		next = http_pace_next(&q, &LIMITS, at(1));
		cr_assert_eq(http_pace_check(&q, &LIMITS, octets, at(next)),
			HTTP_LATE_NOT);
		cr_assert_neq(
			http_pace_check(&q, &LIMITS, octets, at(next + 1)),
			HTTP_LATE_NOT);
	}
}

Test(http_pace, large_numbers_do_not_wrap)
{
	struct http_pace p = asked();

	cr_assert_eq(http_pace_check(&p, &LIMITS, UINT64_MAX, at(100000)),
		HTTP_LATE_NOT);
	cr_assert_gt(http_pace_next(&p, &LIMITS, at(100000)), 0);
}
