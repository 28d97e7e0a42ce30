/*
 * child: one program as a process group of its own, with what it says.
 *
 *	rtrd --spawn--> child (leader of its group)
 *	       <-- stdout: one fact a line --
 *	       <-- stderr: one event a line --
 *	       --- stdin: one command a line, where it is wished ->
 *
 * The end is told once, when the process is gone and its pipes are empty; what
 * is left of its group by then is killed.  Lines are bounded in length and
 * number: a child that talks too much is cut short, not believed and not
 * waited for.
 *
 * Not here: what the lines and the exit code mean.
 */
#ifndef KEEP_CHILD_H
#define KEEP_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "waymark/log.h"

struct child;

struct child_calls {
	/* One line without its end; `from_stderr` tells which pipe. */
	void (*line)(void *ctx, bool from_stderr, const char *line);
	/* It is over: exit code, or the signal that ended it (else 0).  The
	 * child frees itself after this call. */
	void (*ended)(void *ctx, int64_t code, int signal);
	void *ctx;
	bool listens; /* it has a stdin, for child_tell */
	bool facts; /* its stdout is heard to the end: none may be missed */
	int64_t lines_ms; /* BOUND_CHILD_LINES are for so long; 0: for its
			     life */
};

/* Start `argv[0]` (a path) with `argv` (NULL at the end).  0 with `*out`,
 * which is valid until `ended` was called; or a negative error with `why`
 * filled, and nothing is called. */
int child_start(uv_loop_t *loop, char *const *argv,
	const struct child_calls *calls, struct child **out, char why[256]);

/* Write a line, without its end, to the child's stdin.  0; ERR_LIMIT when it
 * has not taken what was told before; or another error, when it does not hear
 * any more. */
int child_tell(struct child *c, const char *line);

/* A line of its stderr without what its own log put before it, a view into
 * `line`, and its level: info for one that is not of a log. */
const char *child_line_strip(const char *line, enum log_level *level);

/* Send a signal to the child and all of its group. */
void child_signal(const struct child *c, int number);

#endif
