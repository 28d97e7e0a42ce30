/*
 * memo_rules: what an operator says otherwise than before (constraints, limits,
 * the profile) holds at once, whatever is remembered: the snapshot with memory
 * is that without, to the octet.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/run/stall.h"
#include "validator/tal/constraints.h"

enum {
	FILE_MAX = 4194304
};

static struct span
snapshot_of(struct stall *s, const struct result *r)
{
	char path[256];
	struct span out;

	folder_path(&s->store, "snapshot", path);
	cr_assert(snapshot_write(&r->snapshot, path) == 0);
	cr_assert(file_read(path, FILE_MAX, s->town->arena, &out) == 0);
	return out;
}

/* Run with memory and without; how many VRPs there are of the first trust
 * anchor, and how many of its points are lost. */
static uint64_t
vrps(struct stall *s, const char *what, uint64_t *lost)
{
	struct result *r;
	struct span quick, plain;
	uint64_t n;

	s->town->options.no_memo = true;
	r = stall_run(s);
	plain = snapshot_of(s, r);
	stall_end(s, r, false);
	result_free(r);
	s->town->options.no_memo = false;
	r = stall_run(s);
	quick = snapshot_of(s, r);
	cr_expect(
		span_equal(plain, quick), "%s: other octets with memory", what);
	n = stall_counter(r, 0, REPORT_VRPS);
	*lost = stall_counter(r, 0, REPORT_POINTS_FAILED);
	stall_end(s, r, true);
	result_free(r);
	return n;
}

static struct stall
begin(void)
{
	struct stall s = stall_new(town_new());

	town_write(s.town);
	stall_fetch(&s);
	return s;
}

static const struct constraints *
constrain(struct stall *s, const char *text)
{
	struct constraints *c = arena_get(s->town->arena, sizeof(*c));
	struct tal_error why = {0, ""};

	cr_assert(constraints_parse(span_text(text), s->town->arena, c, &why) ==
			0,
		"line %u: %s", why.line, why.text);
	return c;
}

/* Nine CAs with a ROA of 10.0.0.0/24 and 10.2.0.0/16, nine below with one of
 * 10.1.0.0/24. */
Test(memo_rules, constraints)
{
	static const struct {
		const char *text; /* NULL: none */
		uint64_t vrps;
	} rows[] = {
		{NULL, 27},
		{"allow 10.0.0.0/8", 27},
		{"allow 10.1.0.0/24", 9},
		{"deny 10.1.0.0/25", 18},
		{"deny 10.1.0.0/25 # the same", 18},
		{"deny 1", 27},
		{"deny 10.2.255.255/32", 9},
		{NULL, 27},
	};
	struct stall s = begin();
	uint64_t lost, n;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.town->tas[0].tal.constraints = rows[i].text == NULL
			? NULL
			: constrain(&s, rows[i].text);
		n = vrps(&s, rows[i].text, &lost);
		cr_expect(n == rows[i].vrps, "%zu: %zu VRPs", i, (size_t)n);
		cr_expect(lost == 0);
	}
	stall_free(&s);
}

static void
expect_limits(struct stall *s, struct chain_limits limits, uint64_t want,
	const char *what)
{
	uint64_t lost;

	s->town->options.limits = limits;
	vrps(s, what, &lost);
	cr_expect(lost == want, "%s: %zu points lost", what, (size_t)lost);
}

Test(memo_rules, limits)
{
	const struct chain_limits all = CHAIN_LIMITS;
	struct chain_limits limits = all;
	struct stall s = begin();

	/* What is remembered of a point is not used when there is no room for
	 * it any more; its last good version is no smaller. */
	expect_limits(&s, all, 0, "all");
	limits.read = 1000;
	expect_limits(&s, limits, 1, "no octets of a point");
	expect_limits(&s, all, 0, "all again");
	limits = all;
	limits.ta[LIMIT_READ] = 1000;
	expect_limits(&s, limits, 1, "no octets");
	limits = all;
	limits.ta[LIMIT_VRPS] = 26;
	expect_limits(&s, limits, 1, "a VRP less");
	limits = all;
	limits.ta[LIMIT_OBJECTS] = 73;
	expect_limits(&s, limits, 1, "an object less");
	limits = all;
	limits.depth = 1;
	expect_limits(&s, limits, 9, "no children's children");
	limits = all;
	limits.children = 8;
	expect_limits(&s, limits, 1, "a child less");
	expect_limits(&s, all, 0, "all at the end");
	stall_free(&s);
}
