/*
 * repos: facts by URI and kind, lives of the child, bounds.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/serve/repos.h"
#include "waymark/err.h"

static struct repo_facts
fact(enum repo_kind kind, const char *uri, enum repo_state state)
{
	struct repo_facts f = {.kind = kind, .state = state};

	snprintf(f.uri, sizeof(f.uri), "%s", uri);
	return f;
}

static void
take(struct repos *r, enum repo_kind kind, const char *uri,
	enum repo_state state)
{
	const struct repo_facts f = fact(kind, uri, state);

	cr_assert_eq(repos_take(r, &f), 0);
}

static const char *
uri_at(const struct repos *r, size_t i)
{
	static struct repo_facts f;

	repos_get(r, i, &f, NULL);
	return f.uri;
}

Test(repos, in_order_whatever_comes_first)
{
	struct repos *r = repos_new();
	struct repo_facts f;
	size_t at;

	take(r, REPO_RRDP, "https://c/", REPO_STATE_OK);
	take(r, REPO_RSYNC, "rsync://a/b/", REPO_STATE_FAILED);
	take(r, REPO_TA, "https://a/", REPO_STATE_NEW);
	take(r, REPO_RRDP, "https://a/", REPO_STATE_OK);
	take(r, REPO_RRDP, "https://b/", REPO_STATE_FETCHING);
	cr_assert_eq(repos_count(r), 5);
	cr_expect_str_eq(uri_at(r, 0), "https://a/");
	cr_expect_str_eq(uri_at(r, 1), "https://a/");
	cr_expect_str_eq(uri_at(r, 2), "https://b/");
	cr_expect_str_eq(uri_at(r, 4), "rsync://a/b/");
	repos_get(r, 0, &f, NULL);
	cr_expect_eq(f.kind, REPO_TA);
	cr_expect(repos_find(r, "https://a/", &at));
	cr_expect_eq(at, 0);
	cr_expect(repos_find(r, "https://c/", &at));
	cr_expect_eq(at, 3);
	cr_expect_not(repos_find(r, "https://a", &at));
	cr_expect_not(repos_find(r, "z", &at));
	repos_free(r);
}

Test(repos, a_fact_replaces_the_one_before)
{
	struct repos *r = repos_new();
	struct repo_facts f = fact(REPO_RRDP, "https://a/", REPO_STATE_OK), got;

	f.serial = 7;
	snprintf(f.reason, sizeof(f.reason), "it was %s", "\"slow\" \xff");
	cr_assert_eq(repos_take(r, &f), 0);
	f.serial = 8;
	cr_assert_eq(repos_take(r, &f), 0);
	cr_expect_eq(repos_count(r), 1);
	repos_get(r, 0, &got, NULL);
	cr_expect_eq(got.serial, 8);
	cr_expect_str_eq(got.reason, f.reason);
	repos_free(r);
}

Test(repos, what_is_not_wanted_goes)
{
	struct repos *r = repos_new();

	take(r, REPO_RRDP, "https://a/", REPO_STATE_OK);
	take(r, REPO_RSYNC, "https://a/", REPO_STATE_OK);
	take(r, REPO_RRDP, "https://a/", REPO_STATE_UNWANTED);
	cr_expect_eq(repos_count(r), 1);
	take(r, REPO_RRDP, "https://never/", REPO_STATE_UNWANTED);
	cr_expect_eq(repos_count(r), 1);
	repos_free(r);
}

/* What the child before knew stays until the new one has told all. */
Test(repos, a_new_child)
{
	struct repos *r = repos_new();

	repos_begin(r);
	take(r, REPO_RRDP, "https://a/", REPO_STATE_OK);
	take(r, REPO_RRDP, "https://b/", REPO_STATE_OK);
	repos_settle(r);
	cr_expect_eq(repos_count(r), 2);
	repos_begin(r);
	take(r, REPO_RRDP, "https://b/", REPO_STATE_FETCHING);
	cr_expect_eq(repos_count(r), 2);
	repos_settle(r);
	cr_assert_eq(repos_count(r), 1);
	cr_expect_str_eq(uri_at(r, 0), "https://b/");
	repos_free(r);
}

Test(repos, attempts_that_ended)
{
	struct repos *r = repos_new();
	struct repo_facts f = fact(REPO_RRDP, "https://a/", REPO_STATE_NEW);
	static const struct {
		enum repo_state state;
		int64_t attempt;
		uint64_t tries;
	} rows[] = {
		{REPO_STATE_NEW, 0, 0},
		{REPO_STATE_FETCHING, 0, 0},
		{REPO_STATE_FAILED, 100, 1},
		{REPO_STATE_FAILED, 100, 1}, /* told again */
		{REPO_STATE_FETCHING, 100, 1},
		{REPO_STATE_OK, 100, 2}, /* within a second */
		{REPO_STATE_OK, 200, 3}, /* its beginning was not heard */
		{REPO_STATE_SPARE, 200, 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t tries = 99;

		f.state = rows[i].state;
		f.attempt.s = rows[i].attempt;
		cr_assert_eq(repos_take(r, &f), 0);
		repos_get(r, 0, &f, &tries);
		cr_expect_eq(tries, rows[i].tries, "row %zu", i);
	}
	repos_free(r);
}

Test(repos, states)
{
	struct repos *r = repos_new();
	size_t counts[REPO_STATES];

	take(r, REPO_RRDP, "https://a/", REPO_STATE_OK);
	take(r, REPO_RRDP, "https://b/", REPO_STATE_OK);
	take(r, REPO_RRDP, "https://c/", REPO_STATE_FAILED);
	repos_states(r, counts);
	cr_expect_eq(counts[REPO_STATE_OK], 2);
	cr_expect_eq(counts[REPO_STATE_FAILED], 1);
	cr_expect_eq(counts[REPO_STATE_NEW], 0);
	repos_free(r);
}

Test(repos, there_is_a_bound)
{
	struct repos *r = repos_new();
	struct repo_facts f = fact(REPO_RRDP, "", REPO_STATE_NEW);
	size_t most = BOUND_TAS * BOUND_REPOS_PER_TA;

	for (size_t i = 0; i < most; i++) {
		snprintf(f.uri, sizeof(f.uri), "https://%06zu/", i);
		cr_assert_eq(repos_take(r, &f), 0);
	}
	snprintf(f.uri, sizeof(f.uri), "https://x/");
	cr_expect_eq(repos_take(r, &f), ERR_LIMIT);
	cr_expect_eq(repos_count(r), most);
	/* Those that are there are told on. */
	snprintf(f.uri, sizeof(f.uri), "https://000007/");
	f.state = REPO_STATE_OK;
	cr_expect_eq(repos_take(r, &f), 0);
	f.state = REPO_STATE_UNWANTED;
	cr_expect_eq(repos_take(r, &f), 0);
	snprintf(f.uri, sizeof(f.uri), "https://x/");
	f.state = REPO_STATE_NEW;
	cr_expect_eq(repos_take(r, &f), 0);
	repos_free(r);
}
