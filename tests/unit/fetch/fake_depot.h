/*
 * fake_depot: the depot's contract in memory, for tests of what fetches.
 *
 *	struct fake_depot *d = fake_depot_new();
 *	... d->depot goes into a job_env ...
 *	fake_find(d, REPO_RSYNC, uri)->live.n
 *	fake_depot_free(d);
 *
 * It holds to depot.h to the letter, hashes included, and fails where a test
 * says: `fail_put`, `fail_commit`, `fail_begin`, `fail_note`.
 */
#ifndef TESTS_FETCH_FAKE_DEPOT_H
#define TESTS_FETCH_FAKE_DEPOT_H

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/fetch/depot.h"
#include "waymark/err.h"

struct fake_item {
	char *uri;
	uint8_t *bytes;
	size_t uri_n, n;
	int64_t mtime;
};

struct fake_set {
	struct fake_item *at;
	size_t n, cap;
};

struct fake_repo {
	struct repo_record record; /* texts are the arena's */
	struct fake_set live;
	struct fake_repo *next;
	unsigned staged; /* stages that are open: one at most */
};

struct fake_depot {
	struct depot depot; /* first: what jobs see */
	struct fake_repo *repos;
	struct arena *arena;
	/* Errors to answer, 0: none; a put fails when as many were made. */
	int fail_begin, fail_put, fail_commit, fail_note;
	size_t fail_put_after;
	unsigned begins, puts, takes, commits, drops, notes;
};

struct stage {
	struct fake_depot *d;
	struct fake_repo *repo;
	enum stage_kind kind;
	struct fake_set set;
	struct fake_set touched; /* URIs of this file */
	bool failed;
};

static inline void
fake_set_free(struct fake_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->at[i].uri);
		free(s->at[i].bytes);
	}
	free(s->at);
	*s = (struct fake_set){0};
}

