/*
 * record: what jobs of every kind keep of a repository in the same way.
 *
 *	record_load --> job --> record_success | record_failure --> commit, note
 *
 * Only what all kinds have: attempts, successes, failures.  Session, hashes,
 * tags and the like are filled in by the job that knows them.
 */
#ifndef FETCH_RECORD_H
#define FETCH_RECORD_H

#include "validator/fetch/depot.h"
#include "validator/fetch/job.h"

/* The time by which a job of `env` goes: the wall clock, or the one that a test
 * has set. */
struct wall record_now(const struct job_env *env);

/* The record of a repository, its texts in `arena`.  One that the depot does
 * not know begins with empty texts and `first_seen` now.  0, or an error of the
 * depot, with `*out` untouched. */
int record_load(const struct job_env *env, enum repo_kind kind, const char *uri,
	struct arena *arena, struct repo_record *out);

/* An attempt that ended `now` after `elapsed_ms` and `received` octets has
 * succeeded; the reason of the last failure stays, as history. */
void record_success(struct repo_record *r, struct wall now, uint64_t elapsed_ms,
	uint64_t received);

/* The same of one that failed; `reason` is not copied. */
void record_failure(struct repo_record *r, struct wall now, uint64_t elapsed_ms,
	uint64_t received, const char *reason);

/* The same of one that failed on this machine, for want of space say: nobody
 * knows what the repository has, and who waits for it to be tried (a first set)
 * waits on.  So the time of the last attempt stays. */
void record_failure_here(struct repo_record *r, uint64_t elapsed_ms,
	uint64_t received, const char *reason);

/* An attempt under way, and what it has come to. */
struct trial {
	struct mono began;
	uint64_t received; /* octets from the network */
	struct repo_record record; /* as it was */
	bool failed_here; /* for want of ours, see record_failure_here */
	char reason[REPO_REASON]; /* why it failed */
};

/* How long it takes so far. */
uint64_t trial_ms(const struct trial *a);

/* Count its failure in the record, and keep that: one that cannot be kept costs
 * a count, and the store says why when it is next written to. */
void trial_note_failure(struct trial *a, const struct job_env *env);

/* What its owner is told of it. */
struct job_end trial_end(
	const struct trial *a, enum job_result result, bool changed);

/* An error in the words of fetching.  Static text. */
const char *record_error_text(int err);

#endif
