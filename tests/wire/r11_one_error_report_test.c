/*
 * r11_one_error_report: whoever breaks a rule is told once, briefly, and the
 * session is over.
 *
 *	queries  bad PDU  more  more  more
 *	answers  Error Report, nothing behind it, closed
 *
 * At most one fatal Error Report a connection, at most 256 octets of text, at
 * most 64 of the PDU, which are the first ones that were said; whatever else
 * the router goes on to say.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	RANDOM = 20000, /* conversations */
	SAID = 160,
};

/* What an Error Report among `heard` encloses; nothing: an empty span. */
static struct span
test_enclosed(struct span heard)
{
	for (size_t at = 0; at + 8 <= heard.n;) {
		uint32_t n = checker_be32(heard.p + at + 4);

		if (n < 8 || n > heard.n - at)
			break;
		if (heard.p[at + 1] == 10)
			return span_of(heard.p + at + 12,
				checker_be32(heard.p + at + 8));
		at += n;
	}
	return span_of(NULL, 0);
}

struct row {
	const char *said; /* V stands for the version */
	int errors[3]; /* code, by version */
};

static const struct row ROWS[] = {
	{"0V02000000000009", {0, 0, 0}}, /* a length */
	{"0V02000000000007", {0, 0, 0}}, {"0V020000ffffffff", {0, 0, 0}},
	{"0V01000000000008", {0, 0, 0}},
	{"0V0000000000000c 00000001", {3, 3, 3}}, /* types of caches */
	{"0V03000000000008", {3, 3, 3}},
	{"0V04000000000014 011818000a00000000000001", {3, 3, 3}},
	{"0V08000000000008", {3, 3, 3}},
	{"0V0b00000000000c 00000001", {5, 5, 3}}, /* an ASPA is of v2 */
	{"0V09010000000021 00*25", {5, 3, 3}}, /* a key is of v1 */
	{"0V05000000000008", {5, 5, 5}}, /* nobody's types */
	{"0V0c000000000008", {5, 5, 5}},
	{"0Vff000000000200 00*504", {5, 5, 5}}, /* more than 64 octets */
	{"0V01fffe0000000c 00000001", {0, 0, 0}}, /* not the session's id */
};

enum {
	ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0])
};

static size_t
test_octets(const char *text, unsigned version, uint8_t *said, size_t cap)
{
	char hex[128];

	snprintf(hex, sizeof(hex), "%s", text);
	for (char *p = hex; *p != '\0'; p++)
		*p = *p == 'V' ? (char)('0' + version) : *p;
	return talk_hex(hex, said, cap);
}

static void
test_row(struct talk *t, const struct row *row, unsigned version)
{
	uint8_t said[1024];
	size_t n = test_octets(row->said, version, said, sizeof(said));
	struct checker c;
	struct span heard, enclosed;

	checker_init(&c, version);
	talk_connect(t);
	checker_ask(&c, 2);
	talk_ask_all(t, version);
	cr_assert(checker_read(&c, talk_hear(t)), "%s", c.why);
	talk_say_octets(t, said, n);
	/* It goes on as if nothing were. */
	for (unsigned i = 0; i < 4; i++)
		talk_say_octets(t, said, n);
	talk_ask_all(t, version);
	heard = talk_hear(t);
	cr_expect(checker_read(&c, heard), "v%u %s: %s", version, row->said,
		c.why);
	cr_expect_eq(c.pdus[10], 1, "v%u %s: %u reports", version, row->said,
		(unsigned)c.pdus[10]);
	cr_expect_eq(c.error, row->errors[version], "v%u %s: error %d", version,
		row->said, c.error);
	cr_expect_eq(session_state(t->session), SESSION_CLOSED, "v%u %s",
		version, row->said);
	enclosed = test_enclosed(heard);
	cr_expect(enclosed.n >= 8 && enclosed.n <= 64 &&
			memcmp(enclosed.p, said, enclosed.n) == 0,
		"v%u %s: encloses what was not said", version, row->said);
	talk_ask_all(t, version);
	cr_expect_eq(talk_hear(t).n, 0);
	checker_fini(&c);
}

Test(r11_one_error_report, then_the_session_is_over)
{
	struct talk t;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (int pace = 0; pace < TALK_PACES; pace++) {
		t.pace = (enum talk_pace)pace;
		for (unsigned i = 0; i < 3 * ROW_COUNT; i++)
			test_row(&t, &ROWS[i / 3], i % 3);
	}
	talk_fini(&t);
}

/* Octets that are nearly PDUs. */
static void
test_random_octets(uint64_t *seed, uint8_t said[SAID])
{
	static const uint8_t likely[] = {
		0, 0, 0, 1, 2, 8, 10, 12, 16, 20, 24, 32, 65, 123, 255};

	for (size_t i = 0; i < SAID; i++)
		said[i] = router_random(seed) % 8 == 0
			? (uint8_t)router_random(seed)
			: likely[router_random(seed) % sizeof(likely)];
	for (size_t at = 0; at + 12 < SAID; at += 8 + router_random(seed) % 9) {
		held_put32(said + at + 4, 8 + router_random(seed) % 5);
		said[at] = (uint8_t)(router_random(seed) % 3);
	}
}

Test(r11_one_error_report, whatever_is_said)
{
	struct talk t;
	uint64_t seed = 11;
	unsigned reports = 0;

	talk_init(&t, 2);
	talk_publish(&t, "10.0.0.0/8-8=1");
	for (unsigned i = 0; i < RANDOM; i++) {
		unsigned version = i % 3;
		uint8_t said[SAID];
		struct checker c;

		test_random_octets(&seed, said);
		checker_init(&c, version);
		c.loose = true;
		talk_connect(&t);
		talk_ask_all(&t, version);
		cr_assert(checker_read(&c, talk_hear(&t)), "%s", c.why);
		t.pace = (enum talk_pace)(i / 3 % TALK_PACES);
		talk_say_octets(&t, said, sizeof(said));
		c.asked_all = false;
		cr_assert(checker_read(&c, talk_hear(&t)), "%u: %s", i, c.why);
		cr_assert(c.pdus[10] <= 1, "%u: several reports", i);
		cr_assert(c.pdus[10] == 0 ||
				session_state(t.session) == SESSION_CLOSED,
			"%u: open behind error %d", i, c.error);
		reports += c.pdus[10] == 1;
		checker_fini(&c);
	}
	cr_expect(reports > RANDOM / 2, "only %u reports", reports);
	talk_fini(&t);
}

/* "No data" is not fatal: one a query, and the session goes on. */
Test(r11_one_error_report, no_data_is_not_the_end)
{
	for (unsigned version = 0; version < 3; version++) {
		struct router r;
		struct talk t;

		talk_init(&t, 2);
		router_init(&r, &t, version);
		for (unsigned i = 1; i <= 10; i++) {
			router_ask(&r);
			cr_expect(router_hear(&r, NULL, NULL), "%s", r.c.why);
			cr_expect_eq(r.c.pdus[10], i);
			cr_expect_eq(r.c.error, 2);
			cr_expect_eq(session_state(t.session), SESSION_IDLE);
		}
		talk_publish(&t, "10.0.0.0/8-8=1 key=1 aspa=1:2");
		router_ask(&r);
		cr_expect(router_hear(&r, NULL, NULL), "%s", r.c.why);
		cr_expect(r.has);
		router_fini(&r);
		talk_fini(&t);
	}
}
