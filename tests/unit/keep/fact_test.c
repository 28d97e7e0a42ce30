/*
 * fact: what is read of a line, and what is no fact.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rtrd/keep/fact.h"
#include "waymark/err.h"

Test(fact, each_kind)
{
	const struct repo_facts repo = {.kind = REPO_RRDP,
		.uri = "https://a.example/n.xml",
		.state = REPO_STATE_OK,
		.changed = true,
		.serial = 7};
	char line[REPO_LINE];
	struct fact f;

	cr_assert_eq(fact_read(repo_facts_write(&repo, line), &f), 0);
	cr_expect_eq(f.kind, FACT_REPO);
	cr_expect_str_eq(f.repo.uri, repo.uri);
	cr_expect(f.repo.changed);
	cr_assert_eq(fact_read("store used=1 budget=18446744073709551615 "
			       "objects=0 full=no",
			     &f),
		0);
	cr_expect_eq(f.kind, FACT_STORE);
	cr_expect_eq(f.store.used, 1);
	cr_expect_eq(f.store.budget, UINT64_MAX);
	cr_expect_not(f.store.full);
	cr_assert_eq(
		fact_read("store used=1 budget=2 objects=3 full=yes", &f), 0);
	cr_expect_eq(f.store.objects, 3);
	cr_expect(f.store.full);
	cr_assert_eq(fact_read("settled", &f), 0);
	cr_expect_eq(f.kind, FACT_SETTLED);
}

Test(fact, no_fact)
{
	static const char *const lines[] = {
		"",
		" ",
		"settled ",
		"settle",
		"Settled",
		"repo",
		"repo ",
		"repo kind=rrdp",
		"store",
		"store ",
		"store used=1 budget=2 objects=3 full=maybe",
		"store used=1 budget=2 objects=3 full=yes ",
		"store used=-1 budget=2 objects=3 full=yes",
		"store used= budget=2 objects=3 full=yes",
		"store used=18446744073709551616 budget=2 objects=3 full=no",
		"store used=000000000000000000000001 budget=2 objects=3 full=no",
		"store budget=2 used=1 objects=3 full=yes",
		"store used=1  budget=2 objects=3 full=yes",
	};
	struct fact f;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect_eq(
			fact_read(lines[i], &f), ERR_SYNTAX, "%s", lines[i]);
}

/* Cut anywhere, it is none; but for a word that is whole before its end. */
Test(fact, every_cut)
{
	static const char whole[] =
		"store used=11 budget=22 objects=33 full=yes";
	char line[sizeof(whole)];
	struct fact f;

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		snprintf(line, sizeof(line), "%.*s", (int)n, whole);
		cr_expect_eq(fact_read(line, &f), ERR_SYNTAX, "%s", line);
	}
}
