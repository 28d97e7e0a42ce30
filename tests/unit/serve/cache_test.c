/*
 * cache: serials, sets, and images that outlive what they were made from.
 */
#include <criterion/criterion.h>

#include "rtrd/serve/cache.h"
#include "rtrd/state/delta.h"
#include "tests/wire/talk.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

static bool
test_publish(struct cache *c, const char *words)
{
	const struct payload_set *set = talk_set(words);
	bool changed = false;

	cr_assert_eq(cache_publish(c, set, &changed), 0);
	payload_unref(set);
	return changed;
}

static struct cache *
test_cache(void)
{
	struct cache_config config = talk_cache_config();
	struct cache *c = cache_new(&config);

	cr_assert(c != NULL);
	return c;
}

Test(cache, before_the_first_set)
{
	struct cache *c = test_cache();
	bool known = true;

	cr_expect_not(cache_has_data(c));
	cr_expect_eq(cache_serial(c), 0);
	cr_expect(cache_set(c) == NULL);
	cr_expect(cache_full(c, 1) == NULL);
	cr_expect(cache_delta(c, 1, 0, &known) == NULL);
	cr_expect_not(known);
	cr_expect_eq(cache_history_count(c), 0);
	cr_expect_eq(cache_image_bytes(c), 0);
	cr_expect_eq(cache_session(c, 1), TALK_SESSION_1);
	cache_free(c);
	cache_free(NULL);
}

Test(cache, serials)
{
	struct cache *c = test_cache();

	cr_expect(test_publish(c, ""));
	cr_expect_eq(cache_serial(c), 1);
	cr_expect_not(test_publish(c, ""));
	cr_expect_eq(cache_serial(c), 1);
	cr_expect(test_publish(c, "10.0.0.0/8-8=1"));
	cr_expect_eq(cache_serial(c), 2);
	cr_expect_not(test_publish(c, "10.0.0.0/8-8=1"));
	cr_expect(test_publish(c, "10.0.0.0/8-8=1 key=1"));
	cr_expect_eq(cache_serial(c), 3);
	cr_expect_eq(cache_history_count(c), 2);
	cache_free(c);
}

/* The same payloads with a later end: no new serial, but the new set. */
Test(cache, later_expiry_replaces_the_set)
{
	struct cache *c = test_cache();
	const struct image *before;

	for (int64_t expires = 10; expires <= 20; expires += 10) {
		struct payload_builder *b = payload_build_new(1);
		struct vrp v = {.family = FAMILY_IPV4, .expires = expires};
		const struct payload_set *set;
		bool changed;

		cr_assert_eq(payload_build_vrp(b, &v), 0);
		cr_assert_eq(payload_build_done(b, &set), 0);
		cr_assert_eq(cache_publish(c, set, &changed), 0);
		cr_expect_eq(changed, expires == 10);
		cr_expect_eq(cache_set(c), set);
		cr_expect_eq(cache_set(c)->vrps[0].expires, expires);
		payload_unref(set);
	}
	before = cache_full(c, 1);
	cr_expect_eq(before->serial, 1);
	image_unref(before);
	cache_free(c);
}

Test(cache, images_are_shared_while_current)
{
	struct cache *c = test_cache();
	const struct image *a, *b;
	bool known;

	test_publish(c, "10.0.0.0/8-8=1 ::/0-0=1 key=1");
	a = cache_full(c, 1);
	b = cache_full(c, 1);
	cr_expect_eq(a, b);
	cr_expect_eq(a->bytes.n, 20 + 32 + 123);
	cr_expect_eq(a->pdus, 3);
	image_unref(b);
	b = cache_full(c, 0);
	cr_expect_neq(a, b);
	cr_expect_eq(b->bytes.n, 20 + 32);
	cr_expect_eq(cache_image_bytes(c), 2 * (20 + 32) + 123);
	test_publish(c, "10.0.0.0/8-8=1");
	/* Still ours, and still counted, beside the new ones. */
	cr_expect_eq(cache_image_bytes(c), 2 * (20 + 32) + 123 + 2 * 20);
	cr_expect_eq(a->serial, 1);
	cr_expect_eq(a->bytes.p[0], 1);
	image_unref(a);
	image_unref(b);
	cr_expect_eq(cache_image_bytes(c), 2 * 20);
	a = cache_delta(c, 1, 1, &known);
	b = cache_delta(c, 1, 1, &known);
	cr_expect_eq(a, b);
	cr_expect_eq(a->bytes.n, 32 + 123);
	cr_expect_eq(a->serial, 2);
	image_unref(b);
	image_unref(a);
	cache_free(c);
	image_unref(NULL);
}

/* An image that is held longer than the cache lives. */
Test(cache, image_outlives_the_cache)
{
	struct cache *c = test_cache();
	const struct image *a;

	test_publish(c, "10.0.0.0/8-8=1");
	a = cache_full(c, 0);
	cache_free(c);
	cr_expect_eq(a->bytes.n, 20);
	cr_expect_eq(a->bytes.p[1], 4);
	image_unref(a);
}

