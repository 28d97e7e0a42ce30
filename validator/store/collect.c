/*
 * collect: objects that nobody names go.
 *
 *	mark     every row of `changes`, then of `sets`, dead or alive; then the
 *	         pins: their hashes are kept
 *	sweep    every object: what is not kept is removed
 *
 * in slices, while stages come and go.  Whatever a row gets, or loses, while a
 * collection goes on is kept too, and dead sets stay until it is over: so all
 * that was named at any moment of it survives.
 *
 * A run pins what it read; what it read may have been replaced meanwhile.  So a
 * collection begins only when nobody reads a state any more in which something
 * was named that is not named now; a run writes its pins before its views end.
 * A run that begins later sees only what is marked.
 */
#include <string.h>

#include "validator/store/inner.h"
#include "validator/store/pins.h"
#include "waymark/err.h"

enum {
	GAP_MS = 300000, /* between two, when there is space */
	ERROR_MS = 60000,
	MARK_ROWS = 10000, /* a slice: some 3 ms */
	SWEEP_KEYS = 10000,
	SWEEP_REMOVED = 500,
	REMOVED_COST = 256, /* octets written to remove one */
};

void
collect_keep(struct store *s, const uint8_t hash[SHA256_SIZE])
{
	if (s->collect.step == COLLECT_REST)
		return;
	/* What cannot be kept in mind must not be at risk. */
	if (!prefixes_add(&s->collect.kept, hash))
		collect_end(s);
}

void
collect_want(struct store *s, uint64_t released)
{
	s->collect.is_due = true;
	if (released > s->collect.released)
		s->collect.released = released;
}

void
collect_end(struct store *s)
{
	struct collect *c = &s->collect;

	prefixes_free(&c->kept);
	c->step = COLLECT_REST;
	c->from_n = 0;
	c->not_before = (struct mono){mono_now().ms + GAP_MS};
}

struct pinned {
	struct prefixes *to;
	bool failed;
};

static bool
keep_pin(void *to, const uint8_t hash[SHA256_SIZE])
{
	struct pinned *p = to;

	p->failed = !prefixes_add(p->to, hash);
	return !p->failed;
}

int
collect_pins(struct store *s, struct prefixes *to)
{
	struct pinned p = {.to = to};
	struct pins_view *view;
	struct pins *pins;
	int err = pins_open(s->folder, false, s->log, &pins);

	if (err != 0)
		return err == ERR_NOTFOUND ? 0 : err;
	err = pins_begin(pins, &view, 1);
	if (err == 0) {
		err = pins_each(view, keep_pin, &p);
		pins_end(view);
	}
	pins_close(pins);
	return err == 0 && p.failed ? ERR_NOMEM : err;
}

/* Go on with the rows of the table at hand. */
static bool
keep_row(struct store *s, const MDB_val *key, const MDB_val *value)
{
	struct row_change change;
	struct span k = env_span(key), v = env_span(value);
	int err;

	if (s->collect.step == COLLECT_CHANGES)
		err = row_change_read(k, v, &change);
	else
		err = row_read(k, v, &change.row);
	return err == 0 && prefixes_add(&s->collect.kept, change.row.hash);
}

static void
remember(struct collect *c, const MDB_val *key)
{
	c->from_n =
		key->mv_size < sizeof(c->from) ? key->mv_size : sizeof(c->from);
	memcpy(c->from, key->mv_data, c->from_n);
}

/* A cursor at the first row behind the last slice.  0 or what LMDB answered,
 * MDB_NOTFOUND at the end of the table. */
static int
resume(struct store *s, MDB_dbi dbi, MDB_cursor **cursor, MDB_val *key,
	MDB_val *value)
{
	struct collect *c = &s->collect;
	int rc = mdb_cursor_open(s->txn, dbi, cursor);

	if (rc != 0) {
		*cursor = NULL;
		return rc;
	}
	*key = env_val(span_of(c->from, c->from_n));
	return mdb_cursor_get(*cursor, key, value,
		c->from_n == 0 ? MDB_FIRST : MDB_SET_RANGE);
}

/* A slice of marking.  1: there is more; 0: the table is through; or an error.
 */
