/*
 * validity: every way that VRPs can stand to a route, against RFC 6811 and the
 * lists' rules.
 */
#include "rtrd/serve/validity.h"
#include "tests/unit/serve/scene.h"

struct validity_case {
	const char *route;
	uint32_t asn;
	enum validity_state state;
	size_t matched, as, length;
};

static const struct validity_case cases[] = {
	{"192.0.2.0/24", 64496, VALIDITY_VALID, 1, 1, 0},
	{"192.0.2.0/24", 64499, VALIDITY_INVALID_AS, 0, 2, 0},
	{"192.0.2.0/25", 64497, VALIDITY_VALID, 1, 0, 1},
	/* Too short for one's own AS, long enough for another's. */
	{"192.0.2.0/25", 64496, VALIDITY_INVALID_AS, 0, 1, 1},
	{"192.0.2.0/27", 64496, VALIDITY_INVALID_LENGTH, 0, 0, 2},
	/* Of another AS and too short: the length is tested first. */
	{"192.0.2.0/27", 64499, VALIDITY_INVALID_LENGTH, 0, 0, 2},
	{"192.0.2.1", 64497, VALIDITY_INVALID_LENGTH, 0, 0, 2},
	{"192.0.0.0/16", 64496, VALIDITY_NOT_FOUND, 0, 0, 0},
	{"198.51.100.0/24", 64498, VALIDITY_VALID, 1, 0, 1},
	{"198.51.101.0/24", 64498, VALIDITY_INVALID_LENGTH, 0, 0, 1},
	{"198.51.100.0/22", 64498, VALIDITY_VALID, 1, 0, 0},
	/* AS 0 matches nothing, not even a route of AS 0. */
	{"203.0.113.0/24", 64496, VALIDITY_INVALID_AS, 0, 1, 0},
	{"203.0.113.0/24", 0, VALIDITY_INVALID_AS, 0, 1, 0},
	{"2001:db8:1::/48", 64496, VALIDITY_VALID, 1, 0, 0},
	{"2001:db8::/49", 64496, VALIDITY_INVALID_LENGTH, 0, 0, 1},
	{"2001:db9::/32", 64496, VALIDITY_NOT_FOUND, 0, 0, 0},
	{"0.0.0.0/0", 64496, VALIDITY_NOT_FOUND, 0, 0, 0},
	{"::/0", 64496, VALIDITY_NOT_FOUND, 0, 0, 0},
};

Test(validity, states_by_table)
{
	struct scene *s = scene_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct validity_case *c = &cases[i];
		struct prefix route = scene_prefix(c->route);
		struct validity v;

		validity_check(view_set(&s->view), &route, c->asn, &v);
		cr_expect_eq(v.state, c->state, "%s AS%u: %s", c->route,
			(unsigned)c->asn, validity_name(v.state));
		cr_expect_eq(
			v.counts[VALIDITY_MATCHED], c->matched, "%s", c->route);
		cr_expect_eq(
			v.counts[VALIDITY_UNMATCHED_AS], c->as, "%s", c->route);
		cr_expect_eq(v.counts[VALIDITY_UNMATCHED_LENGTH], c->length,
			"%s", c->route);
	}
	scene_free(s);
}

Test(validity, golden_text)
{
	static const char golden[] =
		"{\"route\":{\"origin_asn\":\"AS64496\","
		"\"prefix\":\"192.0.2.0/25\"},"
		"\"validity\":{\"state\":\"invalid\",\"reason\":\"as\","
		"\"description\":\"At least one VRP Covers the Route Prefix, "
		"but none of those that allow its length names the origin "
		"AS\","
		"\"VRPs\":{\"matched\":[],"
		"\"unmatched_as\":[{\"asn\":\"AS64497\","
		"\"prefix\":\"192.0.2.0/24\",\"max_length\":\"26\"}],"
		"\"unmatched_length\":[{\"asn\":\"AS64496\","
		"\"prefix\":\"192.0.2.0/24\",\"max_length\":\"24\"}]}}}";
	struct scene *s = scene_new();
	struct prefix route = scene_prefix("192.0.2.0/25");
	struct text t = {0};
	struct validity v;

	validity_check(view_set(&s->view), &route, 64496, &v);
	validity_write(&t, NULL, &v);
	cr_expect_str_eq(t.p, golden);
	text_free(&t);
	scene_free(s);
}

Test(validity, reason_only_when_invalid)
{
	struct scene *s = scene_new();
	struct prefix route = scene_prefix("192.0.2.0/24");
	struct text t = {0};
	struct validity v;

	validity_check(view_set(&s->view), &route, 64496, &v);
	validity_write(&t, NULL, &v);
	cr_expect_null(strstr(t.p, "reason"));
	cr_expect_str_eq(validity_reason(VALIDITY_INVALID_LENGTH), "length");
	cr_expect_str_eq(validity_reason(VALIDITY_INVALID_AS), "as");
	cr_expect_null(validity_reason(VALIDITY_NOT_FOUND));
	text_free(&t);
	scene_free(s);
}

/* `n` VRPs of one prefix, each of another AS. */
static const struct payload_set *
crowd(uint32_t n)
{
	struct prefix p = scene_prefix("192.0.2.0/24");
	struct payload_builder *b = payload_build_new(n);
	const struct payload_set *set;
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct vrp vrp = {.addr = p.addr,
			.asn = i + 1,
			.family = p.family,
			.len = p.len,
			.max_len = 24};

		cr_assert_eq(payload_build_vrp(b, &vrp), 0);
	}
	cr_assert_eq(payload_build_done(b, &set), 0);
	return set;
}

/* The rows of the list of other ASes, and what is told of the rest. */
static void
expect_lists(uint32_t others, size_t rows, json_int_t omitted)
{
	const struct payload_set *set = crowd(others);
	struct prefix route = scene_prefix("192.0.2.0/24");
	struct text t = {0};
	struct validity v;
	json_t *root, *lists;

	validity_check(set, &route, 4000000000, &v);
	validity_write(&t, NULL, &v);
	root = json_loads(t.p, 0, NULL);
	cr_assert_not_null(root);
	lists = json_object_get(json_object_get(root, "validity"), "VRPs");
	cr_expect_eq(
		json_array_size(json_object_get(lists, "unmatched_as")), rows);
	cr_expect_eq(
		json_integer_value(json_object_get(lists, "omitted")), omitted);
	cr_expect_eq(json_object_get(lists, "omitted") == NULL, omitted == 0);
	cr_expect_eq(v.counts[VALIDITY_UNMATCHED_AS], others);
	json_decref(root);
	text_free(&t);
	payload_unref(set);
}

Test(validity, lists_are_bounded)
{
	expect_lists(BOUND_VALIDITY_VRPS, BOUND_VALIDITY_VRPS, 0);
	expect_lists(BOUND_VALIDITY_VRPS + 1, BOUND_VALIDITY_VRPS, 1);
}
