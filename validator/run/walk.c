/*
 * walk: see the header.
 *
 * Limits of a whole trust anchor (CAs, VRPs) are decided between levels.  VRPs
 * can pass theirs while a level is under way: then no more of them are kept,
 * the level is rewound, the points that have to go are chosen by share_out,
 * and the level is walked again without them.  That costs a level's time twice,
 * and only under attack.
 */
#include "validator/run/walk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/chain/point.h"
#include "validator/chain/ta.h"
#include "validator/run/crew.h"
#include "validator/run/share.h"
#include "waymark/err.h"

/* A publication point that waits, or was checked. */
struct spot {
	const struct ca *ca; /* a reference */
	uint64_t vrps;
	enum reject denied; /* why it is not looked at */
};

/* What a level has to be rewound to. */
struct rewind {
	struct findings_mark *marks; /* by checker */
	struct tally *tallies; /* by checker and trust anchor */
	uint64_t *vrps; /* by trust anchor */
};

struct walk {
	const struct run_options *options;
	struct tree tree;
	struct chain_env env;
	struct checker **checkers;
	size_t checker_count;
	VEC(struct spot) level;
	atomic_size_t next; /* the first spot that nobody took */
	uint64_t *cas; /* by trust anchor, so far */
	struct rewind before;
	uint64_t random;
};

static bool
is_stopped(const struct walk *w)
{
	return atomic_load(&w->options->progress->stop);
}

