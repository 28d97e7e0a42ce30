/*
 * line: locators and constraints, line by line.
 *
 *	text LF | text CR LF | text	the last at the end of the file
 */
#ifndef TAL_LINE_H
#define TAL_LINE_H

#include <stdbool.h>

#include "waymark/span.h"

/* Take a line without its end.  False when nothing is left. */
bool line_take(struct reader *r, struct span *line);

#endif
