/*
 * changes: deltas over a live set, each checked against what the ones before
 * have made of it (RFC 8182 section 3.4.2).
 */
#include "tests/unit/store/bed.h"

/* A set of objects 0 to 9, each at its URI. */
static struct bed
begin(void)
{
	struct bed b = bed_new();

	(void)bed_whole(&b, A_REPO, 0, 10);
	return b;
}

Test(changes, objects_come_change_and_go)
{
	struct bed b = begin();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	struct stage_end end;
	struct repo_record r;
	char uri[128];

	cr_expect_eq(bed_put(&b, st, bed_uri(10, uri), 10), 0);
	cr_expect_eq(bed_put_over(&b, st, bed_uri(3, uri), 33, 3), 0);
	cr_expect_eq(bed_take(&b, st, bed_uri(4, uri), 4), 0);
	cr_expect(bed_has(&b, A_REPO, bed_uri(4, uri), 4), "not yet");
	cr_expect(bed_has(&b, A_REPO, bed_uri(10, uri), -1), "not yet");
	end = bed_commit(&b, st, A_REPO, 2);
	cr_expect(end.changed);
	cr_expect_eq(end.objects, 10);
	for (int i = 0; i <= 10; i++)
		cr_expect(bed_has(&b, A_REPO, bed_uri((unsigned)i, uri),
				  i == 3	   ? 33
					  : i == 4 ? -1
						   : i),
			"%d", i);
	bed_reopen(&b);
	r = bed_load(&b, A_REPO);
	cr_expect_eq(r.serial, 2);
	cr_expect_eq(r.objects, 10);
	cr_expect_eq(r.bytes, end.bytes);
	cr_expect_eq(bed_rows(&b, A_REPO), 10);
	bed_free(&b);
}

Test(changes, each_is_checked_and_ends_its_stage)
{
	struct bed b = begin();
	struct repo_record r = bed_record(A_REPO, 2);
	struct stage_end end;
	char uri[128];
	struct {
		int want;
		bool is_put;
		unsigned at;
		int old; /* < 0: none */
	} cases[] = {
		{ERR_CHECKSUM, true, 3, -1}, /* something stands there */
		{ERR_CHECKSUM, true, 3, 4}, /* but something else */
		{ERR_CHECKSUM, true, 20, 4}, /* nothing to replace */
		{ERR_CHECKSUM, false, 3, 4},
		{ERR_NOTFOUND, false, 20, 4},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);

		cr_assert_eq(bed_put(&b, st, bed_uri(11, uri), 11), 0);
		if (cases[i].is_put)
			cr_expect_eq(
				bed_put_over(&b, st, bed_uri(cases[i].at, uri),
					50, cases[i].old),
				cases[i].want, "case %zu", i);
		else
			cr_expect_eq(bed_take(&b, st, bed_uri(cases[i].at, uri),
					     (unsigned)cases[i].old),
				cases[i].want, "case %zu", i);
		cr_expect_eq(b.ops->commit(st, &r, &end), cases[i].want);
		cr_expect_eq(bed_rows(&b, A_REPO), 10);
		cr_expect_eq(bed_load(&b, A_REPO).serial, 1);
	}
	bed_free(&b);
}

Test(changes, withdraw_then_a_bad_publish_changes_nothing)
{
	struct bed b = begin();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	struct repo_record r = bed_record(A_REPO, 2);
	struct stage_end end;
	char uri[128];

	cr_expect_eq(bed_take(&b, st, bed_uri(0, uri), 0), 0);
	cr_expect_eq(bed_put(&b, st, bed_uri(1, uri), 50), ERR_CHECKSUM);
	cr_expect_eq(b.ops->commit(st, &r, &end), ERR_CHECKSUM);
	cr_expect(bed_has(&b, A_REPO, bed_uri(0, uri), 0));
	bed_tidy(&b);
	cr_expect(bed_has(&b, A_REPO, bed_uri(0, uri), 0));
	bed_free(&b);
}

