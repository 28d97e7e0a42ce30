/*
 * constraints: what the lines mean, and every way to write them wrongly.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "tests/unit/core/folder.h"
#include "tests/unit/guard.h"
#include "validator/tal/constraints.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

#define TAL "rsync://rpki.example.net/ta/ta.cer\n\nQUJD\n"

static struct arena *
arena(void)
{
	struct arena *a = arena_new(4096);

	cr_assert(a != NULL);
	return a;
}

static const struct {
	const char *text;
	unsigned line;
	const char *why;
} bad[] = {
	{"", 0, "nothing is allowed, and nothing denied"},
	{"# allow 10.0.0.0/8\n\n", 0, "nothing is allowed, and nothing denied"},
	{"allow", 1, "a line begins with allow, deny or #"},
	{"permit 10.0.0.0/8", 1, "a line begins with allow, deny or #"},
	{"allow10.0.0.0/8", 1, "a line begins with allow, deny or #"},
	{"Allow 10.0.0.0/8", 1, "a line begins with allow, deny or #"},
	{"10.0.0.0/8\n", 1, "a line begins with allow, deny or #"},
	{"\xef\xbb\xbf"
	 "allow 1\n",
		1, "a line begins with allow, deny or #"},
	{"allow # 10.0.0.0/8", 1, "a line begins with allow, deny or #"},
	{"allow 1 2\n", 1, "no AS number, and no address"},
	{"deny 1\nallow x\n", 2, "no AS number, and no address"},
	{"allow 4294967296", 1, "no AS number, and no address"},
	{"allow -1", 1, "a prefix, an AS number or a range is wanted"},
	{"allow 1 -", 1, "a prefix, an AS number or a range is wanted"},
	{"allow - 1", 1, "a prefix, an AS number or a range is wanted"},
	{"allow 1 - 2 - 3", 1, "no AS number, and no address"},
	{"allow 2 - 1", 1, "a range ends before it begins"},
	{"allow 10.0.0.1 - 10.0.0.0", 1, "a range ends before it begins"},
	{"allow 10.0.0.0 - 2001:db8::", 1,
		"the ends of a range are of two kinds"},
	{"allow 10.0.0.0 - 64500", 1, "the ends of a range are of two kinds"},
	{"allow 10.0.0.0/8 - 11.0.0.0/8", 1, "an end of a range has no length"},
	{"allow 10.0.0.0", 1, "an address without its prefix length"},
	{"allow 2001:db8::", 1, "an address without its prefix length"},
	{"allow 10.0.0.1/8", 1, "no prefix, or one with host bits"},
	{"allow 10.0.0.0/33", 1, "no prefix, or one with host bits"},
	{"allow 10.0.0.0/", 1, "no prefix, or one with host bits"},
	{"allow 10.0.0/8", 1, "no prefix, or one with host bits"},
	{"allow 010.0.0.0/8", 1, "no prefix, or one with host bits"},
	{"allow 2001:db8:::/32", 1, "no prefix, or one with host bits"},
	{"allow 10.0.0.0/8\nallow 10.0.0.0/8\n", 2,
		"this was allowed, or denied, before"},
	{"allow 10.1.0.0/16\nallow 10.0.0.0/8\n", 2,
		"this was allowed, or denied, before"},
	{"deny 5 - 9\n# c\ndeny 9\n", 3, "this was allowed, or denied, before"},
	{"deny 9\ndeny 5 - 9\n", 2, "this was allowed, or denied, before"},
	{"allow 0.0.0.0/0\nallow 255.255.255.255/32", 2,
		"this was allowed, or denied, before"},
	{"allow 1111111111111111111111111111111111111111111111111111111111111"
	 "11111",
		1, "a prefix, an AS number or a range is wanted"},
};

Test(constraints, each_mistake_has_its_line)
{
	struct arena *a = arena();
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct constraints c = {.text = {NULL, 77}};
		struct tal_error why = {99, NULL};
		int err =
			constraints_parse(span_text(bad[i].text), a, &c, &why);

		cr_expect(err == ERR_SYNTAX, "%s: %d", bad[i].text, err);
		cr_expect(why.line == bad[i].line, "%s: line %u", bad[i].text,
			why.line);
		cr_expect_str_eq(
			why.text, bad[i].why, "%s: %s", bad[i].text, why.text);
		cr_expect(c.text.n == 77, "untouched");
	}
	arena_free(a);
}

/* What the text makes of one range of addresses or AS numbers. */
static bool
permits(const char *text, enum constraint_class class, const char *from,
	const char *to)
{
	struct arena *a = arena();
	struct constraints c;
	struct tal_error why = {0, ""};
	struct prefix low, high;
	uint32_t min, max;
	bool good;

	cr_assert(constraints_parse(span_text(text), a, &c, &why) == 0,
		"%s: line %u: %s", text, why.line, why.text);
	if (class == CONSTRAINT_ASN) {
		cr_assert(
			asn_parse(from, &min) == 0 && asn_parse(to, &max) == 0);
		low.addr = constraints_number(min);
		high.addr = constraints_number(max);
	} else {
		cr_assert(prefix_parse(from, &low) == 0 &&
			prefix_parse(to, &high) == 0);
	}
	good = constraints_permit(&c, class, &low.addr, &high.addr);
	arena_free(a);
	return good;
}

