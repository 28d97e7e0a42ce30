/*
 * runner: what the schedule decides is done here.
 *
 * One function feeds events to the schedule and does what it answers, so that
 * state, timer and process never disagree.
 *
 * The validator writes `run.snapshot` in the state folder; only who takes it
 * makes `snapshot` of it.  A file that an earlier run left is removed before a
 * run starts, so that none is taken for the news of another.
 */
#include "rtrd/keep/runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "rtrd/keep/child.h"
#include "rtrd/keep/command.h"
#include "rtrd/keep/house.h"
#include "rtrd/keep/quote.h"
#include "rtrd/keep/schedule.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	EXIT_COMPLETE = 0,
	EXIT_INCOMPLETE = 3, /* usable */
	EXIT_NOTHING = 1, /* nothing to take, or an error */
	WARNINGS = 50, /* of a run that are logged: a run is every few minutes,
			  and what is wrong mostly stays so */
};

/* How a run begins to tell that it has no result. */
#define UNUSABLE "unusable "

struct runner {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct runner_calls calls;
	const struct log *log;
	struct run_facts *facts;
	const struct config *config;
	char state_dir[BOUND_PATH]; /* the one that is locked */
	struct schedule schedule;
	bool started;
	struct child *child; /* NULL: none */
	struct mono began;
	enum run_result result; /* of the run that is under way */
	char why[256]; /* why it came to nothing */
	/* Of its stderr: the last that tells an error, the first that warns of
	 * something, and the last of all. */
	char error_line[QUOTE], warn_line[QUOTE], last_line[QUOTE];
	bool complained; /* there was a warning, an error, or what is no line of
			    a validator's log */
	bool nothing_yet; /* it ended with nothing, and without complaint */
	unsigned warnings;
	bool early; /* the run began before all was fetched once */
};

static void runner_feed(struct runner *r, enum schedule_event event);

/* What the operator says, and what only we know, as the schedule takes it. */
static struct schedule_config
schedule_of(const struct config *c)
{
	return (struct schedule_config){
		.refresh_ms = c->refresh_ms,
		.timeout_ms = c->run_timeout_ms,
		.stop_ms = BOUND_CHILD_STOP_MS,
		.retry_ms = BOUND_RUN_RETRY_MS,
		.gap_ms = c->run_gap_ms,
		.jitter = true,
	};
}

/* Keep what may say why the run came to nothing. */
static void
line_keep(struct runner *r, enum log_level level, const char *line)
{
	/* That nothing can be used is only what came of an error before. */
	if (level == LOG_LEVEL_ERROR &&
		(r->error_line[0] == '\0' ||
			strncmp(line, UNUSABLE, strlen(UNUSABLE)) != 0))
		quote_line(r->error_line, line, true);
	else if (level == LOG_LEVEL_WARN && r->warn_line[0] == '\0')
		quote_line(r->warn_line, line, false);
	quote_line(r->last_line, line, false);
	r->complained |= level <= LOG_LEVEL_WARN;
}

/* Facts on stdout are for who debugs; stderr is for everybody, as far as it is
 * not the same again and again. */
static void
on_line(void *ctx, bool from_stderr, const char *line)
{
	struct runner *r = ctx;
	enum log_level level = LOG_LEVEL_DEBUG;

	if (from_stderr) {
		const char *said = child_line_strip(line, &level);

		/* A shell, a linker or a sanitizer speaks without a level. */
		r->complained |= said == line;
		line = said;
		line_keep(r, level, line);
	}
	if (level == LOG_LEVEL_WARN && ++r->warnings > WARNINGS)
		level = LOG_LEVEL_DEBUG;
	if (r->early)
		level = LOG_LEVEL_DEBUG;
	/* It tells that it was stopped, which we did. */
	if (r->schedule.state == SCHEDULE_ENDING && level < LOG_LEVEL_INFO)
		level = LOG_LEVEL_DEBUG;
	log_event(r->log, level, "validator", "%s", line);
}

/* Nothing is left out in silence. */
static void
warnings_end(const struct runner *r)
{
	if (r->warnings > WARNINGS && !r->early &&
		r->log->level < LOG_LEVEL_DEBUG)
		log_event(r->log, LOG_LEVEL_WARN, "validator",
			"%u more warnings: log-level debug shows them",
			r->warnings - WARNINGS);
}

/* Take what a run came to into the facts that people see. */
static void
facts_end(struct runner *r)
{
	struct run_facts *f = r->facts;
	bool good = r->result == RUN_OK || r->result == RUN_INCOMPLETE;

	/* `reason` stays after a good run: it is of the last failure. */
	f->last = r->result;
	f->running = false;
	f->ended = wall_now();
	f->elapsed_ms = mono_since(r->began, mono_now());
	f->runs[r->result]++;
	if (good)
		f->succeeded = f->ended;
	else
		snprintf(f->reason, sizeof(f->reason), "%s", r->why);
}

