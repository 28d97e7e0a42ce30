/*
 * runner: a shell script in the validator's place, and somebody who takes or
 * refuses what it leaves.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/keep/runner.h"
#include "waymark/err.h"

/* A runner, and what it did. */
struct rig {
	uv_loop_t loop;
	uv_timer_t end; /* a test that hangs fails */
	char folder[64], script[80], left[96], log[80];
	struct config config;
	struct run_facts facts;
	struct log out;
	struct runner *runner;
	int take_err; /* what the taker answers */
	unsigned takes, stop_after, ends;
	bool served; /* somebody is */
	bool early; /* not all was fetched once */
	bool later; /* the taker answers in the next turn */
	struct stock_run run;
	uv_idle_t idle;
};

static void
answer(struct rig *g)
{
	g->run.done(g->run.ctx, g->take_err,
		g->take_err != 0 ? "not to be served" : "");
	if (g->takes >= g->stop_after)
		runner_stop(g->runner);
}

static void
on_idle(uv_idle_t *idle)
{
	uv_idle_stop(idle);
	answer(idle->data);
}

static void
on_take(void *ctx, const struct stock_run *run)
{
	struct rig *g = ctx;

	cr_expect_str_eq(run->path, g->left);
	cr_expect_eq(access(run->path, F_OK), 0, "what the run left is there");
	g->takes++;
	g->run = *run;
	if (g->later)
		uv_idle_start(&g->idle, on_idle);
	else
		answer(g);
}

static void
on_run_ended(void *ctx, bool spoke)
{
	struct rig *g = ctx;

	g->ends += spoke;
}

static bool
is_waited_for(void *ctx)
{
	const struct rig *g = ctx;

	return !g->served;
}

static bool
is_early(void *ctx)
{
	const struct rig *g = ctx;

	return g->early;
}

static void
on_end(uv_timer_t *timer)
{
	struct rig *g = timer->data;

	cr_log_error("the runner did not come to an end");
	runner_stop(g->runner);
}