static const struct {
	const char *text;
	enum constraint_class class;
	const char *from, *to;
	bool permit;
} rows[] = {
	/* a class that no line names is free */
	{"allow 1\n", CONSTRAINT_IPV4, "0.0.0.0", "255.255.255.255", true},
	{"allow 10.0.0.0/8\n", CONSTRAINT_IPV6, "::", "::1", true},
	{"allow 10.0.0.0/8\n", CONSTRAINT_ASN, "0", "4294967295", true},
	/* what is allowed, to the last one, and no other */
	{"allow 10.0.0.0/8", CONSTRAINT_IPV4, "10.0.0.0", "10.255.255.255",
		true},
	{"allow 10.0.0.0/8", CONSTRAINT_IPV4, "10.0.0.0", "11.0.0.0", false},
	{"allow 10.0.0.0/8", CONSTRAINT_IPV4, "9.255.255.255", "10.0.0.0",
		false},
	{"allow 10.0.0.0/8", CONSTRAINT_IPV4, "9.0.0.0", "12.0.0.0", false},
	{"allow 10.0.0.0/8", CONSTRAINT_IPV4, "192.0.2.0", "192.0.2.0", false},
	{"allow 2001:db8::/32", CONSTRAINT_IPV6,
		"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
	{"allow 2001:db8::/32", CONSTRAINT_IPV6,
		"2001:db8::", "2001:db9::", false},
	{"allow AS5 - as9", CONSTRAINT_ASN, "5", "9", true},
	{"allow 5-9", CONSTRAINT_ASN, "5", "10", false},
	{"allow 5-9", CONSTRAINT_ASN, "4", "5", false},
	{"allow 4294967295\nallow 0\n", CONSTRAINT_ASN, "4294967295",
		"4294967295", true},
	{"allow 0.0.0.0/0\nallow ::/0\nallow 0 - 4294967295\n", CONSTRAINT_IPV6,
		"::", "ffff::", true},
	/* ends that are no prefix's */
	{"allow 10.0.0.3 - 10.0.0.9", CONSTRAINT_IPV4, "10.0.0.3", "10.0.0.9",
		true},
	{"allow 10.0.0.3 - 10.0.0.9", CONSTRAINT_IPV4, "10.0.0.2", "10.0.0.3",
		false},
	/* two lines together hold what neither does */
	{"allow 10.128.0.0/9\r\nallow 10.0.0.0/9\r\n", CONSTRAINT_IPV4,
		"10.0.0.0", "10.255.255.255", true},
	{"allow 6 - 9\nallow 5\nallow 10\n", CONSTRAINT_ASN, "5", "10", true},
	{"allow 7 - 9\nallow 5\n", CONSTRAINT_ASN, "5", "9", false},
	/* what is denied goes before, in whatever order */
	{"deny 10.1.0.0/16\nallow 10.0.0.0/8\n", CONSTRAINT_IPV4, "10.0.0.0",
		"10.0.255.255", true},
	{"deny 10.1.0.0/16\nallow 10.0.0.0/8\n", CONSTRAINT_IPV4, "10.0.0.0",
		"10.1.0.0", false},
	{"allow 10.0.0.0/8\ndeny 10.1.0.0/16\n", CONSTRAINT_IPV4,
		"10.1.255.255", "10.2.0.0", false},
	{"allow 10.0.0.0/8\ndeny 10.1.0.0/16\n", CONSTRAINT_IPV4, "10.0.0.0",
		"10.255.255.255", false},
	{"deny 64512 - 65534 # private use\n", CONSTRAINT_ASN, "65535", "65535",
		true},
	{"deny 64512 - 65534\n", CONSTRAINT_ASN, "1", "64511", true},
	{"deny 64512 - 65534\n", CONSTRAINT_ASN, "64511", "64512", false},
	{"deny 1 - 4294967295\n", CONSTRAINT_ASN, "0", "0", true},
	{"  \t deny\t0.0.0.0/0 \n", CONSTRAINT_IPV4, "8.8.8.8", "8.8.8.8",
		false},
};

Test(constraints, each_line_means_what_it_says)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(permits(rows[i].text, rows[i].class, rows[i].from,
				  rows[i].to) == rows[i].permit,
			"%s: %s to %s", rows[i].text, rows[i].from, rows[i].to);
}

