/*
 * rsync: a module, or one file, by the rsync program (RFC 6481 section 3).
 *
 *	live set --export--> staging folder --rsync--> --import--> stage, commit
 *	                     0700, our own
 *
 * The program is run without a shell, in a process group of its own, with an
 * empty environment and a fixed list of arguments, "--" before the URI: no
 * links, owners, modes, devices.  What it writes to stdout and stderr is
 * drained and capped.  Budgets of time, octets, files and depth are watched
 * from outside; then SIGTERM to the group, and 5 s later SIGKILL.  What left
 * the group is killed as soon as its parent is gone: the process is the reaper
 * of orphans, and so has no children but those of before and the pool's.
 *
 * What is imported is a regular file with one link and a name that a manifest
 * may list; nothing else is opened.
 *
 * Export and import go in slices, so that no job keeps the thread.
 */
#ifndef FETCH_RSYNC_H
#define FETCH_RSYNC_H

#include <poll.h>

#include "validator/fetch/job.h"

struct rsync_pool;
struct rsync;

struct rsync_config {
	const char *program; /* "rsync", looked up in PATH, or a path */
	const char *staging; /* a folder of ours; what is in it goes */
	const char *source_address; /* to send from; NULL, or what is no
				       address: any */
	int64_t connect_s, io_s, wall_ms; /* 0: those of bounds.h */
	const struct log *log;
};

/* Looks at the program's version (a warning for one with known holes in
 * clients), empties the staging folder (in steps), makes this process the
 * reaper of orphans, and SIGCHLD what it is by default.  0 with `*out`;
 * ERR_NOTFOUND with `why` when there is no such program; or the error of the
 * folder. */
int rsync_pool_new(const struct rsync_config *config, struct rsync_pool **out,
	char why[256]);

/* Ends all jobs: SIGKILL to their groups, folders removed, within two seconds;
 * what is left then goes at the next start.  NULL is fine. */
void rsync_pool_free(struct rsync_pool *p);

/* Fill `fds` with what the jobs wait for, at most `cap`; the count.  And how
 * long at most to wait: 0 while there is work to slice, -1 for ever. */
size_t rsync_pool_poll(
	struct rsync_pool *p, struct pollfd *fds, size_t cap, int *timeout_ms);

/* Go on with all jobs. */
void rsync_pool_step(struct rsync_pool *p);

/* Start on a module ("rsync://host/module/").  As rrdp_start; ERR_SYNTAX for a
 * URI of another form. */
int rsync_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, struct rsync **out);

/* Give up; the group is killed, the folder goes in time.  NULL is fine. */
void rsync_cancel(struct rsync *r);

/* Fetch one file into memory, without the depot.  `took` is called once with
 * its octets (a view, for the call) or, when end->result is JOB_FAILED, with
 * nothing.  0 with `*out` for rsync_cancel; ERR_SYNTAX for a URI that is not
 * one of a file in a module. */
int rsync_file_start(struct rsync_pool *p, const char *uri,
	void (*took)(void *ctx, const struct job_end *end, struct span octets),
	void *ctx, struct rsync **out);

#endif
