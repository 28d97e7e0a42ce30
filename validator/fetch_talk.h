/*
 * fetch_talk: commands from stdin, facts to stdout, and neither ever waits.
 *
 *	stdin  --> line --> command(ctx, line)
 *	stdout <-- one line at a time; while it is not gone, none is taken
 */
#ifndef VALIDATOR_FETCH_TALK_H
#define VALIDATOR_FETCH_TALK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "waymark/repo.h"

enum {
	TALK_FDS = 2, /* that talk_poll fills at most */
	TALK_LINE = 4096, /* octets of a command and its NUL */
};

struct talk {
	bool control; /* stdin is read */
	bool ended; /* stdin has ended, or nobody reads stdout */
	char in[TALK_LINE];
	size_t in_n;
	bool in_long; /* a line that is too long is passed over */
	char out[REPO_LINE + 1];
	size_t out_n, out_sent;
};

/* Begin; with `control`, commands are read. */
void talk_init(struct talk *t, bool control);

/* Say a line, without its end, shorter than REPO_LINE.  False while the one
 * before is still on its way. */
bool talk_say(struct talk *t, const char *line);

/* What to wait for: fills `fds`; the count. */
size_t talk_poll(const struct talk *t, struct pollfd fds[TALK_FDS]);

/* Go on with what was waited for. */
void talk_step(struct talk *t, const struct pollfd *fds, size_t count,
	void (*command)(void *ctx, const char *line), void *ctx);

#endif
