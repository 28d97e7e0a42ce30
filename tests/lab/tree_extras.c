/*
 * tree_extras: what else the CAs of a tree publish: ASPAs, router certificates,
 * prefix lists, ghostbusters records.
 *
 * Extra j of a type belongs to a CA and has content by seed, type and j alone,
 * so that trees which differ in their numbers share all other objects.  Several
 * ASPAs may have one customer.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/lab/tree.h"
#include "tests/lab/world_inner.h"

enum {
	EXTRA_PROVIDERS = 8, /* an ASPA, at most */
	EXTRA_PROVIDER_FIRST = 200,
	EXTRA_PROVIDER_STEP = 5000,
	EXTRA_KEYS = 256, /* of routers: see keys.h */
	EXTRA_PREFIXES = 12, /* a prefix list, at most */
};

enum extra_type {
	EXTRA_ASPA,
	EXTRA_ROUTER,
	EXTRA_SPL,
	EXTRA_GBR,
	EXTRA_TYPES
};

static const struct {
	const char *type, *ending;
} extra_rows[EXTRA_TYPES] = {
	[EXTRA_ASPA] = {"aspa", "asa"},
	[EXTRA_ROUTER] = {"router", "cer"},
	[EXTRA_SPL] = {"spl", "spl"},
	[EXTRA_GBR] = {"gbr", "gbr"},
};

/* A stream of numbers that begins by seed, type and index alone. */
static uint64_t
extra_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* In order and apart; none is a number that a CA of the tree holds.  One in
 * twenty has no provider at all. */
static void
extra_providers(uint64_t *state, struct text *list)
{
	uint64_t asn = EXTRA_PROVIDER_FIRST;
	uint64_t count = 1 + extra_random(state) % EXTRA_PROVIDERS;

	if (extra_random(state) % 20 == 0) {
		text_add(list, "0");
		return;
	}
	for (uint64_t i = 0; i < count; i++) {
		asn += 1 + extra_random(state) % EXTRA_PROVIDER_STEP;
		text_add(list, "%llu ", (unsigned long long)asn);
	}
}

/* Any prefixes: who signs need not hold them. */
static void
extra_prefixes(uint64_t *state, struct text *list)
{
	unsigned long long count = 1 + extra_random(state) % EXTRA_PREFIXES;
	unsigned long long at = extra_random(state) % 200;

	for (unsigned long long i = 0; i < count; i++)
		text_add(list, "100.%llu.0.0/16 2600:%llx::/32 ", at + i,
			at + i);
}

static void
extra_add(struct lab_world *world, const struct tree_params *params,
	enum extra_type type, uint64_t j)
{
	uint64_t state =
		(params->seed * EXTRA_TYPES + type) * 0xd1b54a32d192ed03u + j;
	size_t index = extra_random(&state) % params->cas;
	struct text list = {0};
	struct lab_world_extra *extra;
	char name[48];

	snprintf(name, sizeof(name), "%s-%llu.%s", extra_rows[type].type,
		(unsigned long long)j, extra_rows[type].ending);
	extra = lab_extra_add(world, lab_world_ca(world, params->tas + index),
		name, extra_rows[type].type);
	extra->serial = lab_world_text(world, "%llu",
		(unsigned long long)(WORLD_SERIAL_EXTRA + j * EXTRA_TYPES +
			type));
	if (type == EXTRA_GBR)
		return;
	extra->has_asn = true;
	extra->asn = (uint32_t)(TREE_ASN_FIRST + index * TREE_ASNS +
		extra_random(&state) % TREE_ASNS);
	if (type == EXTRA_ROUTER)
		extra->key = LAB_KEY_P256 +
			(unsigned)(extra_random(&state) % EXTRA_KEYS);
	if (type == EXTRA_ASPA)
		extra_providers(&state, &list);
	if (type == EXTRA_SPL)
		extra_prefixes(&state, &list);
	if (list.n > 0)
		extra->list = lab_world_text(world, "%s", list.p);
	text_free(&list);
}

void
tree_add_extras(struct lab_world *world, const struct tree_params *params)
{
	const unsigned counts[EXTRA_TYPES] = {
		[EXTRA_ASPA] = params->aspas,
		[EXTRA_ROUTER] = params->router_keys,
		[EXTRA_SPL] = params->spls,
		[EXTRA_GBR] = params->gbrs,
	};

	for (enum extra_type type = 0; type < EXTRA_TYPES; type++)
		for (uint64_t j = 0; j < counts[type]; j++)
			extra_add(world, params, type, j);
}
