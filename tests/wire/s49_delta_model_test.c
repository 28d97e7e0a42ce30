/*
 * s49_delta_model: random histories of small sets, and random routers of every
 * version that follow them (scenario delta-model).
 *
 * A router asks by Serial Query from whatever serial it has, takes the answer
 * through the strict checker, and must then hold exactly the published set,
 * also when the set changes while the answer is on its way.  What that set is
 * for its version is made of the published words (held.h).
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	HISTORIES = 100000,
	STEPS = 8,
	ROUTERS = 4,
};

struct world {
	struct talk t;
	char words[ROUTER_WORDS]; /* what is published */
	struct router routers[ROUTERS];
	uint64_t seed;
};

static void
test_publish(struct world *w)
{
	router_words(&w->seed, w->words);
	talk_publish(&w->t, w->words);
}

/* One query and its answer; the set may change within. */
static void
test_follow(struct world *w, struct router *r, unsigned history)
{
	char then[ROUTER_WORDS];

	memcpy(then, w->words, sizeof(then));
	router_connect(r);
	router_ask(r);
	if (router_random(&w->seed) % 4 == 0) {
		talk_take(&w->t, router_random(&w->seed) % 64, 7);
		test_publish(w);
	}
	cr_assert(router_hear(r, NULL, NULL), "history %u: %s", history,
		r->c.why);
	if (!r->has) {
		/* Cache Reset: begin anew, at once. */
		memcpy(then, w->words, sizeof(then));
		router_ask(r);
		cr_assert(router_hear(r, NULL, NULL), "history %u: %s", history,
			r->c.why);
	}
	cr_assert(r->has && checker_holds_words(&r->c, then),
		"history %u, version %u: not the published set", history,
		r->c.version);
}

static void
test_history(unsigned number)
{
	struct cache_config config = talk_cache_config();
	struct world w = {.seed = number};

	config.first_serial = UINT32_MAX - router_random(&w.seed) % 8;
	config.history = 1 + router_random(&w.seed) % 6;
	talk_init_with(&w.t, &config, 2);
	for (unsigned i = 0; i < ROUTERS; i++)
		router_init(&w.routers[i], &w.t, i % 3);
	test_publish(&w);
	for (unsigned step = 0; step < STEPS; step++) {
		if (router_random(&w.seed) % 4 != 0)
			test_publish(&w);
		for (unsigned i = 0; i < ROUTERS; i++) {
			if (router_random(&w.seed) % 3 == 0)
				test_follow(&w, &w.routers[i], number);
		}
	}
	for (unsigned i = 0; i < ROUTERS; i++)
		router_fini(&w.routers[i]);
	talk_fini(&w.t);
}

Test(s49_delta_model, routers_hold_what_was_published, .timeout = 280)
{
	unsigned count = router_count("WIRE_HISTORIES", HISTORIES);

	for (unsigned i = 0; i < count; i++)
		test_history(i);
}
