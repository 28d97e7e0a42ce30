/*
 * clock: the calendar against published and hand-made values, every day of
 * four centuries there and back, and every kind of malformed time.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "waymark/clock.h"
#include "waymark/err.h"

struct known {
	const char *text;
	int64_t s;
};

/* Beginnings and ends of ranges, leap days, and what date(1) says. */
static const struct known known[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1969-12-31T23:59:59Z", -1},
	{"2026-03-16T07:30:00Z", 1773646200},
	{"2000-02-29T12:00:00Z", 951825600},
	{"1900-03-01T00:00:00Z", -2203891200},
	{"2038-01-19T03:14:08Z", 2147483648},
	{"2049-12-31T23:59:59Z", 2524607999},
	{"2050-01-01T00:00:00Z", 2524608000},
	{"0000-01-01T00:00:00Z", -62167219200},
	{"9999-12-31T23:59:59Z", 253402300799},
};

Test(clock, known_times_there_and_back)
{
	char buf[WALL_TEXT];
	struct wall at;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		cr_assert_eq(wall_parse(known[i].text, &at), 0);
		cr_expect_eq(at.s, known[i].s, "%s is %lld", known[i].text,
			(long long)at.s);
		at.s = known[i].s;
		cr_expect_str_eq(wall_format(at, buf), known[i].text);
	}
}

Test(clock, every_day_of_the_calendar_there_and_back)
{
	struct civil last = {.year = -1};
	struct wall first, at;

	cr_assert_eq(wall_parse("0000-01-01T00:00:00Z", &first), 0);
	for (int64_t day = 0; day < 3652425; day++) {
		struct civil c;
		struct wall back;

		at.s = first.s + day * 86400 + 86399;
		cr_assert_eq(wall_to_civil(at, &c), 0);
		cr_assert_eq(wall_from_civil(&c, &back), 0);
		cr_assert_eq(at.s, back.s);
		/* Days follow one another. */
		cr_assert((c.year == last.year && c.month == last.month &&
				  c.day == last.day + 1) ||
			(c.day == 1 &&
				(c.month == last.month + 1 ||
					(c.month == 1 &&
						c.year == last.year + 1))));
		cr_assert(c.hour == 23 && c.minute == 59 && c.second == 59);
		last = c;
	}
	cr_expect_eq(last.year, 9999);
	at.s++;
	cr_expect_eq(wall_to_civil(at, &last), ERR_RANGE);
	at.s = first.s - 1;
	cr_expect_eq(wall_to_civil(at, &last), ERR_RANGE);
}

Test(clock, outside_the_calendar_is_written_as_seconds)
{
	char buf[WALL_TEXT];

	cr_expect_str_eq(
		wall_format((struct wall){253402300800}, buf), "253402300800");
	cr_expect_str_eq(wall_format((struct wall){INT64_MIN}, buf),
		"-9223372036854775808");
	cr_expect_str_eq(wall_format((struct wall){INT64_MAX}, buf),
		"9223372036854775807");
}

static const struct known accepted[] = {
	{"0", 0},
	{"1773646200", 1773646200},
	{"-1", -1},
	{"2026", 2026},
	{"9223372036854775807", INT64_MAX},
	{"2026-03-16T08:30:00+01:00", 1773646200},
	{"2026-03-16T07:00:00-00:30", 1773646200},
	{"2026-03-16t07:30:00z", 1773646200},
	{"2026-03-16T07:30:00.999Z", 1773646200},
	{"2026-03-16T07:30:00.1+00:00", 1773646200},
	{"2024-02-29T00:00:00Z", 1709164800},
};

Test(clock, forms_of_one_time)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct wall at = {0};

		cr_expect_eq(wall_parse(accepted[i].text, &at), 0, "%s",
			accepted[i].text);
		cr_expect_eq(at.s, accepted[i].s, "%s", accepted[i].text);
	}
}

static const char *const malformed[] = {
	"",
	"-",
	"+1",
	" 1",
	"1 ",
	"0x10",
	"1.5",
	"now",
	"2026-",
	"2026-03-16",
	"2026-03-16T07:30:00",
	"2026-03-16 07:30:00Z",
	"2026-03-16T07:30Z",
	"2026-3-16T07:30:00Z",
	"2026-03-16T07:30:00ZZ",
	"2026-03-16T07:30:00.Z",
	"2026-03-16T07:30:00+0100",
	"2026-03-16T07:30:00+01:00x",
	"2026-03-16T07:30:00+1:00",
	"12026-03-16T07:30:00Z",
};

static const char *const impossible[] = {
	"2026-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-13-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z",
	"2016-12-31T23:59:60Z",
	"2026-01-01T00:00:00+24:00",
	"2026-01-01T00:00:00+00:60",
	"9223372036854775808",
	"99999999999999999999999",
};

Test(clock, malformed_and_impossible_times)
{
	struct wall at = {42};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		cr_expect_eq(wall_parse(malformed[i], &at), ERR_SYNTAX, "%s",
			malformed[i]);
	for (size_t i = 0; i < sizeof(impossible) / sizeof(*impossible); i++)
		cr_expect_eq(wall_parse(impossible[i], &at), ERR_RANGE, "%s",
			impossible[i]);
	cr_expect_eq(at.s, 42, "untouched");
}

Test(clock, truncated_at_every_octet)
{
	static const char whole[] = "2026-03-16T07:30:00+01:00";
	char part[sizeof(whole)];
	struct wall at;

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		memcpy(part, whole, n);
		part[n] = '\0';
		/* Four digits are seconds. */
		cr_expect_eq(wall_parse(part, &at) == 0, n >= 1 && n <= 4, "%s",
			part);
	}
}

Test(clock, the_running_clocks_run)
{
	struct mono a = mono_now(), b = mono_now();

	cr_expect_geq(mono_since(a, b), 0);
	cr_expect_eq(mono_since((struct mono){5}, (struct mono){3}), -2);
	cr_expect_gt(wall_now().s, 1700000000);
}

Test(clock, the_earlier_of_two)
{
	struct wall a = {-5}, b = {7};

	cr_expect_eq(wall_earlier(a, b).s, -5);
	cr_expect_eq(wall_earlier(b, a).s, -5);
	cr_expect_eq(wall_earlier(b, b).s, 7);
}
