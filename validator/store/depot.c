/*
 * depot: records and live sets, as fetching sees them.
 *
 * Reading goes by what is committed, so callbacks may call anything; a record
 * that is kept is durable at once.
 */
#include <string.h>

#include "validator/store/inner.h"
#include "waymark/err.h"

static int
load(void *ctx, enum repo_kind kind, const char *uri, struct arena *arena,
	struct repo_record *out)
{
	struct store *s = ctx;
	uint8_t key[SHA256_SIZE];
	struct entry e;
	MDB_txn *txn;
	int err = entry_key(s->crypto, kind, uri, key);

	if (err != 0)
		return ERR_NOTFOUND;
	err = store_read(s, &txn);
	if (err != 0)
		return err;
	err = store_entry(s, txn, key, arena, &e);
	store_unread(s, txn);
	if (err == 0)
		*out = e.record;
	return err;
}

static int
list(void *ctx, struct arena *arena,
	bool (*each)(void *to, const struct repo_record *r), void *to)
{
	struct store *s = ctx;
	struct entry e;
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_txn *txn;
	int err = store_read(s, &txn), rc;

	if (err != 0)
		return err;
	rc = mdb_cursor_open(txn, s->tables.repos, &cursor);
	if (rc != 0) {
		store_unread(s, txn);
		return env_error(rc);
	}
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		err = entry_read(s->crypto, env_span(&value), arena, &e);
		if (err == 0 && !each(to, &e.record))
			break;
		if (err == ERR_SYNTAX)
			err = 0; /* as good as not there */
	}
	mdb_cursor_close(cursor);
	store_unread(s, txn);
	if (err == 0 && rc != 0 && rc != MDB_NOTFOUND)
		err = env_error(rc);
	return err;
}

static int
note_in(struct store *s, const struct repo_record *r,
	const uint8_t key[SHA256_SIZE], struct arena *arena)
{
	uint64_t objects, bytes;
	struct entry e;
	int err = store_txn(s);

	if (err == 0)
		err = store_entry(s, s->txn, key, arena, &e);
	if (err == ERR_NOTFOUND) {
		e = (struct entry){.set = 0};
		err = 0;
	}
	if (err != 0)
		return err;
	objects = e.record.objects;
	bytes = e.record.bytes;
	e.record = *r;
	e.record.objects = objects;
	e.record.bytes = bytes;
	err = store_put_entry(s, key, &e);
	return err == 0 ? store_flush(s) : err;
}

static int
note(void *ctx, const struct repo_record *r)
{
	struct store *s = ctx;
	uint8_t key[SHA256_SIZE];
	struct arena *arena;
	int err = entry_key(s->crypto, r->kind, r->uri, key);

	if (err == 0 && !entry_fits(r))
		err = ERR_LIMIT;
	if (err != 0)
		return err;
	arena = arena_new(8192);
	err = arena == NULL ? ERR_NOMEM : note_in(s, r, key, arena);
	arena_free(arena);
	return err;
}

static int
forget_in(struct store *s, const uint8_t key[SHA256_SIZE], struct arena *arena)
{
	struct entry e = {.set = 0};
	uint64_t released;
	int err = store_txn(s), rc;

	if (err != 0)
		return err;
	released = mdb_txn_id(s->txn);
	err = store_entry(s, s->txn, key, arena, &e);
	if (err != 0 && err != ERR_NOTFOUND)
		return err;
	err = store_release(s, e.set);
	if (err != 0)
		return err;
	rc = store_remove(s, s->tables.repos, span_of(key, SHA256_SIZE));
	if (rc != 0 && rc != MDB_NOTFOUND)
		return store_fail(s, rc);
	err = store_flush(s);
	if (err == 0)
		collect_want(s, released);
	return err;
}

/* A stage that begins from the set which goes can only be dropped. */
static int
forget(void *ctx, enum repo_kind kind, const char *uri)
{
	struct store *s = ctx;
	uint8_t key[SHA256_SIZE];
	struct stage *st;
	struct arena *arena;
	int err = entry_key(s->crypto, kind, uri, key);

	if (err != 0)
		return 0; /* nothing of that name */
	arena = arena_new(8192);
	err = arena == NULL ? ERR_NOMEM : forget_in(s, key, arena);
	arena_free(arena);
	st = store_stage_of(s, key);
	if (err == 0 && st != NULL && st->err == 0)
		st->err = ERR_NOTFOUND;
	return err;
}

/* Where a walk goes through a set, and whom it tells. */
struct steps {
	struct store *s;
	MDB_txn *txn;
	bool (*each)(
		void *to, struct span uri, struct span bytes, int64_t mtime);
	void *to;
};

/* An object that is not there, or not what it should be, is passed over: it
 * will be fetched.  False to stop. */
static bool
show(struct steps *w, struct span key, struct span value)
{
	uint8_t hash[SHA256_SIZE];
	struct span bytes;
	struct row row;

	if (row_read(key, value, &row) != 0 ||
		objects_get(w->txn, &w->s->tables, row.hash, &bytes) != 0)
		return true;
	crypto_sha256(w->s->crypto, bytes, hash);
	if (memcmp(hash, row.hash, SHA256_SIZE) != 0)
		return true;
	return w->each(w->to, row.uri, bytes, row.mtime);
}

static int
walk_set(struct steps *w, uint64_t set, struct span from)
{
	struct row_key first;
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = mdb_cursor_open(w->txn, w->s->tables.sets, &cursor);

	if (rc != 0)
		return env_error(rc);
	row_key_from(w->s->crypto, set, from, &first);
	key = env_val(row_key_span(&first));
	rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (rc == 0 && row_key_set(env_span(&key)) == set &&
		show(w, env_span(&key), env_span(&value)))
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

/* The live set, 0 where there is none. */
static int
find_set(struct store *s, MDB_txn *txn, const uint8_t key[SHA256_SIZE],
	uint64_t *out)
{
	struct arena *arena = arena_new(8192);
	struct entry e;
	int err = ERR_NOMEM;

	*out = 0;
	if (arena != NULL)
		err = store_entry(s, txn, key, arena, &e);
	arena_free(arena);
	if (err == 0)
		*out = e.set;
	return err == ERR_NOTFOUND ? 0 : err;
}

static int
walk(void *ctx, struct repo_id id, struct span from,
	bool (*each)(
		void *to, struct span uri, struct span bytes, int64_t mtime),
	void *to)
{
	struct store *s = ctx;
	struct steps w = {.s = s, .each = each, .to = to};
	uint8_t key[SHA256_SIZE];
	uint64_t set;
	int err = entry_key(s->crypto, id.kind, id.uri, key);

	if (err != 0 || from.n > BOUND_URI + 1)
		return err;
	err = store_read(s, &w.txn);
	if (err != 0)
		return err;
	err = find_set(s, w.txn, key, &set);
	if (err == 0 && set != 0)
		err = walk_set(&w, set, from);
	store_unread(s, w.txn);
	return err;
}

const struct depot_ops store_ops = {
	.load = load,
	.list = list,
	.note = note,
	.forget = forget,
	.begin = stage_begin,
	.put = stage_put,
	.take = stage_take,
	.next = stage_next,
	.commit = stage_commit,
	.drop = stage_drop,
	.walk = walk,
};
