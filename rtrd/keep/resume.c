/*
 * resume: the serial at which the life before had the stored snapshot.
 *
 * A try makes a set and its hash, which takes a tenth of a second for a large
 * one: two steps are all that can fit.
 */
#include "rtrd/keep/resume.h"

#include <stdlib.h>
#include <string.h>

#include "rtrd/policy/policy.h"
#include "rtrd/state/record.h"
#include "waymark/err.h"

enum {
	TRIES = 2 /* steps */
};

/* Whether the snapshot was the step's at `made`; then `*set` is. */
static int
fits(const struct snapshot *s, const struct step *step, struct wall made,
	const struct payload_set **out)
{
	uint8_t hash[HISTORY_HASH];
	const struct payload_set *set;
	int err = policy_apply(s, made, &set);

	if (err != 0)
		return err;
	err = record_hash(set, hash);
	if (err == 0 && memcmp(hash, step->hash, sizeof(hash)) != 0)
		err = ERR_NOTFOUND;
	if (err == 0)
		*out = set;
	else
		payload_unref(set);
	return err;
}

/* The same for each time that the step has. */
static int
fits_at_all(
	const struct snapshot *s, const struct step *step, struct resumed *out)
{
	int err = fits(s, step, step->made[0], &out->set);

	out->made = step->made[0];
	if (err != ERR_NOTFOUND || step->made[1].s == step->made[0].s)
		return err;
	out->made = step->made[1];
	return fits(s, step, step->made[1], &out->set);
}

/* By the clock of this life.  One that was set since is not believed: nothing
 * was published in the future. */
static struct mono
at_of(const struct step *step, const struct draft_time *time)
{
	int64_t age_s = time->wall.s - step->published.s;

	return (struct mono){time->mono.ms - (age_s > 0 ? age_s * 1000 : 0)};
}

/* All up to `back` before the last; the time that fits is the only one. */
static int
cut(const struct history *h, size_t back, const struct draft_time *time,
	struct resumed *r)
{
	size_t n = history_count(h) + 1 - back;
	struct step *steps = calloc(n, sizeof(*steps));
	int err;

	if (steps == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		steps[i] = *history_back(h, back + n - 1 - i);
		steps[i].at = at_of(&steps[i], time);
	}
	steps[n - 1].made[0] = steps[n - 1].made[1] = r->made;
	err = history_of(steps, n, &r->lineage.history);
	free(steps);
	return err;
}

static int
find(const struct lineage *l, const struct snapshot *s,
	const struct draft_time *time, struct resumed *out)
{
	int err = ERR_NOTFOUND;

	out->lineage.id = l->id;
	for (size_t back = 0; err == ERR_NOTFOUND && back < TRIES &&
		back <= history_count(l->history);
		back++) {
		err = fits_at_all(s, history_back(l->history, back), out);
		if (err == 0)
			err = cut(l->history, back, time, out);
	}
	return err;
}

int
resume_find(const char *folder, const struct snapshot *s,
	const struct draft_time *time, struct resumed *out, const char **why)
{
	struct resumed r = {.set = NULL};
	struct lineage l;
	int err = lineage_read(folder, &l);

	*why = "";
	if (err != 0) {
		*why = err == ERR_NOTFOUND ? "no history is stored"
					   : err_text(err);
		return err;
	}
	if (l.id.n == RTR_VERSIONS)
		err = find(&l, s, time, &r);
	else
		err = ERR_NOTFOUND;
	history_unref(l.history);
	if (err == 0) {
		*out = r;
		return 0;
	}
	*why = err == ERR_NOTFOUND ? "the stored history is not that of the "
				     "stored set"
				   : err_text(err);
	resume_drop(&r);
	return err;
}

void
resume_drop(struct resumed *r)
{
	history_unref(r->lineage.history);
	payload_unref(r->set);
	*r = (struct resumed){.set = NULL};
}
