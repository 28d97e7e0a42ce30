/*
 * sets: small payload sets for tests, by bit mask.
 *
 * Bits 0 to 7 are VRPs of IPv4, 8 to 11 of IPv6, 12 and 13 router keys with
 * one SKI, 14 to 17 ASPAs: two customers with two lists of providers each.
 */
#ifndef STATE_SETS_H
#define STATE_SETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/payload.h"

enum {
	SETS_ITEMS = 18,
	SETS_ASPA = 14
};

static inline void
sets_add(struct payload_builder *b, unsigned i)
{
	static const uint32_t providers[] = {7, 8, 9};
	const uint8_t spki[4] = {1, 2, 3, (uint8_t)i};
	struct vrp v = {
		.addr = {{10, (uint8_t)(i / 2)}},
		.asn = 64496 + i % 2,
		.family = i < 8 ? FAMILY_IPV4 : FAMILY_IPV6,
		.len = 16,
		.max_len = 24,
		.expires = 1000 + i,
	};
	struct router_key k = {
		.asn = 1, .spki = span_of(spki, sizeof(spki)), .expires = 5};
	struct aspa a = {
		.customer = i < 16 ? 100 : 200,
		.providers = providers,
		.provider_count = 2 + i % 2,
		.expires = 5,
	};
	int err = i < 12 ? payload_build_vrp(b, &v)
		: i < 14 ? payload_build_key(b, &k)
			 : payload_build_aspa(b, &a);

	if (err != 0)
		abort();
}

/* One of the two ASPAs of a customer only: they would be merged. */
static inline uint32_t
sets_mask(uint32_t mask)
{
	for (unsigned i = SETS_ASPA; i < SETS_ITEMS; i += 2) {
		if (mask & 1U << i)
			mask &= ~(2U << i);
	}
	return mask & ((1U << SETS_ITEMS) - 1);
}

/* The set of a mask, with one reference. */
static inline const struct payload_set *
sets_make(uint32_t mask)
{
	struct payload_builder *b = payload_build_new(16);
	const struct payload_set *set;

	for (unsigned i = 0; i < SETS_ITEMS; i++) {
		if (sets_mask(mask) & 1U << i)
			sets_add(b, i);
	}
	if (payload_build_done(b, &set) != 0)
		abort();
	return set;
}

/* A generator of our own: the same numbers everywhere. */
static inline uint32_t
sets_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

#endif
