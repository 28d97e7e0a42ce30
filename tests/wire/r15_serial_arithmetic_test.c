/*
 * r15_serial_arithmetic: serials stand to each other as RFC 1982 says, and a
 * router whose serial is unknown, of another order or of no order is told
 * Cache Reset.
 *
 *	             current
 *	 kept history  |   later: Cache Reset
 *	    <----------+---------->
 *	   data        |
 *	               + 2^31: neither earlier nor later: Cache Reset
 *
 * What is earlier is computed here by the two cases of RFC 1982 section 3.2 in
 * 64 bits, apart from the code.
 */
#include <criterion/criterion.h>

#include "rtrd/state/serial.h"
#include "tests/wire/router.h"

enum {
	RANDOM = 200000,
	KEPT = 32
};

/* RFC 1982 section 3.2, word by word, with SERIAL_BITS 32. */
static enum serial_order
test_order(uint64_t i1, uint64_t i2)
{
	const uint64_t half = UINT64_C(1) << 31;

	if (i1 == i2)
		return SERIAL_EQUAL;
	if ((i1 < i2 && i2 - i1 < half) || (i1 > i2 && i1 - i2 > half))
		return SERIAL_EARLIER;
	if ((i1 < i2 && i2 - i1 > half) || (i1 > i2 && i1 - i2 < half))
		return SERIAL_LATER;
	return SERIAL_UNDEFINED;
}

static void
test_pair(uint32_t a, uint32_t b)
{
	cr_assert_eq(serial_compare(a, b), test_order(a, b), "%u and %u", a, b);
	cr_assert_eq(serial_steps(a, b), (uint32_t)(b - a));
}

Test(r15_serial_arithmetic, compare)
{
	static const uint32_t ends[] = {0, 1, 2, 0x7ffffffe, 0x7fffffff,
		0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
	const unsigned count = sizeof(ends) / sizeof(ends[0]);
	uint64_t seed = 1982;

	for (unsigned i = 0; i < count * count; i++)
		test_pair(ends[i / count], ends[i % count]);
	for (unsigned i = 0; i < RANDOM; i++) {
		uint32_t a = router_random(&seed) << 1 ^ router_random(&seed);
		uint32_t near = router_random(&seed) % 5 - 2;

		test_pair(a, a + near);
		test_pair(a, a + UINT32_C(0x80000000) + near);
		test_pair(a, router_random(&seed) << 1 | (a & 1));
		cr_assert_eq(serial_next(a), (uint32_t)(a + 1));
	}
}

/* A cache at `current` with `KEPT` deltas. */
static void
test_cache(struct talk *t, uint32_t current)
{
	struct cache_config config = talk_cache_config();
	char words[64];

	config.first_serial = current - KEPT - 2;
	config.history = KEPT;
	talk_init_with(t, &config, 2);
	for (unsigned i = 0; i < KEPT + 3; i++) {
		snprintf(words, sizeof(words),
			"10.0.0.0/8-8=%u aspa=1:%u key=%u", i, i, i);
		cr_assert(talk_publish(t, words));
	}
	cr_assert_eq(cache_serial(t->cache), current);
}

/* What a query from `serial` is answered by: 3 or 8. */
static unsigned
test_answer(struct talk *t, unsigned version, uint32_t serial)
{
	struct checker c;
	unsigned answer;

	checker_init(&c, version);
	c.loose = true;
	checker_ask(&c, 1);
	talk_connect(t);
	talk_ask_since(t, version, talk_session(version), serial);
	cr_assert(checker_read(&c, talk_hear(t)), "%s", c.why);
	cr_assert_eq(session_state(t->session), SESSION_IDLE);
	cr_assert_eq(c.pdus[3] + c.pdus[8], 1);
	answer = c.pdus[3] == 1 ? 3 : 8;
	if (answer == 3)
		cr_assert_eq(c.serial, cache_serial(t->cache));
	checker_fini(&c);
	return answer;
}

static void
test_at(uint32_t current)
{
	uint64_t seed = current;
	struct talk t;

	test_cache(&t, current);
	for (unsigned version = 0; version < 3; version++) {
		cr_expect_eq(test_answer(&t, version,
				     current ^ UINT32_C(0x80000000)),
			8, "no order at %u", current);
		for (uint32_t i = 0; i < 31; i++)
			cr_expect_eq(test_answer(&t, version,
					     current + (UINT32_C(1) << i)),
				8, "2^%u later than %u", i, current);
		for (unsigned i = 0; i < 200; i++) {
			uint32_t s = router_random(&seed) << 1 | i % 2;
			bool kept = current - s <= KEPT;

			cr_expect_eq(test_answer(&t, version, s), kept ? 3 : 8,
				"%u at %u", s, current);
		}
		for (uint32_t back = 0; back < KEPT + 3; back++)
			cr_expect_eq(test_answer(&t, version, current - back),
				back <= KEPT ? 3 : 8, "%u back", back);
	}
	talk_fini(&t);
}

Test(r15_serial_arithmetic, all_around_the_circle)
{
	static const uint32_t currents[] = {0, 1, 40, 0x7fffffff, 0x80000000,
		0x80000010, 0xffffffff, 0x12345678};

	for (size_t i = 0; i < sizeof(currents) / sizeof(currents[0]); i++)
		test_at(currents[i]);
}
