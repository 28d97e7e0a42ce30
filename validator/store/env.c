/*
 * env: see the header.
 *
 * A file never shrinks: what was freed is used again, when nobody reads a state
 * in which it was in use.  So the octets in use are those up to the last page,
 * less those that are free for the next writer.
 *
 *	| meta meta | in use | free | in use | read by somebody | -> may grow
 *	            '------------------ last page -------------'
 */
#include "validator/store/env.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "waymark/err.h"

enum {
	TABLES = 8,
	PASSES = 10000, /* to bring all views to one state */
};

int
env_error(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_NOTFOUND:
		return ERR_NOTFOUND;
	case MDB_KEYEXIST:
		return ERR_EXISTS;
	case MDB_MAP_FULL:
	case EFBIG: /* RLIMIT_FSIZE */
		return ERR_SPACE;
	case MDB_READERS_FULL:
	case EMFILE:
	case ENFILE:
		return ERR_BUSY;
	case MDB_BAD_VALSIZE:
		return ERR_RANGE;
	case MDB_VERSION_MISMATCH:
		return ERR_VERSION;
	default:
		break;
	}
	if (env_is_damage(rc))
		return ERR_CHECKSUM;
	return rc > 0 ? err_from_errno(rc) : ERR_IO;
}

bool
env_is_damage(int rc)
{
	return rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND ||
		rc == MDB_INVALID || rc == MDB_CURSOR_FULL ||
		rc == MDB_INCOMPATIBLE || rc == MDB_PAGE_FULL ||
		rc == MDB_DBS_FULL || rc == MDB_BAD_DBI;
}

MDB_val
env_val(struct span s)
{
	/* LMDB takes no const, and writes nothing there. */
	union {
		const uint8_t *in;
		void *out;
	} p = {.in = s.p};

	return (MDB_val){.mv_size = s.n, .mv_data = p.out};
}

struct span
env_span(const MDB_val *v)
{
	return span_of(v->mv_data, v->mv_size);
}

/* Who may open the file of locks can keep the others waiting: ours and nobody
 * else's, but for a group that an operator has put somebody in. */
int
env_open(const char *path, uint64_t map, bool writes, MDB_env **out)
{
	/* Views belong to their transaction, not to a thread.  Reading ahead
	 * stays on: what lies beside an object in the file was published with
	 * it, and a run from a cold disk takes a third of the time. */
	unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc != 0)
		return rc;
	rc = mdb_env_set_maxdbs(env, TABLES);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env, ENV_READERS);
	if (rc == 0 && map != 0)
		rc = mdb_env_set_mapsize(env, (size_t)map);
	if (rc == 0)
		rc = mdb_env_open(
			env, path, writes ? flags : flags | MDB_RDONLY, 0640);
	if (rc != 0) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return 0;
}

static void
end_views(MDB_txn **txns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mdb_txn_abort(txns[i]);
}

/* A writer with a larger budget has made the map larger than ours. */
static int
begin_view(MDB_env *env, MDB_txn **txn, bool only)
{
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, txn);

	if (rc == MDB_MAP_RESIZED && only) {
		rc = mdb_env_set_mapsize(env, 0);
		if (rc == 0)
			rc = mdb_txn_begin(env, NULL, MDB_RDONLY, txn);
	}
	return rc;
}

/* Bring those that are behind the newest forward.  0 when all are the same;
 * ERR_BUSY when another pass is due. */
static int
even_out(MDB_txn **txns, size_t count)
{
	size_t newest = 0, behind = 0;
	int rc;

	for (size_t i = 0; i < count; i++)
		if (mdb_txn_id(txns[i]) > newest)
			newest = mdb_txn_id(txns[i]);
	for (size_t i = 0; i < count; i++) {
		if (mdb_txn_id(txns[i]) == newest)
			continue;
		mdb_txn_reset(txns[i]);
		rc = mdb_txn_renew(txns[i]);
		if (rc != 0)
			return env_error(rc);
		behind++;
	}
	return behind == 0 ? 0 : ERR_BUSY;
}

int
env_views(MDB_env *env, MDB_txn **txns, size_t count)
{
	int err = ERR_BUSY, rc;

	for (size_t i = 0; i < count; i++) {
		rc = begin_view(env, &txns[i], i == 0);
		if (rc != 0) {
			end_views(txns, i);
			return env_error(rc);
		}
	}
	for (int pass = 0; pass < PASSES && err == ERR_BUSY; pass++)
		err = even_out(txns, count);
	if (err != 0)
		end_views(txns, count);
	return err;
}

/* One line of the table of readers: process, thread, and the state that it
 * reads, or "-". */
