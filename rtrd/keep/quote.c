/*
 * quote: the line is copied without its quotation marks, which would stand
 * within those of our own log.
 */
#include "rtrd/keep/quote.h"

#include <string.h>

#define MARK	 " text=\""
#define ELLIPSIS "..."

/* Where a copy that does not fit ends: after the last word that leaves room,
 * or within one that is longer than all the room. */
static void
cut(char out[QUOTE])
{
	size_t n = QUOTE - sizeof(ELLIPSIS);
	size_t word = n;

	while (word > 0 && out[word] != ' ')
		word--;
	if (word > QUOTE / 2)
		n = word;
	memcpy(out + n, ELLIPSIS, sizeof(ELLIPSIS));
}

/* Append, as long as there is room; false: there was not enough. */
static bool
put(char out[QUOTE], size_t *n, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '"')
			continue;
		if (*n + 1 >= QUOTE) {
			out[*n] = '\0';
			return false;
		}
		out[(*n)++] = p[i];
	}
	out[*n] = '\0';
	return true;
}

void
quote_line(char out[QUOTE], const char *line, bool text_only)
{
	const char *text = text_only ? strstr(line, MARK) : NULL;
	size_t n = 0;
	bool whole;

	if (text == NULL) {
		whole = put(out, &n, line, strlen(line));
	} else {
		text += sizeof(MARK) - 1;
		whole = put(out, &n, line, strcspn(line, " ")) &&
			put(out, &n, ": ", 2) &&
			put(out, &n, text, strcspn(text, "\""));
	}
	if (!whole)
		cut(out);
}