/* The full set is laid out with the set, for the versions that are in use: the
 * first router that asks must not make the others wait. */
Test(cache, a_draft_lays_out_what_is_asked_for)
{
	struct cache *c = test_cache();

	test_publish(c, "10.0.0.0/8-8=1");
	cr_expect_eq(cache_image_bytes(c), 20, "what most routers speak");
	image_unref(cache_full(c, 0));
	cr_expect_eq(cache_image_bytes(c), 2 * 20);
	test_publish(c, "10.0.0.0/8-8=1 11.0.0.0/8-8=1");
	cr_expect_eq(cache_image_bytes(c), 4 * 20, "both, and nothing old");
	test_publish(c, "10.0.0.0/8-8=1 11.0.0.0/8-8=1");
	cr_expect_eq(cache_image_bytes(c), 4 * 20, "the same is not laid out");
	cache_free(c);
}

/* What a commit swaps out goes with the draft, and not before. */
Test(cache, a_draft_takes_what_was_current)
{
	struct cache *c = test_cache();
	const struct payload_set *set = talk_set("11.0.0.0/8-8=1");
	const struct payload_set *old;
	struct draft *d;
	bool changed = false;

	test_publish(c, "10.0.0.0/8-8=1");
	old = payload_ref(cache_set(c));
	d = draft_new(c);
	cr_assert_eq(draft_fill(d, set), 0);
	cr_expect_eq(cache_serial(c), 1, "nothing happens before the commit");
	cr_expect_eq(cache_set(c), old);
	cr_assert_eq(cache_commit(c, d, &changed), 0);
	cr_expect(changed);
	cr_expect_eq(cache_serial(c), 2);
	cr_expect_eq(cache_set(c), set);
	cr_expect_eq(cache_image_bytes(c), 2 * 20);
	draft_free(d);
	cr_expect_eq(cache_image_bytes(c), 20);
	payload_unref(old);
	payload_unref(set);
	draft_free(NULL);
	cache_free(c);
}

/* Two drafts from one set: the later one must not undo the first, nor lead
 * routers by a delta from a set that they do not have. */
Test(cache, a_draft_that_was_overtaken)
{
	struct cache *c = test_cache();
	const struct payload_set *sets[] = {
		talk_set("11.0.0.0/8-8=1"), talk_set("12.0.0.0/8-8=1")};
	struct draft *drafts[2];
	bool changed = false;

	test_publish(c, "10.0.0.0/8-8=1");
	for (size_t i = 0; i < 2; i++) {
		drafts[i] = draft_new(c);
		cr_assert_eq(draft_fill(drafts[i], sets[i]), 0);
	}
	cr_assert_eq(cache_commit(c, drafts[0], &changed), 0);
	cr_expect(changed);
	cr_expect_eq(cache_commit(c, drafts[1], &changed), ERR_BUSY);
	cr_expect_eq(cache_serial(c), 2);
	cr_expect_eq(cache_set(c), sets[0]);
	for (size_t i = 0; i < 2; i++) {
		draft_free(drafts[i]);
		payload_unref(sets[i]);
	}
	cache_free(c);
}

/* Many different questions: each is answered right, and what is remembered of
 * the answers has an end. */
Test(cache, more_questions_than_are_remembered)
{
	struct cache_config config = talk_cache_config();
	struct cache *c;
	char words[64];
	size_t alive;

	config.history = 200;
	c = cache_new(&config);
	for (unsigned i = 0; i <= 100; i++) {
		/* Large enough that a quarter of it is no bound. */
		char all[8192] = "";

		for (unsigned k = 0; k < 128; k++) {
			snprintf(words, sizeof(words), "%u.0.0.0/8-8=%u ", k,
				k == 0 ? i : 0);
			strncat(all, words, sizeof(all) - strlen(all) - 1);
		}
		test_publish(c, all);
	}
	cr_assert(cache_history_count(c) >= BOUND_RTR_HISTORY_MIN);
	alive = cache_history_count(c);
	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t back = 1; back <= alive; back++) {
			for (unsigned v = 0; v < 2; v++) {
				bool known;
				const struct image *image =
					cache_delta(c, v, 101 - back, &known);

				cr_assert(image != NULL);
				cr_expect_eq(image->pdus, 2);
				cr_expect_eq(image->bytes.p[0], v);
				image_unref(image);
			}
		}
	}
	cr_expect(cache_image_bytes(c) <= 64 * 40 + 128 * 20);
	cache_free(c);
}

