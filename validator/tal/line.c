/*
 * line: see the header.
 */
#include "validator/tal/line.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

bool
line_take(struct reader *r, struct span *line)
{
	size_t left = reader_left(r), n;
	const uint8_t *end;

	if (left == 0)
		return false;
	end = memchr(r->p, '\n', left);
	n = end == NULL ? left : (size_t)(end - r->p);
	*line = span_of(r->p, n);
	r->p += end == NULL ? n : n + 1;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}
