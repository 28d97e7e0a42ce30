/*
 * digests: see the header.  Open addressing; a slot is used when its number is
 * not DIGEST_NONE, or was just handed out.
 */
#include "validator/run/digests.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	CAP_FIRST = 256,
	KEY = 24 /* octets of the digest that are kept: nobody finds two alike
		  */
};

struct digest_slot {
	uint8_t key[KEY];
	uint32_t number;
	bool used;
};

static struct digest_slot *
find(const struct digests *d, const uint8_t *digest)
{
	uint64_t at;

	memcpy(&at, digest, sizeof(at));
	for (;; at++) {
		struct digest_slot *slot = &d->slots[at & (d->cap - 1)];

		if (!slot->used || memcmp(slot->key, digest, KEY) == 0)
			return slot;
	}
}

static bool
grow(struct digests *d)
{
	struct digests wide = {.cap = d->cap == 0 ? CAP_FIRST : d->cap * 2};
	size_t i;

	wide.slots = calloc(wide.cap, sizeof(*wide.slots));
	if (wide.slots == NULL)
		return false;
	for (i = 0; i < d->cap; i++)
		if (d->slots[i].used)
			*find(&wide, d->slots[i].key) = d->slots[i];
	free(d->slots);
	d->slots = wide.slots;
	d->cap = wide.cap;
	return true;
}

uint32_t *
digests_at(struct digests *d, const uint8_t digest[32])
{
	struct digest_slot *slot;

	if (d->n + 1 > d->cap / 2 && !grow(d))
		return NULL;
	slot = find(d, digest);
	if (!slot->used) {
		memcpy(slot->key, digest, KEY);
		slot->number = DIGEST_NONE;
		slot->used = true;
		d->n++;
	}
	return &slot->number;
}

void
digests_free(struct digests *d)
{
	free(d->slots);
	*d = (struct digests){0};
}
