/*
 * s50_serial_edge: a router at every distance from the current serial, at every
 * place of the circle, in every version (scenario serial-edge).
 *
 *	oldest-kept -2  -1 | kept ... current | +1 ... +2^31 ...
 *	   Cache Reset     |      data        |    Cache Reset
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

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
test_ask(struct talk *t, unsigned version, uint32_t serial, unsigned *payloads)
{
	struct checker c;
	enum answer answer;

	checker_init(&c, version);
	c.loose = true;
	checker_ask(&c, 1);
	talk_ask_since(t, version, talk_session(version), serial);
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
test_circle_of(unsigned version, uint32_t first, unsigned steps)
{
	struct cache_config config = talk_cache_config();
	struct talk t;
	char words[64];
	uint32_t current = first + steps;
	unsigned payloads;
	const uint32_t undefined = current ^ UINT32_C(0x80000000);
	const uint32_t strangers[] = {current + 1, current + KEPT, undefined,
		undefined - 1, undefined + 1, current - KEPT - 1,
		current - KEPT - 2, first - 1, first - 2};

	config.first_serial = first;
	config.history = KEPT;
	talk_init_with(&t, &config, 2);
	for (unsigned i = 0; i <= steps; i++) {
		snprintf(words, sizeof(words), "10.0.0.0/8-8=%u", i);
		cr_assert(talk_publish(&t, words));
	}
	cr_expect_eq(cache_serial(t.cache), current);
	cr_expect_eq(cache_history_count(t.cache), steps < KEPT ? steps : KEPT);
	for (uint32_t back = 0; back <= steps && back <= KEPT; back++) {
		cr_expect_eq(test_ask(&t, version, current - back, &payloads),
			DATA, "%u back from %u", back, current);
		cr_expect_eq(payloads, back == 0 ? 0 : 2);
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(uint32_t); i++)
		cr_expect_eq(test_ask(&t, version, strangers[i], &payloads),
			RESET, "%u at %u", strangers[i], current);
	talk_fini(&t);
}

static void
test_circle(uint32_t first, unsigned steps)
{
	for (unsigned version = 0; version < 3; version++)
		test_circle_of(version, first, steps);
}

Test(s50_serial_edge, ordinary)
{
	test_circle(1, 40);
}

Test(s50_serial_edge, few_steps)
{
	test_circle(1, 0);
	test_circle(1, 1);
	test_circle(1, 31);
	test_circle(1, 32);
	test_circle(1, 33);
}

Test(s50_serial_edge, around_the_end_of_the_circle)
{
	test_circle(UINT32_MAX, 1);
	test_circle(UINT32_MAX - 10, 40);
	test_circle(UINT32_MAX - 40, 40);
	test_circle(UINT32_MAX - 100, 40);
}

Test(s50_serial_edge, around_its_middle)
{
	test_circle(UINT32_C(0x7fffffff), 1);
	test_circle(UINT32_C(0x80000000) - 20, 40);
}

/* A wrong session id: of a stranger at first, Cache Reset; against the id that
 * was told in this session, Error 0 and the end. */
Test(s50_serial_edge, wrong_session)
{
	for (unsigned i = 0; i < 3 * 16; i++) {
		unsigned version = i % 3, wrong = 1U << i / 3;
		struct checker c;
		struct talk t;
		unsigned payloads;

		talk_init(&t, 2);
		talk_publish(&t, "10.0.0.0/8-8=1");
		checker_init(&c, version);
		talk_ask_since(&t, version, talk_session(version) ^ wrong, 1);
		cr_expect(checker_read(&c, talk_hear(&t)), "%s", c.why);
		cr_expect_eq(c.pdus[8], 1);
		cr_expect_eq(test_ask(&t, version, 1, &payloads), DATA);
		talk_ask_since(&t, version, talk_session(version) ^ wrong, 1);
		cr_expect(checker_read(&c, talk_hear(&t)), "%s", c.why);
		cr_expect_eq(c.error, 0);
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
		checker_fini(&c);
		talk_fini(&t);
	}
}
