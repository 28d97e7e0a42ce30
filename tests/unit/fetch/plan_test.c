/*
 * plan: the states of one repository, its times, its fallback.
 */
#include "tests/unit/fetch/plan_scene.h"

#include "waymark/err.h"

#define RRDP  "https://h.example/n.xml"
#define RSYNC "rsync://h.example/m/"

enum {
	HOUR = 3600 * SCENE_SECOND,
};

static struct scene *
one(enum repo_kind kind, const char *uri)
{
	struct scene *s = scene_new(600);

	scene_add(s, uri, "ta", "", (struct actor){.want.kind = kind});
	return s;
}

/* RRDP with rsync behind it. */
static struct scene *
pair(void)
{
	struct scene *s = one(REPO_RRDP, RRDP);

	scene_add(s, RSYNC, "ta", "",
		(struct actor){.want.kind = REPO_RSYNC, .want.after = RRDP});
	return s;
}

static enum repo_state
state(const struct scene *s, size_t i)
{
	return plan_state(s->actors.at[i].repo, s->now);
}

/* How long until the next attempt, in ms. */
static int64_t
until(const struct scene *s, size_t i)
{
	return plan_next_ms(s->actors.at[i].repo) - s->now.ms;
}

/* An attempt at the only one that is due. */
static void
attempt(struct scene *s, bool success)
{
	struct plan_repo *r = plan_next(s->plan, s->now);

	cr_assert(r != NULL);
	cr_assert_eq(plan_state(r, s->now), REPO_STATE_FETCHING);
	cr_assert_eq(plan_next_ms(r), PLAN_NEVER);
	plan_end(s->plan, r, success, s->now);
}

static void
wait_for(struct scene *s, size_t i)
{
	s->now.ms = plan_next_ms(s->actors.at[i].repo);
}

Test(plan, a_new_one_is_due_at_once)
{
	struct scene *s = one(REPO_RRDP, RRDP);

	cr_expect(plan_next(s->plan, s->now) == NULL);
	scene_want(s);
	cr_expect_eq(state(s, 0), REPO_STATE_NEW);
	cr_expect_eq(plan_wait_ms(s->plan, s->now, 1000), 0);
	attempt(s, true);
	cr_expect_eq(state(s, 0), REPO_STATE_OK);
	cr_expect(plan_next(s->plan, s->now) == NULL);
	cr_expect_eq(plan_wait_ms(s->plan, s->now, 1000), 1000);
	cr_expect_eq(plan_wait_ms(s->plan, s->now, INT32_MAX), until(s, 0));
	scene_free(s);
}

Test(plan, refresh_has_a_tenth_of_jitter)
{
	struct scene *s = one(REPO_RRDP, RRDP);
	int64_t low = INT64_MAX, high = 0;

	scene_want(s);
	for (int i = 0; i < 1000; i++) {
		attempt(s, true);
		low = until(s, 0) < low ? until(s, 0) : low;
		high = until(s, 0) > high ? until(s, 0) : high;
		wait_for(s, 0);
	}
	cr_expect(low >= 540000 && low < 545000, "%lld", (long long)low);
	cr_expect(high <= 660000 && high > 655000, "%lld", (long long)high);
	scene_free(s);
}

static void
expect_about(const struct scene *s, int64_t seconds)
{
	int64_t ms = until(s, 0);

	cr_expect(ms >= seconds * 900 && ms <= seconds * 1100, "%lld for %lld",
		(long long)ms, (long long)seconds);
	cr_expect(ms <= INT64_C(1000) * BOUND_BACKOFF_S);
}

Test(plan, failures_with_data_back_off)
{
	static const int64_t pauses[] = {600, 1200, 2400, 3272, 3272, 3272};
	struct scene *s = one(REPO_RRDP, RRDP);

	scene_want(s);
	attempt(s, true);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++) {
		wait_for(s, 0);
		attempt(s, false);
		cr_expect_eq(state(s, 0), REPO_STATE_FAILED);
		expect_about(s, pauses[i]);
	}
	wait_for(s, 0);
	attempt(s, true);
	expect_about(s, 600);
	scene_free(s);
}

