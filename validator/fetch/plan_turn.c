/*
 * plan_turn: who is due, who may start, and what comes of an end.
 *
 *	success    the next attempt after refresh, give or take a tenth
 *	failures   with data: refresh, twice that, four times ... up to an hour
 *	           without: 60 s, 120 s, 240 s ... up to an hour
 *	fallback   the other one fails: at once when it never had anything, else
 *	           after a time drawn between 600 and 3600 s, as all validators
 *	           see a server fail in one moment
 *
 * With a refresh shorter than is usual, these times are shorter too.
 */
#include <assert.h>

#include "validator/fetch/plan_inner.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

static const unsigned transport_slots[PLAN_TRANSPORTS] = {
	[PLAN_HTTP] = BOUND_HTTP_JOBS,
	[PLAN_RSYNC] = BOUND_RSYNC_JOBS,
};

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The next number of this plan's own sequence, from 0 to `n` - 1 (splitmix64).
 * Nobody gains by guessing it: it spreads load. */
static int64_t
draw(struct plan *p, int64_t n)
{
	uint64_t z = p->config.seed + ++p->draws * 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (int64_t)((z ^ (z >> 31)) % (uint64_t)n);
}

/* From the end of an attempt to the next one. */
static int64_t
pause_ms(struct plan *p, const struct plan_repo *r)
{
	int64_t refresh = p->config.refresh_ms, base = refresh;
	int64_t longest = most(refresh, INT64_C(1000) * BOUND_BACKOFF_S);

	if (r->failures > 0 && !r->succeeded)
		base = least(base, INT64_C(1000) * BOUND_NEW_RETRY_S);
	for (uint64_t i = 1; i < r->failures && base < longest; i++)
		base *= 2;
	/* So that the longest stays the longest with its jitter. */
	if (r->failures > 0)
		base = least(base, longest - longest / 11);
	return base - base / 10 + draw(p, base / 5 + 1);
}

static int64_t
fallback_ms(struct plan *p)
{
	int64_t low = least(
		p->config.refresh_ms, INT64_C(1000) * BOUND_FALLBACK_MIN_S);
	int64_t high = least(
		p->config.refresh_ms * 6, INT64_C(1000) * BOUND_FALLBACK_MAX_S);

	return low + draw(p, high - low + 1);
}

void
plan_resume(struct plan *p, struct plan_repo *r, const struct plan_past *past,
	struct mono now)
{
	r->attempted = past->attempt_ms >= 0;
	r->succeeded = past->success_ms >= 0;
	r->due_ms = now.ms;
	r->failures = past->failures;
	if (r->succeeded)
		r->success_ms = now.ms - past->success_ms;
	if (!r->attempted)
		return;
	r->due_ms = now.ms - past->attempt_ms + pause_ms(p, r);
	if (past->elapsed_ms > BOUND_SLOW_MS)
		r->slow = BOUND_SLOW_MEMORY;
	if (r->failures == 0)
		return;
	/* When it began to fail is not on record: an interval after it last
	 * worked, and not after its last attempt. */
	r->failing_ms = now.ms - past->attempt_ms;
	if (r->succeeded)
		r->failing_ms = least(
			r->failing_ms, r->success_ms + p->config.refresh_ms);
	r->fallback_ms = fallback_ms(p);
}

/* Since when a line has its repository wanted. */
static int64_t
link_from(const struct plan_link *l)
{
	const struct plan_repo *after = l->after;

	if (after == NULL)
		return INT64_MIN;
	if (after->off)
		return after->from_ms;
	if (after->failures == 0)
		return PLAN_NEVER;
	if (!after->succeeded)
		return after->from_ms;
	return most(after->from_ms, after->failing_ms + after->fallback_ms);
}

void
plan_link(struct plan *p)
{
	bool moved = true;

	for (size_t i = 0; i < p->repos.n; i++) {
		p->repos.at[i]->from_ms = PLAN_NEVER;
		p->repos.at[i]->vouched_ms = INT64_MIN;
	}
	/* The places of a trust anchor stand behind one another, so what one
	 * line says can depend on a later one. */
	for (int pass = 0; moved && pass < BOUND_TAL_URIS; pass++) {
		moved = false;
		for (size_t i = 0; i < p->links.n; i++) {
			struct plan_link *l = &p->links.at[i];
			int64_t from = link_from(l);

			if (l->after != NULL && l->after->succeeded)
				l->repo->vouched_ms = most(l->repo->vouched_ms,
					l->after->success_ms);
			if (from >= l->repo->from_ms)
				continue;
			l->repo->from_ms = from;
			moved = true;
		}
	}
	p->stirred = true;
}

