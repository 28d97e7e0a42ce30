/*
 * store: see the header, and inner.h for the parts.
 *
 * The map of the file is larger than the budget, as it takes pages to free
 * pages: puts stop at the budget, removal and commits may go beyond.
 *
 *	0 ------------------- 95 % ---- 100 % ------------- map
 *	| stages begin        | go on   | only commit, remove |
 */
#include "validator/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/text.h"
#include "validator/store/inner.h"
#include "waymark/err.h"

#define LOCK_FILE "store.lock"

enum {
	LET_GO = 262144, /* octets written; each row of them may have brought
			    64 KB of pages */
};

/* Beyond the budget: an eighth, and no less than this. */
#define ROOM_MIN ((uint64_t)64 << 20)

static void
break_stages(struct store *s, int err)
{
	for (struct stage *st = s->stages; st != NULL; st = st->next)
		if (st->batch == s->batch && st->err == 0)
			st->err = err;
}

/* When the very last step of a commit fails, LMDB no longer knows what stands
 * on the disk, and refuses everything until the file is opened again.  What is
 * found then is the state before or after that commit, whose stages are broken
 * either way. */
static int
open_again(struct store *s)
{
	MDB_txn *txn;
	int err;

	if (s->attached > 0)
		return ERR_IO; /* somebody in this process reads by it */
	if (s->env != NULL)
		mdb_env_close(s->env);
	s->env = NULL;
	err = env_error(env_open(s->path, s->map, true, &s->env));
	if (err != 0) {
		s->env = NULL;
		return err;
	}
	err = env_views(s->env, &txn, 1);
	if (err == 0)
		err = tables_open(txn, false, &s->tables);
	if (err == 0)
		err = env_error(mdb_txn_commit(txn));
	s->is_lost = err != 0;
	s->has_dead = true;
	log_event(s->log, LOG_LEVEL_WARN, "store-reopened", "file=%s result=%s",
		s->path, err_name(err));
	return err;
}

int
store_txn(struct store *s)
{
	int err = 0;

	if (s->txn != NULL)
		return 0;
	if (s->is_lost)
		err = open_again(s);
	if (err == 0)
		err = env_error(mdb_txn_begin(s->env, NULL, 0, &s->txn));
	if (err != 0) {
		s->txn = NULL;
		return err;
	}
	s->octets = 0;
	err = tables_totals(s->txn, &s->tables, &s->totals);
	if (err != 0) {
		mdb_txn_abort(s->txn);
		s->txn = NULL;
	}
	return err;
}

/* The transaction is over, and its number with it. */
static void
next_batch(struct store *s)
{
	s->txn = NULL;
	s->octets = 0;
	s->has_removed = false;
	s->batch++;
	(void)env_used(s->env, &s->used);
}

int
store_abort(struct store *s, int err)
{
	break_stages(s, err);
	if (s->txn != NULL)
		mdb_txn_abort(s->txn);
	next_batch(s);
	return err;
}

int
store_fail(struct store *s, int rc)
{
	int err = env_error(rc);

	/* What is missing in the file is no answer to a write. */
	if (err == ERR_NOTFOUND || err == ERR_EXISTS)
		err = ERR_CHECKSUM;
	if (err == ERR_CHECKSUM)
		log_event(s->log, LOG_LEVEL_ERROR, "store-broken",
			"file=%s reason=\"%s\"", s->path, mdb_strerror(rc));
	return store_abort(s, err);
}

static bool
is_refused(struct store *s)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);

	if (rc == 0)
		mdb_txn_abort(txn);
	return rc == MDB_PANIC;
}

int
store_flush(struct store *s)
{
	int err, rc;

	if (s->txn == NULL)
		return 0;
	err = tables_keep_totals(s->txn, &s->tables, &s->totals);
	if (err != 0)
		return store_abort(s, err);
	rc = mdb_txn_commit(s->txn);
	s->txn = NULL; /* in any case */
	if (rc != 0) {
		s->is_lost = is_refused(s);
		return store_fail(s, rc);
	}
	next_batch(s);
	return 0;
}

/* Rows of stages that go on are of use to nobody yet: what names the state that
 * has them is made durable with the next one that does.  Its pages are, before
 * it is written, so that there is a state that holds together at any time. */
static int
flush_batch(struct store *s)
{
	int err;

	(void)mdb_env_set_flags(s->env, MDB_NOMETASYNC, 1);
	err = store_flush(s);
	if (s->env != NULL)
		(void)mdb_env_set_flags(s->env, MDB_NOMETASYNC, 0);
	return err;
}

int
store_wrote(struct store *s, size_t octets)
{
	s->octets += octets;
	s->since += octets;
	if (s->since >= LET_GO) {
		s->since = 0;
		env_let_go(s->env);
	}
	return s->octets >= BOUND_STORE_BATCH ? flush_batch(s) : 0;
}

