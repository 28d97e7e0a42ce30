/*
 * rrdp_end: how an RRDP job ends, and what is remembered then.
 *
 *	failed    the record as it was, with the failure counted
 *	same      the record of the new notification, the set untouched
 *	updated   the same, and the stage, in one transaction
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/record.h"
#include "validator/fetch/rrdp_job.h"

static const char *const step_words[STEPS] = {
#define RRDP_STEP_WORD(name, word) word,
	RRDP_STEP_TABLE(RRDP_STEP_WORD)
#undef RRDP_STEP_WORD
};

void
rrdp_free(struct rrdp *r)
{
	r->env->depot->ops->drop(r->stage);
	EVP_MD_CTX_free(r->hash);
	xml_free(r->file);
	xml_free(r->notice);
	arena_free(r->arena);
	free(r);
}

/* Tell the owner; the job is gone before it hears of it. */
static void
tell(struct rrdp *r, enum job_result result, bool changed)
{
	struct job_calls calls = r->calls;
	struct job_end end = trial_end(&r->trial, result, changed);

	rrdp_free(r);
	calls.done(calls.ctx, &end);
}

/* The attempt failed: what is there stays. */
void
rrdp_end_failed(struct rrdp *r)
{
	const struct depot *d = r->env->depot;

	d->ops->drop(r->stage);
	r->stage = NULL;
	trial_note_failure(&r->trial, r->env);
	tell(r, JOB_FAILED, false);
}

/* Why the file at hand failed.  The rule stands first: URIs may be long. */
void
rrdp_reason_of_file(struct rrdp *r, const char *why, uint64_t line)
{
	char place[32] = "";

	if (line > 0)
		(void)snprintf(place, sizeof(place), "line %llu of ",
			(unsigned long long)line);
	(void)snprintf(r->trial.reason, sizeof(r->trial.reason),
		"%s: %.180s: %s%s", step_words[r->step], why, place, r->uri);
}

void
rrdp_reason_of_store(struct rrdp *r, int err)
{
	r->trial.failed_here = true;
	(void)snprintf(r->trial.reason, sizeof(r->trial.reason), "store: %s",
		record_error_text(err));
}

static void
say_foreign(const struct rrdp *r)
{
	if (r->foreign.count > 0)
		log_event(r->env->log, LOG_LEVEL_WARN, "rrdp-foreign",
			"uri=%s elements=%llu first=%s", r->target.uri,
			(unsigned long long)r->foreign.count, r->foreign.first);
}

/* The record of a set that is that of the notification.  A list that cannot be
 * used does not make us forget the hashes that were known in a session. */
static struct repo_record
record_of_success(struct rrdp *r)
{
	const struct xml_notification *n = r->n;
	struct repo_record next = r->trial.record;

	next.etag = r->etag;
	next.last_modified = r->last_modified;
	if (n != NULL) {
		if (n->delta_count > 0 ||
			strcmp(r->trial.record.session, n->session) != 0) {
			next.deltas = n->deltas;
			next.delta_count = n->delta_count;
		}
		next.session = n->session;
		next.serial = n->serial;
	}
	record_success(&next, record_now(r->env), trial_ms(&r->trial),
		r->trial.received);
	return next;
}

/* There is nothing new. */
void
rrdp_end_same(struct rrdp *r)
{
	const struct depot *d = r->env->depot;
	struct repo_record next = record_of_success(r);
	int err = d->ops->note(d->ctx, &next);

	if (err == 0) {
		tell(r, JOB_SAME, false);
		return;
	}
	rrdp_reason_of_store(r, err);
	tell(r, JOB_FAILED, false);
}

void
rrdp_end_updated(struct rrdp *r)
{
	struct repo_record next = record_of_success(r);
	struct stage *stage = r->stage;
	struct stage_end end;
	int err;

	next.hosts = r->hosts;
	r->stage = NULL;
	err = r->env->depot->ops->commit(stage, &next, &end);
	if (err != 0) {
		rrdp_reason_of_store(r, err);
		rrdp_end_failed(r);
		return;
	}
	say_foreign(r);
	tell(r, JOB_UPDATED, end.changed);
}
