/*
 * notice: when a router is told of a new serial (RFC 8210 section 5.2).
 *
 *	change   change  change            change
 *	  |        |       |                 |
 *	--*--x-----*-------*----------x------*-----x-->
 *	     told                     told         told
 *	  spread |<---- interval ---->|      spread
 *
 * At most once an interval; what changes meanwhile is told as one.  After a
 * pause all routers would be told at the same instant, and ask at the same
 * instant: so each waits a time of its own within the spread.
 *
 * Nothing is kept but times: what is told is made when it is told.
 */
#ifndef SERVE_NOTICE_H
#define SERVE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "waymark/clock.h"

struct notice {
	bool due;
	struct mono at; /* not earlier */
	bool given; /* there was one, at: */
	struct mono given_at;
};

/* There is something to tell: as soon as `interval_ms` have passed since the
 * last time, and `wait_ms` from now.  What is due already is not put off. */
void notice_want(struct notice *n, int64_t interval_ms, int64_t wait_ms,
	struct mono now);

/* Whether it is to be told now. */
bool notice_is_time(const struct notice *n, struct mono now);

/* It is on its way; or there is nothing to tell any more. */
void notice_give(struct notice *n, struct mono now);
void notice_drop(struct notice *n);

/* The one on its way has left only now: from here the interval counts, also for
 * what became due meanwhile. */
void notice_left(struct notice *n, int64_t interval_ms, struct mono now);

/* A time from 0 to `spread_ms`, evenly spread over routers: the same for the
 * same `source` (16 octets) and `salt`. */
int64_t notice_spread(
	const uint8_t source[16], uint64_t salt, int64_t spread_ms);

#endif