Test(plan, failures_without_data_retry_sooner)
{
	static const int64_t pauses[] = {60, 120, 240, 480, 960, 1920, 3272};
	struct scene *s = one(REPO_RRDP, RRDP);

	scene_want(s);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++) {
		attempt(s, false);
		expect_about(s, pauses[i]);
		wait_for(s, 0);
	}
	for (int i = 0; i < 100; i++) {
		attempt(s, false);
		wait_for(s, 0);
	}
	scene_free(s);
}

Test(plan, a_restart_asks_nobody_sooner)
{
	static const struct {
		struct plan_past past;
		int64_t due_s; /* about; 0: at once */
		enum repo_state state;
	} rows[] = {
		{{REPO_RRDP, RRDP, -1, -1, 0, 0}, 0, REPO_STATE_NEW},
		{{REPO_RRDP, RRDP, 120000, 120000, 0, 1000}, 480,
			REPO_STATE_OK},
		{{REPO_RRDP, RRDP, 700000, 700000, 0, 1000}, 0, REPO_STATE_OK},
		{{REPO_RRDP, RRDP, 0, 0, 0, 1000}, 600, REPO_STATE_OK},
		{{REPO_RRDP, RRDP, 10000, 5000000, 3, 1000}, 2390,
			REPO_STATE_FAILED},
		{{REPO_RRDP, RRDP, 10000, -1, 1, 1000}, 50, REPO_STATE_FAILED},
		{{REPO_RRDP, RRDP, 100000, -1, 1, 1000}, 0, REPO_STATE_FAILED},
		{{REPO_RRDP, RRDP, 0, 90000000, 40, 1000}, 3272,
			REPO_STATE_FAILED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct scene *s = one(REPO_RRDP, RRDP);
		struct plan_repo *r;

		cr_assert_eq(
			plan_recall(s->plan, &rows[i].past, s->now, &r), 0);
		cr_expect_eq(plan_state(r, s->now), REPO_STATE_UNWANTED);
		cr_expect_eq(plan_next_ms(r), PLAN_NEVER);
		scene_want(s);
		cr_expect_eq(plan_count(s->plan), 1);
		cr_expect_eq(state(s, 0), rows[i].state, "row %zu", i);
		cr_expect(until(s, 0) <= rows[i].due_s * 1300, "row %zu: %lld",
			i, (long long)until(s, 0));
		cr_expect(until(s, 0) >= rows[i].due_s * 800 ||
				rows[i].due_s == 0,
			"row %zu: %lld", i, (long long)until(s, 0));
		cr_expect_eq(
			plan_is_settled(s->plan, s->now), rows[i].due_s > 0);
		scene_free(s);
	}
}

Test(plan, what_is_not_wanted_any_more_rests)
{
	struct scene *s = one(REPO_RRDP, RRDP);
	struct plan_repo *r;
	size_t left_out;
	int64_t due;

	scene_want(s);
	attempt(s, true);
	r = s->actors.at[0].repo;
	due = plan_next_ms(r);
	cr_assert_eq(plan_want(s->plan, NULL, 0, s->now, &left_out), 0);
	cr_expect_eq(plan_state(r, s->now), REPO_STATE_UNWANTED);
	s->now.ms += 10 * HOUR;
	cr_expect(plan_next(s->plan, s->now) == NULL);
	s->now.ms -= 10 * HOUR;
	/* It comes again, and goes on where it was. */
	scene_want(s);
	cr_expect_eq(plan_next_ms(r), due);
	cr_assert_eq(plan_want(s->plan, NULL, 0, s->now, &left_out), 0);
	plan_forget(s->plan, r);
	cr_expect_eq(plan_count(s->plan), 0);
	scene_free(s);
}

Test(plan, not_wanted_while_it_runs)
{
	struct scene *s = one(REPO_RRDP, RRDP);
	struct plan_repo *r;
	size_t left_out;

	scene_want(s);
	r = plan_next(s->plan, s->now);
	cr_assert(r != NULL);
	cr_assert_eq(plan_want(s->plan, NULL, 0, s->now, &left_out), 0);
	cr_expect_eq(plan_state(r, s->now), REPO_STATE_FETCHING);
	plan_end(s->plan, r, true, s->now);
	cr_expect_eq(plan_state(r, s->now), REPO_STATE_UNWANTED);
	plan_forget(s->plan, r);
	scene_free(s);
}

Test(plan, a_fallback_is_spare_while_the_other_works)
{
	struct scene *s = pair();

	scene_want(s);
	cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	cr_expect_eq(plan_next_ms(s->actors.at[1].repo), PLAN_NEVER);
	attempt(s, true);
	cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	cr_expect(plan_is_settled(s->plan, s->now));
	scene_free(s);
}

Test(plan, a_fallback_without_data_is_wanted_at_once)
{
	struct scene *s = pair();

	scene_want(s);
	attempt(s, false);
	cr_expect_eq(state(s, 1), REPO_STATE_NEW);
	cr_expect_not(plan_is_settled(s->plan, s->now));
	cr_expect_eq(until(s, 1), 0);
	attempt(s, true);
	cr_expect_eq(state(s, 1), REPO_STATE_OK);
	cr_expect(plan_is_settled(s->plan, s->now));
	/* The first one works again. */
	wait_for(s, 0);
	attempt(s, true);
	cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	cr_expect(s->actors.at[1].repo->succeeded);
	scene_free(s);
}

Test(plan, a_fallback_with_data_is_wanted_later)
{
	int64_t low = INT64_MAX, high = 0;
	struct scene *s = pair();

	scene_want(s);
	attempt(s, true);
	for (int i = 0; i < 300; i++) {
		int64_t from;

		wait_for(s, 0);
		attempt(s, false);
		cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
		from = s->actors.at[1].repo->from_ms;
		low = from - s->now.ms < low ? from - s->now.ms : low;
		high = from - s->now.ms > high ? from - s->now.ms : high;
		/* Later failures of the row do not put it off. */
		wait_for(s, 0);
		s->now.ms = s->now.ms < from ? s->now.ms : from - 1;
		plan_refresh(s->plan, s->actors.at[0].repo, s->now);
		attempt(s, false);
		cr_expect_eq(s->actors.at[1].repo->from_ms, from);
		s->now.ms = from;
		cr_expect_neq(state(s, 1), REPO_STATE_SPARE);
		plan_refresh(s->plan, s->actors.at[0].repo, s->now);
		s->actors.at[1].repo->due_ms = s->now.ms + HOUR;
		attempt(s, true);
		cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	}
	cr_expect(low >= 600000 && low < 700000, "%lld", (long long)low);
	cr_expect(high <= 3600000 && high > 3500000, "%lld", (long long)high);
	scene_free(s);
}

Test(plan, one_that_is_also_wanted_by_itself_is_no_fallback)
{
	struct scene *s = pair();

	scene_add(s, RSYNC, "ta", "", (struct actor){.want.kind = REPO_RSYNC});
	scene_want(s);
	cr_expect_eq(plan_count(s->plan), 2);
	cr_expect_eq(state(s, 1), REPO_STATE_NEW);
	scene_free(s);
}

Test(plan, a_fallback_of_nothing_is_wanted)
{
	struct scene *s = one(REPO_RSYNC, RSYNC);

	s->actors.at[0].want.after = RRDP;
	scene_want(s);
	cr_expect_eq(state(s, 0), REPO_STATE_NEW);
	scene_free(s);
}

Test(plan, a_fallback_of_two_is_wanted_when_one_fails)
{
	struct scene *s = scene_new(600);

	scene_add(s, "https://a.example/n.xml", "ta", "",
		(struct actor){.want.kind = REPO_RRDP});
	scene_add(s, "https://b.example/n.xml", "ta", "",
		(struct actor){.want.kind = REPO_RRDP});
	scene_add(s, RSYNC, "ta", "",
		(struct actor){.want.kind = REPO_RSYNC,
			.want.after = "https://a.example/n.xml"});
	scene_add(s, RSYNC, "ta", "",
		(struct actor){.want.kind = REPO_RSYNC,
			.want.after = "https://b.example/n.xml"});
	scene_want(s);
	cr_expect_eq(state(s, 2), REPO_STATE_SPARE);
	attempt(s, true);
	attempt(s, false);
	cr_expect_eq(state(s, 2), REPO_STATE_NEW);
	scene_free(s);
}

Test(plan, places_of_a_trust_anchor_stand_behind_one_another)
{
	struct scene *s = scene_new(600);

	/* The last one first: the order of lines does not matter. */
	scene_add(s, "rsync://c.example/m/ta.cer", "ta", "",
		(struct actor){.want.kind = REPO_TA,
			.want.after = "https://b.example/ta.cer"});
	scene_add(s, "https://b.example/ta.cer", "ta", "",
		(struct actor){.want.kind = REPO_TA,
			.want.after = "https://a.example/ta.cer"});
	scene_add(s, "https://a.example/ta.cer", "ta", "",
		(struct actor){.want.kind = REPO_TA});
	scene_want(s);
	cr_expect_eq(s->actors.at[0].repo->transport, PLAN_RSYNC);
	cr_expect_eq(s->actors.at[1].repo->transport, PLAN_HTTP);
	cr_expect_eq(state(s, 0), REPO_STATE_SPARE);
	cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	attempt(s, false);
	cr_expect_eq(state(s, 0), REPO_STATE_SPARE);
	cr_expect_eq(state(s, 1), REPO_STATE_NEW);
	attempt(s, false);
	cr_expect_eq(state(s, 0), REPO_STATE_NEW);
	attempt(s, true);
	wait_for(s, 2);
	plan_refresh(s->plan, s->actors.at[2].repo, s->now);
	s->actors.at[0].repo->due_ms = s->now.ms + HOUR;
	s->actors.at[1].repo->due_ms = s->now.ms + HOUR;
	attempt(s, true);
	cr_expect_eq(state(s, 0), REPO_STATE_SPARE);
	cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	scene_free(s);
}

Test(plan, places_in_a_ring_end_nothing)
{
	struct scene *s = scene_new(600);

	scene_add(s, "https://a.example/ta.cer", "ta", "",
		(struct actor){.want.kind = REPO_TA,
			.want.after = "https://b.example/ta.cer"});
	scene_add(s, "https://b.example/ta.cer", "ta", "",
		(struct actor){.want.kind = REPO_TA,
			.want.after = "https://a.example/ta.cer"});
	scene_add(s, "https://c.example/ta.cer", "ta", "",
		(struct actor){.want.kind = REPO_TA,
			.want.after = "https://c.example/ta.cer"});
	scene_want(s);
	cr_expect_eq(state(s, 0), REPO_STATE_SPARE);
	cr_expect_eq(state(s, 2), REPO_STATE_NEW);
	scene_free(s);
}

/* A plan with a transport switched off. */
static struct scene *
pair_without(bool rrdp, bool rsync)
{
	struct scene *s = pair();
	struct plan_config config = {
		.refresh_ms = 600000,
		.wall_ms = BOUND_REPO_WALL_MS,
		.rrdp = rrdp,
		.rsync = rsync,
	};

	plan_free(s->plan);
	cr_assert_eq(plan_new(&config, &s->plan), 0);
	scene_want(s);
	return s;
}

Test(plan, without_rrdp_the_fallback_is_wanted)
{
	struct scene *s = pair_without(false, true);
	struct plan_counts c;

	cr_expect_eq(state(s, 0), REPO_STATE_FAILED);
	cr_expect_eq(plan_next_ms(s->actors.at[0].repo), PLAN_NEVER);
	cr_expect_eq(state(s, 1), REPO_STATE_NEW);
	plan_refresh(s->plan, s->actors.at[0].repo, s->now);
	attempt(s, true);
	cr_expect(plan_next(s->plan, s->now) == NULL);
	cr_expect(plan_is_settled(s->plan, s->now));
	plan_tally(s->plan, s->now, &c);
	cr_expect_eq(c.wanted, 1);
	cr_expect_eq(c.ok, 1);
	cr_expect_eq(c.failed, 0);
	scene_free(s);
}

Test(plan, without_rsync_it_fails)
{
	struct scene *s = pair_without(true, false);
	struct plan_counts c;

	cr_expect_eq(state(s, 1), REPO_STATE_SPARE);
	attempt(s, false);
	cr_expect_eq(state(s, 1), REPO_STATE_FAILED);
	cr_expect(plan_next(s->plan, s->now) == NULL);
	cr_expect(plan_is_settled(s->plan, s->now));
	plan_tally(s->plan, s->now, &c);
	cr_expect_eq(c.wanted, 2);
	cr_expect_eq(c.failed, 2);
	scene_free(s);
}

Test(plan, refresh_needs_no_patience)
{
	struct scene *s = one(REPO_RRDP, RRDP);
	struct plan_repo *r;

	scene_want(s);
	r = s->actors.at[0].repo;
	attempt(s, false);
	cr_expect(plan_is_settled(s->plan, s->now));
	plan_refresh(s->plan, r, s->now);
	cr_expect_not(plan_is_settled(s->plan, s->now));
	/* Asked for while it runs: once more when it has ended. */
	cr_expect_eq(plan_next(s->plan, s->now), r);
	plan_refresh(s->plan, r, s->now);
	plan_refresh(s->plan, r, s->now);
	plan_end(s->plan, r, true, s->now);
	cr_expect_not(plan_is_settled(s->plan, s->now));
	attempt(s, true);
	cr_expect(plan_is_settled(s->plan, s->now));
	cr_expect(plan_next(s->plan, s->now) == NULL);
	scene_free(s);
}

Test(plan, an_attempt_has_its_time)
{
	struct scene *s = one(REPO_RRDP, RRDP);
	struct plan_repo *r;

	scene_want(s);
	r = plan_next(s->plan, s->now);
	cr_expect(plan_overdue(s->plan, s->now) == NULL);
	cr_expect_eq(plan_next(s->plan, s->now), NULL);
	cr_expect_eq(
		plan_wait_ms(s->plan, s->now, INT32_MAX), BOUND_REPO_WALL_MS);
	s->now.ms += BOUND_REPO_WALL_MS - 1;
	cr_expect(plan_overdue(s->plan, s->now) == NULL);
	s->now.ms += 1;
	cr_expect_eq(plan_overdue(s->plan, s->now), r);
	cr_expect_eq(plan_wait_ms(s->plan, s->now, INT32_MAX), 0);
	plan_end(s->plan, r, false, s->now);
	cr_expect(plan_overdue(s->plan, s->now) == NULL);
	cr_expect(r->slow > 0);
	scene_free(s);
}

/* A list of more than may be. */
Test(plan, of_too_many_the_first_count)
{
	struct scene *s = scene_new(600);
	size_t n = BOUND_WANTED_REPOS + 5, left_out = 0;
	struct want *wants = calloc(n, sizeof(*wants));
	char uri[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(uri, sizeof(uri), "https://h%zu.example/n", i);
		wants[i] = (struct want){
			REPO_RRDP, scene_text(s, uri), NULL, "ta", "d", ""};
	}
	cr_assert_eq(plan_want(s->plan, wants, n, s->now, &left_out), 0);
	cr_expect_eq(left_out, 5);
	cr_expect_eq(plan_count(s->plan), (size_t)BOUND_WANTED_REPOS);
	cr_expect(plan_find(s->plan, REPO_RRDP, wants[0].uri) != NULL);
	cr_expect(plan_find(s->plan, REPO_RRDP, wants[n - 1].uri) == NULL);
	free(wants);
	scene_free(s);
}
