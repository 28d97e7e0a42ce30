/*
 * steady: what time it should be, by the clock that never jumps.
 *
 *	wall clock   ----------.        .------   jump: the difference
 *	                        '--------
 *	steady       --------------------------
 *
 * A wall clock that is set by days is a fault of a machine, an operator or of
 * whoever feeds it its time far more often than it is the truth.  Certificates
 * have no other clock to be held against, so a jump is only told here; what it
 * may do is the guard's affair.
 */
#ifndef KEEP_STEADY_H
#define KEEP_STEADY_H

#include <stdbool.h>
#include <stdint.h>

#include "waymark/clock.h"

/* Where both clocks stood when the wall clock was believed last. */
struct steady {
	struct wall wall;
	struct mono mono;
};

/* Believe the wall clock as it is. */
void steady_set(struct steady *s, struct wall wall, struct mono mono);

/* What time it should be at `mono`. */
struct wall steady_time(const struct steady *s, struct mono mono);

/* Seconds by which `wall` is ahead of that, negative when it is behind; 0 as
 * long as it is no more than BOUND_CLOCK_JUMP_S. */
int64_t steady_jump(const struct steady *s, struct wall wall, struct mono mono);

#endif
