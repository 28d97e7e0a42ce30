/*
 * vec: growing, refusing, beginning anew.
 */
#include <criterion/criterion.h>
#include <stdint.h>

#include "core/vec.h"

struct item {
	uint64_t a;
	char b;
};

Test(vec, pushes_keep_what_was_there)
{
	VEC(struct item) v = {0};

	for (uint64_t i = 0; i < 10000; i++)
		cr_assert(VEC_PUSH(&v, ((struct item){i, (char)i})));
	cr_expect_eq(v.n, 10000);
	for (uint64_t i = 0; i < 10000; i++)
		cr_assert(v.at[i].a == i && v.at[i].b == (char)i);
	VEC_FREE(&v);
	cr_expect(v.at == NULL && v.n == 0 && v.cap == 0);
	VEC_FREE(&v);
}

Test(vec, growth_at_least_doubles)
{
	VEC(char) v = {0};
	int moves = 0;

	for (int i = 0; i < 100000; i++) {
		size_t cap = v.cap;

		cr_assert(VEC_PUSH(&v, 'x'));
		moves += v.cap != cap;
	}
	cr_expect_lt(moves, 18);
	VEC_FREE(&v);
}

Test(vec, reserve_is_enough_and_no_less)
{
	VEC(int) v = {0};
	int *at;

	cr_assert(VEC_RESERVE(&v, 1000));
	cr_expect_geq(v.cap, 1000);
	cr_expect_eq(v.n, 0);
	at = v.at;
	for (int i = 0; i < 1000; i++)
		cr_assert(VEC_PUSH(&v, i));
	cr_expect_eq(v.at, at, "no move within what was reserved");
	cr_expect(VEC_RESERVE(&v, 10));
	cr_expect_eq(v.at, at);
	VEC_FREE(&v);
}

Test(vec, overflow_changes_nothing)
{
	VEC(struct item) v = {0};

	cr_assert(VEC_PUSH(&v, ((struct item){7, 7})));
	cr_expect_not(VEC_RESERVE(&v, SIZE_MAX / 8));
	cr_expect_not(VEC_RESERVE(&v, SIZE_MAX));
	cr_expect_eq(v.n, 1);
	cr_expect_eq(v.at[0].a, 7);
	VEC_FREE(&v);
}
