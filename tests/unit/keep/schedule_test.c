/*
 * schedule: every state with every event, and the stories of a run that is
 * good, bad, too long, asked for, stopped.
 */
#include <criterion/criterion.h>

#include "rtrd/keep/schedule.h"

static const struct schedule_config CONFIG = {
	.refresh_ms = 600000,
	.timeout_ms = 3600000,
	.stop_ms = 2000,
	.retry_ms = 10000,
};

static struct mono
at(int64_t ms)
{
	return (struct mono){ms};
}

/* A schedule that is brought into a state by the shortest way, at time 0. */
static struct schedule
make(enum schedule_state state)
{
	struct schedule s;

	schedule_init(&s, &CONFIG, 1, at(0));
	if (state == SCHEDULE_WAITING || state == SCHEDULE_ENDED) {
		if (state == SCHEDULE_ENDED)
			schedule_step(&s, SCHEDULE_STOP, at(0));
		return s;
	}
	schedule_step(&s, SCHEDULE_TICK, at(0));
	if (state == SCHEDULE_STOPPING || state == SCHEDULE_KILLED)
		schedule_step(&s, SCHEDULE_TICK, at(CONFIG.timeout_ms));
	if (state == SCHEDULE_KILLED)
		schedule_step(&s, SCHEDULE_TICK,
			at(CONFIG.timeout_ms + CONFIG.stop_ms));
	if (state == SCHEDULE_TAKING)
		schedule_step(&s, SCHEDULE_EXITED, at(0));
	if (state == SCHEDULE_ENDING)
		schedule_step(&s, SCHEDULE_STOP, at(0));
	return s;
}

/* What each event leads to in each state, at a time when any deadline is
 * over. */
static const struct {
	enum schedule_state to;
	enum schedule_action action;
} expected[SCHEDULE_STATES][SCHEDULE_EVENTS] = {
#define STAYS(state) \
	{ \
		SCHEDULE_##state, SCHEDULE_NOTHING \
	}
#define GOES(state, action) \
	{ \
		SCHEDULE_##state, SCHEDULE_##action \
	}
	/* TICK, DEMAND, NEWS, EXITED, GOOD, BAD, STOP */
	[SCHEDULE_WAITING] = {GOES(RUNNING, START), GOES(RUNNING, START),
		GOES(RUNNING, START), STAYS(WAITING), STAYS(WAITING),
		STAYS(WAITING), STAYS(ENDED)},
	[SCHEDULE_RUNNING] = {GOES(STOPPING, TERM), STAYS(RUNNING),
		STAYS(RUNNING), STAYS(TAKING), STAYS(RUNNING), STAYS(RUNNING),
		GOES(ENDING, TERM)},
	[SCHEDULE_STOPPING] = {GOES(KILLED, KILL), STAYS(STOPPING),
		STAYS(STOPPING), STAYS(TAKING), STAYS(STOPPING),
		STAYS(STOPPING), GOES(ENDING, TERM)},
	[SCHEDULE_KILLED] = {STAYS(KILLED), STAYS(KILLED), STAYS(KILLED),
		STAYS(TAKING), STAYS(KILLED), STAYS(KILLED),
		GOES(ENDING, KILL)},
	[SCHEDULE_TAKING] = {STAYS(TAKING), STAYS(TAKING), STAYS(TAKING),
		STAYS(TAKING), STAYS(WAITING), STAYS(WAITING), STAYS(ENDED)},
	[SCHEDULE_ENDING] = {GOES(ENDING, KILL), STAYS(ENDING), STAYS(ENDING),
		STAYS(ENDED), STAYS(ENDING), STAYS(ENDING), STAYS(ENDING)},
	[SCHEDULE_ENDED] = {STAYS(ENDED), STAYS(ENDED), STAYS(ENDED),
		STAYS(ENDED), STAYS(ENDED), STAYS(ENDED), STAYS(ENDED)},
#undef STAYS
#undef GOES
};

