/*
 * stage: a repository's next set in the making.
 *
 *	STAGE_WHOLE    rows of a new set in `sets`
 *	               commit: the record names the new set; the old one dies
 *	STAGE_CHANGES  rows of what became of each URI in `changes`
 *	               commit: they are worked into the live set; they die
 *
 * Either way a commit is one transaction, together with the record.  A set is
 * the same as before when each of its rows stands in the live set and there are
 * as many: so rows are compared as they come.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/store/inner.h"
#include "waymark/err.h"

enum {
	ROW_COST = 160, /* octets that a row takes, with all around it */
	PAGE = 4096,
	INLINE = 1900, /* octets of an object beyond which it has pages of its
			  own */
};

/* Octets that an object takes in the file. */
static size_t
object_cost(size_t n)
{
	return n < INLINE ? n + ROW_COST : (n + PAGE) / PAGE * PAGE + ROW_COST;
}

static void
link_stage(struct store *s, struct stage *st)
{
	st->next = s->stages;
	s->stages = st;
}

static void
unlink_stage(struct stage *st)
{
	struct stage **at = &st->store->stages;

	while (*at != st)
		at = &(*at)->next;
	*at = st->next;
	free(st->uri);
	free(st);
}

/* The live set of a repository, 0 where there is none. */
static int
find_live(struct store *s, const uint8_t key[SHA256_SIZE], struct entry *out,
	struct arena *arena)
{
	int err = store_entry(s, s->txn, key, arena, out);

	if (err == ERR_NOTFOUND) {
		*out = (struct entry){.set = 0};
		err = 0;
	}
	return err;
}

static int
number_stage(struct store *s, struct stage *st)
{
	struct arena *arena = arena_new(8192);
	struct entry e;
	int err = arena == NULL ? ERR_NOMEM : store_txn(s);

	if (err == 0)
		err = find_live(s, st->key, &e, arena);
	arena_free(arena);
	if (err != 0)
		return err;
	st->live = e.set;
	st->set = s->totals.next_set++;
	st->batch = s->batch;
	/* Until it is committed it is one of those that may die. */
	return store_release(s, st->set);
}

int
stage_begin(void *ctx, enum repo_kind kind, const char *uri,
	enum stage_kind stage, struct stage **out)
{
	struct store *s = ctx;
	struct stage *st;
	uint8_t key[SHA256_SIZE];
	int err = entry_key(s->crypto, kind, uri, key);

	if (err == 0)
		err = store_txn(s);
	if (err == 0)
		err = env_used(s->env, &s->used);
	if (err == 0 && store_is_full(s))
		err = ERR_SPACE;
	if (err == 0 && store_stage_of(s, key) != NULL)
		err = ERR_BUSY;
	if (err != 0)
		return err;
	st = calloc(1, sizeof(*st));
	if (st == NULL || (st->uri = strdup(uri)) == NULL) {
		free(st);
		return ERR_NOMEM;
	}
	st->store = s;
	st->repo = kind;
	st->kind = stage;
	st->delta = 1; /* 0: touched by none */
	memcpy(st->key, key, sizeof(key));
	link_stage(s, st);
	err = number_stage(s, st);
	if (err != 0) {
		unlink_stage(st);
		return err;
	}
	*out = st;
	return 0;
}

/* The row that the live set has for a URI.  0, ERR_NOTFOUND, or the error. */
static int
find_row(struct stage *st, struct span uri, struct row *out)
{
	struct store *s = st->store;
	struct row_key key;
	struct span value;
	int err, rc;

	if (st->live == 0)
		return ERR_NOTFOUND;
	row_key(s->crypto, st->live, uri, &key);
	rc = tables_get(s->txn, s->tables.sets, row_key_span(&key), &value);
	if (rc != 0)
		return env_error(rc);
	err = row_read(row_key_span(&key), value, out);
	if (err != 0)
		return ERR_CHECKSUM;
	out->uri = uri;
	return 0;
}

/* Put the octets of an object where they are not there.  0 or the error. */
static int
put_object(struct stage *st, const uint8_t hash[SHA256_SIZE], struct span bytes,
	bool *is_new)
{
	struct store *s = st->store;
	struct objects o = {s->txn, &s->tables, &s->totals};
	int rc = objects_put(&o, hash, bytes, is_new);

	collect_keep(s, hash);
	return rc == 0 ? 0 : store_fail(s, rc);
}

/* Where a URI of a stage of changes stands now.  0 with `*out`, whose row is
 * withdrawn where nothing stands; or the error.  `delta` is 0 where no delta
 * has touched it yet. */
static int
find_change(struct stage *st, struct span uri, struct row_change *out)
{
	struct store *s = st->store;
	struct row_key key;
	struct span value;
	int err, rc;

	row_key(s->crypto, st->set, uri, &key);
	rc = tables_get(s->txn, s->tables.changes, row_key_span(&key), &value);
	if (rc == 0) {
		err = row_change_read(row_key_span(&key), value, out);
		out->row.uri = uri;
		return err == 0 ? 0 : ERR_CHECKSUM;
	}
	if (rc != MDB_NOTFOUND)
		return env_error(rc);
	*out = (struct row_change){.delta = 0};
	err = find_row(st, uri, &out->row);
	out->row.uri = uri;
	out->withdrawn = err == ERR_NOTFOUND;
	return err == ERR_NOTFOUND ? 0 : err;
}

