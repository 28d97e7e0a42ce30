/*
 * pins: see the header.
 *
 *	points   key -> time (64 bits) | sum (64 bits) | SHA-256 of the manifest
 *	                | SHA-256 of each file
 *	meta     "format" -> version, "swept" -> time of the last look for old
 *	                points
 *
 * Numbers are little-endian.  The sum tells of a row that the disk has altered,
 * as in row.h.
 */
#include "validator/store/pins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/vec.h"
#include "validator/store/check.h"
#include "validator/store/env.h"
#include "waymark/bounds.h"
#include "waymark/err.h"
#include "waymark/span.h"

#define PINS_FILE "engine.mdb"
#define PINS_LOCK "engine.lock"

enum {
	FORMAT = 1,
	KEY = 32,
	HASH = 32,
	HEAD = 8 + 8, /* octets before the first hash */
	FRESH_S = 3600, /* a pin's time is that exact */
};

/* Of address space; 50 million hashes. */
#define PINS_MAP ((uint64_t)8 << 30)

struct pins {
	MDB_env *env;
	MDB_dbi meta, points;
	int lock; /* -1: for reading */
};

struct pins_view {
	struct pins *pins;
	MDB_txn *txn;
};

/* A point's row as it lies in the file. */
struct pin_row {
	int64_t at;
	uint64_t sum;
	struct span hashes; /* the manifest's first */
};

static uint64_t
sum_of(struct span key, int64_t at, struct span hashes)
{
	uint64_t h = (uint64_t)at ^ hashes.n, word;
	struct reader parts[] = {reader_of(key), reader_of(hashes)};

	for (size_t i = 0; i < 2; i++) {
		while (reader_le64(&parts[i], &word)) {
			h = (h ^ word) * 0x9e3779b97f4a7c15U;
			h ^= h >> 32;
		}
	}
	return h;
}

static int
read_row(struct span key, struct span value, struct pin_row *out)
{
	struct reader r = reader_of(value);
	struct pin_row row;
	uint64_t at;

	if (key.n != KEY || !reader_le64(&r, &at) ||
		!reader_le64(&r, &row.sum) ||
		!reader_take(&r, reader_left(&r), &row.hashes) ||
		row.hashes.n == 0 || row.hashes.n % HASH != 0)
		return ERR_CHECKSUM;
	row.at = (int64_t)at;
	if (sum_of(key, row.at, row.hashes) != row.sum)
		return ERR_CHECKSUM;
	*out = row;
	return 0;
}

static int
get(MDB_txn *txn, MDB_dbi dbi, struct span key, struct span *out)
{
	MDB_val k = env_val(key), v;
	int rc = mdb_get(txn, dbi, &k, &v);

	if (rc == 0)
		*out = env_span(&v);
	return rc;
}

static int
put(MDB_txn *txn, MDB_dbi dbi, struct span key, struct span value)
{
	MDB_val k = env_val(key), v = env_val(value);

	return mdb_put(txn, dbi, &k, &v, 0);
}

static int
get_number(MDB_txn *txn, MDB_dbi dbi, const char *name, uint64_t *out)
{
	struct reader r;
	struct span s;
	int rc = get(txn, dbi, span_text(name), &s);

	if (rc != 0)
		return env_error(rc);
	r = reader_of(s);
	return reader_le64(&r, out) ? 0 : ERR_CHECKSUM;
}

static int
put_number(MDB_txn *txn, MDB_dbi dbi, const char *name, uint64_t v)
{
	uint8_t buf[8];
	struct writer w = writer_of(buf, sizeof(buf));

	writer_le64(&w, v);
	return env_error(put(txn, dbi, span_text(name), writer_span(&w)));
}

static int
open_tables(MDB_txn *txn, bool writes, struct pins *p)
{
	unsigned flags = writes ? MDB_CREATE : 0;
	uint64_t format;
	int rc = mdb_dbi_open(txn, "meta", flags, &p->meta), err;

	if (rc == 0)
		rc = mdb_dbi_open(txn, "points", flags, &p->points);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? ERR_VERSION : env_error(rc);
	err = get_number(txn, p->meta, "format", &format);
	if (err == ERR_NOTFOUND && writes)
		return put_number(txn, p->meta, "format", FORMAT);
	if (err != 0)
		return err == ERR_NOTFOUND ? ERR_VERSION : err;
	return format == FORMAT ? 0 : ERR_VERSION;
}

