/*
 * seal: that a file was seen to be whole a short while ago.
 *
 *	engine.mdb   engine.mdb-seal: what the file was then, and when
 *
 * Whoever has checked a file and ends well leaves a seal beside it; whoever
 * reads it takes the seal away for as long, so that none outlives a process
 * that a damaged page has ended.  A file that anybody has written to since is
 * another one, and is checked again.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

/* What a file was: its number, size and times in nanoseconds. */
struct seal {
	uint64_t file, size;
	int64_t written, changed;
	int64_t at; /* when it was checked; 0: there is nothing to seal */
};

/* Whether the file at `path` has a seal that fits and is not old. */
bool seal_is_good(const char *path);

/* Take the seal away, to be put back when all ends well.  To be called when the
 * file was found whole. */
void seal_take(const char *path, struct seal *out);

/* Put it back; with `is_ours` for the file as it is now, which nobody but this
 * process has written to.  What cannot be written is no seal. */
void seal_put(const char *path, struct seal *seal, bool is_ours);

#endif