int
store_put(struct store *s, MDB_dbi dbi, struct span key, struct span value)
{
	MDB_val k = env_val(key), v = env_val(value);

	return mdb_put(s->txn, dbi, &k, &v, 0);
}

int
store_remove(struct store *s, MDB_dbi dbi, struct span key)
{
	MDB_val k = env_val(key);

	return mdb_del(s->txn, dbi, &k, NULL);
}

int
store_read(struct store *s, MDB_txn **out)
{
	int err = s->is_lost ? open_again(s) : 0;

	if (err == 0)
		err = env_views(s->env, out, 1);
	if (err == 0)
		s->attached++;
	return err;
}

void
store_unread(struct store *s, MDB_txn *txn)
{
	mdb_txn_abort(txn);
	s->attached--;
}

int
store_entry(struct store *s, MDB_txn *txn, const uint8_t key[SHA256_SIZE],
	struct arena *arena, struct entry *out)
{
	struct span value;
	int err, rc;

	rc = tables_get(
		txn, s->tables.repos, span_of(key, SHA256_SIZE), &value);
	if (rc != 0)
		return env_error(rc);
	err = entry_read(s->crypto, value, arena, out);
	/* What cannot be read is as good as what is not there: it is fetched
	 * anew. */
	return err == ERR_SYNTAX ? ERR_NOTFOUND : err;
}

int
store_put_entry(
	struct store *s, const uint8_t key[SHA256_SIZE], const struct entry *e)
{
	struct arena *arena = arena_new(8192);
	struct span value;
	int err = ERR_NOMEM, rc = 0;

	if (arena != NULL)
		err = entry_write(s->crypto, e, arena, &value);
	if (err == 0)
		rc = store_put(
			s, s->tables.repos, span_of(key, SHA256_SIZE), value);
	arena_free(arena);
	if (err != 0)
		return store_abort(s, err);
	return rc != 0 ? store_fail(s, rc) : 0;
}

int
store_release(struct store *s, uint64_t set)
{
	struct row_key key;
	int rc;

	if (set == 0)
		return 0;
	row_key(s->crypto, set, span_of(NULL, 0), &key);
	rc = store_put(
		s, s->tables.stages, row_key_span(&key), span_of(NULL, 0));
	if (rc != 0)
		return store_fail(s, rc);
	s->has_dead = true;
	return 0;
}

bool
store_is_full(const struct store *s)
{
	return s->used / BOUND_STORE_FULL_PERCENT >= s->budget / 100;
}

struct stage *
store_stage_of(struct store *s, const uint8_t key[SHA256_SIZE])
{
	struct stage *st = s->stages;

	while (st != NULL && memcmp(st->key, key, SHA256_SIZE) != 0)
		st = st->next;
	return st;
}

struct stage *
store_stage_by_set(struct store *s, uint64_t set)
{
	struct stage *st = s->stages;

	while (st != NULL && st->set != set)
		st = st->next;
	return st;
}

const struct depot *
store_depot(struct store *s)
{
	return &s->depot;
}

int
store_count(struct store *s, struct store_numbers *out)
{
	struct store_numbers n = {.budget = s->budget};
	struct totals totals;
	MDB_stat objects, repos;
	MDB_txn *txn;
	int err = store_read(s, &txn);

	if (err != 0)
		return err;
	(void)mdb_stat(txn, s->tables.objects, &objects);
	(void)mdb_stat(txn, s->tables.repos, &repos);
	err = tables_totals(txn, &s->tables, &totals);
	store_unread(s, txn);
	if (err == 0)
		err = env_used(s->env, &s->used);
	if (err != 0)
		return err;
	env_let_go(s->env);
	n.used = s->used;
	n.objects = objects.ms_entries;
	n.object_bytes = totals.object_bytes;
	n.repositories = repos.ms_entries;
	n.full = store_is_full(s);
	*out = n;
	return 0;
}

/* The number of the process that holds the lock, as it wrote it. */
static void
read_holder(const char *path, char pid[32])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, pid, 31);

	if (fd >= 0)
		(void)close(fd);
	pid[n < 0 ? 0 : n] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	if (pid[0] == '\0')
		(void)snprintf(pid, 32, "unknown");
}

/* The lock holds the number of the process, for whoever comes second.  That is
 * told to people only: a full disk is no reason to stop here. */
static void
write_holder(int lock)
{
	(void)dprintf(lock, "%ld\n", (long)getpid());
}

