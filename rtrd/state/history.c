/*
 * history: an array of steps, the oldest first.
 *
 *	steps  | 7 | 8, delta | 9, delta | 10, delta |
 *	       first                       last        count = 3
 *
 * The net delta over several steps is joined pairwise, like the rounds of a
 * tournament, so that each change is looked at once a round.
 */
#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/state/history.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	FULL_PARTS = 4
}; /* deltas take one such part of the full set */

struct history {
	atomic_size_t refs;
	size_t n; /* steps, the first among them */
	size_t size; /* of all deltas */
	struct step steps[];
};

/* Room for `n` steps. */
static struct history *
history_new(size_t n)
{
	struct history *h = calloc(1, sizeof(*h) + n * sizeof(h->steps[0]));

	if (h != NULL)
		atomic_init(&h->refs, 1);
	return h;
}

/* One more at the end, of which there is room. */
static void
push(struct history *h, const struct step *step)
{
	struct step *to = &h->steps[h->n];

	*to = *step;
	/* What led to the first is not here. */
	to->delta = h->n > 0 ? delta_ref(step->delta) : NULL;
	h->size += h->n > 0 ? step->delta->size : 0;
	h->n++;
}

int
history_of(const struct step *steps, size_t n, const struct history **out)
{
	struct history *h = history_new(n);

	assert(n > 0);
	if (h == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		push(h, &steps[i]);
	*out = h;
	return 0;
}

/* Whether the oldest of the steps has to go; `count` and `size` are of what is
 * left with it. */
static bool
is_too_much(const struct history_limits *l, size_t count, size_t size,
	int64_t age_ms)
{
	if (count > l->most || size > BOUND_RTR_HISTORY_BYTES)
		return true;
	if (count <= BOUND_RTR_HISTORY_MIN)
		return false;
	return size > l->full_size / FULL_PARTS ||
		(l->window_ms > 0 && age_ms > l->window_ms);
}

int
history_add(const struct history *h, const struct step *next,
	const struct history_limits *limits, const struct history **out)
{
	size_t first = 0, size = h->size + next->delta->size;
	struct history *new;

	/* The delta that leads away from the first step stands in the second,
	 * and so does when the first was last current. */
	for (; first < h->n; first++) {
		const struct step *second =
			first + 1 < h->n ? &h->steps[first + 1] : next;

		if (!is_too_much(limits, h->n - first, size,
			    mono_since(second->at, next->at)))
			break;
		size -= second->delta->size;
	}
	new = history_new(h->n - first + 1);
	if (new == NULL)
		return ERR_NOMEM;
	for (size_t i = first; i < h->n; i++)
		push(new, &h->steps[i]);
	push(new, next);
	*out = new;
	return 0;
}

int
history_remade(
	const struct history *h, struct wall made, const struct history **out)
{
	struct history *new = history_new(h->n);
	struct step *last;

	if (new == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < h->n; i++)
		push(new, &h->steps[i]);
	last = &new->steps[new->n - 1];
	last->made[1] = last->made[0];
	last->made[0] = made;
	*out = new;
	return 0;
}

/* Shared and counted, so given out as what cannot be changed: only the count
 * is. */
static struct history *
counted(const struct history *h)
{
	return (struct history *)(uintptr_t)h;
}

const struct history *
history_ref(const struct history *h)
{
	atomic_fetch_add(&counted(h)->refs, 1);
	return h;
}

void
history_unref(const struct history *h)
{
	struct history *mine = counted(h);

	if (h == NULL || atomic_fetch_sub(&mine->refs, 1) > 1)
		return;
	for (size_t i = 0; i < mine->n; i++)
		delta_unref(mine->steps[i].delta);
	free(mine);
}

size_t
history_count(const struct history *h)
{
	return h->n - 1;
}

const struct step *
history_back(const struct history *h, size_t back)
{
	assert(back < h->n);
	return &h->steps[h->n - 1 - back];
}

size_t
history_size(const struct history *h)
{
	return h->size;
}

/* Join the deltas of `round` two by two into the front of it, and give them
 * back; an odd one at the end moves up.  On failure all that is left is given
 * back. */
static int
join_round(const struct delta **round, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n; i += 2) {
		const struct delta *joined = NULL;

		if (i + 1 == n) {
			joined = round[i];
		} else {
			if (err == 0)
				err = delta_join(
					round[i], round[i + 1], &joined);
			delta_unref(round[i]);
			delta_unref(round[i + 1]);
		}
		round[i / 2] = joined;
	}
	return err;
}

/* The first round, straight from the steps, which stay where they are. */
static int
first_round(const struct history *h, size_t steps, const struct delta **round)
{
	const struct step *from = &h->steps[h->n - steps];

	for (size_t i = 0; i < steps; i += 2) {
		int err = 0;

		if (i + 1 == steps)
			round[i / 2] = delta_ref(from[i].delta);
		else
			err = delta_join(from[i].delta, from[i + 1].delta,
				&round[i / 2]);
		if (err != 0)
			return err;
	}
	return 0;
}

int
history_net(const struct history *h, size_t steps, const struct delta **out)
{
	size_t n = (steps + 1) / 2;
	const struct delta **round;
	int err;

	assert(steps > 0 && steps < h->n);
	round = calloc(n, sizeof(*round));
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
			delta_unref(round[i]);
	}
	free(round);
	return err;
}
