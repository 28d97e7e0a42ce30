/*
 * memo: what is remembered of results changes nothing but the time they take.
 *
 * Each step is a pair of runs, see memo.h.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/run/memo.h"
#include "validator/store/inner.h"
#include "waymark/err.h"

static struct stall
begin(void)
{
	struct stall s = stall_new(town_new());

	memo_publish(&s);
	memo_expect(&s, 0, 0, "the first");
	return s;
}

static void
end(struct stall *s)
{
	stall_free(s);
}

Test(memo, nothing_new_is_nothing_to_do)
{
	struct stall s = begin();

	memo_expect(&s, MEMO_POINTS, 0, "the same sets");
	stall_fetch(&s);
	memo_expect(&s, MEMO_POINTS, 0, "other sets of the same files");
	s.town->options.threads = 3;
	s.town->options.shuffle = 7;
	memo_expect(&s, MEMO_POINTS, 0, "by other threads");
	end(&s);
}

Test(memo, of_a_point_that_changed_only_what_is_new_is_read)
{
	struct stall s = begin();
	struct lab_ca *ca = lab_ca_find(s.town->world, "a-3");

	lab_roa_add(s.town->world, ca, "a-3-new", 64500, "10.9.0.0/16");
	ca->number = "2";
	memo_publish(&s);
	memo_expect(&s, MEMO_POINTS - 1, 2, "a new object");
	lab_item_find(s.town->world, "a-3-one.roa")->faults[LAB_FAULT_REVOKED] =
		true;
	ca->number = "3";
	memo_publish(&s);
	memo_expect(&s, MEMO_POINTS - 1, 2, "a revoked one");
	ca->number = "4";
	memo_publish(&s);
	memo_expect(&s, MEMO_POINTS - 1, 2, "the revoked one is asked again");
	lab_item_find(s.town->world, "a-3-one.roa")->faults[LAB_FAULT_REVOKED] =
		false;
	ca->number = "5";
	memo_publish(&s);
	memo_expect(&s, MEMO_POINTS - 1, 2, "it may come back");
	end(&s);
}

Test(memo, another_issuer_is_another_point)
{
	struct stall s = begin();
	struct lab_world *w = s.town->world;

	lab_ca_find(w, "a-3")->resources = "10.0.0.0/9";
	lab_ca_find(w, "a")->number = "2";
	memo_publish(&s);
	memo_expect(&s, MEMO_POINTS - 2, TOWN_CAS - 1, "other resources");
	lab_ca_find(w, "a-3")->not_after -= 86400;
	lab_ca_find(w, "a")->number = "3";
	memo_publish(&s);
	memo_expect(&s, MEMO_POINTS - 1, TOWN_CAS - 1,
		"other times bind nobody below");
	end(&s);
}

Test(memo, rules_are_part_of_it)
{
	struct stall s = begin();

	s.town->options.profile = profile_find("rfc6488");
	memo_expect(&s, 0, 0, "another profile");
	memo_expect(&s, MEMO_POINTS, 0, "which is remembered in turn");
	s.town->options.limits.depth = 1;
	memo_expect(&s, MEMO_POINTS - TOWN_TAS * TOWN_CAS, 0,
		"depth is no rule of one");
	s.town->options.limits.ta[LIMIT_VRPS] = 10;
	result_free(memo_step(&s));
	end(&s);
}

/* To the second, there and back again. */
static void
expect_boundary(struct stall *s, int64_t last, const char *what)
{
	s->town->options.at.s = LAB_NOW;
	memo_expect(s, MEMO_POINTS, 0, what);
	s->town->options.at.s = last;
	memo_expect(s, MEMO_POINTS, 0, what);
	s->town->options.at.s = last + 1;
	result_free(memo_step(s));
	cr_expect(atomic_load(&s->town->progress.recalled) == MEMO_POINTS - 1,
		"%s", what);
	s->town->options.at.s = last;
	result_free(memo_step(s));
	s->town->options.at.s = LAB_NOW;
	result_free(memo_step(s));
}

Test(memo, time_passes_the_end_of_an_object)
{
	struct stall s = stall_new(town_new());
	struct lab_world *w = s.town->world;

	((struct lab_world_roa *)(void *)lab_item_find(w, "b-5-two.roa"))
		->not_after = LAB_NOW + 1000;
	memo_publish(&s);
	memo_expect(&s, 0, 0, "the first");
	expect_boundary(&s, LAB_NOW + 1000, "a ROA ends");
	end(&s);
}

Test(memo, time_passes_the_begin_of_an_object)
{
	struct stall s = stall_new(town_new());
	struct lab_world *w = s.town->world;

	((struct lab_world_roa *)(void *)lab_item_find(w, "b-5-two.roa"))
		->not_before = LAB_NOW + 1001;
	memo_publish(&s);
	memo_expect(&s, 0, 0, "the first");
	expect_boundary(&s, LAB_NOW + 1000, "a ROA begins");
	end(&s);
}

Test(memo, time_passes_the_end_of_a_manifest)
{
	struct stall s = stall_new(town_new());

	lab_ca_find(s.town->world, "b-5-x")->next_update = LAB_NOW + 1000;
	memo_publish(&s);
	memo_expect(&s, 0, 0, "the first");
	expect_boundary(&s, LAB_NOW + 1000, "a manifest ends");
	end(&s);
}

/* A child's certificate that has ended is not walked; the point that lists it
 * is looked at again. */
