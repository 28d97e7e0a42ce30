/*
 * anchor: fetching one certificate, and keeping the last few that differed.
 *
 *	https://h/ta.cer?0123...   mtime 1763700000   a run took it: stays
 *	https://h/ta.cer?4567...   mtime 1763703600
 *	https://h/ta.cer?89ab...   mtime 1763707200   the latest
 *
 * A place that gives something else, by mistake or on purpose, cannot push the
 * certificate out that holds, nor fill the store.  Of what age a version is,
 * the set says by the modification time: that of its last arrival, always later
 * than those of all others.
 */
#include "validator/fetch/anchor.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/uri.h"
#include "core/vec.h"
#include "validator/fetch/http.h"
#include "validator/fetch/record.h"
#include "validator/fetch/rsync.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 8192,
	HASH = 32,
	VERSION_URI = BOUND_URI + 1 + 2 * HASH + 1 /* and its NUL */
};

struct version {
	uint8_t hash[HASH];
	int64_t mtime;
};

struct anchor {
	const struct job_env *env;
	struct job_target target;
	struct job_calls calls;
	struct trial trial;
	struct arena *arena;
	const char *etag, *last_modified; /* of what is fetched now */
	struct http_transfer *transfer; /* one of these is under way */
	struct rsync *rsync;
	VEC(uint8_t) body;
	bool out_of_memory; /* for `body` or `versions` */
	VEC(struct version) versions; /* in the set */
};

static void
anchor_free(struct anchor *a)
{
	VEC_FREE(&a->body);
	VEC_FREE(&a->versions);
	arena_free(a->arena);
	free(a);
}

/* Tell the owner; the job is gone before it hears of it. */
static void
tell(struct anchor *a, enum job_result result, bool changed)
{
	struct job_calls calls = a->calls;
	struct job_end end = trial_end(&a->trial, result, changed);

	anchor_free(a);
	calls.done(calls.ctx, &end);
}

static void
end_failed(struct anchor *a)
{
	trial_note_failure(&a->trial, a->env);
	tell(a, JOB_FAILED, false);
}

static void
end_store_failed(struct anchor *a, int err)
{
	a->trial.failed_here = true;
	(void)snprintf(a->trial.reason, sizeof(a->trial.reason), "store: %s",
		record_error_text(err));
	end_failed(a);
}

/* Tags only become those of the set when the octets do, or are the same. */
static struct repo_record
record_of_success(const struct anchor *a)
{
	struct repo_record next = a->trial.record;

	next.etag = a->etag;
	next.last_modified = a->last_modified;
	record_success(&next, record_now(a->env), trial_ms(&a->trial),
		a->trial.received);
	return next;
}

static void
end_same(struct anchor *a)
{
	const struct depot *d = a->env->depot;
	struct repo_record next = record_of_success(a);
	int err = d->ops->note(d->ctx, &next);

	if (err == 0)
		tell(a, JOB_SAME, false);
	else
		end_store_failed(a, err);
}

/* Versions. */

/* The hash that ends a version's URI. */
static bool
read_version(struct span uri, uint8_t hash[HASH])
{
	const uint8_t *hex;

	if (uri.n < 2 * HASH + 1 || uri.p[uri.n - 2 * HASH - 1] != '?')
		return false;
	hex = uri.p + uri.n - 2 * HASH;
	for (size_t i = 0; i < HASH; i++) {
		int high = text_hex_digit(hex[2 * i]);
		int low = text_hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static struct span
version_uri(
	const struct anchor *a, const uint8_t hash[HASH], char out[VERSION_URI])
{
	int n = snprintf(out, VERSION_URI, "%s?", a->target.uri);

	for (size_t i = 0; i < HASH; i++)
		n += snprintf(out + n, 3, "%02x", hash[i]);
	return span_of(out, (size_t)n);
}

static bool
on_version(void *to, struct span uri, struct span bytes, int64_t mtime)
{
	struct anchor *a = to;
	struct version v = {.mtime = mtime};

	(void)bytes;
	if (read_version(uri, v.hash) && !VEC_PUSH(&a->versions, v))
		a->out_of_memory = true;
	return !a->out_of_memory;
}

static struct version *
find_version(struct anchor *a, const uint8_t hash[HASH])
{
	for (size_t i = 0; i < a->versions.n; i++)
		if (memcmp(a->versions.at[i].hash, hash, HASH) == 0)
			return &a->versions.at[i];
	return NULL;
}

static bool
is_kept(const struct anchor *a, const uint8_t hash[HASH])
{
	for (size_t i = 0; i < a->target.keep_count; i++)
		if (memcmp(a->target.keeps[i], hash, HASH) == 0)
			return true;
	return false;
}

/* The time of the next arrival. */
static int64_t
next_mtime(const struct anchor *a)
{
	int64_t mtime = record_now(a->env).s;

	for (size_t i = 0; i < a->versions.n; i++)
		if (a->versions.at[i].mtime >= mtime)
			mtime = a->versions.at[i].mtime + 1;
	return mtime;
}

static int
newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct version *)a)->mtime;
	int64_t y = ((const struct version *)b)->mtime;

	return (x < y) - (x > y);
}

