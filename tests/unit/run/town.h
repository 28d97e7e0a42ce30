/*
 * town: a tree of the lab's on disk, and runs over it.
 *
 * Its shape has what order could disturb: several trust anchors, levels of
 * different width, the same payload from two objects, one object by two paths,
 * refused objects, failed points.
 */
#ifndef TESTS_RUN_TOWN_H
#define TESTS_RUN_TOWN_H

#include <criterion/criterion.h>

#include "core/arena.h"
#include "tests/lab/world.h"
#include "tests/unit/core/folder.h"
#include "validator/object/profile.h"
#include "validator/run/walk.h"

enum {
	TOWN_TAS = 2,
	TOWN_CAS = 9
};

struct town {
	struct folder folder;
	struct lab_world *world;
	struct lab_keys *keys;
	struct arena *arena;
	struct run_ta tas[TOWN_TAS];
	struct chain_progress progress;
	struct run_options options;
	char local[256];
};

/* Two trust anchors; below each a row of CAs, each with a child and ROAs. */
static inline struct town *
town_new(void)
{
	struct town *t = calloc(1, sizeof(*t));
	int i, j;

	cr_assert(t != NULL);
	t->folder = folder_new();
	t->keys = lab_keys_new(NULL);
	t->arena = arena_new(65536);
	t->world = lab_world_new(LAB_NOW, 30);
	for (i = 0; i < TOWN_TAS; i++) {
		struct lab_ca *ta = lab_ta_add(t->world, i == 0 ? "a" : "b",
			"10.0.0.0/8 AS64496-AS64511");

		for (j = 0; j < TOWN_CAS; j++) {
			const char *name =
				lab_world_text(t->world, "%c-%d", 'a' + i, j);
			struct lab_ca *ca =
				lab_ca_add(t->world, ta, name, "10.0.0.0/8");
			struct lab_ca *child = lab_ca_add(t->world, ca,
				lab_world_text(t->world, "%s-x", name),
				"10.1.0.0/16");

			lab_roa_add(t->world, ca,
				lab_world_text(t->world, "%s-one", name), 64496,
				"10.0.0.0/24 10.2.0.0/16-20");
			lab_roa_add(t->world, child,
				lab_world_text(t->world, "%s-two", name),
				(uint32_t)(64497 + j % 3), "10.1.0.0/24");
		}
	}
	return t;
}

static inline void
town_write(struct town *t)
{
	static const char *const files[TOWN_TAS] = {"a.tal", "b.tal"};
	struct lab_written written;
	char path[256], why[TAL_WHY] = "";
	int i;

	cr_assert(lab_world_write(
			  t->world, t->folder.path, t->keys, 2, &written) == 0,
		"%s", lab_world_why(t->world));
	folder_path(&t->folder, "repo", t->local);
	for (i = 0; i < TOWN_TAS; i++)
		cr_assert(tal_read(folder_path(&t->folder, files[i], path),
				  t->arena, &t->tas[i].tal, why) == 0,
			"%s", why);
	t->options = (struct run_options){
		.tas = t->tas,
		.ta_count = TOWN_TAS,
		.local = t->local,
		.at = {LAB_NOW},
		.profile = profile_current(),
		.threads = 1,
		.limits = CHAIN_LIMITS,
		.progress = &t->progress,
	};
}

/* One run; freed by result_free. */
static inline struct result *
town_run(struct town *t)
{
	struct result *r = NULL;
	int err = walk_run(&t->options, &r);

	cr_assert(err == 0, "walk_run: %d", err);
	return r;
}

static inline void
town_free(struct town *t)
{
	lab_world_free(t->world);
	lab_keys_free(t->keys);
	arena_free(t->arena);
	folder_free(&t->folder);
	free(t);
}

#endif
