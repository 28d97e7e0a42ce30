/*
 * delta: between random sets, and joined over random walks: a joined delta is
 * the delta between the ends.
 */
#include <criterion/criterion.h>

#include "rtrd/state/delta.h"
#include "tests/unit/state/sets.h"

static const struct delta *
test_between(uint32_t from, uint32_t to)
{
	const struct payload_set *a = sets_make(from), *b = sets_make(to);
	const struct delta *d = NULL;

	cr_assert_eq(delta_between(a, b, &d), 0);
	/* It must not need the sets. */
	payload_unref(a);
	payload_unref(b);
	return d;
}

static void
test_halves_equal(const struct delta_half *a, const struct delta_half *b)
{
	cr_assert_eq(a->vrp_count, b->vrp_count);
	cr_assert_eq(a->key_count, b->key_count);
	cr_assert_eq(a->aspa_count, b->aspa_count);
	for (size_t i = 0; i < a->vrp_count; i++)
		cr_assert_eq(vrp_compare(&a->vrps[i], &b->vrps[i]), 0);
	for (size_t i = 0; i < a->key_count; i++)
		cr_assert_eq(router_key_compare(&a->keys[i], &b->keys[i]), 0);
	for (size_t i = 0; i < a->aspa_count; i++)
		cr_assert(aspa_same(&a->aspas[i], &b->aspas[i]));
}

/* Strictly ascending: nothing twice. */
static void
test_half_is_sorted(const struct delta_half *h)
{
	for (size_t i = 1; i < h->vrp_count; i++)
		cr_assert(vrp_compare(&h->vrps[i - 1], &h->vrps[i]) < 0);
	for (size_t i = 1; i < h->key_count; i++)
		cr_assert(router_key_compare(&h->keys[i - 1], &h->keys[i]) < 0);
	for (size_t i = 1; i < h->aspa_count; i++)
		cr_assert(aspa_compare(&h->aspas[i - 1], &h->aspas[i]) < 0);
}

static size_t
test_bits(uint32_t mask)
{
	size_t n = 0;

	for (; mask != 0; mask &= mask - 1)
		n++;
	return n;
}

Test(delta, nothing)
{
	const struct delta *d = test_between(0x3ffff, 0x3ffff);

	cr_expect_eq(delta_count(d), 0);
	delta_unref(d);
	d = test_between(0, 0);
	cr_expect_eq(delta_count(d), 0);
	delta_unref(d);
	delta_unref(NULL);
}

/* What does not count for a router does not count here. */
Test(delta, expiry_and_source_are_no_difference)
{
	const struct payload_set *sets[2];
	const struct delta *d;

	for (unsigned i = 0; i < 2; i++) {
		struct payload_builder *b = payload_build_new(1);
		struct vrp v = {.family = FAMILY_IPV4,
			.expires = i,
			.source = i,
			.ta = (uint8_t)i};

		cr_assert_eq(payload_build_vrp(b, &v), 0);
		cr_assert_eq(payload_build_done(b, &sets[i]), 0);
	}
	cr_assert_eq(delta_between(sets[0], sets[1], &d), 0);
	cr_expect_eq(delta_count(d), 0);
	delta_unref(d);
	payload_unref(sets[0]);
	payload_unref(sets[1]);
}

Test(delta, random_pairs)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t from = sets_mask(sets_random(&seed));
		uint32_t to = sets_mask(sets_random(&seed));
		const struct delta *d = test_between(from, to);

		cr_assert_eq(d->gone.vrp_count + d->gone.key_count +
				d->gone.aspa_count,
			test_bits(from & ~to));
		cr_assert_eq(d->come.vrp_count + d->come.key_count +
				d->come.aspa_count,
			test_bits(to & ~from));
		cr_assert_eq(delta_count(d), test_bits(from ^ to));
		test_half_is_sorted(&d->gone);
		test_half_is_sorted(&d->come);
		delta_unref(d);
	}
}

Test(delta, joined_is_between_the_ends)
{
	uint64_t seed = 2;

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t a = sets_random(&seed), b = sets_random(&seed),
			 c = sets_random(&seed);
		const struct delta *ab = test_between(a, b);
		const struct delta *bc = test_between(b, c);
		const struct delta *want = test_between(a, c), *got = NULL;

		cr_assert_eq(delta_join(ab, bc, &got), 0);
		delta_unref(ab);
		delta_unref(bc);
		test_halves_equal(&got->gone, &want->gone);
		test_halves_equal(&got->come, &want->come);
		delta_unref(got);
		delta_unref(want);
	}
}

/* There and back again is nothing. */
Test(delta, joined_with_its_reverse)
{
	const struct delta *there = test_between(0x155aa, 0x2aa55);
	const struct delta *back = test_between(0x2aa55, 0x155aa);
	const struct delta *got = NULL;

	cr_assert_eq(delta_join(there, back, &got), 0);
	cr_expect_eq(delta_count(got), 0);
	cr_expect(there->size > 0);
	delta_unref(there);
	delta_unref(back);
	delta_unref(got);
}
