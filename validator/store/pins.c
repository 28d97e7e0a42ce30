/*
 * pins: see the header.
 *
 *	points   key -> time, sum, thisUpdate (64 bits each)
 *	                | number of the manifest (20 octets)
 *	                | count of files (32 bits) | SHA-256 of the manifest
 *	                | SHA-256 of each file, and stand-in | memory
 *	times    key -> time (64 bits)
 *	meta     "format" -> version, "swept" -> time of the last look for old
 *	                points
 *
 * Numbers are little-endian.  The sum tells of a row that the disk has altered,
 * as in row.h.  In a file of the first format a row is
 *
 *	points   key -> time | sum | SHA-256 of the manifest | of each file
 *
 * and who only reads, as who collects does, reads those too.
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

#define PINS_FILE "engine.mdb"
#define PINS_LOCK "engine.lock"

enum {
	FORMAT = 2,
	FORMAT_FIRST = 1,
	KEY = 32,
	HASH = 32,
	HEAD_FIRST = 8 + 8, /* octets before the first hash */
	HEAD = 8 + 8 + 8 + PIN_NUMBER + 4,
};

/* Of address space: three times what ten million objects take. */
#define PINS_MAP ((uint64_t)8 << 30)

/* The time of a manifest that nobody has noted. */
#define NO_TIME INT64_MIN

struct pins {
	MDB_env *env;
	MDB_dbi meta, points, times;
	uint64_t format;
	int lock; /* -1: for reading */
};

struct pins_view {
	struct pins *pins;
	MDB_txn *txn;
};

/* A point's row as it lies in the file. */
struct pin_row {
	int64_t at, this_update;
	uint64_t sum;
	struct span number;
	struct span hashes; /* the manifest's first */
	struct span memory;
	struct span rest; /* all behind the sum */
};

static uint64_t
fold(uint64_t h, struct span s)
{
	struct reader r = reader_of(s);
	uint64_t word;
	uint8_t octet;

	while (reader_le64(&r, &word)) {
		h = (h ^ word) * 0x9e3779b97f4a7c15U;
		h ^= h >> 32;
	}
	while (reader_u8(&r, &octet)) {
		h = (h ^ octet) * 0x9e3779b97f4a7c15U;
		h ^= h >> 32;
	}
	return h;
}

static uint64_t
sum_of(struct span key, int64_t at, struct span rest)
{
	return fold(fold((uint64_t)at ^ rest.n, key), rest);
}

static int
read_first(struct reader *r, struct pin_row *row)
{
	row->rest = span_of(r->p, reader_left(r));
	row->this_update = NO_TIME;
	if (row->rest.n < HASH || row->rest.n % HASH != 0)
		return ERR_CHECKSUM;
	row->hashes = row->rest;
	return 0;
}

static int
read_rest(struct reader *r, struct pin_row *row)
{
	uint64_t this_update;
	uint32_t count;

	row->rest = span_of(r->p, reader_left(r));
	if (!reader_le64(r, &this_update) ||
		!reader_take(r, PIN_NUMBER, &row->number) ||
		!reader_le32(r, &count) ||
		!reader_take(r, ((size_t)count + 1) * HASH, &row->hashes) ||
		!reader_take(r, reader_left(r), &row->memory))
		return ERR_CHECKSUM;
	row->this_update = (int64_t)this_update;
	return 0;
}

static int
read_row(uint64_t format, struct span key, struct span value,
	struct pin_row *out)
{
	struct reader r = reader_of(value);
	struct pin_row row = {.sum = 0};
	uint64_t at;
	int err;

