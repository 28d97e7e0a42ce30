/*
 * table: aligned columns for people.
 *
 * Cells come row by row.  They are kept as text until all are known, since a
 * column is as wide as its widest cell; or, for a long table whose widths are
 * known, until their row is.
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
widths_take(struct table *t)
{
	size_t *widths = t->widths;
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
cell_print(const struct table *t, size_t column, const char *cell, FILE *out)
{
	int width = (int)t->widths[column];

	if (is_number(t, column))
		fprintf(out, "%*s", width, cell);
	else if (column + 1 < t->columns)
		fprintf(out, "%-*s", width, cell);
	else
		fputs(cell, out);
	fprintf(out, "%*s", column + 1 < t->columns ? GAP : 0, "");
}

/* The next cells, from one title to the last; what follows them. */
static const char *
row_print(const struct table *t, const char *cell, unsigned indent, FILE *out)
{
	fprintf(out, "%*s", (int)indent, "");
	for (size_t i = 0; i < t->columns; i++) {
		cell_print(t, i, cell, out);
		cell += strlen(cell) + 1;
	}
	fputc('\n', out);
	return cell;
}

static void
titles_print(const struct table *t, unsigned indent, FILE *out)
{
	fprintf(out, "%*s", (int)indent, "");
	for (size_t i = 0; i < t->columns; i++)
		cell_print(t, i, title(t, i), out);
	fputc('\n', out);
}

void
table_flow(struct table *t, const size_t *widths, FILE *out)
{
	for (size_t i = 0; i < t->columns; i++) {
		size_t n = strlen(title(t, i));

		t->widths[i] = widths[i] > n ? widths[i] : n;
	}
	t->out = out;
	titles_print(t, 0, out);
}

/* A row is there, of a table that flows.  One that lacks a cell is not shown,
 * and the end tells. */
static void
row_flow(struct table *t)
{
	if (t->out == NULL || t->count % t->columns != 0 || t->cells.failed)
		return;
	(void)row_print(t, t->cells.p, 0, t->out);
	text_clear(&t->cells);
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
	row_flow(t);
}

/* Numbers need no cleaning. */
void
table_number(struct table *t, long long number)
{
	text_add(&t->cells, "%lld", number);
	text_put(&t->cells, "", 1);
	t->count++;
	row_flow(t);
}

/* Nothing is printed of a table that lacks a cell: its columns would shift. */
bool
table_print(struct table *t, unsigned indent, FILE *out)
{
	const char *cell = t->cells.p;
	bool whole = !t->cells.failed;

	if (whole && t->out == NULL) {
		widths_take(t);
		titles_print(t, indent, out);
		for (size_t i = 0; i < t->count; i += t->columns)
			cell = row_print(t, cell, indent, out);
	}
	text_free(&t->cells);
	return whole;
}
