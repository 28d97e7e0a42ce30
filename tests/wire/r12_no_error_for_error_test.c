/*
 * r12_no_error_for_error: an Error Report is never answered by an Error
 * Report, however broken it is and whenever it comes (RFC 8210 section 5.11).
 *
 *	code x length x inner lengths x version octet x when
 *
 * when: first of all; behind a query that is answered; within an answer; in
 * front of a query.  A code that is fatal ends the session, without a word.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum when {
	FIRST,
	BEHIND, /* an answer that was taken */
	WITHIN, /* one that is under way */
	WHENS,
};

static const uint16_t CODES[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255, 65535};
static const uint32_t LENGTHS[] = {
	0, 7, 8, 15, 16, 17, 24, 40, 65600, 65601, 0x7fffffff, 0xffffffff};
static const uint32_t INNER[] = {0, 1, 8, 24, 65535, 0xfffffff0, 0xffffffff};

enum {
	CODE_COUNT = sizeof(CODES) / sizeof(CODES[0]),
	LENGTH_COUNT = sizeof(LENGTHS) / sizeof(LENGTHS[0]),
	INNER_COUNT = sizeof(INNER) / sizeof(INNER[0]),
	BODY = 32, /* octets of it that come */
};

struct report {
	unsigned version, code;
	uint32_t length, inner;
};

static void
test_say(struct talk *t, const struct report *r)
{
	uint8_t pdu[8 + BODY] = {(uint8_t)r->version, 10,
		(uint8_t)(r->code >> 8), (uint8_t)r->code};

	held_put32(pdu + 4, r->length);
	held_put32(pdu + 8, r->inner);
	/* An Error Report in an Error Report. */
	memcpy(pdu + 12, "\1\12\0\3\0\0\0\20", 8);
	/* Nothing behind its end: that would be another PDU. */
	talk_say_octets(t, pdu,
		r->length < 8			  ? 8
			: r->length < sizeof(pdu) ? r->length
						  : sizeof(pdu));
}

/* Whether the session is over: by its code, its length, its version, or as it
 * is the first PDU.  What is behind it counts only where it ends. */
static bool
test_is_over(const struct report *r, unsigned version, enum when when)
{
	/* Cache Restart is a code of version 2, and not fatal there. */
	bool mild = r->code == 2 || (r->code == 12 && version == 2);

	return when == FIRST || r->version != version || !mild ||
		r->length < 16 || r->length > 65600;
}

static void
test_one(struct talk *t, const struct report *r, unsigned version,
	enum when when)
{
	struct checker c;

	checker_init(&c, version);
	c.loose = true;
	talk_connect(t);
	if (when != FIRST) {
		talk_ask_all(t, version);
		if (when == BEHIND)
			cr_assert(checker_read(&c, talk_hear(t)));
		else
			talk_take(t, 9, 9);
	}
	test_say(t, r);
	if (when == WITHIN) {
		/* What was begun may end or be cut; then it is not read. */
		struct span heard = talk_hear(t);

		if (session_state(t->session) != SESSION_CLOSED)
			cr_assert(checker_read(&c, heard), "%s", c.why);
	} else {
		cr_assert(checker_read(&c, talk_hear(t)), "%s", c.why);
	}
	cr_assert_eq(c.pdus[10], 0, "v%u: a report for code %u, length %u",
		version, r->code, r->length);
	if (test_is_over(r, version, when))
		cr_assert_eq(session_state(t->session), SESSION_CLOSED,
			"v%u code %u length %u: open", version, r->code,
			r->length);
	checker_fini(&c);
}

Test(r12_no_error_for_error, never)
{
	struct talk t;
	const unsigned all = 4 * CODE_COUNT * LENGTH_COUNT * INNER_COUNT;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (unsigned i = 0; i < all; i++) {
		const struct report r = {.version = i % 4 == 3 ? 200 : i % 4,
			.code = CODES[i / 4 % CODE_COUNT],
			.length = LENGTHS[i / 4 / CODE_COUNT % LENGTH_COUNT],
			.inner = INNER[i / 4 / CODE_COUNT / LENGTH_COUNT]};

		for (unsigned k = 0; k < 3 * WHENS; k++)
			test_one(&t, &r, k % 3, (enum when)(k / 3));
	}
	talk_fini(&t);
}

/* A storm of reports that are not fatal: not a word, and then business. */
Test(r12_no_error_for_error, a_thousand_reports)
{
	for (unsigned version = 0; version < 3; version++) {
		struct router r;
		struct talk t;

		talk_init(&t, 2);
		talk_publish(&t, "10.0.0.0/8-8=1");
		router_init(&r, &t, version);
		router_ask(&r);
		cr_assert(router_hear(&r, NULL, NULL), "%s", r.c.why);
		for (unsigned i = 0; i < 1000; i++) {
			const uint8_t report[16] = {
				(uint8_t)version, 10, 0, 2, 0, 0, 0, 16};

			talk_say_octets(&t, report, sizeof(report));
		}
		cr_expect_eq(talk_hear(&t).n, 0);
		router_ask(&r);
		cr_expect(router_hear(&r, NULL, NULL), "%s", r.c.why);
		cr_expect_eq(r.c.pdus[7], 2);
		router_fini(&r);
		talk_fini(&t);
	}
}
