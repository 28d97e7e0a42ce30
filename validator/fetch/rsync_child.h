/*
 * rsync_child: one program under guard.
 *
 *	fork --> own group, limits, no descriptors, no environment --> execve
 *	  |
 *	step: drain its output          stop: SIGTERM, then SIGKILL, to the
 *	  |                                   whole group
 *	  '--> over: group killed, reaped, what it said and its exit status
 *
 * What left the group (setsid) has no parent when the program is over, and
 * comes to us as the nearest reaper: rsync_orphans_end finds and kills it.
 */
#ifndef FETCH_RSYNC_CHILD_H
#define FETCH_RSYNC_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/vec.h"
#include "validator/fetch/rsync_said.h"
#include "waymark/clock.h"

enum {
	RSYNC_CHILD_FDS = 3, /* that one waits for at most */
	RSYNC_ARGS = 24 /* arguments and the NULL behind */
};

struct rsync_child {
	pid_t pid; /* 0: none */
	int pidfd; /* -1: an old kernel, then it is asked */
	int fds[RSYNC_STREAMS]; /* -1: at its end */
	bool stopping, killed;
	struct mono kill_at; /* stopping: when SIGTERM was not enough */
	struct rsync_said said;
	int status; /* when it is over */
};

typedef VEC(pid_t) rsync_pids;

/* Find a program as execvp would; a name with a slash stands for itself.  0
 * with its path in `out`; ERR_NOTFOUND. */
int rsync_program_find(const char *name, char out[BOUND_PATH]);

/* Run argv[0], a path.  0, or ERR_SYSTEM. */
int rsync_child_start(struct rsync_child *c, const char *const argv[]);

/* Fill `fds`, at least RSYNC_CHILD_FDS, with what it waits for; the count. */
size_t rsync_child_poll(const struct rsync_child *c, struct pollfd *fds);

/* How long at most to wait at `now`; -1: for ever. */
int rsync_child_wait(const struct rsync_child *c, struct mono now);

/* Go on; true when the program is over and reaped, and `status` and `said` are
 * whole. */
bool rsync_child_step(struct rsync_child *c, struct mono now);

/* Ask the group to end within BOUND_RSYNC_KILL_MS, then end it. */
void rsync_child_stop(struct rsync_child *c, struct mono now);

/* End the group at once; it has yet to be reaped by steps. */
void rsync_child_kill(struct rsync_child *c);

/* Children of this process, in `out`.  0 or an error. */
int rsync_children(rsync_pids *out);

/* Kill and reap the children of this process that are not among `spared`.  How
 * many there were; of those, others may have become orphans. */
size_t rsync_orphans_end(const rsync_pids *spared);

#endif
