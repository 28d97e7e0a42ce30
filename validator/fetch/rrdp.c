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

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "validator/fetch/http.h"
#include "validator/fetch/record.h"
#include "validator/fetch/rrdp_plan.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 32768
};

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

static const char *const step_words[STEPS] = {
#define RRDP_STEP_WORD(name, word) word,
	RRDP_STEP_TABLE(RRDP_STEP_WORD)
#undef RRDP_STEP_WORD
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
	struct mono began;
	uint64_t received;
	struct arena *arena;
	struct repo_record record; /* as it was; `snapshots` as it goes */
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
	char reason[REPO_REASON];
};

static void file_start(struct rrdp *r);

static void
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
	struct job_end end = {
		.result = result, .changed = changed, .received = r->received};

	if (result == JOB_FAILED)
		memcpy(end.reason, r->reason, sizeof(end.reason));
	rrdp_free(r);
	calls.done(calls.ctx, &end);
}

static uint64_t
elapsed_ms(const struct rrdp *r)
{
	return (uint64_t)mono_since(r->began, mono_now());
}

/* The attempt failed: what is there stays. */
static void
end_failed(struct rrdp *r)
{
	const struct depot *d = r->env->depot;

	d->ops->drop(r->stage);
	r->stage = NULL;
	record_failure(&r->record, record_now(r->env), elapsed_ms(r),
		r->received, r->reason);
	/* A record that cannot be kept costs a count; the store says why when
	 * it is next written to. */
	(void)d->ops->note(d->ctx, &r->record);
	tell(r, JOB_FAILED, false);
}

/* Why the file at hand failed.  The rule stands first: URIs may be long. */
static void
reason_of_file(struct rrdp *r, const char *why, uint64_t line)
{
	char place[32] = "";

	if (line > 0)
		(void)snprintf(place, sizeof(place), "line %llu of ",
			(unsigned long long)line);
	(void)snprintf(r->reason, sizeof(r->reason), "%s: %.180s: %s%s",
		step_words[r->step], why, place, r->uri);
}

static void
reason_of_store(struct rrdp *r, int err)
{
	(void)snprintf(r->reason, sizeof(r->reason), "store: %s",
		err == ERR_SPACE ? "the disk budget is used up"
				 : err_text(err));
}

/* Whether what the stage answered is the file's doing. */
static bool
is_fault_of_file(int err)
{
	return err == ERR_EXISTS || err == ERR_CHECKSUM || err == ERR_NOTFOUND;
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
	struct repo_record next = r->record;

	next.etag = r->etag;
	next.last_modified = r->last_modified;
	if (n != NULL) {
		if (n->delta_count > 0 ||
			strcmp(r->record.session, n->session) != 0) {
			next.deltas = n->deltas;
			next.delta_count = n->delta_count;
		}
		next.session = n->session;
		next.serial = n->serial;
	}
	record_success(&next, record_now(r->env), elapsed_ms(r), r->received);
	return next;
}

/* There is nothing new. */
static void
end_same(struct rrdp *r)
{
	const struct depot *d = r->env->depot;
	struct repo_record next = record_of_success(r);
	int err = d->ops->note(d->ctx, &next);

	if (err == 0) {
		tell(r, JOB_SAME, false);
		return;
	}
	reason_of_store(r, err);
	tell(r, JOB_FAILED, false);
}

static void
end_updated(struct rrdp *r)
{
	struct repo_record next = record_of_success(r);
	struct stage *stage = r->stage;
	struct stage_end end;
	int err;

	next.hosts = r->hosts;
	r->stage = NULL;
	err = r->env->depot->ops->commit(stage, &next, &end);
	if (err != 0) {
		reason_of_store(r, err);
		end_failed(r);
		return;
	}
	say_foreign(r);
	tell(r, JOB_UPDATED, end.changed);
}

/* Elements. */

