/*
 * house: the state folder, and where things lie.
 *
 *	DIR/lock          held by the one instance; its process id
 *	DIR/snapshot      the last good set
 *	DIR/run.snapshot  what the run under way leaves
 *	DIR/history       session ids, serials, changes: rtrd/state/lineage.h
 *	DIR/sessions      ids that were used, see rtrd/state/identity.h
 *
 * The children keep their own things there: store, what is wanted, the last
 * good version of each publication point.
 */
#ifndef KEEP_HOUSE_H
#define KEEP_HOUSE_H

#include "waymark/bounds.h"

#define HOUSE_LOCK	   "lock"
#define HOUSE_SNAPSHOT	   "snapshot"
#define HOUSE_RUN_SNAPSHOT "run.snapshot"

/* Make the folder if it is not there and lock it against a second instance; the
 * lock goes with the process.  0 with the lock's descriptor in `*fd`; or the
 * error (ERR_LOCKED: another one is there) with `why`, which names the folder,
 * and the process that holds it. */
int house_open(const char *folder, int *fd, char why[256]);

/* "FOLDER/NAME", cut if it is too long for any file.  Returns `buf`. */
const char *house_path(
	const char *folder, const char *name, char buf[BOUND_PATH]);

/* The validator to run: `named` if it is not NULL, else the one beside this
 * program, else the one in PATH.  Returns `buf` or `named`. */
const char *house_validator(const char *named, char buf[BOUND_PATH]);

#endif
