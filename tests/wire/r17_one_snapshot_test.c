/*
 * r17_one_snapshot: what stands between Cache Response and End of Data is one
 * immutable set, the one of the serial that the End of Data tells, however
 * often the set changes meanwhile.
 *
 *	router 0..8  ask .. take .. take ........ take, End of Data: serial 7
 *	the cache    5      6       7(*)    8     9
 *
 * Nine routers, three of each version, ask again and again, take the answers
 * in pieces of any size, and race with publications.  At each End of Data the
 * router must hold what was published under its serial.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tests/wire/router.h"

enum {
	QUERIES = 100000,
	ROUTERS = 9,
	KEPT = 4096, /* serials whose words are remembered */
	RACES = 3000, /* publications from another thread */
};

struct race {
	struct talk host;
	struct talk talks[ROUTERS];
	struct router routers[ROUTERS];
	char (*words)[ROUTER_WORDS]; /* by serial */
	uint64_t seed;
	uint64_t looks;
	uint64_t within; /* looks at a serial that was not current any more */
};

static bool
test_look(void *ctx, const struct router *r)
{
	struct race *race = ctx;

	race->looks++;
	race->within += r->c.serial != cache_serial(race->host.cache);
	return checker_holds_words(&r->c, race->words[r->c.serial % KEPT]);
}

/* What is current now; routers are told when that is new. */
static void
test_note(struct race *race, const char *words, bool changed)
{
	uint32_t serial = cache_serial(race->host.cache);

	memcpy(race->words[serial % KEPT], words, ROUTER_WORDS);
	for (unsigned i = 0; changed && i < ROUTERS; i++)
		session_notify(race->talks[i].session, race->talks[i].now);
}

static void
test_init(struct race *race, uint32_t first)
{
	struct cache_config config = talk_cache_config();

	config.first_serial = first;
	*race = (struct race){.seed = first};
	race->words = calloc(KEPT, sizeof(*race->words));
	cr_assert(race->words != NULL);
	talk_init_with(&race->host, &config, 2);
	race->host.config.notify_ms = 0;
	for (unsigned i = 0; i < ROUTERS; i++) {
		talk_init_beside(&race->talks[i], &race->host);
		router_init(&race->routers[i], &race->talks[i], i % 3);
	}
}

static void
test_fini(struct race *race)
{
	for (unsigned i = 0; i < ROUTERS; i++) {
		router_fini(&race->routers[i]);
		talk_fini(&race->talks[i]);
	}
	talk_fini(&race->host);
	free(race->words);
}

/* One router does one thing; how many queries it said. */
static unsigned
test_turn(struct race *race, unsigned who)
{
	struct router *r = &race->routers[who];

	if (!router_is_done(r)) {
		talk_take(r->t, router_random(&race->seed) % 200, SIZE_MAX);
		return 0;
	}
	cr_assert(router_hear(r, test_look, race),
		"version %u, serial %u, now %u: %s", r->c.version, r->c.serial,
		cache_serial(race->host.cache), r->c.why);
	if (router_random(&race->seed) % 64 == 0)
		router_connect(r);
	if (router_random(&race->seed) % 16 != 0) {
		router_ask(r);
		return 1;
	}
	/* Two at once: each answer has a set of its own. */
	router_ask_all(r);
	router_ask_all(r);
	return 2;
}

Test(r17_one_snapshot, queries_race_updates, .timeout = 280)
{
	const unsigned count = router_count("WIRE_QUERIES", QUERIES);
	struct race race;
	char words[ROUTER_WORDS] = "";
	unsigned said = 0;

	test_init(&race, UINT32_MAX - 5000);
	test_note(&race, words, talk_publish(&race.host, words));
	while (said < count) {
		if (router_random(&race.seed) % 12 == 0) {
			router_words(&race.seed, words);
			test_note(
				&race, words, talk_publish(&race.host, words));
		}
		said += test_turn(&race, router_random(&race.seed) % ROUTERS);
	}
	cr_expect(race.looks > count / 2, "only %u of %u were answered by data",
		(unsigned)race.looks, said);
	cr_expect(race.within > count / 20, "only %u answers raced",
		(unsigned)race.within);
	printf("%u queries, %u sets held, %u of them not the current one\n",
		said, (unsigned)race.looks, (unsigned)race.within);
	test_fini(&race);
}

/* The same with a thread that prepares the publications. */
struct maker {
	pthread_t thread;
	struct draft *draft;
	char words[ROUTER_WORDS];
	atomic_int state; /* 0 nothing to do, 1 fill, 2 filled, 3 end */
};

static void *
test_make(void *ctx)
{
	struct maker *m = ctx;
	const struct payload_set *set;
	int state;

	while ((state = atomic_load(&m->state)) != 3) {
		if (state != 1)
			continue;
		set = talk_set(m->words);
		if (draft_fill(m->draft, set) != 0)
			abort();
		payload_unref(set);
		atomic_store(&m->state, 2);
	}
	return NULL;
}

Test(r17_one_snapshot, drafts_of_another_thread, .timeout = 280)
{
	struct race race;
	struct maker m = {.draft = NULL};
	unsigned made = 0;
	bool changed;

	test_init(&race, 1);
	cr_assert_eq(pthread_create(&m.thread, NULL, test_make, &m), 0);
	while (made < RACES) {
		if (atomic_load(&m.state) == 2) {
			cr_assert_eq(cache_commit(race.host.cache, m.draft,
					     &changed),
				0);
			test_note(&race, m.words, changed);
			draft_free(m.draft);
			atomic_store(&m.state, 0);
			made++;
		} else if (atomic_load(&m.state) == 0) {
			m.draft = draft_new(race.host.cache);
			cr_assert(m.draft != NULL);
			router_words(&race.seed, m.words);
			atomic_store(&m.state, 1);
		}
		if (made > 0)
			test_turn(&race, router_random(&race.seed) % ROUTERS);
	}
	atomic_store(&m.state, 3);
	pthread_join(m.thread, NULL);
	cr_expect(race.looks > RACES / 10);
	test_fini(&race);
}