static bool
is_foreign(struct rrdp *r, struct span text)
{
	struct uri uri;

	/* The reader has seen that it is sound. */
	if (uri_parse(text, &uri) == URI_GOOD &&
		rrdp_hosts_have(r->hosts, uri.host))
		return false;
	if (r->foreign.count++ == 0) {
		const char *first =
			arena_text(r->arena, (const char *)text.p, text.n);

		r->foreign.first = first != NULL ? first : "";
	}
	return true;
}

static bool
on_element(void *ctx, const struct xml_element *e)
{
	struct rrdp *r = ctx;
	const struct depot_ops *ops = r->env->depot->ops;
	struct stage_item item = {
		.uri = e->uri, .bytes = e->bytes, .old_hash = e->hash};

	if (is_foreign(r, e->uri))
		return true;
	r->stage_err = e->withdraw ? ops->take(r->stage, e->uri, e->hash)
				   : ops->put(r->stage, &item);
	return r->stage_err == 0;
}

/* What an element did that the stage refused. */
static const char *
refusal_text(int err)
{
	if (err == ERR_EXISTS)
		return "a URI stands there twice";
	if (err == ERR_NOTFOUND)
		return "it withdraws what is not there";
	return "it replaces or withdraws another object than is there";
}

/* Files. */

static void
reason_of_fault(struct rrdp *r, const struct xml *x, enum xml_fault fault)
{
	if (fault != XML_FAULT_REFUSED)
		reason_of_file(r, xml_fault_text(fault), xml_line(x));
	else if (is_fault_of_file(r->stage_err))
		reason_of_file(r, refusal_text(r->stage_err), xml_line(x));
	else
		reason_of_store(r, r->stage_err);
}

static bool
on_data(void *ctx, struct span octets)
{
	struct rrdp *r = ctx;
	struct xml *x = r->step == STEP_NOTIFICATION ? r->notice : r->file;
	enum xml_fault fault;

	if (EVP_DigestUpdate(r->hash, octets.p, octets.n) != 1) {
		reason_of_file(r, err_text(ERR_CRYPTO), 0);
		return false;
	}
	fault = xml_feed(x, octets);
	if (fault == XML_FAULT_NONE)
		return true;
	reason_of_fault(r, x, fault);
	return false;
}

/* Whether the file at hand came whole and says what it should; else the
 * reason. */
static bool
file_is_good(struct rrdp *r, const uint8_t *expected)
{
	struct xml *x = r->step == STEP_NOTIFICATION ? r->notice : r->file;
	enum xml_fault fault = xml_end(x);
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (expected != NULL &&
		(EVP_DigestFinal_ex(r->hash, hash, NULL) != 1 ||
			memcmp(hash, expected, 32) != 0)) {
		reason_of_file(r, "its SHA-256 is not the notification's", 0);
		return false;
	}
	if (fault == XML_FAULT_NONE)
		return true;
	reason_of_fault(r, x, fault);
	return false;
}

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

