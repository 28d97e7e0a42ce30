/*
 * log: puts one event into one line and writes it with one write(2).
 *
 * A line, its newline included, is at most what a pipe takes in one piece, so
 * that lines of several processes on one pipe never mix.  No allocation: a
 * process that is out of memory can still say so.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "waymark/clock.h"
#include "waymark/err.h"
#include "waymark/log.h"

enum {
	LINE_MAX_OCTETS = 4096
}; /* PIPE_BUF on Linux */

static const char ELLIPSIS[] = "...";

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

enum {
	LEVELS = sizeof(level_names) / sizeof(level_names[0])
};

struct line {
	char p[LINE_MAX_OCTETS];
	size_t n;
	size_t cut; /* as far as the text may reach if "..." must follow */
	bool full;
};

/* Add one piece whole or not at all. */
static void
line_put(struct line *l, const char *p, size_t n)
{
	/* One octet stays for the newline. */
	if (l->full || n > sizeof(l->p) - 1 - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, p, n);
	l->n += n;
	if (l->n <= sizeof(l->p) - sizeof(ELLIPSIS))
		l->cut = l->n;
}

/* Add foreign text: nothing but printable ASCII reaches the terminal. */
static void
line_clean(struct line *l, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	for (const char *p = text; *p != '\0' && !l->full; p++) {
		unsigned char c = (unsigned char)*p;
		char escape[] = {'\\', 'x', hex[c >> 4], hex[c & 15]};

		if (c >= 0x20 && c < 0x7f)
			line_put(l, p, 1);
		else
			line_put(l, escape, sizeof(escape));
	}
}

/* Cut where an ellipsis fits, never within an escape, and end the line. */
static void
line_end(struct line *l)
{
	if (l->full) {
		memcpy(l->p + l->cut, ELLIPSIS, sizeof(ELLIPSIS) - 1);
		l->n = l->cut + sizeof(ELLIPSIS) - 1;
	}
	l->p[l->n++] = '\n';
}

/* A pipe takes a whole line, or is not ready for any: lines are no longer than
 * PIPE_BUF. */
static bool
is_ready(const struct log *log)
{
	struct pollfd p = {.fd = log->fd, .events = POLLOUT};

	return !log->drops || poll(&p, 1, 0) != 0;
}

void
log_event(const struct log *log, enum log_level level, const char *word,
	const char *format, ...)
{
	struct line line = {.n = 0};
	char text[LINE_MAX_OCTETS];
	char now[WALL_TEXT];
	va_list args;
	int n;

	if (log == NULL || level > log->level)
		return;
	va_start(args, format);
	/* What is longer than a line is cut here already; `n` tells. */
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		text[0] = '\0';

	/* The word is ours, but goes the same way: one rule for the line. */
	line_clean(&line, wall_format(wall_now(), now));
	line_put(&line, " ", 1);
	line_clean(&line, log_level_name(level));
	line_put(&line, " ", 1);
	line_clean(&line, word);
	if (text[0] != '\0') {
		line_put(&line, " ", 1);
		line_clean(&line, text);
	}
	line.full = line.full || n >= (int)sizeof(text);
	line_end(&line);
	if (!is_ready(log))
		return;
	/* Only an interrupted write that wrote nothing is worth another. */
	while (write(log->fd, line.p, line.n) < 0 && errno == EINTR)
		continue;
}

int
log_level_parse(const char *text, enum log_level *out)
{
	for (int i = 0; i < (int)LEVELS; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return ERR_SYNTAX;
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}
