/*
 * tables_walk: whether a store holds together.
 *
 *	repos ---> sets by id: count, octets, sum ---.
 *	stages --> ids of dead sets                  +--> equal, or damaged
 *	sets ----> rows by id: count, octets, sum ---'
 *	objects -> numbers: count, sum ---> equal to those of octets
 *
 * Sums catch a bit that flipped in a row of a live set, or a row that is gone.
 * Octets of objects are not read: whoever uses them compares their hash.
 */
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/store/entry.h"
#include "validator/store/env.h"
#include "validator/store/row.h"
#include "validator/store/tables.h"
#include "waymark/err.h"

struct tally {
	uint64_t id;
	bool is_live;
	uint64_t objects, bytes,
		sum; /* that it should have, less what it has */
};

struct walk {
	struct crypto *crypto;
	struct arena *arena;
	struct totals totals;
	VEC(struct tally) sets; /* ascending by id, once all are known */
	struct tally *at; /* where the rows are */
	uint64_t object_bytes;
	uint64_t objects, numbers; /* by hash, less those by number */
};

static int
take_repo(void *to, struct span key, struct span value)
{
	struct walk *w = to;
	uint8_t want[SHA256_SIZE];
	struct entry e;
	int err;

	arena_reset(w->arena);
	err = entry_read(w->crypto, value, w->arena, &e);
	if (err != 0)
		return err == ERR_SYNTAX ? ERR_CHECKSUM : err;
	if (entry_key(w->crypto, e.record.kind, e.record.uri, want) != 0 ||
		!span_equal(key, span_of(want, sizeof(want))))
		return ERR_CHECKSUM;
	if (e.set == 0)
		return e.record.objects == 0 ? 0 : ERR_CHECKSUM;
	return VEC_PUSH(&w->sets,
		       ((struct tally){.id = e.set,
			       .is_live = true,
			       .objects = e.record.objects,
			       .bytes = e.record.bytes,
			       .sum = e.sum}))
		? 0
		: ERR_NOMEM;
}

static int
take_stage(void *to, struct span key, struct span value)
{
	struct walk *w = to;

	(void)value;
	if (key.n != ROW_ID)
		return ERR_CHECKSUM;
	return VEC_PUSH(&w->sets, ((struct tally){.id = row_key_set(key)}))
		? 0
		: ERR_NOMEM;
}

static int
by_id(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
sort_sets(struct walk *w)
{
	if (w->sets.n > 0)
		qsort(w->sets.at, w->sets.n, sizeof(*w->sets.at), by_id);
	for (size_t i = 0; i < w->sets.n; i++)
		if (w->sets.at[i].id == 0 ||
			w->sets.at[i].id >= w->totals.next_set ||
			(i > 0 && w->sets.at[i].id == w->sets.at[i - 1].id))
			return ERR_CHECKSUM;
	return 0;
}

/* The set of a row; rows come in the order of their sets. */
static struct tally *
find_set(struct walk *w, struct span key)
{
	struct tally want = {.id = row_key_set(key)};

	if (w->at == NULL || w->at->id != want.id)
		w->at = w->sets.n == 0 ? NULL
				       : bsearch(&want, w->sets.at, w->sets.n,
						 sizeof(want), by_id);
	return w->at;
}

static int
take_row(void *to, struct span key, struct span value)
{
	struct walk *w = to;
	struct tally *t = find_set(w, key);
	struct row row;

	if (t == NULL || row_read(key, value, &row) != 0)
		return ERR_CHECKSUM;
	t->objects--;
	t->bytes -= row.size;
	t->sum -= row_sum(&row);
	return 0;
}

static int
take_change(void *to, struct span key, struct span value)
{
	struct walk *w = to;
	struct tally *t = find_set(w, key);
	struct row_change change;

	return t != NULL && !t->is_live &&
			row_change_read(key, value, &change) == 0
		? 0
		: ERR_CHECKSUM;
}

static int
take_object(void *to, struct span key, struct span value)
{
	struct walk *w = to;
	struct reader r = reader_of(value);
	uint64_t number;

	if (key.n != SHA256_SIZE || !reader_be64(&r, &number) ||
		reader_left(&r) != 0)
		return ERR_CHECKSUM;
	w->objects++;
	w->numbers += number;
	return 0;
}

static int
take_octets(void *to, struct span key, struct span value)
{
	struct walk *w = to;
	struct reader r = reader_of(key);
	uint64_t number;

	if (!reader_be64(&r, &number) || reader_left(&r) != 0 ||
		number >= w->totals.next_object || value.n > BOUND_OBJECT_MAX)
		return ERR_CHECKSUM;
	w->objects--;
	w->numbers -= number;
	w->object_bytes += value.n;
	return 0;
}

static int
compare(const struct walk *w)
{
	if (w->object_bytes != w->totals.object_bytes || w->objects != 0 ||
		w->numbers != 0)
		return ERR_CHECKSUM;
	for (size_t i = 0; i < w->sets.n; i++) {
		const struct tally *t = &w->sets.at[i];

		if (t->is_live &&
			(t->objects != 0 || t->bytes != 0 || t->sum != 0))
			return ERR_CHECKSUM;
	}
	return 0;
}

static int
walk_tables(MDB_txn *txn, struct check_map *map, struct walk *w)
{
	struct tables t;
	int err = tables_open(txn, false, &t);

	if (err == 0)
		err = tables_totals(txn, &t, &w->totals);
	if (err == 0)
		err = check_table(txn, t.repos, map, take_repo, w);
	if (err == 0)
		err = check_table(txn, t.stages, map, take_stage, w);
	if (err == 0)
		err = sort_sets(w);
	if (err == 0)
		err = check_table(txn, t.sets, map, take_row, w);
	w->at = NULL;
	if (err == 0)
		err = check_table(txn, t.changes, map, take_change, w);
	if (err == 0)
		err = check_table(txn, t.objects, map, take_object, w);
	if (err == 0)
		err = check_table(txn, t.octets, map, take_octets, w);
	return err == 0 ? compare(w) : err;
}

/* A file whose first transaction never came to its end. */
static bool
is_begun(MDB_txn *txn)
{
	MDB_envinfo info;

	(void)mdb_env_info(mdb_txn_env(txn), &info);
	return info.me_last_txnid == 0;
}

int
tables_walk(MDB_txn *txn, struct check_map *map)
{
	struct walk w = {.crypto = crypto_new(), .arena = arena_new(65536)};
	int err = ERR_NOMEM;

	if (is_begun(txn))
		err = 0;
	else if (w.crypto != NULL && w.arena != NULL)
		err = walk_tables(txn, map, &w);
	VEC_FREE(&w.sets);
	arena_free(w.arena);
	crypto_free(w.crypto);
	return err;
}