static void
snapshot_start(struct rrdp *r, enum rrdp_why why)
{
	char at[WALL_TEXT];
	struct wall next;

	if (!rrdp_snapshot_allowed(
		    &r->record, r->n, record_now(r->env), &next)) {
		(void)snprintf(r->reason, sizeof(r->reason),
			"%s, and %d snapshots were taken within an hour; the "
			"next one from %s",
			rrdp_why_text(why), BOUND_RRDP_SNAPSHOTS,
			wall_format(next, at));
		end_failed(r);
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

/* Begin the stage, then the first file. */
static void
go_by_plan(struct rrdp *r)
{
	r->plan = rrdp_plan(&r->record, r->n, r->target.hosts);
	switch (r->plan.action) {
	case RRDP_SAME:
		end_same(r);
		break;
	case RRDP_DELTAS:
		r->step = STEP_DELTA;
		/* The set has what these have; who has fewer now changes
		 * nothing until the next snapshot. */
		r->hosts = r->record.hosts;
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
	if (!file_is_good(r, NULL)) {
		end_failed(r);
		return;
	}
	r->n = xml_notification_get(r->notice);
	if (!origins_are_one(r)) {
		reason_of_file(r, "it names files of another origin", 0);
		end_failed(r);
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
		(r->stage_err != 0 && !is_fault_of_file(r->stage_err))) {
		end_failed(r);
		return;
	}
	log_event(r->env->log, LOG_LEVEL_WARN, "rrdp-delta",
		"uri=%s why=\"%s\"", r->target.uri, r->reason);
	snapshot_start(r, RRDP_WHY_DELTA);
}

static void
file_done(struct rrdp *r)
{
	bool delta = r->step == STEP_DELTA;

	if (!file_is_good(r,
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
	end_updated(r);
}

/* Texts of a head that outlive the request.  A 304 need not repeat them. */
static bool
keep_tags(struct rrdp *r, const struct http_end *end)
{
	if (end->outcome == HTTP_SAME && end->etag[0] == '\0' &&
		end->last_modified[0] == '\0') {
		r->etag = r->record.etag;
		r->last_modified = r->record.last_modified;
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
		reason_of_file(r, end->reason, 0);
	if (r->step == STEP_NOTIFICATION)
		end_failed(r);
	else
		file_failed(r);
}

static void
on_end(void *ctx, const struct http_end *end)
{
	struct rrdp *r = ctx;

	r->transfer = NULL;
	r->received += end->received;
	if (end->outcome == HTTP_FAILED) {
		on_failed(r, end);
	} else if (r->step != STEP_NOTIFICATION) {
		/* A 304 was not asked for: an empty file, of the wrong hash. */
		file_done(r);
	} else if (!keep_tags(r, end)) {
		(void)snprintf(r->reason, sizeof(r->reason), "%s",
			err_text(ERR_NOMEM));
		end_failed(r);
	} else if (end->outcome == HTTP_SAME) {
		end_same(r);
	} else {
		notification_done(r);
	}
}

/* Ask for the file at hand.  0 or the error. */
static int
request(struct rrdp *r, const struct http_request *q)
{
	struct http_request request = *q;

	r->uri = q->uri;
	request.compressed = true;
	request.data = on_data;
	request.end = on_end;
	request.ctx = r;
	if (r->hash == NULL)
		r->hash = EVP_MD_CTX_new();
	if (r->hash == NULL ||
		EVP_DigestInit_ex(r->hash, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	return http_start(r->env->http, &request, &r->transfer);
}

/* The reader of the next delta or of the snapshot, the stage it fills, and the
 * request.  0 or the error. */
static int
file_open(struct rrdp *r)
{
	const struct depot *d = r->env->depot;
	const struct xml_notification *n = r->n;
	struct xml_calls calls = {.element = on_element, .ctx = r};
	bool delta = r->step == STEP_DELTA;
	int err = 0;

	xml_free(r->file);
	r->file = delta
		? xml_delta_new(n->session, n->deltas[r->delta].serial, &calls)
		: xml_snapshot_new(n->session, n->serial, &calls);
	if (r->file == NULL)
		return ERR_NOMEM;
	r->stage_err = 0;
	if (r->stage == NULL)
		err = d->ops->begin(d->ctx, REPO_RRDP, r->target.uri,
			delta ? STAGE_CHANGES : STAGE_WHOLE, &r->stage);
	if (err != 0)
		return err;
	return request(r,
		&(struct http_request){.uri = delta ? n->delta_uris[r->delta]
						    : n->snapshot_uri,
			.octets_max = BOUND_RRDP_SNAPSHOT});
}

/* Fetch the next delta, or the snapshot. */
static void
file_start(struct rrdp *r)
{
	int err = file_open(r);

	if (err == 0)
		return;
	reason_of_store(r, err);
	end_failed(r);
}

/* Whether a 304 would do: not where there is nothing yet, nor where more is to
 * be taken than was. */
static bool
may_be_same(const struct rrdp *r)
{
	return rrdp_has_set(&r->record) &&
		rrdp_hosts_have_all(r->record.hosts, r->target.hosts);
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
		r->env, REPO_RRDP, r->target.uri, r->arena, &r->record);
	if (err != 0)
		return err;
	if (may_be_same(r)) {
		q.etag = r->record.etag;
		q.last_modified = r->record.last_modified;
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
	r->began = mono_now();
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