/* The facts first: who asks after the state has changed must see them. */
static void
run_good(struct runner *r)
{
	facts_end(r);
	runner_feed(r, SCHEDULE_GOOD);
	r->calls.ended(r->calls.ctx, true);
}

/* It was good, and no more can be had yet: the next one comes as soon as after
 * a failure. */
static void
run_early(struct runner *r)
{
	facts_end(r);
	runner_feed(r, SCHEDULE_BAD);
	r->calls.ended(r->calls.ctx, true);
}

/* Whether nobody need be alarmed: nothing was fetched yet that could hold. */
static bool
is_waiting(const struct runner *r)
{
	return r->result == RUN_FAILED && (r->early || r->nothing_yet);
}

/* One line says why, and nothing else happens: what is served stays. */
static void
run_bad(struct runner *r)
{
	facts_end(r);
	if (is_waiting(r))
		log_event(r->log, LOG_LEVEL_INFO, "run",
			"waiting reason=\"nothing holds yet of what was fetched "
			"so far\"");
	else
		log_event(r->log, LOG_LEVEL_ERROR, "run",
			"failed reason=\"%s\" result=%s elapsed_ms=%lld",
			r->why, run_result_name(r->result),
			(long long)r->facts->elapsed_ms);
	runner_feed(r, SCHEDULE_BAD);
	r->calls.ended(r->calls.ctx, r->result == RUN_FAILED);
}

/* The run is over when what it left was taken, or refused. */
static void
on_taken(void *ctx, int err, const char *why)
{
	struct runner *r = ctx;

	/* A stop did not wait for it. */
	if (schedule_is_ended(&r->schedule))
		return;
	if (err == 0) {
		run_good(r);
		return;
	}
	if (err == ERR_BUSY) {
		run_early(r);
		return;
	}
	snprintf(r->why, sizeof(r->why), "%s", why);
	r->result = RUN_FAILED;
	run_bad(r);
}

/* From exit code to set. */
static void
take(struct runner *r)
{
	char path[BOUND_PATH];
	const struct stock_run run = {
		.path = house_path(r->state_dir, HOUSE_RUN_SNAPSHOT, path),
		.began = r->began,
		.done = on_taken,
		.ctx = r,
	};

	r->calls.take(r->calls.ctx, &run);
}

/* What an exit means; `r->why` is filled when it means nothing good. */
static enum run_result
exit_judge(struct runner *r, int64_t code, int number)
{
	const char *line = r->error_line[0] != '\0' ? r->error_line
		: r->warn_line[0] != '\0'	    ? r->warn_line
						    : r->last_line;

	/* An exit code that comes after we asked it to end means nothing. */
	if (r->schedule.timed_out) {
		snprintf(r->why, sizeof(r->why),
			"it took longer than %lld s and was stopped",
			(long long)(r->config->run_timeout_ms / 1000));
		return RUN_TIMEOUT;
	}
	if (number != 0) {
		snprintf(r->why, sizeof(r->why), "killed by signal %d (%s)",
			number, strsignal(number));
		return RUN_KILLED;
	}
	if (code == EXIT_COMPLETE)
		return RUN_OK;
	if (code == EXIT_INCOMPLETE)
		return RUN_INCOMPLETE;
	r->nothing_yet = code == EXIT_NOTHING && !r->complained;
	snprintf(r->why, sizeof(r->why), "exit code %lld%s%s", (long long)code,
		line[0] != '\0' ? ": " : "", line);
	return RUN_FAILED;
}

/* The process is gone.  Whatever it was asked to do, its exit counts only when
 * it ended by itself. */
static void
on_ended(void *ctx, int64_t code, int number)
{
	struct runner *r = ctx;

	/* It frees itself after this call. */
	r->child = NULL;
	warnings_end(r);
	r->result = exit_judge(r, code, number);
	runner_feed(r, SCHEDULE_EXITED);
	if (schedule_is_ended(&r->schedule))
		return;
	if (r->result == RUN_OK || r->result == RUN_INCOMPLETE)
		take(r);
	else
		run_bad(r);
}

/* What an earlier run left is removed before this one can leave anything. */
static int
child_begin(struct runner *r)
{
	const struct child_calls calls = {
		.line = on_line, .ended = on_ended, .ctx = r};
	struct arena *arena = arena_new(4096);
	char path[BOUND_PATH], **words = NULL;
	int err = ERR_NOMEM;

	(void)unlink(house_path(r->state_dir, HOUSE_RUN_SNAPSHOT, path));
	if (arena != NULL)
		words = command_run(arena, r->config, r->state_dir);
	if (words != NULL)
		err = child_start(r->loop, words, &calls, &r->child, r->why);
	else
		snprintf(r->why, sizeof(r->why), "%s", err_text(err));
	/* The child has its own copy since the spawn. */
	arena_free(arena);
	return err;
}

