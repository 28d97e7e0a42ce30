/*
 * schedule: one table of states and events, one function that changes them.
 *
 * A row says what an event does in a state; what is not in the table does
 * nothing.  Deadlines are set on entry to a state, so that no path can forget
 * one.
 */
#include <stddef.h>

#include "rtrd/keep/schedule.h"

static const char *const state_names[] = {
#define SCHEDULE_STATE_WORD(name, word) [SCHEDULE_##name] = (word),
	SCHEDULE_STATE_TABLE(SCHEDULE_STATE_WORD)
#undef SCHEDULE_STATE_WORD
};

/* What an event leads to. */
struct step {
	enum schedule_state state;
	enum schedule_event event;
	enum schedule_state to;
	enum schedule_action action;
};

static const struct step steps[] = {
	{SCHEDULE_WAITING, SCHEDULE_TICK, SCHEDULE_RUNNING, SCHEDULE_START},
	{SCHEDULE_WAITING, SCHEDULE_DEMAND, SCHEDULE_RUNNING, SCHEDULE_START},
	{SCHEDULE_WAITING, SCHEDULE_STOP, SCHEDULE_ENDED, SCHEDULE_NOTHING},
	{SCHEDULE_RUNNING, SCHEDULE_TICK, SCHEDULE_STOPPING, SCHEDULE_TERM},
	{SCHEDULE_RUNNING, SCHEDULE_EXITED, SCHEDULE_TAKING, SCHEDULE_NOTHING},
	{SCHEDULE_RUNNING, SCHEDULE_STOP, SCHEDULE_ENDING, SCHEDULE_TERM},
	{SCHEDULE_STOPPING, SCHEDULE_TICK, SCHEDULE_KILLED, SCHEDULE_KILL},
	{SCHEDULE_STOPPING, SCHEDULE_EXITED, SCHEDULE_TAKING, SCHEDULE_NOTHING},
	{SCHEDULE_STOPPING, SCHEDULE_STOP, SCHEDULE_ENDING, SCHEDULE_TERM},
	{SCHEDULE_KILLED, SCHEDULE_EXITED, SCHEDULE_TAKING, SCHEDULE_NOTHING},
	{SCHEDULE_KILLED, SCHEDULE_STOP, SCHEDULE_ENDING, SCHEDULE_KILL},
	{SCHEDULE_TAKING, SCHEDULE_GOOD, SCHEDULE_WAITING, SCHEDULE_NOTHING},
	{SCHEDULE_TAKING, SCHEDULE_BAD, SCHEDULE_WAITING, SCHEDULE_NOTHING},
	{SCHEDULE_TAKING, SCHEDULE_STOP, SCHEDULE_ENDED, SCHEDULE_NOTHING},
	{SCHEDULE_ENDING, SCHEDULE_TICK, SCHEDULE_ENDING, SCHEDULE_KILL},
	{SCHEDULE_ENDING, SCHEDULE_EXITED, SCHEDULE_ENDED, SCHEDULE_NOTHING},
};

/* Deadlines are absolute, so that a late look at them loses nothing. */
static struct mono
after(struct mono now, int64_t ms)
{
	return (struct mono){now.ms + ms};
}

/* For states that wait for an event, however long it takes. */
static struct mono
never(void)
{
	return (struct mono){INT64_MAX};
}

/* A number below `below` from a linear congruence: fleets must not run in
 * step, and a test must be able to repeat it. */
static int64_t
draw(struct schedule *s, int64_t below)
{
	s->seed = s->seed * 1664525U + 1013904223U;
	return below <= 0 ? 0 : (int64_t)(s->seed >> 8) % below;
}

/* From the end of a good run to the next. */
static int64_t
refresh_ms(struct schedule *s)
{
	int64_t tenth = s->config.refresh_ms / 10;

	if (!s->config.jitter)
		return s->config.refresh_ms;
	return s->config.refresh_ms - tenth + draw(s, 2 * tenth + 1);
}

/* From a failure to the next attempt. */
static int64_t
retry_ms(const struct schedule *s)
{
	int64_t ms = s->config.retry_ms;

	for (unsigned i = 1; i < s->failures && ms < s->config.refresh_ms; i++)
		ms *= 2;
	return ms < s->config.refresh_ms ? ms : s->config.refresh_ms;
}

static struct mono
earlier(struct mono a, struct mono b)
{
	return a.ms < b.ms ? a : b;
}

