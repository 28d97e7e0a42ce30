/*
 * reader: see the header.
 *
 * A view is a transaction that reads.  What it hands out lies in the map of the
 * file, where nobody writes while the view reads it.
 */
#include "validator/store/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validator/store/inner.h"
#include "waymark/err.h"

struct reader_file {
	MDB_env *env;
	struct store *writer; /* NULL: the file is ours */
	struct tables tables;
};

struct reader_view {
	struct reader_file *file;
	MDB_txn *txn;
	MDB_cursor *sets; /* NULL: not opened yet */
	struct crypto *crypto;
};

enum {
	STEPS = 8, /* over rows that nobody asked for, before a jump */
	SCRUB_FOUND = 8, /* damaged objects that one scrub looks up: each is a
			    walk through all hashes */
};

/* Names of tables are looked up once; LMDB keeps them for later views. */
static int
open_tables(struct reader_file *f)
{
	MDB_txn *txn;
	int err = env_views(f->env, &txn, 1);

	if (err != 0)
		return err;
	err = tables_open(txn, false, &f->tables);
	if (err == 0)
		return env_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	/* It was begun, and nothing is in it yet. */
	return err == ERR_VERSION ? ERR_NOTFOUND : err;
}

int
reader_open(const char *folder, struct reader_file **out)
{
	char path[ENV_PATH];
	struct reader_file *f;
	const char *why;
	int n = snprintf(path, sizeof(path), "%s/" TABLES_FILE, folder), err;

	if (n < 0 || (size_t)n >= sizeof(path))
		return ERR_NOTFOUND;
	err = check_file(path, tables_walk, &why);
	if (err != 0)
		return err == ERR_VERSION ? ERR_CHECKSUM : err;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_NOMEM;
	err = env_error(env_open(path, 0, false, &f->env));
	if (err != 0)
		f->env = NULL;
	if (err == 0)
		err = open_tables(f);
	if (err != 0) {
		reader_close(f);
		return err;
	}
	*out = f;
	return 0;
}

int
reader_attach(struct store *s, struct reader_file **out)
{
	struct reader_file *f;
	MDB_txn *txn;
	int err = store_read(s, &txn);

	if (err != 0)
		return err;
	store_unread(s, txn);
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_NOMEM;
	f->env = s->env;
	f->writer = s;
	s->attached++;
	f->tables = s->tables;
	*out = f;
	return 0;
}

void
reader_close(struct reader_file *f)
{
	if (f == NULL)
		return;
	if (f->writer != NULL)
		f->writer->attached--;
	else if (f->env != NULL)
		mdb_env_close(f->env);
	free(f);
}

static void
free_views(struct reader_view **views, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		crypto_free(views[i]->crypto);
		free(views[i]);
	}
}

static int
make_views(struct reader_file *f, struct reader_view **views, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		views[i] = calloc(1, sizeof(*views[i]));
		if (views[i] != NULL)
			views[i]->crypto = crypto_new();
		if (views[i] == NULL || views[i]->crypto == NULL) {
			free(views[i]);
			free_views(views, i);
			return ERR_NOMEM;
		}
		views[i]->file = f;
	}
	return 0;
}

int
reader_begin(struct reader_file *f, struct reader_view **views, size_t count)
{
	MDB_txn **txns = calloc(count + 1, sizeof(MDB_txn *));
	int err = txns == NULL ? ERR_NOMEM : make_views(f, views, count);

	if (err == 0) {
		err = env_views(f->env, txns, count);
		for (size_t i = 0; i < count && err == 0; i++)
			views[i]->txn = txns[i];
		if (err != 0)
			free_views(views, count);
	}
	free(txns);
	return err;
}

void
reader_end(struct reader_view *v)
{
	if (v == NULL)
		return;
	if (v->sets != NULL)
		mdb_cursor_close(v->sets);
	mdb_txn_abort(v->txn);
	free_views(&v, 1);
}

/* Sets change with the number of a new one, or by deltas, which move the serial
 * on; the sum and the rest are for a store that counts from 1 again. */
static void
stamp_of(struct crypto *c, const struct entry *e, uint8_t out[SHA256_SIZE])
{
	uint8_t session[SHA256_SIZE], buf[6 * 8 + SHA256_SIZE];
	struct writer w = writer_of(buf, sizeof(buf));

	crypto_sha256(c, span_text(e->record.session), session);
	writer_le64(&w, e->set);
	writer_le64(&w, e->sum);
	writer_le64(&w, e->record.serial);
	writer_le64(&w, e->record.objects);
	writer_le64(&w, e->record.bytes);
	writer_le64(&w, (uint64_t)e->record.first_seen.s);
	writer_bytes(&w, session, sizeof(session));
	crypto_sha256(c, writer_span(&w), out);
}