static struct rig *
rig_new(const char *script)
{
	struct rig *g = calloc(1, sizeof(*g));
	const struct runner_calls calls = {
		on_take, on_run_ended, is_waited_for, is_early, g};
	static const char *const tals[] = {"/tmp/one.tal", "/tmp/two"};
	FILE *f;

	cr_assert_not_null(g);
	snprintf(g->folder, sizeof(g->folder), "/tmp/waymark-runner.XXXXXX");
	cr_assert_not_null(mkdtemp(g->folder));
	snprintf(g->script, sizeof(g->script), "%s/validator", g->folder);
	snprintf(g->left, sizeof(g->left), "%s/run.snapshot", g->folder);
	snprintf(g->log, sizeof(g->log), "%s/log", g->folder);
	f = fopen(g->script, "w");
	cr_assert_not_null(f);
	fprintf(f,
		"#!/bin/sh\nfor a; do case $a in snapshot=*) "
		"out=${a#snapshot=};; esac; done\n%s\n",
		script);
	fclose(f);
	cr_assert_eq(chmod(g->script, 0755), 0);
	g->config = (struct config){
		.tals = {tals, 2},
		.profile = "current",
		.max_depth = 32,
		.aspa_max_providers = 10000,
		.validator = g->script,
		.local = "/tmp/tree",
		.refresh_ms = 600000,
		.run_gap_ms = 10000,
		.run_timeout_ms = 60000,
		.state_dir = g->folder,
	};
	g->out.fd = open(g->log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	g->out.level = LOG_LEVEL_INFO;
	g->stop_after = 1;
	uv_loop_init(&g->loop);
	uv_timer_init(&g->loop, &g->end);
	g->end.data = g;
	uv_timer_start(&g->end, on_end, 20000, 0);
	uv_unref((uv_handle_t *)&g->end);
	uv_idle_init(&g->loop, &g->idle);
	g->idle.data = g;
	g->runner =
		runner_new(&g->loop, &calls, &g->out, &g->facts, &g->config);
	cr_assert_not_null(g->runner);
	return g;
}

/* Run until a run has ended in this way, then stop. */
static void
rig_run_until(struct rig *g, enum run_result result)
{
	runner_start(g->runner);
	while (g->facts.runs[result] == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	runner_stop(g->runner);
	uv_run(&g->loop, UV_RUN_DEFAULT);
}

static bool
rig_logged(const struct rig *g, const char *text)
{
	static char log[65536];
	ssize_t n = pread(g->out.fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return strstr(log, text) != NULL;
}

static void
rig_free(struct rig *g)
{
	uv_close((uv_handle_t *)&g->end, NULL);
	uv_close((uv_handle_t *)&g->idle, NULL);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	runner_free(g->runner);
	cr_expect_eq(uv_loop_close(&g->loop), 0, "a handle is left");
	close(g->out.fd);
	unlink(g->script);
	unlink(g->left);
	unlink(g->log);
	rmdir(g->folder);
	free(g);
}

Test(runner, a_good_run_is_taken)
{
	struct rig *g = rig_new(": >$out");

	rig_run_until(g, RUN_OK);
	cr_expect_eq(g->takes, 1);
	cr_expect_eq(g->facts.last, RUN_OK);
	cr_expect_eq(g->facts.starts, 1);
	cr_expect_not(g->facts.running);
	cr_expect_gt(g->facts.succeeded.s, 0);
	cr_expect_str_eq(g->facts.reason, "");
	rig_free(g);
}

/* Nothing can hold before anything was fetched: nobody is alarmed.  A crash is
 * one at any time. */
Test(runner, what_lacks_early_is_no_alarm)
{
	static const char *const cries[] = {" error ", " warn "};
	struct rig *g = rig_new("echo '2026-01-01T00:00:00Z error unusable "
				"nothing' >&2; exit 1");

	g->early = true;
	rig_run_until(g, RUN_FAILED);
	cr_expect(rig_logged(g, "run waiting"));
	for (size_t i = 0; i < 2; i++)
		cr_expect_not(rig_logged(g, cries[i]), "%s", cries[i]);
	cr_expect_eq(g->ends, 1, "it may have said what it wants");
	rig_free(g);
	g = rig_new("kill -9 $$");
	g->early = true;
	rig_run_until(g, RUN_KILLED);
	cr_expect(rig_logged(g, " error run failed"));
	rig_free(g);
}

/* Nor where the validator itself found nothing to complain of: all is still to
 * be fetched.  Whoever speaks without a level is no validator. */
Test(runner, what_ends_without_complaint_waits)
{
	static const struct {
		const char *script;
		bool waits;
	} rows[] = {
		{"exit 1", true},
		{"echo 'T info not tried yet' >&2; exit 1", true},
		{"exit 2", false},
		{"echo 'T warn w' >&2; exit 1", false},
		{"echo 'T error e' >&2; exit 1", false},
		{"echo on fire >&2; exit 1", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *g = rig_new(rows[i].script);

		rig_run_until(g, RUN_FAILED);
		cr_expect_eq(rig_logged(g, " info run waiting reason="),
			rows[i].waits, "%s", rows[i].script);
		cr_expect_eq(rig_logged(g, " error run failed reason="),
			!rows[i].waits, "%s", rows[i].script);
		rig_free(g);
	}
}

Test(runner, exit_3_is_usable)
{
	struct rig *g = rig_new(": >$out; exit 3");

	rig_run_until(g, RUN_INCOMPLETE);
	cr_expect_eq(g->takes, 1);
	rig_free(g);
}

/* Whoever takes it may refuse it, at once or later. */
Test(runner, what_is_refused_is_a_failed_run)
{
	for (int later = 0; later < 2; later++) {
		struct rig *g = rig_new(": >$out");

		g->take_err = ERR_NOTFOUND;
		g->later = later != 0;
		rig_run_until(g, RUN_FAILED);
		cr_expect_eq(g->facts.runs[RUN_OK], 0);
		cr_expect_str_eq(g->facts.reason, "not to be served");
		cr_expect_eq(g->facts.succeeded.s, 0);
		cr_expect(rig_logged(
			g, "run failed reason=\"not to be served\""));
		rig_free(g);
	}
}

/* A stop that comes while somebody takes: the answer means nothing any more. */
Test(runner, stopped_while_it_is_taken)
{
	struct rig *g = rig_new(": >$out");

	g->later = true;
	runner_start(g->runner);
	while (g->takes == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	runner_stop(g->runner);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	answer(g);
	cr_expect_eq(g->facts.runs[RUN_OK], 0);
	rig_free(g);
}

/* What an earlier run left is not the news of this one. */
Test(runner, an_old_file_is_removed_first)
{
	struct rig *g = rig_new("[ -e $out ] && exit 7; : >$out");
	FILE *f = fopen(g->left, "w");

	cr_assert_not_null(f);
	fclose(f);
	rig_run_until(g, RUN_OK);
	rig_free(g);
}

Test(runner, what_says_most_is_the_reason)
{
	static const struct {
		const char *script, *reason;
	} rows[] = {
		{"exit 1", "exit code 1"},
		{"echo on fire >&2; exit 1", "exit code 1: on fire"},
		{"echo out; echo 'T error a x=\"1\"' >&2; echo 'T info i' >&2; "
		 "echo 'T error b' >&2; exit 4",
			"exit code 4: b"},
		{"echo 'T error tal x' >&2; echo 'T error unusable "
		 "text=\"y\"' >&2; exit 1",
			"exit code 1: tal x"},
		{"echo 'T error unusable text=\"y\"' >&2; exit 1",
			"exit code 1: unusable: y"},
		{"echo 'T error a b=c text=\"d e\"' >&2; "
		 "echo 'T warn w' >&2; exit 1",
			"exit code 1: a: d e"},
		{"echo 'T warn v x=\"1 2\"' >&2; echo 'T warn w' >&2; exit 1",
			"exit code 1: v x=1 2"},
		{"echo 'T info i' >&2; echo 'T warn w' >&2; exit 2",
			"exit code 2: w"},
		{"kill -9 $$", "killed by signal 9 (Killed)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *g = rig_new(rows[i].script);

		rig_run_until(g,
			strstr(rows[i].reason, "killed") != NULL ? RUN_KILLED
								 : RUN_FAILED);
		cr_expect_str_eq(g->facts.reason, rows[i].reason);
		cr_expect_eq(g->takes, 0);
		rig_free(g);
	}
}

Test(runner, a_program_that_is_not_there)
{
	struct rig *g = rig_new("");

	g->config.validator = "/nonexistent/validator";
	rig_run_until(g, RUN_FAILED);
	cr_expect_str_eq(g->facts.reason,
		"cannot start /nonexistent/validator: no such file or "
		"directory");
	rig_free(g);
}

Test(runner, a_run_that_hangs)
{
	struct rig *g = rig_new("sleep 100");

	g->config.run_timeout_ms = 50;
	runner_configure(g->runner, &g->config);
	rig_run_until(g, RUN_TIMEOUT);
	cr_expect_not_null(strstr(g->facts.reason, "took longer than"));
	rig_free(g);
}

/* Many warnings are the same in each run. */
Test(runner, warnings_have_an_end)
{
	struct rig *g = rig_new(": >$out; i=0; while [ $i -lt 60 ]; do i=$((i+1"
				")); echo \"T warn refused n=$i.\" >&2; done; "
				"echo 'T error e' >&2");

	rig_run_until(g, RUN_OK);
	cr_expect(rig_logged(g, " warn validator refused n=50."));
	cr_expect_not(rig_logged(g, " warn validator refused n=51."));
	cr_expect(rig_logged(g, " error validator e\n"));
	cr_expect(rig_logged(g, " 10 more warnings: "));
	rig_free(g);
}

/* What a run says when we stop it is no alarm; a sanitizer is heard. */
Test(runner, a_run_that_is_stopped_is_no_error)
{
	struct rig *g = rig_new("trap 'echo \"T error output x\" >&2; "
				"echo ERROR: leak >&2; exit 1' TERM; "
				": >$out; while :; do sleep 0.05; done");

	runner_start(g->runner);
	while (access(g->left, F_OK) != 0)
		uv_run(&g->loop, UV_RUN_NOWAIT);
	runner_stop(g->runner);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	cr_expect_not(rig_logged(g, " error "));
	cr_expect(rig_logged(g, " info validator ERROR: leak\n"));
	rig_free(g);
}

/* However many ask while one is under way, one more follows. */
Test(runner, demands_are_one)
{
	struct rig *g = rig_new("sleep 0.1; : >$out");

	g->stop_after = 100;
	runner_demand(g->runner); /* before the start: nobody is told twice */
	runner_start(g->runner);
	while (!g->facts.running && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	for (int i = 0; i < 5; i++)
		runner_demand(g->runner);
	while (g->facts.runs[RUN_OK] < 2 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->facts.starts, 2);
	cr_expect_gt(g->facts.next.s, wall_now().s + 500);
	runner_stop(g->runner);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	cr_expect_eq(g->facts.starts, 2);
	rig_free(g);
}

/* A set that is not complete yet is no failure, and tried again as soon. */
Test(runner, a_first_set_that_is_not_complete)
{
	struct rig *g = rig_new(": >$out; exit 3");

	g->take_err = ERR_BUSY;
	g->stop_after = 100;
	runner_start(g->runner);
	while (g->ends == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
		;
	cr_expect_eq(g->facts.runs[RUN_INCOMPLETE], 1);
	cr_expect_eq(g->facts.runs[RUN_FAILED], 0);
	cr_expect_str_eq(g->facts.reason, "");
	cr_expect_not(rig_logged(g, " run failed "));
	cr_expect_lt(g->facts.next.s, wall_now().s + 15);
	runner_stop(g->runner);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	rig_free(g);
}

/* Who fetches is told after each run that ended by itself. */
Test(runner, the_end_is_told)
{
	static const struct {
		const char *script;
		enum run_result result;
		unsigned ends;
	} rows[] = {
		{": >$out", RUN_OK, 1},
		{"exit 1", RUN_FAILED, 1},
		{"kill -9 $$", RUN_KILLED, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *g = rig_new(rows[i].script);

		g->stop_after = 100;
		rig_run_until(g, rows[i].result);
		cr_expect_eq(g->ends, rows[i].ends, "%s", rows[i].script);
		rig_free(g);
	}
}

/* As long as nobody is served, news wait a second at most. */
Test(runner, news_wait_for_the_gap)
{
	for (int served = 0; served < 2; served++) {
		struct rig *g = rig_new(": >$out");

		g->stop_after = 100;
		g->served = served != 0;
		runner_news(g->runner); /* before the start: it is due anyway */
		runner_start(g->runner);
		while (g->ends == 0 && uv_run(&g->loop, UV_RUN_ONCE) != 0)
			;
		runner_news(g->runner);
		runner_news(g->runner);
		cr_expect_eq(g->facts.starts, 1);
		cr_expect(served ? g->facts.next.s > wall_now().s + 5
				 : g->facts.next.s <= wall_now().s + 1);
		runner_stop(g->runner);
		uv_run(&g->loop, UV_RUN_DEFAULT);
		rig_free(g);
	}
}