static int
take_lock(struct store *s, char why[256])
{
	char path[ENV_PATH], pid[32];
	int err;

	(void)snprintf(path, sizeof(path), "%.4000s/" LOCK_FILE, s->folder);
	err = file_lock(path, &s->lock);
	if (err == 0) {
		write_holder(s->lock);
		return 0;
	}
	if (err != ERR_LOCKED) {
		(void)snprintf(why, 256, "cannot lock %.150s: %s", path,
			err_text(err));
		return err;
	}
	read_holder(path, pid);
	(void)snprintf(why, 256,
		"another process (%.12s) uses the store: %.150s", pid, path);
	return err;
}

/* What cannot be used is set aside; what cannot be looked at is an error. */
static int
check_old(struct store *s, char why[256])
{
	const char *reason = "";
	int err = check_file(s->path, tables_walk, &reason);

	if (err == ERR_NOTFOUND) {
		env_sweep(s->path);
		return 0;
	}
	if (err == ERR_CHECKSUM || err == ERR_VERSION)
		err = env_set_aside(s->path, s->log, reason);
	if (err != 0)
		(void)snprintf(why, 256, "cannot use %.180s: %s", s->path,
			err_text(err));
	return err;
}

static int
open_tables(struct store *s)
{
	int rc = mdb_txn_begin(s->env, NULL, 0, &s->txn), err;

	if (rc != 0) {
		s->txn = NULL;
		return env_error(rc);
	}
	err = tables_open(s->txn, true, &s->tables);
	if (err == 0)
		err = tables_totals(s->txn, &s->tables, &s->totals);
	if (err == 0)
		return store_flush(s);
	mdb_txn_abort(s->txn);
	s->txn = NULL;
	return err;
}

static int
open_file(struct store *s, char why[256])
{
	uint64_t room = s->budget / 8 > ROOM_MIN ? s->budget / 8 : ROOM_MIN;
	MDB_envinfo info;
	int err;

	s->map = (s->budget + room) & ~(uint64_t)65535;
	err = env_error(env_open(s->path, s->map, true, &s->env));

	if (err != 0)
		s->env = NULL;
	if (err == 0)
		err = open_tables(s);
	if (err == 0)
		err = file_sync_folder_of(s->path);
	if (err != 0) {
		(void)snprintf(why, 256, "cannot open %.180s: %s", s->path,
			err_text(err));
		return err;
	}
	/* What an earlier process left: stages, and objects without a name. */
	(void)mdb_env_info(s->env, &info);
	s->has_dead = true;
	collect_want(s, info.me_last_txnid);
	return 0;
}

static int
open_store(struct store *s, char why[256])
{
	int err = file_make_folders(s->folder);

	if (err != 0) {
		(void)snprintf(why, 256, "cannot make %.180s: %s", s->folder,
			err_text(err));
		return err;
	}
	err = take_lock(s, why);
	if (err == 0)
		err = check_old(s, why);
	return err == 0 ? open_file(s, why) : err;
}

/* The place of the file that says so. */
static const char *
suspicion_of(const char *folder, char path[4200])
{
	(void)snprintf(path, 4200, "%.4000s/objects.suspect", folder);
	return path;
}

void
store_suspect(const char *folder)
{
	char path[4200];
	int fd = open(suspicion_of(folder, path),
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	/* Where even that cannot be written, nothing can be mended. */
	if (fd >= 0)
		(void)close(fd);
}

bool
store_is_suspected(const struct store *s)
{
	char path[4200];

	return access(suspicion_of(s->folder, path), F_OK) == 0;
}

int
store_open(const struct store_config *config, struct store **out, char why[256])
{
	struct store *s = calloc(1, sizeof(*s));
	char suspicion[4200];
	int err = ERR_LIMIT;

	(void)snprintf(why, 256, "out of memory");
	if (s == NULL)
		return ERR_NOMEM;
	s->lock = -1;
	s->batch = 1;
	s->log = config->log;
	s->budget = config->budget != 0
		? config->budget
		: (uint64_t)BOUND_STORE_BUDGET_MIB << 20;
	s->depot = (struct depot){.ops = &store_ops, .ctx = s};
	s->crypto = crypto_new();
	if (s->crypto == NULL)
		err = ERR_NOMEM;
	else if (strlen(config->folder) < 4000)
		err = 0;
	if (err == 0) {
		(void)snprintf(
			s->folder, sizeof(s->folder), "%s", config->folder);
		(void)snprintf(s->path, sizeof(s->path), "%.4000s/" TABLES_FILE,
			config->folder);
		err = open_store(s, why);
	}
	if (err != 0) {
		store_close(s);
		return err;
	}
	/* All of it was looked at. */
	(void)unlink(suspicion_of(s->folder, suspicion));
	*out = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	while (s->stages != NULL)
		stage_drop(s->stages);
	if (s->txn != NULL)
		mdb_txn_abort(s->txn);
	collect_end(s);
	if (s->env != NULL)
		mdb_env_close(s->env);
	if (s->lock >= 0)
		(void)close(s->lock);
	crypto_free(s->crypto);
	free(s);
}
