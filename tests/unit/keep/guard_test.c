/*
 * guard: a trust anchor that gives nothing where it gave payloads before.
 */
#include <criterion/criterion.h>

#include "rtrd/keep/guard.h"

static struct report_ta
ta(const char *name, bool complete, uint64_t points, uint64_t vrps)
{
	struct report_ta t = {.name = name, .complete = complete};

	t.counters[REPORT_POINTS_VALID] = points;
	t.counters[REPORT_VRPS] = vrps;
	return t;
}

static struct snapshot
of(struct report_ta *tas, size_t n)
{
	return (struct snapshot){.report = {.tas = tas, .ta_count = n}};
}

Test(guard, cases)
{
	struct report_ta full[] = {ta("a", true, 3, 10), ta("b", true, 3, 10)};
	struct report_ta lost[] = {ta("a", true, 3, 9), ta("b", false, 0, 0)};
	struct report_ta part[] = {ta("a", true, 3, 9), ta("b", false, 1, 0)};
	struct report_ta empty[] = {ta("a", true, 3, 9), ta("b", true, 0, 0)};
	struct report_ta fresh[] = {ta("a", true, 3, 9), ta("c", false, 0, 0)};
	struct report_ta none[] = {ta("a", true, 3, 9), ta("b", true, 1, 0)};
	const struct {
		const char *what;
		struct snapshot old, new;
		const char *lost;
	} rows[] = {
		{"the same", of(full, 2), of(full, 2), NULL},
		{"gave nothing", of(full, 2), of(lost, 2), "b"},
		{"gave something", of(full, 2), of(part, 2), NULL},
		{"complete and empty", of(full, 2), of(empty, 2), NULL},
		{"taken out of the configuration", of(full, 2), of(full, 1),
			NULL},
		{"never gave anything", of(full, 2), of(fresh, 2), NULL},
		{"had none before", of(none, 2), of(lost, 2), NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = guard_lost_ta(&rows[i].old, &rows[i].new);

		if (rows[i].lost == NULL)
			cr_expect_null(name, "%s", rows[i].what);
		else
			cr_expect_str_eq(
				name, rows[i].lost, "%s", rows[i].what);
	}
}

Test(guard, the_first_set_is_never_refused)
{
	struct report_ta lost[] = {ta("a", false, 0, 0)};
	struct snapshot new = of(lost, 1);

	cr_expect_null(guard_lost_ta(NULL, &new));
}
