/*
 * fetcher: jobs that do what a test says, a depot in memory, a clock of its
 * own; no network and no waiting.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/fetch/fake_depot.h"
#include "validator/fetch/fetcher.h"
#include "validator/fetch/record.h"
#include "waymark/bounds.h"

#define A     "https://a.example/n.xml"
#define B     "https://b.example/n.xml"
#define R     "rsync://r.example/m/"
#define PLACE "https://t.example/ta.cer"

enum {
	JOBS = 16,
	FACTS = 256,
	HOUR_S = 3600,
};

struct fake_job {
	struct world *world;
	struct job_target target;
	struct job_calls calls;
	char uri[64], hosts[64];
	uint8_t kept; /* the first octet of the first certificate to keep */
	size_t keep_count;
	bool open, cancelled;
};

struct world {
	struct job_env env; /* first: jobs find the world by it */
	struct fake_depot *depot;
	struct arena *arena;
	struct wall wall;
	struct mono now;
	struct fetcher *f;
	struct fake_job jobs[JOBS];
	size_t job_count;
	int start_error;
	struct repo_facts facts[FACTS];
	size_t fact_count;
	bool deaf;
};

static int
fake_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, void **job)
{
	struct world *w = (struct world *)(uintptr_t)env;
	struct fake_job *j = &w->jobs[w->job_count];

	if (w->start_error != 0)
		return w->start_error;
	cr_assert(w->job_count < JOBS);
	w->job_count++;
	*j = (struct fake_job){.world = w, .target = *target, .calls = *calls};
	snprintf(j->uri, sizeof(j->uri), "%s", target->uri);
	snprintf(j->hosts, sizeof(j->hosts), "%s", target->hosts);
	j->keep_count = target->keep_count;
	if (target->keep_count > 0)
		j->kept = target->keeps[0][0];
	j->open = true;
	*job = j;
	return 0;
}

static void
fake_cancel(void *job)
{
	struct fake_job *j = job;

	cr_assert(j->open);
	j->open = false;
	j->cancelled = true;
}

static bool
on_fact(void *ctx, const struct repo_facts *facts)
{
	struct world *w = ctx;

	if (w->deaf)
		return false;
	cr_assert(w->fact_count < FACTS);
	w->facts[w->fact_count++] = *facts;
	return true;
}

static const struct fetcher_kind kinds[REPO_KINDS] = {
	[REPO_TA] = {fake_start, fake_cancel},
	[REPO_RRDP] = {fake_start, fake_cancel},
	[REPO_RSYNC] = {fake_start, fake_cancel},
};

static void
begin(struct world *w)
{
	struct fetcher_config config = {
		.refresh_ms = 600000,
		.rrdp = true,
		.rsync = true,
		.seed = 1,
		.kinds = kinds,
		.now = &w->now,
	};
	struct fetcher_calls calls = {on_fact, w};

	cr_assert_eq(fetcher_new(&w->env, &config, &calls, &w->f), 0);
}

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	cr_assert(w != NULL);
	w->depot = fake_depot_new();
	w->arena = arena_new(4096);
	w->wall.s = 1800000000;
	w->now.ms = 5000000;
	w->env.depot = &w->depot->depot;
	w->env.now = &w->wall;
	begin(w);
	return w;
}

static void
world_free(struct world *w)
{
	fetcher_free(w->f);
	fake_depot_free(w->depot);
	arena_free(w->arena);
	free(w);
}

static void
pass(struct world *w, int64_t s)
{
	w->now.ms += s * 1000;
	w->wall.s += s;
}

static void
step(struct world *w)
{
	cr_assert_eq(fetcher_step(w->f, NULL, 0, 0), 0);
}

static void
want(struct world *w, const struct want *wants, size_t n)
{
	struct wanted wanted = {.wants = wants, .want_count = n};

	cr_assert_eq(fetcher_want(w->f, &wanted), 0);
	step(w);
}

static const struct want both[] = {
	{REPO_RRDP, A, NULL, "ta", "", "a.example"},
	{REPO_RRDP, B, NULL, "ta", "", ""},
};