/* Cut at every octet, against a page that nobody may touch. */
Test(constraints, cut_anywhere)
{
	static const char text[] = "# c\nallow 10.0.0.0/8\nallow 2001:db8:: - "
				   "2001:db8::5\r\ndeny AS1 - AS5 # d\n";
	struct guard g = guard_new(sizeof(text));
	struct arena *a = arena();
	struct tal_error why;
	struct constraints c;
	size_t n;

	for (n = 0; n < sizeof(text); n++) {
		struct span s = guard_span(&g, span_of(text, n));
		int err = constraints_parse(s, a, &c, &why);

		cr_expect(err == 0 || err == ERR_SYNTAX, "%zu", n);
		arena_reset(a);
	}
	arena_free(a);
	guard_free(&g);
}

/* As much as a file may hold, and an octet more. */
Test(constraints, size)
{
	char *text = malloc(BOUND_CONFIG_SIZE + 1);
	struct arena *a = arena();
	struct tal_error why;
	struct constraints c;
	size_t n = 0;
	uint32_t asn = 0;

	while (n + 20 < BOUND_CONFIG_SIZE) {
		n += (size_t)snprintf(text + n, 20, "deny %u\n", asn);
		asn += 2;
	}
	memset(text + n, ' ', BOUND_CONFIG_SIZE + 1 - n);
	cr_expect(constraints_parse(
			  span_of(text, BOUND_CONFIG_SIZE), a, &c, &why) == 0);
	cr_expect(c.deny[CONSTRAINT_ASN].n == asn / 2);
	cr_expect(constraints_parse(span_of(text, BOUND_CONFIG_SIZE + 1), a, &c,
			  &why) == ERR_LIMIT);
	cr_expect_str_eq(why.text, "longer than any such file");
	arena_free(a);
	free(text);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f != NULL && fputs(text, f) >= 0);
	fclose(f);
}

/* The file lies beside the locator; what is wrong with it is wrong with the
 * trust anchor. */
Test(constraints, lie_beside_the_locator)
{
	char path[256], beside[256], why[TAL_WHY] = "", want[TAL_WHY + 64];
	struct folder f = folder_new();
	struct arena *a = arena();
	struct tal tal;

	write_text(folder_path(&f, "ta.tal", path), TAL);
	folder_path(&f, "ta.constraints", beside);
	cr_assert(tal_read(path, a, &tal, why) == 0);
	cr_expect(tal.constraints == NULL);

	write_text(beside, "allow 10.0.0.0/8\n");
	cr_assert(tal_read(path, a, &tal, why) == 0);
	cr_assert(tal.constraints != NULL);
	cr_expect(tal.constraints->allow[CONSTRAINT_IPV4].n == 1);

	write_text(beside, "allow 10.0.0.0/8\nallow 1o.0.0.0/8\n");
	cr_expect(tal_read(path, a, &tal, why) == ERR_SYNTAX);
	(void)snprintf(want, sizeof(want),
		"%s: line 2: no prefix, or one with host bits", beside);
	cr_expect_str_eq(why, want);

	cr_assert(unlink(beside) == 0);
	cr_assert(symlink("nowhere", beside) == 0);
	cr_expect(tal_read(path, a, &tal, why) == ERR_NOTFOUND);
	cr_expect(strstr(why, beside) == why, "%s", why);
	arena_free(a);
	folder_free(&f);
}