/* A child that cannot be started is a run that failed, like any other. */
static void
run_begin(struct runner *r)
{
	r->began = mono_now();
	r->error_line[0] = '\0';
	r->warn_line[0] = '\0';
	r->last_line[0] = '\0';
	r->complained = false;
	r->nothing_yet = false;
	r->warnings = 0;
	r->why[0] = '\0';
	r->early = r->calls.is_early(r->calls.ctx);
	r->facts->running = true;
	r->facts->started = wall_now();
	r->facts->starts++;
	log_event(r->log, LOG_LEVEL_INFO, "run", "start");
	if (child_begin(r) == 0)
		return;
	r->result = RUN_FAILED;
	runner_feed(r, SCHEDULE_EXITED);
	run_bad(r);
}

/* The schedule knows whether it is time. */
static void
on_timer(uv_timer_t *timer)
{
	runner_feed(timer->data, SCHEDULE_TICK);
}

/* Set the timer, and what people see, to what the schedule waits for. */
static void
timer_set(struct runner *r)
{
	struct mono at = schedule_deadline(&r->schedule);
	int64_t wait = mono_since(mono_now(), at);

	if (uv_is_closing((uv_handle_t *)&r->timer))
		return;
	/* A reload may come before the stored set is served. */
	if (!r->started && !schedule_is_ended(&r->schedule))
		return;
	if (schedule_is_ended(&r->schedule)) {
		uv_close((uv_handle_t *)&r->timer, NULL);
		return;
	}
	/* Deadlines of a run under way are nobody's business. */
	if (!schedule_is_busy(&r->schedule))
		r->facts->next = (struct wall){wall_now().s + wait / 1000};
	if (at.ms == INT64_MAX) {
		uv_timer_stop(&r->timer);
		return;
	}
	/* The loop's own idea of now may be old. */
	uv_update_time(r->loop);
	uv_timer_start(&r->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

/* Tell the schedule, do what it says. */
static void
runner_feed(struct runner *r, enum schedule_event event)
{
	enum schedule_state before = r->schedule.state;
	enum schedule_action action;
	int64_t gap = r->config->run_gap_ms;

	if (gap > BOUND_RUN_GAP_FIRST_MS &&
		r->calls.is_waited_for(r->calls.ctx))
		gap = BOUND_RUN_GAP_FIRST_MS;
	schedule_set_gap(&r->schedule, gap);
	action = schedule_step(&r->schedule, event, mono_now());

	if (r->schedule.state != before)
		log_event(r->log, LOG_LEVEL_DEBUG, "schedule", "%s -> %s",
			schedule_state_name(before),
			schedule_state_name(r->schedule.state));
	timer_set(r);
	switch (action) {
	case SCHEDULE_START:
		run_begin(r);
		break;
	case SCHEDULE_TERM:
		child_signal(r->child, SIGTERM);
		break;
	case SCHEDULE_KILL:
		child_signal(r->child, SIGKILL);
		break;
	case SCHEDULE_NOTHING:
		break;
	}
}

struct runner *
runner_new(uv_loop_t *loop, const struct runner_calls *calls,
	const struct log *log, struct run_facts *facts,
	const struct config *config)
{
	const struct schedule_config schedule = schedule_of(config);
	struct runner *r = calloc(1, sizeof(*r));
	/* Enough to keep a fleet out of step. */
	uint64_t seed = uv_hrtime();

	if (r == NULL)
		return NULL;
	r->loop = loop;
	r->calls = *calls;
	r->log = log;
	r->facts = facts;
	r->config = config;
	snprintf(r->state_dir, sizeof(r->state_dir), "%s", config->state_dir);
	uv_timer_init(loop, &r->timer);
	r->timer.data = r;
	schedule_init(&r->schedule, &schedule, (uint32_t)(seed ^ seed >> 32),
		mono_now());
	return r;
}

void
runner_start(struct runner *r)
{
	r->started = true;
	timer_set(r);
}

void
runner_configure(struct runner *r, const struct config *config)
{
	const struct schedule_config schedule = schedule_of(config);

	r->config = config;
	schedule_configure(&r->schedule, &schedule, mono_now());
	timer_set(r);
}

void
runner_demand(struct runner *r)
{
	/* Before the start a run is due anyway, and nobody is told twice. */
	if (r->started)
		runner_feed(r, SCHEDULE_DEMAND);
}

void
runner_news(struct runner *r)
{
	if (r->started)
		runner_feed(r, SCHEDULE_NEWS);
}

void
runner_stop(struct runner *r)
{
	runner_feed(r, SCHEDULE_STOP);
}

void
runner_kill(struct runner *r)
{
	if (r->child != NULL)
		child_signal(r->child, SIGKILL);
}

void
runner_free(struct runner *r)
{
	free(r);
}
