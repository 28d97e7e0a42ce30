/*
 * pace: bursts, the sustained rate, who gives way in a full table.
 */
#include <criterion/criterion.h>

#include "rtrd/serve/pace.h"
#include "waymark/bounds.h"

enum {
	BURST = 64,
	STEP = BOUND_RTR_PACE_MS
};

static const uint8_t LOCAL[16];

/* IPv4 address `n`, as sessions are told it. */
static const uint8_t *
test_source(uint8_t out[16], uint32_t n)
{
	memset(out, 0, 16);
	out[10] = 0xff;
	out[11] = 0xff;
	for (int i = 0; i < 4; i++)
		out[12 + i] = (uint8_t)(n >> (24 - 8 * i));
	return out;
}

static bool
test_take(struct pace *p, uint32_t source, size_t burst, int64_t now)
{
	uint8_t s[16];
	struct mono at =
		pace_take(p, test_source(s, source), burst, (struct mono){now});

	/* Now, or within one step. */
	cr_assert(at.ms >= now && at.ms <= now + STEP);
	return at.ms == now;
}

Test(pace, burst_then_one_a_step)
{
	struct pace *p = pace_new();
	int64_t now = 1000000;

	for (int i = 0; i < BURST; i++)
		cr_expect(test_take(p, 1, BURST, now), "set %d", i);
	cr_expect_not(test_take(p, 1, BURST, now));
	cr_expect(test_take(p, 2, BURST, now), "another source");
	/* Asking all the time gives one a step, for ever. */
	for (int step = 1; step <= 1000; step++) {
		cr_expect_not(test_take(p, 1, BURST, now + STEP - 1));
		now += STEP;
		cr_expect(test_take(p, 1, BURST, now), "step %d", step);
		cr_expect_not(test_take(p, 1, BURST, now));
	}
	/* After as long a pause, all of the burst again. */
	now += (int64_t)BURST * STEP;
	for (int i = 0; i < BURST; i++)
		cr_expect(test_take(p, 1, BURST, now));
	cr_expect_not(test_take(p, 1, BURST, now));
	pace_free(p);
	pace_free(NULL);
}

/* The time to come again is the time at which there is one. */
Test(pace, tells_when)
{
	struct pace *p = pace_new();
	uint8_t s[16];
	struct mono now = {5}, at;

	test_source(s, 7);
	cr_expect_eq(pace_take(p, s, 1, now).ms, 5);
	now.ms += 1234;
	at = pace_take(p, s, 1, now);
	cr_expect_eq(at.ms, 5 + STEP);
	cr_expect_eq(pace_take(p, s, 1, at).ms, at.ms);
	cr_expect_eq(pace_take(p, s, 0, at).ms, at.ms + STEP, "0 is 1");
	pace_free(p);
}

/* A burst that was larger leaves no debt that keeps a source waiting. */
Test(pace, smaller_burst)
{
	struct pace *p = pace_new();

	for (int i = 0; i < 1000; i++)
		cr_expect(test_take(p, 1, 1000, 0));
	cr_expect_not(test_take(p, 1, 2, 0));
	cr_expect(test_take(p, 1, 2, STEP));
	pace_free(p);
}

Test(pace, unix_sockets_are_not_measured)
{
	struct pace *p = pace_new();
	struct mono now = {1};

	for (int i = 0; i < 1000; i++)
		cr_expect_eq(pace_take(p, LOCAL, 1, now).ms, 1);
	pace_free(p);
}

/* A hundred thousand other sources do not set a flood free: those that asked
 * once give way first. */
Test(pace, a_full_table_keeps_the_flood)
{
	struct pace *p = pace_new();

	for (int i = 0; i < BURST; i++)
		cr_expect(test_take(p, 1, BURST, 0));
	for (uint32_t n = 2; n < 100000; n++)
		cr_expect(test_take(p, n, BURST, 0), "source %u", n);
	cr_expect_not(test_take(p, 1, BURST, 0));
	cr_expect(test_take(p, 1, BURST, STEP));
	pace_free(p);
}
