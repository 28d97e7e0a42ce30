/*
 * slots: who may begin, at every cap that is used, and hosts of URIs.
 */
#include <criterion/criterion.h>

#include "validator/fetch/slots.h"

/* What fits, begun in this order: as many with these traits as there can be,
 * then as many of the others. */
struct row {
	unsigned cap;
	unsigned unknown, slow_then, quick_then;
};

static const struct row rows[] = {
	{1, 1, 0, 0},
	{2, 1, 0, 1},
	{4, 2, 1, 1},
	{8, 4, 2, 2},
	{16, 8, 4, 4},
	{64, 32, 16, 16},
};

static unsigned
fill(struct slots *s, unsigned cap, unsigned traits)
{
	unsigned n = 0;

	while (slots_admit(s, cap, traits)) {
		slots_take(s, traits);
		n++;
	}
	return n;
}

Test(slots, room_is_kept)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		struct slots s = {0};

		cr_expect_eq(fill(&s, r->cap, SLOTS_UNKNOWN), r->unknown);
		cr_expect_eq(fill(&s, r->cap, SLOTS_SLOW), r->slow_then);
		cr_expect_eq(fill(&s, r->cap, 0), r->quick_then);
		cr_expect_eq(s.all, r->cap);
	}
}

Test(slots, who_is_both_counts_as_both)
{
	struct slots s = {0};

	cr_expect_eq(fill(&s, 64, SLOTS_UNKNOWN | SLOTS_SLOW), 32);
	cr_expect_eq(fill(&s, 64, SLOTS_UNKNOWN), 0);
	cr_expect_eq(fill(&s, 64, SLOTS_SLOW), 0);
	cr_expect_eq(fill(&s, 64, 0), 32);
}

Test(slots, what_is_given_back_can_be_taken)
{
	struct slots s = {0};

	fill(&s, 4, SLOTS_UNKNOWN);
	fill(&s, 4, 0);
	cr_expect_not(slots_admit(&s, 4, 0));
	slots_give(&s, SLOTS_UNKNOWN);
	cr_expect(slots_admit(&s, 4, SLOTS_UNKNOWN));
	cr_expect_eq(s.doubtful, 1);
	slots_give(&s, SLOTS_UNKNOWN);
	slots_give(&s, 0);
	slots_give(&s, 0);
	cr_expect_eq(s.all + s.unknown + s.slow + s.doubtful, 0);
}

static const char *const hosts[][2] = {
	{"https://h.example/n.xml", "h.example"},
	{"https://h.example:8443/n.xml", "h.example"},
	{"rsync://127.0.0.2:873/m/", "127.0.0.2"},
	{"rsync://[2001:db8::1]:873/m/", "[2001:db8::1]"},
	{"rsync://[2001:db8::1]/m/", "[2001:db8::1]"},
	{"nonsense", ""},
	{"", ""},
};

Test(slots, host)
{
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		cr_expect(span_equal(slots_host(hosts[i][0]),
				  span_text(hosts[i][1])),
			"%s", hosts[i][0]);
}
