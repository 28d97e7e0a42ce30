/*
 * span: the bounded reader never goes past its input, the writer never past
 * its room, and neither changes anything when it refuses.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "waymark/span.h"

static const uint8_t octets[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09};

Test(span, views_compare_by_content_then_length)
{
	struct span empty = span_of(NULL, 0);

	cr_expect(span_equal(span_text("abc"), span_of("abc", 3)));
	cr_expect_not(span_equal(span_text("abc"), span_text("abd")));
	cr_expect_not(span_equal(span_text("abc"), span_text("ab")));
	cr_expect(span_equal(empty, span_text("")));
	cr_expect_eq(span_compare(empty, span_text("")), 0);
	cr_expect_lt(span_compare(empty, span_text("a")), 0);
	cr_expect_lt(span_compare(span_text("ab"), span_text("abc")), 0);
	cr_expect_gt(span_compare(span_text("b"), span_text("abc")), 0);
	cr_expect_gt(span_compare(span_text("\x80"), span_text("\x7f")), 0);
	cr_expect_eq(span_compare(span_text("abc"), span_text("abc")), 0);
}

Test(span, reader_takes_both_orders)
{
	struct reader r = reader_of(span_of(octets, sizeof(octets)));
	struct reader at = r;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	uint8_t v8;

	cr_assert(reader_be16(&r, &v16));
	cr_expect_eq(v16, 0x0102);
	r = at;
	cr_assert(reader_le16(&r, &v16));
	cr_expect_eq(v16, 0x0201);
	r = at;
	cr_assert(reader_be32(&r, &v32));
	cr_expect_eq(v32, 0x01020304);
	r = at;
	cr_assert(reader_le32(&r, &v32));
	cr_expect_eq(v32, 0x04030201);
	r = at;
	cr_assert(reader_be64(&r, &v64));
	cr_expect_eq(v64, 0x0102030405060708);
	cr_assert(reader_u8(&r, &v8));
	cr_expect_eq(v8, 9);
	cr_expect_eq(reader_left(&r), 0);
	r = at;
	cr_assert(reader_le64(&r, &v64));
	cr_expect_eq(v64, 0x0807060504030201);
	cr_expect_eq(reader_left(&r), 1);
}

/* One reader function that wants `want` octets, against every shorter input. */
#define REFUSES(call, type, want) \
	for (size_t n = 0; n < (want); n++) { \
		struct span s = guard_span(&g, span_of(octets, n)); \
		struct reader r = reader_of(s); \
		type v = 42; \
		cr_expect_not(call(&r, &v)); \
		cr_expect_eq(v, 42); \
		cr_expect_eq(reader_left(&r), n); \
	}

Test(span, reader_refuses_when_too_few_are_left)
{
	struct guard g = guard_new(sizeof(octets));

	REFUSES(reader_u8, uint8_t, 1)
	REFUSES(reader_be16, uint16_t, 2)
	REFUSES(reader_le16, uint16_t, 2)
	REFUSES(reader_be32, uint32_t, 4)
	REFUSES(reader_le32, uint32_t, 4)
	REFUSES(reader_be64, uint64_t, 8)
	REFUSES(reader_le64, uint64_t, 8)
	guard_free(&g);
}

Test(span, reader_takes_views_and_copies)
{
	struct reader r = reader_of(span_of(octets, sizeof(octets)));
	struct span s = span_of(NULL, 7);
	uint8_t copy[4] = {0};

	cr_expect_not(reader_take(&r, 10, &s));
	cr_expect_not(reader_take(&r, SIZE_MAX, &s));
	cr_expect_eq(s.n, 7, "untouched");
	cr_assert(reader_take(&r, 3, &s));
	cr_expect(span_equal(s, span_of(octets, 3)));
	cr_assert(reader_copy(&r, copy, 4));
	cr_expect_arr_eq(copy, octets + 3, 4);
	cr_expect_not(reader_copy(&r, copy, 3));
	cr_assert(reader_take(&r, 2, &s));
	cr_assert(reader_take(&r, 0, &s));
	cr_expect_eq(s.n, 0);
	cr_expect_eq(reader_left(&r), 0);
}

Test(span, reader_over_nothing)
{
	struct reader r = reader_of(span_of(NULL, 0));
	struct span s;
	uint8_t v;

	cr_expect_eq(reader_left(&r), 0);
	cr_expect_not(reader_u8(&r, &v));
	cr_expect(reader_take(&r, 0, &s));
	cr_expect(reader_copy(&r, NULL, 0));
}

Test(span, writer_puts_both_orders)
{
	static const uint8_t want[] = {0xab, 1, 2, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1,
		1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1, 'x', 'y'};
	uint8_t room[sizeof(want)];
	struct writer w = writer_of(room, sizeof(room));

	writer_u8(&w, 0xab);
	writer_be16(&w, 0x0102);
	writer_le16(&w, 0x0102);
	writer_be32(&w, 0x01020304);
	writer_le32(&w, 0x01020304);
	writer_be64(&w, 0x0102030405060708);
	writer_le64(&w, 0x0102030405060708);
	writer_bytes(&w, "xy", 2);
	cr_expect_not(w.over);
	cr_expect(span_equal(writer_span(&w), span_of(want, sizeof(want))));
}

Test(span, writer_that_is_full_stays_full)
{
	struct guard g = guard_new(8);
	struct writer w = writer_of(guard_room(&g, 6), 6);

	writer_be32(&w, 1);
	writer_be32(&w, 2);
	cr_expect(w.over);
	writer_u8(&w, 3);
	cr_expect_eq(w.n, 4, "a shorter piece does not slip in");
	writer_bytes(&w, NULL, 0);
	cr_expect(w.over);
	guard_free(&g);
}

Test(span, writer_takes_exactly_its_room)
{
	for (size_t cap = 0; cap <= 16; cap++) {
		struct guard g = guard_new(16);
		struct writer w = writer_of(guard_room(&g, cap), cap);

		writer_bytes(&w, octets, cap < 9 ? cap : 9);
		cr_expect_not(w.over);
		if (cap >= 9)
			continue;
		writer_u8(&w, 1);
		cr_expect(w.over);
		guard_free(&g);
	}
}
