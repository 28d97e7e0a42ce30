/*
 * gate: a queue and a purse.
 *
 * The purse fills with one microsecond for each BOUND_TLS_SHARE that pass, up
 * to BOUND_TLS_BURST_US; what a step has cost is taken out when it is known,
 * so it can be overdrawn by the steps that were let in together, and those are
 * few.
 */
#include "rtrd/net/gate.h"

#include <string.h>

#include "waymark/bounds.h"

_Static_assert(BOUND_TLS_PER_SOURCE < UINT8_MAX, "by_source counts them");

void
gate_init(struct gate *g, uint64_t seed, int64_t now_us)
{
	*g = (struct gate){
		.seed = seed, .budget_us = BOUND_TLS_BURST_US, .at_us = now_us};
	TAILQ_INIT(&g->queue);
}

/* Every bit of a number moves every bit of what comes out (the last step of
 * SplitMix64). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void
gate_pass_init(const struct gate *g, struct gate_pass *p, void *owner,
	const uint8_t source[GATE_SOURCE])
{
	uint64_t half[GATE_SOURCE / sizeof(uint64_t)];
	uint64_t hash = g->seed;

	memcpy(half, source, sizeof(half));
	for (size_t i = 0; i < sizeof(half) / sizeof(half[0]); i++)
		hash = mix(hash ^ half[i]);
	*p = (struct gate_pass){
		.owner = owner, .bucket = (size_t)(hash % GATE_BUCKETS)};
}

/* What there is to use by now. */
static int64_t
budget_at(const struct gate *g, int64_t now_us)
{
	int64_t us = g->budget_us + (now_us - g->at_us) / BOUND_TLS_SHARE;

	return us < BOUND_TLS_BURST_US ? us : BOUND_TLS_BURST_US;
}

/* What is too short to count is left for the next time. */
static bool
has_time(struct gate *g, int64_t now_us)
{
	g->budget_us = budget_at(g, now_us);
	g->at_us = now_us - (now_us - g->at_us) % BOUND_TLS_SHARE;
	return g->budget_us > 0 && g->called < BOUND_TLS_STEPS;
}

/* Whether there is a place, or it has one. */
static bool
has_place(const struct gate *g, const struct gate_pass *p)
{
	return p->inside ||
		(g->taken < BOUND_TLS_HANDSHAKES &&
			g->by_source[p->bucket] < BOUND_TLS_PER_SOURCE);
}

/* It is its turn. */
static void
call(struct gate *g, struct gate_pass *p)
{
	if (!p->inside) {
		g->taken++;
		g->by_source[p->bucket]++;
	}
	p->inside = true;
	p->called = true;
	g->called++;
}

bool
gate_enter(struct gate *g, struct gate_pass *p, int64_t now_us)
{
	if (p->called)
		return true;
	/* Nobody overtakes those that wait. */
	if (TAILQ_EMPTY(&g->queue) && has_time(g, now_us) && has_place(g, p)) {
		call(g, p);
		return true;
	}
	p->waiting = true;
	TAILQ_INSERT_TAIL(&g->queue, p, in_queue);
	return false;
}

static void
turn_over(struct gate *g, struct gate_pass *p)
{
	if (p->called)
		g->called--;
	p->called = false;
}

void
gate_used(struct gate *g, struct gate_pass *p, int64_t us)
{
	turn_over(g, p);
	g->budget_us -= us;
}

void
gate_leave(struct gate *g, struct gate_pass *p)
{
	turn_over(g, p);
	if (p->waiting)
		TAILQ_REMOVE(&g->queue, p, in_queue);
	if (p->inside) {
		g->taken--;
		g->by_source[p->bucket]--;
	}
	p->waiting = false;
	p->inside = false;
}

struct gate_pass *
gate_next(struct gate *g, int64_t now_us)
{
	struct gate_pass *p;

	if (!has_time(g, now_us))
		return NULL;
	TAILQ_FOREACH(p, &g->queue, in_queue)
	if (has_place(g, p))
		break;
	if (p == NULL)
		return NULL;
	TAILQ_REMOVE(&g->queue, p, in_queue);
	p->waiting = false;
	call(g, p);
	return p;
}

struct gate_pass *
gate_first(const struct gate *g, int64_t now_us, int64_t *wait_us)
{
	int64_t lacks = 1 - budget_at(g, now_us);

	*wait_us = lacks > 0 ? lacks * BOUND_TLS_SHARE : 0;
	return TAILQ_FIRST(&g->queue);
}