/* A version on its way from the live set into the stage. */
struct passage {
	struct span uri;
	VEC(uint8_t) bytes;
	bool found, out_of_memory;
};

static bool
on_passage(void *to, struct span uri, struct span bytes, int64_t mtime)
{
	struct passage *p = to;

	(void)mtime;
	if (!span_equal(uri, p->uri))
		return false;
	if (!VEC_RESERVE(&p->bytes, bytes.n + 1)) {
		p->out_of_memory = true;
		return false;
	}
	if (bytes.n > 0)
		memcpy(p->bytes.at, bytes.p, bytes.n);
	p->bytes.n = bytes.n;
	p->found = true;
	return false;
}

/* Put a version of the live set into the stage: a copy, one at a time, as what
 * is being read cannot be written to. */
static int
put_again(struct anchor *a, struct stage *s, const struct version *v)
{
	const struct depot *d = a->env->depot;
	char uri[VERSION_URI];
	struct passage p = {.uri = version_uri(a, v->hash, uri)};
	int err = d->ops->walk(d->ctx, (struct repo_id){REPO_TA, a->target.uri},
		p.uri, on_passage, &p);
	struct stage_item item = {.uri = p.uri,
		.bytes = span_of(p.bytes.at, p.bytes.n),
		.mtime = v->mtime};

	if (p.out_of_memory)
		err = ERR_NOMEM;
	if (err == 0 && p.found)
		err = d->ops->put(s, &item);
	VEC_FREE(&p.bytes);
	return err;
}

/* The octets as the latest version, and of those before what is not too many.
 * The stage begins empty: a version that the store lost goes, instead of being
 * in the way of its own return. */
static int
fill_stage(struct anchor *a, struct stage *s, const uint8_t hash[HASH])
{
	char uri[VERSION_URI];
	struct stage_item item = {
		.uri = version_uri(a, hash, uri),
		.bytes = span_of(a->body.at, a->body.n),
		.mtime = next_mtime(a),
	};
	size_t unproven = is_kept(a, hash) ? 0 : 1;
	int err = a->env->depot->ops->put(s, &item);

	if (a->versions.n > 0)
		qsort(a->versions.at, a->versions.n, sizeof(*a->versions.at),
			newest_first);
	for (size_t i = 0; err == 0 && i < a->versions.n; i++) {
		const struct version *v = &a->versions.at[i];

		if (memcmp(v->hash, hash, HASH) != 0 &&
			(is_kept(a, v->hash) ||
				++unproven <= BOUND_TA_VERSIONS))
			err = put_again(a, s, v);
	}
	return err;
}

static int
commit(struct anchor *a, const uint8_t hash[HASH], struct stage_end *end)
{
	const struct depot *d = a->env->depot;
	struct repo_record next = record_of_success(a);
	struct stage *s;
	int err =
		d->ops->begin(d->ctx, REPO_TA, a->target.uri, STAGE_WHOLE, &s);

	if (err != 0)
		return err;
	err = fill_stage(a, s, hash);
	if (err != 0) {
		d->ops->drop(s);
		return err;
	}
	return d->ops->commit(s, &next, end);
}

/* Whether the octets are the version that arrived last. */
static bool
is_latest(struct anchor *a, const uint8_t hash[HASH])
{
	const struct version *v = find_version(a, hash);

	if (v == NULL)
		return false;
	for (size_t i = 0; i < a->versions.n; i++)
		if (a->versions.at[i].mtime > v->mtime)
			return false;
	return true;
}

/* All octets are here. */
static void
take_body(struct anchor *a)
{
	const struct depot *d = a->env->depot;
	struct stage_end end = {0};
	uint8_t hash[HASH];
	int err;

	if (a->body.n < BOUND_OBJECT_MIN) {
		(void)snprintf(a->trial.reason, sizeof(a->trial.reason),
			"%zu octets are no certificate", a->body.n);
		end_failed(a);
		return;
	}
	(void)SHA256(a->body.at, a->body.n, hash);
	err = d->ops->walk(d->ctx, (struct repo_id){REPO_TA, a->target.uri},
		span_of(NULL, 0), on_version, a);
	if (a->out_of_memory)
		err = ERR_NOMEM;
	/* A repository without a set yet has no versions. */
	if (err != 0 && err != ERR_NOTFOUND) {
		end_store_failed(a, err);
		return;
	}
	if (is_latest(a, hash)) {
		end_same(a);
		return;
	}
	err = commit(a, hash, &end);
	if (err == 0)
		tell(a, JOB_UPDATED, end.changed);
	else
		end_store_failed(a, err);
}