	if (key.n != KEY || !reader_le64(&r, &at) || !reader_le64(&r, &row.sum))
		return ERR_CHECKSUM;
	row.at = (int64_t)at;
	err = format == FORMAT_FIRST ? read_first(&r, &row)
				     : read_rest(&r, &row);
	if (err != 0 || row.sum != sum_of(key, row.at, row.rest))
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
del(MDB_txn *txn, MDB_dbi dbi, struct span key)
{
	MDB_val k = env_val(key);

	return mdb_del(txn, dbi, &k, NULL);
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
	int rc = mdb_dbi_open(txn, "meta", flags, &p->meta), err;

	if (rc == 0)
		rc = mdb_dbi_open(txn, "points", flags, &p->points);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? ERR_VERSION : env_error(rc);
	err = get_number(txn, p->meta, "format", &p->format);
	if (err == ERR_NOTFOUND && writes) {
		p->format = FORMAT;
		err = put_number(txn, p->meta, "format", FORMAT);
	}
	if (err != 0)
		return err == ERR_NOTFOUND ? ERR_VERSION : err;
	if (p->format == FORMAT_FIRST && !writes)
		return 0;
	rc = mdb_dbi_open(txn, "times", flags, &p->times);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? ERR_VERSION : env_error(rc);
	return p->format == FORMAT || p->format == FORMAT_FIRST ? 0
								: ERR_VERSION;
}

/* What a row says is looked at when it is wanted: one that the disk has altered
 * costs no other. */
static int
check_row(void *to, struct span key, struct span value)
{
	(void)to;
	return key.n == KEY && value.n >= HEAD_FIRST + HASH ? 0 : ERR_CHECKSUM;
}

static int
check_time(void *to, struct span key, struct span value)
{
	(void)to;
	return key.n == KEY && value.n == 8 ? 0 : ERR_CHECKSUM;
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
	if (err == 0)
		err = check_table(txn, p.points, map, check_row, NULL);
	if (err == 0 && p.format == FORMAT)
		err = check_table(txn, p.times, map, check_time, NULL);
	return err;
}

/* The octets of a row in `buf`, to be freed by the caller also on failure. */
static int
make_row(
	struct span key, const struct pin *pin, uint8_t **buf, struct span *out)
{
	size_t n = HEAD + HASH + pin->file_count * HASH + pin->memory.n;
	uint8_t *p = malloc(n);
	struct writer w;
	uint64_t sum;

	*buf = p;
	if (p == NULL)
		return ERR_NOMEM;
	if (pin->file_count > UINT32_MAX)
		return ERR_LIMIT;
	w = writer_of(p + 16, n - 16);
	writer_le64(
		&w, (uint64_t)(pin->has_number ? pin->this_update.s : NO_TIME));
	writer_bytes(&w, pin->number, PIN_NUMBER);
	writer_le32(&w, (uint32_t)pin->file_count);
	writer_bytes(&w, pin->manifest, HASH);
	writer_bytes(&w, pin->files, pin->file_count * HASH);
	writer_bytes(&w, pin->memory.p, pin->memory.n);
	sum = sum_of(key, pin->at.s, writer_span(&w));
	w = writer_of(p, 16);
	writer_le64(&w, (uint64_t)pin->at.s);
	writer_le64(&w, sum);
	*out = span_of(p, n);
	return 0;
}

/* What a row says. */
static struct pin
pin_of(const struct pin_row *row)
{
	struct pin pin = {
		.at = {row->at},
		.has_number = row->this_update != NO_TIME,
		.this_update = {row->this_update},
		.files = (const uint8_t(*)[32])(row->hashes.p + HASH),
		.file_count = row->hashes.n / HASH - 1,
		.memory = row->memory,
	};

	memcpy(pin.manifest, row->hashes.p, HASH);
	if (row->number.n == PIN_NUMBER)
		memcpy(pin.number, row->number.p, PIN_NUMBER);
	return pin;
}

/* A row of the first format in the form of today, in its place. */
static int
rewrite_row(MDB_cursor *cursor, MDB_val *key, const MDB_val *value)
{
	struct pin_row row;
	struct pin pin;
	struct span out;
	uint8_t *buf;
	MDB_val v;
	int err = read_row(FORMAT_FIRST, env_span(key), env_span(value), &row);

	if (err != 0)
		return env_error(mdb_cursor_del(cursor, 0));
	pin = pin_of(&row);
	err = make_row(env_span(key), &pin, &buf, &out);
	v = env_val(out);
	if (err == 0)
		err = env_error(mdb_cursor_put(cursor, key, &v, MDB_CURRENT));
	free(buf);
	return err;
}

/* All rows of a file of the first format; last good versions are kept. */
static int
rewrite(MDB_txn *txn, struct pins *p)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = mdb_cursor_open(txn, p->points, &cursor), err = 0;

	if (rc != 0)
		return env_error(rc);
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		uint8_t copy[KEY];
		MDB_val at = {.mv_size = KEY, .mv_data = copy};

		if (key.mv_size != KEY) {
			err = env_error(mdb_cursor_del(cursor, 0));
			continue;
		}
		memcpy(copy, key.mv_data, KEY);
		err = rewrite_row(cursor, &at, &value);
	}
	mdb_cursor_close(cursor);
	if (err == 0 && rc != MDB_NOTFOUND)
		err = env_error(rc);
	if (err == 0)
		err = put_number(txn, p->meta, "format", FORMAT);
	if (err == 0)
		p->format = FORMAT;
	return err;
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
	if (err == 0 && writes && p->format == FORMAT_FIRST)
		err = rewrite(txn, p);
	if (err == 0)
		return env_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return err == ERR_VERSION ? ERR_NOTFOUND : err;
}