static int
take_reader(const char *line, void *ctx)
{
	uint64_t *oldest = ctx, id;
	uintmax_t thread;
	int pid;

	if (sscanf(line, "%d %" SCNxMAX " %" SCNu64, &pid, &thread, &id) == 3 &&
		id < *oldest)
		*oldest = id;
	return 0;
}

uint64_t
env_oldest_reader(MDB_env *env)
{
	uint64_t oldest = UINT64_MAX;
	int dead;

	(void)mdb_reader_check(env, &dead);
	(void)mdb_reader_list(env, take_reader, &oldest);
	return oldest;
}

/* Pages that the next writer may use: the list of free pages has, by the
 * number of the transaction that freed them, their count and numbers. */
static int
count_free(MDB_txn *txn, uint64_t oldest, uint64_t *out)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t id, count;
	uint64_t sum = 0;
	int rc = mdb_cursor_open(txn, 0, &cursor);

	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		if (key.mv_size != sizeof(id) || value.mv_size < sizeof(count))
			break;
		memcpy(&id, key.mv_data, sizeof(id));
		memcpy(&count, value.mv_data, sizeof(count));
		if (id >= oldest)
			break;
		sum += count;
	}
	mdb_cursor_close(cursor);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	*out = sum;
	return 0;
}

int
env_used(MDB_env *env, uint64_t *out)
{
	uint64_t oldest, unused = 0, pages;
	MDB_envinfo info;
	MDB_stat stat;
	MDB_txn *txn;
	int rc;

	oldest = env_oldest_reader(env);
	rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return env_error(rc);
	(void)mdb_env_stat(env, &stat);
	(void)mdb_env_info(env, &info);
	rc = count_free(txn, oldest, &unused);
	mdb_txn_abort(txn);
	if (rc != 0)
		return env_error(rc);
	pages = (uint64_t)info.me_last_pgno + 1;
	*out = (pages > unused ? pages - unused : 0) * stat.ms_psize;
	return 0;
}

/* Where the file is mapped, by a key of the main table and the number of the
 * page that it lies on; 0 when it cannot be told. */
static uintptr_t
map_base(MDB_txn *txn, size_t page)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	uintptr_t at = 0;
	uint64_t number;

	if (mdb_cursor_open(txn, 1, &cursor) != 0)
		return 0;
	if (mdb_cursor_get(cursor, &key, &value, MDB_FIRST) == 0) {
		at = (uintptr_t)key.mv_data;
		memcpy(&number, (const uint8_t *)key.mv_data - at % page, 8);
		at -= at % page + (uintptr_t)number * page;
	}
	mdb_cursor_close(cursor);
	return at;
}

/* The map is of a file that is written to by calls only, so nothing in it can
 * be lost.  Without this a process that writes 500 MB has them in its memory,
 * by its numbers, for as long as it lives. */
void
env_let_go(MDB_env *env)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	MDB_envinfo info;
	uintptr_t base;
	MDB_stat stat;
	MDB_txn *txn;

	(void)mdb_env_info(env, &info);
	(void)mdb_env_stat(env, &stat);
	if (stat.ms_psize > page || mdb_txn_begin(env, NULL, MDB_RDONLY, &txn))
		return;
	base = map_base(txn, stat.ms_psize);
	mdb_txn_abort(txn);
	/* By chance it is no address of a page: then it was none of a key. */
	if (base != 0 && base % page == 0)
		(void)madvise((void *)base, info.me_mapsize, MADV_DONTNEED);
}

static bool
path_with(const char *path, const char *end, char out[ENV_PATH])
{
	int n = snprintf(out, ENV_PATH, "%s%s", path, end);

	return n > 0 && n < ENV_PATH;
}

int
env_set_aside(const char *path, const struct log *log, const char *why)
{
	char lock[ENV_PATH], aside[ENV_PATH];

	if (!path_with(path, "-lock", lock) ||
		!path_with(path, ".damaged", aside))
		return ERR_NOTFOUND;
	/* The lock first: a new file must not meet an old lock, and who is
	 * killed between the two finds the damaged file again. */
	if (unlink(lock) != 0 && errno != ENOENT)
		return err_from_errno(errno);
	if (rename(path, aside) != 0)
		return err_from_errno(errno);
	log_event(log, LOG_LEVEL_ERROR, "store-damaged",
		"file=%s reason=\"%s\" kept=%s", path, why, aside);
	return 0;
}

void
env_sweep(const char *path)
{
	char lock[ENV_PATH];

	if (access(path, F_OK) != 0 && path_with(path, "-lock", lock))
		(void)unlink(lock);
}
