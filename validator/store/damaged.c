/*
 * damaged: objects that the disk has altered.
 *
 *	hash --> octets that do not match, or none --> removed
 *	     --> rows with this hash --> their repositories begin anew
 *
 * Whoever names a hash that turns out well is left alone: what a run has seen
 * may have been mended since.
 */
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/store/inner.h"
#include "waymark/err.h"

struct repair {
	struct store *s;
	struct arena *arena;
	struct prefixes lost;
	VEC(uint64_t) sets; /* that name one of them */
};

/* Whether the octets of an object are what they should be. */
static int
is_sound(struct store *s, const uint8_t hash[SHA256_SIZE], bool *out)
{
	uint8_t is[SHA256_SIZE];
	struct span octets;
	int rc = objects_get(s->txn, &s->tables, hash, &octets);

	*out = false;
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : env_error(rc);
	crypto_sha256(s->crypto, octets, is);
	*out = memcmp(is, hash, SHA256_SIZE) == 0;
	return 0;
}

static int
remove_lost(struct repair *r, const uint8_t (*hashes)[SHA256_SIZE], size_t n)
{
	struct store *s = r->s;
	int err = 0, rc;
	bool sound;

	for (size_t i = 0; i < n && err == 0; i++) {
		err = is_sound(s, hashes[i], &sound);
		if (err != 0 || sound)
			continue;
		if (!prefixes_add(&r->lost, hashes[i]))
			return ERR_NOMEM;
		rc = store_remove_object(s, hashes[i]);
		if (rc != 0)
			return store_fail(s, rc);
	}
	return err;
}

/* The hash of a row of either table. */
static bool
row_is_lost(
	const struct repair *r, MDB_dbi dbi, struct span key, struct span value)
{
	struct row_change c;
	int err = dbi == r->s->tables.changes ? row_change_read(key, value, &c)
					      : row_read(key, value, &c.row);

	return err == 0 && prefixes_has(&r->lost, c.row.hash);
}

static int
find_sets(struct repair *r, MDB_dbi dbi)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = mdb_cursor_open(r->s->txn, dbi, &cursor), err = 0;

	if (rc != 0)
		return env_error(rc);
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		uint64_t set = row_key_set(env_span(&key));

		if (!row_is_lost(r, dbi, env_span(&key), env_span(&value)))
			continue;
		/* Rows come set by set. */
		if (r->sets.n == 0 || r->sets.at[r->sets.n - 1] != set)
			err = VEC_PUSH(&r->sets, set) ? 0 : ERR_NOMEM;
	}
	mdb_cursor_close(cursor);
	if (err == 0 && rc != MDB_NOTFOUND)
		err = env_error(rc);
	return err;
}

static bool
names_lost(const struct repair *r, uint64_t set)
{
	for (size_t i = 0; i < r->sets.n; i++)
		if (r->sets.at[i] == set)
			return true;
	return false;
}

static int
restart(struct repair *r, const uint8_t key[SHA256_SIZE], struct entry *e)
{
	if (e->set == 0 || !names_lost(r, e->set))
		return 0;
	log_event(r->s->log, LOG_LEVEL_WARN, "store-lost",
		"kind=%s uri=%s reason=\"an object does not match its hash\"",
		repo_kind_name(e->record.kind), e->record.uri);
	entry_clear(e);
	return store_put_entry(r->s, key, e);
}

/* The table changes while it is walked: so by keys, not by a cursor. */
static int
restart_all(struct repair *r)
{
	struct store *s = r->s;
	uint8_t from[SHA256_SIZE + 1] = {0};
	struct span key, value;
	size_t n = SHA256_SIZE;
	struct entry e;
	int err = 0, rc;

	while (err == 0) {
		rc = tables_next(s->txn, s->tables.repos, span_of(from, n),
			&key, &value);
		if (rc != 0)
			return rc == MDB_NOTFOUND ? 0 : env_error(rc);
		if (key.n != SHA256_SIZE)
			return ERR_CHECKSUM;
		memcpy(from, key.p, SHA256_SIZE);
		n = sizeof(from); /* just behind it */
		arena_reset(r->arena);
		err = entry_read(s->crypto, value, r->arena, &e);
		if (err == 0)
			err = restart(r, from, &e);
		else if (err == ERR_SYNTAX)
			err = 0;
	}
	return err;
}

/* Stages that count on what is lost end with it: they would put a session
 * beside a set that is not whole. */
static void
break_stages(struct repair *r)
{
	for (struct stage *st = r->s->stages; st != NULL; st = st->next)
		if (st->err == 0 &&
			(names_lost(r, st->set) ||
				(st->kind == STAGE_CHANGES &&
					names_lost(r, st->live))))
			st->err = ERR_CHECKSUM;
}

static int
repair(struct repair *r, const uint8_t (*hashes)[SHA256_SIZE], size_t n)
{
	int err = store_txn(r->s);

	if (err == 0)
		err = remove_lost(r, hashes, n);
	if (err != 0 || r->lost.count == 0)
		return err;
	err = find_sets(r, r->s->tables.sets);
	if (err == 0)
		err = find_sets(r, r->s->tables.changes);
	if (err == 0)
		err = restart_all(r);
	if (err != 0)
		return r->s->txn != NULL ? store_abort(r->s, err) : err;
	break_stages(r);
	return store_flush(r->s);
}

int
store_damaged(struct store *s, const uint8_t (*hashes)[32], size_t count)
{
	struct repair r = {.s = s, .arena = arena_new(65536)};
	int err = r.arena == NULL ? ERR_NOMEM : repair(&r, hashes, count);

	VEC_FREE(&r.sets);
	prefixes_free(&r.lost);
	arena_free(r.arena);
	return err;
}
