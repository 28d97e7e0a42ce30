/*
 * folder: a folder of a test's own, gone when the test is.
 */
#ifndef TESTS_CORE_FOLDER_H
#define TESTS_CORE_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct folder {
	char path[64];
};

static inline struct folder
folder_new(void)
{
	struct folder f = {"/tmp/waymark-test-XXXXXX"};

	if (mkdtemp(f.path) == NULL)
		abort();
	return f;
}

/* One in memory, where there is such a place: for tests that have much flushed,
 * and none of which is about the disk. */
static inline struct folder
folder_new_in_memory(void)
{
	struct folder f = {"/dev/shm/waymark-test-XXXXXX"};

	return mkdtemp(f.path) != NULL ? f : folder_new();
}

/* The path of a name in the folder; lives until `buf` does. */
static inline const char *
folder_path(const struct folder *f, const char *name, char buf[256])
{
	(void)snprintf(buf, 256, "%s/%s", f->path, name);
	return buf;
}

static inline int
folder_remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
folder_free(const struct folder *f)
{
	(void)nftw(f->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