static int
check_row(void *to, struct span key, struct span value)
{
	struct pin_row row;

	(void)to;
	return read_row(key, value, &row);
}

static int
walk(MDB_txn *txn, struct check_map *map)
{
	struct pins p;
	MDB_envinfo info;
	int err;

	(void)mdb_env_info(mdb_txn_env(txn), &info);
	if (info.me_last_txnid == 0)
		return 0; /* begun, and no more */
	err = open_tables(txn, false, &p);
	return err == 0 ? check_table(txn, p.points, map, check_row, NULL)
			: err;
}

static int
open_env(struct pins *p, const char *path, bool writes)
{
	MDB_txn *txn;
	int err = env_error(
		env_open(path, writes ? PINS_MAP : 0, writes, &p->env));

	if (err != 0) {
		p->env = NULL;
		return err;
	}
	err = env_error(
		mdb_txn_begin(p->env, NULL, writes ? 0 : MDB_RDONLY, &txn));
	if (err != 0)
		return err;
	err = open_tables(txn, writes, p);
	if (err == 0)
		return env_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return err == ERR_VERSION ? ERR_NOTFOUND : err;
}

/* A reader finds a sound file, or none, or is told; a writer makes one. */
static int
look(const char *path, bool writes)
{
	const char *why = "";
	int err = check_file(path, walk, &why);

	if (!writes)
		return err == ERR_VERSION ? ERR_CHECKSUM : err;
	if (err == ERR_NOTFOUND) {
		env_sweep(path);
		return 0;
	}
	if (err == ERR_CHECKSUM || err == ERR_VERSION)
		err = env_set_aside(path, NULL, why);
	return err;
}

int
pins_open(const char *folder, bool writes, struct pins **out)
{
	char path[ENV_PATH], lock[ENV_PATH];
	struct pins *p;
	int err = 0;

	if (strlen(folder) >= BOUND_PATH - 32)
		return ERR_NOTFOUND;
	(void)snprintf(path, sizeof(path), "%s/" PINS_FILE, folder);
	(void)snprintf(lock, sizeof(lock), "%s/" PINS_LOCK, folder);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ERR_NOMEM;
	p->lock = -1;
	if (writes)
		err = file_lock(lock, &p->lock);
	if (err == 0)
		err = look(path, writes);
	if (err == 0)
		err = open_env(p, path, writes);
	if (err != 0) {
		pins_close(p);
		return err;
	}
	*out = p;
	return 0;
}

void
pins_close(struct pins *p)
{
	if (p == NULL)
		return;
	if (p->env != NULL)
		mdb_env_close(p->env);
	if (p->lock >= 0)
		(void)close(p->lock);
	free(p);
}

int
pins_begin(struct pins *p, struct pins_view **views, size_t count)
{
	MDB_txn **txns = calloc(count + 1, sizeof(MDB_txn *));
	int err = txns == NULL ? ERR_NOMEM : 0;
	size_t made = 0;

	for (; err == 0 && made < count; made++) {
		views[made] = calloc(1, sizeof(*views[made]));
		if (views[made] == NULL) {
			err = ERR_NOMEM;
			break;
		}
		views[made]->pins = p;
	}
	if (err == 0)
		err = env_views(p->env, txns, count);
	for (size_t i = 0; i < made; i++) {
		if (err != 0)
			free(views[i]);
		else
			views[i]->txn = txns[i];
	}
	free(txns);
	return err;
}

void
pins_end(struct pins_view *v)
{
	if (v == NULL)
		return;
	mdb_txn_abort(v->txn);
	free(v);
}

int
pins_find(struct pins_view *v, const uint8_t key[32], struct pin *out)
{
	struct span k = span_of(key, KEY), value;
	struct pin_row row;
	int rc = get(v->txn, v->pins->points, k, &value);

	if (rc != 0)
		return env_error(rc);
	if (read_row(k, value, &row) != 0)
		return ERR_NOTFOUND; /* as good as none */
	memcpy(out->manifest, row.hashes.p, HASH);
	out->at = (struct wall){row.at};
	out->files = (const uint8_t(*)[32])(row.hashes.p + HASH);
	out->file_count = row.hashes.n / HASH - 1;
	return 0;
}

