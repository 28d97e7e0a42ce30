/*
 * steady: a jump is told from the passing of time, in both directions.
 */
#include <criterion/criterion.h>

#include "rtrd/keep/steady.h"
#include "waymark/bounds.h"

static const struct wall noon = {1700000000};
static const struct mono zero = {5000};

/* The wall clock `by` seconds from noon, `passed` seconds later. */
static int64_t
jump(int64_t by, int64_t passed)
{
	struct steady s;
	struct wall wall = {noon.s + by};
	struct mono mono = {zero.ms + passed * 1000};

	steady_set(&s, noon, zero);
	return steady_jump(&s, wall, mono);
}

Test(steady, time_that_passes_is_no_jump)
{
	cr_expect_eq(jump(0, 0), 0);
	cr_expect_eq(jump(400 * 86400, 400 * 86400), 0);
}

Test(steady, a_day_is_no_jump_and_more_is)
{
	cr_expect_eq(jump(BOUND_CLOCK_JUMP_S, 0), 0);
	cr_expect_eq(jump(-BOUND_CLOCK_JUMP_S, 0), 0);
	cr_expect_eq(jump(BOUND_CLOCK_JUMP_S + 1, 0), BOUND_CLOCK_JUMP_S + 1);
	cr_expect_eq(jump(-BOUND_CLOCK_JUMP_S - 1, 0), -BOUND_CLOCK_JUMP_S - 1);
	cr_expect_eq(jump(0, BOUND_CLOCK_JUMP_S + 1), -BOUND_CLOCK_JUMP_S - 1);
}

Test(steady, time_goes_on)
{
	struct steady s;
	struct mono later = {zero.ms + 90500};

	steady_set(&s, noon, zero);
	cr_expect_eq(steady_time(&s, later).s, noon.s + 90);
}