static bool
add_octets(struct anchor *a, struct span octets)
{
	if (!VEC_RESERVE(&a->body, a->body.n + octets.n)) {
		a->out_of_memory = true;
		return false;
	}
	if (octets.n > 0)
		memcpy(a->body.at + a->body.n, octets.p, octets.n);
	a->body.n += octets.n;
	return true;
}

/* By https. */

static bool
on_data(void *ctx, struct span octets)
{
	return add_octets(ctx, octets);
}

/* Keep what the next request is to show.  A 304 need not repeat it (RFC 9110
 * section 15.4.5). */
static bool
keep_tags(struct anchor *a, const struct http_end *end)
{
	if (end->outcome == HTTP_SAME && end->etag[0] == '\0' &&
		end->last_modified[0] == '\0') {
		a->etag = a->trial.record.etag;
		a->last_modified = a->trial.record.last_modified;
		return true;
	}
	a->etag = arena_text(a->arena, end->etag, strlen(end->etag));
	a->last_modified = arena_text(
		a->arena, end->last_modified, strlen(end->last_modified));
	return a->etag != NULL && a->last_modified != NULL;
}

static void
on_end(void *ctx, const struct http_end *end)
{
	struct anchor *a = ctx;

	a->transfer = NULL;
	a->trial.received = end->received;
	if (end->outcome != HTTP_FAILED && !keep_tags(a, end))
		a->out_of_memory = true;
	if (a->out_of_memory) {
		end_store_failed(a, ERR_NOMEM);
	} else if (end->outcome == HTTP_FAILED) {
		memcpy(a->trial.reason, end->reason, sizeof(a->trial.reason));
		end_failed(a);
	} else if (end->outcome == HTTP_SAME)
		end_same(a);
	else
		take_body(a);
}

static int
ask_http(struct anchor *a)
{
	/* Without a version at hand "not modified" would leave us with none. */
	bool have = a->trial.record.objects > 0;
	struct http_request request = {
		.uri = a->target.uri,
		.etag = have ? a->trial.record.etag : "",
		.last_modified = have ? a->trial.record.last_modified : "",
		.octets_max = BOUND_OBJECT_MAX,
		.data = on_data,
		.end = on_end,
		.ctx = a,
	};

	return http_start(a->env->http, &request, &a->transfer);
}

/* By rsync. */

static void
on_file(void *ctx, const struct job_end *end, struct span octets)
{
	struct anchor *a = ctx;

	a->rsync = NULL;
	a->trial.received = end->received;
	if (end->result == JOB_FAILED) {
		memcpy(a->trial.reason, end->reason, sizeof(a->trial.reason));
		end_failed(a);
	} else if (octets.n > BOUND_OBJECT_MAX) {
		(void)snprintf(a->trial.reason, sizeof(a->trial.reason),
			"more than %d octets", BOUND_OBJECT_MAX);
		end_failed(a);
	} else if (!add_octets(a, octets))
		end_store_failed(a, ERR_NOMEM);
	else
		take_body(a);
}

static int
ask(struct anchor *a)
{
	struct uri uri;

	if (uri_parse(span_text(a->target.uri), &uri) != URI_GOOD)
		return ERR_SYNTAX;
	switch (uri.scheme) {
	case URI_HTTPS:
		return a->env->http != NULL ? ask_http(a) : ERR_SYNTAX;
	case URI_RSYNC:
		if (a->env->rsync == NULL)
			return ERR_SYNTAX;
		return rsync_file_start(
			a->env->rsync, a->target.uri, on_file, a, &a->rsync);
	case URI_OTHER:
		break;
	}
	return ERR_SYNTAX;
}

int
anchor_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, struct anchor **out)
{
	struct anchor *a = calloc(1, sizeof(*a));
	int err = ERR_NOMEM;

	if (a == NULL)
		return ERR_NOMEM;
	a->env = env;
	a->target = *target;
	a->calls = *calls;
	a->trial.began = mono_now();
	a->etag = a->last_modified = "";
	a->arena = arena_new(ARENA_CHUNK);
	if (a->arena != NULL)
		err = record_load(
			env, REPO_TA, target->uri, a->arena, &a->trial.record);
	if (err == 0)
		err = ask(a);
	if (err != 0) {
		anchor_free(a);
		return err;
	}
	*out = a;
	return 0;
}

void
anchor_cancel(struct anchor *a)
{
	if (a == NULL)
		return;
	http_cancel(a->transfer);
	rsync_cancel(a->rsync);
	anchor_free(a);
}
