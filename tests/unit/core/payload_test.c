/*
 * payload: order, uniqueness and covering against the plainest way to find
 * the same; merging of ASPAs; counts between threads.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "tests/unit/core/payloads.h"

static const struct payload_set *
build(const struct vrp *v, size_t n)
{
	struct payload_builder *b = payload_build_new(0);
	const struct payload_set *set;

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(payload_build_vrp(b, &v[i]), 0);
	cr_assert_eq(payload_build_done(b, &set), 0);
	return set;
}

Test(payload, vrps_stand_in_canonical_order)
{
	/* Each line is after the one above, by one field alone. */
	const struct vrp sorted[] = {
		vrp_of("0.0.0.0/0", 0, 1),
		vrp_of("10.0.0.0/8", 8, 9),
		vrp_of("10.0.0.0/9", 9, 1),
		vrp_of("10.0.0.0/8", 10, 1),
		vrp_of("10.0.0.0/8", 10, 2),
		vrp_of("10.0.0.0/9", 10, 1),
		vrp_of("10.0.0.1/32", 32, 1),
		vrp_of("::/0", 0, 1),
		vrp_of("2001:db8::/32", 48, 1),
		vrp_of("2001:db8::1/128", 128, 1),
	};
	size_t n = sizeof(sorted) / sizeof(sorted[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			int order = vrp_compare(&sorted[i], &sorted[k]);

			cr_expect_eq((order > 0) - (order < 0),
				(i > k) - (i < k), "%zu %zu", i, k);
		}
	}
}

static int
full_order(const void *a, const void *b)
{
	const struct vrp *x = a, *y = b;
	int order = vrp_compare(x, y);

	if (order != 0)
		return order;
	if (x->expires != y->expires)
		return x->expires > y->expires ? -1 : 1;
	if (x->ta != y->ta)
		return x->ta < y->ta ? -1 : 1;
	return (x->source > y->source) - (x->source < y->source);
}

Test(payload, any_order_of_adding_gives_the_one_set)
{
	enum {
		MOST = 3000
	};
	static struct vrp given[MOST], want[MOST];
	struct dice d = {42};

	for (int round = 0; round < 60; round++) {
		size_t n = dice_roll(&d, MOST), kept = 0, v4 = 0;
		const struct payload_set *set;

		for (size_t i = 0; i < n; i++)
			want[i] = given[i] = vrp_roll(&d);
		qsort(want, n, sizeof(*want), full_order);
		for (size_t i = 0; i < n; i++)
			if (kept == 0 ||
				vrp_compare(&want[kept - 1], &want[i]) != 0)
				want[kept++] = want[i];
		for (size_t i = 0; i < kept; i++)
			v4 += want[i].family == FAMILY_IPV4;
		set = build(given, n);
		cr_assert_eq(set->vrp_count, kept);
		cr_assert_eq(set->ipv4_count, v4);
		for (size_t i = 0; i < kept; i++)
			cr_assert_eq(full_order(&set->vrps[i], &want[i]), 0);
		payload_unref(set);
	}
}

Test(payload, the_best_of_equals_is_kept)
{
	struct vrp v[4];
	const struct payload_set *set;

	for (int i = 0; i < 4; i++)
		v[i] = vrp_of("192.0.2.0/24", 24, 1);
	v[0].expires = 5, v[0].ta = 0, v[0].source = 0;
	v[1].expires = 9, v[1].ta = 2, v[1].source = 0;
	v[2].expires = 9, v[2].ta = 1, v[2].source = 7;
	v[3].expires = 9, v[3].ta = 1, v[3].source = 6;
	set = build(v, 4);
	cr_assert_eq(set->vrp_count, 1);
	cr_expect_eq(set->vrps[0].expires, 9);
	cr_expect_eq(set->vrps[0].ta, 1);
	cr_expect_eq(set->vrps[0].source, 6);
	payload_unref(set);
}

Test(payload, an_empty_set_is_a_set)
{
	const struct payload_set *set = build(NULL, 0);
	struct prefix p;

	cr_expect_eq(set->vrp_count + set->key_count + set->aspa_count, 0);
	cr_assert_eq(prefix_parse("0.0.0.0/0", &p), 0);
	payload_covering(set, &p, NULL, NULL);
	payload_unref(set);
	payload_unref(NULL);
	payload_build_drop(payload_build_new(100));
	payload_build_drop(NULL);
}

struct found {
	struct vrp v[4096];
	size_t n;
	size_t stop; /* say "no more" at so many */
};

static bool
find(void *ctx, const struct vrp *v)
{
	struct found *f = ctx;

	f->v[f->n++] = *v;
	return f->n != f->stop;
}

