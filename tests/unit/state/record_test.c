/*
 * record: halves come back as they were put, and nothing that is out of range
 * or order does; a hash speaks of what routers see, and of nothing else.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "rtrd/state/record.h"
#include "tests/unit/guard.h"
#include "tests/unit/state/sets.h"
#include "waymark/err.h"

enum {
	OCTETS = 4096
};

static char path[64];

static void
setup(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/waymark-record.XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	close(fd);
}

static void
teardown(void)
{
	unlink(path);
}

TestSuite(record, .init = setup, .fini = teardown);

/* The octets of a half, through a file. */
static size_t
put(const struct delta_half *half, uint8_t octets[OCTETS])
{
	struct arena *arena = arena_new(OCTETS);
	uint8_t hash[HISTORY_HASH];
	struct span content;
	struct file_out f;
	struct sink s;

	cr_assert_eq(file_out_open(&f, path), 0);
	cr_assert_eq(sink_init(&s, &f), 0);
	record_put(&s, half);
	cr_assert_eq(sink_done(&s, hash), 0);
	sink_fini(&s);
	cr_assert_eq(file_out_commit(&f), 0);
	cr_assert_eq(file_read(path, OCTETS, arena, &content), 0);
	cr_assert_eq(content.n, record_size(half));
	memcpy(octets, content.p, content.n);
	arena_free(arena);
	return record_size(half);
}

/* What comes of `n` octets. */
static int
take(const uint8_t *octets, size_t n)
{
	struct arena *arena = arena_new(64);
	struct reader r = reader_of(span_of(octets, n));
	struct delta_half half;
	int err = record_take(&r, arena, &half);

	if (err == 0) {
		cr_expect(delta_half_is_sorted(&half));
		record_drop(&half);
	}
	arena_free(arena);
	return err;
}

static const struct delta *
sample(uint32_t mask)
{
	const struct payload_set *none = sets_make(0), *set = sets_make(mask);
	const struct delta *d;

	cr_assert_eq(delta_between(none, set, &d), 0);
	payload_unref(none);
	payload_unref(set);
	return d;
}

Test(record, every_truncation)
{
	const struct delta *d = sample(0x3ffff);
	uint8_t octets[OCTETS];
	size_t n = put(&d->come, octets);
	struct guard g = guard_new(n);

	cr_expect_eq(take(octets, n), 0);
	for (size_t k = 0; k < n; k++)
		cr_expect_eq(take(guard_span(&g, span_of(octets, k)).p, k),
			ERR_TRUNCATED, "%zu", k);
	guard_free(&g);
	delta_unref(d);
}

Test(record, values_out_of_range)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} rows[] = {
		{12 + 20, 5, "family"},
		{12 + 21, 25, "longer than its maximum"},
		{12 + 22, 33, "a maximum beyond IPv4"},
		{12 + 23, 1, "what is zero"},
		{12 + 3, 1, "host bits"},
		{12 + 8, 1, "an address longer than IPv4"},
	};
	const struct delta *d = sample(1);
	uint8_t octets[OCTETS], changed[OCTETS];
	size_t n = put(&d->come, octets);

	cr_assert_eq(take(octets, n), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(changed, octets, n);
		changed[rows[i].at] = rows[i].value;
		cr_expect_eq(take(changed, n), ERR_SYNTAX, "%s", rows[i].what);
	}
	delta_unref(d);
}

/* The same VRP twice, two in the wrong order, providers in the wrong order, an
 * ASPA without any. */
Test(record, order)
{
	const struct delta *d = sample(3), *a = sample(1 << 15);
	uint8_t octets[OCTETS], first[24];
	size_t n = put(&d->come, octets);

	memcpy(first, octets + 12, 24);
	memcpy(octets + 12, octets + 12 + 24, 24);
	cr_expect_eq(take(octets, n), ERR_SYNTAX, "twice");
	memcpy(octets + 12 + 24, first, 24);
	cr_expect_eq(take(octets, n), ERR_SYNTAX, "backwards");
	n = put(&a->come, octets);
	cr_assert_eq(take(octets, n), 0);
	octets[12 + 8] = 8;
	cr_expect_eq(take(octets, n), ERR_SYNTAX, "a provider twice");
	octets[12 + 4] = 0;
	cr_expect_eq(take(octets, n), ERR_SYNTAX, "no provider");
	delta_unref(d);
	delta_unref(a);
}

/* Customers are told apart by number alone: two ASPAs of one are none. */
Test(record, a_customer_twice)
{
	const uint32_t providers[] = {7, 8, 9};
	struct aspa aspas[2] = {
		{.customer = 1, .provider_count = 2, .providers = providers},
		{.customer = 1, .provider_count = 3, .providers = providers}};
	const struct delta_half half = {.aspas = aspas, .aspa_count = 2};
	uint8_t octets[OCTETS];
	size_t n = put(&half, octets);

	cr_expect_eq(take(octets, n), ERR_SYNTAX);
}

Test(record, hash_of_what_routers_see)
{
	uint8_t hashes[3][HISTORY_HASH], other[HISTORY_HASH];
	uint64_t seed = 5;

	for (int64_t i = 0; i < 3; i++) {
		struct payload_builder *b = payload_build_new(1);
		struct vrp v = {.family = FAMILY_IPV4,
			.asn = i == 2,
			.expires = i,
			.source = (uint32_t)i,
			.ta = (uint8_t)i};
		const struct payload_set *set;

		cr_assert_eq(payload_build_vrp(b, &v), 0);
		cr_assert_eq(payload_build_done(b, &set), 0);
		cr_assert_eq(record_hash(set, hashes[i]), 0);
		payload_unref(set);
	}
	cr_expect_arr_eq(hashes[0], hashes[1], HISTORY_HASH);
	cr_expect_arr_neq(hashes[0], hashes[2], HISTORY_HASH);
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t a = sets_mask(sets_random(&seed));
		uint32_t b = a ^ 1U << sets_random(&seed) % SETS_ASPA;
		const struct payload_set *x = sets_make(a), *y = sets_make(b);

		cr_assert_eq(record_hash(x, hashes[0]), 0);
		cr_assert_eq(record_hash(y, other), 0);
		cr_expect_arr_neq(hashes[0], other, HISTORY_HASH);
		payload_unref(x);
		payload_unref(y);
	}
}
