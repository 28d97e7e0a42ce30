/*
 * rsync_trash: removing trees that a stranger has shaped.
 *
 * Depth is a matter of the stranger's taste (4,096 folders in one another,
 * say), so there is neither recursion nor a stack: see the header.  Nobody
 * writes to these trees any more.
 */
#include "validator/fetch/rsync_trash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validator/fetch/rsync_tree.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	TRIES = 64 /* to find a name that is not taken */
};

#define TRASH "trash"

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool
rsync_trash_take(struct rsync_trash *t, int from, const char *name)
{
	char to[32];

	for (int i = 0; i < TRIES; i++) {
		(void)snprintf(to, sizeof(to), "m%llu",
			(unsigned long long)t->moved++);
		if (renameat(from, name, dirfd(t->top), to) == 0) {
			t->busy = true;
			return true;
		}
		/* To move a folder, one must be allowed to write to it. */
		if (errno == EACCES && fchmodat(from, name, 0700, 0) == 0)
			continue;
		if (errno != EEXIST && errno != ENOTEMPTY)
			return false;
	}
	return false;
}

/* Remove one entry, or move it up when it is a folder that holds something. */
static bool
entry_remove(struct rsync_trash *t, int at, const char *name)
{
	if (unlinkat(at, name, 0) == 0)
		return true;
	if (errno != EISDIR)
		return false;
	if (unlinkat(at, name, AT_REMOVEDIR) == 0)
		return true;
	return rsync_trash_take(t, at, name);
}

/* The folder is through: it is empty, or else comes up again. */
static void
inner_end(struct rsync_trash *t)
{
	(void)closedir(t->inner);
	t->inner = NULL;
	if (unlinkat(dirfd(t->top), t->name, AT_REMOVEDIR) == 0)
		t->removed++;
}

static void
inner_begin(struct rsync_trash *t, const char *name)
{
	int top = dirfd(t->top);

	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	t->inner = rsync_folder_open(top, name);
	if (t->inner == NULL && errno == EACCES &&
		fchmodat(top, name, 0700, 0) == 0)
		t->inner = rsync_folder_open(top, name);
}

/* All of `top` was seen: done, or another pass if this one got anywhere. */
static void
top_end(struct rsync_trash *t)
{
	t->busy = t->removed > 0;
	t->removed = 0;
	rewinddir(t->top);
}

static void
one_step(struct rsync_trash *t)
{
	DIR *dir = t->inner != NULL ? t->inner : t->top;
	struct dirent *entry = readdir(dir);

	if (entry == NULL && t->inner != NULL)
		inner_end(t);
	else if (entry == NULL)
		top_end(t);
	else if (is_dots(entry->d_name))
		return;
	else if (t->inner != NULL) {
		if (entry_remove(t, dirfd(dir), entry->d_name))
			t->removed++;
	} else if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
		t->removed++;
	else
		inner_begin(t, entry->d_name);
}

bool
rsync_trash_step(struct rsync_trash *t)
{
	struct mono begun = mono_now();

	for (unsigned i = 0; i < RSYNC_TRASH_SLICE && t->busy &&
		mono_since(begun, mono_now()) < RSYNC_TRASH_MS;
		i++)
		one_step(t);
	return t->busy;
}

/* Everything that an earlier process left behind. */
static void
leftovers_take(struct rsync_trash *t, int staging)
{
	DIR *dir = rsync_folder_open(staging, ".");
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (!is_dots(entry->d_name) &&
			strcmp(entry->d_name, TRASH) != 0)
			(void)rsync_trash_take(t, staging, entry->d_name);
	if (dir != NULL)
		(void)closedir(dir);
}

int
rsync_trash_open(struct rsync_trash *t, int staging)
{
	*t = (struct rsync_trash){.busy = true};
	if (mkdirat(staging, TRASH, 0700) != 0 && errno != EEXIST)
		return err_from_errno(errno);
	t->top = rsync_folder_open(staging, TRASH);
	if (t->top == NULL)
		return err_from_errno(errno);
	/* Names that an earlier process gave are of an earlier second. */
	t->moved = (uint64_t)wall_now().s * 1000000;
	leftovers_take(t, staging);
	return 0;
}

void
rsync_trash_close(struct rsync_trash *t)
{
	if (t->inner != NULL)
		(void)closedir(t->inner);
	if (t->top != NULL)
		(void)closedir(t->top);
	*t = (struct rsync_trash){0};
}
