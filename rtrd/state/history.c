/*
 * history: a ring of deltas, the newest at the end.
 *
 *	ring  | d8 | d9 |    |    | d6 | d7 |
 *	                            first     count = 4
 *
 * The net delta over several steps is joined pairwise, like the rounds of a
 * tournament, so that each change is looked at once a round.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "rtrd/state/history.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	FULL_PARTS = 4
}; /* deltas take one such part of the full set */

struct history {
	struct delta **ring;
	size_t cap;
	size_t first, count;
	size_t size; /* of all deltas */
};

struct history *
history_new(uint32_t most)
{
	struct history *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->ring = calloc(most, sizeof(struct delta *));
	h->cap = most;
	if (h->ring == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

/* The `i`-th delta, the oldest first. */
static struct delta *
at(const struct history *h, size_t i)
{
	return h->ring[(h->first + i) % h->cap];
}

static void
drop_oldest(struct history *h)
{
	struct delta *oldest = at(h, 0);

	h->size -= oldest->size;
	delta_free(oldest);
	h->first = (h->first + 1) % h->cap;
	h->count--;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	while (h->count > 0)
		drop_oldest(h);
	free(h->ring);
	free(h);
}

/* Whether the oldest delta has to go, once the newest is in. */
static bool
is_too_much(const struct history *h, size_t full_size)
{
	if (h->count == 0)
		return false;
	if (h->size > BOUND_RTR_HISTORY_BYTES)
		return true;
	return h->count > BOUND_RTR_HISTORY_MIN &&
		h->size > full_size / FULL_PARTS;
}

void
history_add(struct history *h, struct delta *step, size_t full_size)
{
	/* By number first, so that there is a place; then by size. */
	if (h->count == h->cap)
		drop_oldest(h);
	h->ring[(h->first + h->count) % h->cap] = step;
	h->count++;
	h->size += step->size;
	while (is_too_much(h, full_size))
		drop_oldest(h);
}

size_t
history_count(const struct history *h)
{
	return h->count;
}

size_t
history_size(const struct history *h)
{
	return h->size;
}

/* Join the deltas of `round` two by two into the front of it, and free them;
 * an odd one at the end moves up.  On failure all that is left is freed. */
static int
join_round(struct delta **round, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n; i += 2) {
		struct delta *joined = NULL;

		if (i + 1 == n) {
			joined = round[i];
		} else {
			if (err == 0)
				err = delta_join(
					round[i], round[i + 1], &joined);
			delta_free(round[i]);
			delta_free(round[i + 1]);
		}
		round[i / 2] = joined;
	}
	return err;
}

/* Joined with an empty delta, a step is a copy of its own. */
static int
copy(const struct delta *step, struct delta **out)
{
	static const struct delta EMPTY;

	return delta_join(step, &EMPTY, out);
}

/* The first round, straight from the ring: the steps stay where they are. */
static int
first_round(const struct history *h, size_t steps, struct delta **round)
{
	size_t from = h->count - steps;

	for (size_t i = 0; i < steps; i += 2) {
		const struct delta *step = at(h, from + i);
		int err = i + 1 == steps
			? copy(step, &round[i / 2])
			: delta_join(step, at(h, from + i + 1), &round[i / 2]);

		if (err != 0)
			return err;
	}
	return 0;
}

int
history_net(const struct history *h, size_t steps, struct delta **out)
{
	size_t n = (steps + 1) / 2;
	struct delta **round;
	int err;

	assert(steps > 0 && steps <= h->count);
	round = calloc(n, sizeof(struct delta *));
	if (round == NULL)
		return ERR_NOMEM;
	err = first_round(h, steps, round);
	for (; err == 0 && n > 1; n = (n + 1) / 2)
		err = join_round(round, n);
	/* After the last round one is left; after a failure, those that were
	 * not joined yet. */
	if (err == 0) {
		*out = round[0];
	} else {
		for (size_t i = 0; i < n; i++)
			delta_free(round[i]);
	}
	free(round);
	return err;
}
