/*
 * policy: what holds at a time, one of each, to the second.
 */
#include <criterion/criterion.h>

#include "rtrd/policy/policy.h"
#include "waymark/bounds.h"

static const struct vrp VRPS[] = {
	/* The same payload from two objects: the later end counts. */
	{.addr = {{10}},
		.asn = 1,
		.family = FAMILY_IPV4,
		.len = 8,
		.max_len = 8,
		.expires = 2000,
		.source = 1},
	{.addr = {{10}},
		.asn = 1,
		.family = FAMILY_IPV4,
		.len = 8,
		.max_len = 8,
		.expires = 1000,
		.source = 2},
	{.addr = {{11}},
		.asn = 1,
		.family = FAMILY_IPV4,
		.len = 8,
		.max_len = 8,
		.expires = 1500},
	{.addr = {{0x20}},
		.asn = 1,
		.family = FAMILY_IPV6,
		.len = 8,
		.max_len = 8,
		.expires = 3000},
};

static const uint32_t PROVIDERS[] = {5, 6};

static const struct aspa ASPAS[] = {{.customer = 1,
	.provider_count = 2,
	.providers = PROVIDERS,
	.expires = 1800}};

static const struct payload_set *
test_apply(const struct snapshot *s, int64_t now)
{
	const struct payload_set *set = NULL;

	cr_assert_eq(policy_apply(s, (struct wall){now}, &set), 0);
	return set;
}

Test(policy, expired_to_the_second)
{
	static const struct {
		int64_t now;
		size_t vrps, keys, aspas;
		int64_t next;
	} rows[] = {
		{0, 3, 1, 1, 1501},
		{1000, 3, 1, 1, 1501},
		{1500, 3, 1, 1, 1501},
		{1501, 2, 1, 1, 1701},
		{1700, 2, 1, 1, 1701},
		{1701, 2, 0, 1, 1801},
		{1800, 2, 0, 1, 1801},
		{1801, 2, 0, 0, 2001},
		{2000, 2, 0, 0, 2001},
		{2001, 1, 0, 0, 3001},
		{3000, 1, 0, 0, 3001},
		{3001, 0, 0, 0, 0},
	};
	const uint8_t spki[] = {1, 2, 3};
	const struct router_key key = {
		.asn = 1, .spki = span_of(spki, 3), .expires = 1700};
	const struct snapshot s = {
		.vrps = VRPS,
		.vrp_count = 4,
		.keys = &key,
		.key_count = 1,
		.aspas = ASPAS,
		.aspa_count = 1,
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct payload_set *set = test_apply(&s, rows[i].now);
		struct wall next = {0};

		cr_expect_eq(set->vrp_count, rows[i].vrps, "at %ld",
			(long)rows[i].now);
		cr_expect_eq(set->key_count, rows[i].keys);
		cr_expect_eq(set->aspa_count, rows[i].aspas);
		cr_expect_eq(policy_next_expiry(set, &next), rows[i].next != 0);
		cr_expect_eq(next.s, rows[i].next, "at %ld: %ld",
			(long)rows[i].now, (long)next.s);
		payload_unref(set);
	}
}

Test(policy, latest_expiry_is_kept)
{
	const struct snapshot s = {.vrps = VRPS, .vrp_count = 2};
	const struct payload_set *set = test_apply(&s, 500);

	cr_expect_eq(set->vrp_count, 1);
	cr_expect_eq(set->vrps[0].expires, 2000);
	cr_expect_eq(set->vrps[0].source, 1);
	payload_unref(set);
}

Test(policy, empty)
{
	const struct snapshot s = {.vrps = NULL};
	const struct payload_set *set = test_apply(&s, 0);
	struct wall next = {-7};

	cr_expect_eq(set->vrp_count, 0);
	cr_expect_not(policy_next_expiry(set, &next));
	cr_expect_eq(next.s, -7);
	payload_unref(set);
}

/* A key that fills a PDU to the last octet, and one that does not fit. */
Test(policy, key_too_long_for_a_pdu)
{
	static const uint8_t spki[BOUND_RTR_PDU_SEND];
	const struct router_key keys[] = {
		{.asn = 1,
			.spki = span_of(spki, BOUND_RTR_PDU_SEND - 32),
			.expires = 9},
		{.asn = 2,
			.spki = span_of(spki, BOUND_RTR_PDU_SEND - 31),
			.expires = 9},
	};
	const struct snapshot s = {.keys = keys, .key_count = 2};
	const struct payload_set *set = test_apply(&s, 0);

	cr_expect_eq(set->key_count, 1);
	cr_expect_eq(set->keys[0].asn, 1);
	payload_unref(set);
}
