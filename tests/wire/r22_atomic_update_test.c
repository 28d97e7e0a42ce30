/*
 * r22_atomic_update: a publication is there for all sessions at one instant,
 * and what it costs follows the changes, not the set.
 *
 *	draft_new  draft_fill        | cache_commit |   draft_free
 *	           a thread of its   | the loop     |   the thread
 *	           own: O(set)       | O(changes)   |
 *	sessions: the old set -------+------------- the new set
 *
 * Work is counted, not timed: the allocations of the commit, and of the answers
 * to those who ask for the difference, are the same for a set ten times as
 * large.  The times of a million VRPs with a thousand changes are printed, and
 * only bounded far above what is promised.
 */
#include <criterion/criterion.h>
#include <time.h>

#include "tests/wire/counted.h"
#include "tests/wire/router.h"

enum {
	SESSIONS = 60,
	SMALL = 20000,
	LARGE = 200000,
	WORLD = 1000000,
	CHANGES = 1000,
};

/* `n` VRPs; those that `round` changes have another origin. */
static const struct payload_set *
test_set(unsigned n, unsigned changes, unsigned round)
{
	struct payload_builder *b = payload_build_new(n);
	const struct payload_set *set;
	unsigned step = changes == 0 ? n : n / changes;

	for (unsigned i = 0; i < n; i++) {
		struct vrp v = {.family = FAMILY_IPV4, .expires = 1};

		held_put32(v.addr.b, i << 8);
		v.len = 24;
		v.max_len = 24;
		v.asn = changes > 0 && i % step == 0 ? round : 64496;
		cr_assert_eq(payload_build_vrp(b, &v), 0);
	}
	cr_assert_eq(payload_build_done(b, &set), 0);
	return set;
}

/* Seconds of a clock that only goes forward. */
static double
test_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct cost {
	struct counted loop; /* commit, and all that sessions ask for */
	double fill_s, commit_s, answers_s;
};

/* One update of `n` VRPs with `changes`, while sessions of every version hold
 * the set before. */
static void
test_update(unsigned n, unsigned changes, struct cost *cost)
{
	const struct payload_set *was = test_set(n, 0, 0);
	const struct payload_set *now = test_set(n, changes, 1);
	struct draft *draft;
	struct talk t;
	double at[4];
	bool changed;

	talk_init(&t, 2);
	cr_assert_eq(cache_publish(t.cache, was, &changed), 0);
	for (unsigned v = 0; v < 3; v++) {
		talk_connect(&t);
		talk_ask_all(&t, v);
		cr_assert(talk_hear(&t).n > 20 * (size_t)n);
	}
	draft = draft_new(t.cache);
	cr_assert(draft != NULL);
	at[0] = test_time();
	cr_assert_eq(draft_fill(draft, now), 0);
	at[1] = test_time();
#if COUNTED
	counted_begin();
#endif
	cr_assert_eq(cache_commit(t.cache, draft, &changed), 0);
	at[2] = test_time();
	for (unsigned v = 0; v < 3; v++) {
		talk_connect(&t);
		talk_ask_since(&t, v, talk_session(v), 1);
		cr_assert_eq(talk_hear(&t).n,
			8 + 40 * (size_t)changes + (v == 0 ? 12 : 24));
	}
	at[3] = test_time();
#if COUNTED
	cost->loop = counted_end();
#endif
	cost->fill_s = at[1] - at[0];
	cost->commit_s = at[2] - at[1];
	cost->answers_s = at[3] - at[2];
	draft_free(draft);
	payload_unref(was);
	payload_unref(now);
	talk_fini(&t);
}

#if COUNTED

Test(r22_atomic_update, work_follows_the_changes, .timeout = 120)
{
	struct cost small, large, few;

	test_update(SMALL, CHANGES, &small);
	test_update(LARGE, CHANGES, &large);
	test_update(LARGE, CHANGES / 10, &few);
	printf("%d changes of %d: %zu octets in %zu allocations; of %d: %zu in "
	       "%zu; %d of them: %zu in %zu\n",
		CHANGES, SMALL, small.loop.octets, small.loop.calls, LARGE,
		large.loop.octets, large.loop.calls, CHANGES / 10,
		few.loop.octets, few.loop.calls);
	cr_expect(large.loop.octets <= small.loop.octets + 4096,
		"ten times the set: %zu octets, not %zu", large.loop.octets,
		small.loop.octets);
	cr_expect(large.loop.calls <= small.loop.calls + 8);
	cr_expect(few.loop.octets < large.loop.octets / 4,
		"a tenth of the changes: %zu octets of %zu", few.loop.octets,
		large.loop.octets);
}

#endif

Test(r22_atomic_update, a_million, .timeout = 120)
{
	struct cost cost;

	test_update(WORLD, CHANGES, &cost);
	printf("%d VRPs, %d changes: prepared aside in %.1f ms, on the loop "
	       "%.3f ms, three deltas %.3f ms\n",
		WORLD, CHANGES, 1e3 * cost.fill_s, 1e3 * cost.commit_s,
		1e3 * cost.answers_s);
	cr_expect(cost.commit_s < 0.5, "the loop stands still");
}

/* Before the commit all sessions are given the old set, after it all are given
 * the new one, whatever they were about; answers under way stay what they
 * are. */
Test(r22_atomic_update, all_sessions_at_once)
{
	static const char *const words[] = {"10.0.0.0/8-8=1 key=1 aspa=1:2",
		"10.0.0.0/8-8=2 key=2 aspa=1:3"};
	struct router routers[SESSIONS];
	struct talk talks[SESSIONS], host;
	const struct payload_set *set = talk_set(words[1]);
	struct draft *draft;
	bool changed;

	talk_init(&host, 2);
	talk_publish(&host, words[0]);
	for (unsigned i = 0; i < SESSIONS; i++) {
		talk_init_beside(&talks[i], &host);
		router_init(&routers[i], &talks[i], i % 3);
	}
	draft = draft_new(host.cache);
	cr_assert_eq(draft_fill(draft, set), 0);
	/* Every other one is in the middle of an answer. */
	for (unsigned i = 0; i < SESSIONS; i++) {
		router_ask(&routers[i]);
		talk_take(&talks[i], i % 2 == 0 ? SIZE_MAX : i, SIZE_MAX);
		cr_expect_eq(cache_serial(host.cache), 1);
	}
	cr_assert_eq(cache_commit(host.cache, draft, &changed), 0);
	cr_assert(changed);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct router *r = &routers[i];

		cr_assert(router_hear(r, NULL, NULL), "%u: %s", i, r->c.why);
		cr_expect_eq(r->c.serial, 1);
		cr_expect(checker_holds_words(&r->c, words[0]), "%u", i);
		router_ask(r);
		cr_assert(router_hear(r, NULL, NULL), "%u: %s", i, r->c.why);
		cr_expect_eq(r->c.serial, 2);
		cr_expect(checker_holds_words(&r->c, words[1]), "%u", i);
		router_fini(r);
		talk_fini(&talks[i]);
	}
	draft_free(draft);
	payload_unref(set);
	talk_fini(&host);
}
