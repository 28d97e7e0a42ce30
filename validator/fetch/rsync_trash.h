/*
 * rsync_trash: folders that go, a few files at a time.
 *
 *	STAGING/trash/  12/ m7/ m8/ ...
 *
 * A folder to be removed is moved here.  What is found in it is unlinked;
 * folders in it are moved up beside it, so that no tree is too deep, and at any
 * time one folder is open.  No link is followed.
 */
#ifndef FETCH_RSYNC_TRASH_H
#define FETCH_RSYNC_TRASH_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	RSYNC_TRASH_SLICE = 200, /* entries of one step */
	RSYNC_TRASH_MS = 2, /* and how long it takes, about */
};

struct rsync_trash {
	DIR *top, *inner; /* inner: the one that is being emptied, or NULL */
	char name[256]; /* of inner */
	uint64_t moved; /* names given so far */
	uint64_t removed; /* in this pass over `top` */
	bool busy;
};

/* Make the trash in the folder STAGING, and move there what was left in it.
 * 0 or the error. */
int rsync_trash_open(struct rsync_trash *t, int staging);

/* Move `name` of the folder `from` to the trash; false when it cannot be. */
bool rsync_trash_take(struct rsync_trash *t, int from, const char *name);

/* Remove a slice; true while there is more.  What cannot be removed stays, for
 * the next start. */
bool rsync_trash_step(struct rsync_trash *t);

/* Let go of it, whatever is left. */
void rsync_trash_close(struct rsync_trash *t);

#endif
