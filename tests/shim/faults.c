/*
 * faults: loaded before libc (LD_PRELOAD), it lets system calls on files of one
 * folder fail, or the process die at one of them, and writes down all of them.
 *
 *	WAYMARK_FAULTS_DIR   the folder, as the kernel names it
 *	WAYMARK_FAULTS_PLAN  a file of seven numbers that is mapped, so that the
 *	                     test changes it while the program runs
 *	WAYMARK_FAULTS_NAME  of the program that the plan is for; rtrd's
 *	                     children inherit the rest
 *	WAYMARK_FAULTS_LOG   where all calls that succeed are written down
 *
 * The plan: of the calls in `ops`, `skip` more pass; `count` more (-1: all that
 * come) do as `action` says.
 *
 * The log has a line a call, which names files by their inode: a write cannot
 * know what its file will be called at last.
 *
 *	C INODE PATH         opened for writing, made if need be
 *	T INODE LENGTH       cut to this length
 *	W INODE AT LENGTH    and LENGTH octets, and a newline
 *	S INODE              fsync of a file
 *	D PATH               fsync of a folder
 *	R INODE TO PATH      renamed; PATH was its name
 *	U PATH               unlinked
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum op {
	OP_OPEN = 1, /* for writing */
	OP_WRITE = 2,
	OP_SYNC = 4,
	OP_RENAME = 8,
	OP_CLOSE = 16, /* of what was written */
	OP_UNLINK = 32,
	OP_CUT = 64, /* ftruncate */
	OP_ACCEPT = 128, /* of any socket */
};

enum action {
	ACTION_FAIL, /* with `number` as errno; a close closes */
	ACTION_KILL,
	ACTION_HALF, /* a write takes half, and then the process dies */
};

struct plan {
	_Atomic uint32_t ops;
	_Atomic uint32_t action;
	_Atomic int32_t skip, count, number;
	_Atomic uint32_t seen, hit;
};

static struct {
	struct plan *plan; /* NULL: none, or not for this program */
	char dir[4096]; /* "": none */
	size_t dir_n;
	int log; /* -1: none */
	pthread_mutex_t lock;
	int (*open)(const char *, int, ...);
	int (*openat)(int, const char *, int, ...);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*writev)(int, const struct iovec *, int);
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	int (*fsync)(int);
	int (*fdatasync)(int);
	int (*rename)(const char *, const char *);
	int (*close)(int);
	int (*unlink)(const char *);
	int (*unlinkat)(int, const char *, int);
	int (*ftruncate)(int, off_t);
	int (*accept4)(int, struct sockaddr *, socklen_t *, int);
} real = {.log = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static void *
find(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		abort();
	return f;
}

/* ISO C knows no conversion of a pointer to a function. */
#define FIND(name) (*(void **)&real.name = find(#name))

static void
plan_map(void)
{
	const char *path = getenv("WAYMARK_FAULTS_PLAN");
	const char *name = getenv("WAYMARK_FAULTS_NAME");
	void *p;
	int fd;

	if (path == NULL ||
		(name != NULL &&
			strcmp(name, program_invocation_short_name) != 0))
		return;
	fd = real.open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED,
		fd, 0);
	real.close(fd);
	if (p != MAP_FAILED)
		real.plan = p;
}

static void __attribute__((constructor)) begin(void)
{
	const char *dir = getenv("WAYMARK_FAULTS_DIR");
	const char *log = getenv("WAYMARK_FAULTS_LOG");

	FIND(open);
	FIND(openat);
	FIND(write);
	FIND(writev);
	FIND(pwrite);
	FIND(fsync);
	FIND(fdatasync);
	FIND(rename);
	FIND(close);
	FIND(unlink);
	FIND(unlinkat);
	FIND(ftruncate);
	FIND(accept4);
	snprintf(real.dir, sizeof(real.dir), "%s", dir != NULL ? dir : "");
	real.dir_n = strlen(real.dir);
	if (log != NULL)
		real.log = real.open(
			log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	plan_map();
}

/* The folder itself, or what is in it. */
static bool
is_ours(const char *path)
{
	return real.dir_n > 0 && strncmp(path, real.dir, real.dir_n) == 0 &&
		(path[real.dir_n] == '/' || path[real.dir_n] == '\0');
}

static bool
path_of(int fd, char path[4096])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, 4095);
	path[n < 0 ? 0 : n] = '\0';
	return is_ours(path);
}