Test(changes, a_uri_comes_once_a_delta)
{
	struct bed b = begin();
	struct stage *st;
	char uri[128];

	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_expect_eq(bed_take(&b, st, bed_uri(0, uri), 0), 0);
	cr_expect_eq(bed_put(&b, st, bed_uri(0, uri), 50), ERR_EXISTS);
	b.ops->drop(st);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_expect_eq(bed_put_over(&b, st, bed_uri(0, uri), 50, 0), 0);
	cr_expect_eq(bed_take(&b, st, bed_uri(0, uri), 50), ERR_EXISTS);
	b.ops->drop(st);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_expect_eq(bed_put(&b, st, bed_uri(20, uri), 50), 0);
	b.ops->next(st);
	cr_expect_eq(bed_take(&b, st, bed_uri(20, uri), 50), 0);
	cr_expect_eq(bed_take(&b, st, bed_uri(20, uri), 50), ERR_EXISTS);
	b.ops->drop(st);
	bed_free(&b);
}

Test(changes, the_next_delta_goes_on_from_the_last)
{
	struct bed b = begin();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	struct stage_end end;
	char uri[128];

	/* comes, changes, goes, comes again */
	cr_expect_eq(bed_put(&b, st, bed_uri(20, uri), 20), 0);
	b.ops->next(st);
	cr_expect_eq(bed_put_over(&b, st, bed_uri(20, uri), 21, 20), 0);
	b.ops->next(st);
	cr_expect_eq(bed_take(&b, st, bed_uri(20, uri), 21), 0);
	b.ops->next(st);
	cr_expect_eq(bed_put(&b, st, bed_uri(20, uri), 22), 0);
	/* goes, and comes as it was */
	cr_expect_eq(bed_take(&b, st, bed_uri(5, uri), 5), 0);
	b.ops->next(st);
	cr_expect_eq(bed_put(&b, st, bed_uri(5, uri), 5), 0);
	end = bed_commit(&b, st, A_REPO, 9);
	cr_expect(end.changed);
	cr_expect_eq(end.objects, 11);
	cr_expect(bed_has(&b, A_REPO, bed_uri(20, uri), 22));
	cr_expect(bed_has(&b, A_REPO, bed_uri(5, uri), 5));
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 11);
	bed_free(&b);
}

Test(changes, what_comes_to_nothing_is_no_change)
{
	struct bed b = begin();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	char uri[128];

	cr_expect_eq(bed_put(&b, st, bed_uri(20, uri), 20), 0);
	cr_expect_eq(bed_take(&b, st, bed_uri(5, uri), 5), 0);
	cr_expect_eq(bed_put_over(&b, st, bed_uri(6, uri), 6, 6), 0);
	b.ops->next(st);
	cr_expect_eq(bed_take(&b, st, bed_uri(20, uri), 20), 0);
	cr_expect_eq(bed_put(&b, st, bed_uri(5, uri), 5), 0);
	cr_expect_not(bed_commit(&b, st, A_REPO, 3).changed);
	cr_expect_eq(bed_load(&b, A_REPO).serial, 3);
	cr_expect_eq(bed_rows(&b, A_REPO), 10);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_expect_not(bed_commit(&b, st, A_REPO, 4).changed, "none at all");
	bed_free(&b);
}

Test(changes, a_new_repository_begins_empty)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	char uri[128];

	cr_expect_eq(bed_put(&b, st, bed_uri(1, uri), 1), 0);
	cr_expect(bed_commit(&b, st, A_REPO, 1).changed);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 1);
	bed_free(&b);
}

Test(changes, others_do_not_see_them)
{
	struct bed b = begin();
	struct stage *a, *c;
	char uri[128];

	(void)bed_whole(&b, B_REPO, 0, 10);
	a = bed_begin(&b, A_REPO, STAGE_CHANGES);
	c = bed_begin(&b, B_REPO, STAGE_CHANGES);
	for (unsigned i = 0; i < 5; i++) {
		cr_expect_eq(bed_take(&b, a, bed_uri(i, uri), i), 0);
		cr_expect_eq(
			bed_put_over(&b, c, bed_uri(i, uri), i + 100, (int)i),
			0);
	}
	(void)bed_commit(&b, a, A_REPO, 2);
	cr_expect_eq(bed_rows(&b, A_REPO), 5);
	cr_expect(bed_has(&b, B_REPO, bed_uri(0, uri), 0));
	b.ops->drop(c);
	cr_expect(bed_has(&b, B_REPO, bed_uri(0, uri), 0));
	bed_free(&b);
}

