/*
 * notice: when a router is told of a new serial.
 *
 * The own time of a router comes from a hash and not from a generator of random
 * numbers: there is no state, and a test sees the same each time.
 */
#include "rtrd/serve/notice.h"

#include <stddef.h>

void
notice_want(
	struct notice *n, int64_t interval_ms, int64_t wait_ms, struct mono now)
{
	struct mono at = {now.ms + wait_ms};

	if (n->due)
		return;
	/* Who was told at a time of its own is told at one again. */
	if (n->given && mono_since(n->given_at, now) < interval_ms)
		at.ms = n->given_at.ms + interval_ms;
	n->due = true;
	n->at = at;
}

bool
notice_is_time(const struct notice *n, struct mono now)
{
	return n->due && n->at.ms <= now.ms;
}

void
notice_give(struct notice *n, struct mono now)
{
	n->due = false;
	n->given = true;
	n->given_at = now;
}

void
notice_drop(struct notice *n)
{
	n->due = false;
}

void
notice_left(struct notice *n, int64_t interval_ms, struct mono now)
{
	n->given_at = now;
	if (n->at.ms < now.ms + interval_ms)
		n->at.ms = now.ms + interval_ms;
}

/* The last step of splitmix64: each bit of the result hangs on each bit. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

int64_t
notice_spread(const uint8_t source[16], uint64_t salt, int64_t spread_ms)
{
	uint64_t hash = mix(salt);

	for (size_t i = 0; i < 16; i++)
		hash = mix(hash ^ source[i]);
	return (int64_t)(hash % ((uint64_t)spread_ms + 1));
}
