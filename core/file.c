/*
 * file: whole files in, whole files out, locks.
 *
 * Nothing here waits for anybody: a FIFO is opened without blocking and then
 * refused, a lock is taken or not.  There is no reading in pieces: what is
 * read here is checked as a whole, or not at all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "waymark/err.h"

enum {
	OUT_BUFFER = 65536,
	LINKS = 40 /* that lead to another, as in the kernel */
};

/* Between a file's name and the number of the process that writes it. */
#define ASIDE ".tmp."

/* Read until `n` octets or the end: a file may shrink while it is read. */
static int
read_all(int fd, uint8_t *p, size_t n, size_t *got)
{
	ssize_t k = 1;

	*got = 0;
	while (*got < n && k != 0) {
		k = read(fd, p + *got, n - *got);
		if (k < 0 && errno != EINTR)
			return ERR_IO;
		if (k > 0)
			*got += (size_t)k;
	}
	return 0;
}

/* The size is what fstat says once: a file that grows meanwhile is cut there,
 * and whoever checks its hash will see. */
static int
read_open(int fd, size_t max, struct arena *arena, struct span *out)
{
	struct stat st;
	uint8_t *p;
	size_t got;
	int err;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? ERR_FOLDER : ERR_KIND;
	if ((uint64_t)st.st_size > max)
		return ERR_LIMIT;
	p = arena_get(arena, (size_t)st.st_size + 1);
	if (p == NULL)
		return ERR_NOMEM;
	err = read_all(fd, p, (size_t)st.st_size, &got);
	if (err != 0)
		return err;
	p[got] = '\0';
	*out = span_of(p, got);
	return 0;
}

/* O_NONBLOCK lets a FIFO without a writer be opened, and then refused, instead
 * of waiting for one.  Regular files do not know the flag. */
int
file_read(const char *path, size_t max, struct arena *arena, struct span *out)
{
	int fd, err;

	do {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_from_errno(errno);
	err = read_open(fd, max, arena, out);
	(void)close(fd); /* nothing was written: nothing can be lost */
	return err;
}

/* The folder part of a path: "a/b" to "a", "/b" to "/", "b" to ".". */
static void
folder_of(const char *path, char *out, size_t cap)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL)
		(void)snprintf(out, cap, ".");
	else
		(void)snprintf(out, cap, "%.*s", n == 0 ? 1 : (int)n, path);
}

/* The place that a rename to `path` shall take: behind all links, as a rename
 * would put a file where the link was.  It may be yet to come. */
static int
follow(const char *path, char out[FILE_PATH])
{
	char target[FILE_PATH], folder[FILE_PATH];
	size_t size = strlen(path);
	int i, n;

	if (size == 0 || size >= FILE_PATH)
		return ERR_NOTFOUND;
	memcpy(out, path, size + 1);
	for (i = 0; i < LINKS; i++) {
		ssize_t k = readlink(out, target, sizeof(target) - 1);

		if (k < 0)
			return 0; /* no link, or nothing yet */
		target[k] = '\0';
		folder_of(out, folder, sizeof(folder));
		n = target[0] == '/'
			? snprintf(out, FILE_PATH, "%s", target)
			: snprintf(out, FILE_PATH, "%s/%s", folder, target);
		if (n < 0 || n >= FILE_PATH)
			return ERR_NOTFOUND;
	}
	return ERR_NOTFOUND;
}

/* A rename would put a file in the place of a device, a socket or a folder:
 * "/dev/null" as an output must not cost the machine its /dev/null. */
static int
refuse_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return 0;
	return S_ISDIR(st.st_mode) ? ERR_FOLDER : ERR_KIND;
}

/* Whether a file name is one that a process which is no more wrote aside for
 * `name`. */
