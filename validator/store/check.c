/*
 * check: see the header.
 *
 * LMDB keeps no checksums.  What can be told of any file: its first pages are
 * of LMDB; no page is both free and in use, as far as counts tell; keys ascend;
 * what is named lies within the file.  What the rows mean is up to the walk.
 */
#include "validator/store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validator/store/env.h"
#include "validator/store/seal.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	TIME_LIMIT_MS = 120000, /* ten million rows from a slow disk */
	PAGE_HEAD = 16, /* octets of a page's header in LMDB 0.9 */
};

bool
check_key(struct check_map *map, const MDB_val *key)
{
	uintptr_t at = (uintptr_t)key->mv_data, page;
	uint64_t number;

	if (map->page == 0)
		return true;
	page = at - at % map->page;
	memcpy(&number, (const uint8_t *)key->mv_data - at % map->page, 8);
	if (number >= map->size / map->page)
		return false;
	page -= (uintptr_t)(number * map->page);
	if (map->base == 0)
		map->base = page;
	return map->base == page;
}

bool
check_value(const struct check_map *map, const MDB_val *value)
{
	uintptr_t at = (uintptr_t)value->mv_data;

	if (map->base == 0)
		return true;
	return at >= map->base && value->mv_size <= map->size &&
		at - map->base <= map->size - value->mv_size;
}

/* Keys are copied, as the next one is compared with one that must not have
 * changed. */
struct last_key {
	uint8_t octets[512];
	size_t n;
	bool is_set;
};

static bool
ascends(struct last_key *last, struct span key)
{
	if (key.n > sizeof(last->octets))
		return false;
	if (last->is_set &&
		span_compare(span_of(last->octets, last->n), key) >= 0)
		return false;
	memcpy(last->octets, key.p, key.n);
	last->n = key.n;
	last->is_set = true;
	return true;
}

int
check_table(MDB_txn *txn, MDB_dbi dbi, struct check_map *map,
	int (*each)(void *to, struct span key, struct span value), void *to)
{
	struct last_key last = {.is_set = false};
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_stat stat;
	size_t count = 0;
	int rc = mdb_cursor_open(txn, dbi, &cursor), err = 0;

	if (rc != 0)
		return env_error(rc);
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		count++;
		if (!check_key(map, &key) || !check_value(map, &value) ||
			!ascends(&last, env_span(&key)))
			err = ERR_CHECKSUM;
		else
			err = each(to, env_span(&key), env_span(&value));
	}
	mdb_cursor_close(cursor);
	if (err != 0)
		return err;
	if (rc != MDB_NOTFOUND)
		return env_error(rc);
	rc = mdb_stat(txn, dbi, &stat);
	if (rc != 0)
		return env_error(rc);
	return stat.ms_entries == count ? 0 : ERR_CHECKSUM;
}

/* Free pages: those that are listed, each once. */
struct free_pages {
	uint8_t *seen; /* a bit a page */
	uint64_t pages, count;
};

static int
take_free(void *to, struct span key, struct span value)
{
	struct free_pages *f = to;
	size_t count, number, before = SIZE_MAX;

	if (key.n != sizeof(size_t) || value.n < sizeof(size_t))
		return ERR_CHECKSUM;
	memcpy(&count, value.p, sizeof(count));
	if (count > value.n / sizeof(size_t) - 1)
		return ERR_CHECKSUM;
	for (size_t i = 1; i <= count; i++) {
		memcpy(&number, value.p + i * sizeof(number), sizeof(number));
		if (number < 2 || number >= f->pages || number >= before ||
			(f->seen[number / 8] >> (number % 8) & 1) != 0)
			return ERR_CHECKSUM;
		f->seen[number / 8] |= (uint8_t)(1U << (number % 8));
		before = number;
	}
	f->count += count;
	return 0;
}

/* The list of free pages has the numbers of transactions as keys, which ascend
 * as numbers, not as octets: so it is walked here. */