Test(schedule, every_event_in_every_state)
{
	for (int state = 0; state < SCHEDULE_STATES; state++) {
		for (int event = 0; event < SCHEDULE_EVENTS; event++) {
			struct schedule s = make((enum schedule_state)state);
			enum schedule_action action;

			cr_assert_eq((int)s.state, state, "made %s, not %s",
				schedule_state_name(s.state),
				schedule_state_name(
					(enum schedule_state)state));
			action = schedule_step(&s, (enum schedule_event)event,
				at(INT64_MAX / 2));
			cr_expect_eq(s.state, expected[state][event].to,
				"%s, event %d: to %s",
				schedule_state_name((enum schedule_state)state),
				event, schedule_state_name(s.state));
			cr_expect_eq(action, expected[state][event].action,
				"%s, event %d: action %d",
				schedule_state_name((enum schedule_state)state),
				event, (int)action);
		}
	}
}

Test(schedule, a_tick_before_its_time_does_nothing)
{
	struct schedule s;

	schedule_init(&s, &CONFIG, 1, at(1000));
	cr_expect_eq(
		schedule_step(&s, SCHEDULE_TICK, at(999)), SCHEDULE_NOTHING);
	cr_expect_eq(s.state, SCHEDULE_WAITING);
	cr_expect_eq(
		schedule_step(&s, SCHEDULE_TICK, at(1000)), SCHEDULE_START);
	cr_expect_eq(schedule_deadline(&s).ms, 1000 + CONFIG.timeout_ms);
}

Test(schedule, a_good_run_is_followed_after_the_refresh)
{
	struct schedule s = make(SCHEDULE_TAKING);

	schedule_step(&s, SCHEDULE_GOOD, at(5000));
	cr_expect_eq(schedule_deadline(&s).ms, 5000 + CONFIG.refresh_ms);
	cr_expect_not(schedule_is_busy(&s));
}

Test(schedule, the_refresh_varies_by_a_tenth)
{
	struct schedule_config config = CONFIG;
	int64_t least = INT64_MAX, most = 0;

	config.jitter = true;
	for (uint32_t seed = 0; seed < 1000; seed++) {
		struct schedule s;
		int64_t wait;

		schedule_init(&s, &config, seed, at(0));
		schedule_step(&s, SCHEDULE_TICK, at(0));
		schedule_step(&s, SCHEDULE_EXITED, at(0));
		schedule_step(&s, SCHEDULE_GOOD, at(0));
		wait = schedule_deadline(&s).ms;
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	cr_expect_geq(least, 540000);
	cr_expect_leq(most, 660000);
	cr_expect_lt(least, 545000);
	cr_expect_gt(most, 655000);
}

Test(schedule, failures_are_tried_again_ever_later)
{
	static const int64_t waits[] = {
		10000, 20000, 40000, 80000, 160000, 320000, 600000, 600000};
	struct schedule s;
	int64_t now = 0;

	schedule_init(&s, &CONFIG, 1, at(0));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		cr_assert_eq(schedule_step(&s, SCHEDULE_TICK, at(now)),
			SCHEDULE_START);
		schedule_step(&s, SCHEDULE_EXITED, at(now));
		schedule_step(&s, SCHEDULE_BAD, at(now));
		cr_expect_eq(schedule_deadline(&s).ms - now, waits[i]);
		now = schedule_deadline(&s).ms;
	}
	schedule_step(&s, SCHEDULE_TICK, at(now));
	schedule_step(&s, SCHEDULE_EXITED, at(now));
	schedule_step(&s, SCHEDULE_GOOD, at(now));
	cr_expect_eq(schedule_deadline(&s).ms - now, CONFIG.refresh_ms);
	cr_expect_eq(s.failures, 0);
}

Test(schedule, a_retry_is_never_later_than_the_refresh)
{
	struct schedule_config config = CONFIG;
	struct schedule s;

	config.refresh_ms = 2000;
	schedule_init(&s, &config, 1, at(0));
	schedule_step(&s, SCHEDULE_TICK, at(0));
	schedule_step(&s, SCHEDULE_EXITED, at(0));
	schedule_step(&s, SCHEDULE_BAD, at(0));
	cr_expect_eq(schedule_deadline(&s).ms, 2000);
}

