/*
 * record: the facts of an attempt, kept alike by RRDP, rsync and anchors.
 */
#include "validator/fetch/record.h"

#include <string.h>

#include "waymark/err.h"

struct wall
record_now(const struct job_env *env)
{
	return env->now != NULL ? *env->now : wall_now();
}

int
record_load(const struct job_env *env, enum repo_kind kind, const char *uri,
	struct arena *arena, struct repo_record *out)
{
	const struct depot *d = env->depot;
	int err = d->ops->load(d->ctx, kind, uri, arena, out);

	if (err != ERR_NOTFOUND)
		return err;
	*out = (struct repo_record){
		.kind = kind,
		.uri = uri,
		.session = "",
		.hosts = "",
		.etag = "",
		.last_modified = "",
		.first_seen = record_now(env),
		.reason = "",
	};
	return 0;
}

void
record_success(struct repo_record *r, struct wall now, uint64_t elapsed_ms,
	uint64_t received)
{
	r->attempt = now;
	r->success = now;
	r->failures = 0;
	r->elapsed_ms = elapsed_ms;
	r->received = received;
}

void
record_failure(struct repo_record *r, struct wall now, uint64_t elapsed_ms,
	uint64_t received, const char *reason)
{
	record_failure_here(r, elapsed_ms, received, reason);
	r->attempt = now;
}

void
record_failure_here(struct repo_record *r, uint64_t elapsed_ms,
	uint64_t received, const char *reason)
{
	r->failures++;
	r->failures_all++;
	r->elapsed_ms = elapsed_ms;
	r->received = received;
	r->reason = reason;
}

uint64_t
trial_ms(const struct trial *a)
{
	return (uint64_t)mono_since(a->began, mono_now());
}

void
trial_note_failure(struct trial *a, const struct job_env *env)
{
	const struct depot *d = env->depot;

	if (a->failed_here)
		record_failure_here(
			&a->record, trial_ms(a), a->received, a->reason);
	else
		record_failure(&a->record, record_now(env), trial_ms(a),
			a->received, a->reason);
	(void)d->ops->note(d->ctx, &a->record);
}

struct job_end
trial_end(const struct trial *a, enum job_result result, bool changed)
{
	struct job_end end = {
		.result = result, .changed = changed, .received = a->received};

	if (result == JOB_FAILED)
		memcpy(end.reason, a->reason, sizeof(end.reason));
	return end;
}

const char *
record_error_text(int err)
{
	return err == ERR_SPACE ? "the disk budget is used up" : err_text(err);
}
