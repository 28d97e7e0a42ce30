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

/* A history that is replaced step by step, by the limits that it has. */
struct test_line {
	const struct history *h;
	struct history_limits limits;
};

static const struct delta *
test_delta(uint32_t from, uint32_t to)
{
	const struct payload_set *a = sets_make(from), *b = sets_make(to);
	const struct delta *d = NULL;

	cr_assert_eq(delta_between(a, b, &d), 0);
	payload_unref(a);
	payload_unref(b);
	return d;
}

static void
test_begin(struct test_line *t, uint32_t most)
{
	const struct step first = {.serial = 7, .made = {{70}, {70}}};

	t->limits = (struct history_limits){.most = most, .full_size = PLENTY};
	cr_assert_eq(history_of(&first, 1, &t->h), 0);
	cr_expect_eq(history_count(t->h), 0);
	cr_expect_eq(history_size(t->h), 0);
}

/* One step more at `ms`; takes the delta. */
static void
test_add(struct test_line *t, const struct delta *d, int64_t ms)
{
	const struct step *last = history_back(t->h, 0);
	const struct step next = {
		.serial = last->serial + 1, .at = {ms}, .delta = d};
	const struct history *h = NULL;

	cr_assert_eq(history_add(t->h, &next, &t->limits, &h), 0);
	delta_unref(d);
	history_unref(t->h);
	t->h = h;
}

static void
test_end(struct test_line *t)
{
	history_unref(t->h);
}

Test(history, keeps_what_it_was_asked_for)
{
	for (uint32_t most = 1; most < 70; most += 23) {
		struct test_line t;

		test_begin(&t, most);
		for (uint32_t i = 0; i < 200; i++) {
			test_add(&t, test_delta(i % 2, 1 - i % 2), 0);
			cr_expect_eq(history_count(t.h),
				i + 1 < most ? i + 1 : most);
			cr_expect_eq(history_back(t.h, 0)->serial, 8 + i);
		}
		for (size_t i = 0; i <= most; i++)
			cr_expect_eq(history_back(t.h, i)->serial, 207 - i);
		cr_expect_null(history_back(t.h, most)->delta);
		test_end(&t);
	}
	history_unref(NULL);
}

/* What is shared is not changed by what comes after it. */
Test(history, never_changes)
{
	const struct history *before;
	struct test_line t;

	test_begin(&t, 2);
	test_add(&t, test_delta(0, 1), 1);
	before = history_ref(t.h);
	for (uint32_t i = 0; i < 5; i++)
		test_add(&t, test_delta(1, 2), 2);
	cr_expect_eq(history_count(before), 1);
	cr_expect_eq(history_back(before, 0)->serial, 8);
	cr_expect_eq(history_back(before, 1)->serial, 7);
	cr_expect_eq(delta_count(history_back(before, 0)->delta), 1);
	history_unref(before);
	test_end(&t);
}

/* Beyond 32, a quarter of the full set is the bound. */
Test(history, a_quarter_of_the_full_set)
{
	struct test_line t;
	const struct delta *d = test_delta(0, 0xfff);
	size_t one = d->size;

	test_begin(&t, 1000);
	t.limits.full_size = one * 4 * 50;
	test_add(&t, d, 0);
	for (unsigned i = 0; i < 200; i++)
		test_add(&t, test_delta(0xfff, 0), 0);
	cr_expect_eq(history_count(t.h), 50);
	cr_expect_eq(history_size(t.h), 50 * one);
	t.limits.full_size = 0;
	for (unsigned i = 0; i < 10; i++)
		test_add(&t, test_delta(0xfff, 0), 0);
	cr_expect_eq(history_count(t.h), BOUND_RTR_HISTORY_MIN);
	test_end(&t);
}

/* A serial goes when the one after it is older than the window: until then it
 * was current. */
Test(history, a_window_of_time)
{
	struct test_line t;

	test_begin(&t, 1000);
	t.limits.window_ms = 50 * 1000;
	for (unsigned i = 1; i <= 200; i++) {
		test_add(&t, test_delta(0, 1), i * 1000);
		cr_expect_eq(history_count(t.h), i < 51 ? i : 51);
	}
	/* A long silence takes all but the least. */
	test_add(&t, test_delta(0, 1), 1000000);
	cr_expect_eq(history_count(t.h), BOUND_RTR_HISTORY_MIN);
	t.limits.window_ms = 0;
	test_add(&t, test_delta(0, 1), 9000000);
	cr_expect_eq(history_count(t.h), BOUND_RTR_HISTORY_MIN + 1);
	test_end(&t);
}

/* A delta that claims another size than it has. */
static const struct delta *
test_claim(size_t size)
{
	const struct delta *d = test_delta(0, 1);

	((struct delta *)(uintptr_t)d)->size = size;
	return d;
}

/* However few: memory has an end. */
Test(history, memory)
{
	struct test_line t;

	test_begin(&t, 100);
	for (unsigned i = 0; i < 10; i++) {
		test_add(&t, test_claim(BOUND_RTR_HISTORY_BYTES / 4), 0);
		cr_expect_eq(history_count(t.h), i < 4 ? i + 1 : 4);
	}
	for (unsigned i = 0; i < 2; i++) {
		test_add(
			&t, test_claim((size_t)BOUND_RTR_HISTORY_BYTES + i), 0);
		cr_expect_eq(history_count(t.h), 1 - i);
	}
	cr_expect_eq(history_size(t.h), 0);
	cr_expect_eq(history_back(t.h, 0)->serial, 19);
	test_end(&t);
}

/* Both times are there, the newest first. */
Test(history, remade)
{
	const struct history *h = NULL, *again = NULL;
	struct test_line t;

	test_begin(&t, 10);
	test_add(&t, test_delta(0, 1), 0);
	cr_assert_eq(history_remade(t.h, (struct wall){80}, &h), 0);
	cr_assert_eq(history_remade(h, (struct wall){90}, &again), 0);
	cr_expect_eq(history_count(again), 1);
	cr_expect_eq(history_back(again, 0)->serial, 8);
	cr_expect_eq(history_back(again, 0)->made[0].s, 90);
	cr_expect_eq(history_back(again, 0)->made[1].s, 80);
	cr_expect_eq(history_back(again, 1)->made[0].s, 70);
	history_unref(h);
	history_unref(again);
	test_end(&t);
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
	struct test_line t;

	test_begin(&t, STEPS);
	masks[0] = sets_random(&seed);
	for (size_t i = 1; i <= STEPS; i++) {
		masks[i] = sets_random(&seed);
		test_add(&t, test_delta(masks[i - 1], masks[i]), 0);
	}
	for (size_t steps = 1; steps <= STEPS; steps++) {
		const struct delta *want =
			test_delta(masks[STEPS - steps], masks[STEPS]);
		const struct delta *got = NULL;

		cr_assert_eq(history_net(t.h, steps, &got), 0);
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
		delta_unref(want);
		delta_unref(got);
	}
	/* The steps are still there. */
	cr_expect_eq(history_count(t.h), STEPS);
	test_end(&t);
}
