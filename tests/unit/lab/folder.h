/*
 * folder: a temporary folder for a test of the lab, and what lies in it.
 */
#ifndef LAB_TEST_FOLDER_H
#define LAB_TEST_FOLDER_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"

/* Make a folder whose name is written to `dir`. */
static inline void
folder_make(char dir[64])
{
	snprintf(dir, 64, "/tmp/waymark-lab-XXXXXX");
	cr_assert(mkdtemp(dir) != NULL);
}

static inline int
folder_unlink(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

/* Remove it with all below. */
static inline void
folder_remove(const char *dir)
{
	nftw(dir, folder_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Read a file in it; n = 0 and p = NULL when there is none. */
static inline struct span
folder_read(const char *dir, const char *name, struct arena *arena)
{
	struct span out = {0};
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)file_read(path, 1 << 24, arena, &out); /* empty tells */
	return out;
}

#endif
