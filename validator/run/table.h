/*
 * table: aligned columns for people.
 *
 *	first column left, numbers right; a blank line ends a table
 */
#ifndef RUN_TABLE_H
#define RUN_TABLE_H

#include <stddef.h>

#include "core/text.h"

enum {
	TABLE_COLUMNS = 16,
	TABLE_CELL = 80 /* octets; longer cells are cut */
};

struct table {
	char (*cells)[TABLE_CELL];
	size_t cell_count, cell_cap;
	size_t columns;
	size_t left; /* so many first columns are texts */
};

/* Begin a table of at most TABLE_COLUMNS columns. */
void table_init(struct table *t, size_t columns, size_t left);

/* Add the next cell, row by row.  A table that runs out of memory stays cut. */
void table_add(struct table *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Append all rows to `out` and free the table's memory. */
void table_end(struct table *t, struct text *out);

#endif
