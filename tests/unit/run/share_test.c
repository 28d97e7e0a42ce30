/*
 * share: nobody is pushed out by somebody who wants more.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "validator/run/share.h"

/* Nodes as ca_compare and share_out see them. */
struct tree {
	struct ca nodes[64];
	size_t n;
};

static struct ca *
node(struct tree *t, const struct ca *parent)
{
	struct ca *ca = &t->nodes[t->n];

	ca->order = (uint32_t)t->n++;
	ca->parent = parent;
	ca->depth = parent == NULL ? 0 : parent->depth + 1;
	return ca;
}

static uint64_t
granted(const struct share *shares, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += shares[i].gets;
	return sum;
}

static const struct share *
find(const struct share *shares, size_t n, const struct ca *ca)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (shares[i].ca == ca)
			return &shares[i];
	}
	abort();
}

Test(share, enough_for_all)
{
	struct tree t = {0};
	struct ca *ta = node(&t, NULL);
	struct share s[2] = {{.ca = node(&t, ta), .weight = 3},
		{.ca = node(&t, ta), .weight = 4}};

	share_out(s, 2, 7);
	cr_expect(s[0].gets == 3 && s[1].gets == 4);
}

Test(share, the_greedy_one_goes_first)
{
	struct tree t = {0};
	struct ca *ta = node(&t, NULL), *small = node(&t, ta),
		  *big = node(&t, ta);
	struct share s[2] = {
		{.ca = big, .weight = 50}, {.ca = small, .weight = 3}};

	share_out(s, 2, 20);
	cr_expect(find(s, 2, big)->gets == 17);
	cr_expect(find(s, 2, small)->gets == 3);
}

/* Ten modest subtrees of two, and one that asks for forty in small pieces: the
 * ten keep theirs, the eleventh gets what is left. */
Test(share, many_small_pieces_are_still_one_subtree)
{
	struct tree t = {0};
	struct ca *ta = node(&t, NULL), *greedy = node(&t, ta);
	struct share s[60] = {0};
	size_t n = 0, i, left = 0;

	for (i = 0; i < 40; i++)
		s[n++] = (struct share){.ca = node(&t, greedy), .weight = 1};
	for (i = 0; i < 10; i++) {
		struct ca *modest = node(&t, ta);

		s[n++] = (struct share){.ca = modest, .weight = 2};
	}
	share_out(s, n, 30);
	cr_expect(granted(s, n) == 30);
	for (i = 0; i < n; i++) {
		if (s[i].ca->parent == greedy)
			left += s[i].gets;
		else
			cr_expect(s[i].gets == 2);
	}
	cr_expect(left == 10);
}

/* Where there is not even one for each, the least greedy have theirs. */
Test(share, what_cannot_be_parted_goes_to_the_modest)
{
	struct tree t = {0};
	struct ca *ta = node(&t, NULL), *greedy = node(&t, ta);
	struct share s[13] = {0};
	size_t i, budget;

	for (i = 0; i < 10; i++)
		s[i] = (struct share){.ca = node(&t, greedy), .weight = 1};
	for (; i < 13; i++)
		s[i] = (struct share){
			.ca = node(&t, ta), .weight = 1, .tag = 1};
	for (budget = 0; budget <= 13; budget++) {
		size_t modest = 0;

		cr_assert(share_out(s, 13, budget) == 0);
		cr_expect(granted(s, 13) == budget);
		for (i = 0; i < 13; i++)
			modest += s[i].tag == 1 ? s[i].gets : 0;
		cr_expect(modest == (budget < 3 ? budget : 3));
	}
}

Test(share, who_asks_for_nothing_gets_it)
{
	struct tree t = {0};
	struct ca *ta = node(&t, NULL), *a = node(&t, ta);
	struct share s[3] = {{.ca = node(&t, a), .weight = 0},
		{.ca = node(&t, a), .weight = 9},
		{.ca = node(&t, a), .weight = 9}};

	share_out(s, 3, 0);
	cr_expect(s[0].gets == 0 && s[1].gets == 0 && s[2].gets == 0);
	share_out(s, 3, 5);
	cr_expect(granted(s, 3) == 5);
}

/* Whatever the order they come in, and never more than the budget. */
Test(share, order_means_nothing)
{
	struct tree t = {0};
	struct ca *ta = node(&t, NULL);
	struct share first[30] = {0}, again[30];
	size_t n = 0, i, round;

	for (i = 0; i < 5; i++) {
		struct ca *ca = node(&t, ta);
		size_t j;

		for (j = 0; j <= i; j++)
			first[n++] = (struct share){.ca = node(&t, ca),
				.weight = 1 + (i * 7 + j * 3) % 11};
	}
	for (round = 0; round < 60; round++) {
		for (i = 0; i < n; i++)
			again[(i * 7 + round) % n] = first[i];
		share_out(again, n, round);
		cr_expect(granted(again, n) <= round);
		if (round % 2 == 0) {
			struct share straight[30];

			for (i = 0; i < n; i++)
				straight[i] = first[i];
			share_out(straight, n, round);
			for (i = 0; i < n; i++)
				cr_expect(straight[i].ca == again[i].ca &&
					straight[i].gets == again[i].gets);
		}
	}
}
