/*
 * rrdp_job: one RRDP job, as the three parts of it share it.
 *
 *	rrdp.c        which file comes next
 *	rrdp_file.c   the file at hand: octets to hash, reader and stage
 *	rrdp_end.c    how it ends: records, reasons, the owner
 */
#ifndef FETCH_RRDP_JOB_H
#define FETCH_RRDP_JOB_H

#include <openssl/evp.h>

#include "validator/fetch/http.h"
#include "validator/fetch/record.h"
#include "validator/fetch/rrdp.h"
#include "validator/fetch/rrdp_plan.h"

/* X(NAME, "word") */
#define RRDP_STEP_TABLE(X) \
	X(NOTIFICATION, "notification") \
	X(DELTA, "delta") \
	X(SNAPSHOT, "snapshot")

enum rrdp_step {
#define RRDP_STEP_ENUM(name, word) STEP_##name,
	RRDP_STEP_TABLE(RRDP_STEP_ENUM)
#undef RRDP_STEP_ENUM
	STEPS
};

/* Elements that were left out, as their host is not one to take from. */
struct rrdp_foreign {
	uint64_t count;
	const char *first; /* URI, "" when there was no memory to keep it */
};

struct rrdp {
	const struct job_env *env;
	struct job_target target;
	struct job_calls calls;
	struct trial trial; /* its record's `snapshots` as it goes */
	struct arena *arena;
	const char *hosts; /* to take from */
	const char *etag, *last_modified; /* of the new notification */
	enum rrdp_step step;
	struct xml *notice; /* holds all that `n` says */
	const struct xml_notification *n;
	struct rrdp_plan plan;
	size_t delta; /* under way, of n->deltas */
	/* The file that is being fetched. */
	const char *uri;
	struct xml *file; /* not the notification's */
	EVP_MD_CTX *hash;
	struct http_transfer *transfer;
	/* Where its elements go. */
	struct stage *stage;
	int stage_err; /* what it answered */
	struct rrdp_foreign foreign;
};

/* The file at hand. */

/* Begin the file of this step, which is at `uri` (kept as it is): its hash, its
 * reader, and the stage where there is none yet.  0 or the error. */
int rrdp_file_begin(struct rrdp *r, const char *uri);

/* Hash and read the next octets; its elements go to the stage.  False when it
 * is given up, with the reason. */
bool rrdp_file_feed(struct rrdp *r, struct span octets);

/* Whether the file came whole and says what it should, and has this SHA-256
 * (NULL: any); else the reason. */
bool rrdp_file_is_good(struct rrdp *r, const uint8_t *expected);

/* Whether what the stage answered to an element is the file's doing, not the
 * store's. */
bool rrdp_is_fault_of_file(int err);

/* Keep as the reason why the file failed, with its line where that is not 0; or
 * why the store did. */
void rrdp_reason_of_file(struct rrdp *r, const char *why, uint64_t line);
void rrdp_reason_of_store(struct rrdp *r, int err);

/* The ends of a job.  Each tells the owner; `r` is gone then. */

/* For the reason that is kept: what is there stays. */
void rrdp_end_failed(struct rrdp *r);

/* There is nothing new. */
void rrdp_end_same(struct rrdp *r);

/* The stage becomes the set. */
void rrdp_end_updated(struct rrdp *r);

/* Free all but the transfer; of the stage nothing stays. */
void rrdp_free(struct rrdp *r);

#endif
