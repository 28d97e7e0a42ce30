/*
 * der: encodings by published examples, paths, and moving nodes.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lab/der.h"

static struct arena *
test_arena(void)
{
	struct arena *a = arena_new(4096);

	cr_assert(a != NULL);
	return a;
}

static void
test_is(struct arena *a, struct node *node, const char *want)
{
	struct span der = der_encode(a, node);
	char *got = der_get(a, 2 * der.n + 1);

	got[0] = '\0';
	for (size_t i = 0; i < der.n; i++)
		snprintf(got + 2 * i, 3, "%02x", der.p[i]);
	cr_expect_str_eq(got, want);
}

static void
test_int(struct arena *a, const char *number, const char *want)
{
	test_is(a, der_add_int(a, NULL, NULL, number), want);
}

Test(der, integers_are_shortest)
{
	struct arena *a = test_arena();

	test_int(a, "0", "020100");
	test_int(a, "127", "02017f");
	test_int(a, "128", "02020080");
	test_int(a, "256", "02020100");
	test_int(a, "-1", "0201ff");
	test_int(a, "-128", "020180");
	test_int(a, "-129", "0202ff7f");
	test_int(a, "-256", "0202ff00");
	test_int(a, "-32768", "02028000");
	test_int(a, "0xffffffffffffffffffff", "020b00ffffffffffffffffffff");
	test_int(a, "-0x80", "020180");
	arena_free(a);
}

Test(der, texts_that_are_no_numbers_are_refused)
{
	const char *bad[] = {"", "-", "x", "1x", "0x", "0xg", "1.5"};
	struct arena *a = test_arena();
	struct span out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect(!der_int_octets(a, bad[i], &out), "%s", bad[i]);
	arena_free(a);
}

Test(der, identifiers)
{
	const char *bad[] = {"", ".", "1.", "1..2", "a", "1"};
	struct arena *a = test_arena();
	struct span out;

	test_is(a, der_add_oid(a, NULL, NULL, "1.2.840.113549.1.1.11"),
		"06092a864886f70d01010b");
	test_is(a, der_add_oid(a, NULL, NULL, "2.999.3"), "0603883703");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect(!der_oid_octets(a, bad[i], &out), "%s", bad[i]);
	arena_free(a);
}

Test(der, times_turn_to_four_digits_in_2050)
{
	struct arena *a = test_arena();

	/* 491231235959Z and 20500101000000Z */
	test_is(a, der_add_time(a, NULL, NULL, 2524607999),
		"170d3439313233313233353935395a");
	test_is(a, der_add_time(a, NULL, NULL, 2524608000),
		"180f32303530303130313030303030305a");
	arena_free(a);
}

/* Lengths around the turns of X.690 8.1.3. */
Test(der, lengths)
{
	static const struct {
		size_t n;
		const char *head;
	} rows[] = {
		{0, "0400"},
		{127, "047f"},
		{128, "048180"},
		{255, "0481ff"},
		{256, "04820100"},
		{65535, "0482ffff"},
		{65536, "0483010000"},
	};
	struct arena *a = test_arena();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t *p = der_get(a, rows[i].n);
		struct node *node;
		struct span der;
		char head[16] = "";

		memset(p, 0, rows[i].n);
		node = der_add_bytes(
			a, NULL, DER_OCTETS, NULL, span_of(p, rows[i].n));
		der = der_encode(a, node);
		for (size_t j = 0; j < strlen(rows[i].head) / 2; j++)
			snprintf(head + 2 * j, 3, "%02x", der.p[j]);
		cr_expect_str_eq(head, rows[i].head);
		cr_expect_eq(der.n, rows[i].n + strlen(head) / 2);
	}
	arena_free(a);
}

Test(der, wrong_lengths_on_demand)
{
	struct arena *a = test_arena();
	struct node *node = der_add_number(a, NULL, NULL, 1);

	node->length = DER_LENGTH_LONG;
	test_is(a, node, "02810101");
	node->length = DER_LENGTH_INDEFINITE;
	test_is(a, node, "0280010000");
	node->length = DER_LENGTH_FALSE;
	node->false_length = 300;
	test_is(a, node, "0282012c01");
	arena_free(a);
}

/* { a 1, { b 2, list { 3, 4 } } } */
static struct node *
test_tree(struct arena *a)
{
	struct node *root = der_add(a, NULL, DER_SEQUENCE, NULL);
	struct node *inner, *list;

	der_add_number(a, root, "a", 1);
	inner = der_add(a, root, DER_SEQUENCE, NULL);
	der_add_number(a, inner, "b", 2);
	list = der_add(a, inner, DER_SEQUENCE, "list");
	der_add_number(a, list, NULL, 3);
	der_add_number(a, list, NULL, 4);
	return root;
}

Test(der, paths)
{
	static const struct {
		const char *path;
		const char *der; /* NULL: not there */
	} rows[] = {
		{".", "3010020101300b0201023006020103020104"},
		{"a", "020101"},
		{"b", "020102"},
		{"[1].b", "020102"},
		{"[1][0]", "020102"},
		{"list[0]", "020103"},
		{"list[-1]", "020104"},
		{"list[2]", NULL},
		{"list[-3]", NULL},
		{"c", NULL},
		{"a.b", NULL},
		{"list[x]", NULL},
		{"list[0", NULL},
		{"", NULL},
	};
	struct arena *a = test_arena();
	struct node *root = test_tree(a);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct node *node = der_find(root, rows[i].path);

		cr_expect_eq(
			node != NULL, rows[i].der != NULL, "%s", rows[i].path);
		if (node != NULL && rows[i].der != NULL)
			test_is(a, node, rows[i].der);
	}
	arena_free(a);
}

Test(der, a_near_name_wins_over_a_deep_one)
{
	struct arena *a = test_arena();
	struct node *root = der_add(a, NULL, DER_SEQUENCE, NULL);
	struct node *deep = der_add(a, root, DER_SEQUENCE, "first");

	der_add_number(a, deep, "x", 1);
	der_add_number(a, root, "x", 2);
	test_is(a, der_find(root, "x"), "020102");
	test_is(a, der_find(root, "first.x"), "020101");
	arena_free(a);
}

Test(der, removing_and_inserting)
{
	struct arena *a = test_arena();
	struct node *root = test_tree(a);
	struct node *list = der_find(root, "list");
	struct node *three = der_child(list, 0);

	der_remove(three);
	test_is(a, list, "3003020104");
	der_insert(list, list->last, three);
	test_is(a, list, "3006020104020103");
	der_remove(der_child(list, -1));
	der_remove(der_child(list, -1));
	test_is(a, list, "3000");
	der_insert(list, NULL, three);
	test_is(a, list, "3003020103");
	arena_free(a);
}

Test(der, a_copy_is_its_own)
{
	struct arena *a = test_arena();
	struct node *root = test_tree(a);
	struct node *copy = der_copy(a, root);

	der_remove(der_find(root, "list"));
	test_is(a, root, "30080201013003020102");
	test_is(a, copy, "3010020101300b0201023006020103020104");
	arena_free(a);
}

Test(der, sets_are_sorted_by_encoding)
{
	struct arena *a = test_arena();
	struct node *set = der_add(a, NULL, DER_SET, NULL);

	der_add_number(a, set, NULL, 256);
	der_add_number(a, set, NULL, 9);
	der_add_bool(a, set, NULL, true);
	der_add_number(a, set, NULL, 3);
	der_sort(a, set);
	test_is(a, set, "310d0101ff02010302010902020100");
	arena_free(a);
}
