/*
 * tenure: one function an event; each sets the deadline of the state that it
 * leads to.
 */
#include "rtrd/keep/tenure.h"

#include "waymark/bounds.h"

enum {
	WAIT_MIN_MS = 1000,
	WAIT_MAX_MS = 60000,
	PROVEN_MS = 300000, /* of life: what ended it is new */
};

static const char *const state_names[] = {
#define TENURE_STATE_WORD(name, word) [TENURE_##name] = (word),
	TENURE_STATE_TABLE(TENURE_STATE_WORD)
#undef TENURE_STATE_WORD
};

static struct mono
after(struct mono now, int64_t ms)
{
	return (struct mono){now.ms + ms};
}

static const struct mono never = {INT64_MAX};

/* Enter a state that lasts until `deadline`. */
static void
enter(struct tenure *t, enum tenure_state state, struct mono deadline)
{
	t->state = state;
	t->deadline = deadline;
}

/* How long the next start waits. */
static int64_t
wait_ms(const struct tenure *t)
{
	int64_t ms = WAIT_MIN_MS;

	for (unsigned i = 1; i < t->losses && ms < WAIT_MAX_MS; i++)
		ms *= 2;
	return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}

void
tenure_init(struct tenure *t, int64_t silence_ms)
{
	*t = (struct tenure){
		.state = TENURE_OFF,
		.deadline = never,
		.silence_ms = silence_ms,
	};
}

bool
tenure_is_loss(const struct tenure *t)
{
	return t->state == TENURE_RUNNING || t->hung;
}

/* Ask the child to end; what comes after it is `next`. */
static enum tenure_action
stop(struct tenure *t, enum tenure_state next, struct mono now)
{
	bool asked = t->state == TENURE_STOPPING || t->state == TENURE_KILLED;

	/* Asked already: only what follows may have changed, and an end is for
	 * ever. */
	if (!asked || t->next != TENURE_ENDED)
		t->next = next;
	if (asked)
		return TENURE_NOTHING;
	enter(t, TENURE_STOPPING, after(now, BOUND_CHILD_STOP_MS));
	return TENURE_TERM;
}

static enum tenure_action
on_tick(struct tenure *t, struct mono now)
{
	switch (t->state) {
	case TENURE_WAITING:
		t->started = now;
		t->hung = false;
		enter(t, TENURE_RUNNING, after(now, t->silence_ms));
		return TENURE_START;
	case TENURE_RUNNING:
		t->hung = true;
		return stop(t, TENURE_WAITING, now);
	case TENURE_STOPPING:
		enter(t, TENURE_KILLED, never);
		return TENURE_KILL;
	case TENURE_OFF:
	case TENURE_KILLED:
	case TENURE_ENDED:
	case TENURE_STATES:
		break;
	}
	return TENURE_NOTHING;
}

/* What we stopped is followed by what was wished; what we lost, by another,
 * later and later. */
static enum tenure_action
on_exited(struct tenure *t, struct mono now)
{
	bool loss = tenure_is_loss(t);
	enum tenure_state next =
		t->state == TENURE_RUNNING ? TENURE_WAITING : t->next;

	if (mono_since(t->started, now) >= PROVEN_MS)
		t->losses = 0;
	t->losses += loss;
	if (next == TENURE_WAITING)
		enter(t, next, loss ? after(now, wait_ms(t)) : now);
	else
		enter(t, next, never);
	t->hung = false;
	return TENURE_NOTHING;
}

/* None is wanted: for now (OFF), or any more (ENDED). */
static enum tenure_action
on_stop(struct tenure *t, enum tenure_state next, struct mono now)
{
	switch (t->state) {
	case TENURE_OFF:
	case TENURE_WAITING:
		enter(t, next, never);
		return TENURE_NOTHING;
	case TENURE_RUNNING:
	case TENURE_STOPPING:
	case TENURE_KILLED:
		t->hung = false;
		return stop(t, next, now);
	case TENURE_ENDED:
	case TENURE_STATES:
		break;
	}
	return TENURE_NOTHING;
}

/* One is wanted; one that is being stopped is followed by another. */
static enum tenure_action
on_begin(struct tenure *t, struct mono now)
{
	if (t->state == TENURE_OFF)
		enter(t, TENURE_WAITING, now);
	else if (t->state == TENURE_STOPPING || t->state == TENURE_KILLED)
		t->next = t->next == TENURE_ENDED ? t->next : TENURE_WAITING;
	return TENURE_NOTHING;
}

/* Whatever kept the last one from living may be mended. */
static enum tenure_action
on_renew(struct tenure *t, struct mono now)
{
	t->losses = 0;
	if (t->state == TENURE_WAITING)
		t->deadline = now;
	return t->state == TENURE_RUNNING ? stop(t, TENURE_WAITING, now)
					  : TENURE_NOTHING;
}

enum tenure_action
tenure_step(struct tenure *t, enum tenure_event event, struct mono now)
{
	bool exists = t->state == TENURE_RUNNING ||
		t->state == TENURE_STOPPING || t->state == TENURE_KILLED;

	switch (event) {
	case TENURE_TICK:
		return now.ms < t->deadline.ms ? TENURE_NOTHING
					       : on_tick(t, now);
	case TENURE_BEGIN:
		return on_begin(t, now);
	case TENURE_HEARD:
		if (t->state == TENURE_RUNNING)
			t->deadline = after(now, t->silence_ms);
		return TENURE_NOTHING;
	case TENURE_RENEW:
		return on_renew(t, now);
	case TENURE_STOP:
		return on_stop(t, TENURE_OFF, now);
	case TENURE_END:
		return on_stop(t, TENURE_ENDED, now);
	case TENURE_EXITED:
		return exists ? on_exited(t, now) : TENURE_NOTHING;
	case TENURE_EVENTS:
		break;
	}
	return TENURE_NOTHING;
}

const char *
tenure_state_name(enum tenure_state state)
{
	return state < TENURE_STATES ? state_names[state] : "unknown";
}
