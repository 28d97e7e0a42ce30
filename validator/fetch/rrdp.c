/*
 * rrdp: notification, then deltas or snapshot, each one request, one reader.
 *
 *	NOTIFICATION --> DELTA, DELTA ... --> commit
 *	      |            | any failure: drop the stage
 *	      '----------> SNAPSHOT --------> commit
 *
 * One file at a time: its octets go through SHA-256 and the reader at once, the
 * reader's elements into the stage.  That the hash was right shows only at the
 * end, and nothing of the stage is seen before its commit.
 *
 * What it does not do: decide when (the fetcher), look into objects (a run).
 */
#include "validator/fetch/rrdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/record.h"
#include "validator/fetch/rrdp_job.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 32768
};

static void file_start(struct rrdp *r);

/* The notification. */

/* All files lie at its origin (RFC 9674). */
static bool
origins_are_one(struct rrdp *r)
{
	struct span origin = span_text(r->target.uri);
	const struct xml_notification *n = r->n;

	if (!http_same_origin(origin, span_text(n->snapshot_uri)))
		return false;
	for (size_t i = 0; i < n->delta_count; i++)
		if (!http_same_origin(origin, span_text(n->delta_uris[i])))
			return false;
	return true;
}

/* A snapshot counts before it is asked for: whether we are stopped meanwhile or
 * killed, it was. */
static bool
snapshot_note(struct rrdp *r)
{
	const struct depot *d = r->env->depot;
	int err = d->ops->note(d->ctx, &r->trial.record);

	if (err != 0)
		rrdp_reason_of_store(r, err);
	return err == 0;
}

static void
snapshot_start(struct rrdp *r, enum rrdp_why why)
{
	char at[WALL_TEXT];
	struct wall next;

	if (!rrdp_snapshot_allowed(
		    &r->trial.record, r->n, why, record_now(r->env), &next)) {
		(void)snprintf(r->trial.reason, sizeof(r->trial.reason),
			"%s, and %d snapshots were taken within an hour; the "
			"next one from %s",
			rrdp_why_text(why), BOUND_RRDP_SNAPSHOTS,
			wall_format(next, at));
		rrdp_end_failed(r);
		return;
	}
	if (!snapshot_note(r)) {
		rrdp_end_failed(r);
		return;
	}
	log_event(r->env->log, LOG_LEVEL_INFO, "rrdp-snapshot",
		"uri=%s serial=%llu why=\"%s\"", r->target.uri,
		(unsigned long long)r->n->serial, rrdp_why_text(why));
	r->step = STEP_SNAPSHOT;
	r->hosts = r->target.hosts;
	r->foreign = (struct rrdp_foreign){.first = ""};
	file_start(r);
}

/* New hosts can wait for an hour; what is new at those that are known cannot.
 */
static struct rrdp_plan
make_plan(const struct rrdp *r)
{
	struct rrdp_plan plan =
		rrdp_plan(&r->trial.record, r->n, r->target.hosts);
	struct wall next;

	if (plan.why == RRDP_WHY_HOSTS &&
		!rrdp_snapshot_has_room(
			&r->trial.record, record_now(r->env), &next))
		plan = rrdp_plan(&r->trial.record, r->n, r->trial.record.hosts);
	return plan;
}

static void
go_by_plan(struct rrdp *r)
{
	r->plan = make_plan(r);
	switch (r->plan.action) {
	case RRDP_SAME:
		rrdp_end_same(r);
		break;
	case RRDP_DELTAS:
		r->step = STEP_DELTA;
		/* The set has what these have; who has fewer now changes
		 * nothing until the next snapshot. */
		r->hosts = r->trial.record.hosts;
		r->delta = r->plan.first;
		file_start(r);
		break;
	case RRDP_SNAPSHOT:
		snapshot_start(r, r->plan.why);
		break;
	}
}

static void
notification_done(struct rrdp *r)
{
	if (!rrdp_file_is_good(r, NULL)) {
		rrdp_end_failed(r);
		return;
	}
	r->n = xml_notification_get(r->notice);
	if (!origins_are_one(r)) {
		rrdp_reason_of_file(r, "it names files of another origin", 0);
		rrdp_end_failed(r);
		return;
	}
	go_by_plan(r);
}

/* Deltas and snapshot. */

/* The file at hand failed, with its reason. */
static void
file_failed(struct rrdp *r)
{
	r->env->depot->ops->drop(r->stage);
	r->stage = NULL;
	if (r->step != STEP_DELTA ||
		(r->stage_err != 0 && !rrdp_is_fault_of_file(r->stage_err))) {
		rrdp_end_failed(r);
		return;
	}
	log_event(r->env->log, LOG_LEVEL_WARN, "rrdp-delta",
		"uri=%s why=\"%s\"", r->target.uri, r->trial.reason);
	snapshot_start(r, RRDP_WHY_DELTA);
}

