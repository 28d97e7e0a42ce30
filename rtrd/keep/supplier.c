/*
 * supplier: what the tenure decides is done here.
 *
 * One function feeds events to the tenure and does what it answers, so that
 * state, timer and process never disagree.
 *
 * Facts are told at their change only, and a repository that fails fails again
 * and again: the log has the first failure in a row and the end of it, and of
 * these no more than so many in a while.
 */
#include "rtrd/keep/supplier.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "rtrd/keep/child.h"
#include "rtrd/keep/command.h"
#include "rtrd/keep/fact.h"
#include "rtrd/keep/tenure.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	LINE_KEPT = 160, /* octets of a line of the child's */
	LINES_MS = 3600000, /* BOUND_CHILD_LINES are for so long */
	TELL_LINES = 200, /* about repositories, in: */
	TELL_MS = 600000,
};

struct supplier {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct supplier_calls calls;
	const struct log *log;
	struct fetch_facts *facts;
	struct repos *repos;
	const struct config *config;
	char state_dir[BOUND_PATH]; /* the one that is locked */
	struct tenure tenure;
	bool started;
	struct arena *arena; /* of the child's command line */
	char **words; /* NULL: there was no child yet */
	struct child *child; /* NULL: none */
	char why[256];
	char last_line[LINE_KEPT]; /* of its stderr; the first error, if any */
	bool last_is_error;
	bool tried; /* something was for the first time, since it settled */
	struct mono told_since; /* lines about repositories are counted */
	unsigned told;
};

static void supplier_feed(struct supplier *s, enum tenure_event event);

/* A child that has repositories says something at each attempt, and no attempt
 * is further away than that. */
static int64_t
silence_ms(const struct config *c)
{
	int64_t most = (int64_t)BOUND_BACKOFF_S * 1000;

	if (most < c->refresh_ms)
		most = c->refresh_ms;
	return 2 * most + (int64_t)c->fetch_timeout_s * 1000;
}

/* Facts. */

/* Whether one more line about a repository may be written. */
static bool
may_tell(struct supplier *s)
{
	struct mono now = mono_now();

	if (mono_since(s->told_since, now) >= TELL_MS) {
		s->told_since = now;
		s->told = 0;
	}
	return s->told++ < TELL_LINES;
}

/* What was known before this fact; of what was not, nothing. */
static void
facts_before(const struct supplier *s, const struct repo_facts *f,
	struct repo_facts *old)
{
	size_t at;

	if (repos_find(s->repos, f->uri, &at)) {
		for (; at < repos_count(s->repos); at++) {
			repos_get(s->repos, at, old, NULL);
			if (strcmp(old->uri, f->uri) != 0)
				break;
			if (old->kind == f->kind)
				return;
		}
	}
	*old = (struct repo_facts){0};
}

/* The first failure in a row and the success after it. */
static void
repo_tell(struct supplier *s, const struct repo_facts *f, uint64_t before)
{
	if (f->state == REPO_STATE_FAILED && before == 0 && may_tell(s))
		log_event(s->log, LOG_LEVEL_WARN, "repository",
			"failed kind=%s uri=%s reason=\"%s\"",
			repo_kind_name(f->kind), f->uri, f->reason);
	else if (f->state == REPO_STATE_OK && before > 0 && may_tell(s))
		log_event(s->log, LOG_LEVEL_INFO, "repository",
			"ok again kind=%s uri=%s failures=%llu",
			repo_kind_name(f->kind), f->uri,
			(unsigned long long)before);
}

static void
store_tell(struct supplier *s, const struct store_facts *now)
{
	if (now->full == s->facts->store.full)
		return;
	if (now->full)
		log_event(s->log, LOG_LEVEL_ERROR, "store",
			"full used=%llu budget=%llu: nothing more is fetched, "
			"what is served goes on",
			(unsigned long long)now->used,
			(unsigned long long)now->budget);
	else
		log_event(s->log, LOG_LEVEL_INFO, "store",
			"has room again used=%llu budget=%llu",
			(unsigned long long)now->used,
			(unsigned long long)now->budget);
}

static void
on_repo(struct supplier *s, const struct repo_facts *f)
{
	struct repo_facts old;
	int err;

	facts_before(s, f, &old);
	repo_tell(s, f, old.failures);
	/* One more failure of what fails is no news. */
	if ((f->state == REPO_STATE_FAILED && old.failures == 0) ||
		(f->success.s != 0 && old.success.s == 0))
		s->tried = true;
	if (f->state == REPO_STATE_FETCHING || f->state == REPO_STATE_NEW)
		s->facts->settled = false;
	err = repos_take(s->repos, f);
	if (err != 0)
		log_event(s->log, LOG_LEVEL_WARN, "repository",
			"not kept uri=%s reason=\"%s\"", f->uri, err_text(err));
	/* It changed also what cannot be kept for people. */
	if (f->changed)
		s->calls.news(s->calls.ctx);
}

