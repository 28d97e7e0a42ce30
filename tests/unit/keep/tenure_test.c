/*
 * tenure: every state with every event, and the stories of a child that is
 * lost, replaced, silent, stubborn.
 */
#include <criterion/criterion.h>

#include "rtrd/keep/tenure.h"
#include "waymark/bounds.h"

enum {
	SILENCE = 7200000
};

static struct mono
at(int64_t ms)
{
	return (struct mono){ms};
}

/* A tenure that is brought into a state by the shortest way, at time 0. */
static struct tenure
make(enum tenure_state state)
{
	struct tenure t;

	tenure_init(&t, SILENCE);
	if (state == TENURE_ENDED)
		tenure_step(&t, TENURE_END, at(0));
	if (state == TENURE_OFF || state == TENURE_ENDED)
		return t;
	tenure_step(&t, TENURE_BEGIN, at(0));
	if (state == TENURE_WAITING)
		return t;
	tenure_step(&t, TENURE_TICK, at(0));
	if (state == TENURE_RUNNING)
		return t;
	tenure_step(&t, TENURE_RENEW, at(0));
	if (state == TENURE_KILLED)
		tenure_step(&t, TENURE_TICK, at(BOUND_CHILD_STOP_MS));
	return t;
}

/* What each event leads to in each state, at a time when any deadline is
 * over. */
static const struct {
	enum tenure_state to;
	enum tenure_action action;
} expected[TENURE_STATES][TENURE_EVENTS] = {
#define TO(state) \
	{ \
		TENURE_##state, TENURE_NOTHING \
	}
#define DO(state, action) \
	{ \
		TENURE_##state, TENURE_##action \
	}
	/* TICK, BEGIN, HEARD, RENEW, STOP, END, EXITED */
	[TENURE_OFF] = {TO(OFF), TO(WAITING), TO(OFF), TO(OFF), TO(OFF),
		TO(ENDED), TO(OFF)},
	[TENURE_WAITING] = {DO(RUNNING, START), TO(WAITING), TO(WAITING),
		TO(WAITING), TO(OFF), TO(ENDED), TO(WAITING)},
	[TENURE_RUNNING] = {DO(STOPPING, TERM), TO(RUNNING), TO(RUNNING),
		DO(STOPPING, TERM), DO(STOPPING, TERM), DO(STOPPING, TERM),
		TO(WAITING)},
	[TENURE_STOPPING] = {DO(KILLED, KILL), TO(STOPPING), TO(STOPPING),
		TO(STOPPING), TO(STOPPING), TO(STOPPING), TO(WAITING)},
	[TENURE_KILLED] = {TO(KILLED), TO(KILLED), TO(KILLED), TO(KILLED),
		TO(KILLED), TO(KILLED), TO(WAITING)},
	[TENURE_ENDED] = {TO(ENDED), TO(ENDED), TO(ENDED), TO(ENDED), TO(ENDED),
		TO(ENDED), TO(ENDED)},
#undef TO
#undef DO
};

Test(tenure, every_event_in_every_state)
{
	for (int state = 0; state < TENURE_STATES; state++) {
		for (int event = 0; event < TENURE_EVENTS; event++) {
			struct tenure t = make((enum tenure_state)state);
			enum tenure_action action;

			cr_assert_eq((int)t.state, state);
			action = tenure_step(&t, (enum tenure_event)event,
				at(INT64_MAX / 2));
			cr_expect_eq(t.state, expected[state][event].to,
				"%s, event %d: to %s",
				tenure_state_name((enum tenure_state)state),
				event, tenure_state_name(t.state));
			cr_expect_eq(action, expected[state][event].action,
				"%s, event %d: action %d",
				tenure_state_name((enum tenure_state)state),
				event, (int)action);
		}
	}
}

/* Start it when it is due, lose it after `life_ms`; the wait that follows. */
static int64_t
lose(struct tenure *t, int64_t *now, int64_t life_ms)
{
	*now = t->deadline.ms > *now ? t->deadline.ms : *now;
	cr_assert_eq(tenure_step(t, TENURE_TICK, at(*now)), TENURE_START);
	*now += life_ms;
	cr_expect(tenure_is_loss(t));
	tenure_step(t, TENURE_EXITED, at(*now));
	cr_assert_eq(t->state, TENURE_WAITING);
	return t->deadline.ms - *now;
}

Test(tenure, later_and_later)
{
	static const int64_t waits[] = {
		1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	struct tenure t = make(TENURE_WAITING);
	int64_t now = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		cr_expect_eq(lose(&t, &now, 299999), waits[i], "loss %zu", i);
	cr_expect_eq(lose(&t, &now, 300000), 1000, "it lived long enough");
	cr_expect_eq(lose(&t, &now, 0), 2000);
}

Test(tenure, a_tick_before_its_time_does_nothing)
{
	struct tenure t = make(TENURE_WAITING);
	int64_t now = 0;

	(void)lose(&t, &now, 0);
	cr_expect_eq(tenure_step(&t, TENURE_TICK, at(999)), TENURE_NOTHING);
	cr_expect_eq(t.state, TENURE_WAITING);
	/* A reload does not wait. */
	tenure_step(&t, TENURE_RENEW, at(10));
	cr_expect_eq(tenure_step(&t, TENURE_TICK, at(10)), TENURE_START);
}

Test(tenure, one_that_is_replaced_is_no_loss)
{
	struct tenure t = make(TENURE_STOPPING);

	cr_expect_not(tenure_is_loss(&t));
	tenure_step(&t, TENURE_EXITED, at(100));
	cr_expect_eq(t.state, TENURE_WAITING);
	cr_expect_eq(t.deadline.ms, 100, "at once");
	cr_expect_eq(t.losses, 0);
}

Test(tenure, what_comes_after_a_stop)
{
	static const struct {
		enum tenure_event first, then;
		enum tenure_state to;
	} rows[] = {
		{TENURE_STOP, TENURE_HEARD, TENURE_OFF},
		{TENURE_STOP, TENURE_BEGIN, TENURE_WAITING},
		{TENURE_RENEW, TENURE_STOP, TENURE_OFF},
		{TENURE_RENEW, TENURE_END, TENURE_ENDED},
		{TENURE_END, TENURE_BEGIN, TENURE_ENDED},
		{TENURE_END, TENURE_STOP, TENURE_ENDED},
		{TENURE_TICK, TENURE_END, TENURE_ENDED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenure t = make(TENURE_RUNNING);

		cr_expect_eq(tenure_step(&t, rows[i].first, at(SILENCE)),
			TENURE_TERM, "row %zu", i);
		tenure_step(&t, rows[i].then, at(SILENCE));
		tenure_step(&t, TENURE_EXITED, at(SILENCE + 1));
		cr_expect_eq(t.state, rows[i].to, "row %zu: %s", i,
			tenure_state_name(t.state));
	}
}

Test(tenure, silence_is_a_loss)
{
	struct tenure t = make(TENURE_RUNNING);

	tenure_step(&t, TENURE_HEARD, at(1000));
	cr_expect_eq(tenure_step(&t, TENURE_TICK, at(SILENCE)), TENURE_NOTHING);
	cr_expect_eq(
		tenure_step(&t, TENURE_TICK, at(SILENCE + 1000)), TENURE_TERM);
	cr_expect(t.hung);
	cr_expect(tenure_is_loss(&t));
	tenure_step(&t, TENURE_EXITED, at(SILENCE + 1001));
	cr_expect_eq(t.deadline.ms, SILENCE + 2001);
	cr_expect_eq(t.losses, 1);
}
