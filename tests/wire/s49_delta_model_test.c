/*
 * histories: random histories of small sets, and random routers that follow
 * them (scenario delta-model).
 *
 * A router asks by Serial Query from whatever serial it has, takes the answer
 * through the strict checker, and must then hold exactly the published set,
 * also when the set changes while the answer is on its way.
 */
#include <criterion/criterion.h>

#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

enum {
	HISTORIES = 100000,
	STEPS = 8,
	ROUTERS = 3,
	ITEMS = 14,
};

static const char *const WORDS[ITEMS] = {"10.0.0.0/8-8=1", "10.0.0.0/8-9=1",
	"10.0.0.0/8-8=2", "10.0.0.0/9-9=1", "10.128.0.0/9-24=4294967295",
	"0.0.0.0/0-32=0", "255.255.255.255/32-32=1", "2001:db8::/32-32=1",
	"2001:db8::/32-48=1", "2001:db8::/33-48=1", "::/0-0=7", "key=1",
	"key=257", "key=2"};

/* A generator of our own: the same numbers everywhere. */
static uint32_t
test_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

struct router {
	struct checker c;
	bool has; /* it took an answer once */
};

static void
test_publish(struct talk *t, uint64_t *seed)
{
	char words[512] = "";
	uint32_t mask = test_random(seed) & test_random(seed);

	/* Now and then all or nothing. */
	if (test_random(seed) % 16 == 0)
		mask = test_random(seed) % 2 == 0 ? 0 : UINT32_MAX;
	for (unsigned i = 0; i < ITEMS; i++) {
		if (mask & 1U << i) {
			strncat(words, WORDS[i],
				sizeof(words) - strlen(words) - 1);
			strncat(words, " ", sizeof(words) - strlen(words) - 1);
		}
	}
	talk_publish(t, words);
}

static void
test_query(struct talk *t, struct router *r)
{
	unsigned session = r->c.version == 0 ? TALK_SESSION_0 : TALK_SESSION_1;
	const uint8_t serial[] = {(uint8_t)r->c.version, 1,
		(uint8_t)(session >> 8), (uint8_t)session, 0, 0, 0, 12,
		(uint8_t)(r->c.serial >> 24), (uint8_t)(r->c.serial >> 16),
		(uint8_t)(r->c.serial >> 8), (uint8_t)r->c.serial};
	const uint8_t reset[] = {(uint8_t)r->c.version, 2, 0, 0, 0, 0, 0, 8};

	r->c.asked_all = !r->has;
	if (r->has)
		talk_say_octets(t, serial, sizeof(serial));
	else
		talk_say_octets(t, reset, sizeof(reset));
}

/* One query and its answer; the set may change within. */
static void
test_follow(struct talk *t, struct router *r, uint64_t *seed, unsigned history)
{
	const struct payload_set *then = payload_ref(cache_set(t->cache));
	uint64_t resets = r->c.pdus[8];

	talk_connect(t);
	test_query(t, r);
	if (test_random(seed) % 4 == 0) {
		talk_take(t, test_random(seed) % 64, 7);
		test_publish(t, seed);
	}
	cr_assert(checker_read(&r->c, talk_hear(t)), "history %u: %s", history,
		r->c.why);
	if (r->c.pdus[8] > resets) {
		/* Cache Reset: begin anew, at once. */
		r->has = false;
		payload_unref(then);
		then = payload_ref(cache_set(t->cache));
		test_query(t, r);
		cr_assert(checker_read(&r->c, talk_hear(t)), "history %u: %s",
			history, r->c.why);
	}
	r->has = true;
	cr_assert(checker_holds(&r->c, then),
		"history %u, version %u: not the "
		"published set",
		history, r->c.version);
	payload_unref(then);
}

static void
test_history(unsigned number)
{
	struct cache_config config = talk_cache_config();
	struct router routers[ROUTERS];
	uint64_t seed = number;
	struct talk t;

	config.first_serial = UINT32_MAX - test_random(&seed) % 8;
	config.history = 1 + test_random(&seed) % 6;
	talk_init_with(&t, &config, 1);
	for (unsigned i = 0; i < ROUTERS; i++) {
		routers[i].has = false;
		checker_init(&routers[i].c, i % 2);
	}
	test_publish(&t, &seed);
	for (unsigned step = 0; step < STEPS; step++) {
		if (test_random(&seed) % 4 != 0)
			test_publish(&t, &seed);
		for (unsigned i = 0; i < ROUTERS; i++) {
			if (test_random(&seed) % 3 == 0)
				test_follow(&t, &routers[i], &seed, number);
		}
	}
	for (unsigned i = 0; i < ROUTERS; i++)
		checker_fini(&routers[i].c);
	talk_fini(&t);
}

Test(histories, routers_hold_what_was_published)
{
	for (unsigned i = 0; i < HISTORIES; i++)
		test_history(i);
}
