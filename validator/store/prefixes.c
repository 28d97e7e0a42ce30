/*
 * prefixes: see the header.
 *
 * A table with open addressing, at most three quarters full.  Who publishes can
 * choose objects whose hashes begin alike, so places depend on a secret seed;
 * half a million hashes take 8 MB.
 */
#include "validator/store/prefixes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	CAP_FIRST = 4096,
};

static uint64_t
prefix_of(const uint8_t hash[32])
{
	uint64_t v;

	memcpy(&v, hash, sizeof(v));
	return v == 0 ? 1 : v; /* 0 stands for a free slot */
}

static size_t
slot_of(const struct prefixes *p, uint64_t v)
{
	size_t i;
	uint64_t h = (v ^ p->seed) * 0x9e3779b97f4a7c15U;

	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9U;
	i = (size_t)(h >> 20) & (p->cap - 1);
	while (p->slots[i] != 0 && p->slots[i] != v)
		i = (i + 1) & (p->cap - 1);
	return i;
}

static bool
grow(struct prefixes *p)
{
	struct prefixes larger = {
		.cap = p->cap == 0 ? CAP_FIRST : p->cap * 2,
		.count = p->count,
	};

	/* Without a seed it is slower when somebody is out for it. */
	if (getrandom(&larger.seed, sizeof(larger.seed), GRND_NONBLOCK) < 0)
		larger.seed = p->seed;
	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return false;
	for (size_t i = 0; i < p->cap; i++)
		if (p->slots[i] != 0)
			larger.slots[slot_of(&larger, p->slots[i])] =
				p->slots[i];
	free(p->slots);
	*p = larger;
	return true;
}

bool
prefixes_add(struct prefixes *p, const uint8_t hash[32])
{
	uint64_t v = prefix_of(hash);
	size_t i;

	if (p->count >= p->cap / 4 * 3 && !grow(p))
		return false;
	i = slot_of(p, v);
	if (p->slots[i] == 0)
		p->count++;
	p->slots[i] = v;
	return true;
}

bool
prefixes_has(const struct prefixes *p, const uint8_t hash[32])
{
	uint64_t v = prefix_of(hash);

	return p->count > 0 && p->slots[slot_of(p, v)] == v;
}

void
prefixes_free(struct prefixes *p)
{
	free(p->slots);
	*p = (struct prefixes){.slots = NULL};
}
