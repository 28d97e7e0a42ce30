/*
 * pace: how many full sets one source may have.
 *
 * A bucket is one number: the time at which it will be full again.  A set moves
 * it on by the time that a place takes to fill; a time that has passed is a
 * full bucket, the same as none.
 *
 *	 now                    full
 *	--|-----|-----|-----|----|-------->
 *	    a set taken each step
 *
 * A source has few places that it may be at, so that a look-up is short however
 * many sources there are.
 */
#include "rtrd/serve/pace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/bounds.h"

enum {
	SOURCE = 16, /* octets of an address */
	WAYS = 8, /* places for one source */
	ROWS = BOUND_RTR_PACE_SOURCES / WAYS,
};

_Static_assert(ROWS *WAYS == BOUND_RTR_PACE_SOURCES, "whole rows");

struct bucket {
	uint8_t source[SOURCE];
	struct mono full; /* when it is, again */
};

struct pace {
	struct bucket rows[ROWS][WAYS];
};

struct pace *
pace_new(void)
{
	struct pace *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	for (size_t row = 0; row < ROWS; row++)
		for (size_t way = 0; way < WAYS; way++)
			p->rows[row][way].full.ms = INT64_MIN;
	return p;
}

void
pace_free(struct pace *p)
{
	free(p);
}

/* FNV-1a.  Who chooses addresses that meet gives way to himself. */
static size_t
row_of(const uint8_t source[SOURCE])
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < SOURCE; i++)
		hash = (hash ^ source[i]) * 16777619U;
	return hash % ROWS;
}

/* The bucket of a source: its own, else the one that is nearest to full. */
static struct bucket *
bucket_of(struct pace *p, const uint8_t source[SOURCE])
{
	struct bucket *row = p->rows[row_of(source)];
	struct bucket *best = &row[0];

	for (size_t way = 0; way < WAYS; way++) {
		if (memcmp(row[way].source, source, SOURCE) == 0)
			return &row[way];
		if (row[way].full.ms < best->full.ms)
			best = &row[way];
	}
	memcpy(best->source, source, SOURCE);
	best->full.ms = INT64_MIN;
	return best;
}

static bool
is_measured(const uint8_t source[SOURCE])
{
	static const uint8_t none[SOURCE];

	return memcmp(source, none, SOURCE) != 0;
}

struct mono
pace_take(struct pace *p, const uint8_t source[SOURCE], size_t burst,
	struct mono now)
{
	struct bucket *b;
	int64_t full;
	int64_t most =
		now.ms + (int64_t)(burst > 0 ? burst : 1) * BOUND_RTR_PACE_MS;

	if (!is_measured(source))
		return now;
	b = bucket_of(p, source);
	/* No debt is larger than a bucket, also when that was larger once. */
	if (b->full.ms > most)
		b->full.ms = most;
	full = b->full.ms > now.ms ? b->full.ms : now.ms;
	full += BOUND_RTR_PACE_MS;
	/* Beyond `most` there is no place in the bucket yet: as soon as there
	 * is one, it may be asked for. */
	if (full > most)
		return (struct mono){now.ms + (full - most)};
	b->full.ms = full;
	return now;
}
