/*
 * history: how far it reaches back, and net deltas over any number of steps.
 */
#include <criterion/criterion.h>

#include "rtrd/state/history.h"
#include "tests/unit/state/sets.h"
#include "waymark/bounds.h"

enum {
	PLENTY = 1 << 30
};

static struct delta *
test_step(uint32_t from, uint32_t to)
{
	const struct payload_set *a = sets_make(from), *b = sets_make(to);
	struct delta *d = NULL;

	cr_assert_eq(delta_between(a, b, &d), 0);
	payload_unref(a);
	payload_unref(b);
	return d;
}

Test(history, keeps_what_it_was_asked_for)
{
	for (uint32_t most = 1; most < 70; most += 23) {
		struct history *h = history_new(most);

		for (uint32_t i = 0; i < 200; i++) {
			history_add(h, test_step(i % 2, 1 - i % 2), PLENTY);
			cr_expect_eq(
				history_count(h), i + 1 < most ? i + 1 : most);
		}
		history_free(h);
	}
	history_free(NULL);
}

/* Beyond 32, a quarter of the full set is the bound. */
Test(history, a_quarter_of_the_full_set)
{
	struct history *h = history_new(1000);
	struct delta *d = test_step(0, 0xfff);
	size_t one = d->size;

	history_add(h, d, one * 4 * 50);
	for (unsigned i = 0; i < 200; i++)
		history_add(h, test_step(0xfff, 0), one * 4 * 50);
	cr_expect_eq(history_count(h), 50);
	cr_expect_eq(history_size(h), 50 * one);
	for (unsigned i = 0; i < 10; i++)
		history_add(h, test_step(0xfff, 0), 0);
	cr_expect_eq(history_count(h), BOUND_RTR_HISTORY_MIN);
	history_free(h);
}

/* However few: memory has an end. */
Test(history, memory)
{
	struct history *h = history_new(100);

	for (unsigned i = 0; i < 10; i++) {
		struct delta *d = test_step(0, 1);

		d->size = BOUND_RTR_HISTORY_BYTES / 4;
		history_add(h, d, PLENTY);
		cr_expect_eq(history_count(h), i < 4 ? i + 1 : 4);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct delta *d = test_step(0, 1);

		d->size = (size_t)BOUND_RTR_HISTORY_BYTES + i;
		history_add(h, d, PLENTY);
		cr_expect_eq(history_count(h), 1 - i);
	}
	cr_expect_eq(history_size(h), 0);
	history_free(h);
}

/* The net delta over any number of the last steps is the one between the sets
 * at its ends. */
Test(history, net_over_any_number_of_steps)
{
	enum {
		STEPS = 40
	};
	uint32_t masks[STEPS + 1];
	uint64_t seed = 3;
	struct history *h = history_new(STEPS);

	masks[0] = sets_random(&seed);
	for (size_t i = 1; i <= STEPS; i++) {
		masks[i] = sets_random(&seed);
		history_add(h, test_step(masks[i - 1], masks[i]), PLENTY);
	}
	for (size_t steps = 1; steps <= STEPS; steps++) {
		struct delta *want =
			test_step(masks[STEPS - steps], masks[STEPS]);
		struct delta *got = NULL;

		cr_assert_eq(history_net(h, steps, &got), 0);
		cr_expect_eq(delta_count(got), delta_count(want));
		cr_assert_eq(got->come.vrp_count, want->come.vrp_count);
		for (size_t i = 0; i < got->come.vrp_count; i++)
			cr_expect_eq(vrp_compare(&got->come.vrps[i],
					     &want->come.vrps[i]),
				0);
		cr_assert_eq(got->gone.vrp_count, want->gone.vrp_count);
		for (size_t i = 0; i < got->gone.vrp_count; i++)
			cr_expect_eq(vrp_compare(&got->gone.vrps[i],
					     &want->gone.vrps[i]),
				0);
		delta_free(want);
		delta_free(got);
	}
	/* The steps are still there. */
	cr_expect_eq(history_count(h), STEPS);
	history_free(h);
}