static int
walk_free(MDB_txn *txn, struct check_map *map, struct free_pages *f)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t id, before = 0;
	int rc = mdb_cursor_open(txn, 0, &cursor), err = 0;

	if (rc != 0)
		return env_error(rc);
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		err = !check_key(map, &key) || !check_value(map, &value)
			? ERR_CHECKSUM
			: take_free(f, env_span(&key), env_span(&value));
		if (err != 0)
			break;
		memcpy(&id, key.mv_data, sizeof(id));
		err = id <= before || id > mdb_txn_id(txn) ? ERR_CHECKSUM : 0;
		before = id;
	}
	mdb_cursor_close(cursor);
	if (err == 0 && rc != MDB_NOTFOUND)
		err = env_error(rc);
	return err;
}

static uint64_t
pages_of(const MDB_stat *s)
{
	return (uint64_t)s->ms_branch_pages + s->ms_leaf_pages +
		s->ms_overflow_pages;
}

/* Pages of all tables, which the main one names.  Fewer than there are in all
 * may be: what was never written at the end; more cannot. */
static int
walk_tables(MDB_txn *txn, struct check_map *map, uint64_t *pages)
{
	char name[64];
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_stat stat;
	MDB_dbi dbi;
	int rc = mdb_cursor_open(txn, 1, &cursor), err = 0;

	if (rc != 0)
		return env_error(rc);
	while (err == 0 &&
		(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		if (!check_key(map, &key) || !check_value(map, &value) ||
			key.mv_size >= sizeof(name)) {
			err = ERR_CHECKSUM;
			break;
		}
		memcpy(name, key.mv_data, key.mv_size);
		name[key.mv_size] = '\0';
		err = env_error(mdb_dbi_open(txn, name, 0, &dbi));
		if (err == 0)
			err = env_error(mdb_stat(txn, dbi, &stat));
		if (err == 0)
			*pages += pages_of(&stat);
	}
	mdb_cursor_close(cursor);
	if (err == ERR_NOTFOUND)
		err = ERR_CHECKSUM;
	if (err == 0 && rc != MDB_NOTFOUND)
		err = env_error(rc);
	return err;
}

static int
walk_pages(MDB_txn *txn, struct check_map *map)
{
	MDB_env *env = mdb_txn_env(txn);
	struct free_pages f = {0};
	uint64_t pages = 0;
	MDB_envinfo info;
	MDB_stat stat;
	int err;

	(void)mdb_env_info(env, &info);
	f.pages = (uint64_t)info.me_last_pgno + 1;
	if (map->page != 0 && f.pages / 2 > map->size / map->page)
		return ERR_CHECKSUM; /* more than half of it is missing */
	f.seen = calloc((size_t)f.pages / 8 + 1, 1);
	if (f.seen == NULL)
		return ERR_NOMEM;
	err = walk_tables(txn, map, &pages);
	if (err == 0)
		err = walk_free(txn, map, &f);
	free(f.seen);
	if (err != 0)
		return err;
	(void)mdb_stat(txn, 1, &stat);
	pages += pages_of(&stat);
	(void)mdb_stat(txn, 0, &stat);
	pages += pages_of(&stat);
	return pages + f.count + 2 <= f.pages ? 0 : ERR_CHECKSUM;
}

/* LMDB tells of what it finds broken by stderr and abort. */
static void
end_broken(MDB_env *env, const char *text)
{
	(void)env;
	(void)text;
	_exit(1);
}

static int
walk_env(MDB_env *env, check_walk walk)
{
	struct check_map map = {0};
	struct stat st;
	MDB_stat stat;
	MDB_txn *txn;
	mdb_filehandle_t fd;
	int rc;

	(void)mdb_env_set_assert(env, end_broken);
	rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return env_error(rc);
	/* After the state was taken: the file only grows. */
	(void)mdb_env_get_fd(env, &fd);
	(void)mdb_env_stat(env, &stat);
	if (fstat(fd, &st) != 0)
		return ERR_IO;
	map.size = (uint64_t)st.st_size;
	/* A map begins at a page of the system; larger ones cannot be told. */
	if (stat.ms_psize <= (unsigned)sysconf(_SC_PAGESIZE) &&
		stat.ms_psize > PAGE_HEAD)
		map.page = stat.ms_psize;
	rc = walk_pages(txn, &map);
	if (rc == 0)
		rc = walk(txn, &map);
	mdb_txn_abort(txn);
	return rc;
}

/* The map is as large as the file: how large its writer's was, it says itself,
 * and may be wrong.  When as much memory can be had and LMDB's map cannot, the
 * file claims more than it has. */
static int
open_whole(const char *path, MDB_env **out)
{
	struct stat st;
	void *volatile room;
	int err;

	if (stat(path, &st) != 0)
		return err_from_errno(errno);
	err = env_error(env_open(path, (uint64_t)st.st_size, false, out));
	if (err != ERR_NOMEM)
		return err;
	room = malloc((size_t)st.st_size);
	if (room == NULL)
		return ERR_NOMEM;
	free(room);
	return ERR_CHECKSUM;
}

/* What says nothing about the file stays what it is; all else speaks against
 * it. */
static int
verdict(int err)
{
	static const int others[] = {0, ERR_VERSION, ERR_NOMEM, ERR_DENIED,
		ERR_IO, ERR_SPACE, ERR_BUSY, ERR_LOCKED, ERR_READONLY};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (err == others[i])
			return err;
	return ERR_CHECKSUM;
}

/* The other process: its own signals, no core, one octet as its answer.  It
 * ends with the first, whose locks it shares. */
static void
run_child(const char *path, check_walk walk, int fd, pid_t parent)
{
	static const int numbers[] = {
		SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM};
	struct rlimit none = {0, 0};
	uint8_t answer;
	MDB_env *env;
	int err;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)signal(numbers[i], SIG_DFL);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	err = open_whole(path, &env);
	if (err == 0)
		err = walk_env(env, walk);
	answer = (uint8_t)-verdict(err);
	_exit(write(fd, &answer, 1) == 1 ? 0 : 1);
}