static const struct want with_fallback[] = {
	{REPO_RRDP, A, NULL, "ta", "", ""},
	{REPO_RSYNC, R, A, "ta", "", ""},
};

/* The open job of a URI. */
static struct fake_job *
job_of(struct world *w, const char *uri)
{
	for (size_t i = w->job_count; i > 0; i--) {
		if (w->jobs[i - 1].open && strcmp(w->jobs[i - 1].uri, uri) == 0)
			return &w->jobs[i - 1];
	}
	return NULL;
}

/* A job ends as jobs do: its record first, then its call. */
static void
end(struct world *w, const char *uri, enum repo_kind kind,
	enum job_result result)
{
	struct fake_job *j = job_of(w, uri);
	struct job_end e = {.result = result, .changed = result == JOB_UPDATED};
	struct repo_record r;

	cr_assert(j != NULL, "no job of %s", uri);
	cr_assert_eq(record_load(&w->env, kind, uri, w->arena, &r), 0);
	if (result == JOB_FAILED)
		record_failure(&r, w->wall, 10, 20, "as the test says");
	else
		record_success(&r, w->wall, 10, 20);
	cr_assert_eq(w->depot->depot.ops->note(w->depot->depot.ctx, &r), 0);
	snprintf(e.reason, sizeof(e.reason), "%s",
		result == JOB_FAILED ? "as the test says" : "");
	j->open = false;
	j->calls.done(j->calls.ctx, &e);
	step(w);
}

/* The last fact of a repository. */
static const struct repo_facts *
fact_of(const struct world *w, const char *uri)
{
	for (size_t i = w->fact_count; i > 0; i--) {
		if (strcmp(w->facts[i - 1].uri, uri) == 0)
			return &w->facts[i - 1];
	}
	cr_assert(false, "no fact of %s", uri);
	return NULL;
}

Test(fetcher, from_new_to_ok)
{
	struct world *w = world_new();
	const struct repo_facts *f;

	step(w);
	cr_expect_eq(w->fact_count, 0);
	want(w, both, 2);
	cr_assert_eq(w->job_count, 2);
	cr_expect_eq(fact_of(w, A)->state, REPO_STATE_FETCHING);
	cr_expect_str_eq(job_of(w, A)->hosts, "a.example");
	cr_expect_str_eq(job_of(w, B)->hosts, "");
	cr_expect_not(fetcher_is_settled(w->f));
	end(w, A, REPO_RRDP, JOB_UPDATED);
	f = fact_of(w, A);
	cr_expect_eq(f->state, REPO_STATE_OK);
	cr_expect(f->changed);
	cr_expect_eq(f->success.s, w->wall.s);
	cr_expect(f->next.s >= w->wall.s + 540 && f->next.s <= w->wall.s + 661);
	cr_expect_not(fetcher_is_settled(w->f));
	end(w, B, REPO_RRDP, JOB_SAME);
	cr_expect_not(fact_of(w, B)->changed);
	cr_expect(fetcher_is_settled(w->f));
	/* A change is told once. */
	fetcher_tell(w->f);
	step(w);
	cr_expect_not(fact_of(w, A)->changed);
	pass(w, 700);
	step(w);
	cr_expect_eq(w->job_count, 4);
	world_free(w);
}

Test(fetcher, failure_and_fallback)
{
	struct world *w = world_new();
	struct fetcher_counts c;
	const struct repo_facts *f;

	want(w, with_fallback, 2);
	cr_expect_eq(w->job_count, 1);
	cr_expect_eq(fact_of(w, R)->state, REPO_STATE_SPARE);
	end(w, A, REPO_RRDP, JOB_FAILED);
	f = fact_of(w, A);
	cr_expect_eq(f->state, REPO_STATE_FAILED);
	cr_expect_eq(f->failures, 1);
	cr_expect_str_eq(f->reason, "as the test says");
	cr_expect_eq(fact_of(w, R)->state, REPO_STATE_FETCHING);
	cr_expect_not(fetcher_is_settled(w->f));
	end(w, R, REPO_RSYNC, JOB_UPDATED);
	cr_expect(fetcher_is_settled(w->f));
	fetcher_count(w->f, &c);
	cr_expect_eq(c.wanted, 2);
	cr_expect_eq(c.ok, 1);
	cr_expect_eq(c.failed, 1);
	cr_expect_eq(c.busy, 0);
	/* A works again: R is spare, its data stays. */
	pass(w, 70);
	step(w);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	cr_expect_eq(fact_of(w, R)->state, REPO_STATE_SPARE);
	cr_expect_eq(fact_of(w, R)->next.s, 0);
	cr_expect(fake_find(w->depot, REPO_RSYNC, R) != NULL);
	world_free(w);
}

