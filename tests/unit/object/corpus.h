/*
 * corpus: files of the corpus for tests, which are skipped without it.
 */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include <criterion/criterion.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "waymark/bounds.h"

/* Where the corpus is; NULL, and a line that says so, when there is none. */
static inline const char *
corpus_root(void)
{
	const char *root = getenv("WAYMARK_CORPUS");

	if (root == NULL)
		printf("SKIPPED: WAYMARK_CORPUS\n");
	return root;
}

/* The octets of a file below the corpus.  Ends the test when there is none. */
static inline struct span
corpus_file(const char *root, const char *path, struct arena *arena)
{
	char full[BOUND_PATH];
	struct span der = {0};

	snprintf(full, sizeof(full), "%s/%s", root, path);
	cr_assert(file_read(full, BOUND_OBJECT_MAX, arena, &der) == 0, "%s",
		full);
	return der;
}

typedef void (*corpus_fn)(const char *path, struct span der, void *context);

/* Hand every file below `folder` whose name ends in `ending` to `each`; how
 * many there were. */
static inline size_t
corpus_walk(const char *root, const char *folder, const char *ending,
	corpus_fn each, void *context)
{
	struct arena *arena = arena_new(1 << 20);
	char full[BOUND_PATH];
	char *const tops[] = {full, NULL};
	size_t seen = 0;
	FTSENT *entry;
	FTS *fts;

	snprintf(full, sizeof(full), "%s/%s", root, folder);
	fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	cr_assert(fts != NULL && arena != NULL);
	while ((entry = fts_read(fts)) != NULL) {
		size_t n = strlen(entry->fts_path), e = strlen(ending);
		struct span der;

		if (entry->fts_info != FTS_F || n < e ||
			strcmp(entry->fts_path + n - e, ending) != 0)
			continue;
		cr_assert(file_read(entry->fts_path, BOUND_OBJECT_MAX, arena,
				  &der) == 0);
		each(entry->fts_path + strlen(root) + 1, der, context);
		arena_reset(arena);
		seen++;
	}
	fts_close(fts);
	arena_free(arena);
	return seen;
}

#endif
