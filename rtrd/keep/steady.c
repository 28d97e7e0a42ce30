/*
 * steady: see the header.
 */
#include "rtrd/keep/steady.h"

#include "waymark/bounds.h"

void
steady_set(struct steady *s, struct wall wall, struct mono mono)
{
	*s = (struct steady){.wall = wall, .mono = mono};
}

struct wall
steady_time(const struct steady *s, struct mono mono)
{
	return (struct wall){s->wall.s + mono_since(s->mono, mono) / 1000};
}

int64_t
steady_jump(const struct steady *s, struct wall wall, struct mono mono)
{
	int64_t by = wall.s - steady_time(s, mono).s;

	return by > BOUND_CLOCK_JUMP_S || by < -BOUND_CLOCK_JUMP_S ? by : 0;
}
