/*
 * serials: a router at every distance from the current serial, at every place
 * of the circle (scenario serial-edge).
 */
#include <criterion/criterion.h>

#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

enum {
	KEPT = 32
};

enum answer {
	DATA,
	RESET,
	NOTHING
};

/* Ask from `serial`; what kind of answer comes. */
static enum answer
test_ask(struct talk *t, uint32_t serial, unsigned *payloads)
{
	const uint8_t query[] = {1, 1, TALK_SESSION_1 >> 8,
		TALK_SESSION_1 & 0xff, 0, 0, 0, 12, (uint8_t)(serial >> 24),
		(uint8_t)(serial >> 16), (uint8_t)(serial >> 8),
		(uint8_t)serial};
	struct checker c;
	enum answer answer;

	checker_init(&c, 1);
	c.loose = true;
	talk_say_octets(t, query, sizeof(query));
	cr_expect(checker_read(&c, talk_hear(t)), "%s", c.why);
	cr_expect_eq(session_state(t->session), SESSION_IDLE);
	answer = c.pdus[8] == 1 ? RESET : c.pdus[7] == 1 ? DATA : NOTHING;
	if (answer == DATA)
		cr_expect_eq(c.serial, cache_serial(t->cache));
	*payloads = (unsigned)(c.pdus[4] + c.pdus[6] + c.pdus[9]);
	checker_fini(&c);
	return answer;
}

/* `steps` publications after the first one, which has serial `first`. */
static void
test_circle(uint32_t first, unsigned steps)
{
	struct cache_config config = talk_cache_config();
	struct talk t;
	char words[64];
	uint32_t current = first + steps;
	unsigned payloads;
	const uint32_t undefined = current ^ UINT32_C(0x80000000);
	const uint32_t strangers[] = {current + 1, current + KEPT, undefined,
		undefined - 1, undefined + 1, current - KEPT - 1,
		current - KEPT - 2, first - 1};

	config.first_serial = first;
	config.history = KEPT;
	talk_init_with(&t, &config, 1);
	for (unsigned i = 0; i <= steps; i++) {
		snprintf(words, sizeof(words), "10.0.0.0/8-8=%u", i);
		cr_assert(talk_publish(&t, words));
	}
	cr_expect_eq(cache_serial(t.cache), current);
	cr_expect_eq(cache_history_count(t.cache), steps < KEPT ? steps : KEPT);
	for (uint32_t back = 0; back <= steps && back <= KEPT; back++) {
		cr_expect_eq(test_ask(&t, current - back, &payloads), DATA,
			"%u back from %u", back, current);
		cr_expect_eq(payloads, back == 0 ? 0 : 2);
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(uint32_t); i++)
		cr_expect_eq(test_ask(&t, strangers[i], &payloads), RESET,
			"%u at %u", strangers[i], current);
	talk_fini(&t);
}

Test(serials, ordinary)
{
	test_circle(1, 40);
}

Test(serials, few_steps)
{
	test_circle(1, 0);
	test_circle(1, 1);
	test_circle(1, 31);
	test_circle(1, 32);
	test_circle(1, 33);
}

Test(serials, around_the_end_of_the_circle)
{
	test_circle(UINT32_MAX, 1);
	test_circle(UINT32_MAX - 10, 40);
	test_circle(UINT32_MAX - 40, 40);
	test_circle(UINT32_MAX - 100, 40);
}

Test(serials, around_its_middle)
{
	test_circle(UINT32_C(0x7fffffff), 1);
	test_circle(UINT32_C(0x80000000) - 20, 40);
}