Test(fetcher, what_takes_too_long_is_cut)
{
	struct world *w = world_new();
	struct repo_record r;

	want(w, both, 1);
	pass(w, 899);
	step(w);
	cr_expect(job_of(w, A) != NULL);
	pass(w, 1);
	step(w);
	cr_expect(w->jobs[0].cancelled);
	cr_expect_eq(fact_of(w, A)->state, REPO_STATE_FAILED);
	cr_expect_str_eq(fact_of(w, A)->reason, "took longer than 900 s");
	cr_assert_eq(record_load(&w->env, REPO_RRDP, A, w->arena, &r), 0);
	cr_expect_eq(r.failures, 1);
	cr_expect_eq(r.attempt.s, w->wall.s);
	cr_expect_eq(r.elapsed_ms, 900000);
	world_free(w);
}

Test(fetcher, a_job_that_cannot_start_is_a_failure)
{
	struct world *w = world_new();

	w->start_error = ERR_SYNTAX;
	want(w, both, 1);
	cr_expect_eq(w->job_count, 0);
	step(w);
	cr_expect_eq(fact_of(w, A)->state, REPO_STATE_FAILED);
	cr_expect_eq(fact_of(w, A)->failures, 1);
	cr_expect_str_eq(fact_of(w, A)->reason, err_text(ERR_SYNTAX));
	w->start_error = 0;
	pass(w, 70);
	step(w);
	cr_expect_eq(w->job_count, 1);
	world_free(w);
}

Test(fetcher, jobs_end_with_the_fetcher)
{
	struct world *w = world_new();

	want(w, both, 2);
	fetcher_free(w->f);
	w->f = NULL;
	cr_expect(w->jobs[0].cancelled);
	cr_expect(w->jobs[1].cancelled);
	world_free(w);
}

/* A new process over the same store. */
static void
restart(struct world *w)
{
	fetcher_free(w->f);
	w->job_count = 0;
	w->fact_count = 0;
	begin(w);
}

Test(fetcher, a_restart_asks_nobody_sooner)
{
	struct world *w = world_new();

	want(w, both, 2);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	end(w, B, REPO_RRDP, JOB_FAILED);
	for (int i = 0; i < 5; i++) {
		pass(w, 10);
		restart(w);
		want(w, both, 2);
		cr_expect_eq(w->job_count, 0);
		cr_expect_eq(fact_of(w, A)->state, REPO_STATE_OK);
		cr_expect_eq(fact_of(w, B)->state, REPO_STATE_FAILED);
		cr_expect_eq(fact_of(w, B)->failures, 1);
		cr_expect(fetcher_is_settled(w->f));
	}
	/* Somebody waits for it. */
	restart(w);
	fetcher_hurry(w->f);
	want(w, both, 2);
	cr_expect_eq(w->job_count, 2);
	world_free(w);
}

/* Times on record that cannot be: from a clock that was wrong. */
Test(fetcher, a_record_from_the_future)
{
	struct world *w = world_new();

	want(w, both, 1);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	w->wall.s -= 1000000;
	restart(w);
	want(w, both, 1);
	cr_expect_eq(w->job_count, 0);
	pass(w, 661);
	step(w);
	cr_expect_eq(w->job_count, 1);
	world_free(w);
}

