/*
 * r13_negotiation: the highest version that both sides have, and nothing that
 * sticks (RFC 8210 section 7, and section 7 of the draft of version 2).
 *
 *	      client's version of its first PDU
 *	      0 ... min-1      min ... max      max+1 ... 255
 *	      Error 4, max     that version     Error 4, max
 *
 * The Error Report is of version max in both cases and closes.  Here with all
 * limits 0 <= min <= max <= 2, for both queries, and for routers that go down
 * by themselves; s51_version_matrix has what comes within a session.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

/* One connection whose first PDU has `version`. */
static void
test_first(struct talk *t, unsigned version, bool all)
{
	const unsigned min = t->peer.min_version, max = t->peer.max_version;
	bool spoken = version >= min && version <= max;
	struct checker c;

	checker_init(&c, spoken ? version : max);
	checker_ask(&c, all ? 2 : 1);
	talk_connect(t);
	if (all)
		talk_ask_all(t, version);
	else
		talk_ask_since(t, version, 7, 1);
	cr_expect(checker_read(&c, talk_hear(t)), "%u to %u, version %u: %s",
		min, max, version, c.why);
	cr_expect_eq(c.error, spoken ? -1 : 4);
	cr_expect_eq(session_state(t->session),
		spoken ? SESSION_IDLE : SESSION_CLOSED);
	cr_expect_eq(talk_facts(t).version, spoken ? (int)version : -1);
	/* A stranger's session id in a first Serial Query: Cache Reset. */
	cr_expect_eq(c.pdus[8], spoken && !all);
	cr_expect_eq(c.pdus[9], spoken && all && version > 0);
	cr_expect_eq(c.pdus[11], spoken && all && version > 1);
	if (spoken && all)
		cr_expect_eq(c.session, (int)talk_session(version));
	checker_fini(&c);
}

static void
test_limits(struct talk *t, unsigned min, unsigned max)
{
	t->peer.min_version = min;
	t->peer.max_version = max;
}

Test(r13_negotiation, every_version_within_every_limit)
{
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "192.0.2.0/24-24=64496 key=1 aspa=1:2");
	for (unsigned i = 0; i < 9; i++) {
		if (i / 3 > i % 3)
			continue;
		test_limits(&t, i / 3, i % 3);
		for (unsigned version = 0; version < 256; version++) {
			test_first(&t, version, true);
			test_first(&t, version, false);
		}
	}
	talk_fini(&t);
}

/* A router that begins at `from` and goes to the version of each Error 4, over
 * a new connection; the version that it ends with, 256 for none. */
static unsigned
test_go_down(struct talk *t, unsigned from)
{
	for (unsigned version = from, tries = 0; tries < 3; tries++) {
		struct span heard;
		unsigned told;

		talk_connect(t);
		talk_ask_all(t, version);
		heard = talk_hear(t);
		cr_assert(heard.n >= 8);
		if (heard.p[1] == 3)
			return heard.p[0];
		told = heard.p[0];
		cr_assert_eq(heard.p[1], 10);
		if (told >= version)
			return 256;
		version = told;
	}
	return 256;
}

Test(r13_negotiation, routers_go_down_by_themselves)
{
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "192.0.2.0/24-24=64496");
	for (unsigned i = 0; i < 9; i++) {
		unsigned min = i / 3, max = i % 3;

		if (min > max)
			continue;
		test_limits(&t, min, max);
		for (unsigned from = 0; from < 256; from++) {
			unsigned highest = from < max ? from : max;

			cr_expect_eq(test_go_down(&t, from),
				highest < min ? 256 : highest,
				"%u to %u, from %u", min, max, from);
		}
	}
	talk_fini(&t);
}

/* After each version, each other one: what one connection came to, or failed
 * at, is nothing to the next. */
Test(r13_negotiation, nothing_sticks)
{
	static const unsigned versions[] = {0, 1, 2, 3, 255};
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "192.0.2.0/24-24=64496 key=1 aspa=1:2");
	for (unsigned i = 0; i < 125; i++) {
		test_first(&t, versions[i / 25], i % 2);
		test_first(&t, versions[i / 5 % 5], true);
		test_first(&t, versions[i % 5], true);
	}
	talk_fini(&t);
}

/* Each version has a session of its own: the id of another one is as good as
 * any stranger's. */
Test(r13_negotiation, session_ids_are_a_versions_own)
{
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "192.0.2.0/24-24=64496");
	for (unsigned i = 0; i < 9; i++) {
		unsigned version = i / 3, whose = i % 3;
		struct span heard;

		talk_connect(&t);
		talk_ask_since(&t, version, talk_session(whose), 1);
		heard = talk_hear(&t);
		cr_assert(heard.n >= 8);
		cr_expect_eq(heard.p[1], version == whose ? 3 : 8);
	}
	talk_fini(&t);
}
