/*
 * job: one attempt to bring one repository up to date, whatever its kind.
 *
 *	start --> ... --> done(outcome)          once, never from within start
 *	   \--> cancel                           then done is never called
 *
 * A job reads the repository's record, and ends with commit, or note, of a new
 * one: its owner only decides when to begin.  All jobs run on one thread and
 * never block it: see http.h and rsync.h for how they are driven.
 */
#ifndef FETCH_JOB_H
#define FETCH_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/fetch/depot.h"
#include "waymark/log.h"
#include "waymark/repo.h"

struct http;
struct rsync_pool;

/* X(NAME, "word") */
#define JOB_RESULT_TABLE(X) \
	X(UPDATED, "updated") /* the set was replaced */ \
	X(SAME, "same") /* there was nothing new */ \
	X(FAILED, "failed")

enum job_result {
#define JOB_RESULT_ENUM(name, word) JOB_##name,
	JOB_RESULT_TABLE(JOB_RESULT_ENUM)
#undef JOB_RESULT_ENUM
	JOB_RESULTS
};

struct job_end {
	enum job_result result;
	bool changed; /* objects differ from before */
	uint64_t received; /* octets from the network */
	char reason[REPO_REASON]; /* JOB_FAILED: why, with the URI of the file
				     and the rule where there is one */
};

struct job_calls {
	void (*done)(void *ctx, const struct job_end *end);
	void *ctx;
};

/* What jobs work with; outlives them. */
struct job_env {
	struct http *http;
	struct rsync_pool *rsync;
	const struct depot *depot;
	const struct log *log;
	int64_t wall_ms; /* a job that takes longer is failed by its owner */
	const struct wall *now; /* NULL: the clock; a test sets its own */
};

/* What a job is for; texts outlive it. */
struct job_target {
	const char *uri;
	const char *hosts; /* RRDP: see wanted.h */
	const uint8_t (*keeps)[32]; /* TA: certificates that must stay */
	size_t keep_count;
};

#endif
