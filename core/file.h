/*
 * file: whole files in, whole files out, locks.
 *
 *	write aside  path.tmp.PID  ->  fsync  ->  rename  ->  fsync folder
 *
 * A reader of `path` sees the old content or the new, never a part.  Every
 * write, close, fsync and rename is checked.  A symbolic link stays, and the
 * file that it leads to is replaced.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/span.h"

struct arena;

/* Read all of a regular file of at most `max` octets into `arena`, followed by
 * one NUL that does not count.  0; ERR_NOTFOUND, ERR_DENIED, ERR_IO,
 * ERR_NOMEM; ERR_LIMIT for one that is larger; ERR_FOLDER, and ERR_KIND for
 * what else is not a regular file. */
int file_read(
	const char *path, size_t max, struct arena *arena, struct span *out);

enum {
	FILE_PATH = 4096 /* octets of a path and its NUL */
};

/* A file that is being written aside. */
struct file_out {
	int fd;
	int err; /* the first error; later calls do nothing */
	char path[FILE_PATH]; /* the final place */
	char aside[FILE_PATH + 32]; /* "": written straight into its place */
	uint8_t *buffer;
	size_t n;
};

/* Begin to write what shall become `path`, and remove what killed processes had
 * begun to.  0 or the error; ERR_FOLDER, or ERR_KIND, when something stands
 * there that is no regular file. */
int file_out_open(struct file_out *f, const char *path);

/* The same for what nothing can be renamed over: stdout, also under another
 * name; a device; a pipe.  What is added goes straight in, and cannot be taken
 * back.  A pipe that nobody reads is refused, as ERR_SYSTEM. */
int file_out_stream(struct file_out *f, const char *path);

/* Whether `path` is one for file_out_stream; whether it is "-" or leads to
 * what stdout is, which must not be written to by two. */
bool file_is_stream(const char *path);
bool file_is_stdout(const char *path);

/* Whether two paths lead to one place, so that what is written to the first
 * would be lost or mixed with the second.  Devices take anything. */
bool file_is_same(const char *a, const char *b);

/* Add octets; an error is kept for file_out_commit. */
void file_out_write(struct file_out *f, const void *p, size_t n);

/* Flush, fsync, rename, fsync the folder.  0, or the first error of all; then
 * the old file is untouched and what was written aside is gone.  (Only when
 * the very last step fails does the new file stand in spite of the error.) */
int file_out_commit(struct file_out *f);

/* Give up: remove what was written aside.  Fine after a commit. */
void file_out_drop(struct file_out *f);

/* Put on the disk what the folder of `path` says of it: without that a rename
 * or a new file may be gone with the power.  0 or the error. */
int file_sync_folder_of(const char *path);

/* Create and lock `path` against a second holder (flock; it goes when the
 * process does).  0 with `*fd` open; ERR_LOCKED; or the error. */
int file_lock(const char *path, int *fd);

/* The path of what lies at `relative` from the folder of the running program
 * ("../share/x"); nobody has looked whether it is there.  Returns `path`, which
 * is "" when it would be too long. */
const char *file_beside(const char *relative, char path[FILE_PATH]);

/* Make a folder and those above it, mode 0755.  0 also when it is there. */
int file_make_folders(const char *path);

#endif
