/*
 * table: see the header.
 */
#include "validator/run/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/vec.h"

void
table_init(struct table *t, size_t columns, size_t left)
{
	assert(columns > 0 && columns <= TABLE_COLUMNS);
	*t = (struct table){.columns = columns, .left = left};
}

void
table_add(struct table *t, const char *format, ...)
{
	va_list args;

	if (!vec_reserve((void **)&t->cells, &t->cell_cap, t->cell_count + 1,
		    TABLE_CELL))
		return;
	va_start(args, format);
	(void)vsnprintf(t->cells[t->cell_count++], TABLE_CELL, format, args);
	va_end(args);
}

static void
measure(const struct table *t, size_t widths[TABLE_COLUMNS])
{
	size_t i;

	for (i = 0; i < t->cell_count; i++) {
		size_t n = strlen(t->cells[i]);

		if (n > widths[i % t->columns])
			widths[i % t->columns] = n;
	}
}

void
table_end(struct table *t, struct text *out)
{
	size_t widths[TABLE_COLUMNS] = {0};
	size_t i;

	measure(t, widths);
	for (i = 0; i < t->cell_count; i++) {
		size_t column = i % t->columns;
		int width = (int)widths[column];
		bool last = column == t->columns - 1;

		if (column >= t->left)
			text_add(out, "%*s", width, t->cells[i]);
		else if (last)
			text_add(out, "%s", t->cells[i]);
		else
			text_add(out, "%-*s", width, t->cells[i]);
		text_add(out, "%s", last ? "\n" : "  ");
	}
	vec_release((void **)&t->cells);
	t->cell_count = t->cell_cap = 0;
}