static bool
is_left_aside(const char *file, const char *name)
{
	size_t n = strlen(name);
	uint64_t pid;

	return strncmp(file, name, n) == 0 &&
		strncmp(file + n, ASIDE, strlen(ASIDE)) == 0 &&
		text_number(file + n + strlen(ASIDE), 1, INT32_MAX, &pid) ==
		0 &&
		kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* A process that is killed while it writes leaves what it wrote: as large as
 * the file itself, and once for every time.  Whoever comes next sweeps it up,
 * as far as that goes. */
static void
sweep(const char *path)
{
	char folder[FILE_PATH];
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct dirent *entry;
	DIR *dir;

	folder_of(path, folder, sizeof(folder));
	dir = opendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (is_left_aside(entry->d_name, name))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
}

/* Take what open answered, a descriptor or -1, and memory. */
static int
out_begin(struct file_out *f, int fd)
{
	f->fd = fd;
	if (fd < 0) {
		f->aside[0] = '\0'; /* what is there is not ours */
		return f->err = err_from_errno(errno);
	}
	f->buffer = malloc(OUT_BUFFER);
	if (f->buffer == NULL)
		f->err = ERR_NOMEM;
	return f->err;
}

int
file_out_open(struct file_out *f, const char *path)
{
	*f = (struct file_out){.fd = -1};
	f->err = follow(path, f->path);
	if (f->err == 0)
		f->err = refuse_kind(f->path);
	if (f->err != 0)
		return f->err;
	sweep(f->path);
	(void)snprintf(f->aside, sizeof(f->aside), "%s" ASIDE "%ld", f->path,
		(long)getpid());
	/* One of this name can only be what a killed process left. */
	if (out_begin(f,
		    open(f->aside,
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
				    O_NOFOLLOW,
			    0644)) != 0)
		file_out_drop(f);
	return f->err;
}

bool
file_is_stdout(const char *path)
{
	struct stat a, b;

	if (strcmp(path, "-") == 0)
		return true;
	if (stat(path, &a) != 0 || fstat(STDOUT_FILENO, &b) != 0)
		return false;
	/* Two may well write to one /dev/null. */
	if (S_ISCHR(a.st_mode) && isatty(STDOUT_FILENO) == 0)
		return false;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool
file_is_stream(const char *path)
{
	return file_is_stdout(path) || refuse_kind(path) == ERR_KIND;
}

/* To be opened without waiting, for who reads a pipe, and then written to with
 * all the patience that it takes. */
static int
open_patient(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return -1;
}

int
file_out_stream(struct file_out *f, const char *path)
{
	bool is_stdout = file_is_stdout(path);

	*f = (struct file_out){.fd = -1};
	/* To open it again by its name would begin at its front. */
	if (is_stdout && fflush(stdout) != 0)
		return f->err = ERR_IO;
	if (out_begin(f,
		    is_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
			      : open_patient(path)) != 0)
		file_out_drop(f);
	return f->err;
}

bool
file_is_same(const char *a, const char *b)
{
	char x[FILE_PATH], y[FILE_PATH], folder[FILE_PATH];
	struct stat s, t;
	const char *slash_x, *slash_y;

	if (refuse_kind(a) == ERR_KIND || refuse_kind(b) == ERR_KIND)
		return stat(a, &s) == 0 && stat(b, &t) == 0 &&
			!S_ISCHR(s.st_mode) && s.st_dev == t.st_dev &&
			s.st_ino == t.st_ino;
	if (follow(a, x) != 0 || follow(b, y) != 0)
		return false;
	slash_x = strrchr(x, '/');
	slash_y = strrchr(y, '/');
	if (strcmp(slash_x == NULL ? x : slash_x + 1,
		    slash_y == NULL ? y : slash_y + 1) != 0)
		return false;
	folder_of(x, folder, sizeof(folder));
	if (stat(folder, &s) != 0)
		return false;
	folder_of(y, folder, sizeof(folder));
	return stat(folder, &t) == 0 && s.st_dev == t.st_dev &&
		s.st_ino == t.st_ino;
}

/* Everything, or the first error in f->err: a short write is carried on. */
static void
write_all(struct file_out *f, const uint8_t *p, size_t n)
{
	while (n > 0 && f->err == 0) {
		ssize_t k = write(f->fd, p, n);

		if (k < 0 && errno != EINTR)
			f->err = err_from_errno(errno);
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
}

void
file_out_write(struct file_out *f, const void *p, size_t n)
{
	if (f->err != 0 || f->buffer == NULL || n == 0)
		return;
	/* Small pieces are gathered; a large one goes past the buffer. */
	if (n > OUT_BUFFER - f->n) {
		write_all(f, f->buffer, f->n);
		f->n = 0;
	}
	if (n >= OUT_BUFFER) {
		write_all(f, p, n);
		return;
	}
	memcpy(f->buffer + f->n, p, n);
	f->n += n;
}

/* Close what was written; what was written aside, with all on the disk. */
static void
out_finish(struct file_out *f)
{
	write_all(f, f->buffer, f->n);
	f->n = 0;
	if (f->err == 0 && f->aside[0] != '\0' && fsync(f->fd) != 0)
		f->err = err_from_errno(errno);
	if (close(f->fd) != 0 && f->err == 0)
		f->err = err_from_errno(errno);
	f->fd = -1;
}

int
file_sync_folder_of(const char *path)
{
	char folder[FILE_PATH];
	int fd, err = 0;

	folder_of(path, folder, sizeof(folder));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	/* Some file systems know no fsync of folders: they say EINVAL. */
	if (fsync(fd) != 0 && errno != EINVAL)
		err = err_from_errno(errno);
	(void)close(fd);
	return err;
}

int
file_out_commit(struct file_out *f)
{
	char folder[FILE_PATH];
	int fd;

	if (f->buffer == NULL)
		return f->err != 0 ? f->err : ERR_USAGE;
	out_finish(f);
	if (f->aside[0] == '\0') {
		file_out_drop(f);
		return f->err;
	}
	folder_of(f->path, folder, sizeof(folder));
	/* Opened before the rename, so that only the fsync can fail after. */
	fd = f->err != 0 ? -1
			 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && f->err == 0)
		f->err = err_from_errno(errno);
	if (f->err == 0 && rename(f->aside, f->path) != 0)
		f->err = err_from_errno(errno);
	if (f->err == 0)
		f->aside[0] = '\0';
	/* Some file systems know no fsync of folders: they say EINVAL. */
	if (f->err == 0 && fsync(fd) != 0 && errno != EINVAL)
		f->err = err_from_errno(errno);
	if (fd >= 0)
		(void)close(fd);
	file_out_drop(f);
	return f->err;
}

void
file_out_drop(struct file_out *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
	if (f->aside[0] != '\0')
		(void)unlink(f->aside);
	f->aside[0] = '\0';
	free(f->buffer);
	f->buffer = NULL;
}

int
file_lock(const char *path, int *fd)
{
	/* The file stays when the lock goes: removing it would let two hold
	 * locks on two files of one name.  Whoever may read it may lock it, and
	 * keep us from starting. */
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	/* One that is there can be locked where nothing can be written. */
	if (lock < 0 && errno == EROFS)
		lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (lock < 0)
		return err_from_errno(errno);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		err = errno == EWOULDBLOCK ? ERR_LOCKED : err_from_errno(errno);
		(void)close(lock);
		return err;
	}
	*fd = lock;
	return 0;
}

const char *
file_beside(const char *relative, char path[FILE_PATH])
{
	char self[FILE_PATH];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	path[0] = '\0';
	if (n <= 0)
		return path;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return path;
	*slash = '\0';
	if (snprintf(path, FILE_PATH, "%s/%s", self, relative) >= FILE_PATH)
		path[0] = '\0';
	return path;
}

int
file_make_folders(const char *path)
{
	char part[4096];
	struct stat st;
	size_t n = strlen(path);
	int err = 0;

	if (n == 0 || n >= sizeof(part))
		return ERR_NOTFOUND;
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST && err == 0)
			err = err_from_errno(errno);
		part[i] = path[i];
	}
	/* What counts is what stands there now, whoever made it. */
	if (stat(path, &st) != 0)
		return err != 0 ? err : err_from_errno(errno);
	return S_ISDIR(st.st_mode) ? 0 : ERR_EXISTS;
}
