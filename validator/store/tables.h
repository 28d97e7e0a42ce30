/*
 * tables: what stands in objects.mdb.
 *
 *	meta     name -> number          version of the format, counters
 *	repos    see entry.h
 *	sets     see row.h               live sets, whole ones in the making,
 *	                                 and old ones on their way out
 *	changes  see row.h, staged       changes in the making
 *	objects  see objects.h          SHA-256 -> number
 *	octets                          number -> octets
 *	stages   id of a set -> nothing  sets that are not live: those that
 *	                                 nobody is making are dead
 */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "validator/store/check.h"
#include "waymark/span.h"

#define TABLES_FILE "objects.mdb"

enum {
	TABLES_NUMBER = 8, /* octets of the number of an object */
};

struct tables {
	MDB_dbi meta, repos, sets, changes, objects, octets, stages;
};

/* Counters that change with every transaction. */
struct totals {
	uint64_t next_set; /* the next id of a set: none is ever given twice */
	uint64_t next_object; /* and the next number of an object */
	uint64_t object_bytes; /* of all objects */
};

/* Open the tables, and make them where they are not there and `makes`.  0,
 * ERR_VERSION, or the error. */
int tables_open(MDB_txn *txn, bool makes, struct tables *out);

/* Read and write the counters.  0 or the error. */
int tables_totals(MDB_txn *txn, const struct tables *t, struct totals *out);
int tables_keep_totals(
	MDB_txn *txn, const struct tables *t, const struct totals *totals);

/* What a key has.  0 or what LMDB answered. */
int tables_get(MDB_txn *txn, MDB_dbi dbi, struct span key, struct span *out);

/* The first row at or behind a key.  0 or what LMDB answered. */
int tables_next(MDB_txn *txn, MDB_dbi dbi, struct span from, struct span *key,
	struct span *value);

/* Whether all of it holds together: counters, rows and sums; of objects only
 * where they lie.  For check_file. */
int tables_walk(MDB_txn *txn, struct check_map *map);

#endif