Test(changes, taking_is_for_changes)
{
	struct bed b = begin();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	char uri[128];

	cr_expect_eq(bed_take(&b, st, bed_uri(0, uri), 0), ERR_USAGE);
	b.ops->drop(st);
	bed_free(&b);
}

/* A model: what stands at each of so many URIs; < 0: nothing. */
enum {
	PLACES = 40,
};

/* One thing or none happens to place `i`, as chance has it. */
static void
play(struct bed *b, struct stage *st, int model[PLACES], unsigned i,
	unsigned *seed)
{
	char uri[128];
	int what;

	*seed = *seed * 1664525U + 1013904223U;
	what = (int)(*seed >> 28);
	if (what < 4) {
		cr_assert_eq(bed_put_over(b, st, bed_uri(i, uri),
				     (unsigned)what, model[i]),
			0);
		model[i] = what;
	} else if (what < 7 && model[i] >= 0) {
		cr_assert_eq(
			bed_take(b, st, bed_uri(i, uri), (unsigned)model[i]),
			0);
		model[i] = -1;
	}
}

static void
compare(struct bed *b, const int model[PLACES])
{
	char uri[128];

	for (unsigned i = 0; i < PLACES; i++)
		cr_assert(bed_has(b, A_REPO, bed_uri(i, uri), model[i]));
}

Test(changes, random_chains_agree_with_a_model)
{
	struct bed b = bed_new();
	int model[PLACES], next[PLACES];
	unsigned seed = 12345, serial = 1;

	for (size_t i = 0; i < PLACES; i++)
		model[i] = -1;
	(void)bed_whole(&b, A_REPO, 0, 0);
	for (int round = 0; round < 60; round++) {
		struct stage *st = bed_begin(&b, A_REPO, STAGE_CHANGES);

		memcpy(next, model, sizeof(model));
		for (unsigned i = 0; i < 4 * PLACES; i++) {
			if (i % PLACES == 0)
				b.ops->next(st);
			play(&b, st, next, i % PLACES, &seed);
		}
		if (round % 5 == 4) {
			b.ops->drop(st);
			continue;
		}
		cr_assert_eq(bed_commit(&b, st, A_REPO, ++serial).changed,
			memcmp(model, next, sizeof(model)) != 0);
		memcpy(model, next, sizeof(model));
		compare(&b, model);
		if (round % 7 == 0)
			bed_tidy(&b);
		if (round % 11 == 0)
			bed_reopen(&b);
	}
	bed_free(&b);
}

Test(changes, a_hundred_thousand_are_one_commit)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	uint8_t octets[4], old[32];
	struct stage_item item = {.bytes = span_of(octets, sizeof(octets))};
	struct stage_end end;
	char uri[128];

	memset(octets, 1, sizeof(octets));
	bed_hash(item.bytes, old);
	for (unsigned i = 0; i < 100000; i++) {
		item.uri = span_text(bed_uri(i, uri));
		cr_assert_eq(b.ops->put(st, &item), 0);
	}
	(void)bed_commit(&b, st, A_REPO, 1);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	item.old_hash = old;
	memset(octets, 2, sizeof(octets));
	for (unsigned i = 0; i < 100000; i++) {
		item.uri = span_text(bed_uri(i, uri));
		cr_assert_eq(b.ops->put(st, &item), 0);
	}
	end = bed_commit(&b, st, A_REPO, 2);
	cr_expect(end.changed);
	cr_expect_eq(end.objects, 100000);
	cr_expect_eq(end.bytes, 400000);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 100000, "and the sum of it holds");
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 1);
	bed_free(&b);
}