static void
file_done(struct rrdp *r)
{
	bool delta = r->step == STEP_DELTA;

	if (!rrdp_file_is_good(r,
		    delta ? r->n->deltas[r->delta].hash
			  : r->n->snapshot_hash)) {
		file_failed(r);
		return;
	}
	if (delta && ++r->delta < r->n->delta_count) {
		r->env->depot->ops->next(r->stage);
		file_start(r);
		return;
	}
	rrdp_end_updated(r);
}

/* Texts of a head that outlive the request.  A 304 need not repeat them. */
static bool
keep_tags(struct rrdp *r, const struct http_end *end)
{
	if (end->outcome == HTTP_SAME && end->etag[0] == '\0' &&
		end->last_modified[0] == '\0') {
		r->etag = r->trial.record.etag;
		r->last_modified = r->trial.record.last_modified;
		return true;
	}
	r->etag = arena_text(r->arena, end->etag, strlen(end->etag));
	r->last_modified = arena_text(
		r->arena, end->last_modified, strlen(end->last_modified));
	return r->etag != NULL && r->last_modified != NULL;
}

/* Where the reader or the stage gave the transfer up, they have told why. */
static void
on_failed(struct rrdp *r, const struct http_end *end)
{
	if (end->reason[0] != '\0')
		rrdp_reason_of_file(r, end->reason, 0);
	if (r->step == STEP_NOTIFICATION)
		rrdp_end_failed(r);
	else
		file_failed(r);
}

static void
on_end(void *ctx, const struct http_end *end)
{
	struct rrdp *r = ctx;

	r->transfer = NULL;
	r->trial.received += end->received;
	if (end->outcome == HTTP_FAILED) {
		on_failed(r, end);
	} else if (r->step != STEP_NOTIFICATION) {
		/* A 304 was not asked for: an empty file, of the wrong hash. */
		file_done(r);
	} else if (!keep_tags(r, end)) {
		(void)snprintf(r->trial.reason, sizeof(r->trial.reason), "%s",
			err_text(ERR_NOMEM));
		rrdp_end_failed(r);
	} else if (end->outcome == HTTP_SAME) {
		rrdp_end_same(r);
	} else {
		notification_done(r);
	}
}

static bool
on_data(void *ctx, struct span octets)
{
	return rrdp_file_feed(ctx, octets);
}

/* Ask for the file of this step; what else there is to say of the request
 * stands in `q`.  0 or the error. */
static int
request(struct rrdp *r, const struct http_request *q)
{
	struct http_request request = *q;
	int err = rrdp_file_begin(r, q->uri);

	if (err != 0)
		return err;
	request.compressed = true;
	request.data = on_data;
	request.end = on_end;
	request.ctx = r;
	return http_start(r->env->http, &request, &r->transfer);
}

/* Fetch the next delta, or the snapshot. */
static void
file_start(struct rrdp *r)
{
	const struct xml_notification *n = r->n;
	const char *uri = r->step == STEP_DELTA ? n->delta_uris[r->delta]
						: n->snapshot_uri;
	int err = request(r,
		&(struct http_request){
			.uri = uri, .octets_max = BOUND_RRDP_SNAPSHOT});

	if (err == 0)
		return;
	rrdp_reason_of_file(r, record_error_text(err), 0);
	r->trial.failed_here = err != ERR_SYNTAX;
	rrdp_end_failed(r);
}

/* Whether a 304 would do: not where there is nothing yet, nor where more is to
 * be taken than was. */
static bool
may_be_same(const struct rrdp *r)
{
	return rrdp_has_set(&r->trial.record) &&
		rrdp_hosts_have_all(r->trial.record.hosts, r->target.hosts);
}

/* Load the record, ask for the notification. */
static int
begin(struct rrdp *r)
{
	struct http_request q = {
		.uri = r->target.uri, .octets_max = BOUND_RRDP_NOTIFICATION};
	int err;

	r->arena = arena_new(ARENA_CHUNK);
	r->notice = xml_notification_new();
	if (r->arena == NULL || r->notice == NULL)
		return ERR_NOMEM;
	err = record_load(
		r->env, REPO_RRDP, r->target.uri, r->arena, &r->trial.record);
	if (err != 0)
		return err;
	if (may_be_same(r)) {
		q.etag = r->trial.record.etag;
		q.last_modified = r->trial.record.last_modified;
	}
	return request(r, &q);
}

int
rrdp_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, struct rrdp **out)
{
	struct rrdp *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return ERR_NOMEM;
	r->env = env;
	r->target = *target;
	if (r->target.hosts == NULL)
		r->target.hosts = "";
	r->calls = *calls;
	r->trial.began = mono_now();
	r->step = STEP_NOTIFICATION;
	r->foreign.first = "";
	err = begin(r);
	if (err != 0) {
		rrdp_free(r);
		return err;
	}
	*out = r;
	return 0;
}

void
rrdp_cancel(struct rrdp *r)
{
	if (r == NULL)
		return;
	if (r->transfer != NULL)
		http_cancel(r->transfer);
	rrdp_free(r);
}