/* When news may start a run. */
static struct mono
gap_end(const struct schedule *s, struct mono now)
{
	struct mono end = after(s->start, s->config.gap_ms);

	return s->started && end.ms > now.ms ? end : now;
}

/* When the next run is due, now that one ended. */
static struct mono
next_run(struct schedule *s, enum schedule_event event, struct mono now)
{
	struct mono due;

	/* Only these two events lead here. */
	s->failures = event == SCHEDULE_BAD ? s->failures + 1 : 0;
	if (s->wanted)
		return now;
	due = after(now, s->failures > 0 ? retry_ms(s) : refresh_ms(s));
	return s->news ? earlier(due, gap_end(s, now)) : due;
}

/* The deadline that a state begins with. */
static struct mono
deadline_of(struct schedule *s, enum schedule_event event, struct mono now)
{
	switch (s->state) {
	case SCHEDULE_WAITING:
		return next_run(s, event, now);
	case SCHEDULE_RUNNING:
		return after(now, s->config.timeout_ms);
	case SCHEDULE_STOPPING:
		return after(now, s->config.stop_ms);
	case SCHEDULE_ENDING:
		return event == SCHEDULE_TICK ? never()
					      : after(now, s->config.stop_ms);
	case SCHEDULE_KILLED:
	case SCHEDULE_TAKING:
	case SCHEDULE_ENDED:
	case SCHEDULE_STATES:
		break;
	}
	return never();
}

/* NULL: the event means nothing in this state. */
static const struct step *
step_find(enum schedule_state state, enum schedule_event event)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].state == state && steps[i].event == event)
			return &steps[i];
	return NULL;
}

void
schedule_init(struct schedule *s, const struct schedule_config *config,
	uint32_t seed, struct mono now)
{
	*s = (struct schedule){
		.config = *config,
		.state = SCHEDULE_WAITING,
		.deadline = now,
		.seed = seed,
	};
}

void
schedule_configure(struct schedule *s, const struct schedule_config *config,
	struct mono now)
{
	struct mono latest;

	s->config = *config;
	latest = after(now, config->refresh_ms);
	if (s->state == SCHEDULE_WAITING)
		s->deadline = earlier(s->deadline, latest);
}

void
schedule_set_gap(struct schedule *s, int64_t gap_ms)
{
	s->config.gap_ms = gap_ms;
}

/* News only bring the next run forward; the deadline starts it, at once when
 * the gap is over. */
static enum schedule_action
news_step(struct schedule *s, struct mono now)
{
	s->news = s->state != SCHEDULE_ENDED;
	if (s->state != SCHEDULE_WAITING)
		return SCHEDULE_NOTHING;
	s->deadline = earlier(s->deadline, gap_end(s, now));
	return schedule_step(s, SCHEDULE_TICK, now);
}

enum schedule_action
schedule_step(struct schedule *s, enum schedule_event event, struct mono now)
{
	const struct step *step = step_find(s->state, event);

	if (event == SCHEDULE_NEWS)
		return news_step(s, now);
	if (event == SCHEDULE_TICK && now.ms < s->deadline.ms)
		return SCHEDULE_NOTHING;
	/* What is under way may have read what changed since. */
	if (event == SCHEDULE_DEMAND && schedule_is_busy(s))
		s->wanted = true;
	if (step == NULL)
		return SCHEDULE_NOTHING;
	/* The state before its deadline, which is of the new one. */
	s->state = step->to;
	s->deadline = deadline_of(s, event, now);
	if (step->action == SCHEDULE_START) {
		s->wanted = false;
		s->news = false;
		s->started = true;
		s->start = now;
		s->timed_out = false;
	}
	if (step->to == SCHEDULE_STOPPING)
		s->timed_out = true;
	return step->action;
}

struct mono
schedule_deadline(const struct schedule *s)
{
	return s->deadline;
}

bool
schedule_is_busy(const struct schedule *s)
{
	switch (s->state) {
	case SCHEDULE_RUNNING:
	case SCHEDULE_STOPPING:
	case SCHEDULE_KILLED:
	case SCHEDULE_TAKING:
	case SCHEDULE_ENDING:
		return true;
	case SCHEDULE_WAITING:
	case SCHEDULE_ENDED:
	case SCHEDULE_STATES:
		break;
	}
	return false;
}

bool
schedule_is_ended(const struct schedule *s)
{
	return s->state == SCHEDULE_ENDED;
}

const char *
schedule_state_name(enum schedule_state state)
{
	return state < SCHEDULE_STATES ? state_names[state] : "unknown";
}
