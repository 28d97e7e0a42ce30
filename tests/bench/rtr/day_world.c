/*
 * day_world: a world that changes by one in a hundred with each step.
 *
 *	item i is there at step k when (k + a(i)) / 100 + b(i) is odd
 *
 * with a and b drawn from i: so each item toggles every hundred steps, half of
 * them are there at any time, and whoever knows k knows the whole set.
 * An ASPA is always there; its providers are others after twenty steps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/rtr/bench.h"
#include "tests/bench/rtr/day.h"

enum {
	PERIOD = 100,
	TURN = 20, /* steps after which an ASPA changes */
	PROVIDERS = 5,
	SPKI = 91,
	FIRST_CUSTOMER = 200000,
};

/* A number drawn from another (the finisher of splitmix64). */
uint64_t
day_mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static bool
is_there(uint64_t i, size_t step)
{
	uint64_t drawn = day_mix(i);

	return ((step + drawn % PERIOD) / PERIOD + (drawn >> 32)) % 2 == 1;
}

static void
add_keys(struct payload_builder *b, size_t step)
{
	for (size_t i = 0; i < DAY_KEYS; i++) {
		uint8_t spki[SPKI];
		struct router_key key = {.asn = (uint32_t)(64496 + i),
			.spki = {spki, SPKI},
			.expires = INT64_C(4102444800)};

		memset(key.ski, (int)i, sizeof(key.ski));
		memset(spki, (int)(i + 1), sizeof(spki));
		if (is_there(UINT64_C(1) << 40 | i, step) &&
			payload_build_key(b, &key) != 0)
			bench_die("memory");
	}
}

static void
add_aspas(struct payload_builder *b, size_t step)
{
	for (size_t i = 0; i < DAY_ASPAS; i++) {
		uint64_t drawn = day_mix((step + i) / TURN << 20 | i);
		uint32_t providers[PROVIDERS];
		struct aspa aspa = {.customer = (uint32_t)(FIRST_CUSTOMER + i),
			.provider_count = (uint32_t)(1 + drawn % PROVIDERS),
			.providers = providers,
			.expires = INT64_C(4102444800)};

		for (uint32_t p = 0; p < aspa.provider_count; p++)
			providers[p] =
				1 + p * 1000 + (uint32_t)(drawn >> 40) % 1000;
		if (payload_build_aspa(b, &aspa) != 0)
			bench_die("memory");
	}
}

static const struct payload_set *
day_set(size_t step, size_t vrps)
{
	struct payload_builder *b = payload_build_new(vrps);
	const struct payload_set *set;

	if (b == NULL)
		bench_die("memory");
	for (size_t i = 0; i < vrps; i++) {
		struct vrp v = bench_vrp(i, vrps);

		if (is_there(i, step) && payload_build_vrp(b, &v) != 0)
			bench_die("memory");
	}
	add_keys(b, step);
	add_aspas(b, step);
	if (payload_build_done(b, &set) != 0)
		bench_die("memory");
	return set;
}

static size_t
counter_read(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t step = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%zu", &step) != 1)
		bench_die(path);
	fclose(f);
	return step;
}

void
bench_day_step(const char *path, const char *counter, size_t vrps)
{
	size_t step = counter_read(counter) + 1;
	const struct payload_set *set = day_set(step, vrps);
	FILE *f = fopen(counter, "w");

	if (f == NULL || fprintf(f, "%zu\n", step) < 0 || fclose(f) != 0)
		bench_die(counter);
	bench_write(path, set);
	payload_unref(set);
}

/* The same body as the PDU has behind its flags, put together here without the
 * code that is measured. */
static uint64_t
vrp_sum(const struct vrp *v)
{
	size_t width = v->family == FAMILY_IPV4 ? 4 : 16;
	uint8_t body[DAY_BODY] = {v->len, v->max_len, 0};

	memcpy(body + 3, v->addr.b, width);
	day_put32(body + 3 + width, v->asn);
	return day_hash(width == 4 ? DAY_IPV4 : DAY_IPV6, body, 7 + width);
}

static uint64_t
key_sum(const struct router_key *k)
{
	uint8_t body[DAY_BODY];

	memcpy(body, k->ski, SKI_SIZE);
	day_put32(body + SKI_SIZE, k->asn);
	memcpy(body + SKI_SIZE + 4, k->spki.p, k->spki.n);
	return day_hash(DAY_KEY, body, SKI_SIZE + 4 + k->spki.n);
}

static uint64_t
aspa_sum(const struct aspa *a)
{
	uint8_t body[DAY_BODY];

	day_put32(body, a->customer);
	for (uint32_t i = 0; i < a->provider_count; i++)
		day_put32(body + 4 + 4 * i, a->providers[i]);
	return day_hash(DAY_ASPA, body, 4 + 4 * (size_t)a->provider_count);
}

uint64_t
bench_day_sum(size_t step, unsigned version, size_t vrps)
{
	const struct payload_set *set = day_set(step, vrps);
	uint64_t sum = 0;

	for (size_t i = 0; i < set->vrp_count; i++)
		sum += vrp_sum(&set->vrps[i]);
	for (size_t i = 0; version >= 1 && i < set->key_count; i++)
		sum += key_sum(&set->keys[i]);
	for (size_t i = 0; version >= 2 && i < set->aspa_count; i++)
		sum += aspa_sum(&set->aspas[i]);
	payload_unref(set);
	return sum;
}
