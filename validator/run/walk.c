/*
 * walk: see the header.
 *
 * Limits of a whole trust anchor are decided between levels.  They can be
 * passed while a level is under way: then no more is kept, only counted; the
 * level is rewound, share_out decides what every point may have, and the level
 * is walked again with that, limit by limit.  So a level costs a few times its
 * time, and only under attack, and memory stays within the limits at any time.
 */
#include "validator/run/walk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/chain/note.h"
#include "validator/chain/point.h"
#include "validator/chain/ta.h"
#include "validator/chain/tree.h"
#include "validator/run/crew.h"
#include "validator/run/paths.h"
#include "validator/run/share.h"
#include "waymark/err.h"

/* A publication point that waits, or was checked. */
struct spot {
	struct ca *ca; /* a reference */
	struct point_gain gain;
	uint32_t children_max; /* its part of the CAs */
	enum reject denied; /* why it is not looked at */
};

/* A trust anchor's counts as they were. */
struct counts {
	uint64_t used[LIMITS], refusals;
};

/* What a level has to be rewound to. */
struct rewind {
	struct findings_mark *marks; /* by checker */
	struct tally *tallies; /* by checker and trust anchor */
	struct counts *counts; /* by trust anchor */
};

struct walk {
	const struct run_options *options;
	struct tree tree; /* or: */
	struct shelf *shelf;
	const char *names[BOUND_TAS];
	struct chain_env env;
	struct checker **checkers;
	size_t checker_count;
	VEC(struct spot) level;
	atomic_size_t next; /* the first spot that nobody took */
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
			point_check(
				k, spot->ca, spot->children_max, &spot->gain);
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
	size_t tas = w->options->ta_count, i, j;

	for (i = 0; i < w->checker_count; i++) {
		struct findings *f = &w->checkers[i]->findings;

		findings_begin(f);
		w->before.marks[i] = f->mark;
		memcpy(&w->before.tallies[i * tas], f->tas,
			tas * sizeof(*f->tas));
	}
	for (i = 0; i < tas; i++) {
		struct chain_ta *ta = &w->env.tas[i];
		struct counts *counts = &w->before.counts[i];

		for (j = 0; j < LIMITS; j++)
			counts->used[j] = atomic_load(&ta->used[j]);
		counts->refusals = atomic_load(&ta->refusals);
	}
}

static void
rewind_level(struct walk *w)
{
	size_t tas = w->options->ta_count, i, j;

	for (i = 0; i < w->checker_count; i++) {
		struct findings *f = &w->checkers[i]->findings;

		f->mark = w->before.marks[i];
		findings_undo(f, false);
		f->verdicts.n = f->mark.verdicts;
		memcpy(f->tas, &w->before.tallies[i * tas],
			tas * sizeof(*f->tas));
	}
	for (i = 0; i < tas; i++) {
		struct chain_ta *ta = &w->env.tas[i];
		const struct counts *counts = &w->before.counts[i];

		for (j = 0; j < LIMITS; j++)
			atomic_store(&ta->used[j], counts->used[j]);
		atomic_store(&ta->refusals, counts->refusals);
	}
	atomic_fetch_sub(&w->options->progress->done, w->level.n);
}

/* Why a point has to go for each limit. */
static const enum reject limit_codes[LIMITS] = {
#define LIMIT_CODE(name, bound, code) [LIMIT_##name] = (code),
	CHAIN_LIMIT_TABLE(LIMIT_CODE)
#undef LIMIT_CODE
};

/* Deal what is left of a limit to one trust anchor's spots. */
static int
deal(struct walk *w, uint32_t ta, enum chain_limit limit, uint64_t budget)
{
	VEC(struct share) shares = {0};
	size_t i;
	int err = 0;

	for (i = 0; i < w->level.n && err == 0; i++) {
		const struct spot *spot = &w->level.at[i];
		struct share share = {
			.ca = spot->ca,
			.weight = spot->gain.n[limit],
			.tag = i,
		};

		if (spot->ca->ta == ta && !VEC_PUSH(&shares, share))
			err = ERR_NOMEM;
	}
	if (err == 0)
		err = share_out(shares.at, shares.n, budget);
	for (i = 0; i < shares.n && err == 0; i++) {
		const struct share *share = &shares.at[i];
		struct spot *spot = &w->level.at[share->tag];

		/* Children come one by one; all else with its point or not. */
		if (limit == LIMIT_CAS)
			spot->children_max = (uint32_t)share->gets;
		else if (share->gets < share->weight)
			spot->denied = limit_codes[limit];
	}
	VEC_FREE(&shares);
	return err;
}

/* After a level: whether a trust anchor has passed a limit; then the spots know
 * what they may have when it is walked again.  One limit at a time, as who goes
 * for the first makes room below the next. */
