/*
 * log: one line an event, on a descriptor, flushed.
 *
 *	2026-03-16T07:30:00Z info ready serial=1 vrps=4090
 *	time                 level word text
 *
 * The word is stable and made for machines; the text is `key=value` pairs.
 * Control characters in the text are written as \xNN, so that what a
 * repository or a router sends can neither break a line nor a terminal.
 */
#ifndef WAYMARK_LOG_H
#define WAYMARK_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Where lines go; handed down, never changed below main. */
struct log {
	int fd;
	enum log_level level; /* the least important that is written */
	bool drops; /* leave a line out rather than wait for the reader */
};

/* Write one event.  `word` is a stable lower-case name such as "listening";
 * `format` may be "".  A NULL log writes nothing.  Lines over 4,096 octets are
 * cut and end in "...".  One write(2) a line; its failure is ignored, as there
 * is nobody to tell.  With `drops` a pipe that nobody empties costs lines and
 * never time. */
void log_event(const struct log *log, enum log_level level, const char *word,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "error", "warn", "info", "debug" to a level.  0 or ERR_SYNTAX. */
int log_level_parse(const char *text, enum log_level *out);

/* The level's word. */
const char *log_level_name(enum log_level level);

#endif