Test(memo, time_passes_the_end_of_a_child)
{
	struct stall s = stall_new(town_new());

	lab_ca_find(s.town->world, "b-5-x")->not_after = LAB_NOW + 1000;
	memo_publish(&s);
	memo_expect(&s, 0, 0, "the first");
	s.town->options.at.s = LAB_NOW + 1000;
	memo_expect(&s, MEMO_POINTS, 0, "its last second");
	s.town->options.at.s = LAB_NOW + 1001;
	memo_expect(&s, MEMO_POINTS - 2, 1, "and the one behind it");
	end(&s);
}

Test(memo, a_file_that_is_gone_is_missed)
{
	struct stall s = begin();
	struct result *r;

	/* The manifest stays, and its file goes. */
	lab_item_find(s.town->world, "a-3-one.roa")->faults[LAB_FAULT_MISSING] =
		true;
	memo_publish(&s);
	r = memo_step(&s);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_LAST_GOOD) == 1);
	cr_expect(atomic_load(&s.town->progress.recalled) == MEMO_POINTS,
		"the last good version is remembered too");
	result_free(r);
	end(&s);
}

Test(memo, refused_ones_are_told_again)
{
	struct stall s = stall_new(town_new());
	struct lab_world *w = s.town->world;
	struct result *r;

	cr_assert(lab_fault(w, "a-3-one.roa", "revoked") == 0);
	cr_assert(lab_fault(w, "a-4-x.cer", "cut") == 0);
	cr_assert(lab_fault(w, "a-5-two.roa", "grown") == 0);
	memo_publish(&s);
	memo_expect(&s, 0, 0, "the first");
	r = memo_step(&s);
	cr_expect(atomic_load(&s.town->progress.recalled) == MEMO_POINTS - 1);
	cr_expect(r->snapshot.refusal_count == 3);
	result_free(r);
	end(&s);
}

/* RFC 9286 section 4.2.1: whatever comes back, what held stays as long as it
 * does. */
static void
expect_kept(const char *first, const char *second, int64_t older,
	const char *reason)
{
	struct stall s = stall_new(town_new());
	struct lab_ca *ca = lab_ca_find(s.town->world, "a-3");
	struct result *r;
	size_t vrps;

	ca->number = first;
	ca->next_update = LAB_NOW + 1000;
	memo_publish(&s);
	r = memo_step(&s);
	cr_assert(r->complete, "%s: %s", first,
		r->snapshot.refusal_count > 0 ? r->snapshot.refusals[0].reason
					      : "");
	vrps = r->snapshot.vrp_count;
	result_free(r);
	lab_roa_add(s.town->world, ca, "a-3-new", 64500, "10.9.0.0/16");
	ca->number = second;
	ca->this_update -= older;
	ca->next_update = LAB_NOW + 5000;
	memo_publish(&s);
	r = memo_step(&s);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_LAST_GOOD) ==
			(reason == NULL ? 0U : 1U),
		"%s to %s", first, second);
	cr_expect(r->snapshot.vrp_count == vrps + (reason == NULL));
	for (size_t i = 0; i < r->snapshot.point_count; i++)
		if (r->snapshot.points[i].state == POINT_LAST_GOOD) {
			cr_assert(reason != NULL);
			cr_expect_str_eq(r->snapshot.points[i].reason, reason);
			cr_expect(r->snapshot.points[i].claim_count > 0);
			cr_expect(r->snapshot.points[i].since.s ==
				s.cellar.now.s);
		}
	result_free(r);
	/* When it has ended, what is published is taken. */
	s.town->options.at.s = LAB_NOW + 1001;
	r = memo_step(&s);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_LAST_GOOD) == 0);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_FAILED) == 0);
	cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == (reason != NULL));
	cr_expect(r->snapshot.vrp_count == vrps + 1);
	result_free(r);
	/* And is what is compared with from then on. */
	r = memo_step(&s);
	cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == 0);
	cr_expect(atomic_load(&s.town->progress.recalled) == MEMO_POINTS);
	result_free(r);
	end(&s);
}

Test(memo, manifests_do_not_go_back)
{
	expect_kept("7", "6", 0, "manifest-rollback");
	expect_kept("7", "7", 0, "manifest-number-reuse");
	expect_kept("7", "8", 1, "manifest-older");
	expect_kept("7", "8", 0, NULL);
	expect_kept(
		"100000000000000000000000000000", "8", 0, "manifest-rollback");
}

/* A row that the disk has altered is none, and the others are as they were. */
Test(memo, an_altered_row_is_forgotten)
{
	struct stall s = begin();
	char path[256];
	struct span all;
	FILE *f;

	folder_path(&s.store, "engine.mdb", path);
	cr_assert(file_read(path, MEMO_FILE, s.town->arena, &all) == 0);
	f = fopen(path, "r+b");
	cr_assert(f != NULL);
	for (size_t at = 0; at + 16 < all.n; at++) {
		if (memcmp(all.p + at, "a-3-one.roa", 11) != 0)
			continue;
		cr_assert(fseek(f, (long)at, SEEK_SET) == 0);
		cr_assert(fputc('A', f) == 'A');
	}
	cr_assert(fclose(f) == 0);
	result_free(memo_step(&s));
	cr_expect(atomic_load(&s.town->progress.recalled) == MEMO_POINTS - 1);
	memo_expect(&s, MEMO_POINTS, 0, "it is remembered anew");
	end(&s);
}
