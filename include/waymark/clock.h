/*
 * clock: two clocks that the compiler keeps apart.
 *
 * `wall` is what certificates speak of: seconds since 1970-01-01T00:00:00Z,
 * negative before.  `mono` is for deadlines and ages: milliseconds of a clock
 * that never jumps, and goes on while the machine sleeps.  Parts without I/O
 * get the time handed in.
 */
#ifndef WAYMARK_CLOCK_H
#define WAYMARK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct wall {
	int64_t s;
};

struct mono {
	int64_t ms;
};

/* Calendar time, UTC. */
struct civil {
	int year; /* 0 to 9999 */
	int month; /* 1 to 12 */
	int day; /* 1 to 31 */
	int hour, minute, second;
};

enum {
	WALL_TEXT = 32
}; /* octets that any formatted time fits in */

/* The time now, by either clock. */
struct wall wall_now(void);
struct mono mono_now(void);

/* Milliseconds from `from` to `to`, negative when `to` is earlier. */
int64_t mono_since(struct mono from, struct mono to);

/* The earlier of two times. */
struct wall wall_earlier(struct wall a, struct wall b);

/* Read RFC 3339 ("2026-03-16T07:30:00Z", also with an offset; a fraction of a
 * second is read over) or whole Unix seconds.  0; ERR_SYNTAX; ERR_RANGE for a
 * date that does not exist. */
int wall_parse(const char *text, struct wall *out);

/* Write RFC 3339 in UTC with seconds, for years 0 to 9999; beyond these the
 * number of seconds.  Returns `buf`. */
const char *wall_format(struct wall at, char buf[WALL_TEXT]);

/* Calendar to seconds.  0, or ERR_RANGE for a date that does not exist or a
 * leap second. */
int wall_from_civil(const struct civil *c, struct wall *out);

/* Seconds to calendar. 0, or ERR_RANGE outside the years 0 to 9999. */
int wall_to_civil(struct wall at, struct civil *out);

#endif
