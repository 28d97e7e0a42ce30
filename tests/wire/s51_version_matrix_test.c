/*
 * s51_version_matrix: every version that a client may say, against every
 * maximum of ours, as the first PDU and in the middle of a session (scenario
 * version-matrix; the table is that of promise R13).
 *
 *	first PDU        then           answer
 *	v <= max         v              data, of version v
 *	v <= max         another one    Error 8 of version v (v0: 4), closed
 *	v > max          -              Error 4 of version max, closed
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

Test(s51_version_matrix, first_pdu)
{
	for (unsigned max = 0; max < 3; max++) {
		struct talk t;

		talk_init(&t, max);
		talk_publish(&t, "192.0.2.0/24-24=64496 key=1 aspa=1:2");
		for (unsigned version = 0; version < 256; version++) {
			bool spoken = version <= max;
			struct checker c;

			talk_connect(&t);
			checker_init(&c, spoken ? version : max);
			checker_ask(&c, 2);
			talk_ask_all(&t, version);
			cr_expect(checker_read(&c, talk_hear(&t)),
				"max %u version %u: %s", max, version, c.why);
			cr_expect_eq(c.error, spoken ? -1 : 4);
			cr_expect_eq(session_state(t.session),
				spoken ? SESSION_IDLE : SESSION_CLOSED);
			cr_expect_eq(c.pdus[4], spoken);
			cr_expect_eq(c.pdus[9], spoken && version > 0);
			cr_expect_eq(c.pdus[11], spoken && version > 1);
			cr_expect_eq(talk_facts(&t).version,
				spoken ? (int)version : -1);
			checker_fini(&c);
		}
		talk_fini(&t);
	}
}

/* Above the maximum the version is what is wrong, whatever the type; an Error
 * Report is never answered. */
Test(s51_version_matrix, first_pdu_of_any_type)
{
	for (unsigned i = 0; i < 3 * 256; i++) {
		unsigned max = i / 256, type = i % 256;
		uint8_t pdu[12] = {(uint8_t)(max + 1), (uint8_t)type, 0, 0, 0,
			0, 0, type == 2 ? 8 : 12};
		struct checker c;
		struct talk t;

		talk_init(&t, max);
		talk_publish(&t, "");
		checker_init(&c, max);
		talk_say_octets(&t, pdu, pdu[7]);
		cr_expect(checker_read(&c, talk_hear(&t)), "type %u: %s", type,
			c.why);
		cr_expect_eq(c.error, type == 10 ? -1 : 4, "type %u: %d", type,
			c.error);
		cr_expect_eq(session_state(t.session), SESSION_CLOSED);
		checker_fini(&c);
		talk_fini(&t);
	}
}

static void
test_switch(struct talk *t, unsigned version, unsigned then, bool all)
{
	bool same = version == then;
	struct checker c;

	talk_connect(t);
	checker_init(&c, version);
	c.asked_all = true;
	talk_ask_all(t, version);
	cr_expect(checker_read(&c, talk_hear(t)));
	c.asked_all = all;
	if (all)
		talk_ask_all(t, then);
	else
		talk_ask_since(t, then, talk_session(version), 1);
	cr_expect(checker_read(&c, talk_hear(t)), "version %u then %u: %s",
		version, then, c.why);
	cr_expect_eq(c.error, same ? -1 : version == 0 ? 4 : 8);
	cr_expect_eq(c.pdus[7], same ? 2 : 1);
	cr_expect_eq(session_state(t->session),
		same ? SESSION_IDLE : SESSION_CLOSED);
	checker_fini(&c);
}

Test(s51_version_matrix, change_within_a_session)
{
	for (unsigned max = 0; max < 3; max++) {
		struct talk t;

		talk_init(&t, max);
		talk_publish(&t, "");
		for (unsigned i = 0; i < 256 * (max + 1); i++) {
			test_switch(&t, i / 256, i % 256, true);
			test_switch(&t, i / 256, i % 256, false);
		}
		talk_fini(&t);
	}
}
