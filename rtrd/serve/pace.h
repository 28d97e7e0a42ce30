/*
 * pace: how many full sets one source may have.
 *
 *	          one set per BOUND_RTR_PACE_MS
 *	                    |
 *	source -->  [ o o o o o o ]  --> a set each, at once
 *	               burst
 *
 * A full set is cheap to ask for and dear to send.  Each source address has a
 * bucket: as many sets at once as it may have connections, so that all routers
 * behind one address start together, and then one each five seconds for ever.
 * Who has to wait is told until when; nobody is refused.
 *
 * The table is of one size.  What has to give way when it is full is the source
 * that is nearest to a full bucket: it loses the least, and one that floods
 * keeps its debt.
 *
 * Who comes over a Unix socket has no source and is not measured: its
 * permissions have let it in.
 */
#ifndef SERVE_PACE_H
#define SERVE_PACE_H

#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"

struct pace;

/* A table in which nobody owes anything.  NULL out of memory; freed by
 * pace_free, for which NULL is fine. */
struct pace *pace_new(void);
void pace_free(struct pace *p);

/* A full set for `source` (16 octets, IPv4 as ::ffff:a.b.c.d; all zero: not
 * measured), which may have `burst` of them at once (0 is 1).  Returns `now`
 * when it may be sent, and then it counts; else when to ask again, at most
 * BOUND_RTR_PACE_MS later, and nothing counts. */
struct mono pace_take(struct pace *p, const uint8_t source[16], size_t burst,
	struct mono now);

#endif
