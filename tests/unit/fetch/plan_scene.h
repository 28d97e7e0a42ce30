/*
 * plan_scene: a plan with a clock of its own, and repositories that behave.
 *
 *	scene_add(...) ... scene_want() ... scene_run(until)
 *
 * Each repository has a time that its attempts take and whether they succeed;
 * the scene starts what the plan says, ends it in time, and remembers how long
 * each stood due before it was started.
 */
#ifndef TESTS_FETCH_PLAN_SCENE_H
#define TESTS_FETCH_PLAN_SCENE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/vec.h"
#include "validator/fetch/plan.h"
#include "waymark/bounds.h"

enum {
	SCENE_SECOND = 1000,
	SCENE_RUNNING = 256,
};

struct actor {
	struct want want;
	int64_t takes_ms;
	bool fails;
	int kind; /* of the test's own */
	/* What was seen. */
	unsigned starts;
	int64_t worst_ms; /* between being due and being started */
	int64_t first_ms; /* when it was first started */
	struct plan_repo *repo;
};

struct scene {
	struct plan *plan;
	struct arena *arena;
	struct mono now;
	VEC(struct actor) actors; /* pointers hold once all are added */
	struct actor *running[SCENE_RUNNING];
	int64_t ends[SCENE_RUNNING];
	size_t running_n;
	unsigned most[4]; /* of each kind at once */
};

static inline struct scene *
scene_new(int64_t refresh_s)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct plan_config config = {
		.refresh_ms = refresh_s * SCENE_SECOND,
		.wall_ms = BOUND_REPO_WALL_MS,
		.rrdp = true,
		.rsync = true,
		.seed = 42,
	};

	cr_assert(s != NULL);
	s->arena = arena_new(65536);
	s->now.ms = 1000000;
	cr_assert_eq(plan_new(&config, &s->plan), 0);
	return s;
}

static inline void
scene_free(struct scene *s)
{
	plan_free(s->plan);
	arena_free(s->arena);
	VEC_FREE(&s->actors);
	free(s);
}

static inline const char *
scene_text(struct scene *s, const char *text)
{
	return arena_text(s->arena, text, strlen(text));
}

/* One more repository; `delegation` is copied. */
static inline void
scene_add(struct scene *s, const char *uri, const char *ta,
	const char *delegation, struct actor a)
{
	a.want.uri = scene_text(s, uri);
	a.want.ta = scene_text(s, ta);
	a.want.delegation = scene_text(s, delegation);
	a.want.hosts = "";
	a.first_ms = -1;
	cr_assert(VEC_PUSH(&s->actors, a));
}

/* It succeeded `age_s` ago, quickly. */
static inline void
scene_known(struct scene *s, const struct actor *a, int64_t age_s)
{
	struct plan_past past = {
		.kind = a->want.kind,
		.uri = a->want.uri,
		.attempt_ms = age_s * SCENE_SECOND,
		.success_ms = age_s * SCENE_SECOND,
		.elapsed_ms = 1000,
	};
	struct plan_repo *r;

	cr_assert_eq(plan_recall(s->plan, &past, s->now, &r), 0);
}

static inline void
scene_want(struct scene *s)
{
	struct want *wants = calloc(s->actors.n + 1, sizeof(*wants));
	size_t left_out;

	for (size_t i = 0; i < s->actors.n; i++)
		wants[i] = s->actors.at[i].want;
	cr_assert_eq(
		plan_want(s->plan, wants, s->actors.n, s->now, &left_out), 0);
	cr_assert_eq(left_out, 0);
	free(wants);
	for (size_t i = 0; i < s->actors.n; i++) {
		struct actor *a = &s->actors.at[i];

		a->repo = plan_find(s->plan, a->want.kind, a->want.uri);
		cr_assert(a->repo != NULL);
		a->repo->owner = a;
	}
}

static inline void
scene_start(struct scene *s)
{
	unsigned kinds[4] = {0};
	struct plan_repo *r;

	while ((r = plan_next(s->plan, s->now)) != NULL) {
		struct actor *a = r->owner;
		int64_t due = r->due_ms > r->from_ms ? r->due_ms : r->from_ms;

		cr_assert(s->running_n < SCENE_RUNNING);
		s->running[s->running_n] = a;
		s->ends[s->running_n++] = s->now.ms + a->takes_ms;
		if (a->starts++ == 0)
			a->first_ms = s->now.ms;
		if (s->now.ms - due > a->worst_ms)
			a->worst_ms = s->now.ms - due;
	}
	for (size_t i = 0; i < s->running_n; i++)
		kinds[s->running[i]->kind]++;
	for (int i = 0; i < 4; i++) {
		if (kinds[i] > s->most[i])
			s->most[i] = kinds[i];
	}
}

static inline void
scene_end(struct scene *s)
{
	struct plan_repo *r;

	for (size_t i = 0; i < s->running_n;) {
		struct actor *a = s->running[i];

		if (s->ends[i] > s->now.ms) {
			i++;
			continue;
		}
		s->running_n--;
		s->running[i] = s->running[s->running_n];
		s->ends[i] = s->ends[s->running_n];
		plan_end(s->plan, a->repo, !a->fails, s->now);
	}
	while ((r = plan_overdue(s->plan, s->now)) != NULL) {
		for (size_t i = 0; i < s->running_n; i++) {
			if (s->running[i]->repo != r)
				continue;
			s->running_n--;
			s->running[i] = s->running[s->running_n];
			s->ends[i] = s->ends[s->running_n];
			break;
		}
		plan_end(s->plan, r, false, s->now);
	}
}

/* Let `ms` pass. */
static inline void
scene_run(struct scene *s, int64_t ms)
{
	int64_t until = s->now.ms + ms;

	while (s->now.ms < until) {
		int64_t next = until;
		int wait;

		scene_end(s);
		scene_start(s);
		wait = plan_wait_ms(s->plan, s->now, 3600 * SCENE_SECOND);
		cr_assert(wait > 0, "a busy loop");
		if (s->now.ms + wait < next)
			next = s->now.ms + wait;
		for (size_t i = 0; i < s->running_n; i++) {
			if (s->ends[i] < next)
				next = s->ends[i];
		}
		s->now.ms = next;
	}
	scene_end(s);
	scene_start(s);
}

#endif
