/*
 * table: aligned columns for people.
 *
 * Cells come row by row and are kept as text until all are known, since a
 * column is as wide as its widest cell.
 */
#include "rtrctl/table.h"

#include <assert.h>
#include <string.h>

enum {
	GAP = 2 /* blanks between columns */
};

void
table_init(struct table *t, const char *const *titles)
{
	memset(t, 0, sizeof(*t));
	t->titles = titles;
	while (titles[t->columns] != NULL)
		t->columns++;
	assert(t->columns <= TABLE_COLUMNS);
}

/* Cells are kept in one text, each with its NUL, and measured when all are
 * there. */
void
table_add(struct table *t, const char *cell)
{
	const char *shown = cell != NULL ? cell : "-";

	text_clean(&t->cells, shown, strlen(shown));
	text_put(&t->cells, "", 1);
	t->count++;
}

/* Numbers need no cleaning. */
void
table_number(struct table *t, long long number)
{
	text_add(&t->cells, "%lld", number);
	text_put(&t->cells, "", 1);
	t->count++;
}

/* Numbers are compared by their last digit, so they stand to the right. */
static bool
is_number(const struct table *t, size_t column)
{
	return t->titles[column][0] == '>';
}

static const char *
title(const struct table *t, size_t column)
{
	return t->titles[column] + (is_number(t, column) ? 1 : 0);
}

/* As wide as the widest cell of the column, title included. */
static void
widths_take(const struct table *t, size_t widths[TABLE_COLUMNS])
{
	const char *cell = t->cells.p;
	size_t i, n;

	for (i = 0; i < t->columns; i++)
		widths[i] = strlen(title(t, i));
	for (i = 0; i < t->count; i++) {
		n = strlen(cell);
		if (n > widths[i % t->columns])
			widths[i % t->columns] = n;
		cell += n + 1;
	}
}

/* The last column is not padded: a line that ends in blanks breaks when it
 * is copied. */
static void
cell_print(const struct table *t, size_t column, const char *cell,
	const size_t *widths, FILE *out)
{
	int width = (int)widths[column];

	if (is_number(t, column))
		fprintf(out, "%*s", width, cell);
	else if (column + 1 < t->columns)
		fprintf(out, "%-*s", width, cell);
	else
		fputs(cell, out);
	fprintf(out, "%*s", column + 1 < t->columns ? GAP : 0, "");
}

/* Nothing is printed of a table that lacks a cell: its columns would shift. */
bool
table_print(struct table *t, unsigned indent, FILE *out)
{
	size_t widths[TABLE_COLUMNS];
	const char *cell = t->cells.p;
	bool whole = !t->cells.failed;
	size_t i, column;

	if (whole) {
		widths_take(t, widths);
		fprintf(out, "%*s", (int)indent, "");
		for (column = 0; column < t->columns; column++)
			cell_print(t, column, title(t, column), widths, out);
		fputc('\n', out);
	}
	for (i = 0; whole && i < t->count; i++) {
		column = i % t->columns;
		if (column == 0)
			fprintf(out, "%*s", (int)indent, "");
		cell_print(t, column, cell, widths, out);
		if (column + 1 == t->columns)
			fputc('\n', out);
		cell += strlen(cell) + 1;
	}
	text_free(&t->cells);
	return whole;
}
