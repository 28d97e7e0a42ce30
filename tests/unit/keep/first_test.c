/*
 * first: what a first set waits for.
 */
#include <criterion/criterion.h>

#include "rtrd/keep/first.h"

struct row {
	uint64_t valid, last_good, failed, pending;
};

static bool
is_complete(const struct row *rows, size_t n, struct first_facts *out)
{
	static const char *const names[] = {"one", "two", "three"};
	struct report_ta tas[3] = {0};
	const struct report r = {.tas = tas, .ta_count = n};

	for (size_t i = 0; i < n; i++) {
		uint64_t *counters = tas[i].counters;

		tas[i].name = names[i];
		counters[REPORT_POINTS_VALID] = rows[i].valid;
		counters[REPORT_POINTS_LAST_GOOD] = rows[i].last_good;
		counters[REPORT_POINTS_FAILED] = rows[i].failed;
		counters[REPORT_REPOSITORIES_PENDING] = rows[i].pending;
		/* What was tried in vain is not waited for. */
		counters[REPORT_REPOSITORIES_FAILED] = 5;
	}
	return first_is_complete(&r, out);
}

Test(first, complete)
{
	static const struct row rows[] = {
		{1, 0, 0, 0}, {0, 1, 0, 0}, {3, 2, 100, 0}};
	struct first_facts f;

	cr_expect(is_complete(rows, 3, &f));
	cr_expect_not(f.waiting);
	cr_expect_eq(f.missing, 0);
	cr_expect_str_eq(f.names, "");
	cr_expect(is_complete(rows, 0, &f), "nothing is asked for");
}

Test(first, not_complete)
{
	static const struct {
		struct row rows[3];
		uint64_t missing, pending;
		const char *names;
	} cases[] = {
		{{{0, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 0, 0}}, 1, 0, "one"},
		{{{1, 0, 0, 1}, {1, 0, 0, 0}, {1, 0, 0, 0}}, 0, 1, "one"},
		{{{1, 0, 0, 0}, {0, 0, 9, 3}, {2, 0, 0, 4}}, 1, 7,
			"two, three"},
		{{{0, 0, 1, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}}, 3, 0,
			"one, two, three"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct first_facts f;

		cr_expect_not(is_complete(cases[i].rows, 3, &f), "%zu", i);
		cr_expect(f.waiting);
		cr_expect_eq(f.missing, cases[i].missing, "%zu", i);
		cr_expect_eq(f.pending, cases[i].pending, "%zu", i);
		cr_expect_str_eq(f.names, cases[i].names);
	}
}