/* What failed counts as tried from here on.  A child says so after each run,
 * as that has it read what is wanted: without more, that is nothing to run
 * for. */
static void
on_settled(struct supplier *s)
{
	repos_settle(s->repos);
	s->facts->settled = true;
	s->facts->settles++;
	if (s->tried)
		s->calls.settled(s->calls.ctx);
	s->tried = false;
}

static void
on_fact(struct supplier *s, const char *line)
{
	struct fact f;

	if (fact_read(line, &f) != 0) {
		log_event(s->log, LOG_LEVEL_DEBUG, "fetch", "%s", line);
		return;
	}
	switch (f.kind) {
	case FACT_REPO:
		on_repo(s, &f.repo);
		break;
	case FACT_STORE:
		store_tell(s, &f.store);
		s->facts->store = f.store;
		break;
	case FACT_SETTLED:
		on_settled(s);
		break;
	}
}

/* Keep the first error, or else the last line, to be quoted when it ends. */
static void
line_keep(struct supplier *s, const char *line, enum log_level level)
{
	if (s->last_is_error)
		return;
	s->last_is_error = level == LOG_LEVEL_ERROR;
	snprintf(s->last_line, sizeof(s->last_line), "%s", line);
	for (char *p = s->last_line; *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
}

static void
on_line(void *ctx, bool from_stderr, const char *line)
{
	struct supplier *s = ctx;
	enum log_level level;

	supplier_feed(s, TENURE_HEARD);
	if (!from_stderr) {
		on_fact(s, line);
		return;
	}
	line = child_line_strip(line, &level);
	line_keep(s, line, level);
	log_event(s->log, level, "fetch", "%s", line);
}

/* The end of a child. */

/* Why, in words. */
static void
end_judge(struct supplier *s, int64_t code, int number)
{
	const char *line = s->last_line;

	if (s->tenure.hung)
		snprintf(s->why, sizeof(s->why),
			"it said nothing for %lld s and was stopped",
			(long long)(s->tenure.silence_ms / 1000));
	else if (number != 0)
		snprintf(s->why, sizeof(s->why), "killed by signal %d (%s)",
			number, strsignal(number));
	else
		snprintf(s->why, sizeof(s->why), "exit code %lld%s%.150s",
			(long long)code, line[0] != '\0' ? ": " : "", line);
}

/* `s->why` says why; it may never have begun. */
static void
child_over(struct supplier *s)
{
	bool loss = tenure_is_loss(&s->tenure);
	int64_t wait;

	s->facts->running = false;
	s->facts->settled = false;
	s->facts->ended = wall_now();
	supplier_feed(s, TENURE_EXITED);
	if (!loss) {
		log_event(s->log, LOG_LEVEL_INFO, "fetch", "ended");
		return;
	}
	s->facts->losses++;
	snprintf(s->facts->reason, sizeof(s->facts->reason), "%s", s->why);
	wait = mono_since(mono_now(), s->tenure.deadline);
	log_event(s->log, LOG_LEVEL_ERROR, "fetch",
		"lost reason=\"%s\" next_start_ms=%lld: what is served goes on",
		s->why, (long long)wait);
}

static void
on_ended(void *ctx, int64_t code, int number)
{
	struct supplier *s = ctx;

	/* It frees itself after this call. */
	s->child = NULL;
	end_judge(s, code, number);
	child_over(s);
}

/* The start of one. */

/* Make its command line anew.  0 or ERR_NOMEM. */
static int
words_make(struct supplier *s)
{
	arena_free(s->arena);
	s->words = NULL;
	s->arena = arena_new(4096);
	if (s->arena != NULL)
		s->words = command_fetch(s->arena, s->config, s->state_dir);
	return s->words != NULL ? 0 : ERR_NOMEM;
}

/* A child that cannot be started is one that was lost, like any other. */
static void
child_begin(struct supplier *s)
{
	const struct child_calls calls = {
		.line = on_line,
		.ended = on_ended,
		.ctx = s,
		.listens = true,
		.facts = true,
		.lines_ms = LINES_MS,
	};
	int err = words_make(s);

	s->last_line[0] = '\0';
	s->last_is_error = false;
	s->tried = true;
	s->facts->running = true;
	s->facts->settled = false;
	s->facts->started = wall_now();
	s->facts->starts++;
	repos_begin(s->repos);
	if (err == 0)
		err = child_start(s->loop, s->words, &calls, &s->child, s->why);
	else
		snprintf(s->why, sizeof(s->why), "%s", err_text(err));
	if (err == 0)
		log_event(s->log, LOG_LEVEL_INFO, "fetch", "start");
	else
		child_over(s);
}

static void
on_timer(uv_timer_t *timer)
{
	supplier_feed(timer->data, TENURE_TICK);
}

/* Set the timer, and what people see, to what the tenure waits for. */
static void
timer_set(struct supplier *s)
{
	struct mono at = s->tenure.deadline;
	int64_t wait = mono_since(mono_now(), at);

	if (uv_is_closing((uv_handle_t *)&s->timer))
		return;
	if (s->tenure.state == TENURE_ENDED) {
		uv_close((uv_handle_t *)&s->timer, NULL);
		return;
	}
	s->facts->next = (struct wall){0};
	if (s->tenure.state == TENURE_WAITING)
		s->facts->next = (struct wall){wall_now().s + wait / 1000};
	if (at.ms == INT64_MAX) {
		uv_timer_stop(&s->timer);
		return;
	}
	/* The loop's own idea of now may be old. */
	uv_update_time(s->loop);
	uv_timer_start(&s->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

/* Tell the tenure, do what it says. */
static void
supplier_feed(struct supplier *s, enum tenure_event event)
{
	enum tenure_state before = s->tenure.state;
	enum tenure_action action = tenure_step(&s->tenure, event, mono_now());

	if (s->tenure.state != before)
		log_event(s->log, LOG_LEVEL_DEBUG, "tenure", "%s -> %s",
			tenure_state_name(before),
			tenure_state_name(s->tenure.state));
	timer_set(s);
	switch (action) {
	case TENURE_START:
		child_begin(s);
		break;
	case TENURE_TERM:
		child_signal(s->child, SIGTERM);
		break;
	case TENURE_KILL:
		child_signal(s->child, SIGKILL);
		break;
	case TENURE_NOTHING:
		break;
	}
}

/* One that does not take what it is told hangs: its successor will. */
static int
tell(struct supplier *s, const char *line)
{
	int err = s->child != NULL ? child_tell(s->child, line) : ERR_BUSY;

	if (err == 0 || s->child == NULL)
		return err;
	log_event(s->log, LOG_LEVEL_WARN, "fetch",
		"it does not take \"%.60s\": %s", line, err_text(err));
	child_signal(s->child, SIGKILL);
	return ERR_BUSY;
}

struct supplier *
supplier_new(uv_loop_t *loop, const struct supplier_calls *calls,
	const struct log *log, const struct config *config)
{
	struct supplier *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->calls = *calls;
	s->log = log;
	s->facts = calls->facts;
	s->repos = calls->repos;
	s->config = config;
	snprintf(s->state_dir, sizeof(s->state_dir), "%s", config->state_dir);
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	tenure_init(&s->tenure, silence_ms(config));
	s->facts->wanted = config_fetches(config);
	return s;
}

void
supplier_start(struct supplier *s)
{
	if (s->started)
		return;
	s->started = true;
	if (config_fetches(s->config))
		supplier_feed(s, TENURE_BEGIN);
}

/* Whether the child that is there would be told something else. */
static bool
is_other(const struct supplier *s, const struct config *config)
{
	struct arena *arena = arena_new(4096);
	char **words = NULL;
	bool other = true;

	if (arena != NULL)
		words = command_fetch(arena, config, s->state_dir);
	if (words != NULL && s->words != NULL)
		other = !command_is_same(words, s->words);
	arena_free(arena);
	return other;
}

void
supplier_configure(struct supplier *s, const struct config *config)
{
	bool other = is_other(s, config);

	s->config = config;
	s->tenure.silence_ms = silence_ms(config);
	s->facts->wanted = config_fetches(config);
	if (!s->started)
		return;
	if (!config_fetches(config)) {
		supplier_feed(s, TENURE_STOP);
		return;
	}
	supplier_feed(s, TENURE_BEGIN);
	/* Who reads the configuration again may have mended what keeps a child
	 * from living. */
	if (other || s->tenure.state == TENURE_WAITING)
		supplier_feed(s, TENURE_RENEW);
}

void
supplier_wanted(struct supplier *s)
{
	(void)tell(s, "wanted");
}

int
supplier_refresh(struct supplier *s, const char *uri)
{
	char line[BOUND_URI + 16];
	size_t ignored;

	if (uri != NULL && !repos_find(s->repos, uri, &ignored))
		return ERR_NOTFOUND;
	if (uri == NULL)
		return tell(s, "refresh");
	snprintf(line, sizeof(line), "refresh %s", uri);
	return tell(s, line);
}

void
supplier_stop(struct supplier *s)
{
	supplier_feed(s, TENURE_END);
}

void
supplier_kill(struct supplier *s)
{
	if (s->child != NULL)
		child_signal(s->child, SIGKILL);
}

void
supplier_free(struct supplier *s)
{
	if (s == NULL)
		return;
	arena_free(s->arena);
	free(s);
}