/* Where a URI is, or would be. */
static inline size_t
fake_set_place(const struct fake_set *s, struct span uri)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct fake_item *item = &s->at[mid];

		if (span_compare(span_of(item->uri, item->uri_n), uri) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The item of a URI, or NULL. */
static inline struct fake_item *
fake_set_find(const struct fake_set *s, struct span uri)
{
	size_t i = fake_set_place(s, uri);

	if (i == s->n ||
		!span_equal(span_of(s->at[i].uri, s->at[i].uri_n), uri))
		return NULL;
	return &s->at[i];
}

static inline void *
fake_copy(const void *p, size_t n)
{
	uint8_t *copy = malloc(n + 1);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

static inline void
fake_set_put(
	struct fake_set *s, struct span uri, struct span bytes, int64_t mtime)
{
	struct fake_item item = {.uri = fake_copy(uri.p, uri.n),
		.bytes = fake_copy(bytes.p, bytes.n),
		.uri_n = uri.n,
		.n = bytes.n,
		.mtime = mtime};
	struct fake_item *old = fake_set_find(s, uri);
	size_t i;

	if (old != NULL) {
		free(old->uri);
		free(old->bytes);
		*old = item;
		return;
	}
	i = fake_set_place(s, uri);
	if (!VEC_RESERVE(s, s->n + 1))
		abort();
	memmove(s->at + i + 1, s->at + i, (s->n - i) * sizeof(*s->at));
	s->at[i] = item;
	s->n++;
}

static inline void
fake_set_take(struct fake_set *s, struct fake_item *item)
{
	size_t i = (size_t)(item - s->at);

	free(item->uri);
	free(item->bytes);
	memmove(item, item + 1, (s->n - i - 1) * sizeof(*s->at));
	s->n--;
}

static inline bool
fake_set_equal(const struct fake_set *a, const struct fake_set *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!span_equal(span_of(a->at[i].uri, a->at[i].uri_n),
			    span_of(b->at[i].uri, b->at[i].uri_n)) ||
			!span_equal(span_of(a->at[i].bytes, a->at[i].n),
				span_of(b->at[i].bytes, b->at[i].n)))
			return false;
	return true;
}

/* A repository, or NULL. */
static inline struct fake_repo *
fake_find(struct fake_depot *d, enum repo_kind kind, const char *uri)
{
	struct fake_repo *r = d->repos;

	while (r != NULL &&
		(r->record.kind != kind || strcmp(r->record.uri, uri) != 0))
		r = r->next;
	return r;
}

/* A text of the depot's own, "" for none. */
static inline const char *
fake_text(struct arena *a, const char *text)
{
	return text == NULL ? "" : arena_text(a, text, strlen(text));
}

/* Copy a record with its texts into an arena. */
static inline void
fake_record_copy(
	struct arena *a, const struct repo_record *from, struct repo_record *to)
{
	struct repo_record r = *from;

	r.uri = fake_text(a, from->uri);
	r.session = fake_text(a, from->session);
	r.hosts = fake_text(a, from->hosts);
	r.etag = fake_text(a, from->etag);
	r.last_modified = fake_text(a, from->last_modified);
	r.reason = fake_text(a, from->reason);
	r.deltas = from->delta_count == 0
		? NULL
		: arena_copy(a, from->deltas,
			  from->delta_count * sizeof(*from->deltas));
	*to = r;
}

static inline void
fake_record_keep(struct fake_depot *d, struct fake_repo *repo,
	const struct repo_record *r)
{
	fake_record_copy(d->arena, r, &repo->record);
	repo->record.objects = repo->live.n;
	repo->record.bytes = 0;
	for (size_t i = 0; i < repo->live.n; i++)
		repo->record.bytes += repo->live.at[i].n;
}

/* A repository, made when it is not there. */
static inline struct fake_repo *
fake_get(struct fake_depot *d, enum repo_kind kind, const char *uri)
{
	struct fake_repo *r = fake_find(d, kind, uri);
	struct repo_record empty = {.kind = kind, .uri = uri};

	if (r != NULL)
		return r;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	fake_record_copy(d->arena, &empty, &r->record);
	r->next = d->repos;
	d->repos = r;
	return r;
}

static inline int
fake_load(void *ctx, enum repo_kind kind, const char *uri, struct arena *arena,
	struct repo_record *out)
{
	struct fake_repo *r = fake_find(ctx, kind, uri);

	if (r == NULL)
		return ERR_NOTFOUND;
	fake_record_copy(arena, &r->record, out);
	return 0;
}

static inline int
fake_list(void *ctx, struct arena *arena,
	bool (*each)(void *to, const struct repo_record *r), void *to)
{
	struct fake_depot *d = ctx;
	struct repo_record copy;

	for (struct fake_repo *r = d->repos; r != NULL; r = r->next) {
		fake_record_copy(arena, &r->record, &copy);
		if (!each(to, &copy))
			break;
	}
	return 0;
}

static inline int
fake_note(void *ctx, const struct repo_record *r)
{
	struct fake_depot *d = ctx;

	d->notes++;
	if (d->fail_note != 0)
		return d->fail_note;
	fake_record_keep(d, fake_get(d, r->kind, r->uri), r);
	return 0;
}

static inline int
fake_forget(void *ctx, enum repo_kind kind, const char *uri)
{
	struct fake_depot *d = ctx;
	struct fake_repo **at = &d->repos, *r = fake_find(d, kind, uri);

	if (r == NULL)
		return ERR_NOTFOUND;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	fake_set_free(&r->live);
	free(r);
	return 0;
}

static inline int
fake_begin(void *ctx, enum repo_kind kind, const char *uri,
	enum stage_kind stage, struct stage **out)
{
	struct fake_depot *d = ctx;
	struct fake_repo *r = fake_get(d, kind, uri);
	struct stage *s;

	if (d->fail_begin != 0)
		return d->fail_begin;
	if (r->staged > 0)
		return ERR_BUSY;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	s->d = d;
	s->repo = r;
	s->kind = stage;
	for (size_t i = 0; stage == STAGE_CHANGES && i < r->live.n; i++)
		fake_set_put(&s->set,
			span_of(r->live.at[i].uri, r->live.at[i].uri_n),
			span_of(r->live.at[i].bytes, r->live.at[i].n),
			r->live.at[i].mtime);
	r->staged++;
	d->begins++;
	*out = s;
	return 0;
}

/* Whether what stands at a URI is what a change says it changes. */
static inline bool
fake_is_old(const struct fake_item *old, const uint8_t *hash)
{
	uint8_t have[32];

	if (old == NULL || hash == NULL)
		return old == NULL && hash == NULL;
	(void)SHA256(old->bytes, old->n, have);
	return memcmp(have, hash, sizeof(have)) == 0;
}

/* One change of a stage; `bytes` NULL to take. */
static inline int
fake_change(struct stage *s, struct span uri, const uint8_t *old_hash,
	const struct stage_item *item)
{
	struct fake_item *old = fake_set_find(&s->set, uri);

	if (s->d->fail_put != 0 && s->d->puts >= s->d->fail_put_after)
		return s->d->fail_put;
	if (fake_set_find(&s->touched, uri) != NULL)
		return ERR_EXISTS;
	if (item == NULL && old == NULL)
		return ERR_NOTFOUND;
	if (s->kind == STAGE_CHANGES && !fake_is_old(old, old_hash))
		return ERR_CHECKSUM;
	fake_set_put(&s->touched, uri, span_of(NULL, 0), 0);
	if (item != NULL)
		fake_set_put(&s->set, uri, item->bytes, item->mtime);
	else
		fake_set_take(&s->set, old);
	return 0;
}

static inline int
fake_put(struct stage *s, const struct stage_item *item)
{
	int err = s->failed ? ERR_USAGE
			    : fake_change(s, item->uri, item->old_hash, item);

	s->failed = err != 0;
	s->d->puts++;
	return err;
}

static inline int
fake_take(struct stage *s, struct span uri, const uint8_t old_hash[32])
{
	int err = s->failed || s->kind != STAGE_CHANGES
		? ERR_USAGE
		: fake_change(s, uri, old_hash, NULL);

	s->failed = err != 0;
	s->d->takes++;
	return err;
}

static inline void
fake_next(struct stage *s)
{
	fake_set_free(&s->touched);
}

static inline void
fake_stage_free(struct stage *s)
{
	s->repo->staged--;
	fake_set_free(&s->set);
	fake_set_free(&s->touched);
	free(s);
}

static inline void
fake_drop(struct stage *s)
{
	if (s == NULL)
		return;
	s->d->drops++;
	fake_stage_free(s);
}

static inline int
fake_commit(struct stage *s, const struct repo_record *r, struct stage_end *end)
{
	struct fake_depot *d = s->d;
	struct fake_set old = s->repo->live;
	int err = s->failed ? ERR_USAGE : d->fail_commit;

	d->commits++;
	if (err == 0) {
		end->changed = !fake_set_equal(&old, &s->set);
		s->repo->live = s->set;
		s->set = old;
		fake_record_keep(d, s->repo, r);
		end->objects = s->repo->record.objects;
		end->bytes = s->repo->record.bytes;
	}
	fake_stage_free(s);
	return err;
}

static inline int
fake_walk(void *ctx, struct repo_id id, struct span from,
	bool (*each)(
		void *to, struct span uri, struct span bytes, int64_t mtime),
	void *to)
{
	struct fake_repo *r = fake_find(ctx, id.kind, id.uri);
	size_t i = r == NULL || from.p == NULL ? 0
					       : fake_set_place(&r->live, from);

	for (; r != NULL && i < r->live.n; i++) {
		const struct fake_item *item = &r->live.at[i];

		if (!each(to, span_of(item->uri, item->uri_n),
			    span_of(item->bytes, item->n), item->mtime))
			break;
	}
	return r == NULL ? ERR_NOTFOUND : 0;
}

static const struct depot_ops fake_ops = {
	.load = fake_load,
	.list = fake_list,
	.note = fake_note,
	.forget = fake_forget,
	.begin = fake_begin,
	.put = fake_put,
	.take = fake_take,
	.next = fake_next,
	.commit = fake_commit,
	.drop = fake_drop,
	.walk = fake_walk,
};

/* An empty depot. */
static inline struct fake_depot *
fake_depot_new(void)
{
	struct fake_depot *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->arena = arena_new(4096)) == NULL)
		abort();
	d->depot = (struct depot){.ops = &fake_ops, .ctx = d};
	return d;
}

/* Put an object into a live set, as if it had been committed. */
static inline void
fake_publish(struct fake_depot *d, enum repo_kind kind, const char *repo,
	const char *uri, const char *text)
{
	struct fake_repo *r = fake_get(d, kind, repo);
	struct repo_record same = r->record;

	fake_set_put(&r->live, span_of(uri, strlen(uri)),
		span_of(text, strlen(text)), 1000000000);
	fake_record_keep(d, r, &same);
}

/* The text of an object in a live set, or NULL. */
static inline const char *
fake_object(struct fake_depot *d, enum repo_kind kind, const char *repo,
	const char *uri)
{
	struct fake_repo *r = fake_find(d, kind, repo);
	struct fake_item *item = r == NULL
		? NULL
		: fake_set_find(&r->live, span_of(uri, strlen(uri)));

	return item == NULL ? NULL : (const char *)item->bytes;
}

static inline void
fake_depot_free(struct fake_depot *d)
{
	while (d->repos != NULL)
		(void)fake_forget(
			d, d->repos->record.kind, d->repos->record.uri);
	arena_free(d->arena);
	free(d);
}

#endif
