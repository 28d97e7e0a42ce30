/*
 * payloads: VRPs for tests, by text and by seed.
 */
#ifndef TESTS_CORE_PAYLOADS_H
#define TESTS_CORE_PAYLOADS_H

#include <stdlib.h>

#include "waymark/payload.h"

/* A VRP from a prefix's text; ends the test when that is wrong. */
static inline struct vrp
vrp_of(const char *prefix, uint8_t max_len, uint32_t asn)
{
	struct prefix p;

	if (prefix_parse(prefix, &p) != 0)
		abort();
	return (struct vrp){
		.addr = p.addr,
		.family = p.family,
		.len = p.len,
		.max_len = max_len,
		.asn = asn,
		.expires = 1773664028,
	};
}

/* xorshift: the same numbers everywhere. */
struct dice {
	uint64_t x;
};

static inline uint32_t
dice_roll(struct dice *d, uint32_t below)
{
	d->x ^= d->x << 13;
	d->x ^= d->x >> 7;
	d->x ^= d->x << 17;
	return (uint32_t)(d->x >> 20) % below;
}

/* A VRP from a small world, in which many collide and cover one another. */
static inline struct vrp
vrp_roll(struct dice *d)
{
	bool v6 = dice_roll(d, 3) == 0;
	unsigned bits = v6 ? 128 : 32;
	struct addr a = {{0}};
	struct vrp v = {.family = v6 ? FAMILY_IPV6 : FAMILY_IPV4};

	a.b[0] = (uint8_t)dice_roll(d, 2);
	a.b[1] = (uint8_t)(dice_roll(d, 4) << 6);
	a.b[3] = (uint8_t)dice_roll(d, 4);
	v.len = (uint8_t)dice_roll(d, 34);
	if (v.len > bits)
		v.len = (uint8_t)bits;
	v.addr = addr_low(&a, v.len);
	v.max_len = (uint8_t)(v.len + dice_roll(d, 3));
	if (v.max_len > bits)
		v.max_len = (uint8_t)bits;
	v.asn = dice_roll(d, 3);
	v.expires = dice_roll(d, 4);
	v.ta = (uint8_t)dice_roll(d, 3);
	v.source = dice_roll(d, 5);
	return v;
}

#endif
