/*
 * r09_framing: PDUs are found by their Length alone; how the octets are cut
 * into segments changes nothing, neither where they come nor where they go.
 *
 * Each conversation is said in one piece; then cut in two at every octet, in
 * single octets, and at random.  The octets that come back are the same, in
 * the same order, and so are the end of the session and its reason.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

/* V stands for the version, SS for its session id. */
static const char *const TALKS[] = {
	/* Four queries: all, nothing new, a stranger's serial, all. */
	"0V020000 00000008 0V01SSSS 0000000c 00000002 "
	"0V01SSSS 0000000c 00000009 0V020000 00000008",
	/* A report that is not fatal among queries, with and without body. */
	"0V020000 00000008 0V0a0002 00000018 00000003 aabbcc 00000005 "
	"68656c6c6f 0V01SSSS 0000000c 00000001 0V0a0002 00000010 00000000 "
	"00000000 0V020000 00000008",
	/* A delta, then a session id that is wrong, then more. */
	"0V01SSSS 0000000c 00000001 0V01fffe 0000000c 00000001 "
	"0V020000 00000008",
	/* Faults: a type, a length, another version; with octets behind. */
	"0V020000 00000008 0V63dead 00000010 00112233 44556677 0V020000 "
	"00000008",
	"0V020000 00000008 0V020000 00000009 00 0V020000 00000008",
	"0V020000 00000008 07020000 00000008 0V020000 00000008",
	"0V040000 00000014 01181800 c0000200 0000fbf0 0V020000 00000008",
	"09020000 00000008 0V020000 00000008",
};

enum {
	TALK_COUNT = sizeof(TALKS) / sizeof(TALKS[0]),
	SAID_MAX = 256,
	HEARD_MAX = 4096,
	CUTS = 400, /* random ones, a conversation */
};

struct heard {
	uint8_t octets[HEARD_MAX];
	size_t n;
	struct session_facts end;
};

static size_t
test_said(const char *text, unsigned version, uint8_t said[SAID_MAX])
{
	char hex[2 * SAID_MAX], session[5];

	snprintf(session, sizeof(session), "%04x", talk_session(version));
	snprintf(hex, sizeof(hex), "%s", text);
	for (char *p = hex; *p != '\0'; p++) {
		if (*p == 'V')
			*p = (char)('0' + version);
		if (strncmp(p, "SSSS", 4) == 0)
			memcpy(p, session, 4);
	}
	return talk_hex(hex, said, SAID_MAX);
}

static void
test_keep(struct talk *t, struct heard *h)
{
	struct span s = talk_hear(t);

	cr_assert(h->n + s.n <= HEARD_MAX);
	if (s.n > 0)
		memcpy(h->octets + h->n, s.p, s.n);
	h->n += s.n;
}

/* Say `said` in pieces whose lengths come from `seed`, each up to `most`; when
 * `turns`, what comes is taken after each. */
static void
test_pieces(struct talk *t, struct span said, unsigned most, uint64_t *seed,
	struct heard *h)
{
	bool turns = router_random(seed) % 2 == 0;

	h->n = 0;
	talk_connect(t);
	for (size_t at = 0; at < said.n;) {
		size_t n = 1 + router_random(seed) % most;

		n = n < said.n - at ? n : said.n - at;
		talk_say_octets(t, said.p + at, n);
		at += n;
		if (turns)
			test_keep(t, h);
	}
	test_keep(t, h);
	h->end = talk_facts(t);
}

static void
test_same(const struct heard *a, const struct heard *b, const char *what)
{
	cr_assert_eq(a->n, b->n, "%s: %zu octets, not %zu", what, b->n, a->n);
	cr_assert(memcmp(a->octets, b->octets, a->n) == 0, "%s: other octets",
		what);
	cr_assert_eq(a->end.state, b->end.state, "%s: %s", what,
		session_state_name(b->end.state));
	cr_assert_eq(a->end.ended, b->end.ended, "%s", what);
	cr_assert_eq(a->end.last_error, b->end.last_error, "%s", what);
}

static void
test_cuts(struct talk *t, struct span said, const char *what)
{
	struct heard whole = {.n = 0}, cut;
	uint64_t seed = 9;

	talk_connect(t);
	talk_say_octets(t, said.p, said.n);
	test_keep(t, &whole);
	whole.end = talk_facts(t);
	cr_assert(whole.n > 0, "%s", what);
	for (size_t at = 1; at < said.n; at++) {
		cut.n = 0;
		talk_connect(t);
		talk_say_octets(t, said.p, at);
		test_keep(t, &cut);
		talk_say_octets(t, said.p + at, said.n - at);
		test_keep(t, &cut);
		cut.end = talk_facts(t);
		test_same(&whole, &cut, what);
	}
	for (unsigned i = 0; i < CUTS; i++) {
		test_pieces(t, said, 1 + i % 24, &seed, &cut);
		test_same(&whole, &cut, what);
	}
}

Test(r09_framing, any_segmentation_same_octets)
{
	for (unsigned i = 0; i < 3 * TALK_COUNT; i++) {
		uint8_t said[SAID_MAX];
		size_t n = test_said(TALKS[i / 3], i % 3, said);
		struct talk t;

		talk_init(&t, 2);
		talk_publish(&t, "10.0.0.0/8-8=1 aspa=1:2,3");
		talk_publish(&t,
			"10.0.0.0/8-8=2 2001:db8::/32-48=1 key=1 "
			"aspa=1:2");
		test_cuts(&t, span_of(said, n), TALKS[i / 3]);
		talk_fini(&t);
	}
}

/* What goes out does not depend on how much is taken at a time. */
Test(r09_framing, any_appetite_same_octets)
{
	for (unsigned version = 0; version < 3; version++) {
		uint8_t whole[HEARD_MAX];
		struct span s;
		struct talk t;
		size_t n;

		talk_init(&t, 2);
		talk_publish(&t,
			"10.0.0.0/8-8=2 2001:db8::/32-48=1 key=1 "
			"key=2 aspa=1:2 aspa=3:0");
		talk_ask_all(&t, version);
		s = talk_hear(&t);
		n = s.n;
		cr_assert(n > 0 && n <= HEARD_MAX);
		memcpy(whole, s.p, n);
		for (size_t step = 1; step <= n; step++) {
			talk_connect(&t);
			talk_ask_all(&t, version);
			talk_take(&t, SIZE_MAX, step);
			s = talk_hear(&t);
			cr_assert(span_equal(s, span_of(whole, n)),
				"version %u, %zu at a time", version, step);
		}
		talk_fini(&t);
	}
}