int64_t
plan_next_ms(const struct plan_repo *r)
{
	if (!r->wanted || r->off || r->phase == PLAN_RUNNING)
		return PLAN_NEVER;
	return most(r->due_ms, r->from_ms);
}

enum repo_state
plan_state(const struct plan_repo *r, struct mono now)
{
	if (r->phase == PLAN_RUNNING)
		return REPO_STATE_FETCHING;
	if (!r->wanted)
		return REPO_STATE_UNWANTED;
	if (r->from_ms > now.ms)
		return REPO_STATE_SPARE;
	if (r->off)
		return REPO_STATE_FAILED;
	if (!r->attempted)
		return REPO_STATE_NEW;
	return r->failures > 0 ? REPO_STATE_FAILED : REPO_STATE_OK;
}

/* What a trust anchor names itself is as well known as the anchor. */
static bool
is_home(const struct plan_repo *r)
{
	return r->kind == REPO_TA || r->delegation[0] == '\0';
}

static unsigned
traits(const struct plan_repo *r, struct mono now)
{
	int64_t since = now.ms - INT64_C(1000) * BOUND_REPO_KNOWN_S;
	bool known = is_home(r) || r->vouched_ms >= since ||
		(r->succeeded && r->success_ms >= since);

	return (known ? 0U : SLOTS_UNKNOWN) | (r->slow > 0 ? SLOTS_SLOW : 0U);
}

static bool
has_room(const struct plan *p, const struct plan_repo *r, unsigned t)
{
	unsigned cap = transport_slots[r->transport];
	const struct plan_group *delegation = r->groups[PLAN_BY_DELEGATION];
	const struct plan_group *host = r->groups[PLAN_BY_HOST];

	return slots_admit(&p->pool[r->transport], cap, t) &&
		slots_admit(&host->slots[0], BOUND_HOST_JOBS, t) &&
		(is_home(r) ||
			slots_admit(&delegation->slots[r->transport],
				cap / BOUND_DELEGATION_SHARE, t));
}

/* Known and quick, slow, unknown. */
static int
rank(unsigned t)
{
	if ((t & SLOTS_UNKNOWN) != 0)
		return 2;
	return t != 0 ? 1 : 0;
}

/* Whether `a` goes before `b`: see plan.h for the order. */
static bool
goes_first(const struct plan_repo *a, unsigned ta, const struct plan_repo *b,
	unsigned tb)
{
	if (rank(ta) != rank(tb))
		return rank(ta) < rank(tb);
	for (int by = PLAN_BY_TA; by <= PLAN_BY_DELEGATION; by++) {
		if (a->groups[by]->turn != b->groups[by]->turn)
			return a->groups[by]->turn < b->groups[by]->turn;
	}
	return plan_next_ms(a) < plan_next_ms(b);
}

/* What runs for long counts as slow from now on, not only when it ends. */
static void
mark_slow(struct plan *p, struct mono now)
{
	for (size_t i = 0; i < p->running.n; i++) {
		struct plan_repo *r = p->running.at[i];

		if ((r->held & SLOTS_SLOW) != 0 ||
			now.ms - r->started_ms <= BOUND_SLOW_MS)
			continue;
		plan_group_give(p, r);
		r->held |= SLOTS_SLOW;
		plan_group_take(p, r);
	}
}

/* The best that is due and has room; when there is none, until when to be
 * quiet. */
static struct plan_repo *
pick(struct plan *p, struct mono now)
{
	struct plan_repo *best = NULL;
	unsigned best_traits = 0;

	p->quiet_ms = PLAN_NEVER;
	for (size_t i = 0; i < p->order.n; i++) {
		struct plan_repo *r = p->order.at[i];
		int64_t at = plan_next_ms(r);
		unsigned t;

		if (at > now.ms) {
			p->quiet_ms = least(p->quiet_ms, at);
			continue;
		}
		t = traits(r, now);
		if (best != NULL && !goes_first(r, t, best, best_traits))
			continue;
		if (!has_room(p, r, t))
			continue;
		best = r;
		best_traits = t;
	}
	return best;
}

