/*
 * cellar: a store below a folder, filled from what the lab wrote, as fetching
 * would fill it.
 *
 *	DIR/host/module/...  --> set of rsync://host/module/
 *	                     \-> set of a notification, the same URIs
 *	DIR/host/module/ta.cer -> set of a trust anchor's place
 */
#ifndef TESTS_RUN_CELLAR_H
#define TESTS_RUN_CELLAR_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "validator/store/store.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"

struct cellar {
	struct store *store;
	const struct depot *depot;
	struct wall now; /* of what happens next */
};

static inline struct cellar
cellar_open(const char *folder, struct wall now)
{
	struct store_config config = {.folder = folder};
	struct cellar c = {.now = now};
	char why[256] = "";

	cr_assert(store_open(&config, &c.store, why) == 0, "%s", why);
	c.depot = store_depot(c.store);
	return c;
}

static inline void
cellar_close(struct cellar *c)
{
	store_close(c->store);
	c->store = NULL;
}

/* Put one file, or all below a folder; `uri` stands for `path`. */
static inline void
cellar_put(struct cellar *c, struct stage *stage, const char *path,
	const char *uri)
{
	struct arena *arena = arena_new(65536);
	struct stage_item item = {.uri = span_text(uri)};
	char below[4096], below_uri[4096];
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL) {
		cr_assert(file_read(path, BOUND_OBJECT_MAX, arena,
				  &item.bytes) == 0,
			"%s", path);
		cr_assert(c->depot->ops->put(stage, &item) == 0, "%s", uri);
	}
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
			below, sizeof(below), "%s/%s", path, entry->d_name);
		(void)snprintf(below_uri, sizeof(below_uri), "%s/%s", uri,
			entry->d_name);
		cellar_put(c, stage, below, below_uri);
	}
	if (dir != NULL)
		(void)closedir(dir);
	arena_free(arena);
}

static inline struct repo_record
cellar_record(const struct cellar *c, enum repo_kind kind, const char *uri)
{
	return (struct repo_record){
		.kind = kind,
		.uri = uri,
		.session = "",
		.hosts = "",
		.etag = "",
		.last_modified = "",
		.reason = "",
		.first_seen = c->now,
		.wanted = c->now,
		.attempt = c->now,
		.success = c->now,
	};
}

static inline struct stage *
cellar_begin(struct cellar *c, enum repo_kind kind, const char *uri)
{
	struct stage *stage;

	cr_assert(c->depot->ops->begin(
			  c->depot->ctx, kind, uri, STAGE_WHOLE, &stage) == 0);
	return stage;
}

static inline void
cellar_commit(
	struct cellar *c, struct stage *stage, const struct repo_record *record)
{
	struct stage_end end;

	cr_assert(c->depot->ops->commit(stage, record, &end) == 0);
}

/* The repository holds what lies in `path`, a folder without a slash at its
 * end, which stands for `base`. */
static inline void
cellar_publish(struct cellar *c, enum repo_kind kind, const char *uri,
	const char *path, const char *base)
{
	struct stage *stage = cellar_begin(c, kind, uri);
	struct repo_record record = cellar_record(c, kind, uri);

	cellar_put(c, stage, path, base);
	cellar_commit(c, stage, &record);
}

/* The place of a trust anchor holds these files as its versions. */
static inline void
cellar_anchor(struct cellar *c, const char *uri, const char *const *paths,
	size_t count)
{
	struct stage *stage = cellar_begin(c, REPO_TA, uri);
	struct repo_record record = cellar_record(c, REPO_TA, uri);
	struct arena *arena = arena_new(65536);
	struct text name = {0};
	uint8_t hash[32];
	struct span der;
	size_t i;

	for (i = 0; i < count; i++) {
		cr_assert(
			file_read(paths[i], BOUND_OBJECT_MAX, arena, &der) == 0,
			"%s", paths[i]);
		SHA256(der.p, der.n, hash);
		text_clear(&name);
		text_add(&name, "%s?", uri);
		text_hex(&name, hash, sizeof(hash));
		cellar_put(c, stage, paths[i], name.p);
	}
	cellar_commit(c, stage, &record);
	text_free(&name);
	arena_free(arena);
}

/* The last attempt at the repository failed. */
static inline void
cellar_fail(struct cellar *c, enum repo_kind kind, const char *uri,
	const char *reason)
{
	struct arena *arena = arena_new(65536);
	struct repo_record record = cellar_record(c, kind, uri);

	record.success.s = 0;
	(void)c->depot->ops->load(c->depot->ctx, kind, uri, arena, &record);
	record.attempt = c->now;
	record.failures++;
	record.failures_all++;
	record.reason = reason;
	cr_assert(c->depot->ops->note(c->depot->ctx, &record) == 0);
	arena_free(arena);
}

#endif
