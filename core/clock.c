/*
 * clock: the two clocks, and calendar time as text and as seconds.
 *
 * The calendar is the Gregorian one, for all years, without the C library's
 * time zones and its 32-bit corners.  Days are counted in years that begin in
 * March, so that the leap day is the last of its year:
 *
 *	year' | Mar Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb |
 *	       0   31  61  92 122 153 184 214 245 275 306 337
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	DAY_S = 86400,
	ERA_DAYS = 146097, /* days of 400 years */
	EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
};

struct wall
wall_now(void)
{
	struct timespec ts = {0};

	/* Cannot fail for a clock that every Linux has. */
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (struct wall){.s = ts.tv_sec};
}

struct mono
mono_now(void)
{
	struct timespec ts = {0};

	/* Data grows old also while the machine sleeps; CLOCK_MONOTONIC stands
	 * still then. */
	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (struct mono){
		.ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000};
}

int64_t
mono_since(struct mono from, struct mono to)
{
	return to.ms - from.ms;
}

struct wall
wall_earlier(struct wall a, struct wall b)
{
	return a.s < b.s ? a : b;
}

/* The Gregorian rule, applied to all years: certificates know no other. */
static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a month from 1 to 12. */
static int
month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* A leap second does not exist: nobody who counts Unix seconds could say when
 * it was. */
static bool
civil_exists(const struct civil *c)
{
	if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12)
		return false;
	if (c->day < 1 || c->day > month_days(c->year, c->month))
		return false;
	return c->hour >= 0 && c->hour <= 23 && c->minute >= 0 &&
		c->minute <= 59 && c->second >= 0 && c->second <= 59;
}

/* Days from 1970-01-01 to a date that exists. */
static int64_t
days_from_civil(const struct civil *c)
{
	/* January and February belong to the year before; 400 years more
	 * keep every division positive. */
	int64_t y = c->year + 400 - (c->month <= 2 ? 1 : 0);
	int64_t m = c->month + (c->month <= 2 ? 9 : -3);
	int64_t day_of_year = (153 * m + 2) / 5 + c->day - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + day_of_year;

	return days - ERA_DAYS - EPOCH_DAYS;
}

int
wall_from_civil(const struct civil *c, struct wall *out)
{
	if (!civil_exists(c))
		return ERR_RANGE;
	out->s = days_from_civil(c) * DAY_S + c->hour * 3600 + c->minute * 60 +
		c->second;
	return 0;
}

int
wall_to_civil(struct wall at, struct civil *out)
{
	struct wall first, last;
	int64_t days, second, era_day, y, day_of_year, m;

	(void)wall_from_civil(
		&(struct civil){.year = 0, .month = 1, .day = 1}, &first);
	(void)wall_from_civil(&(struct civil){9999, 12, 31, 23, 59, 59}, &last);
	if (at.s < first.s || at.s > last.s)
		return ERR_RANGE;

	days = at.s / DAY_S;
	second = at.s % DAY_S;
	if (second < 0) {
		second += DAY_S;
		days--;
	}
	days += EPOCH_DAYS + ERA_DAYS;
	era_day = days % ERA_DAYS;
	y = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) /
		365;
	day_of_year = era_day - (365 * y + y / 4 - y / 100);
	m = (5 * day_of_year + 2) / 153;

	out->month = (int)(m + (m < 10 ? 3 : -9));
	out->year = (int)(y + days / ERA_DAYS * 400 - 400 +
		(out->month <= 2 ? 1 : 0));
	out->day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
	out->hour = (int)(second / 3600);
	out->minute = (int)(second / 60 % 60);
	out->second = (int)(second % 60);
	return 0;
}

/* Exactly `n` digits at `*p`, which moves on. */
static bool
digits(const char **p, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return true;
}

/* One of two characters at `*p`, which moves on. */
static bool
mark(const char **p, char a, char b)
{
	if (**p != a && **p != b)
		return false;
	(*p)++;
	return true;
}

/* "Z", "+01:00", "-00:30": seconds east of Greenwich (RFC 3339, 5.6). */
static int
offset_parse(const char *p, int *out)
{
	int sign = *p == '-' ? -1 : 1;
	int hour, minute;

	*out = 0;
	if (mark(&p, 'Z', 'z'))
		return *p == '\0' ? 0 : ERR_SYNTAX;
	if (!mark(&p, '+', '-') || !digits(&p, 2, &hour) ||
		!mark(&p, ':', ':') || !digits(&p, 2, &minute) || *p != '\0')
		return ERR_SYNTAX;
	if (hour > 23 || minute > 59)
		return ERR_RANGE;
	*out = sign * (hour * 3600 + minute * 60);
	return 0;
}

/* A fraction of a second is read over: we count in whole ones. */
static bool
fraction_skip(const char **p)
{
	int digit;

	if (!mark(p, '.', '.'))
		return true;
	if (!digits(p, 1, &digit))
		return false;
	while (**p >= '0' && **p <= '9')
		(*p)++;
	return true;
}

/* RFC 3339's date-time.  The offset is taken off last: it may lead out of the
 * calendar's first or last day, but not out of what seconds can count. */
static int
date_parse(const char *p, struct wall *out)
{
	struct civil c;
	struct wall at;
	int offset, err;

	if (!digits(&p, 4, &c.year) || !mark(&p, '-', '-') ||
		!digits(&p, 2, &c.month) || !mark(&p, '-', '-') ||
		!digits(&p, 2, &c.day) || !mark(&p, 'T', 't') ||
		!digits(&p, 2, &c.hour) || !mark(&p, ':', ':') ||
		!digits(&p, 2, &c.minute) || !mark(&p, ':', ':') ||
		!digits(&p, 2, &c.second) || !fraction_skip(&p))
		return ERR_SYNTAX;
	err = offset_parse(p, &offset);
	if (err == 0)
		err = wall_from_civil(&c, &at);
	if (err == 0)
		out->s = at.s - offset;
	return err;
}

/* Unix seconds.  Syntax first, then range: "99999999999999999999x" is no number
 * rather than one too great. */
static int
seconds_parse(const char *p, struct wall *out)
{
	bool negative = *p == '-';
	int64_t v = 0;

	p += negative ? 1 : 0;
	if (*p == '\0')
		return ERR_SYNTAX;
	for (const char *q = p; *q != '\0'; q++)
		if (*q < '0' || *q > '9')
			return ERR_SYNTAX;
	for (; *p != '\0'; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
			__builtin_add_overflow(v, *p - '0', &v))
			return ERR_RANGE;
	out->s = negative ? -v : v;
	return 0;
}

int
wall_parse(const char *text, struct wall *out)
{
	/* A date has its first dash behind four digits; seconds have none but
	 * in front. */
	if (strnlen(text, 5) == 5 && text[4] == '-')
		return date_parse(text, out);
	return seconds_parse(text, out);
}

const char *
wall_format(struct wall at, char buf[WALL_TEXT])
{
	struct civil c;

	if (wall_to_civil(at, &c) != 0) {
		(void)snprintf(buf, WALL_TEXT, "%lld", (long long)at.s);
		return buf;
	}
	/* The masks change nothing; they tell the compiler how long it gets. */
	(void)snprintf(buf, WALL_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		(unsigned)c.year % 10000, (unsigned)c.month % 100,
		(unsigned)c.day % 100, (unsigned)c.hour % 100,
		(unsigned)c.minute % 100, (unsigned)c.second % 100);
	return buf;
}