static int
check_limits(struct walk *w, bool *again)
{
	const uint64_t *limits = w->options->limits.ta;
	uint32_t ta;
	int limit, err = 0;

	*again = false;
	for (ta = 0; ta < w->options->ta_count && err == 0; ta++) {
		const uint64_t *before = w->before.counts[ta].used;

		for (limit = 0; limit < LIMITS; limit++)
			if (atomic_load(&w->env.tas[ta].used[limit]) >
				limits[limit])
				break;
		if (limit == LIMITS)
			continue;
		*again = true;
		err = deal(w, ta, (enum chain_limit)limit,
			limits[limit] - before[limit]);
	}
	return err;
}

/* Walk a level until it keeps to the limits.  Each round settles one of them
 * for good, unless the files change meanwhile. */
static int
settle_level(struct walk *w)
{
	bool again = true;
	int round, err = 0;

	for (round = 0; again && round <= LIMITS; round++) {
		if (round > 0)
			rewind_level(w);
		walk_level(w);
		err = check_limits(w, &again);
		if (err != 0 || is_stopped(w))
			return err;
	}
	return again ? ERR_IO : 0;
}

/* Every point of a level may keep as many refusals; half of what is left stays
 * for the levels below. */
static void
allow_refusals(struct walk *w)
{
	uint64_t points[BOUND_TAS] = {0};
	size_t i;

	for (i = 0; i < w->level.n; i++)
		points[w->level.at[i].ca->ta]++;
	for (i = 0; i < w->options->ta_count; i++) {
		struct chain_ta *ta = &w->env.tas[i];
		uint64_t kept = atomic_load(&ta->refusals);
		uint64_t most = w->options->limits.refusals;
		uint64_t left = kept < most ? most - kept : 0;

		if (points[i] > 0)
			left /= 2 * points[i];
		ta->refusals_max = left < BOUND_REFUSALS_PER_POINT
			? (uint32_t)left
			: BOUND_REFUSALS_PER_POINT;
	}
}

/* Settle where the CAs of the level that begins publish. */
static int
place_level(struct walk *w)
{
	VEC(struct ca *) cas = {0};
	size_t i;
	int err = VEC_RESERVE(&cas, w->level.n) ? 0 : ERR_NOMEM;

	for (i = 0; i < w->level.n && err == 0; i++)
		cas.at[cas.n++] = w->level.at[i].ca;
	if (err == 0)
		err = repos_level(shelf_repos(w->shelf), cas.at, cas.n);
	VEC_FREE(&cas);
	return err;
}

/* Say where the points of a level that is settled were read, and let go of
 * their CAs. */
static void
end_level(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->level.n; i++) {
		struct spot *spot = &w->level.at[i];

		if (w->shelf != NULL)
			repos_point(shelf_repos(w->shelf), spot->ca,
				spot->denied == REJECT_NONE ? &spot->gain
							    : NULL);
		ca_unref(spot->ca);
	}
	w->level.n = 0;
}

/* The children of a level become the next one. */
static int
gather(struct walk *w)
{
	size_t i, j;

	end_level(w);
	for (i = 0; i < w->checker_count; i++) {
		struct findings *f = &w->checkers[i]->findings;

		if (f->failed ||
			!VEC_RESERVE(&w->level, w->level.n + f->children.n))
			return ERR_NOMEM;
		for (j = 0; j < f->children.n; j++)
			w->level.at[w->level.n++] =
				(struct spot){.ca = f->children.at[j],
					.children_max = UINT32_MAX};
		f->children.n = 0;
	}
	atomic_fetch_add(&w->options->progress->queued, w->level.n);
	return 0;
}

/* A point that too many paths lead to is walked for some of them only. */
static int
bound_paths(struct walk *w)
{
	VEC(struct share) cas = {0};
	size_t i;
	int err = VEC_RESERVE(&cas, w->level.n) ? 0 : ERR_NOMEM;

	for (i = 0; i < w->level.n && err == 0; i++)
		cas.at[cas.n++] =
			(struct share){.ca = w->level.at[i].ca, .tag = i};
	if (err == 0)
		err = paths_deal(cas.at, cas.n, w->options->limits.paths);
	for (i = 0; i < cas.n && err == 0; i++)
		if (cas.at[i].gets == 0)
			w->level.at[cas.at[i].tag].denied = REJECT_CA_PATHS;
	VEC_FREE(&cas);
	return err;
}

