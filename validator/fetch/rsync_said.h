/*
 * rsync_said: what the rsync program says, made sense of.
 *
 *	stdout, stderr --octets--> lines --> { first complaint, statistics }
 *	                                     exit code --> a reason for people
 *
 * Bytes in, facts out.  A server can put words into the program's mouth: what
 * is kept is short and clean, and nothing is decided by it.
 */
#ifndef FETCH_RSYNC_SAID_H
#define FETCH_RSYNC_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/repo.h"
#include "waymark/span.h"

enum rsync_stream {
	RSYNC_STDOUT,
	RSYNC_STDERR,
	RSYNC_STREAMS
};

enum {
	RSYNC_SAID_LINE = 256, /* octets of a line that are looked at */
	RSYNC_SAID_FIRST = 160, /* octets of the first complaint and its NUL */
};

struct rsync_said {
	uint64_t octets; /* of both streams */
	uint64_t received; /* from the network, as --stats tells */
	uint64_t unfit; /* entries that are no files, which it left out */
	char head[RSYNC_SAID_FIRST]; /* first line of stdout, cleaned */
	char first[RSYNC_SAID_FIRST]; /* first complaint of stderr, cleaned */
	struct rsync_said_line {
		char p[RSYNC_SAID_LINE];
		size_t n;
	} lines[RSYNC_STREAMS]; /* that are not at their end */
};

/* Take octets of a stream, as they come.  Starts from a zeroed struct. */
void rsync_said_add(
	struct rsync_said *s, enum rsync_stream stream, struct span octets);

/* Take what stands behind the last end of a line; no more comes. */
void rsync_said_end(struct rsync_said *s);

/* Why the program failed: `status` as of waitpid, not that of success. */
void rsync_said_reason(
	const struct rsync_said *s, int status, char out[REPO_REASON]);

/* A version such as 3.2.7 as 30207, out of the first line of `--version`; 0
 * when there is none. */
unsigned rsync_said_version(const char *line);

/* The holes that a version of the client is known for; NULL: none.  Static
 * text. */
const char *rsync_said_holes(unsigned version);

#endif
