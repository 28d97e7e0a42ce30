/*
 * r18_delta_chain: every delta is exactly the difference.
 *
 *	serial  1 -----> 2 -----> 3 -----> 4 (current)
 *	        A        B        C        D       all small sets A B C D
 *	        +--------------------------> asked from 1, from 2, from 3
 *
 * All histories of four sets out of a small universe, in every version and
 * from every serial: what the router had, with the answer applied, is what is
 * published now; and the answer has as many PDUs as items differ, so nothing
 * is in it that need not be.  s49_delta_model does the same with long random
 * histories.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	SETS = 24, /* 2 x 2 prefixes, 2 keys, 3 states of an ASPA */
	LONG = 4,
};

/* Set `number` of the universe: the second prefix covers the first. */
static void
test_words(unsigned number, char words[ROUTER_WORDS])
{
	static const char *const aspas[] = {"", "aspa=1:2", "aspa=1:2,3"};

	snprintf(words, ROUTER_WORDS, "%s %s %s %s",
		number & 1 ? "10.0.0.0/9-9=1" : "",
		number & 2 ? "10.0.0.0/8-9=1" : "", number & 4 ? "key=5" : "",
		aspas[number / 8]);
}

/* Items that differ for a router; an ASPA that is replaced is one. */
static unsigned
test_difference(const struct held_list *a, const struct held_list *b)
{
	unsigned n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += held_find(b, &a->at[i]) == NULL;
	for (size_t i = 0; i < b->n; i++) {
		const struct held *was = held_find(a, &b->at[i]);

		n += was == NULL || !held_same(was, &b->at[i]);
	}
	return n;
}

/* A router that holds `was` under `serial` asks; `now` is published. */
static void
test_ask(struct talk *t, unsigned version, uint32_t serial,
	const char *const words[2])
{
	struct held_list now = held_of_words(words[1], version);
	struct router r;
	unsigned want, said;

	router_init(&r, t, version);
	r.c.set = held_of_words(words[0], version);
	r.c.serial = serial;
	r.c.session = (int)talk_session(version);
	r.has = true;
	want = test_difference(&r.c.set, &now);
	router_ask(&r);
	cr_assert(router_hear(&r, NULL, NULL),
		"version %u, \"%s\" to \"%s\": %s", version, words[0], words[1],
		r.c.why);
	cr_assert(r.has, "Cache Reset within the history");
	cr_assert(held_lists_equal(&r.c.set, &now),
		"version %u, \"%s\" to \"%s\": not the set", version, words[0],
		words[1]);
	said = (unsigned)(r.c.pdus[4] + r.c.pdus[6] + r.c.pdus[9] +
		r.c.pdus[11]);
	cr_assert_eq(said, want, "version %u, \"%s\" to \"%s\": %u PDUs not %u",
		version, words[0], words[1], said, want);
	held_free(&now);
	router_fini(&r);
}

static void
test_history(const unsigned sets[LONG])
{
	char words[LONG][ROUTER_WORDS];
	uint32_t serials[LONG];
	struct talk t;

	talk_init(&t, 2);
	for (unsigned i = 0; i < LONG; i++) {
		test_words(sets[i], words[i]);
		talk_publish(&t, words[i]);
		serials[i] = cache_serial(t.cache);
	}
	for (unsigned version = 0; version < 3; version++) {
		talk_connect(&t);
		for (unsigned i = 0; i < LONG; i++)
			test_ask(&t, version, serials[i],
				(const char *const[2]){
					words[i], words[LONG - 1]});
	}
	talk_fini(&t);
}

/* All pairs and triples that begin anywhere, and a share of the rest: what a
 * second step undoes is seen by then. */
Test(r18_delta_chain, all_small_histories, .timeout = 280)
{
	const unsigned all = SETS * SETS * SETS * SETS;
	const unsigned step = router_count("WIRE_ALL", 0) != 0 ? 1 : 17;
	unsigned count = 0;

	for (unsigned n = 0; n < all; n += step) {
		test_history((const unsigned[LONG]){n % SETS, n / SETS % SETS,
			n / SETS / SETS % SETS, n / SETS / SETS / SETS});
		count++;
	}
	printf("%u of %u histories\n", count, all);
}

/* A chain of 40 steps: each delta alone, one after another, leads to the set;
 * and every delta from further back does in one go. */
Test(r18_delta_chain, step_by_step_or_in_one_go)
{
	char words[41][ROUTER_WORDS];
	uint32_t serials[41];
	struct router follower[3];
	uint64_t seed = 18;
	struct talk t;

	talk_init(&t, 2);
	for (unsigned v = 0; v < 3; v++)
		router_init(&follower[v], &t, v);
	for (unsigned i = 0; i <= 40; i++) {
		router_words(&seed, words[i]);
		talk_publish(&t, words[i]);
		serials[i] = cache_serial(t.cache);
		for (unsigned v = 0; v < 3; v++) {
			router_connect(&follower[v]);
			router_ask(&follower[v]);
			cr_assert(router_hear(&follower[v], NULL, NULL), "%s",
				follower[v].c.why);
			cr_assert(follower[v].has);
			cr_assert(
				checker_holds_words(&follower[v].c, words[i]));
		}
		for (unsigned back = 0; back <= i && back <= 30; back++) {
			unsigned v = (i + back) % 3;

			talk_connect(&t);
			test_ask(&t, v, serials[i - back],
				(const char *const[2]){
					words[i - back], words[i]});
		}
	}
	for (unsigned v = 0; v < 3; v++)
		router_fini(&follower[v]);
	talk_fini(&t);
}

