/*
 * versions: every version that a client may say, against every maximum of
 * ours, as the first PDU and in the middle of a session (scenario
 * version-matrix).
 */
#include <criterion/criterion.h>

#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

static void
test_say_query(struct talk *t, unsigned version)
{
	const uint8_t query[] = {(uint8_t)version, 2, 0, 0, 0, 0, 0, 8};

	talk_say_octets(t, query, sizeof(query));
}

Test(versions, first_pdu)
{
	for (unsigned max = 0; max < 2; max++) {
		struct talk t;

		talk_init(&t, max);
		talk_publish(&t, "192.0.2.0/24-24=64496 key=1");
		for (unsigned version = 0; version < 256; version++) {
			struct checker c;
			bool spoken = version <= max;

			talk_connect(&t);
			checker_init(&c, spoken ? version : max);
			test_say_query(&t, version);
			cr_expect(checker_read(&c, talk_hear(&t)),
				"max %u version %u: %s", max, version, c.why);
			cr_expect_eq(c.error, spoken ? -1 : 4);
			cr_expect_eq(session_state(t.session),
				spoken ? SESSION_IDLE : SESSION_CLOSED);
			cr_expect_eq(c.pdus[9], version == 1 && spoken);
			cr_expect_eq(talk_facts(&t).version,
				spoken ? (int)version : -1);
			checker_fini(&c);
		}
		talk_fini(&t);
	}
}

Test(versions, change_within_a_session)
{
	for (unsigned max = 0; max < 2; max++) {
		struct talk t;

		talk_init(&t, max);
		talk_publish(&t, "");
		for (unsigned i = 0; i < 256 * (max + 1); i++) {
			unsigned version = i / 256, then = i % 256;
			struct checker c;

			talk_connect(&t);
			checker_init(&c, version);
			test_say_query(&t, version);
			cr_expect(checker_read(&c, talk_hear(&t)));
			test_say_query(&t, then);
			cr_expect(checker_read(&c, talk_hear(&t)),
				"version %u then %u: %s", version, then, c.why);
			cr_expect_eq(c.error,
				version == then	       ? -1
					: version == 0 ? 4
						       : 8);
			cr_expect_eq(session_state(t.session),
				version == then ? SESSION_IDLE
						: SESSION_CLOSED);
			checker_fini(&c);
		}
		talk_fini(&t);
	}
}