int
reader_repo(struct reader_view *v, struct repo_id id, struct arena *arena,
	struct repo_record *out, struct set *set)
{
	uint8_t key[SHA256_SIZE];
	struct span value;
	struct entry e;
	int err = entry_key(v->crypto, id.kind, id.uri, key);

	if (err != 0)
		return ERR_NOTFOUND;
	err = env_error(tables_get(v->txn, v->file->tables.repos,
		span_of(key, sizeof(key)), &value));
	if (err == 0)
		err = entry_read(v->crypto, value, arena, &e);
	if (err != 0)
		return err;
	if (e.record.kind != id.kind || strcmp(e.record.uri, id.uri) != 0)
		return ERR_SYNTAX;
	*out = e.record;
	*set = (struct set){.id = e.set};
	stamp_of(v->crypto, &e, set->stamp);
	return 0;
}

int
reader_find(struct reader_view *v, struct set set, struct span uri,
	uint8_t hash[32])
{
	struct row_key key;
	struct span value;
	struct row row;
	int rc;

	if (set.id == 0 || uri.n > BOUND_URI)
		return ERR_NOTFOUND;
	row_key(v->crypto, set.id, uri, &key);
	rc = tables_get(
		v->txn, v->file->tables.sets, row_key_span(&key), &value);
	if (rc != 0)
		return env_error(rc);
	if (row_read(row_key_span(&key), value, &row) != 0 ||
		(key.n == ROW_KEY && !span_equal(row.uri, uri)))
		return ERR_NOTFOUND;
	memcpy(hash, row.hash, SHA256_SIZE);
	return 0;
}

/* Where a scan stands: at a row of the set, or behind all of them. */
struct scan {
	struct reader_view *v;
	uint64_t set;
	struct span folder;
	MDB_val key, value;
	int rc;
};

/* Go to the first row at or behind a name. */
static void
jump(struct scan *s, struct span name)
{
	uint8_t uri[BOUND_URI + BOUND_FILE_NAME];
	struct row_key key;
	struct writer w = writer_of(uri, sizeof(uri));

	writer_bytes(&w, s->folder.p, s->folder.n);
	writer_bytes(&w, name.p, name.n);
	row_key(s->v->crypto, s->set, writer_span(&w), &key);
	s->key = env_val(row_key_span(&key));
	s->rc = mdb_cursor_get(s->v->sets, &s->key, &s->value, MDB_SET_RANGE);
}

static void
step(struct scan *s)
{
	s->rc = mdb_cursor_get(s->v->sets, &s->key, &s->value, MDB_NEXT);
}

/* How the row at hand stands to a name in the folder: <0, 0, >0. */
static int
order(const struct scan *s, struct span name)
{
	struct span key = env_span(&s->key);
	uint64_t set = row_key_set(key);
	size_t n = ROW_ID + s->folder.n;

	if (set != s->set || key.n < n ||
		memcmp(key.p + ROW_ID, s->folder.p, s->folder.n) != 0)
		return 1; /* no row before the folder is ever met */
	return span_compare(span_of(key.p + n, key.n - n), name);
}

static bool
finds(struct scan *s, const struct set_file *file)
{
	int c = 1, steps = 0;

	while (s->rc == 0 && (c = order(s, file->name)) < 0) {
		if (++steps % STEPS == 0)
			jump(s, file->name);
		else
			step(s);
	}
	return s->rc == 0 && c == 0 && s->value.mv_size >= SHA256_SIZE &&
		memcmp(s->value.mv_data, file->hash, SHA256_SIZE) == 0;
}

/* Keys that are cut have an order of their own: these are looked up. */
static int
look_up_all(struct reader_view *v, struct set set, struct span folder,
	const struct set_file *files, size_t count)
{
	uint8_t uri[BOUND_URI + BOUND_FILE_NAME], hash[SHA256_SIZE];
	int err;

	for (size_t i = 0; i < count; i++) {
		struct writer w = writer_of(uri, sizeof(uri));

		writer_bytes(&w, folder.p, folder.n);
		writer_bytes(&w, files[i].name.p, files[i].name.n);
		if (w.over)
			return ERR_NOTFOUND;
		err = reader_find(v, set, writer_span(&w), hash);
		if (err == 0 && memcmp(hash, files[i].hash, SHA256_SIZE) != 0)
			err = ERR_NOTFOUND;
		if (err != 0)
			return err;
	}
	return 0;
}

