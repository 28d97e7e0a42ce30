/*
 * view: when routers are said to be given fresh data, and why not.
 */
#include "tests/unit/serve/scene.h"

Test(view, result_names_are_words)
{
	static const char *const names[RUN_RESULTS] = {
		"none", "ok", "incomplete", "failed", "killed", "timeout"};
	int result;

	for (result = 0; result < RUN_RESULTS; result++)
		cr_expect_str_eq(run_result_name((enum run_result)result),
			names[result]);
}

Test(view, is_not_ready_before_the_first_set)
{
	struct scene *s = scene_empty();
	char why[256];

	cr_expect(!view_is_ready(&s->view, s->now.wall, why));
	cr_expect_str_eq(why, "no data yet: no run has ended");
	s->view.run.running = true;
	cr_expect(!view_is_ready(&s->view, s->now.wall, why));
	cr_expect_str_eq(why, "no data yet: the first run is under way");
	s->view.run.last = RUN_FAILED;
	s->view.run.ended = s->now.wall;
	snprintf(s->view.run.reason, 256, "no TAL could be read");
	cr_expect(!view_is_ready(&s->view, s->now.wall, why));
	cr_expect_str_eq(why,
		"no data yet; last run failed at 2026-03-16T07:30:00Z: "
		"no TAL could be read");
	cr_expect_null(view_set(&s->view));
	cr_expect_eq(view_built(&s->view).s, 0);
	scene_free(s);
}

Test(view, is_ready_until_the_data_is_stale)
{
	struct scene *s = scene_new();
	char why[256];

	s->now.wall.s = view_built(&s->view).s + s->view.stale_after_s;
	cr_expect(view_is_ready(&s->view, s->now.wall, why));
	s->now.wall.s++;
	cr_expect(!view_is_ready(&s->view, s->now.wall, why));
	cr_expect_str_eq(why, "data is 7201 s old, more than 7200 s");
	s->view.stale_after_s = 0;
	cr_expect(view_is_ready(&s->view, s->now.wall, why));
	scene_free(s);
}

Test(view, stays_ready_when_a_run_fails)
{
	struct scene *s = scene_new();
	char why[256];

	s->view.run.last = RUN_KILLED;
	cr_expect(view_is_ready(&s->view, s->now.wall, why));
	s->now.wall.s += 100000;
	s->view.run.ended = s->now.wall;
	memset(s->view.run.reason, 'x', 255);
	cr_expect(!view_is_ready(&s->view, s->now.wall, why));
	cr_expect_not_null(strstr(why, "; last run killed at "));
	scene_free(s);
}

Test(view, shows_the_set_of_the_last_snapshot)
{
	struct scene *s = scene_new();
	const struct payload_set *newer = scene_set(scene_vrps, 1);

	cr_expect_eq(view_set(&s->view), cache_set(s->view.cache));
	s->view.set = newer;
	cr_expect_eq(view_set(&s->view), newer);
	payload_unref(newer);
	scene_free(s);
}

/* While it is fresh it is ready, and afterwards the trust anchor is the reason
 * that is told. */
Test(view, says_which_trust_anchors_hold_it_up)
{
	struct scene *s = scene_new();
	char out[256];

	cr_expect_not(view_is_held(&s->view, out));
	cr_expect_str_eq(out, "");
	s->view.lost_tas = 1;
	s->view.lost_since = s->now.wall;
	cr_expect(view_is_held(&s->view, out));
	cr_expect_str_eq(out,
		"since 2026-03-16T07:30:00Z nothing comes of trust anchor "
		"alpha: the set of before goes on");
	cr_expect(view_is_ready(&s->view, s->now.wall, out));
	s->now.wall.s = view_built(&s->view).s + s->view.stale_after_s + 1;
	cr_expect_not(view_is_ready(&s->view, s->now.wall, out));
	cr_expect_str_eq(out,
		"data is 7201 s old, more than 7200 s; since "
		"2026-03-16T07:30:00Z nothing comes of trust anchor alpha: the "
		"set of before goes on");
	scene_free(s);
}

Test(view, says_what_the_first_set_waits_for)
{
	struct scene *s = scene_empty();
	char out[256];

	cr_expect_not(view_is_waiting(&s->view, out));
	cr_expect_str_eq(out, "");
	s->view.first = (struct first_facts){
		.waiting = true,
		.missing = 1,
		.pending = 3,
		.names = "alpha, beta",
	};
	s->view.run.last = RUN_OK;
	cr_expect(view_is_waiting(&s->view, out));
	cr_expect_str_eq(out,
		"a complete first set is waited for: nothing came of 1 trust "
		"anchor yet, 3 repositories were not tried yet (alpha, beta)");
	cr_expect_not(view_is_ready(&s->view, s->now.wall, out));
	cr_expect_str_eq(out,
		"no data yet: a complete first set is waited for: nothing came "
		"of 1 trust anchor yet, 3 repositories were not tried yet "
		"(alpha, beta)");
	scene_free(s);
}

Test(view, words_leave_out_what_is_nothing)
{
	static const struct {
		struct first_facts facts;
		const char *words;
	} rows[] = {
		{{.missing = 2, .names = "a, b"},
			"nothing came of 2 trust anchors yet (a, b)"},
		{{.pending = 1, .names = "a"},
			"1 repository was not tried yet (a)"},
		{{.missing = 1, .pending = 2, .names = "a"},
			"nothing came of 1 trust anchor yet, 2 repositories "
			"were not tried yet (a)"},
		{{.gone = 1, .names = "a"},
			"1 publication point is gone with a damaged store and "
			"not fetched again yet (a)"},
		{{.gone = 7, .names = "a"},
			"7 publication points are gone with a damaged store "
			"and not fetched again yet (a)"},
	};
	struct first_facts most = {
		true, UINT64_MAX, UINT64_MAX, UINT64_MAX, ""};
	char out[VIEW_WORDS];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(
			view_first_words(&rows[i].facts, out), rows[i].words);
	memset(most.names, 'x', sizeof(most.names) - 1);
	view_first_words(&most, out);
	cr_expect_str_eq(out + strlen(out) - 2, "x)", "all of it has room");
}

Test(view, stale_is_not_ready)
{
	struct scene *s = scene_new();
	char out[256];

	cr_expect(view_is_ready(&s->view, s->now.wall, out));
	s->view.stale = true;
	cr_expect_not(view_is_ready(&s->view, s->now.wall, out));
	scene_free(s);
}

Test(view, names_of_trust_anchors)
{
	struct report_ta tas[64];
	const struct report r = {.tas = tas, .ta_count = 64};
	char out[VIEW_TA_NAMES];

	for (size_t i = 0; i < 64; i++)
		tas[i] = (struct report_ta){.name = i < 2 ? "a" : "registry"};
	cr_expect_str_eq(view_ta_names(&r, 0, out), "");
	cr_expect_str_eq(view_ta_names(&r, 2, out), "a");
	cr_expect_str_eq(view_ta_names(&r, 7, out), "a, a, registry");
	view_ta_names(&r, UINT64_MAX, out);
	cr_expect_eq(strlen(out), VIEW_TA_NAMES - 1);
	cr_expect_str_eq(out + VIEW_TA_NAMES - 4, "...");
}
