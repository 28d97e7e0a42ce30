/*
 * inner: what the files of the writing side share.
 *
 *	store.c    opening, the transaction
 *	depot.c    records, live sets
 *	stage.c    sets in the making
 *	commit.c   and how they become live
 *	tidy.c     what is dead, and whose turn it is
 *	collect.c  objects that nobody names
 *	evict.c    repositories that do not fit
 *	damaged.c  objects that the disk has altered
 *
 * There is one write transaction, begun when it is needed, in which the rows of
 * all stages stand side by side.  It ends when a stage commits, when a record
 * changes, or when it holds BOUND_STORE_BATCH octets.  When it fails, all that
 * was in it is gone: every stage with rows in it is broken, and can only be
 * dropped.
 */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include "validator/store/entry.h"
#include "validator/store/env.h"
#include "validator/store/objects.h"
#include "validator/store/prefixes.h"
#include "validator/store/row.h"
#include "validator/store/store.h"
#include "validator/store/tables.h"

struct stage {
	struct store *store;
	struct stage *next;
	enum repo_kind repo;
	char *uri;
	uint8_t key[SHA256_SIZE]; /* of the repository */
	enum stage_kind kind;
	uint64_t live; /* the set that it begins from; 0: none */
	uint64_t set; /* its rows */
	uint64_t batch; /* the last one that it wrote to */
	uint32_t delta;
	int err; /* the first one: it can only be dropped */
	uint64_t rows, bytes, sum; /* STAGE_WHOLE: what was put */
	uint64_t same; /* of these, as they are in the live set */
	bool healed; /* an object is back that was lost */
};

enum collect_step {
	COLLECT_REST,
	COLLECT_CHANGES, /* mark what rows name, in both tables */
	COLLECT_SETS,
	COLLECT_SWEEP,
};

/* See collect.c. */
struct collect {
	enum collect_step step;
	struct prefixes kept; /* while not at rest */
	uint8_t from[512]; /* where to go on in the table at hand */
	size_t from_n;
	bool is_due; /* something may be unnamed since the last one */
	struct mono not_before; /* unless the store is full */
	struct mono error_until; /* an error rests, in any case */
	uint64_t released; /* the last transaction that released objects */
	uint64_t objects, bytes; /* removed so far */
};

struct store {
	const struct log *log;
	char folder[ENV_PATH];
	char path[ENV_PATH];
	uint64_t budget, map;
	int lock;
	MDB_env *env;
	bool is_lost; /* it must be opened again */
	size_t attached; /* who reads by it in this process */
	struct tables tables;
	struct crypto *crypto;
	MDB_txn *txn; /* NULL: none is open */
	uint64_t batch; /* its number, or that of the next */
	size_t octets; /* written to it */
	size_t since; /* octets written since pages were let go of */
	bool has_removed; /* something in it, to make room */
	struct totals totals; /* as of it */
	uint64_t used; /* octets of the file, as of the last commit */
	struct stage *stages;
	bool has_dead; /* sets that are dead may wait */
	struct mono tidy_after; /* an error rests until then */
	struct mono evict_after; /* nothing to evict was found until then */
	struct collect collect;
	struct depot depot;
};

/* The write transaction, begun where there is none.  0 or the error. */
int store_txn(struct store *s);

/* End it: durably, with all that it holds, or not at all (then all stages in
 * it are broken).  0 without one; or the error. */
int store_flush(struct store *s);

/* The same after `octets` more were written, if it is time. */
int store_wrote(struct store *s, size_t octets);

/* A write has failed with what LMDB answered: end the transaction, and break
 * the stages in it.  Returns the error. */
int store_fail(struct store *s, int rc);

/* The same for an error of our own. */
int store_abort(struct store *s, int err);

/* Put or remove a row in the write transaction.  0 or what LMDB answered. */
int store_put(struct store *s, MDB_dbi dbi, struct span key, struct span value);
int store_remove(struct store *s, MDB_dbi dbi, struct span key);

/* Begin to read the latest committed state.  0 with `*out` for store_unread; or
 * the error. */
int store_read(struct store *s, MDB_txn **out);
void store_unread(struct store *s, MDB_txn *txn);

/* The entry of a repository in a transaction.  0; ERR_NOTFOUND, also for what
 * does not hold together; or the error. */
int store_entry(struct store *s, MDB_txn *txn, const uint8_t key[SHA256_SIZE],
	struct arena *arena, struct entry *out);

/* Put an entry in the write transaction.  0, or the error and no transaction.
 */
int store_put_entry(
	struct store *s, const uint8_t key[SHA256_SIZE], const struct entry *e);

/* A set is live no more, in the write transaction: it dies.  0, or the error
 * and no transaction. */
int store_release(struct store *s, uint64_t set);

/* Whether the budget is used up to BOUND_STORE_FULL_PERCENT. */
bool store_is_full(const struct store *s);

/* A stage of a repository, or the one that makes a set; NULL: none. */
struct stage *store_stage_of(struct store *s, const uint8_t key[SHA256_SIZE]);
struct stage *store_stage_by_set(struct store *s, uint64_t set);

/* The depot's calls, of stage.c; contracts in depot.h. */
int stage_begin(void *ctx, enum repo_kind kind, const char *uri,
	enum stage_kind stage, struct stage **out);
int stage_put(struct stage *st, const struct stage_item *item);
int stage_take(
	struct stage *st, struct span uri, const uint8_t old_hash[SHA256_SIZE]);
void stage_next(struct stage *st);
int stage_commit(
	struct stage *st, const struct repo_record *r, struct stage_end *end);
void stage_drop(struct stage *st);

/* The table of the depot's calls. */
extern const struct depot_ops store_ops;

/* A hash that a row has, or had, must not be collected by a collection that is
 * under way. */
void collect_keep(struct store *s, const uint8_t hash[SHA256_SIZE]);

/* Objects may be unnamed since the transaction of number `released`. */
void collect_want(struct store *s, uint64_t released);

/* A slice of a collection that is under way or due.  True: it did something and
 * wants to go on. */
bool collect_slice(struct store *s);

/* End a collection that is under way. */
void collect_end(struct store *s);

/* Add all that is pinned.  0, also where there are no pins; or an error, and
 * then nothing may be removed. */
int collect_pins(struct store *s, struct prefixes *to);

/* Evict a repository, when the budget is used up.  1: one is gone; 0; or an
 * error. */
int evict_one(struct store *s);

/* Remove an object in the write transaction.  0, also where there is none, or
 * what LMDB answered. */
int store_remove_object(struct store *s, const uint8_t hash[SHA256_SIZE]);

#endif
