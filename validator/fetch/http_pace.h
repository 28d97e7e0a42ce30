/*
 * http_pace: whether a transfer comes on fast enough.
 *
 *	begun ---> asked ---- octet - octet ------ octet ---> ...
 *	  |          |                    '- idle -'
 *	  |          '- grace -> from here on at least so many a second
 *	  '-------------------- total ----------------------------->
 *
 * A pure function of octets and time.  Connecting has a limit of its own, so
 * nothing but the total counts before the request is sent.
 */
#ifndef FETCH_HTTP_PACE_H
#define FETCH_HTTP_PACE_H

#include <stdbool.h>

#include "waymark/clock.h"

struct http_limits {
	int64_t idle_ms, total_ms, grace_ms;
	uint64_t rate; /* octets a second */
};

struct http_pace {
	struct mono begun, asked, moved;
	bool is_asked;
	uint64_t octets; /* seen since asked */
};

enum http_late {
	HTTP_LATE_NOT,
	HTTP_LATE_IDLE,
	HTTP_LATE_TOTAL,
	HTTP_LATE_RATE,
};

/* Begin. */
void http_pace_init(struct http_pace *p, struct mono now);

/* A request has been sent; again after a redirect. */
void http_pace_ask(struct http_pace *p, struct mono now);

/* The next request has to wait for a connection again. */
void http_pace_wait(struct http_pace *p);

/* `octets` were received since asked: is it too slow? */
enum http_late http_pace_check(struct http_pace *p, const struct http_limits *l,
	uint64_t octets, struct mono now);

/* When to check again if nothing comes: milliseconds from `now`, at least 0. */
int64_t http_pace_next(const struct http_pace *p, const struct http_limits *l,
	struct mono now);

#endif
