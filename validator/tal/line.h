/*
 * line: the text files of operators, line by line.
 *
 *	rsync://...\n		a line ends in LF or CRLF, the last one in either or
 *	https://...\r\n		in nothing
 */
#ifndef TAL_LINE_H
#define TAL_LINE_H

#include <stdbool.h>

#include "waymark/span.h"

/* Take a line without its end.  False when nothing is left. */
bool line_take(struct reader *r, struct span *line);

#endif
