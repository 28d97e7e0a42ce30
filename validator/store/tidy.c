/*
 * tidy: the work that waits: what is dead, what nobody names, what does not
 * fit.
 *
 *	collection under way > dead sets > collection due > eviction
 *
 * A collection goes first once it has begun, as it counts on dead sets to stay.
 */
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/store/inner.h"
#include "waymark/err.h"

enum {
	DEAD_ROWS = 2000, /* removed in a slice: some 3 ms */
	DEAD_COST = 128, /* octets written to remove one */
	ERROR_MS = 10000, /* an error rests */
};

/* Remove rows of a set from a table, at most `*left`.  0 or what LMDB answered.
 */
static int
remove_rows(struct store *s, MDB_dbi dbi, uint64_t set, int *left)
{
	struct span key, value;
	struct row_key from;
	int rc = 0;

	row_key(s->crypto, set, span_of(NULL, 0), &from);
	while (*left > 0) {
		uint8_t copy[ROW_KEY];
		size_t n;

		rc = tables_next(
			s->txn, dbi, row_key_span(&from), &key, &value);
		if (rc != 0 || row_key_set(key) != set)
			break;
		n = key.n < sizeof(copy) ? key.n : sizeof(copy);
		memcpy(copy, key.p, n);
		rc = store_remove(s, dbi, span_of(copy, n));
		if (rc != 0)
			return rc;
		--*left;
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* The first set that is dead.  0, MDB_NOTFOUND, or what LMDB answered. */
static int
find_dead(struct store *s, uint64_t *out)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = mdb_cursor_open(s->txn, s->tables.stages, &cursor);

	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		*out = row_key_set(env_span(&key));
		if (store_stage_by_set(s, *out) == NULL)
			break;
	}
	mdb_cursor_close(cursor);
	return rc;
}

static int
bury(struct store *s, uint64_t set)
{
	struct row_key key;
	int left = DEAD_ROWS, rc;

	rc = remove_rows(s, s->tables.sets, set, &left);
	if (rc == 0)
		rc = remove_rows(s, s->tables.changes, set, &left);
	if (rc == 0 && left > 0) {
		row_key(s->crypto, set, span_of(NULL, 0), &key);
		rc = store_remove(s, s->tables.stages, row_key_span(&key));
	}
	if (rc != 0)
		return store_fail(s, rc);
	s->has_removed = true;
	return store_wrote(s, (size_t)(DEAD_ROWS - left) * DEAD_COST);
}

/* 1: there may be more; 0: there is none; or an error. */
static int
dead_slice(struct store *s)
{
	uint64_t set;
	int err = store_txn(s), rc;

	if (err != 0)
		return err;
	rc = find_dead(s, &set);
	if (rc == MDB_NOTFOUND) {
		s->has_dead = false;
		return 0;
	}
	if (rc != 0)
		return store_fail(s, rc);
	err = bury(s, set);
	return err == 0 ? 1 : err;
}

static bool
rest(struct store *s, int err)
{
	log_event(s->log, LOG_LEVEL_WARN, "store-tidy", "reason=%s",
		err_name(err));
	s->tidy_after = (struct mono){mono_now().ms + ERROR_MS};
	return false;
}

bool
store_tidy(struct store *s)
{
	int more = 0;

	if (mono_since(mono_now(), s->tidy_after) > 0)
		return false;
	if (s->collect.step != COLLECT_REST && collect_slice(s))
		return true;
	if (s->has_dead)
		more = dead_slice(s);
	if (more == 0 && collect_slice(s))
		return true;
	/* What was removed is free when it is committed. */
	if (more == 0 && s->has_removed &&
		(s->stages == NULL || store_is_full(s)))
		more = store_flush(s);
	if (more == 0)
		more = evict_one(s);
	return more < 0 ? rest(s, more) : more > 0;
}
