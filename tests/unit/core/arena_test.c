/*
 * arena: pieces are aligned, apart, and all there until the end.
 */
#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "core/arena.h"

Test(arena, pieces_do_not_overlap)
{
	struct arena *a = arena_new(256);
	unsigned char *pieces[400];

	for (size_t i = 0; i < 400; i++) {
		size_t n = i * 37 % 500;

		pieces[i] = arena_get(a, n);
		cr_assert_not_null(pieces[i]);
		cr_assert_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i % 251), n);
	}
	for (size_t i = 0; i < 400; i++)
		for (size_t k = 0; k < i * 37 % 500; k++)
			cr_assert_eq(pieces[i][k], i % 251);
	arena_free(a);
}

Test(arena, arrays_are_clear_and_do_not_overflow)
{
	struct arena *a = arena_new(64);
	unsigned char *p = arena_get(a, 64);

	memset(p, 0xff, 64);
	arena_reset(a);
	p = arena_array(a, 8, 8);
	for (size_t i = 0; i < 64; i++)
		cr_expect_eq(p[i], 0);
	cr_expect_null(arena_array(a, SIZE_MAX / 2, 3));
	cr_expect_null(arena_array(a, SIZE_MAX, 1));
	cr_expect_null(arena_get(a, SIZE_MAX - 8));
	cr_expect_null(arena_text(a, "", SIZE_MAX));
	cr_expect_not_null(arena_array(a, 0, 8));
	arena_free(a);
}

Test(arena, copies_and_texts)
{
	struct arena *a = arena_new(16);
	char *text = arena_text(a, "hello, world", 5);
	char *next = arena_text(a, "x", 1);
	char *copy = arena_copy(a, "abc", 3);

	cr_expect_str_eq(text, "hello");
	cr_expect_str_eq(next, "x");
	cr_expect_arr_eq(copy, "abc", 3);
	cr_expect_str_eq(arena_text(a, NULL, 0), "");
	cr_expect_not_null(arena_copy(a, NULL, 0));
	arena_free(a);
}

Test(arena, reset_gives_memory_back)
{
	struct arena *a = arena_new(1024);
	size_t one;

	(void)arena_get(a, 100);
	one = arena_size(a);
	for (int i = 0; i < 100; i++)
		(void)arena_get(a, 1000);
	(void)arena_get(a, 100000);
	cr_expect_gt(arena_size(a), one + 190000);
	arena_reset(a);
	cr_expect_leq(arena_size(a), one);
	cr_expect_not_null(arena_get(a, 1000));
	cr_expect_leq(arena_size(a), one, "the kept chunk is used again");
	arena_free(a);
}

Test(arena, a_large_piece_does_not_end_the_current_chunk)
{
	struct arena *a = arena_new(1024);
	char *first = arena_get(a, 16);
	char *large = arena_get(a, 5000);
	char *second = arena_get(a, 16);

	memset(large, 1, 5000);
	cr_expect_eq(second - first, 16);
	arena_free(a);
}

/* Pieces of all sizes before and after a mark; memory comes back, and what was
 * there before stays. */
Test(arena, rewind_forgets_what_came_later)
{
	static const size_t sizes[] = {1, 5000, 300, 1024, 16, 20000, 900};
	struct arena *a = arena_new(1024);
	struct arena_mark none = arena_mark(a), mark;
	size_t n = sizeof(sizes) / sizeof(sizes[0]);

	for (size_t before = 0; before <= n; before++) {
		char *kept[8];
		size_t size;

		for (size_t i = 0; i < before; i++) {
			kept[i] = arena_get(a, sizes[i]);
			memset(kept[i], (int)i + 1, sizes[i]);
		}
		mark = arena_mark(a);
		size = arena_size(a);
		for (size_t i = 0; i < 3 * n; i++)
			memset(arena_get(a, sizes[i % n]), 99, sizes[i % n]);
		cr_expect_gt(arena_size(a), size);
		arena_rewind(a, mark);
		cr_expect_eq(arena_size(a), size);
		for (size_t i = 0; i < before; i++) {
			cr_expect_eq(kept[i][0], (char)(i + 1));
			cr_expect_eq(kept[i][sizes[i] - 1], (char)(i + 1));
		}
		cr_expect_not_null(arena_get(a, 10));
		arena_rewind(a, none);
	}
	arena_free(a);
}

Test(arena, nothing_is_fine)
{
	struct arena *a = arena_new(0);

	arena_free(NULL);
	arena_reset(a);
	cr_expect_not_null(arena_get(a, 0));
	cr_expect_not_null(arena_get(a, 1));
	arena_free(a);
}
