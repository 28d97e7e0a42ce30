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
	struct crypto *crypto;
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
	mdb_txn_abort(v->txn);
	free_views(&v, 1);
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