/* When routers hold too much of deltas, the shared full set is the answer. */
Test(cache, budget_of_deltas)
{
	struct cache *c = test_cache();
	struct payload_builder *b = payload_build_new(1000000);
	const struct payload_set *big;
	const struct image *held[64];
	size_t n = 0;
	bool changed, known = true;

	for (uint32_t i = 0; i < 1000000; i++) {
		struct vrp v = {.asn = i, .family = FAMILY_IPV6};

		cr_assert_eq(payload_build_vrp(b, &v), 0);
	}
	cr_assert_eq(payload_build_done(b, &big), 0);
	test_publish(c, "");
	cr_assert_eq(cache_publish(c, big, &changed), 0);
	for (unsigned i = 0; i < 6 && known; i++) {
		held[n] = cache_delta(c, 1, cache_serial(c) - 1, &known);
		n += known;
		/* The next one is another delta. */
		if (known)
			test_publish(c, "");
		if (known)
			cr_assert_eq(cache_publish(c, big, &changed), 0);
	}
	cr_expect_not(known);
	cr_expect_eq(n, 5);
	held[n] = cache_full(c, 1);
	cr_expect(held[n] != NULL);
	cr_expect_eq(held[n]->bytes.n, 32000000);
	for (size_t i = 0; i <= n; i++)
		image_unref(held[i]);
	/* Given back, it is an answer again. */
	held[0] = cache_delta(c, 1, cache_serial(c) - 1, &known);
	cr_expect(held[0] != NULL);
	image_unref(held[0]);
	payload_unref(big);
	cache_free(c);
}

Test(cache, withheld)
{
	struct cache *c = test_cache();
	const struct payload_set *set = talk_set("10.0.0.0/8-8=1");
	bool changed;

	cr_expect_not(cache_is_serving(c));
	cr_assert_eq(cache_publish(c, set, &changed), 0);
	cr_expect(cache_is_serving(c));
	cache_withhold(c, true);
	cr_expect_not(cache_is_serving(c));
	cr_expect(cache_has_data(c));
	/* Only who withheld it takes that back. */
	cr_assert_eq(cache_publish(c, set, &changed), 0);
	cr_expect_not(cache_is_serving(c));
	cache_withhold(c, false);
	cr_expect(cache_is_serving(c));
	payload_unref(set);
	cache_free(c);
}

/* Ten old sets that somebody still sends are many, the current one is not. */
Test(cache, crowded_by_old_sets)
{
	struct cache *c = test_cache();
	struct payload_builder *b;
	const struct payload_set *set;
	const struct image *held[10];
	bool changed;

	for (size_t i = 0; i < 10; i++) {
		b = payload_build_new(1000000);
		for (uint32_t k = 0; k < 1000000; k++) {
			struct vrp v = {.asn = k, .family = FAMILY_IPV6};

			v.len = (uint8_t)(k == 0 ? i : 0);
			v.max_len = v.len;
			cr_assert_eq(payload_build_vrp(b, &v), 0);
		}
		cr_assert_eq(payload_build_done(b, &set), 0);
		cr_assert_eq(cache_publish(c, set, &changed), 0);
		payload_unref(set);
		held[i] = cache_full(c, 1);
		cr_expect_eq(cache_is_crowded(c), i > 8, "%zu", i);
	}
	for (size_t i = 0; i < 10; i++)
		image_unref(held[i]);
	cr_expect_not(cache_is_crowded(c));
	cache_free(c);
}

/* A cache and a set of each step, at one second after the other. */
static void
test_publish_at(struct cache *c, const char *words, int64_t ms)
{
	const struct payload_set *set = talk_set(words);
	struct draft *d = draft_new(c);
	const struct draft_time time = {.mono = {ms}};
	bool changed;

	draft_date(d, &time);
	cr_assert_eq(draft_fill(d, set), 0);
	cr_assert_eq(cache_commit(c, d, &changed), 0);
	draft_free(d);
	payload_unref(set);
}

/* Behind since the first one that it lacks was published. */
Test(cache, lag)
{
	struct cache *c = test_cache();
	const struct mono now = {10000};

	cr_expect_not(cache_lag(c, 1, now).known);
	test_publish_at(c, "10.0.0.0/8-8=1", 1000);
	test_publish_at(c, "11.0.0.0/8-8=1", 3000);
	test_publish_at(c, "12.0.0.0/8-8=1", 6000);
	cr_expect_eq(cache_lag(c, 3, now).serials, 0);
	cr_expect_eq(cache_lag(c, 3, now).ms, 0);
	cr_expect(cache_lag(c, 3, now).known);
	cr_expect_eq(cache_lag(c, 2, now).serials, 1);
	cr_expect_eq(cache_lag(c, 2, now).ms, 4000);
	cr_expect_eq(cache_lag(c, 1, now).serials, 2);
	cr_expect_eq(cache_lag(c, 1, now).ms, 7000);
	cr_expect_not(cache_lag(c, 0, now).known, "too old");
	cr_expect_not(cache_lag(c, 4, now).known, "of the future");
	cache_free(c);
}

Test(cache, expiry)
{
	struct cache *c = test_cache();

	cr_expect_eq(cache_end(c).ms, INT64_MAX);
	cache_expiry(c, (struct mono){17});
	cr_expect_eq(cache_end(c).ms, 17);
	cache_free(c);
}