int
reader_holds(struct reader_view *v, struct set set, struct span folder,
	const struct set_file *files, size_t count)
{
	struct scan s = {.v = v, .set = set.id, .folder = folder};

	if (set.id == 0)
		return ERR_NOTFOUND;
	if (count == 0)
		return 0;
	if (folder.n + BOUND_FILE_NAME > ROW_URI)
		return look_up_all(v, set, folder, files, count);
	if (v->sets == NULL &&
		mdb_cursor_open(v->txn, v->file->tables.sets, &v->sets) != 0) {
		v->sets = NULL;
		return look_up_all(v, set, folder, files, count);
	}
	jump(&s, files[0].name);
	for (size_t i = 0; i < count; i++) {
		if (!finds(&s, &files[i]))
			return ERR_NOTFOUND;
		step(&s);
	}
	return 0;
}

bool
reader_has(struct reader_view *v, const uint8_t hash[32])
{
	struct span octets;

	return objects_get(v->txn, &v->file->tables, hash, &octets) == 0;
}

int
reader_next(struct reader_view *v, struct set set, struct span from,
	struct span *uri, uint8_t hash[32])
{
	struct span key, value;
	struct row_key first;
	struct row row;
	int rc;

	if (set.id == 0 || from.n > BOUND_URI + 1)
		return ERR_NOTFOUND;
	row_key_from(v->crypto, set.id, from, &first);
	rc = tables_next(v->txn, v->file->tables.sets, row_key_span(&first),
		&key, &value);
	if (rc != 0)
		return env_error(rc);
	if (row_key_set(key) != set.id || row_read(key, value, &row) != 0)
		return ERR_NOTFOUND;
	*uri = row.uri;
	memcpy(hash, row.hash, SHA256_SIZE);
	return 0;
}

int
reader_object(struct reader_view *v, const uint8_t hash[32], struct span *out)
{
	uint8_t is[SHA256_SIZE];
	struct span octets;
	int err =
		env_error(objects_get(v->txn, &v->file->tables, hash, &octets));

	if (err != 0)
		return err;
	crypto_sha256(v->crypto, octets, is);
	if (memcmp(is, hash, SHA256_SIZE) != 0)
		return ERR_CHECKSUM;
	*out = octets;
	return 0;
}

/* The hash under which an object of that number stands.  0, or what LMDB
 * answered. */
static int
hash_of(struct reader_view *v, struct span number, uint8_t out[SHA256_SIZE])
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = mdb_cursor_open(v->txn, v->file->tables.objects, &cursor);

	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		if (key.mv_size == SHA256_SIZE &&
			span_equal(env_span(&value), number))
			break;
	if (rc == 0)
		memcpy(out, key.mv_data, SHA256_SIZE);
	mdb_cursor_close(cursor);
	return rc;
}

/* Whether octets stand under the hash that they have. */
static bool
is_whole(struct reader_view *v, struct span number, struct span octets)
{
	uint8_t hash[SHA256_SIZE];
	struct span found;

	crypto_sha256(v->crypto, octets, hash);
	return tables_get(v->txn, v->file->tables.objects,
		       span_of(hash, sizeof(hash)), &found) == 0 &&
		span_equal(found, number);
}

/* A cursor at the object that `start` stands for. */
static int
scrub_from(struct reader_view *v, uint64_t start, MDB_cursor **cursor,
	MDB_val *key, MDB_val *value)
{
	uint8_t first[TABLES_NUMBER];
	struct writer w = writer_of(first, sizeof(first));
	struct reader r;
	uint64_t last;
	int rc = mdb_cursor_open(v->txn, v->file->tables.octets, cursor);

	if (rc != 0) {
		*cursor = NULL;
		return rc;
	}
	rc = mdb_cursor_get(*cursor, key, value, MDB_LAST);
	if (rc != 0)
		return rc;
	r = reader_of(env_span(key));
	if (!reader_be64(&r, &last))
		return MDB_CORRUPTED;
	writer_be64(&w, start % (last + (last < UINT64_MAX)));
	*key = env_val(writer_span(&w));
	return mdb_cursor_get(*cursor, key, value, MDB_SET_RANGE);
}

int
reader_scrub(struct reader_view *v, uint64_t start, size_t octets,
	int (*damaged)(void *to, const uint8_t hash[32]), void *to)
{
	uint8_t hash[SHA256_SIZE];
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t seen = 0;
	int found = 0, err = 0, rounds = 0;
	int rc = scrub_from(v, start, &cursor, &key, &value);

	while (rc == 0 && err == 0 && seen < octets && found < SCRUB_FOUND) {
		seen += value.mv_size + 1;
		if (!is_whole(v, env_span(&key), env_span(&value)) &&
			hash_of(v, env_span(&key), hash) == 0) {
			found++;
			err = damaged(to, hash);
		}
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
		if (rc == MDB_NOTFOUND && rounds++ == 0)
			rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return err != 0 || rc == 0 || rc == MDB_NOTFOUND ? err : env_error(rc);
}