struct plan_repo *
plan_next(struct plan *p, struct mono now)
{
	struct plan_repo *r;

	mark_slow(p, now);
	if (!p->stirred && now.ms < p->quiet_ms)
		return NULL;
	r = pick(p, now);
	/* Out of memory it is left for later, as if it had no room. */
	if (r == NULL || !VEC_RESERVE(&p->running, p->running.n + 1)) {
		p->stirred = false;
		return NULL;
	}
	p->running.at[p->running.n++] = r;
	p->turn++;
	r->groups[PLAN_BY_TA]->turn = p->turn;
	r->groups[PLAN_BY_DELEGATION]->turn = p->turn;
	r->phase = PLAN_RUNNING;
	r->started_ms = now.ms;
	r->again = false;
	r->held = traits(r, now);
	plan_group_take(p, r);
	p->stirred = true;
	return r;
}

struct plan_repo *
plan_overdue(const struct plan *p, struct mono now)
{
	for (size_t i = 0; i < p->running.n; i++) {
		struct plan_repo *r = p->running.at[i];

		if (now.ms - r->started_ms >= p->config.wall_ms)
			return r;
	}
	return NULL;
}

/* Whether its attempts take long, for the order of the next ones. */
static void
learn_pace(struct plan_repo *r, bool success, int64_t elapsed_ms)
{
	if (elapsed_ms > BOUND_SLOW_MS ||
		(!success && elapsed_ms > BOUND_SLOW_FAILURE_MS))
		r->slow = BOUND_SLOW_MEMORY;
	else if (r->slow > 0)
		r->slow--;
}

static void
stop_running(struct plan *p, struct plan_repo *r)
{
	size_t i = 0;

	assert(r->phase == PLAN_RUNNING);
	while (p->running.at[i] != r)
		i++;
	p->running.at[i] = p->running.at[--p->running.n];
	plan_group_give(p, r);
	r->phase = PLAN_WAITING;
}

void
plan_end(struct plan *p, struct plan_repo *r, bool success, struct mono now)
{
	stop_running(p, r);
	learn_pace(r, success, now.ms - r->started_ms);
	r->attempted = true;
	r->tried = !r->again;
	if (success) {
		r->failures = 0;
		r->succeeded = true;
		r->success_ms = now.ms;
	} else if (r->failures++ == 0) {
		r->failing_ms = now.ms;
		r->fallback_ms = fallback_ms(p);
	}
	r->due_ms = now.ms + (r->again ? 0 : pause_ms(p, r));
	plan_link(p);
}

void
plan_refresh(struct plan *p, struct plan_repo *r, struct mono now)
{
	if (!r->wanted)
		return;
	if (r->phase == PLAN_RUNNING)
		r->again = true;
	else
		r->due_ms = now.ms;
	r->tried = false;
	p->stirred = true;
}

int
plan_wait_ms(const struct plan *p, struct mono now, int longest)
{
	int64_t at = p->stirred ? now.ms : p->quiet_ms;

	for (size_t i = 0; i < p->running.n; i++)
		at = least(
			at, p->running.at[i]->started_ms + p->config.wall_ms);
	if (at <= now.ms)
		return 0;
	return at - now.ms < longest ? (int)(at - now.ms) : longest;
}

bool
plan_is_settled(const struct plan *p, struct mono now)
{
	for (size_t i = 0; i < p->order.n; i++) {
		const struct plan_repo *r = p->order.at[i];

		if (!r->tried && !r->off &&
			most(r->due_ms, r->from_ms) <= now.ms)
			return false;
	}
	return true;
}

void
plan_tally(const struct plan *p, struct mono now, struct plan_counts *out)
{
	struct plan_counts c = {.busy = p->running.n};

	for (size_t i = 0; i < p->order.n; i++) {
		const struct plan_repo *r = p->order.at[i];
		enum repo_state state = plan_state(r, now);

		/* What is switched off is not missed where another one stands
		 * in for it. */
		if (state == REPO_STATE_SPARE || (r->off && r->backed))
			continue;
		c.wanted++;
		c.ok += state == REPO_STATE_OK;
		c.failed += state == REPO_STATE_FAILED;
		c.waiting += state == REPO_STATE_NEW;
	}
	*out = c;
}
