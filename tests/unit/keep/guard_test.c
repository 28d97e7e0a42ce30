/*
 * guard: a trust anchor that gives nothing where it gave payloads before.
 */
#include <criterion/criterion.h>

#include "rtrd/keep/guard.h"

enum {
	NOW = 1000
};

static struct report_ta
ta(const char *name, bool complete, uint64_t points)
{
	struct report_ta t = {.name = name, .complete = complete};

	t.counters[REPORT_POINTS_VALID] = points;
	return t;
}

/* A snapshot of `n` trust anchors. */
static struct snapshot
of(struct report_ta *tas, size_t n)
{
	return (struct snapshot){
		.report = {.tas = tas, .ta_count = n, .at = {NOW}}};
}

/* The same, with one VRP of the second trust anchor. */
static struct snapshot
with(struct report_ta *tas, const struct vrp *vrp)
{
	struct snapshot s = of(tas, 2);

	s.vrps = vrp;
	s.vrp_count = 1;
	return s;
}

Test(guard, cases)
{
	struct report_ta full[] = {ta("a", true, 3), ta("b", true, 3)};
	struct report_ta lost[] = {ta("a", true, 3), ta("b", false, 0)};
	struct report_ta part[] = {ta("a", true, 3), ta("b", false, 1)};
	struct report_ta kept[] = {ta("a", true, 3), ta("b", false, 0)};
	struct report_ta empty[] = {ta("a", true, 3), ta("b", true, 0)};
	struct report_ta fresh[] = {ta("a", true, 3), ta("c", false, 0)};
	const struct vrp holds = {.ta = 1, .expires = NOW};
	const struct vrp ended = {.ta = 1, .expires = NOW - 1};
	const struct {
		const char *what;
		struct snapshot old, new;
		uint64_t lost;
	} rows[] = {
		{"the same", with(full, &holds), of(full, 2), 0},
		{"gives nothing", with(full, &holds), of(lost, 2), 2},
		{"still gives nothing", with(lost, &holds), of(lost, 2), 2},
		{"its last chain ended", with(full, &ended), of(lost, 2), 0},
		{"gives something", with(full, &holds), of(part, 2), 0},
		{"gives its last good", with(full, &holds), of(kept, 2), 0},
		{"complete, empty", with(full, &holds), of(empty, 2), 0},
		{"taken out", with(full, &holds), of(full, 1), 0},
		{"never gave any", with(full, &holds), of(fresh, 2), 0},
		{"had none before", of(full, 2), of(lost, 2), 0},
	};

	kept[1].counters[REPORT_POINTS_LAST_GOOD] = 2;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(guard_lost_tas(&rows[i].old, &rows[i].new),
			rows[i].lost, "%s", rows[i].what);
	}
}

/* All of them are told, by their place in the old set. */
Test(guard, several_at_once)
{
	struct report_ta full[] = {ta("a", true, 3), ta("b", true, 3)};
	struct report_ta lost[] = {ta("b", false, 0), ta("a", false, 0)};
	const struct vrp vrps[] = {
		{.ta = 1, .expires = NOW}, {.ta = 0, .expires = NOW}};
	struct snapshot old = of(full, 2), new = of(lost, 2);

	old.vrps = vrps;
	old.vrp_count = 2;
	cr_expect_eq(guard_lost_tas(&old, &new), 3);
	old.vrp_count = 1;
	cr_expect_eq(guard_lost_tas(&old, &new), 2);
}

Test(guard, the_first_set_is_never_refused)
{
	struct report_ta lost[] = {ta("a", false, 0)};
	struct snapshot new = of(lost, 1);

	cr_expect_eq(guard_lost_tas(NULL, &new), 0);
}

Test(guard, a_clock_that_jumped_may_take_half)
{
	cr_expect_not(guard_clock(0, 100, 0));
	cr_expect_not(guard_clock(90000, 100, 50));
	cr_expect(guard_clock(90000, 100, 49));
	cr_expect(guard_clock(-90000, 101, 50));
	cr_expect_not(guard_clock(-90000, 101, 51));
	cr_expect_not(guard_clock(90000, 0, 0));
}
