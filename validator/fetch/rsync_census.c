/*
 * rsync_census: counting from outside, while the program writes.
 *
 * Folders come and go meanwhile, so a count is near the truth and no more: it
 * is there to end what has no end.  Passes are as far apart as ten of them
 * take, a second at least, so that counting is never what the time is spent on.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validator/fetch/rsync_tree.h"

enum {
	APART_MS = 1000,
	APART_TIMES = 10,
};

/* Count an entry, and go into it when it is a folder. */
static const char *
count(struct rsync_census *c, DIR *dir, const char *name)
{
	struct stat st;
	DIR *below;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return NULL;
	c->files++;
	if (S_ISREG(st.st_mode))
		c->octets += (uint64_t)st.st_size;
	if (c->files > BOUND_RSYNC_FILES)
		return "the module has too many files";
	if (c->octets > BOUND_RSYNC_OCTETS)
		return "the module has too many octets";
	if (!S_ISDIR(st.st_mode))
		return NULL;
	if (c->depth == BOUND_RSYNC_DEPTH + 1)
		return "the module has too many folders in one another";
	below = rsync_folder_open(dirfd(dir), name);
	if (below != NULL)
		c->open[c->depth++] = below;
	return NULL;
}

static void
pass_end(struct rsync_census *c, struct mono now)
{
	int64_t apart = APART_TIMES * mono_since(c->begun, now);

	c->next.ms = now.ms + (apart < APART_MS ? APART_MS : apart);
}

const char *
rsync_census_step(struct rsync_census *c, int root)
{
	struct mono now = mono_now();
	const char *broken = NULL;

	if (c->depth == 0) {
		if (mono_since(c->next, now) < 0)
			return NULL;
		c->begun = now;
		c->files = c->octets = 0;
		c->open[0] = rsync_folder_open(root, ".");
		c->depth = c->open[0] == NULL ? 0 : 1;
	}
	for (int i = 0; i < RSYNC_SLICE && c->depth > 0 && broken == NULL &&
		mono_since(now, mono_now()) < RSYNC_SLICE_MS;
		i++) {
		DIR *dir = c->open[c->depth - 1];
		struct dirent *entry = readdir(dir);

		if (entry != NULL)
			broken = count(c, dir, entry->d_name);
		else
			(void)closedir(c->open[--c->depth]);
	}
	if (c->depth == 0)
		pass_end(c, mono_now());
	return broken;
}

int
rsync_census_wait(const struct rsync_census *c, struct mono now)
{
	int64_t left = mono_since(now, c->next);

	return c->depth > 0 || left < 0 ? 0 : (int)left;
}

void
rsync_census_fini(struct rsync_census *c)
{
	while (c->depth > 0)
		(void)closedir(c->open[--c->depth]);
}