Test(fetcher, a_fact_that_cannot_be_taken_waits)
{
	struct world *w = world_new();

	w->deaf = true;
	want(w, both, 2);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	pass(w, 700);
	step(w);
	end(w, A, REPO_RRDP, JOB_SAME);
	end(w, B, REPO_RRDP, JOB_FAILED);
	cr_expect_eq(w->fact_count, 0);
	cr_expect_not(fetcher_is_settled(w->f));
	w->deaf = false;
	step(w);
	/* The latest of each, and that there was a change. */
	cr_expect_eq(w->fact_count, 2);
	cr_expect_eq(fact_of(w, A)->state, REPO_STATE_OK);
	cr_expect(fact_of(w, A)->changed);
	cr_expect_eq(fact_of(w, B)->state, REPO_STATE_FAILED);
	cr_expect(fetcher_is_settled(w->f));
	world_free(w);
}

Test(fetcher, a_full_store_starts_nothing)
{
	struct world *w = world_new();

	want(w, both, 1);
	fetcher_hold(w->f, true);
	want(w, both, 2);
	cr_expect_eq(w->job_count, 1);
	cr_expect_not(strncmp(fact_of(w, B)->reason, "the store is full", 17));
	end(w, A, REPO_RRDP, JOB_UPDATED);
	cr_expect(fetcher_is_settled(w->f));
	fetcher_hold(w->f, false);
	cr_expect_not(fetcher_is_settled(w->f));
	step(w);
	cr_expect_eq(w->job_count, 2);
	world_free(w);
}

Test(fetcher, what_a_run_took_is_kept)
{
	static const struct want place = {REPO_TA, PLACE, NULL, "ta", "", ""};
	struct want_keep keeps[3] = {
		{PLACE, {7}}, {"https://other.example/", {8}}, {PLACE, {9}}};
	struct wanted wanted = {.wants = &place,
		.want_count = 1,
		.keeps = keeps,
		.keep_count = 3};
	struct world *w = world_new();

	cr_assert_eq(fetcher_want(w->f, &wanted), 0);
	step(w);
	cr_expect_eq(w->jobs[0].keep_count, 2);
	cr_expect_eq(w->jobs[0].kept, 7);
	/* The list goes while the job goes on. */
	want(w, NULL, 0);
	cr_expect_eq(w->jobs[0].target.keeps[1][0], 9);
	cr_expect_str_eq(w->jobs[0].target.uri, PLACE);
	end(w, PLACE, REPO_TA, JOB_UPDATED);
	cr_expect_eq(fact_of(w, PLACE)->state, REPO_STATE_UNWANTED);
	world_free(w);
}

Test(fetcher, refresh)
{
	struct world *w = world_new();

	cr_expect_eq(fetcher_refresh(w->f, A), ERR_NOTFOUND);
	want(w, both, 2);
	end(w, A, REPO_RRDP, JOB_FAILED);
	end(w, B, REPO_RRDP, JOB_UPDATED);
	cr_expect_eq(fetcher_refresh(w->f, A), 0);
	step(w);
	cr_expect_eq(w->job_count, 3);
	cr_expect_not(fetcher_is_settled(w->f));
	end(w, A, REPO_RRDP, JOB_SAME);
	cr_expect(fetcher_is_settled(w->f));
	cr_expect_eq(fetcher_refresh(w->f, NULL), 0);
	step(w);
	cr_expect_eq(w->job_count, 5);
	want(w, NULL, 0);
	cr_expect_eq(fetcher_refresh(w->f, A), ERR_NOTFOUND);
	world_free(w);
}

static struct wall
wanted_of(struct world *w, const char *uri)
{
	struct repo_record r;

	cr_assert_eq(record_load(&w->env, REPO_RRDP, uri, w->arena, &r), 0);
	return r.wanted;
}

/* "Last wanted" is on record to the hour, and what is not wanted any more is
 * forgotten, after a time, with its set. */
