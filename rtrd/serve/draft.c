/*
 * draft: a publication in the making.
 *
 *	            fill                          save
 *	from, to ---------> step, hash, images --------> history on the disk
 *	                                       \
 *	                                        detach: other ids, no steps
 *
 * Nothing of the cache is looked at: all was copied or is counted, so that a
 * thread may do this while routers are served.
 */
#include "rtrd/serve/draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/state/record.h"
#include "rtrd/state/serial.h"
#include "waymark/err.h"

static void
drop_fulls(struct draft *d)
{
	for (size_t i = 0; i < RTR_VERSIONS; i++) {
		image_unref(d->fulls[i]);
		d->fulls[i] = NULL;
	}
}

/* Octets of memory, as a delta would count them. */
static size_t
set_size(const struct payload_set *set)
{
	return set->vrp_count * sizeof(struct vrp) +
		set->key_count * sizeof(struct router_key) +
		set->aspa_count * sizeof(struct aspa);
}

void
draft_date(struct draft *d, const struct draft_time *time)
{
	d->time = *time;
}

void
draft_resume(struct draft *d, const struct lineage *lineage,
	const struct payload_set *set)
{
	assert(d->base == NULL);
	d->lineage.id = lineage->id;
	d->lineage.history = history_ref(lineage->history);
	d->from = payload_ref(set);
}

/* What is known of the step to the new set but its delta. */
static int
step_make(const struct draft *d, uint32_t serial, struct step *out)
{
	*out = (struct step){
		.serial = serial,
		.published = d->time.wall,
		.at = d->time.mono,
		.made = {d->time.made, d->time.made},
	};
	return record_hash(d->to, out->hash);
}

/* The history from now on; takes the reference. */
static void
history_set(struct draft *d, const struct history *h)
{
	history_unref(d->lineage.history);
	d->lineage.history = h;
}

/* The first set of a lineage. */
static int
begin(struct draft *d)
{
	const struct history *h;
	struct step step;
	int err = step_make(d, d->first_serial, &step);

	if (err == 0)
		err = history_of(&step, 1, &h);
	if (err != 0)
		return err;
	history_set(d, h);
	d->is_new = d->news = d->changed = true;
	return 0;
}

/* One step more. */
static int
go_on(struct draft *d, const struct delta *delta)
{
	const struct history *h, *before = d->lineage.history;
	struct step step;
	int err = step_make(
		d, serial_next(history_back(before, 0)->serial), &step);

	step.delta = delta;
	d->limits.full_size = set_size(d->to);
	if (err == 0)
		err = history_add(before, &step, &d->limits, &h);
	if (err != 0)
		return err;
	history_set(d, h);
	d->news = d->changed = true;
	return 0;
}

/* The same to routers, made at another time. */
static int
stay(struct draft *d)
{
	const struct history *h, *before = d->lineage.history;
	int err;

	if (history_back(before, 0)->made[0].s == d->time.made.s)
		return 0;
	err = history_remade(before, d->time.made, &h);
	if (err == 0)
		history_set(d, h);
	return err;
}

static int
follow(struct draft *d)
{
	const struct delta *delta = NULL;
	int err = delta_between(d->from, d->to, &delta);

	if (err == 0)
		err = delta_count(delta) > 0 ? go_on(d, delta) : stay(d);
	delta_unref(delta);
	return err;
}

/* The images of a set that is the same to routers are there. */
static int
lay_out(struct draft *d)
{
	uint32_t serial = history_back(d->lineage.history, 0)->serial;

	for (unsigned v = 0; d->changed && v < RTR_VERSIONS; v++) {
		if (!d->asked[v])
			continue;
		d->fulls[v] = image_of_set(d->gauge, v, d->to, serial);
		if (d->fulls[v] == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

int
draft_fill(struct draft *d, const struct payload_set *set)
{
	int err = 0;

	d->to = payload_ref(set);
	d->changed = d->base == NULL;
	if (d->from == NULL)
		err = begin(d);
	else if (d->from != set)
		err = follow(d);
	return err == 0 ? lay_out(d) : err;
}

bool
draft_is_news(const struct draft *d)
{
	return d->news;
}

/* Other ids than those that are in use, in the file, or remembered. */
static int
draw(struct draft *d, const char *folder)
{
	struct identity used[IDENTITY_USED] = {d->lineage.id};
	struct identity id;
	int err;

	(void)lineage_peek(folder, &used[1]);
	err = identity_draw(folder, used, IDENTITY_USED, RTR_VERSIONS, &id);
	if (err != 0)
		return err;
	d->lineage.id = id;
	d->is_drawn = true;
	return 0;
}

int
draft_save(struct draft *d, const char *folder)
{
	int err = d->is_new && !d->is_drawn ? draw(d, folder) : 0;

	if (err == 0)
		err = identity_note(folder, &d->lineage.id);
	if (err == 0)
		err = lineage_write(folder, &d->lineage);
	return err;
}

bool
draft_is_bound(const struct draft *d, const char *folder)
{
	struct identity id;

	return lineage_peek(folder, &id) &&
		(id.n == 0 || identity_equal(&id, &d->lineage.id));
}

int
draft_detach(struct draft *d, const char *folder)
{
	int err = draw(d, folder);

	drop_fulls(d);
	if (err == 0)
		err = begin(d);
	return err == 0 ? lay_out(d) : err;
}

void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	drop_fulls(d);
	history_unref(d->lineage.history);
	payload_unref(d->base);
	payload_unref(d->from);
	payload_unref(d->to);
	gauge_unref(d->gauge);
	free(d);
}
