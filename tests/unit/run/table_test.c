/*
 * table: columns that stand below each other.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/run/table.h"

Test(table, texts_left_and_numbers_right)
{
	struct table t;
	struct text out = {0};

	table_init(&t, 3, 1);
	table_add(&t, "name");
	table_add(&t, "a");
	table_add(&t, "count");
	table_add(&t, "x");
	table_add(&t, "%d", 1000);
	table_add(&t, "%d", 7);
	table_end(&t, &out);
	cr_assert(!out.failed);
	cr_expect_str_eq(out.p, "name     a  count\nx     1000      7\n");
	text_free(&out);
}

Test(table, a_last_text_has_nothing_behind_it)
{
	struct table t;
	struct text out = {0};

	table_init(&t, 2, 2);
	table_add(&t, "a");
	table_add(&t, "longer");
	table_add(&t, "bb");
	table_add(&t, "c");
	table_end(&t, &out);
	cr_expect_str_eq(out.p, "a   longer\nbb  c\n");
	text_free(&out);
}

Test(table, long_cells_are_cut)
{
	char cell[200];
	struct table t;
	struct text out = {0};

	memset(cell, 'x', sizeof(cell) - 1);
	cell[sizeof(cell) - 1] = '\0';
	table_init(&t, 1, 1);
	table_add(&t, "%s", cell);
	table_end(&t, &out);
	cr_expect(out.n == TABLE_CELL - 1 + 1);
	text_free(&out);
}