int
pins_each(struct pins_view *v, bool (*each)(void *to, const uint8_t hash[32]),
	void *to)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	struct pin_row row;
	bool more = true;
	int rc = mdb_cursor_open(v->txn, v->pins->points, &cursor);

	if (rc != 0)
		return env_error(rc);
	while (more &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		if (read_row(env_span(&key), env_span(&value), &row) != 0)
			continue;
		for (size_t i = 0; more && i < row.hashes.n; i += HASH)
			more = each(to, row.hashes.p + i);
	}
	mdb_cursor_close(cursor);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

/* Whether a point's row says the same, and its time is good enough. */
static bool
is_kept(MDB_txn *txn, struct pins *p, const struct pin_entry *e)
{
	const struct pin *pin = &e->pin;
	struct span k = span_of(e->key, KEY), value, files;
	struct pin_row row;

	if (get(txn, p->points, k, &value) != 0 ||
		read_row(k, value, &row) != 0)
		return false;
	files = span_of(row.hashes.p + HASH, row.hashes.n - HASH);
	return memcmp(row.hashes.p, pin->manifest, HASH) == 0 &&
		span_equal(
			files, span_of(pin->files, pin->file_count * HASH)) &&
		pin->at.s < row.at + FRESH_S;
}

static int
write_entry(MDB_txn *txn, struct pins *p, const struct pin_entry *e)
{
	const struct pin *pin = &e->pin;
	size_t n = HEAD + HASH + pin->file_count * HASH;
	uint8_t *row = malloc(n), head[HEAD];
	struct writer w;
	int rc;

	if (row == NULL)
		return ERR_NOMEM;
	w = writer_of(row + HEAD, n - HEAD);
	writer_bytes(&w, pin->manifest, HASH);
	writer_bytes(&w, pin->files, pin->file_count * HASH);
	w = writer_of(head, sizeof(head));
	writer_le64(&w, (uint64_t)pin->at.s);
	writer_le64(&w,
		sum_of(span_of(e->key, KEY), pin->at.s,
			span_of(row + HEAD, n - HEAD)));
	memcpy(row, head, HEAD);
	rc = put(txn, p->points, span_of(e->key, KEY), span_of(row, n));
	free(row);
	return env_error(rc);
}

/* Old ones are looked for once an hour: that reads them all. */
static int
sweep(MDB_txn *txn, struct pins *p, struct wall now, bool *changed)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	struct pin_row row;
	uint64_t swept;
	int rc, err = get_number(txn, p->meta, "swept", &swept);

	if (err == 0 && now.s >= (int64_t)swept &&
		now.s - (int64_t)swept < FRESH_S)
		return 0;
	rc = mdb_cursor_open(txn, p->points, &cursor);
	if (rc != 0)
		return env_error(rc);
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		if (read_row(env_span(&key), env_span(&value), &row) == 0 &&
			row.at >= now.s - BOUND_PIN_S)
			continue;
		rc = mdb_cursor_del(cursor, 0);
		if (rc != 0)
			return env_error(rc);
	}
	mdb_cursor_close(cursor);
	if (rc != MDB_NOTFOUND)
		return env_error(rc);
	*changed = true;
	return put_number(txn, p->meta, "swept", (uint64_t)now.s);
}

int
pins_write(struct pins *p, const struct pin_entry *entries, size_t count,
	struct wall now)
{
	bool changed = false;
	MDB_txn *txn;
	int err = env_error(mdb_txn_begin(p->env, NULL, 0, &txn));

	if (err != 0)
		return err;
	for (size_t i = 0; i < count && err == 0; i++) {
		if (is_kept(txn, p, &entries[i]))
			continue;
		err = write_entry(txn, p, &entries[i]);
		changed = true;
	}
	if (err == 0)
		err = sweep(txn, p, now, &changed);
	if (err == 0 && changed)
		return env_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return err;
}