Test(schedule, demands_during_a_run_make_one_more)
{
	struct schedule s = make(SCHEDULE_RUNNING);

	for (int i = 0; i < 100; i++)
		cr_assert_eq(schedule_step(&s, SCHEDULE_DEMAND, at(i)),
			SCHEDULE_NOTHING);
	schedule_step(&s, SCHEDULE_EXITED, at(200));
	schedule_step(&s, SCHEDULE_DEMAND, at(201));
	schedule_step(&s, SCHEDULE_GOOD, at(202));
	cr_expect_eq(schedule_deadline(&s).ms, 202, "not at once");
	cr_expect_eq(schedule_step(&s, SCHEDULE_TICK, at(202)), SCHEDULE_START);
	schedule_step(&s, SCHEDULE_EXITED, at(300));
	schedule_step(&s, SCHEDULE_GOOD, at(300));
	cr_expect_eq(schedule_deadline(&s).ms, 300 + CONFIG.refresh_ms);
}

Test(schedule, a_demand_is_not_lost_in_a_failure)
{
	struct schedule s = make(SCHEDULE_RUNNING);

	schedule_step(&s, SCHEDULE_DEMAND, at(1));
	schedule_step(&s, SCHEDULE_EXITED, at(2));
	schedule_step(&s, SCHEDULE_BAD, at(3));
	cr_expect_eq(schedule_deadline(&s).ms, 3);
}

Test(schedule, a_run_that_hangs_is_asked_then_killed)
{
	struct schedule s = make(SCHEDULE_RUNNING);
	int64_t end = CONFIG.timeout_ms;

	cr_expect_eq(schedule_step(&s, SCHEDULE_TICK, at(end - 1)),
		SCHEDULE_NOTHING);
	cr_expect_eq(schedule_step(&s, SCHEDULE_TICK, at(end)), SCHEDULE_TERM);
	cr_expect(s.timed_out);
	cr_expect_eq(schedule_deadline(&s).ms, end + CONFIG.stop_ms);
	cr_expect_eq(schedule_step(&s, SCHEDULE_TICK, at(end + 1999)),
		SCHEDULE_NOTHING);
	cr_expect_eq(schedule_step(&s, SCHEDULE_TICK, at(end + 2000)),
		SCHEDULE_KILL);
	cr_expect_eq(schedule_deadline(&s).ms, INT64_MAX);
	schedule_step(&s, SCHEDULE_EXITED, at(end + 2001));
	schedule_step(&s, SCHEDULE_BAD, at(end + 2002));
	schedule_step(&s, SCHEDULE_TICK, at(end + 20000));
	cr_expect_eq(s.state, SCHEDULE_RUNNING);
	cr_expect_not(s.timed_out, "a new run has its own time");
}

Test(schedule, a_stop_asks_once_and_kills_once)
{
	struct schedule s = make(SCHEDULE_RUNNING);

	cr_expect_eq(schedule_step(&s, SCHEDULE_STOP, at(10)), SCHEDULE_TERM);
	cr_expect_eq(
		schedule_step(&s, SCHEDULE_STOP, at(11)), SCHEDULE_NOTHING);
	cr_expect_eq(schedule_step(&s, SCHEDULE_TICK, at(2010)), SCHEDULE_KILL);
	cr_expect_eq(schedule_deadline(&s).ms, INT64_MAX);
	cr_expect_not(schedule_is_ended(&s));
	schedule_step(&s, SCHEDULE_EXITED, at(2011));
	cr_expect(schedule_is_ended(&s));
}

Test(schedule, a_shorter_refresh_brings_the_next_run_nearer)
{
	struct schedule s = make(SCHEDULE_TAKING);
	struct schedule_config config = CONFIG;

	schedule_step(&s, SCHEDULE_GOOD, at(0));
	config.refresh_ms = 60000;
	schedule_configure(&s, &config, at(1000));
	cr_expect_eq(schedule_deadline(&s).ms, 61000);
	config.refresh_ms = 900000;
	schedule_configure(&s, &config, at(2000));
	cr_expect_eq(schedule_deadline(&s).ms, 61000, "a longer one does not");
}

