/*
 * evict: when all that nobody names is gone and the budget is still used up.
 *
 *	those that nobody wants, the oldest success first;
 *	those whose last success is an hour old, the oldest first
 *
 * but none of which a good part is pinned: what is pinned stays, so that their
 * going would free nothing.  An evicted repository keeps its record without a
 * set and begins anew when it is fetched again.  The hour keeps two that do not
 * fit together from chasing one another out all the time; as nothing is fetched
 * while the store is full, all come of age.
 */
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/store/inner.h"
#include "waymark/err.h"

enum {
	AGE_S = 3600, /* of a success, or of not being wanted */
	AGAIN_MS = 60000, /* to look again when there was nothing */
};

struct candidate {
	uint8_t key[SHA256_SIZE];
	uint64_t set;
	bool is_wanted;
	int64_t success;
};

struct eviction {
	struct store *s;
	MDB_txn *txn; /* that reads */
	struct arena *arena;
	struct prefixes pins;
	VEC(struct candidate) found;
};

static int
by_turn(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->is_wanted != y->is_wanted)
		return x->is_wanted ? 1 : -1;
	return (x->success > y->success) - (x->success < y->success);
}

/* The time by which repositories are wanted: that of the last run. */
static int
take_newest(void *to, struct span key, const struct entry *e)
{
	int64_t *newest = to;

	(void)key;
	if (e->record.wanted.s > *newest)
		*newest = e->record.wanted.s;
	return 0;
}

static int
each_entry(struct eviction *v,
	int (*each)(void *to, struct span key, const struct entry *e), void *to)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	struct entry e;
	int rc = mdb_cursor_open(v->txn, v->s->tables.repos, &cursor), err = 0;

	if (rc != 0)
		return env_error(rc);
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		arena_reset(v->arena);
		if (entry_read(v->s->crypto, env_span(&value), v->arena, &e) ==
			0)
			err = each(to, env_span(&key), &e);
	}
	mdb_cursor_close(cursor);
	if (err == 0 && rc != MDB_NOTFOUND)
		err = env_error(rc);
	return err;
}

struct choice {
	struct eviction *v;
	int64_t newest, now;
};

static int
take_candidate(void *to, struct span key, const struct entry *e)
{
	struct choice *c = to;
	struct candidate found = {
		.set = e->set,
		.is_wanted = c->newest - e->record.wanted.s < AGE_S,
		.success = e->record.success.s,
	};

	if (e->set == 0 || e->record.objects == 0 || key.n != SHA256_SIZE)
		return 0;
	memcpy(found.key, key.p, SHA256_SIZE);
	if (store_stage_of(c->v->s, found.key) != NULL ||
		(found.is_wanted && c->now - found.success < AGE_S))
		return 0;
	return VEC_PUSH(&c->v->found, found) ? 0 : ERR_NOMEM;
}

/* Whether a quarter of a set's octets are not pinned. */
static bool
is_worth(struct eviction *v, uint64_t set)
{
	uint64_t all = 0, loose = 0;
	struct row_key from;
	MDB_cursor *cursor;
	MDB_val key, value;
	struct row row;
	int rc = mdb_cursor_open(v->txn, v->s->tables.sets, &cursor);

	if (rc != 0)
		return false;
	row_key(v->s->crypto, set, span_of(NULL, 0), &from);
	key = env_val(row_key_span(&from));
	rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (rc == 0 && row_key_set(env_span(&key)) == set) {
		if (row_read(env_span(&key), env_span(&value), &row) == 0) {
			all += row.size;
			if (!prefixes_has(&v->pins, row.hash))
				loose += row.size;
		}
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return loose > 0 && loose >= all / 4;
}

/* The one whose turn it is; NULL: none. */
static int
choose(struct eviction *v, const struct candidate **out)
{
	struct choice c = {.v = v, .now = wall_now().s};
	int err = collect_pins(v->s, &v->pins);

	*out = NULL;
	if (err == 0)
		err = each_entry(v, take_newest, &c.newest);
	if (err == 0)
		err = each_entry(v, take_candidate, &c);
	if (err != 0 || v->found.n == 0)
		return err;
	qsort(v->found.at, v->found.n, sizeof(*v->found.at), by_turn);
	for (size_t i = 0; i < v->found.n && *out == NULL; i++)
		if (is_worth(v, v->found.at[i].set))
			*out = &v->found.at[i];
	return 0;
}

static int
empty(struct eviction *v, const uint8_t key[SHA256_SIZE])
{
	struct store *s = v->s;
	uint64_t released;
	struct entry e;
	int err = store_txn(s);

	if (err != 0)
		return err;
	released = mdb_txn_id(s->txn);
	arena_reset(v->arena);
	err = store_entry(s, s->txn, key, v->arena, &e);
	if (err == 0)
		err = store_release(s, e.set);
	if (err != 0)
		return err;
	entry_clear(&e);
	e.set = 0;
	e.sum = 0;
	e.record.objects = 0;
	e.record.bytes = 0;
	err = store_put_entry(s, key, &e);
	if (err == 0)
		err = store_flush(s);
	if (err != 0)
		return err;
	collect_want(s, released);
	log_event(s->log, LOG_LEVEL_WARN, "store-evicted",
		"kind=%s uri=%s used=%llu budget=%llu",
		repo_kind_name(e.record.kind), e.record.uri,
		(unsigned long long)s->used, (unsigned long long)s->budget);
	return 0;
}

static int
evict(struct eviction *v)
{
	const struct candidate *c = NULL;
	int err = store_read(v->s, &v->txn);

	if (err != 0)
		return err;
	err = choose(v, &c);
	store_unread(v->s, v->txn);
	if (err != 0)
		return err;
	if (c == NULL) {
		v->s->evict_after = (struct mono){mono_now().ms + AGAIN_MS};
		return 0;
	}
	err = empty(v, c->key);
	return err == 0 ? 1 : err;
}

int
evict_one(struct store *s)
{
	struct eviction v = {.s = s};
	int err;

	/* First what nobody names: it may wait for somebody who reads. */
	if (!store_is_full(s) || s->collect.is_due || s->has_dead ||
		mono_since(mono_now(), s->evict_after) > 0)
		return 0;
	v.arena = arena_new(65536);
	err = v.arena == NULL ? ERR_NOMEM : evict(&v);
	VEC_FREE(&v.found);
	prefixes_free(&v.pins);
	arena_free(v.arena);
	return err;
}
