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

/* Cache Response, an image, End of Data, as the strict router takes them. */
static void
test_answer(struct checker *c, const struct image *image, bool all)
{
	const uint8_t v = (uint8_t)c->version;
	const uint8_t head[] = {v, 3, 0, 1, 0, 0, 0, 8};
	const uint8_t end[] = {v, 7, 0, 1, 0, 0, 0, v == 0 ? 12 : 24, 0, 0, 0,
		9, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 3, 0};

	c->asked_all = all;
	cr_assert(checker_read(c, span_of(head, sizeof(head))), "%s", c->why);
	cr_assert(checker_read(c, image->bytes), "%s", c->why);
	cr_assert(checker_read(c, span_of(end, end[7])), "%s", c->why);
}

/* Every mixture of what comes and goes, followed by a strict router of each
 * version: it must hold what the words say. */
Test(image, mixtures)
{
	static const char *const words[] = {"10.0.0.0/8-8=1 ",
		"10.0.0.0/9-9=1 ", "2001:db8::/32-32=1 ", "key=1 ",
		"aspa=7:0,5 ", "aspa=7:6 ", "aspa=4294967295:0 "};
	enum {
		WORDS = sizeof(words) / sizeof(words[0])
	};
	struct gauge *g = gauge_new();

	for (unsigned mask = 0; mask < 1U << (2 * WORDS); mask++) {
		char sets[2][256] = {"", ""};
		const struct payload_set *from;
		const struct image *image;
		struct held_list want;
		struct checker c;

		for (unsigned i = 0; i < 2 * WORDS; i++) {
			if (mask & 1U << i)
				strncat(sets[i / WORDS], words[i % WORDS], 64);
		}
		checker_init(&c, mask % 3);
		from = talk_set(sets[0]);
		image = image_of_set(g, c.version, from, 8);
		test_answer(&c, image, true);
		image_unref(image);
		payload_unref(from);
		image = test_delta(g, c.version, sets[0], sets[1]);
		test_answer(&c, image, false);
		image_unref(image);
		want = held_of_words(sets[1], c.version);
		cr_assert(held_lists_equal(&c.set, &want), "%s to %s", sets[0],
			sets[1]);
		held_free(&want);
		checker_fini(&c);
	}
	cr_expect_eq(gauge_total(g), 0);
	gauge_unref(g);
}

/* A change of providers is one PDU, whatever becomes of the neighbours. */
Test(image, aspa_octets)
{
	const uint8_t want[] = {
		2, 11, 1, 0, 0, 0, 0, 20, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0,
		8, /**/
		2, 11, 1, 0, 0, 0, 0, 16, 0, 0, 0, 6, 0, 0, 0, 1, /**/
		2, 11, 0, 0, 0, 0, 0, 12, 0, 0, 0, 4, /**/
		2, 11, 0, 0, 0, 0, 0, 12, 0, 0, 1, 0, /**/
	};
	struct gauge *g = gauge_new();
	const struct image *image =
		test_delta(g, 2, "aspa=4:1 aspa=5:7 aspa=256:1 aspa=300:9",
			"aspa=5:8,7 aspa=6:1 aspa=300:9");

	cr_expect(span_equal(image->bytes, span_of(want, sizeof(want))));
	cr_expect_eq(image_count(image, 11), 4);
	cr_expect_eq(image->pdus, 4);
	image_unref(image);
	for (unsigned version = 0; version < 2; version++) {
		image = test_delta(g, version, "aspa=4:1", "aspa=5:1");
		cr_expect_eq(image->bytes.n, 0, "version %u", version);
		cr_expect_eq(image->pdus, 0);
		image_unref(image);
	}
	gauge_unref(g);
}

/* A set with one ASPA of customer 1 with so many providers. */
static const struct payload_set *
test_providers(uint32_t n)
{
	struct payload_builder *b = payload_build_new(0);
	uint32_t *providers = calloc(n, sizeof(*providers));
	const struct aspa a = {
		.customer = 1, .provider_count = n, .providers = providers};
	const struct payload_set *set;

	for (uint32_t i = 0; i < n; i++)
		providers[i] = i + 2;
	cr_assert_eq(payload_build_aspa(b, &a), 0);
	cr_assert_eq(payload_build_done(b, &set), 0);
	free(providers);
	return set;
}

/* What does not fit into a PDU is withdrawn and not cut; and it comes as new
 * when it fits again. */
Test(image, aspa_with_too_many_providers)
{
	static const struct {
		uint32_t from, to;
		size_t size;
		unsigned flag; /* of the PDU */
	} rows[] = {
		{1, 16380, 65532, 1},
		{16381, 1, 16, 1},
		{16380, 16381, 12, 0},
		{16382, 16381, 0, 0},
	};
	struct gauge *g = gauge_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct payload_set *a = test_providers(rows[i].from);
		const struct payload_set *b = test_providers(rows[i].to);
		const struct image *image;
		const struct delta *d;

		cr_assert_eq(delta_between(a, b, &d), 0);
		image = image_of_delta(g, 2, d, 2);
		cr_expect_eq(image->bytes.n, rows[i].size, "row %zu", i);
		cr_expect_eq(image->pdus, rows[i].size > 0);
		if (rows[i].size > 0)
			cr_expect_eq(image->bytes.p[2], rows[i].flag);
		image_unref(image);
		image = image_of_set(g, 2, a, 1);
		cr_expect_eq(image->pdus, rows[i].from <= 16380);
		image_unref(image);
		delta_unref(d);
		payload_unref(a);
		payload_unref(b);
	}
	gauge_unref(g);
}
