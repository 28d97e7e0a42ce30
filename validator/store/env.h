/*
 * env: an LMDB file, as the store and the pins use one.
 *
 *	FOLDER/NAME, FOLDER/NAME-lock
 *
 * One writer, any number of readers; every commit is durable.  LMDB wants a
 * file to be open at most once in a process.
 */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/log.h"
#include "waymark/span.h"

enum {
	ENV_PATH = 4096 + 32, /* octets of a path and its NUL */
	ENV_READERS = 1024, /* views at once: runs x BOUND_THREADS, and tests */
};

/* The enum err of what LMDB answered. */
int env_error(int rc);

/* Whether that speaks of a file whose pages do not hold together. */
bool env_is_damage(int rc);

/* Octets as LMDB wants them. */
MDB_val env_val(struct span s);
struct span env_span(const MDB_val *v);

/* Open the file at `path`, to write (it is made when it is not there) or to
 * read, with a map of `map` octets, or as large as its writer's for 0.  0 with
 * `*out` for mdb_env_close, or what LMDB answered. */
int env_open(const char *path, uint64_t map, bool writes, MDB_env **out);

/* Begin `count` transactions that read one and the same state, the latest.  0;
 * ERR_BUSY when commits come too fast for that; or the error; and none then. */
int env_views(MDB_env *env, MDB_txn **txns, size_t count);

/* The number of the oldest state that is still being read, UINT64_MAX where
 * nobody reads.  Readers that died are forgotten first. */
uint64_t env_oldest_reader(MDB_env *env);

/* Octets of the file that hold something, or that readers keep from being used
 * again.  0 or the error. */
int env_used(MDB_env *env, uint64_t *out);

/* Let go of the pages of the file that are in this process's memory; what reads
 * them again finds them in the system's.  Views go on to hold. */
void env_let_go(MDB_env *env);

/* Move a damaged file out of the way, to NAME.damaged, and say so.  0 or the
 * error. */
int env_set_aside(const char *path, const struct log *log, const char *why);

/* Remove a lock file that has no file beside it. */
void env_sweep(const char *path);

#endif
