/*
 * table: aligned columns for people.
 *
 *	TA     COMPLETE   VRPS          numbers stand to the right,
 *	ripe   yes       40321          a line never ends in blanks
 *
 * Cells are cleaned: no octet of a stranger reaches the terminal but printable
 * ASCII.
 */
#ifndef RTRCTL_TABLE_H
#define RTRCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/text.h"

enum {
	TABLE_COLUMNS = 16
};

struct table {
	const char *const *titles; /* a title that begins with ">" is for
				      numbers; NULL ends */
	size_t columns;
	struct text cells; /* each ends in NUL */
	size_t count;
	size_t widths[TABLE_COLUMNS];
	FILE *out; /* rows go there as they come; NULL: when all are there */
};

/* Begin; the titles outlive the table. */
void table_init(struct table *t, const char *const *titles);

/* Before the first cell: print the titles, and then each row when it is there,
 * with columns of these widths.  A cell that is wider shifts its own row. */
void table_flow(struct table *t, const size_t *widths, FILE *out);

/* Add the next cell, row by row.  NULL is shown as "-". */
void table_add(struct table *t, const char *cell);
void table_number(struct table *t, long long number);

/* Print title and rows that are not printed yet, indented by `indent`, and
 * free.  False out of memory. */
bool table_print(struct table *t, unsigned indent, FILE *out);

#endif
