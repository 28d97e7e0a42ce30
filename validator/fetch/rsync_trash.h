/*
 * rsync_trash: folders that go, in a process of its own.
 *
 *	STAGING/trash/  m7/ m8/ ...
 *
 * A folder to be removed is moved here; a child empties the trash.  To remove
 * 20,000 files takes a disk that others keep busy most of a minute, and each
 * removal may wait: nothing for the thread that fetches.
 *
 * What is found in a folder is unlinked; folders in it are moved up beside it,
 * so that no tree is too deep, and at any time one folder is open.  No link is
 * followed.
 */
#ifndef FETCH_RSYNC_TRASH_H
#define FETCH_RSYNC_TRASH_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct rsync_trash {
	DIR *top; /* the trash */
	uint64_t names; /* given so far */
	pid_t remover; /* 0: none is at work */
	bool busy; /* something is, or may be, there */
	bool again; /* and came after the remover had begun */
};

/* Make the trash in the folder STAGING, and move there what was left in it.
 * 0 or the error. */
int rsync_trash_open(struct rsync_trash *t, int staging);

/* Move `name` of the folder `from` to the trash; false when it cannot be. */
bool rsync_trash_take(struct rsync_trash *t, int from, const char *name);

/* Start a remover where there is work, reap one that is through; true while
 * there is something to remove.  What cannot be removed stays, for the next
 * start. */
bool rsync_trash_step(struct rsync_trash *t);

/* Let go of it, whatever is left; kills the remover. */
void rsync_trash_close(struct rsync_trash *t);

#endif
