/*
 * rsync_trash: removing trees that a stranger has shaped.
 *
 * Depth is a matter of the stranger's taste (4,096 folders in one another,
 * say), so there is neither recursion nor a stack: see the header.  Nobody
 * writes to these trees any more.
 *
 * The remover dies with us, and holds nothing of ours open meanwhile: neither
 * locks nor the pipes by which others see that we are gone.
 */
#include "validator/fetch/rsync_trash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validator/fetch/rsync_tree.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	TRIES = 64, /* to find a name that is not taken */
	NICE = 10,
};

#define TRASH "trash"

/* The remover's own. */
struct emptying {
	DIR *top, *inner; /* inner: the one that is being emptied, or NULL */
	char name[256]; /* of inner */
	uint64_t names; /* given so far */
	uint64_t removed; /* in this pass over `top` */
	bool through;
};

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Move an entry into the trash, under a name that is not taken. */
static bool
move_in(DIR *top, uint64_t *names, int from, const char *name)
{
	char to[32];

	for (int i = 0; i < TRIES; i++) {
		(void)snprintf(to, sizeof(to), "m%llu",
			(unsigned long long)(*names)++);
		if (renameat(from, name, dirfd(top), to) == 0)
			return true;
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
entry_remove(struct emptying *e, int at, const char *name)
{
	if (unlinkat(at, name, 0) == 0)
		return true;
	if (errno != EISDIR)
		return false;
	if (unlinkat(at, name, AT_REMOVEDIR) == 0)
		return true;
	return move_in(e->top, &e->names, at, name);
}

static void
inner_begin(struct emptying *e, const char *name)
{
	int top = dirfd(e->top);

	(void)snprintf(e->name, sizeof(e->name), "%s", name);
	e->inner = rsync_folder_open(top, name);
	if (e->inner == NULL && errno == EACCES &&
		fchmodat(top, name, 0700, 0) == 0)
		e->inner = rsync_folder_open(top, name);
}

/* The folder is through: it is empty, or else comes up again. */
static void
inner_end(struct emptying *e)
{
	(void)closedir(e->inner);
	e->inner = NULL;
	if (unlinkat(dirfd(e->top), e->name, AT_REMOVEDIR) == 0)
		e->removed++;
}

/* All of `top` was seen: done, or another pass if this one got anywhere. */
static void
top_end(struct emptying *e)
{
	e->through = e->removed == 0;
	e->removed = 0;
	rewinddir(e->top);
}

static void
one_step(struct emptying *e)
{
	DIR *dir = e->inner != NULL ? e->inner : e->top;
	struct dirent *entry = readdir(dir);

	if (entry == NULL && e->inner != NULL)
		inner_end(e);
	else if (entry == NULL)
		top_end(e);
	else if (is_dots(entry->d_name))
		return;
	else if (e->inner != NULL)
		e->removed += entry_remove(e, dirfd(dir), entry->d_name);
	else if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
		e->removed++;
	else
		inner_begin(e, entry->d_name);
}

/* Let go of all that is the parent's. */
static void
descriptors_leave(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	if (keep > 3)
		(void)close_range(3, (unsigned)keep - 1, 0);
	(void)close_range((unsigned)keep + 1, ~0U, 0);
}

/* The remover's side of the fork; does not come back. */
static void
remove_all(const struct rsync_trash *t, pid_t parent)
{
	struct emptying e = {.names = t->names};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	e.top = rsync_folder_open(dirfd(t->top), ".");
	if (e.top == NULL || dirfd(e.top) < 3)
		_exit(1);
	descriptors_leave(dirfd(e.top));
	while (!e.through)
		one_step(&e);
	_exit(0);
}

bool
rsync_trash_take(struct rsync_trash *t, int from, const char *name)
{
	if (!move_in(t->top, &t->names, from, name))
		return false;
	t->busy = true;
	t->again = t->remover > 0;
	return true;
}

bool
rsync_trash_step(struct rsync_trash *t)
{
	pid_t parent = getpid(), pid;

	if (t->remover > 0) {
		pid = waitpid(t->remover, NULL, WNOHANG);
		if (pid == 0 || (pid < 0 && errno == EINTR))
			return true;
		t->remover = 0;
		t->busy = t->again;
		t->again = false;
	}
	if (!t->busy)
		return false;
	pid = fork();
	if (pid == 0)
		remove_all(t, parent);
	if (pid > 0)
		t->remover = pid;
	return true;
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
	t->names = (uint64_t)wall_now().s * 1000000;
	leftovers_take(t, staging);
	return 0;
}

void
rsync_trash_close(struct rsync_trash *t)
{
	if (t->remover > 0) {
		(void)kill(t->remover, SIGKILL);
		(void)waitpid(t->remover, NULL, 0);
	}
	if (t->top != NULL)
		(void)closedir(t->top);
	*t = (struct rsync_trash){0};
}
