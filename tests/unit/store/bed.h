/*
 * bed: a store in a folder of a test's own, and objects that are told apart by
 * a number.
 */
#ifndef TESTS_STORE_BED_H
#define TESTS_STORE_BED_H

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "tests/unit/core/folder.h"
#include "validator/store/reader.h"
#include "validator/store/store.h"
#include "waymark/err.h"

#define A_REPO "https://a.example.net/notification.xml"
#define B_REPO "https://b.example.net/notification.xml"

enum {
	BED_OCTETS = 32768, /* of the largest object that bed_bytes makes */
};

struct bed {
	struct folder folder;
	uint64_t budget;
	struct store *store;
	const struct depot_ops *ops;
	void *ctx;
	struct arena *arena;
};

static inline void
bed_open(struct bed *b)
{
	struct store_config config = {
		.folder = b->folder.path,
		.budget = b->budget,
	};
	char why[256];

	cr_assert_eq(store_open(&config, &b->store, why), 0, "%s", why);
	b->ops = store_depot(b->store)->ops;
	b->ctx = store_depot(b->store)->ctx;
}

static inline struct bed
bed_new(void)
{
	struct bed b = {
		.folder = folder_new_in_memory(),
		.budget = (uint64_t)256 << 20,
		.arena = arena_new(65536),
	};

	bed_open(&b);
	return b;
}

static inline void
bed_reopen(struct bed *b)
{
	store_close(b->store);
	bed_open(b);
}

static inline void
bed_free(struct bed *b)
{
	store_close(b->store);
	arena_free(b->arena);
	folder_free(&b->folder);
}

/* Object `number`, of 100 octets and more. */
static inline struct span
bed_bytes(unsigned number, uint8_t buf[BED_OCTETS])
{
	size_t n = 100 + number * 37 % 3000;
	unsigned x = number * 2654435761U + 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525U + 1013904223U;
		buf[i] = (uint8_t)(x >> 24);
	}
	return span_of(buf, n);
}

static inline void
bed_hash(struct span s, uint8_t out[32])
{
	cr_assert(EVP_Digest(s.p, s.n, out, NULL, EVP_sha256(), NULL) == 1);
}

static inline void
bed_object_hash(unsigned number, uint8_t out[32])
{
	uint8_t buf[BED_OCTETS];

	bed_hash(bed_bytes(number, buf), out);
}

static inline struct repo_record
bed_record(const char *uri, uint64_t serial)
{
	return (struct repo_record){
		.kind = REPO_RRDP,
		.uri = uri,
		.session = "9df4b597-af9e-4dca-bdda-719cce2c4e28",
		.serial = serial,
		.hosts = "",
		.etag = "\"tag\"",
		.last_modified = "",
		.reason = "",
		.first_seen = {1000},
		.wanted = {2000},
		.success = {2000},
	};
}

static inline struct stage *
bed_begin(struct bed *b, const char *repo, enum stage_kind kind)
{
	struct stage *st;

	cr_assert_eq(b->ops->begin(b->ctx, REPO_RRDP, repo, kind, &st), 0);
	return st;
}

/* Put object `number` at a URI, in place of object `old`; old < 0: of none. */
static inline int
bed_put_over(struct bed *b, struct stage *st, const char *uri, unsigned number,
	int old)
{
	uint8_t buf[BED_OCTETS], hash[32];
	struct stage_item item = {
		.uri = span_text(uri),
		.bytes = bed_bytes(number, buf),
	};

	if (old >= 0) {
		bed_object_hash((unsigned)old, hash);
		item.old_hash = hash;
	}
	return b->ops->put(st, &item);
}

static inline int
bed_put(struct bed *b, struct stage *st, const char *uri, unsigned number)
{
	return bed_put_over(b, st, uri, number, -1);
}

static inline int
bed_take(struct bed *b, struct stage *st, const char *uri, unsigned old)
{
	uint8_t hash[32];

	bed_object_hash(old, hash);
	return b->ops->take(st, span_text(uri), hash);
}

static inline struct stage_end
bed_commit(struct bed *b, struct stage *st, const char *repo, uint64_t serial)
{
	struct repo_record r = bed_record(repo, serial);
	struct stage_end end = {.changed = false};

	cr_assert_eq(b->ops->commit(st, &r, &end), 0);
	return end;
}