static bool
is_ours_fd(int fd)
{
	char path[4096];

	return (real.plan != NULL || real.log >= 0) && real.dir_n > 0 &&
		path_of(fd, path);
}

/* Whether the plan is for this call; errno is set. */
static bool
strikes(enum op op)
{
	struct plan *p = real.plan;

	if (p == NULL || (atomic_load(&p->ops) & op) == 0)
		return false;
	atomic_fetch_add(&p->seen, 1);
	if (atomic_fetch_sub(&p->skip, 1) > 0)
		return false;
	atomic_store(&p->skip, 0);
	if (atomic_load(&p->count) == 0)
		return false;
	if (atomic_load(&p->count) > 0)
		atomic_fetch_sub(&p->count, 1);
	atomic_fetch_add(&p->hit, 1);
	if (atomic_load(&p->action) == ACTION_KILL ||
		(atomic_load(&p->action) == ACTION_HALF && op != OP_WRITE))
		kill(getpid(), SIGKILL);
	errno = atomic_load(&p->number);
	return true;
}

/* The log. */

static void
put(const char *format, ...)
{
	char line[9000];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > 0 && real.write(real.log, line, (size_t)n) != n)
		abort();
}

static unsigned long
inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (unsigned long)st.st_ino : 0;
}

/* Head and octets at once: others write to the log too. */
static void
put_octets(int fd, off_t at, const void *p, size_t n)
{
	char head[128];
	int k = snprintf(head, sizeof(head), "W %lu %lld %zu\n", inode_of(fd),
		(long long)at, n);
	struct iovec v[3] = {{head, (size_t)k}, {(void *)(uintptr_t)p, n},
		{(void *)(uintptr_t) "\n", 1}};

	if (real.writev(real.log, v, 3) != k + (ssize_t)n + 1)
		abort();
}

static void
put_open(int fd, int flags)
{
	char path[4096];

	if (fd < 0 || real.log < 0 || (flags & O_ACCMODE) == O_RDONLY ||
		!path_of(fd, path))
		return;
	put("C %lu %s\n", inode_of(fd), path);
	if (flags & O_TRUNC)
		put("T %lu 0\n", inode_of(fd));
}

/* The calls. */

/* A relative path is none of the folder's: rtrd names it whole. */
static bool
open_strikes(const char *path, int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY && is_ours(path) &&
		strikes(OP_OPEN);
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int fd;

	va_start(args, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (open_strikes(path, flags))
		return -1;
	pthread_mutex_lock(&real.lock);
	fd = real.open(path, flags, mode);
	put_open(fd, flags);
	pthread_mutex_unlock(&real.lock);
	return fd;
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int fd;

	va_start(args, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & O_ACCMODE) != O_RDONLY && is_ours_fd(dir) &&
		strikes(OP_OPEN))
		return -1;
	pthread_mutex_lock(&real.lock);
	fd = real.openat(dir, path, flags, mode);
	put_open(fd, flags);
	pthread_mutex_unlock(&real.lock);
	return fd;
}

/* Whether half is to be written before the process dies. */
static bool
is_half(void)
{
	return real.plan != NULL &&
		atomic_load(&real.plan->action) == ACTION_HALF;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	ssize_t k;

	if (!is_ours_fd(fd))
		return real.pwrite(fd, p, n, at);
	if (strikes(OP_WRITE)) {
		if (is_half() && real.pwrite(fd, p, n / 2, at) >= 0)
			kill(getpid(), SIGKILL);
		return -1;
	}
	pthread_mutex_lock(&real.lock);
	k = real.pwrite(fd, p, n, at);
	if (k > 0 && real.log >= 0)
		put_octets(fd, at, p, (size_t)k);
	pthread_mutex_unlock(&real.lock);
	return k;
}