/* What an older version does not know changes nothing for it but the serial. */
Test(r18_delta_chain, nothing_of_a_newer_version)
{
	static const struct {
		const char *was, *now;
		unsigned keys, aspas;
	} rows[] = {
		{"", "key=1", 1, 0},
		{"key=1", "", 1, 0},
		{"", "aspa=1:2", 0, 1},
		{"aspa=1:2", "", 0, 1},
		{"aspa=1:2", "aspa=1:3", 0, 1},
		{"aspa=1:2", "aspa=1:0", 0, 1},
		{"key=1 aspa=1:2,3", "key=2 aspa=2:3", 2, 2},
		{"aspa=1:2 aspa=1:3", "aspa=1:2,3", 0, 0},
		{"aspa=1:0 aspa=1:3", "aspa=1:3", 0, 0},
		{"aspa=1:0,3", "aspa=1:3", 0, 0},
		{"aspa=1:0", "aspa=1:0,3", 0, 1},
	};

	for (size_t i = 0; i < 3 * sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned version = (unsigned)(i % 3);
		struct router r;
		struct talk t;

		talk_init(&t, 2);
		talk_publish(&t, rows[i / 3].was);
		router_init(&r, &t, version);
		router_ask(&r);
		cr_assert(router_hear(&r, NULL, NULL), "%s", r.c.why);
		memset(r.c.pdus, 0, sizeof(r.c.pdus));
		talk_publish(&t, rows[i / 3].now);
		router_ask(&r);
		cr_assert(router_hear(&r, NULL, NULL), "%s", r.c.why);
		cr_expect(checker_holds_words(&r.c, rows[i / 3].now));
		cr_expect_eq(r.c.serial, cache_serial(t.cache));
		cr_expect_eq(r.c.pdus[9], version > 0 ? rows[i / 3].keys : 0);
		cr_expect_eq(r.c.pdus[11], version > 1 ? rows[i / 3].aspas : 0);
		router_fini(&r);
		talk_fini(&t);
	}
}

/* A set of one ASPA with `n` providers from `first` on, and a VRP. */
static const struct payload_set *
test_wide(uint32_t first, uint32_t n)
{
	struct payload_builder *b = payload_build_new(1);
	uint32_t *providers = malloc(n * sizeof(*providers));
	struct aspa a = {.customer = 7, .expires = 1, .provider_count = n};
	const struct payload_set *set;

	cr_assert(providers != NULL);
	for (uint32_t i = 0; i < n; i++)
		providers[i] = first + i;
	a.providers = providers;
	if (n > 0)
		cr_assert_eq(payload_build_aspa(b, &a), 0);
	cr_assert_eq(payload_build_done(b, &set), 0);
	free(providers);
	return set;
}

/* No PDU is longer than 65,535 octets: an ASPA of 16,380 providers goes out, a
 * longer one does not, and what the router had of that customer is withdrawn.
 * From each of these sets to each other. */
Test(r18_delta_chain, longest_aspa)
{
	static const uint32_t counts[] = {0, 1, 16380, 16381, 20000};

	for (unsigned i = 0; i < 25; i++) {
		const uint32_t was = counts[i / 5], now = counts[i % 5];
		const struct payload_set *sets[] = {
			test_wide(10, was), test_wide(11, now)};
		struct router r;
		struct talk t;
		bool changed;

		talk_init(&t, 2);
		router_init(&r, &t, 2);
		for (unsigned k = 0; k < 2; k++) {
			uint32_t n = k == 0 ? was : now;

			cr_assert_eq(
				cache_publish(t.cache, sets[k], &changed), 0);
			router_ask(&r);
			cr_assert(router_hear(&r, NULL, NULL), "%u to %u: %s",
				was, now, r.c.why);
			cr_expect_eq(r.c.set.n, n > 0 && n <= 16380, "%u to %u",
				was, now);
			cr_expect_eq(r.c.set.n == 0 ? 0 : r.c.set.at[0].more_n,
				r.c.set.n == 0 ? 0 : 4 * n);
			payload_unref(sets[k]);
		}
		router_fini(&r);
		talk_fini(&t);
	}
}

/* A public key of 65,503 octets fills a PDU.  The policy leaves longer ones
 * out; one that came here all the same is not there for routers, and takes
 * nothing else with it. */
Test(r18_delta_chain, longest_key)
{
	static const char *const words[] = {"key=1:65503", "key=1:1",
		"key=1:65503 key=2", "", "key=1:65504",
		"key=1:65504 key=2 10.0.0.0/8-8=1"};
	static const size_t held[] = {1, 1, 2, 0, 0, 2};

	for (unsigned i = 0; i < 36; i++) {
		struct router r;
		struct talk t;

		talk_init(&t, 2);
		router_init(&r, &t, 1 + i % 2);
		for (unsigned k = 0; k < 2; k++) {
			unsigned which = k == 0 ? i / 6 : i % 6;

			talk_publish(&t, words[which]);
			router_ask(&r);
			cr_assert(router_hear(&r, NULL, NULL), "%s to %s: %s",
				words[i / 6], words[i % 6], r.c.why);
			cr_expect_eq(r.c.set.n, held[which], "%s to %s",
				words[i / 6], words[i % 6]);
		}
		router_fini(&r);
		talk_fini(&t);
	}
}