Test(fetcher, wanted_and_forgotten)
{
	struct world *w = world_new();
	int64_t first;

	want(w, both, 2);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	end(w, B, REPO_RRDP, JOB_UPDATED);
	first = w->wall.s;
	cr_expect_eq(wanted_of(w, A).s, first);
	pass(w, 700);
	step(w);
	end(w, A, REPO_RRDP, JOB_SAME);
	end(w, B, REPO_RRDP, JOB_SAME);
	cr_expect_eq(wanted_of(w, A).s, first, "not with each attempt");
	pass(w, HOUR_S);
	step(w);
	end(w, A, REPO_RRDP, JOB_SAME);
	end(w, B, REPO_RRDP, JOB_SAME);
	cr_expect_eq(wanted_of(w, A).s, w->wall.s);
	first = w->wall.s;
	want(w, both, 1);
	cr_expect_eq(fact_of(w, B)->state, REPO_STATE_UNWANTED);
	w->now.ms += 1;
	w->wall.s = first + BOUND_REPO_FORGET_S;
	step(w);
	w->now.ms += BOUND_REPO_UNWANTED_MS;
	step(w);
	step(w);
	cr_expect(fake_find(w->depot, REPO_RRDP, B) != NULL);
	w->wall.s += 1;
	step(w);
	step(w);
	cr_expect(fake_find(w->depot, REPO_RRDP, B) == NULL);
	cr_expect(fake_find(w->depot, REPO_RRDP, A) != NULL);
	world_free(w);
}

/* One that was forgotten and comes again is new. */
Test(fetcher, forgotten_and_wanted_again)
{
	struct world *w = world_new();

	want(w, both, 1);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	want(w, NULL, 0);
	step(w);
	w->wall.s += BOUND_REPO_FORGET_S + 1;
	w->now.ms += BOUND_REPO_UNWANTED_MS;
	step(w);
	step(w);
	cr_expect(fake_find(w->depot, REPO_RRDP, A) == NULL);
	want(w, both, 1);
	cr_expect_eq(w->job_count, 2);
	cr_expect_eq(fact_of(w, A)->success.s, 0);
	world_free(w);
}

/* A wall clock that is set ahead by months ends all chains: then nothing is
 * wanted, and everything was wanted last long ago. */
Test(fetcher, a_clock_that_jumps_forgets_nothing)
{
	struct world *w = world_new();

	want(w, both, 2);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	end(w, B, REPO_RRDP, JOB_UPDATED);
	w->wall.s += 400 * 86400;
	want(w, NULL, 0);
	for (int i = 0; i < 4; i++) {
		step(w);
		w->now.ms += BOUND_REPO_UNWANTED_MS / 5;
	}
	cr_expect(fake_find(w->depot, REPO_RRDP, A) != NULL);
	w->wall.s -= 400 * 86400;
	want(w, both, 2);
	step(w);
	/* What is not wanted again later is counted from then. */
	want(w, both, 1);
	w->wall.s += 400 * 86400;
	for (int i = 0; i < 4; i++) {
		step(w);
		w->now.ms += BOUND_REPO_UNWANTED_MS / 5;
	}
	cr_expect(fake_find(w->depot, REPO_RRDP, B) != NULL);
	w->now.ms += BOUND_REPO_UNWANTED_MS;
	step(w);
	step(w);
	cr_expect(fake_find(w->depot, REPO_RRDP, B) == NULL);
	world_free(w);
}

/* A spare one is never attempted, and is wanted all the same. */
Test(fetcher, a_spare_one_is_not_forgotten)
{
	struct world *w = world_new();

	want(w, with_fallback, 2);
	end(w, A, REPO_RRDP, JOB_FAILED);
	end(w, R, REPO_RSYNC, JOB_UPDATED);
	pass(w, 70);
	step(w);
	end(w, A, REPO_RRDP, JOB_UPDATED);
	w->wall.s += BOUND_REPO_FORGET_S * 2;
	for (int i = 0; i < 4; i++)
		step(w);
	cr_expect(fake_find(w->depot, REPO_RSYNC, R) != NULL);
	world_free(w);
}

/* The depot fails: told, and no reason to stop. */
Test(fetcher, a_depot_that_cannot_note)
{
	struct world *w = world_new();

	w->depot->fail_note = ERR_IO;
	w->start_error = ERR_IO;
	want(w, both, 2);
	step(w);
	cr_expect_eq(fact_of(w, A)->state, REPO_STATE_FAILED);
	cr_expect_eq(fact_of(w, A)->failures, 1);
	cr_expect_str_eq(
		fact_of(w, A)->reason, "the store cannot be written to");
	cr_expect(fetcher_is_settled(w->f));
	world_free(w);
}
