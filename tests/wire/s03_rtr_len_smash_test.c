/*
 * s03_rtr_len_smash: each of the 256 PDU types with every kind of wrong and
 * right length, in versions 0 to 2, before and within a session (scenario
 * rtr-len-smash).
 *
 * Whatever comes: at most one Error Report, no answer to an Error Report, the
 * session closed where a rule was broken, only octets that a strict router
 * takes, and no allocation over 64 KiB.
 */
#include <criterion/criterion.h>

#include "tests/wire/counted.h"
#include "tests/wire/router.h"

static const uint32_t LENGTHS[] = {0, 1, 7, 8, 9, 11, 12, 13, 16, 19, 20, 21,
	24, 31, 32, 33, 123, 65535, 65536, 65600, 65601, 0x7fffffff, 0x80000000,
	0xffffffff};

enum {
	LENGTH_COUNT = sizeof(LENGTHS) / sizeof(LENGTHS[0]),
	TYPES = 256,
	VERSIONS = 3,
	MOST = 65536, /* octets of one allocation */
};

enum outcome {
	ANSWERED,
	QUIET,
	WAITING,
	CLOSED,
	FAULT_0,
	FAULT_3,
	FAULT_5,
	FAULT_0_3, /* either is right */
};

/* What the RFCs want, written down a second time. */
static enum outcome
test_want(unsigned version, unsigned type, uint32_t n)
{
	static const uint32_t exact[] = {12, 12, 8, 8, 20, 0, 32, 24, 8};
	uint32_t want = type < 9 ? exact[type] : 0;

	if (type == 10)
		return n >= 16 && n <= 65600 ? QUIET : CLOSED;
	if (type == 9 && version > 0)
		return n < 33 || n > 65535 ? FAULT_0 : FAULT_3;
	if (type == 11 && version > 1)
		return n < 12 || n > 65535 ? FAULT_0
			: n % 4 != 0	   ? FAULT_0_3
					   : FAULT_3;
	if (want == 0)
		return FAULT_5;
	if (type == 7 && version == 0)
		want = 12;
	if (n != want)
		return FAULT_0;
	return type == 1 || type == 2 ? ANSWERED : FAULT_3;
}

/* Say a PDU of which only the first 4,096 octets ever come. */
static void
test_say(struct talk *t, unsigned version, unsigned type, uint32_t n)
{
	uint8_t pdu[4096] = {(uint8_t)version, (uint8_t)type};
	size_t come = n < 8 ? 8 : n < sizeof(pdu) ? n : sizeof(pdu);

	/* Session id, or a code that is not fatal. */
	pdu[2] = type == 1 ? (uint8_t)(talk_session(version) >> 8) : 0;
	pdu[3] = type == 1   ? (uint8_t)talk_session(version)
		: type == 10 ? 2
			     : 0;
	held_put32(pdu + 4, n);
	talk_say_octets(t, pdu, come);
}

static void
test_one(
	struct talk *t, unsigned version, unsigned type, uint32_t n, bool begun)
{
	enum outcome want = test_want(version, type, n);
	struct checker c;
	struct span heard;
	int error;

	checker_init(&c, version);
	talk_connect(t);
	if (begun) {
		c.asked_all = true;
		talk_ask_all(t, version);
		cr_assert(checker_read(&c, talk_hear(t)), "%s", c.why);
	} else if (type == 10) {
		want = CLOSED;
	}
	c.asked_all = type == 2;
#if COUNTED
	counted_begin();
#endif
	test_say(t, version, type, n);
#if COUNTED
	cr_expect(counted_end().octets <= MOST, "v%u type %u length %u: costs",
		version, type, n);
#endif
	heard = talk_hear(t);
	cr_expect(checker_read(&c, heard), "v%u type %u length %u: %s", version,
		type, n, c.why);
	if (want == FAULT_0_3)
		want = c.error == 0 ? FAULT_0 : FAULT_3;
	error = want == FAULT_0	  ? 0
		: want == FAULT_3 ? 3
		: want == FAULT_5 ? 5
				  : -1;
	cr_expect_eq(c.error, error, "v%u type %u length %u: error %d not %d",
		version, type, n, c.error, error);
	cr_expect_eq(c.pdus[10], error >= 0);
	cr_expect_eq(session_state(t->session) == SESSION_CLOSED,
		want == CLOSED || error >= 0, "v%u type %u length %u: %s",
		version, type, n,
		session_state_name(session_state(t->session)));
	if (want == QUIET || want == CLOSED)
		cr_expect_eq(heard.n, 0);
	if (want == ANSWERED)
		cr_expect(heard.n > 0);
	checker_fini(&c);
}

static void
test_all(enum talk_pace pace)
{
	struct talk t;

	talk_init(&t, 2);
	t.pace = pace;
	talk_publish(&t, "192.0.2.0/24-24=64496 key=1 aspa=1:2");
	for (unsigned i = 0; i < VERSIONS * TYPES * 2 * LENGTH_COUNT; i++) {
		unsigned n = i / VERSIONS / TYPES;

		test_one(&t, i % VERSIONS, i / VERSIONS % TYPES, LENGTHS[n / 2],
			n % 2 == 1);
	}
	talk_fini(&t);
}

Test(s03_rtr_len_smash, every_type_in_one_piece)
{
	test_all(TALK_WHOLE);
}

Test(s03_rtr_len_smash, every_type_octet_by_octet)
{
	test_all(TALK_TURNS);
}

/* A router that sends an endless Error Report is not listened to for ever. */
Test(s03_rtr_len_smash, long_report_is_skipped)
{
	struct talk t;
	uint8_t body[1000] = {0};
	struct span heard;

	talk_init(&t, 2);
	talk_publish(&t, "");
	talk_say(&t, "0102000000000008");
	talk_hear(&t);
	talk_say(&t, "010a000200010040");
	for (size_t left = 65600 - 8; left > 0;) {
		size_t n = left < sizeof(body) ? left : sizeof(body);

		talk_say_octets(&t, body, n);
		left -= n;
	}
	cr_expect_eq(talk_hear(&t).n, 0);
	talk_say(&t, "0102000000000008");
	heard = talk_hear(&t);
	cr_expect_eq(heard.n, 8 + 24);
	cr_expect_eq(talk_facts(&t).pdus_in, 3);
	cr_expect_eq(t.counters.errors_received[2], 1);
	talk_fini(&t);
}
