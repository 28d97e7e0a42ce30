/*
 * repo: facts there and back; lines that nobody wrote are refused.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "waymark/err.h"
#include "waymark/repo.h"

static struct repo_facts
sample(void)
{
	return (struct repo_facts){
		.kind = REPO_RRDP,
		.uri = "https://rrdp.example.net/notification.xml",
		.state = REPO_STATE_FAILED,
		.changed = true,
		.session = "9df4b597-af9e-4dca-bdda-719cce2c4e28",
		.serial = INT64_MAX,
		.objects = 1,
		.bytes = UINT64_MAX,
		.attempt = {1773646200},
		.success = {0},
		.next = {1773646800},
		.failures = 3,
		.failures_all = 4,
		.elapsed_ms = 15000,
		.reason =
			"TLS: \"certificate\" has 100 % expired\n\x1b[31m\xff",
	};
}

static bool
is_equal(const struct repo_facts *a, const struct repo_facts *b)
{
	char one[REPO_LINE], two[REPO_LINE];

	return strcmp(repo_facts_write(a, one), repo_facts_write(b, two)) == 0;
}

Test(repo, facts_come_back)
{
	struct repo_facts f = sample(), got = {0};
	char line[REPO_LINE];

	repo_facts_write(&f, line);
	cr_assert(strncmp(line, "repo kind=rrdp uri=https://rrdp.", 32) == 0,
		"%s", line);
	cr_assert_null(strchr(line, '\n'));
	cr_assert_eq(repo_facts_read(line, &got), 0, "%s", line);
	cr_expect(is_equal(&f, &got));
	cr_expect_str_eq(got.reason, f.reason);
	cr_expect_eq(got.serial, (uint64_t)INT64_MAX);
	cr_expect(got.changed);
}

Test(repo, every_kind_and_state_comes_back)
{
	char line[REPO_LINE];

	for (int i = 0; i < REPO_KINDS * REPO_STATES; i++) {
		struct repo_facts f = sample(), got;

		f.kind = (enum repo_kind)(i % REPO_KINDS);
		f.state = (enum repo_state)(i / REPO_KINDS);
		repo_facts_write(&f, line);
		cr_assert_eq(repo_facts_read(line, &got), 0);
		cr_expect_eq(got.kind, f.kind);
		cr_expect_eq(got.state, f.state);
		cr_expect(repo_state_help(f.state)[0] != '\0');
	}
}

/* Every octet needs three: the longest line that there can be. */
Test(repo, the_longest_line_fits)
{
	struct repo_facts f = sample(), got;
	char line[REPO_LINE];

	memset(f.uri, '"', sizeof(f.uri) - 1);
	memset(f.session, ' ', sizeof(f.session) - 1);
	memset(f.reason, '%', sizeof(f.reason) - 1);
	f.serial = f.objects = f.bytes = f.received = UINT64_MAX;
	repo_facts_write(&f, line);
	cr_assert_eq(repo_facts_read(line, &got), 0);
	cr_expect_str_eq(got.reason, f.reason);
}

Test(repo, a_cut_line_is_refused)
{
	struct repo_facts f = sample(), got;
	char line[REPO_LINE], cut[REPO_LINE];
	size_t n, minimum;

	repo_facts_write(&f, line);
	n = strlen(line);
	/* The last field is a text, which may be any shorter one. */
	minimum = (size_t)(strstr(line, " reason=") - line) + 8;
	for (size_t i = 0; i < minimum; i++) {
		memcpy(cut, line, i);
		cut[i] = '\0';
		cr_expect_neq(repo_facts_read(cut, &got), 0, "%zu", i);
	}
	cr_expect_lt(minimum, n);
}

Test(repo, odd_lines_are_refused)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"kind=rrdp", "kind=ftp"},
		{"state=failed", "state=asleep"},
		{"changed=yes", "changed=maybe"},
		{"objects=1", "objects=-1"},
		{"objects=1", "objects="},
		{"objects=1", "objects=1x"},
		{"objects=1 ", "objects=1  "},
		{"attempt=1773646200", "attempt=99999999999999999999"},
		{"%25", "%2"},
		{"%25", "%zz"},
		{"%25", "%00"},
		{"repo ", "repository "},
		{"repo ", "rep "},
	};
	struct repo_facts f = sample(), got;
	char line[REPO_LINE], odd[REPO_LINE + 64];

	repo_facts_write(&f, line);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = strstr(line, cases[i].from);

		cr_assert_not_null(at, "%s", cases[i].from);
		snprintf(odd, sizeof(odd), "%.*s%s%s", (int)(at - line), line,
			cases[i].to, at + strlen(cases[i].from));
		cr_expect_eq(repo_facts_read(odd, &got), ERR_SYNTAX, "%s", odd);
	}
	snprintf(odd, sizeof(odd), "%s more=1", line);
	cr_expect_eq(repo_facts_read(odd, &got), ERR_SYNTAX);
	memset(odd, 'a', sizeof(odd) - 1);
	odd[sizeof(odd) - 1] = '\0';
	memcpy(odd, "repo kind=rrdp uri=", 19);
	cr_expect_eq(repo_facts_read(odd, &got), ERR_SYNTAX, "a long URI");
}