/* A reader finds a sound file, or none, or is told; a writer makes one. */
static int
look(const char *path, bool writes, const struct log *log)
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
		err = env_set_aside(path, log, why);
	return err;
}

int
pins_open(const char *folder, bool writes, const struct log *log,
	struct pins **out)
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
		err = look(path, writes, log);
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
	if (read_row(v->pins->format, k, value, &row) != 0)
		return ERR_CHECKSUM;
	*out = pin_of(&row);
	return 0;
}

static int64_t
time_of(MDB_txn *txn, const struct pins *p, struct span key, int64_t at)
{
	struct reader r;
	struct span s;
	uint64_t later;

	if (p->format == FORMAT_FIRST || get(txn, p->times, key, &s) != 0)
		return at;
	r = reader_of(s);
	return reader_le64(&r, &later) && (int64_t)later > at ? (int64_t)later
							      : at;
}

struct wall
pins_time(struct pins_view *v, const uint8_t key[32], const struct pin *pin)
{
	return (struct wall){
		time_of(v->txn, v->pins, span_of(key, KEY), pin->at.s)};
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
		if (read_row(v->pins->format, env_span(&key), env_span(&value),
			    &row) != 0)
			continue;
		for (size_t i = 0; more && i < row.hashes.n; i += HASH)
			more = each(to, row.hashes.p + i);
	}
	mdb_cursor_close(cursor);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

static int
renew(MDB_txn *txn, struct pins *p, struct span key, struct wall now)
{
	uint8_t buf[8];
	struct writer w = writer_of(buf, sizeof(buf));

	writer_le64(&w, (uint64_t)now.s);
	return env_error(put(txn, p->times, key, writer_span(&w)));
}

static bool
same_files(const struct pin *a, const struct pin *b)
{
	return memcmp(a->manifest, b->manifest, HASH) == 0 &&
		span_equal(span_of(a->files, a->file_count * HASH),
			span_of(b->files, b->file_count * HASH));
}

static bool
same_rest(const struct pin *a, const struct pin *b)
{
	return a->has_number == b->has_number &&
		a->this_update.s == b->this_update.s &&
		memcmp(a->number, b->number, PIN_NUMBER) == 0 &&
		span_equal(a->memory, b->memory);
}

static int
put_pin(MDB_txn *txn, struct pins *p, struct span key, const struct pin *pin)
{
	struct span row;
	uint8_t *buf;
	int err = make_row(key, pin, &buf, &row), rc;

	if (err == 0)
		err = env_error(put(txn, p->points, key, row));
	free(buf);
	if (err != 0)
		return err;
	rc = del(txn, p->times, key);
	return rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

/* Write what is new of an entry.  `*changed` when anything is. */
static int
write_entry(
	MDB_txn *txn, struct pins *p, const struct pin_entry *e, bool *changed)
{
	struct span k = span_of(e->key, KEY), value;
	struct pin pin = e->pin, old;
	struct pin_row row;
	int64_t at;

	if (get(txn, p->points, k, &value) == 0 &&
		read_row(p->format, k, value, &row) == 0) {
		old = pin_of(&row);
		at = time_of(txn, p, k, row.at);
		if (e->renews || same_files(&old, &pin)) {
			bool fresh = pin.at.s < at + PIN_FRESH_S;

			if (!e->renews && !same_rest(&old, &pin)) {
				pin.at.s = fresh ? at : pin.at.s;
				*changed = true;
				return put_pin(txn, p, k, &pin);
			}
			*changed |= !fresh;
			return fresh ? 0 : renew(txn, p, k, pin.at);
		}
	} else if (e->renews) {
		return 0;
	}
	*changed = true;
	return put_pin(txn, p, k, &pin);
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
		now.s - (int64_t)swept < PIN_FRESH_S)
		return 0;
	rc = mdb_cursor_open(txn, p->points, &cursor);
	if (rc != 0)
		return env_error(rc);
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		struct span k = env_span(&key);

		if (read_row(p->format, k, env_span(&value), &row) == 0 &&
			time_of(txn, p, k, row.at) >= now.s - BOUND_PIN_S)
			continue;
		rc = del(txn, p->times, k);
		if (rc == 0 || rc == MDB_NOTFOUND)
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
	for (size_t i = 0; i < count && err == 0; i++)
		err = write_entry(txn, p, &entries[i], &changed);
	/* When nothing holds, it is the clock that is wrong, or the network:
	 * neither makes what held before old. */
	if (err == 0 && count > 0)
		err = sweep(txn, p, now, &changed);
	if (err == 0 && changed)
		return env_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return err;
}
