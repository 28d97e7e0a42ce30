/*
 * r10_length_before_allocation: the Length of a PDU is judged before anything
 * is made of it, and no client makes the cache allocate more than 64 KiB.
 *
 *	header says 4 GiB --> Error Report at the header, nothing waited for
 *	header says 65,600 (an Error Report) --> skipped, octet by octet
 *	header says 65,601 --> closed at the header
 *
 * Allocations are counted while the session takes octets; under a sanitizer
 * that part is left out.
 */
#include <criterion/criterion.h>

#include "tests/wire/counted.h"
#include "tests/wire/router.h"

enum {
	MOST = 65536, /* octets in one allocation */
	BODY = 66000,
};

static const uint32_t LENGTHS[] = {0, 7, 8, 12, 65535, 65536, 65600, 65601,
	1048576, 0x7fffffff, 0xffffffff};

enum {
	LENGTH_COUNT = sizeof(LENGTHS) / sizeof(LENGTHS[0]),
};

static void
test_header(struct talk *t, unsigned version, unsigned type, uint32_t n)
{
	uint8_t header[8] = {(uint8_t)version, (uint8_t)type};

	/* A report that is not fatal, a session id that may be. */
	header[3] = type == 10 ? 2 : 0;
	held_put32(header + 4, n);
	talk_say_octets(t, header, sizeof(header));
}

/* Whether a PDU of the type may be so long in the version, whoever sends it. */
static bool
test_is_legal(unsigned version, unsigned type, uint32_t n)
{
	static const uint32_t exact[] = {12, 12, 8, 8, 20, 0, 32, 24, 8};

	if (type == 7 && version == 0)
		return n == 12;
	if (type == 9)
		return version > 0 && n >= 33 && n <= 65535;
	if (type == 10)
		return n >= 16 && n <= 65600;
	if (type == 11)
		return version > 1 && n >= 12 && n <= 65535;
	return type < 9 && n == exact[type];
}

/* Nothing but a header comes: is it judged?  A length that no PDU of the type
 * has ends the session without another octet. */
static void
test_at_header(struct talk *t, unsigned version, unsigned type, uint32_t n)
{
	talk_connect(t);
	talk_ask_all(t, version);
	talk_hear(t);
	test_header(t, version, type, n);
	talk_hear(t);
	if (!test_is_legal(version, type, n))
		cr_expect_eq(session_state(t->session), SESSION_CLOSED,
			"v%u type %u length %u: waited for", version, type, n);
	else if (type == 1 || type == 2 || type == 10)
		cr_expect_neq(session_state(t->session), SESSION_CLOSED,
			"v%u type %u length %u: closed", version, type, n);
}

Test(r10_length_before_allocation, lengths_are_judged_at_the_header)
{
	static const uint8_t types[] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 200};
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (unsigned i = 0; i < 3 * sizeof(types) * LENGTH_COUNT; i++)
		test_at_header(&t, i % 3, types[i / 3 % sizeof(types)],
			LENGTHS[i / 3 / sizeof(types)]);
	talk_fini(&t);
}

#if COUNTED

/* A body of 66,000 octets behind a header, in pieces of `step`; all that the
 * session allocates meanwhile. */
static struct counted
test_cost(struct talk *t, unsigned type, uint32_t n, size_t step)
{
	static const uint8_t body[BODY];

	talk_connect(t);
	talk_ask_all(t, 1);
	talk_hear(t);
	counted_begin();
	test_header(t, 1, type, n);
	for (size_t at = 0; at < BODY; at += step)
		talk_say_octets(
			t, body + at, step < BODY - at ? step : BODY - at);
	return counted_end();
}

Test(r10_length_before_allocation, nothing_large_is_allocated)
{
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (unsigned type = 0; type < 256; type++) {
		for (unsigned i = 0; i < LENGTH_COUNT; i++) {
			struct counted c = test_cost(
				&t, type, LENGTHS[i], i % 2 == 0 ? BODY : 1000);

			cr_expect(c.largest <= MOST && c.octets <= MOST,
				"type %u length %u: %zu octets, %zu at once",
				type, LENGTHS[i], c.octets, c.largest);
		}
	}
	talk_fini(&t);
}

/* Ten megabytes of whole Error Reports, the longest PDU that is listened to:
 * nothing is kept of them. */
Test(r10_length_before_allocation, reports_without_end)
{
	static const uint8_t body[65592];
	struct counted c;
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "");
	talk_ask_all(&t, 1);
	talk_hear(&t);
	counted_begin();
	for (unsigned i = 0; i < 160; i++) {
		const uint8_t header[8] = {1, 10, 0, 2, 0, 1, 0, 64};

		talk_say_octets(&t, header, sizeof(header));
		talk_say_octets(&t, body, sizeof(body));
	}
	c = counted_end();
	cr_expect(c.octets <= MOST, "%zu octets", c.octets);
	cr_expect_eq(session_state(t.session), SESSION_IDLE);
	cr_expect_eq(t.counters.errors_received[2], 160);
	cr_expect_eq(talk_hear(&t).n, 0);
	talk_fini(&t);
}

/* The counting itself counts. */
Test(r10_length_before_allocation, a_large_allocation_would_be_seen)
{
	/* Not by its name: the compiler knows what that does. */
	void *(*volatile get)(size_t) = malloc;
	struct counted c;
	void *p;

	counted_begin();
	p = get(MOST + 1);
	c = counted_end();
	free(p);
	cr_expect_eq(c.largest, MOST + 1);
}

#endif
