/*
 * reader: CACHE/objects.mdb, the side of a run.
 *
 *	reader (one a run) --view--> one a thread, all of the same moment
 *
 * Views see one state of the store, however long the run takes and whatever is
 * fetched meanwhile.  Octets are views into the file's memory, unchanged until
 * the view ends, and are compared with their hash here, each time they are
 * handed out.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/fetch/depot.h"
#include "waymark/span.h"

struct store;
struct reader_file; /* the open store */
struct reader_view; /* one thread's */

/* A set that an object is looked up in. */
struct set {
	uint64_t id; /* 0: none */
	uint8_t stamp[32]; /* another one when anything of the set changes, or
			      the store begins anew */
};

/* A file that is looked for in a folder of a set. */
struct set_file {
	struct span name;
	const uint8_t *hash;
};

/* Open the store below `folder` for reading.  0; ERR_NOTFOUND when there is
 * none yet; ERR_CHECKSUM for a damaged one; or another error. */
int reader_open(const char *folder, struct reader_file **out);

/* The same over a store that this process writes, as LMDB wants one opening of
 * a file in a process; `s` outlives it. */
int reader_attach(struct store *s, struct reader_file **out);

/* NULL is fine; all views are ended before. */
void reader_close(struct reader_file *f);

/* Begin `count` views of one moment, the latest.  0 or the error, and none. */
int reader_begin(
	struct reader_file *f, struct reader_view **views, size_t count);
void reader_end(struct reader_view *v);

/* The record of a repository (texts in `arena`) and its live set.  0;
 * ERR_NOTFOUND; ERR_SYNTAX for a record that does not hold together. */
int reader_repo(struct reader_view *v, struct repo_id id, struct arena *arena,
	struct repo_record *out, struct set *set);

/* The hash that a set has for a URI.  0 or ERR_NOTFOUND. */
int reader_find(struct reader_view *v, struct set set, struct span uri,
	uint8_t hash[32]);

/* Whether all of these files, in the order of their names, lie in a folder (a
 * URI that ends in a slash) of a set with these hashes: about the time of a
 * step a file.  0 or ERR_NOTFOUND. */
int reader_holds(struct reader_view *v, struct set set, struct span folder,
	const struct set_file *files, size_t count);

/* The first URI of a set at or behind `from`, with its hash; `uri` holds while
 * the view does.  An octet 0 at the end of `from` is just behind the URI before
 * it.  URIs are in the order of their octets as far as the 440th, and beyond
 * that in any that stays.  0 or ERR_NOTFOUND at the end. */
int reader_next(struct reader_view *v, struct set set, struct span from,
	struct span *uri, uint8_t hash[32]);

/* Whether there is an object of this hash; its octets are not looked at. */
bool reader_has(struct reader_view *v, const uint8_t hash[32]);

/* The octets of an object.  0; ERR_NOTFOUND; ERR_CHECKSUM when they do not
 * match: tell the writer by `damaged` in wanted.h. */
int reader_object(
	struct reader_view *v, const uint8_t hash[32], struct span *out);

/* Compare objects with their hashes, about so many octets of them, in the order
 * in which they came, from one that `start` (any number) stands for: what is
 * not read in any other way is looked at now and then.  `damaged` is called for
 * each that differs, a few at most.  0 or the error. */
int reader_scrub(struct reader_view *v, uint64_t start, size_t octets,
	int (*damaged)(void *to, const uint8_t hash[32]), void *to);

#endif
