/*
 * gate: places in total and by source, the share of time, and the order.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rtrd/net/gate.h"
#include "waymark/bounds.h"

enum {
	MANY = BOUND_TLS_HANDSHAKES + 40,
	SEED = 77,
};

static struct gate gate;
static struct gate_pass passes[MANY];

/* Passes of sources that differ, but for groups of `same`. */
static void
begin(unsigned same)
{
	gate_init(&gate, SEED, 0);
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t source[GATE_SOURCE] = {0};
		unsigned n = i / same;

		source[14] = (uint8_t)(n >> 8);
		source[15] = (uint8_t)n;
		gate_pass_init(&gate, &passes[i], &passes[i], source);
	}
}

/* A step that costs nothing. */
static bool
step(struct gate_pass *p, int64_t now_us)
{
	if (!gate_enter(&gate, p, now_us))
		return false;
	gate_used(&gate, p, 0);
	return true;
}

Test(gate, places_of_one_source)
{
	begin(MANY);
	for (unsigned i = 0; i < BOUND_TLS_PER_SOURCE; i++)
		cr_expect(step(&passes[i], 0), "%u", i);
	cr_expect_not(step(&passes[BOUND_TLS_PER_SOURCE], 0));
	cr_expect_null(gate_next(&gate, 0));
	/* Who has a place keeps it for all of its steps, in its turn. */
	cr_expect_not(step(&passes[0], 0));
	cr_expect_eq(gate_next(&gate, 0), &passes[0]);
	cr_expect(step(&passes[0], 0));
	gate_leave(&gate, &passes[3]);
	cr_expect_eq(gate_next(&gate, 0), &passes[BOUND_TLS_PER_SOURCE]);
	cr_expect_null(gate_next(&gate, 0));
}

Test(gate, places_in_total)
{
	begin(1);
	for (unsigned i = 0; i < BOUND_TLS_HANDSHAKES; i++)
		cr_expect(step(&passes[i], 0), "%u", i);
	for (unsigned i = BOUND_TLS_HANDSHAKES; i < MANY; i++)
		cr_expect_not(step(&passes[i], 0), "%u", i);
	for (unsigned i = BOUND_TLS_HANDSHAKES; i < MANY; i++) {
		cr_expect_null(gate_next(&gate, 0));
		gate_leave(&gate, &passes[i - BOUND_TLS_HANDSHAKES]);
		cr_assert_eq(gate_next(&gate, 0), &passes[i], "%u", i);
		gate_used(&gate, &passes[i], 0);
	}
	for (unsigned i = 0; i < MANY; i++)
		gate_leave(&gate, &passes[i]);
	cr_expect_eq(gate.taken, 0);
	for (unsigned i = 0; i < GATE_BUCKETS; i++)
		cr_assert_eq(gate.by_source[i], 0);
}

/* One source that has all of its places holds nobody else up. */
Test(gate, others_pass_a_source_that_waits)
{
	begin(BOUND_TLS_PER_SOURCE + 4);
	for (unsigned i = 0; i < BOUND_TLS_PER_SOURCE + 4; i++)
		(void)step(&passes[i], 0);
	cr_expect_null(gate_next(&gate, 0));
	cr_expect_not(step(&passes[BOUND_TLS_PER_SOURCE + 4], 0));
	cr_expect_eq(gate_next(&gate, 0), &passes[BOUND_TLS_PER_SOURCE + 4]);
}

Test(gate, time_is_a_share)
{
	int64_t used = 0, wait_us;

	begin(1);
	/* Steps of a millisecond, as fast as they are let in, for a second. */
	for (int64_t now = 0; now < 1000000; now += 100) {
		struct gate_pass *p = &passes[now / 100 % 50];

		if (p->waiting)
			p = gate_next(&gate, now);
		else if (!gate_enter(&gate, p, now))
			p = gate_next(&gate, now);
		if (p == NULL)
			continue;
		gate_used(&gate, p, 1000);
		used += 1000;
	}
	cr_expect_geq(used, 1000000 / BOUND_TLS_SHARE);
	cr_expect_leq(
		used, 1000000 / BOUND_TLS_SHARE + BOUND_TLS_BURST_US + 1000);
	(void)gate_first(&gate, 1000000, &wait_us);
	cr_expect_leq(wait_us, 1000 * BOUND_TLS_SHARE);
}

/* What passes in steps too short to count is not lost. */
Test(gate, time_comes_back_also_in_small_change)
{
	int64_t wait_us;

	begin(1);
	cr_expect(gate_enter(&gate, &passes[0], 0));
	gate_used(&gate, &passes[0], BOUND_TLS_BURST_US);
	cr_expect_not(gate_enter(&gate, &passes[0], 0));
	cr_expect_eq(gate_first(&gate, 0, &wait_us), &passes[0]);
	cr_expect_eq(wait_us, BOUND_TLS_SHARE);
	for (int64_t now = 0; now < BOUND_TLS_SHARE; now++)
		cr_expect_null(gate_next(&gate, now), "%d", (int)now);
	cr_expect_eq(gate_next(&gate, BOUND_TLS_SHARE), &passes[0]);
}

Test(gate, a_long_pause_gives_no_more_than_a_burst)
{
	begin(1);
	cr_expect(gate_enter(&gate, &passes[0], INT64_C(1) << 50));
	cr_expect_eq(gate.budget_us, BOUND_TLS_BURST_US);
}

/* Those that are called and do not come hold up a few others, until they
 * leave. */
Test(gate, few_are_called_at_once)
{
	begin(1);
	gate.budget_us = 0;
	for (unsigned i = 0; i < BOUND_TLS_STEPS + 2; i++)
		cr_expect_not(gate_enter(&gate, &passes[i], 0));
	for (unsigned i = 0; i < BOUND_TLS_STEPS; i++)
		cr_expect_eq(gate_next(&gate, 1000), &passes[i]);
	cr_expect_null(gate_next(&gate, 1000));
	cr_expect(gate_enter(&gate, &passes[0], 1000), "it was called");
	gate_leave(&gate, &passes[1]);
	cr_expect_eq(gate_next(&gate, 1000), &passes[BOUND_TLS_STEPS]);
	gate_used(&gate, &passes[0], 10);
	cr_expect_eq(gate_next(&gate, 1000), &passes[BOUND_TLS_STEPS + 1]);
}

/* In whatever state it is, also twice. */
Test(gate, leaving)
{
	begin(1);
	gate_leave(&gate, &passes[0]);
	cr_expect(gate_enter(&gate, &passes[0], 0));
	gate_leave(&gate, &passes[0]);
	gate_leave(&gate, &passes[0]);
	gate.budget_us = -5;
	cr_expect_not(gate_enter(&gate, &passes[1], 0));
	gate_leave(&gate, &passes[1]);
	cr_expect_null(gate_next(&gate, 1000000));
	cr_expect_eq(gate.taken, 0);
	cr_expect_eq(gate.called, 0);
}
