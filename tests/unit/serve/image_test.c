/*
 * image: what an image counts, and how a delta without a family or without
 * keys is laid out.
 */
#include <criterion/criterion.h>

#include "rtrd/serve/image.h"
#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

static const struct image *
test_delta(struct gauge *g, unsigned version, const char *from, const char *to)
{
	const struct payload_set *a = talk_set(from), *b = talk_set(to);
	const struct image *image;
	const struct delta *d;

	cr_assert_eq(delta_between(a, b, &d), 0);
	image = image_of_delta(g, version, d, 9);
	payload_unref(a);
	payload_unref(b);
	delta_unref(d);
	return image;
}

Test(image, counts_by_type)
{
	struct gauge *g = gauge_new();
	const struct image *image =
		test_delta(g, 1, "10.0.0.0/8-8=1 key=1 ::/0-0=1",
			"10.0.0.0/8-8=2 key=2 key=3 10.0.0.0/8-9=1");

	cr_expect_eq(image_count(image, 4), 3);
	cr_expect_eq(image_count(image, 6), 1);
	cr_expect_eq(image_count(image, 9), 3);
	cr_expect_eq(image_count(image, 5), 0);
	cr_expect_eq(image_count(image, 4711), 0);
	cr_expect_eq(image->pdus, 7);
	cr_expect_eq(image->serial, 9);
	cr_expect_eq(gauge_deltas(g), image->bytes.n);
	cr_expect_eq(gauge_total(g), image->bytes.n);
	cr_expect_eq(image_ref(image), image);
	image_unref(image);
	cr_expect_eq(gauge_total(g), 3 * 20 + 32 + 3 * 123);
	image_unref(image);
	cr_expect_eq(gauge_deltas(g), 0);
	cr_expect_eq(gauge_total(g), 0);
	gauge_unref(g);
	gauge_unref(NULL);
}

/* Every mixture of what comes and goes, read by the strict router. */
Test(image, mixtures)
{
	static const char *const words[] = {"10.0.0.0/8-8=1 ",
		"10.0.0.0/9-9=1 ", "::/0-0=1 ", "2001:db8::/32-32=1 ", "key=1 ",
		"key=2 "};
	struct gauge *g = gauge_new();

	for (unsigned mask = 0; mask < 1 << 12; mask++) {
		char sets[2][256] = {"", ""};
		const uint8_t head[] = {1, 3, 0, 1, 0, 0, 0, 8};
		const uint8_t end[] = {1, 7, 0, 1, 0, 0, 0, 24, 0, 0, 0, 9, 0,
			0, 0, 1, 0, 0, 0, 1, 0, 0, 3, 0};
		const struct image *image;
		struct checker c;

		for (unsigned i = 0; i < 12; i++) {
			if (mask & 1U << i)
				strncat(sets[i / 6], words[i % 6], 64);
		}
		image = test_delta(g, 1, sets[0], sets[1]);
		checker_init(&c, 1);
		c.loose = true;
		cr_assert(checker_read(&c, span_of(head, sizeof(head))));
		cr_assert(checker_read(&c, image->bytes), "%s to %s: %s",
			sets[0], sets[1], c.why);
		cr_assert(checker_read(&c, span_of(end, sizeof(end))));
		checker_fini(&c);
		image_unref(image);
	}
	cr_expect_eq(gauge_total(g), 0);
	gauge_unref(g);
}
