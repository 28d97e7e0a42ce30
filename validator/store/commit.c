/*
 * commit: a stage becomes the live set, or nothing.
 *
 * All of it happens in the one write transaction, whose end makes it durable;
 * what fails before leaves the file as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/store/inner.h"
#include "waymark/err.h"

/* Changes on their way into a live set. */
struct merge {
	struct stage *st;
	struct entry *e; /* counts and sum follow what is done */
	bool changed;
};

/* The row of the live set goes.  0 with its hash, ERR_NOTFOUND, or the error.
 */
static int
leave(struct merge *m, const struct row_key *key, struct row *out)
{
	struct store *s = m->st->store;
	struct span value;
	struct row row;
	int rc = tables_get(s->txn, s->tables.sets, row_key_span(key), &value);

	if (rc == MDB_NOTFOUND)
		return ERR_NOTFOUND;
	if (rc != 0 || row_read(row_key_span(key), value, &row) != 0)
		return store_fail(s, rc != 0 ? rc : MDB_CORRUPTED);
	m->e->record.objects--;
	m->e->record.bytes -= row.size;
	m->e->sum -= row_sum(&row);
	collect_keep(s, row.hash);
	memcpy(out->hash, row.hash, SHA256_SIZE);
	return 0;
}

static int
enter(struct merge *m, const struct row_key *key, const struct row *row)
{
	struct store *s = m->st->store;
	uint8_t value[ROW_VALUE];
	int rc = store_put(s, s->tables.sets, row_key_span(key),
		span_of(value, row_write(row, value)));

	if (rc != 0)
		return store_fail(s, rc);
	m->e->record.objects++;
	m->e->record.bytes += row->size;
	m->e->sum += row_sum(row);
	collect_keep(s, row->hash);
	return 0;
}

static int
merge_row(struct merge *m, const struct row_change *c)
{
	struct store *s = m->st->store;
	struct row_key key;
	struct row old;
	int err, rc;

	row_key(s->crypto, m->e->set, c->row.uri, &key);
	err = leave(m, &key, &old);
	if (err != 0 && err != ERR_NOTFOUND)
		return err;
	if (!c->withdrawn) {
		m->changed = m->changed || err == ERR_NOTFOUND ||
			memcmp(old.hash, c->row.hash, SHA256_SIZE) != 0;
		return enter(m, &key, &c->row);
	}
	if (err == ERR_NOTFOUND)
		return 0; /* came and went between the two */
	m->changed = true;
	rc = store_remove(s, s->tables.sets, row_key_span(&key));
	return rc == 0 ? 0 : store_fail(s, rc);
}

/* A row of `changes`; its octets do not move while those of `sets` do, but the
 * transaction may write the page anew: they are copied. */
static int
merge_value(struct merge *m, const MDB_val *key, const MDB_val *value)
{
	uint8_t copy[ROW_KEY + ROW_VALUE];
	struct row_change c;

	if (key->mv_size > ROW_KEY || value->mv_size > ROW_VALUE)
		return store_fail(m->st->store, MDB_CORRUPTED);
	memcpy(copy, key->mv_data, key->mv_size);
	memcpy(copy + ROW_KEY, value->mv_data, value->mv_size);
	if (row_change_read(span_of(copy, key->mv_size),
		    span_of(copy + ROW_KEY, value->mv_size), &c) != 0)
		return store_fail(m->st->store, MDB_CORRUPTED);
	return merge_row(m, &c);
}

static int
merge_rows(struct merge *m, MDB_cursor *cursor)
{
	struct store *s = m->st->store;
	struct row_key from;
	MDB_val key, value;
	int err = 0, rc;

	row_key(s->crypto, m->st->set, span_of(NULL, 0), &from);
	key = env_val(row_key_span(&from));
	rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (rc == 0 && row_key_set(env_span(&key)) == m->st->set) {
		err = merge_value(m, &key, &value);
		if (err != 0)
			return err;
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : store_fail(s, rc);
}

static int
merge(struct merge *m)
{
	struct store *s = m->st->store;
	MDB_cursor *cursor;
	int rc, err;

	if (m->e->set == 0)
		m->e->set = s->totals.next_set++;
	rc = mdb_cursor_open(s->txn, s->tables.changes, &cursor);
	if (rc != 0)
		return store_fail(s, rc);
	err = merge_rows(m, cursor);
	/* A cursor of a write transaction ends with it. */
	if (err == 0)
		mdb_cursor_close(cursor);
	return err;
}

/* A whole set takes its place by its number. */
static int
replace(struct stage *st, struct entry *e, bool *changed)
{
	struct store *s = st->store;
	struct row_key key;
	uint64_t old = e->set;
	int rc;

	*changed = st->same != st->rows || e->record.objects != st->rows;
	row_key(s->crypto, st->set, span_of(NULL, 0), &key);
	rc = store_remove(s, s->tables.stages, row_key_span(&key));
	if (rc != 0)
		return store_fail(s, rc);
	e->set = st->set;
	e->sum = st->sum;
	e->record.objects = st->rows;
	e->record.bytes = st->bytes;
	return store_release(s, old);
}

/* The record as the caller has it, the set as it is. */
static void
take_record(struct entry *e, const struct repo_record *r)
{
	uint64_t objects = e->record.objects, bytes = e->record.bytes;

	e->record = *r;
	e->record.objects = objects;
	e->record.bytes = bytes;
}

static int
work_in(struct stage *st, struct entry *e, bool *changed)
{
	struct merge m = {.st = st, .e = e};
	int err;

	/* Only when the live set was forgotten meanwhile. */
	if (e->set != st->live)
		return store_abort(st->store, ERR_NOTFOUND);
	err = st->kind == STAGE_WHOLE ? replace(st, e, changed) : merge(&m);
	if (st->kind == STAGE_CHANGES)
		*changed = m.changed;
	*changed = *changed || st->healed;
	return err;
}

static int
commit_in(struct stage *st, const struct repo_record *r, struct stage_end *end,
	struct arena *arena)
{
	struct store *s = st->store;
	struct entry e;
	bool changed = false;
	uint64_t released;
	int err = store_txn(s);

	if (err != 0)
		return err;
	released = mdb_txn_id(s->txn);
	err = store_entry(s, s->txn, st->key, arena, &e);
	if (err == ERR_NOTFOUND) {
		e = (struct entry){.set = 0};
		err = 0;
	}
	if (err != 0)
		return err;
	err = work_in(st, &e, &changed);
	if (err != 0)
		return err;
	take_record(&e, r);
	err = store_put_entry(s, st->key, &e);
	if (err == 0)
		err = store_flush(s);
	if (err != 0)
		return err;
	if (changed)
		collect_want(s, released);
	*end = (struct stage_end){
		.changed = changed,
		.objects = e.record.objects,
		.bytes = e.record.bytes,
	};
	return 0;
}

int
stage_commit(
	struct stage *st, const struct repo_record *r, struct stage_end *end)
{
	struct arena *arena = arena_new(8192);
	int err = st->err;

	if (err == 0 && arena == NULL)
		err = ERR_NOMEM;
	if (err == 0 && (r->kind != st->repo || strcmp(r->uri, st->uri) != 0))
		err = ERR_USAGE;
	if (err == 0 && !entry_fits(r))
		err = ERR_LIMIT;
	if (err == 0)
		err = commit_in(st, r, end, arena);
	arena_free(arena);
	stage_drop(st);
	return err;
}