static int
put_change(struct stage *st, const struct row_change *c)
{
	struct store *s = st->store;
	uint8_t value[ROW_VALUE];
	struct row_key key;
	int rc;

	row_key(s->crypto, st->set, c->row.uri, &key);
	rc = store_put(s, s->tables.changes, row_key_span(&key),
		span_of(value, row_change_write(c, value)));
	return rc == 0 ? 0 : store_fail(s, rc);
}

static int
stage_change(struct stage *st, const struct row *row, const uint8_t *old_hash)
{
	struct row_change c;
	int err = find_change(st, row->uri, &c);

	if (err != 0)
		return err;
	if (c.delta == st->delta)
		return ERR_EXISTS;
	if (c.withdrawn != (old_hash == NULL) ||
		(old_hash != NULL &&
			memcmp(old_hash, c.row.hash, SHA256_SIZE) != 0))
		return ERR_CHECKSUM;
	c = (struct row_change){.row = *row, .delta = st->delta};
	return put_change(st, &c);
}

static int
stage_row(struct stage *st, const struct row *row, bool *is_same)
{
	struct store *s = st->store;
	uint8_t octets[ROW_VALUE];
	struct row_key key;
	struct row old;
	MDB_val k, v;
	int err, rc;

	row_key(s->crypto, st->set, row->uri, &key);
	k = env_val(row_key_span(&key));
	v = env_val(span_of(octets, row_write(row, octets)));
	rc = mdb_put(s->txn, s->tables.sets, &k, &v, MDB_NOOVERWRITE);
	if (rc == MDB_KEYEXIST)
		return ERR_EXISTS;
	if (rc != 0)
		return store_fail(s, rc);
	st->rows++;
	st->bytes += row->size;
	st->sum += row_sum(row);
	err = find_row(st, row->uri, &old);
	*is_same = err == 0 && memcmp(old.hash, row->hash, SHA256_SIZE) == 0;
	st->same += *is_same;
	return err == ERR_NOTFOUND ? 0 : err;
}

static int
put_item(struct stage *st, const struct stage_item *item)
{
	struct store *s = st->store;
	struct row row = {.uri = item->uri, .mtime = item->mtime};
	bool is_new, is_same = false;
	int err;

	if (item->uri.n > BOUND_URI || item->bytes.n > BOUND_OBJECT_MAX)
		return ERR_LIMIT;
	if (s->used + s->octets + object_cost(item->bytes.n) > s->budget)
		return ERR_SPACE;
	err = store_txn(s);
	if (err != 0)
		return err;
	st->batch = s->batch;
	crypto_sha256(s->crypto, item->bytes, row.hash);
	row.size = (uint32_t)item->bytes.n;
	err = st->kind == STAGE_WHOLE ? stage_row(st, &row, &is_same)
				      : stage_change(st, &row, item->old_hash);
	if (err == 0)
		err = put_object(st, row.hash, item->bytes, &is_new);
	if (err != 0)
		return err;
	st->healed = st->healed || (is_same && is_new);
	return store_wrote(
		s, ROW_COST + (is_new ? object_cost(item->bytes.n) : 0));
}

int
stage_put(struct stage *st, const struct stage_item *item)
{
	if (st->err == 0)
		st->err = put_item(st, item);
	return st->err;
}

static int
take_item(struct stage *st, struct span uri, const uint8_t *old_hash)
{
	struct row_change c;
	int err = st->kind == STAGE_CHANGES ? 0 : ERR_USAGE;

	if (err == 0 && uri.n > BOUND_URI)
		err = ERR_NOTFOUND;
	if (err == 0)
		err = store_txn(st->store);
	if (err != 0)
		return err;
	st->batch = st->store->batch;
	err = find_change(st, uri, &c);
	if (err != 0)
		return err;
	if (c.delta == st->delta)
		return ERR_EXISTS;
	if (c.withdrawn)
		return ERR_NOTFOUND;
	if (memcmp(old_hash, c.row.hash, SHA256_SIZE) != 0)
		return ERR_CHECKSUM;
	c.withdrawn = true;
	c.delta = st->delta;
	err = put_change(st, &c);
	return err == 0 ? store_wrote(st->store, ROW_COST) : err;
}

int
stage_take(
	struct stage *st, struct span uri, const uint8_t old_hash[SHA256_SIZE])
{
	if (st->err == 0)
		st->err = take_item(st, uri, old_hash);
	return st->err;
}

void
stage_next(struct stage *st)
{
	st->delta++;
}

void
stage_drop(struct stage *st)
{
	if (st == NULL)
		return;
	st->store->has_dead = true;
	/* No reader has seen what it brought. */
	collect_want(st->store, 0);
	unlink_stage(st);
}