/* A schedule whose first run began at 0 and was good at 2000. */
static struct schedule
waiting(int64_t gap_ms)
{
	struct schedule s;

	schedule_init(&s, &CONFIG, 1, at(0));
	schedule_set_gap(&s, gap_ms);
	schedule_step(&s, SCHEDULE_TICK, at(0));
	schedule_step(&s, SCHEDULE_EXITED, at(1000));
	schedule_step(&s, SCHEDULE_GOOD, at(2000));
	return s;
}

Test(schedule, news_wait_for_the_gap)
{
	struct schedule s = waiting(10000);

	for (int64_t ms = 3000; ms < 10000; ms += 1000) {
		cr_expect_eq(schedule_step(&s, SCHEDULE_NEWS, at(ms)),
			SCHEDULE_NOTHING);
		cr_expect_eq(schedule_deadline(&s).ms, 10000);
	}
	cr_expect_eq(
		schedule_step(&s, SCHEDULE_TICK, at(10000)), SCHEDULE_START);
	cr_expect_not(s.news, "all of them are answered");
}

Test(schedule, news_after_the_gap_do_not_wait)
{
	struct schedule s = waiting(10000);

	cr_expect_eq(
		schedule_step(&s, SCHEDULE_NEWS, at(10000)), SCHEDULE_START);
	s = waiting(0);
	cr_expect_eq(
		schedule_step(&s, SCHEDULE_NEWS, at(2000)), SCHEDULE_START);
}

/* News that come during a run are for the next one, when the gap is over. */
Test(schedule, news_during_a_run)
{
	static const int64_t ends[] = {3000, 30000};

	for (int i = 0; i < 2; i++) {
		struct schedule s;

		schedule_init(&s, &CONFIG, 1, at(0));
		schedule_set_gap(&s, 10000);
		schedule_step(&s, SCHEDULE_TICK, at(0));
		for (int k = 0; k < 3; k++)
			cr_expect_eq(schedule_step(&s, SCHEDULE_NEWS, at(1)),
				SCHEDULE_NOTHING);
		schedule_step(&s, SCHEDULE_EXITED, at(2000));
		schedule_step(&s, SCHEDULE_NEWS, at(2500));
		schedule_step(
			&s, i == 0 ? SCHEDULE_GOOD : SCHEDULE_BAD, at(ends[i]));
		cr_expect_eq(
			schedule_deadline(&s).ms, i == 0 ? 10000 : ends[i]);
	}
}

Test(schedule, a_person_does_not_wait_for_the_gap)
{
	struct schedule s = waiting(10000);

	schedule_step(&s, SCHEDULE_NEWS, at(3000));
	cr_expect_eq(
		schedule_step(&s, SCHEDULE_DEMAND, at(3001)), SCHEDULE_START);
	/* Nor is what was asked for meanwhile forgotten. */
	schedule_step(&s, SCHEDULE_DEMAND, at(3002));
	schedule_step(&s, SCHEDULE_EXITED, at(3003));
	schedule_step(&s, SCHEDULE_GOOD, at(3004));
	cr_expect_eq(schedule_deadline(&s).ms, 3004);
}

/* The refresh comes when it is due, news or not. */
Test(schedule, news_never_put_a_run_off)
{
	struct schedule s = waiting(700000);
	int64_t due = schedule_deadline(&s).ms;

	schedule_step(&s, SCHEDULE_NEWS, at(3000));
	cr_expect_eq(schedule_deadline(&s).ms, due);
	schedule_set_gap(&s, 5000);
	schedule_step(&s, SCHEDULE_NEWS, at(3001));
	cr_expect_eq(schedule_deadline(&s).ms, 5000, "a shorter gap");
}

Test(schedule, names)
{
	cr_expect_str_eq(schedule_state_name(SCHEDULE_WAITING), "waiting");
	cr_expect_str_eq(schedule_state_name(SCHEDULE_ENDED), "ended");
	cr_expect_str_eq(schedule_state_name(SCHEDULE_STATES), "unknown");
}
