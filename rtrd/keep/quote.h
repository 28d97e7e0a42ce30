/*
 * quote: what a line of a child's says, short enough to be a reason.
 *
 *	unusable text="no point held; no output"  ->  unusable: no point held;
 *	                                              no output
 */
#ifndef KEEP_QUOTE_H
#define KEEP_QUOTE_H

#include <stdbool.h>

enum {
	QUOTE = 125 /* octets with the NUL: with what stands around it, it fits
		       where people see it */
};

/* Take a line without its time and level; with `text_only` and when it has a
 * text="...", its first word and that text.  Quotation marks are left out, and
 * what is too long is cut after a word, with "..." behind. */
void quote_line(char out[QUOTE], const char *line, bool text_only);

#endif