/* xorshift64: any order will do, as long as a seed gives it again. */
static uint64_t
next_random(struct walk *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

static void
shuffle(struct walk *w)
{
	size_t i;

	if (w->random == 0)
		return;
	for (i = w->level.n; i > 1; i--) {
		size_t j = (size_t)(next_random(w) % i);
		struct spot spot = w->level.at[j];

		w->level.at[j] = w->level.at[i - 1];
		w->level.at[i - 1] = spot;
	}
}

static void
work(void *ctx, size_t i)
{
	struct walk *w = ctx;
	struct checker *k = w->checkers[i];

	while (!is_stopped(w) && !k->findings.failed) {
		size_t at = atomic_fetch_add(&w->next, 1);
		struct spot *spot;

		if (at >= w->level.n)
			return;
		spot = &w->level.at[at];
		if (spot->denied == REJECT_NONE)
			spot->vrps = point_check(k, spot->ca);
		else
			point_deny(k, spot->ca, spot->denied);
		atomic_fetch_add_explicit(
			&w->options->progress->done, 1, memory_order_relaxed);
	}
}

static void
walk_level(struct walk *w)
{
	size_t hands = w->checker_count;

	if (hands > w->level.n)
		hands = w->level.n;
	atomic_store(&w->next, 0);
	crew_run(hands, work, w);
}

static void
remember(struct walk *w)
{
	size_t tas = w->options->ta_count, i;

	for (i = 0; i < w->checker_count; i++) {
		struct findings *f = &w->checkers[i]->findings;

		findings_begin(f);
		w->before.marks[i] = f->mark;
		memcpy(&w->before.tallies[i * tas], f->tas,
			tas * sizeof(*f->tas));
	}
	for (i = 0; i < tas; i++)
		w->before.vrps[i] = atomic_load(&w->env.vrps[i]);
}

static void
rewind_level(struct walk *w)
{
	size_t tas = w->options->ta_count, i;

	for (i = 0; i < w->checker_count; i++) {
		struct findings *f = &w->checkers[i]->findings;

		f->mark = w->before.marks[i];
		findings_undo(f, false);
		f->verdicts.n = f->mark.verdicts;
		memcpy(f->tas, &w->before.tallies[i * tas],
			tas * sizeof(*f->tas));
	}
	for (i = 0; i < tas; i++)
		atomic_store(&w->env.vrps[i], w->before.vrps[i]);
	atomic_fetch_sub(&w->options->progress->done, w->level.n);
}

/* Choose among the spots of one trust anchor whose weight is more than
 * `budget` together; those that must go get `reason`. */
static int
choose_spots(struct walk *w, uint32_t ta, uint64_t budget, enum reject reason)
{
	VEC(struct share) shares = {0};
	size_t i;
	int err = 0;

	for (i = 0; i < w->level.n && err == 0; i++) {
		const struct spot *spot = &w->level.at[i];
		struct share share = {
			.ca = spot->ca,
			.weight = reason == REJECT_CA_COUNT ? 1 : spot->vrps,
			.tag = i,
		};

		if (spot->ca->ta == ta && spot->denied == REJECT_NONE &&
			!VEC_PUSH(&shares, share))
			err = ERR_NOMEM;
	}
	if (err == 0)
		share_out(shares.at, shares.n, budget);
	for (i = 0; i < shares.n && err == 0; i++) {
		if (shares.at[i].denied)
			w->level.at[shares.at[i].tag].denied = reason;
	}
	VEC_FREE(&shares);
	return err;
}

/* After a level: whether a trust anchor has too many VRPs now; then the spots
 * that have to go are marked. */
static int
check_vrps(struct walk *w, bool *again)
{
	uint64_t limit = w->options->limits.vrps;
	uint32_t ta;
	int err = 0;

	*again = false;
	for (ta = 0; ta < w->options->ta_count && err == 0; ta++) {
		if (atomic_load(&w->env.vrps[ta]) <= limit)
			continue;
		*again = true;
		err = choose_spots(
			w, ta, limit - w->before.vrps[ta], REJECT_VRP_COUNT);
	}
	return err;
}

/* The children of a level become the next one. */
static int
gather(struct walk *w)
{
	size_t i, j;

	for (i = 0; i < w->level.n; i++)
		ca_unref(w->level.at[i].ca);
	w->level.n = 0;
	for (i = 0; i < w->checker_count; i++) {
		struct findings *f = &w->checkers[i]->findings;

		if (f->failed ||
			!VEC_RESERVE(&w->level, w->level.n + f->children.n))
			return ERR_NOMEM;
		for (j = 0; j < f->children.n; j++)
			w->level.at[w->level.n++] =
				(struct spot){.ca = f->children.at[j]};
		f->children.n = 0;
	}
	atomic_fetch_add(&w->options->progress->queued, w->level.n);
	return 0;
}

static int
check_cas(struct walk *w)
{
	uint64_t limit = w->options->limits.cas;
	uint64_t more[BOUND_TAS] = {0};
	uint32_t ta;
	size_t i;
	int err = 0;

	for (i = 0; i < w->level.n; i++)
		more[w->level.at[i].ca->ta]++;
	for (ta = 0; ta < w->options->ta_count && err == 0; ta++) {
		uint64_t left = limit > w->cas[ta] ? limit - w->cas[ta] : 0;

		if (more[ta] > left) {
			err = choose_spots(w, ta, left, REJECT_CA_COUNT);
			more[ta] = left;
		}
		w->cas[ta] += more[ta];
	}
	return err;
}

static int
walk_down(struct walk *w)
{
	bool again = false;
	int err = 0;

	while (w->level.n > 0 && err == 0 && !is_stopped(w)) {
		err = check_cas(w);
		if (err != 0)
			break;
		shuffle(w);
		remember(w);
		walk_level(w);
		err = check_vrps(w, &again);
		if (err == 0 && again && !is_stopped(w)) {
			rewind_level(w);
			walk_level(w);
		}
		if (err == 0)
			err = gather(w);
	}
	return err != 0 ? err : is_stopped(w) ? ERR_BUSY : 0;
}

/* The first level: one CA a trust anchor, or its refusal. */
static int
find_tas(struct walk *w)
{
	const struct run_options *o = w->options;
	struct checker *k = w->checkers[0];
	uint32_t i;

	for (i = 0; i < o->ta_count; i++) {
		const struct tal *tal = &o->tas[i].tal;
		struct spot spot = {0};

		if (o->tas[i].broken) {
			ta_deny(k, span_text(tal->path), i, REJECT_TAL_BROKEN);
			continue;
		}
		spot.ca = ta_find(k, tal, i);
		if (spot.ca != NULL && !VEC_PUSH(&w->level, spot)) {
			ca_unref(spot.ca);
			return ERR_NOMEM;
		}
	}
	atomic_fetch_add(&o->progress->queued, w->level.n);
	return k->findings.failed ? ERR_NOMEM : 0;
}

static int
walk_init(struct walk *w)
{
	const struct run_options *o = w->options;
	size_t n = o->threads == 0 ? crew_processors() : o->threads, i;

	w->env = (struct chain_env){
		.tree = &w->tree,
		.profile = o->profile,
		.log = o->log,
		.progress = o->progress,
		.at = o->at,
		.limits = o->limits,
		.judge = o->judge,
	};
	w->random = o->shuffle;
	w->env.vrps = calloc(o->ta_count + 1, sizeof(*w->env.vrps));
	w->cas = calloc(o->ta_count + 1, sizeof(*w->cas));
	w->checkers = calloc(n, sizeof(struct checker *));
	w->before.marks = calloc(n, sizeof(*w->before.marks));
	w->before.tallies =
		calloc(n * o->ta_count + 1, sizeof(*w->before.tallies));
	w->before.vrps = calloc(o->ta_count + 1, sizeof(*w->before.vrps));
	if (w->env.vrps == NULL || w->cas == NULL || w->checkers == NULL ||
		w->before.marks == NULL || w->before.tallies == NULL ||
		w->before.vrps == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		w->checkers[i] = checker_new(&w->env, o->ta_count);
		if (w->checkers[i] == NULL)
			return ERR_NOMEM;
		w->checker_count++;
	}
	return 0;
}

static void
walk_fini(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->level.n; i++)
		ca_unref(w->level.at[i].ca);
	VEC_FREE(&w->level);
	for (i = 0; i < w->checker_count; i++)
		checker_free(w->checkers[i]);
	free(w->checkers);
	free(w->env.vrps);
	free(w->cas);
	free(w->before.marks);
	free(w->before.tallies);
	free(w->before.vrps);
	tree_close(&w->tree);
}

static int
merge(struct walk *w, struct result **out)
{
	const struct run_options *o = w->options;
	const char *names[BOUND_TAS];
	size_t i;
	int err;

	for (i = 0; i < o->ta_count; i++)
		names[i] = o->tas[i].tal.name;
	for (i = 0; i < w->checker_count; i++)
		checker_rest(w->checkers[i]);
	err = result_merge(
		w->checkers, w->checker_count, names, o->ta_count, out);
	w->checker_count = 0; /* they are the result's now */
	if (err == 0)
		(*out)->snapshot.report.at = o->at;
	return err;
}

int
walk_run(const struct run_options *options, struct result **out)
{
	struct walk w = {.options = options, .tree = {.fd = -1}};
	int err = tree_open(options->local, &w.tree);

	if (err == 0)
		err = walk_init(&w);
	if (err == 0)
		err = find_tas(&w);
	if (err == 0)
		err = walk_down(&w);
	if (err == 0)
		err = merge(&w, out);
	walk_fini(&w);
	return err;
}