/* Where the octets went is known afterwards: also with O_APPEND. */
ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t k;

	if (!is_ours_fd(fd))
		return real.write(fd, p, n);
	if (strikes(OP_WRITE)) {
		if (is_half() && real.write(fd, p, n / 2) >= 0)
			kill(getpid(), SIGKILL);
		return -1;
	}
	pthread_mutex_lock(&real.lock);
	k = real.write(fd, p, n);
	if (k > 0 && real.log >= 0)
		put_octets(fd, lseek(fd, 0, SEEK_CUR) - k, p, (size_t)k);
	pthread_mutex_unlock(&real.lock);
	return k;
}

/* Part by part: a short count is what its caller must be ready for. */
ssize_t
writev(int fd, const struct iovec *v, int count)
{
	ssize_t sum = 0, k;

	if (!is_ours_fd(fd))
		return real.writev(fd, v, count);
	for (int i = 0; i < count; i++) {
		k = write(fd, v[i].iov_base, v[i].iov_len);
		if (k < 0)
			return sum > 0 ? sum : k;
		sum += k;
		if ((size_t)k < v[i].iov_len)
			break;
	}
	return sum;
}

static int
sync_with(int fd, int (*call)(int))
{
	char path[4096];
	struct stat st;
	int result;

	if (!is_ours_fd(fd))
		return call(fd);
	if (strikes(OP_SYNC))
		return -1;
	pthread_mutex_lock(&real.lock);
	result = call(fd);
	if (result == 0 && real.log >= 0 && fstat(fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			put("S %lu\n", (unsigned long)st.st_ino);
		else if (path_of(fd, path))
			put("D %s\n", path);
	}
	pthread_mutex_unlock(&real.lock);
	return result;
}

int
fsync(int fd)
{
	return sync_with(fd, real.fsync);
}

int
fdatasync(int fd)
{
	return sync_with(fd, real.fdatasync);
}

int
rename(const char *from, const char *to)
{
	struct stat st;
	int result;

	if (!is_ours(to))
		return real.rename(from, to);
	if (strikes(OP_RENAME))
		return -1;
	pthread_mutex_lock(&real.lock);
	if (lstat(from, &st) != 0)
		st.st_ino = 0;
	result = real.rename(from, to);
	if (result == 0 && real.log >= 0)
		put("R %lu %s %s\n", (unsigned long)st.st_ino, to, from);
	pthread_mutex_unlock(&real.lock);
	return result;
}

/* What was only read cannot be lost. */
static bool
is_written(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && is_ours_fd(fd);
}

/* The descriptor is gone in any case, as Linux has it. */
int
close(int fd)
{
	bool fails = real.plan != NULL && is_written(fd) && strikes(OP_CLOSE);
	int number = errno, result = real.close(fd);

	if (!fails)
		return result;
	errno = number;
	return -1;
}

int
unlink(const char *path)
{
	int result;

	if (!is_ours(path))
		return real.unlink(path);
	if (strikes(OP_UNLINK))
		return -1;
	pthread_mutex_lock(&real.lock);
	result = real.unlink(path);
	if (result == 0 && real.log >= 0)
		put("U %s\n", path);
	pthread_mutex_unlock(&real.lock);
	return result;
}

int
unlinkat(int dir, const char *name, int flags)
{
	char path[4096];
	int result;

	if (dir == AT_FDCWD || !path_of(dir, path))
		return real.unlinkat(dir, name, flags);
	if (strikes(OP_UNLINK))
		return -1;
	pthread_mutex_lock(&real.lock);
	result = real.unlinkat(dir, name, flags);
	if (result == 0 && real.log >= 0)
		put("U %s/%s\n", path, name);
	pthread_mutex_unlock(&real.lock);
	return result;
}

int
ftruncate(int fd, off_t length)
{
	int result;

	if (!is_ours_fd(fd))
		return real.ftruncate(fd, length);
	if (strikes(OP_CUT))
		return -1;
	pthread_mutex_lock(&real.lock);
	result = real.ftruncate(fd, length);
	if (result == 0 && real.log >= 0)
		put("T %lu %lld\n", inode_of(fd), (long long)length);
	pthread_mutex_unlock(&real.lock);
	return result;
}

/* In glibc the address is a union that stands for every kind of pointer. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
int
accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
	if (strikes(OP_ACCEPT))
		return -1;
	return real.accept4(fd, peer, size, flags);
}
#pragma GCC diagnostic pop
