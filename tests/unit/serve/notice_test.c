/*
 * notice: intervals, coalescing, and how evenly routers are spread.
 */
#include <criterion/criterion.h>

#include "rtrd/serve/notice.h"

enum {
	MINUTE = 60000
};

static struct mono
at(int64_t ms)
{
	return (struct mono){ms};
}

Test(notice, once_an_interval)
{
	struct notice n = {.due = false};

	cr_expect_not(notice_is_time(&n, at(0)));
	notice_want(&n, MINUTE, 0, at(100));
	cr_expect(notice_is_time(&n, at(100)), "nothing was told before");
	notice_give(&n, at(100));
	cr_expect_not(notice_is_time(&n, at(1000000)), "nothing is due");
	notice_want(&n, MINUTE, 0, at(200));
	cr_expect_not(notice_is_time(&n, at(100 + MINUTE - 1)));
	cr_expect(notice_is_time(&n, at(100 + MINUTE)));
	notice_drop(&n);
	cr_expect_not(notice_is_time(&n, at(100 + MINUTE)));
}

/* What comes later does not put off what is due. */
Test(notice, coalesced)
{
	struct notice n = {.due = false};

	for (int64_t ms = 0; ms < 5000; ms += 100) {
		notice_want(&n, MINUTE, 5000, at(ms));
		cr_expect_not(notice_is_time(&n, at(ms)));
	}
	cr_expect(notice_is_time(&n, at(5000)));
}

/* A socket that is slow to take one has the interval begin anew. */
Test(notice, counted_from_when_it_left)
{
	struct notice n = {.due = false};

	notice_want(&n, MINUTE, 0, at(0));
	notice_give(&n, at(0));
	notice_want(&n, MINUTE, 0, at(5000));
	cr_expect_eq(n.at.ms, MINUTE);
	notice_left(&n, MINUTE, at(20000));
	cr_expect_not(notice_is_time(&n, at(20000 + MINUTE - 1)));
	cr_expect(notice_is_time(&n, at(20000 + MINUTE)));
	notice_give(&n, at(20000 + MINUTE));
	notice_left(&n, MINUTE, at(20000 + MINUTE));
	notice_want(&n, MINUTE, 0, at(20001 + MINUTE));
	cr_expect_eq(n.at.ms, 20000 + 2 * MINUTE);
}

/* The spread is for a pause; after an interval each has its own time still. */
Test(notice, spread_after_a_pause_only)
{
	struct notice n = {.due = false};

	notice_want(&n, MINUTE, 3000, at(0));
	cr_expect_eq(n.at.ms, 3000);
	notice_give(&n, at(3000));
	notice_want(&n, MINUTE, 5000, at(4000));
	cr_expect_eq(n.at.ms, 3000 + MINUTE);
	notice_give(&n, at(3000 + MINUTE));
	notice_want(&n, MINUTE, 5000, at(10 * MINUTE));
	cr_expect_eq(n.at.ms, 10 * MINUTE + 5000);
}

Test(notice, no_interval_is_at_each_change)
{
	struct notice n = {.due = false};

	for (int64_t ms = 0; ms < 100; ms++) {
		notice_want(&n, 0, 0, at(ms));
		cr_expect(notice_is_time(&n, at(ms)));
		notice_give(&n, at(ms));
	}
}

/* A thousand routers in six seconds: of each half second its share, give or
 * take a half; by source, and by connection of one source. */
static void
test_spread(bool by_source)
{
	unsigned seconds[13] = {0};

	for (unsigned i = 0; i < 1000; i++) {
		uint8_t source[16] = {0};
		int64_t ms;

		source[14] = by_source ? (uint8_t)(i >> 8) : 0;
		source[15] = by_source ? (uint8_t)i : 1;
		ms = notice_spread(
			source, by_source ? 7 : (uint64_t)i << 32 | 7, 6000);
		cr_assert(ms >= 0 && ms <= 6000);
		cr_expect_eq(ms,
			notice_spread(source,
				by_source ? 7 : (uint64_t)i << 32 | 7, 6000));
		seconds[ms / 500]++;
	}
	for (unsigned i = 0; i < 12; i++)
		cr_expect(seconds[i] > 41 && seconds[i] < 125,
			"%u in half second %u", seconds[i], i);
}

Test(notice, spread_is_even)
{
	const uint8_t source[16] = {1};

	test_spread(true);
	test_spread(false);
	cr_expect_eq(notice_spread(source, 1, 0), 0);
	cr_expect_neq(notice_spread(source, 1, 1000000),
		notice_spread(source, 2, 1000000), "each serial anew");
}
