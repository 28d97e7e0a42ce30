/*
 * say: what is told to people on stderr, beside the log.
 */
#ifndef VALIDATOR_SAY_H
#define VALIDATOR_SAY_H

/* Write one line, "PROGRAM: TEXT", to stderr.  Names of files and arguments are
 * quoted as they are, so all that is not printable is written as \xNN. */
void say(const char *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
