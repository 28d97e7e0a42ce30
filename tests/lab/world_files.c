/*
 * world_files: one folder of a tree, brought to a new state.
 *
 * Written aside and renamed, so that a validator that reads meanwhile sees
 * whole files; without fsync, since a lost tree is made again.
 */
#include "tests/lab/world_inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "waymark/err.h"

struct world_folder {
	int fd;
	char aside[32]; /* no object's name has a dot first */
	VEC(const char *) names; /* that were put */
	struct arena *arena;
	size_t replaced, removed;
};

int
world_folder_open(const char *path, struct world_folder **out)
{
	struct world_folder *folder;
	int err = file_make_folders(path);
	int fd;

	if (err != 0)
		return err;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	folder = world_need(calloc(1, sizeof(*folder)));
	folder->fd = fd;
	/* CAs that share a folder may write there at one time. */
	snprintf(folder->aside, sizeof(folder->aside), ".aside.%d", fd);
	folder->arena = world_need(arena_new(65536));
	*out = folder;
	return 0;
}

static bool
world_same(int fd, const char *name, struct span bytes)
{
	struct stat st;
	uint8_t *old;
	bool same = false;
	int file = openat(fd, name, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return false;
	if (fstat(file, &st) == 0 && st.st_size == (off_t)bytes.n) {
		old = world_need(malloc(bytes.n + 1));
		same = read(file, old, bytes.n + 1) == (ssize_t)bytes.n &&
			span_equal(span_of(old, bytes.n), bytes);
		free(old);
	}
	close(file);
	return same;
}

static int
world_write_all(int file, struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(file, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return 0;
}

void
world_make_newer(int aside, int fd, const char *name)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat old, now;

	if (fstatat(fd, name, &old, 0) != 0 || fstat(aside, &now) != 0 ||
		now.st_mtim.tv_sec > old.st_mtim.tv_sec)
		return;
	times[1].tv_sec = old.st_mtim.tv_sec + 1;
	(void)futimens(aside, times); /* a test would find it out */
}

static int
world_replace(
	const struct world_folder *folder, const char *name, struct span bytes)
{
	int fd = folder->fd;
	int file = openat(fd, folder->aside,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err;

	if (file < 0)
		return err_from_errno(errno);
	err = world_write_all(file, bytes);
	world_make_newer(file, fd, name);
	if (close(file) != 0 && err == 0)
		err = err_from_errno(errno);
	if (err == 0 && renameat(fd, folder->aside, fd, name) != 0)
		err = err_from_errno(errno);
	return err;
}

void
world_folder_keep(struct world_folder *folder, const char *name)
{
	const char *kept =
		world_need(arena_text(folder->arena, name, strlen(name)));

	if (!VEC_PUSH(&folder->names, kept))
		world_need(NULL);
}

int
world_folder_put(
	struct world_folder *folder, const char *name, struct span bytes)
{
	world_folder_keep(folder, name);
	if (world_same(folder->fd, name, bytes))
		return 0;
	folder->replaced++;
	return world_replace(folder, name, bytes);
}

static int
world_compare(const void *pa, const void *pb)
{
	const char *const *a = pa;
	const char *const *b = pb;

	return strcmp(*a, *b);
}

static void
world_remove_others(struct world_folder *folder)
{
	int fd = dup(folder->fd);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return;
	if (folder->names.n != 0)
		qsort(folder->names.at, folder->names.n,
			sizeof(*folder->names.at), world_compare);
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.' || entry->d_type != DT_REG)
			continue;
		if (folder->names.n != 0 &&
			bsearch(&name, folder->names.at, folder->names.n,
				sizeof(*folder->names.at),
				world_compare) != NULL)
			continue;
		if (unlinkat(folder->fd, name, 0) == 0)
			folder->removed++;
	}
	closedir(dir);
}

void
world_folder_close(struct world_folder *folder, bool remove_others,
	struct lab_written *sum)
{
	if (remove_others)
		world_remove_others(folder);
	sum->replaced += folder->replaced;
	sum->removed += folder->removed;
	close(folder->fd);
	VEC_FREE(&folder->names);
	arena_free(folder->arena);
	free(folder);
}
