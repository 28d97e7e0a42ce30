/*
 * rsync_job: one run of the rsync program, from live set to commit.
 *
 *	EXPORT --> RUN --> SWEEP --> IMPORT --> done     a module
 *	           RUN --> SWEEP --> took                one file
 *	any of them --> failed --> done, took
 *	cancel: EXPORT and IMPORT end at once, RUN and SWEEP when nothing of the
 *	program is left
 *
 * SWEEP waits for the pool to know that no process of the program lives on.
 * Shared by rsync.c, which steps a job, and rsync_pool.c, which owns them.
 */
#ifndef FETCH_RSYNC_JOB_H
#define FETCH_RSYNC_JOB_H

#include <netinet/in.h>

#include "validator/fetch/rsync.h"
#include "validator/fetch/rsync_child.h"
#include "validator/fetch/rsync_trash.h"
#include "validator/fetch/rsync_tree.h"

enum rsync_state {
	RSYNC_EXPORT,
	RSYNC_RUN,
	RSYNC_SWEEP,
	RSYNC_IMPORT,
};

struct rsync {
	struct rsync_pool *pool;
	struct rsync *next;
	enum rsync_state state;
	uint64_t turn; /* of the pool's steps, that saw it last */
	bool cancelled;
	char uri[BOUND_URI + 1];

	const struct job_env *env; /* NULL: one file */
	struct job_calls calls;
	void (*took)(void *ctx, const struct job_end *end, struct span octets);
	void *ctx; /* of took */

	char name[24]; /* of its folder below staging */
	int root; /* that folder */
	struct mono begun, deadline; /* deadline: of the program */
	struct wall ran; /* when the program began */
	struct rsync_child child;
	const char *broken; /* the limit that ended it; NULL: none */
	struct rsync_export export;
	struct rsync_census census;
	struct rsync_import import;
	struct stage *stage;
	bool failed_here; /* for want of ours, see record_failure_here */
};

struct rsync_pool {
	const struct log *log;
	char program[BOUND_PATH];
	char staging[BOUND_PATH]; /* absolute */
	char address[INET6_ADDRSTRLEN + 16]; /* an argument, or "" */
	int64_t connect_s, io_s, wall_ms;
	int folder; /* staging */
	struct rsync_trash trash;
	struct rsync *jobs;
	uint64_t names, turn;
	rsync_pids spared; /* children that were there before */
	bool sweeping;
	struct mono sweep_until;
	int reaper; /* what we were before */
};

/* Go on with a job; it may be gone after. */
void rsync_job_step(struct rsync *r);

/* Whether a job has work that does not wait for anything. */
bool rsync_job_is_busy(const struct rsync *r);

/* Remove a job from its pool and free it, without a call.  Its program is over
 * or was never begun. */
void rsync_job_free(struct rsync *r);

/* Look for what the programs left behind, from the next step on. */
void rsync_pool_sweep(struct rsync_pool *p);

#endif