static int
walk_down(struct walk *w)
{
	int err = 0;

	while (w->level.n > 0 && err == 0 && !is_stopped(w)) {
		if (w->shelf != NULL)
			err = place_level(w);
		if (err != 0)
			break;
		shuffle(w);
		allow_refusals(w);
		remember(w);
		err = bound_paths(w);
		if (err == 0)
			err = settle_level(w);
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
	struct ta_copy copy;
	uint32_t i;
	int err = 0;

	for (i = 0; i < o->ta_count && err == 0; i++) {
		const struct tal *tal = &o->tas[i].tal;
		struct spot spot = {.children_max = UINT32_MAX};

		w->env.tas[i].refusals_max = BOUND_REFUSALS_PER_POINT;
		if (o->tas[i].broken) {
			ta_deny(k, span_text(tal->path), i, REJECT_TAL_BROKEN);
			continue;
		}
		spot.ca = ta_find(k, tal, i, &copy);
		if (w->shelf != NULL)
			err = repos_tal(shelf_repos(w->shelf), i, tal,
				spot.ca == NULL ? NULL : &copy);
		atomic_store(&w->env.tas[i].used[LIMIT_CAS], 1);
		if (spot.ca != NULL && !VEC_PUSH(&w->level, spot)) {
			ca_unref(spot.ca);
			return ERR_NOMEM;
		}
	}
	atomic_fetch_add(&o->progress->queued, w->level.n);
	return k->findings.failed ? ERR_NOMEM : err;
}

/* Open what the run reads from. */
static int
open_source(struct walk *w, size_t threads)
{
	const struct run_options *o = w->options;
	struct shelf_config config = o->shelf;
	size_t i;

	for (i = 0; i < o->ta_count; i++)
		w->names[i] = o->tas[i].tal.name;
	if (o->local != NULL)
		return tree_open(o->local, &w->tree);
	config.repos.names = w->names;
	config.repos.ta_count = o->ta_count;
	config.repos.log = o->log;
	return shelf_open(&config, threads, &w->shelf);
}

static int
add_checker(struct walk *w)
{
	struct source source;
	size_t i = w->checker_count;
	int err = w->shelf != NULL ? shelf_source(w->shelf, i, &source)
				   : tree_source(&w->tree, &source);

	if (err != 0)
		return err;
	w->checkers[i] = checker_new(&w->env, source, w->options->ta_count);
	if (w->checkers[i] == NULL)
		return ERR_NOMEM;
	w->checker_count++;
	return 0;
}

static int
walk_init(struct walk *w)
{
	const struct run_options *o = w->options;
	size_t n = o->threads == 0 ? crew_processors() : o->threads, i;
	int err = open_source(w, n);

	if (err != 0)
		return err;

	w->env = (struct chain_env){
		.profile = o->profile,
		.log = o->log,
		.progress = o->progress,
		.at = o->at,
		.limits = o->limits,
		.judge = o->judge,
		.recalls = !o->no_memo,
		.spool = o->spool,
	};
	w->random = o->shuffle;
	w->env.tas = calloc(o->ta_count + 1, sizeof(*w->env.tas));
	w->checkers = calloc(n, sizeof(struct checker *));
	w->before.marks = calloc(n, sizeof(*w->before.marks));
	w->before.tallies =
		calloc(n * o->ta_count + 1, sizeof(*w->before.tallies));
	w->before.counts = calloc(o->ta_count + 1, sizeof(*w->before.counts));
	if (w->env.tas == NULL || w->checkers == NULL ||
		w->before.marks == NULL || w->before.tallies == NULL ||
		w->before.counts == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n && err == 0; i++)
		err = add_checker(w);
	return err;
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
	free(w->env.tas);
	free(w->before.marks);
	free(w->before.tallies);
	free(w->before.counts);
	tree_close(&w->tree);
	shelf_close(w->shelf);
}

static int
merge(struct walk *w, struct result **out)
{
	const struct run_options *o = w->options;
	size_t i;
	int err;

	for (i = 0; i < o->ta_count; i++)
		note_ta_end(&w->env, (uint32_t)i, w->names[i]);
	for (i = 0; i < w->checker_count; i++)
		checker_rest(w->checkers[i]);
	/* What is remembered was not read: what the disk does to it would be
	 * known only when it is missed. */
	if (w->shelf != NULL && atomic_load(&o->progress->recalled) > 0)
		shelf_scrub(w->shelf);
	err = result_merge(
		w->checkers, w->checker_count, w->names, o->ta_count, out);
	w->checker_count = 0; /* they are the result's now */
	if (err != 0)
		return err;
	(*out)->snapshot.report.at = o->at;
	if (w->shelf == NULL)
		return 0;
	err = result_add_repos(*out, w->shelf);
	w->shelf = NULL; /* it is the result's now */
	if (err != 0)
		result_free(*out);
	return err;
}

int
walk_run(const struct run_options *options, struct result **out)
{
	struct walk w = {.options = options, .tree = {.fd = -1}};
	int err = walk_init(&w);

	if (err == 0)
		err = find_tas(&w);
	if (err == 0)
		err = walk_down(&w);
	if (err == 0)
		err = merge(&w, out);
	walk_fini(&w);
	return err;
}