static int
mark(struct store *s, MDB_dbi dbi)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = resume(s, dbi, &cursor, &key, &value);

	for (int i = 0; rc == 0 && i < MARK_ROWS; i++) {
		if (!keep_row(s, &key, &value)) {
			mdb_cursor_close(cursor);
			return ERR_NOMEM;
		}
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	if (rc == 0)
		remember(&s->collect, &key);
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND) {
		s->collect.from_n = 0;
		return 0;
	}
	return rc == 0 ? 1 : env_error(rc);
}

int
store_remove_object(struct store *s, const uint8_t hash[SHA256_SIZE])
{
	struct objects o = {s->txn, &s->tables, &s->totals};
	size_t size;
	int rc = objects_remove(&o, hash, &size);

	if (rc == 0) {
		s->collect.bytes += size;
		s->collect.objects++;
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* The next ones that nobody names, at most SWEEP_REMOVED.  0 when the table is
 * through, 1 when not, or an error. */
static int
find_unnamed(struct store *s, uint8_t (*out)[SHA256_SIZE], size_t *count)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = resume(s, s->tables.objects, &cursor, &key, &value);

	*count = 0;
	for (int i = 0; rc == 0 && i < SWEEP_KEYS && *count < SWEEP_REMOVED;
		i++) {
		if (key.mv_size == SHA256_SIZE &&
			!prefixes_has(&s->collect.kept, key.mv_data))
			memcpy(out[(*count)++], key.mv_data, SHA256_SIZE);
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	if (rc == 0)
		remember(&s->collect, &key);
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND)
		return 0;
	return rc == 0 ? 1 : env_error(rc);
}

static int
sweep(struct store *s)
{
	uint8_t unnamed[SWEEP_REMOVED][SHA256_SIZE];
	size_t count;
	int more = find_unnamed(s, unnamed, &count), err, rc;

	if (more < 0)
		return more;
	for (size_t i = 0; i < count; i++) {
		rc = store_remove_object(s, unnamed[i]);
		if (rc != 0)
			return store_fail(s, rc);
	}
	s->has_removed = s->has_removed || count > 0;
	err = store_wrote(s, count * REMOVED_COST);
	return err == 0 ? more : err;
}

static void
finish(struct store *s)
{
	struct collect *c = &s->collect;

	if (c->objects > 0)
		log_event(s->log, LOG_LEVEL_INFO, "store-collected",
			"objects=%llu octets=%llu",
			(unsigned long long)c->objects,
			(unsigned long long)c->bytes);
	collect_end(s);
}

/* One slice of one step; an error ends the collection. */
static int
step(struct store *s)
{
	struct collect *c = &s->collect;
	int more = 0;

	switch (c->step) {
	case COLLECT_REST:
		break;
	case COLLECT_CHANGES:
		more = mark(s, s->tables.changes);
		if (more == 0)
			c->step = COLLECT_SETS;
		break;
	case COLLECT_SETS:
		more = mark(s, s->tables.sets);
		if (more == 0)
			more = collect_pins(s, &c->kept);
		if (more == 0)
			c->step = COLLECT_SWEEP;
		break;
	case COLLECT_SWEEP:
		more = sweep(s);
		if (more == 0)
			finish(s);
		break;
	}
	return more < 0 ? more : 0;
}

/* Whether one can begin now. */
static bool
may_begin(struct store *s)
{
	struct collect *c = &s->collect;

	if (!c->is_due || mono_since(mono_now(), c->error_until) > 0)
		return false;
	if (!store_is_full(s) && mono_since(mono_now(), c->not_before) > 0)
		return false;
	return store_txn(s) == 0 && env_oldest_reader(s->env) >= c->released;
}

bool
collect_slice(struct store *s)
{
	struct collect *c = &s->collect;
	int err;

	if (c->step == COLLECT_REST) {
		if (!may_begin(s))
			return false;
		c->is_due = false;
		c->objects = 0;
		c->bytes = 0;
		c->step = COLLECT_CHANGES;
	}
	err = store_txn(s);
	if (err == 0)
		err = step(s);
	if (err == 0)
		return true;
	log_event(s->log, LOG_LEVEL_WARN, "store-collect", "reason=%s",
		err_name(err));
	collect_end(s);
	c->is_due = true;
	c->error_until = (struct mono){mono_now().ms + ERROR_MS};
	return false;
}
