/*
 * change: every operation does what its help says, and names what it cannot do.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lab/change.h"

/* A raw holder of { n 5, s OCTETS 0102, t UTCTime, list { 1, 2 } }. */
static struct node *
test_tree(struct arena *a)
{
	struct node *holder = der_add(a, NULL, 0, NULL);
	struct node *root = der_add(a, holder, DER_SEQUENCE, NULL);
	struct node *list;

	holder->raw = true;
	der_add_number(a, root, "n", 5);
	der_add_bytes(a, root, DER_OCTETS, "s", span_of("\1\2", 2));
	list = der_add(a, root, DER_SEQUENCE, "list");
	der_add_number(a, list, NULL, 1);
	der_add_number(a, list, NULL, 2);
	return holder;
}

static const struct {
	enum change_op op;
	const char *change, *want;
} rows[] = {
	{CHANGE_REMOVE, "s=remove", "300b0201053006020101020102"},
	{CHANGE_HEX, "s=hex:aB", "300e0201050401ab3006020101020102"},
	{CHANGE_HEX, "list=hex:",
		"30090201050402010230"
		"00"},
	{CHANGE_RAW, "s=raw:0500", "300d02010505003006020101020102"},
	{CHANGE_INT, "n=int:-2",
		"300f0201fe0402010230060201010"
		"20102"},
	{CHANGE_TEXT, "s=text:a=b:c",
		"3012020105"
		"0405613d623a633006020101020102"},
	{CHANGE_FILL, "s=fill:3",
		"3010020105"
		"04034141413006020101020102"},
	{CHANGE_OID, "s=oid:1.2.3",
		"300f020105"
		"04022a033006020101020102"},
	{CHANGE_BOOL, "s=bool:true",
		"300e020105"
		"0401ff3006020101020102"},
	{CHANGE_BOOL, "s=bool:false",
		"300e020105"
		"0401003006020101020102"},
	{CHANGE_UTC, "s=utctime:2030-01-02T03:04:05Z",
		"301a020105170d3330303130323033303430355a"
		"3006020101020102"},
	{CHANGE_GENERAL, "s=gentime:2030-01-02T03:04:05Z",
		"301c020105180f32303330303130323033303430355a"
		"3006020101020102"},
	{CHANGE_TAG, "s=tag:0x80",
		"300f0201058002010230060201010"
		"20102"},
	{CHANGE_FLIP, "s=flip:0", "300f020105040281023006020101020102"},
	{CHANGE_FLIP, "s=flip:-1", "300f020105040201033006020101020102"},
	{CHANGE_CUT, "s=cut:1", "300e0201050401013006020101020102"},
	{CHANGE_DUP, "n=dup", "3012020105020105040201023006020101020102"},
	{CHANGE_DUP, "list[0]=dup:2",
		"30150201050402010230"
		"0c020101020101020101020102"},
	{CHANGE_SWAP, "n=swap",
		"300f0402010202010530060201010"
		"20102"},
	{CHANGE_BEFORE, "list=before:0500",
		"30110201050402010205003006020101020102"},
	{CHANGE_AFTER, ".=after:00",
		"300f020105040201023006020101020102"
		"00"},
	{CHANGE_FIRST, "list=first:0500",
		"301102010504020102300805000201010"
		"20102"},
	{CHANGE_LAST, "list=last:0500",
		"3011020105040201023008020101020102"
		"0500"},
	{CHANGE_COPY, "s=copy:list[1]",
		"300e020105020102300602010102"
		"0102"},
	{CHANGE_LENGTH, "n=length:long",
		"301002810105040201023006020101"
		"020102"},
	{CHANGE_LENGTH, "n=length:9", "300f020905040201023006020101020102"},
	{CHANGE_LENGTH, "n=length:indefinite",
		"3011028005000004020102300602010102"
		"0102"},
};

static const char *
test_hex(struct arena *a, struct span der)
{
	char *text = der_get(a, 2 * der.n + 1);

	text[0] = '\0';
	for (size_t i = 0; i < der.n; i++)
		snprintf(text + 2 * i, 3, "%02x", der.p[i]);
	return text;
}

Test(change, every_row)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *changes[] = {rows[i].change, NULL};
		struct arena *a = arena_new(4096);
		struct node *root = test_tree(a);
		char why[CHANGE_WHY] = "";

		cr_expect_eq(change_apply(a, root, changes, NULL, why), 0, "%s",
			why);
		cr_expect_str_eq(test_hex(a, der_encode(a, root)), rows[i].want,
			"%s", rows[i].change);
		arena_free(a);
	}
}

Test(change, every_operation_has_a_row)
{
	bool seen[CHANGE_OPS] = {[CHANGE_TIME] = true}; /* below */

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		seen[rows[i].op] = true;
	for (enum change_op op = 0; op < CHANGE_OPS; op++)
		cr_expect(seen[op], "%s", change_name(op));
}

Test(change, time_keeps_the_type)
{
	const char *changes[] = {
		"s=gentime:2030-01-02T03:04:05Z", "s=time:0", NULL};
	struct arena *a = arena_new(4096);
	struct node *root = test_tree(a);
	char why[CHANGE_WHY];

	cr_assert_eq(change_apply(a, root, changes, NULL, why), 0);
	cr_expect_str_eq(test_hex(a, der_encode(a, der_find(root, "s"))),
		"180f31393730303130313030303030305a");
	arena_free(a);
}

Test(change, computed_nodes_wait)
{
	const char *changes[] = {"s=flip:0", NULL};
	struct arena *a = arena_new(4096);
	struct node *root = test_tree(a);
	struct node *s = der_find(root, "s");
	char why[CHANGE_WHY];

	s->computed = true;
	cr_assert_eq(change_apply(a, root, changes, NULL, why), 0);
	cr_expect_str_eq(test_hex(a, der_encode(a, s)), "04020102");
	cr_assert_eq(change_apply(a, root, changes, s, why), 0);
	cr_expect_str_eq(test_hex(a, der_encode(a, s)), "04028102");
	arena_free(a);
}

Test(change, what_cannot_be_done_is_named)
{
	const char *bad[] = {"n", "x=remove", "n=explode", "n=int:five",
		"s=hex:0", "s=hex:zz", "s=tag:0x100", "s=flip:16", "s=flip:-17",
		"s=cut:3", "list=swap", "s=copy:x", "s=length:short",
		"s=bool:maybe", "s=utctime:noon", "s=dup:0", "s=oid:x"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *changes[] = {bad[i], NULL};
		struct arena *a = arena_new(4096);
		char why[CHANGE_WHY] = "";

		cr_expect_lt(change_apply(a, test_tree(a), changes, NULL, why),
			0, "%s", bad[i]);
		cr_expect(strstr(why, bad[i]) != NULL, "%s: %s", bad[i], why);
		arena_free(a);
	}
}