/* The URI of object `i` of a repository; URIs are given out in any order. */
static inline const char *
bed_uri(unsigned i, char buf[128])
{
	(void)snprintf(buf, 128, "rsync://a.example.net/m/%08x/%u.roa",
		i * 2654435761U, i);
	return buf;
}

/* Put objects `from` to `to` (not with it) where they belong. */
static inline void
bed_put_range(struct bed *b, struct stage *st, unsigned from, unsigned to)
{
	char uri[128];

	for (unsigned i = from; i < to; i++)
		cr_assert_eq(bed_put(b, st, bed_uri(i, uri), i), 0);
}

/* A whole set of objects `from` to `to`. */
static inline struct stage_end
bed_whole(struct bed *b, const char *repo, unsigned from, unsigned to)
{
	struct stage *st = bed_begin(b, repo, STAGE_WHOLE);

	bed_put_range(b, st, from, to);
	return bed_commit(b, st, repo, 1);
}

static inline struct repo_record
bed_load(struct bed *b, const char *repo)
{
	struct repo_record r;

	cr_assert_eq(b->ops->load(b->ctx, REPO_RRDP, repo, b->arena, &r), 0);
	return r;
}

/* A view of the store as it is committed. */
struct bed_view {
	struct reader_file *file;
	struct reader_view *view;
};

static inline struct bed_view
bed_view(struct bed *b)
{
	struct bed_view v;

	cr_assert_eq(reader_attach(b->store, &v.file), 0);
	cr_assert_eq(reader_begin(v.file, &v.view, 1), 0);
	return v;
}

static inline void
bed_view_end(struct bed_view *v)
{
	reader_end(v->view);
	reader_close(v->file);
}

static inline struct set
bed_set(struct reader_view *v, const char *repo)
{
	struct arena *arena = arena_new(8192);
	struct repo_record r;
	struct set set = {0};

	cr_assert_eq(reader_repo(v, (struct repo_id){REPO_RRDP, repo}, arena,
			     &r, &set),
		0);
	arena_free(arena);
	return set;
}

/* What stands at a URI of a repository: the hash, and octets that have it.  0,
 * or the error of the first step that fails. */
static inline int
bed_look(struct reader_view *v, const char *repo, const char *uri,
	uint8_t hash[32])
{
	struct span octets;
	uint8_t is[32];
	int err = reader_find(v, bed_set(v, repo), span_text(uri), hash);

	if (err == 0)
		err = reader_object(v, hash, &octets);
	if (err == 0) {
		bed_hash(octets, is);
		cr_assert_arr_eq(is, hash, 32);
	}
	return err;
}

/* Whether object `number` stands at a URI; < 0: nothing. */
static inline bool
bed_has(struct bed *b, const char *repo, const char *uri, int number)
{
	struct bed_view v = bed_view(b);
	uint8_t want[32], hash[32];
	int err = bed_look(v.view, repo, uri, hash);

	bed_view_end(&v);
	if (number < 0)
		return err == ERR_NOTFOUND;
	bed_object_hash((unsigned)number, want);
	return err == 0 && memcmp(want, hash, 32) == 0;
}

/* Rows of a live set, each with its object. */
static inline size_t
bed_rows(struct bed *b, const char *repo)
{
	struct bed_view v = bed_view(b);
	struct set set = bed_set(v.view, repo);
	struct span uri, octets, from = span_of(NULL, 0);
	uint8_t hash[32], behind[4096];
	size_t n = 0;

	while (reader_next(v.view, set, from, &uri, hash) == 0) {
		cr_assert_eq(reader_object(v.view, hash, &octets), 0);
		memcpy(behind, uri.p, uri.n);
		behind[uri.n] = 0;
		from = span_of(behind, uri.n + 1);
		n++;
	}
	bed_view_end(&v);
	return n;
}

static inline uint64_t
bed_objects(struct bed *b)
{
	struct store_numbers n;

	cr_assert_eq(store_count(b->store, &n), 0);
	return n.objects;
}

/* All the work that waits. */
static inline void
bed_tidy(struct bed *b)
{
	int slices = 0;

	while (store_tidy(b->store))
		cr_assert_lt(slices++, 100000, "tidying ends");
}

#endif