/* Wait for the answer, but not for ever.  Whether there is one. */
static bool
await(int fd, uint8_t *answer, bool *late)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct mono begin = mono_now();
	int64_t left = TIME_LIMIT_MS;
	int rc = -1;

	while (left > 0) {
		rc = poll(&p, 1, (int)left);
		if (rc >= 0 || errno != EINTR)
			break;
		left = TIME_LIMIT_MS - mono_since(begin, mono_now());
	}
	*late = rc <= 0;
	return rc > 0 && read(fd, answer, 1) == 1;
}

static int
ask_child(pid_t pid, int fd, const char **why)
{
	uint8_t answer = 0;
	bool late = false, is_told = await(fd, &answer, &late);
	int status;

	(void)close(fd);
	if (!is_told)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!is_told) {
		*why = late ? "looking through it does not end"
			    : "its pages lead nowhere";
		return ERR_CHECKSUM;
	}
	if (answer == (uint8_t)-ERR_CHECKSUM)
		*why = "its pages or rows do not hold together";
	if (answer == (uint8_t)-ERR_VERSION)
		*why = "it is of another version";
	return -(int)answer;
}

int
check_file(const char *path, check_walk walk, const char **why)
{
	struct stat st;
	int pipes[2];
	pid_t pid, parent = getpid();

	if (stat(path, &st) != 0)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? ERR_FOLDER : ERR_KIND;
	/* One that was begun by a process that was killed at once. */
	if (st.st_size == 0 || seal_is_good(path))
		return 0;
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return err_from_errno(errno);
	pid = fork();
	if (pid == 0)
		run_child(path, walk, pipes[1], parent);
	(void)close(pipes[1]);
	if (pid < 0) {
		(void)close(pipes[0]);
		return err_from_errno(errno);
	}
	return ask_child(pid, pipes[0], why);
}
