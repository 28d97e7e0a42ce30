/*
 * site: a small RPKI of the lab's on disk, and a checker to walk it with.
 *
 *	ta ── isp ── customer
 *	       ├── isp-1.roa, isp-2.roa
 *	       └────── customer-1.roa
 *
 * A test changes the world, writes it, walks it point by point without
 * validator/run, and looks at the findings.
 */
#ifndef TESTS_CHAIN_SITE_H
#define TESTS_CHAIN_SITE_H

#include <criterion/criterion.h>
#include <string.h>

#include "core/arena.h"
#include "tests/lab/world.h"
#include "tests/unit/core/folder.h"
#include "validator/chain/checker.h"
#include "validator/chain/point.h"
#include "validator/chain/ta.h"
#include "validator/chain/tree.h"
#include "validator/object/profile.h"

struct site {
	struct folder folder;
	struct lab_world *world;
	struct lab_keys *keys, *own_keys;
	struct lab_ca *ta, *isp, *customer;
	struct arena *arena;
	struct tree tree;
	struct chain_progress progress;
	struct chain_env env;
	struct chain_ta numbers;
	uint32_t children_max;
	struct checker *checker;
	struct tal tal;
};

/* An unwritten site; freed by site_free.  `keys` may be shared by many sites,
 * and is the caller's; NULL: a pool of its own. */
static inline struct site *
site_new(struct lab_keys *keys)
{
	struct site *s = calloc(1, sizeof(*s));

	cr_assert(s != NULL);
	s->folder = folder_new();
	s->own_keys = keys == NULL ? lab_keys_new(NULL) : NULL;
	s->keys = keys == NULL ? s->own_keys : keys;
	s->arena = arena_new(65536);
	s->world = lab_world_new(LAB_NOW, 30);
	s->ta = lab_ta_add(
		s->world, "ta", "10.0.0.0/8 2001:db8::/32 AS64496-AS64511");
	s->isp = lab_ca_add(
		s->world, s->ta, "isp", "10.0.0.0/16 AS64496-AS64500");
	s->customer = lab_ca_add(s->world, s->isp, "customer", "10.0.8.0/24");
	lab_roa_add(s->world, s->isp, "isp-1", 64496, "10.0.0.0/24");
	lab_roa_add(s->world, s->isp, "isp-2", 64497, "10.0.1.0/24-25");
	lab_roa_add(s->world, s->customer, "customer-1", 64498, "10.0.8.0/24");
	s->tree.fd = -1;
	s->numbers.refusals_max = BOUND_REFUSALS_PER_POINT;
	s->children_max = UINT32_MAX;
	return s;
}

/* A checker that reads the tree, for so many trust anchors. */
static inline void
site_checker(struct site *s, size_t ta_count)
{
	struct source source;

	cr_assert(tree_source(&s->tree, &source) == 0);
	s->checker = checker_new(&s->env, source, ta_count);
	cr_assert(s->checker != NULL);
}

/* Write the world, read the locator, make the checker. */
static inline void
site_write(struct site *s)
{
	struct lab_written written;
	char path[256], why[TAL_WHY] = "";

	cr_assert(lab_world_write(
			  s->world, s->folder.path, s->keys, 1, &written) == 0,
		"%s", lab_world_why(s->world));
	cr_assert(tree_open(folder_path(&s->folder, "repo", path), &s->tree) ==
		0);
	cr_assert(tal_read(folder_path(&s->folder, "ta.tal", path), s->arena,
			  &s->tal, why) == 0,
		"%s", why);
	s->env = (struct chain_env){
		.profile = profile_current(),
		.progress = &s->progress,
		.tas = &s->numbers,
		.at = {LAB_NOW},
		.limits = CHAIN_LIMITS,
	};
	site_checker(s, 1);
}

/* Check every point that is reached, depth first. */
static inline void
site_walk(struct site *s)
{
	struct findings *f = &s->checker->findings;
	const struct ca *ca = ta_find(s->checker, &s->tal, 0, NULL);
	struct point_gain gain;

	while (ca != NULL) {
		point_check(s->checker, ca, s->children_max, &gain);
		ca_unref(ca);
		ca = f->children.n > 0 ? f->children.at[--f->children.n] : NULL;
	}
	cr_assert(!f->failed);
}

/* How often `reason` refused an object of `type`. */
static inline uint64_t
site_refused(const struct site *s, enum object_type type, enum reject reason)
{
	return s->checker->findings.tas[0].reasons[type][reason];
}

/* All refusals of all types. */
static inline uint64_t
site_refusals(const struct site *s)
{
	uint64_t n = 0;
	int type;

	for (type = 0; type < OBJECT_TYPES; type++)
		n += s->checker->findings.tas[0]
			     .objects[type][OBJECT_STATE_REFUSED];
	return n;
}

static inline uint64_t
site_valid(const struct site *s, enum object_type type)
{
	return s->checker->findings.tas[0].objects[type][OBJECT_STATE_VALID];
}

static inline uint64_t
site_counter(const struct site *s, enum report_counter counter)
{
	return s->checker->findings.tas[0].counters[counter];
}

static inline void
site_free(struct site *s)
{
	checker_free(s->checker);
	tree_close(&s->tree);
	arena_free(s->arena);
	lab_world_free(s->world);
	lab_keys_free(s->own_keys);
	folder_free(&s->folder);
	free(s);
}

#endif