Test(payload, covering_finds_what_a_search_of_all_finds)
{
	enum {
		COUNT = 2000
	};
	static struct vrp given[COUNT];
	static struct found f;
	struct dice d = {7};
	const struct payload_set *set;

	for (size_t i = 0; i < COUNT; i++)
		given[i] = vrp_roll(&d);
	set = build(given, COUNT);
	for (int round = 0; round < 3000; round++) {
		struct vrp like = vrp_roll(&d);
		struct prefix route = vrp_prefix(&like);
		size_t n = 0;

		f.n = f.stop = 0;
		payload_covering(set, &route, find, &f);
		for (size_t i = 0; i < set->vrp_count; i++) {
			struct prefix p = vrp_prefix(&set->vrps[i]);

			if (!prefix_covers(&p, &route))
				continue;
			cr_assert_lt(n, f.n);
			cr_assert_eq(full_order(&f.v[n++], &set->vrps[i]), 0);
		}
		cr_assert_eq(n, f.n);
		if (n < 2)
			continue;
		f.n = 0;
		f.stop = n / 2;
		payload_covering(set, &route, find, &f);
		cr_assert_eq(f.n, n / 2, "a no ends it");
	}
	payload_unref(set);
}

Test(payload, covering_at_full_length)
{
	const struct vrp v[] = {vrp_of("255.255.255.255/32", 32, 1),
		vrp_of("255.255.255.254/31", 32, 1), vrp_of("::/0", 0, 2),
		vrp_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 128, 2)};
	const struct payload_set *set = build(v, 4);
	static struct found f;
	struct prefix p;

	cr_assert_eq(prefix_parse("255.255.255.255/32", &p), 0);
	payload_covering(set, &p, find, &f);
	cr_expect_eq(f.n, 2);
	f.n = 0;
	cr_assert_eq(
		prefix_parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &p), 0);
	payload_covering(set, &p, find, &f);
	cr_expect_eq(f.n, 2);
	payload_unref(set);
}

static struct router_key
key(uint8_t ski, const char *spki, uint32_t asn, int64_t expires)
{
	struct router_key k = {
		.asn = asn, .spki = span_text(spki), .expires = expires};

	k.ski[SKI_SIZE - 1] = ski;
	return k;
}

Test(payload, router_keys_are_sorted_unique_and_copied)
{
	struct payload_builder *b = payload_build_new(0);
	char moving[] = "zz";
	const struct router_key given[] = {key(2, "a", 1, 5),
		key(1, moving, 2, 5), key(1, "aaa", 1, 5), key(1, "zz", 1, 5),
		key(1, "zy", 9, 5), key(1, "zz", 1, 9), key(1, "zz", 1, 7)};
	const struct router_key want[] = {key(1, "zy", 9, 5),
		key(1, "zz", 1, 9), key(1, "zz", 2, 5), key(1, "aaa", 1, 5),
		key(2, "a", 1, 5)};
	const struct payload_set *set;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		cr_assert_eq(payload_build_key(b, &given[i]), 0);
	moving[0] = 'X';
	cr_assert_eq(payload_build_done(b, &set), 0);
	cr_assert_eq(set->key_count, 5);
	for (size_t i = 0; i < 5; i++) {
		cr_expect_eq(router_key_compare(&set->keys[i], &want[i]), 0);
		cr_expect_eq(set->keys[i].expires, want[i].expires);
	}
	payload_unref(set);
}

static void
add_aspa(struct payload_builder *b, uint32_t customer,
	const uint32_t *providers, uint32_t n, int64_t expires)
{
	struct aspa a = {.customer = customer,
		.providers = providers,
		.provider_count = n,
		.expires = expires};

	cr_assert_eq(payload_build_aspa(b, &a), 0);
}

Test(payload, aspas_of_one_customer_are_one)
{
	struct payload_builder *b = payload_build_new(0);
	const struct payload_set *set;

	add_aspa(b, 9, (uint32_t[]){5, 7}, 2, 100);
	add_aspa(b, 3, (uint32_t[]){0}, 1, 50);
	add_aspa(b, 9, (uint32_t[]){0}, 1, 40);
	add_aspa(b, 9, (uint32_t[]){2, 5, 4000000000}, 3, 70);
	add_aspa(b, 4, (uint32_t[]){1}, 1, 60);
	cr_assert_eq(payload_build_done(b, &set), 0);
	cr_assert_eq(set->aspa_count, 3);
	cr_expect_eq(set->aspas[0].customer, 3);
	cr_expect_eq(set->aspas[0].provider_count, 1);
	cr_expect_eq(set->aspas[0].providers[0], 0, "AS0 alone stays");
	cr_expect_eq(set->aspas[1].customer, 4);
	cr_expect_eq(set->aspas[2].customer, 9);
	cr_assert_eq(set->aspas[2].provider_count, 4);
	cr_expect_arr_eq(set->aspas[2].providers,
		((uint32_t[]){2, 5, 7, 4000000000}), 4 * sizeof(uint32_t));
	cr_expect_eq(set->aspas[2].expires, 40, "the earliest");
	cr_expect(aspa_same(&set->aspas[2], &set->aspas[2]));
	cr_expect_not(aspa_same(&set->aspas[1], &set->aspas[0]));
	payload_unref(set);
}

static void *
hold_and_leave(void *set)
{
	for (int i = 0; i < 100000; i++)
		payload_unref(payload_ref(set));
	payload_unref(set);
	return NULL;
}

Test(payload, holders_in_many_threads)
{
	struct vrp v = vrp_of("192.0.2.0/24", 24, 1);
	const struct payload_set *set = build(&v, 1);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, hold_and_leave,
				     (void *)(uintptr_t)payload_ref(set)),
			0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_expect_eq(set->vrps[0].asn, 1);
	payload_unref(set);
}
