/*
 * check: whether an LMDB file holds together, looked at from a distance.
 *
 *	this process --fork--> one that walks through the file --> a verdict
 *
 * Broken pages may lead anywhere: to an error, a signal, or an endless way.
 * Whatever happens, happens to a process of its own, for a limited time.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/span.h"

/* Where pages may lie, so that what points elsewhere is found without being
 * followed. */
struct check_map {
	uintptr_t base; /* 0: not known yet */
	size_t page; /* octets of one; 0: cannot be told */
	uint64_t size; /* octets of the file */
};

/* What is walked: 0; ERR_VERSION for a format of another version; ERR_CHECKSUM
 * for what does not hold together; or another error, when it cannot be told.
 * Runs in the other process. */
typedef int (*check_walk)(MDB_txn *txn, struct check_map *map);

/* Check the file at `path`.  0, also for a file that is empty; ERR_NOTFOUND;
 * ERR_CHECKSUM or ERR_VERSION with `why`; or another error, when it cannot be
 * told. */
int check_file(const char *path, check_walk walk, const char **why);

/* Whether a key lies on a page of that number, and whether a value lies within
 * the file; nothing of the value is read. */
bool check_key(struct check_map *map, const MDB_val *key);
bool check_value(const struct check_map *map, const MDB_val *value);

/* Walk through a table with every key behind the one before: `each` answers 0
 * to go on.  0; ERR_CHECKSUM; or the error. */
int check_table(MDB_txn *txn, MDB_dbi dbi, struct check_map *map,
	int (*each)(void *to, struct span key, struct span value), void *to);

#endif
