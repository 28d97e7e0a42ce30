/*
 * store: CACHE/objects.mdb, the side that writes.
 *
 *	repos    SHA-256 of kind and URI -> record, id of the live set
 *	sets     id of a set | URI       -> SHA-256, size, mtime
 *	objects  SHA-256                 -> octets, see objects.h
 *
 * LMDB.  A repository's live set is named by a number in its record, so that a
 * new one takes its place by the change of that number, and the old one is
 * removed later in slices.  Objects stand once, whoever names them; those that
 * no set and no pin names are collected in slices.
 *
 * One process writes, under an exclusive lock (CACHE/store.lock); any number
 * reads meanwhile (reader.h), each from the moment it began.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/fetch/depot.h"
#include "waymark/log.h"

struct store;

struct store_config {
	const char *folder; /* made when it is not there */
	uint64_t budget; /* octets of the file; 0: BOUND_STORE_BUDGET_MIB */
	const struct log *log;
};

/* Open and lock.  A file that is damaged (of another kind or version, or whose
 * pages do not hold together: looked at in a process of its own, as broken
 * pages may end it) is set aside as objects.mdb.damaged, told in the log, and a
 * new one begun.  0 with `*out`; ERR_LOCKED, and other errors, with `why`. */
int store_open(
	const struct store_config *config, struct store **out, char why[256]);

/* Close and unlock; what was staged is gone.  NULL is fine. */
void store_close(struct store *s);

/* The store as the place where fetching puts things; lives as long as `s`. */
const struct depot *store_depot(struct store *s);

/* A slice of the work that waits: old sets, staged leftovers, collection of
 * objects when one is due, eviction beyond the budget (what is no longer wanted
 * first, then the oldest success; never what is pinned, see pins.h, which is
 * open only within this call: nobody else in this process has it open then).
 * Some milliseconds; at the end of a collection, as long as it takes to read
 * the pins.  False: nothing waits now; ask again in a second or so. */
bool store_tidy(struct store *s);

/* Objects whose octets were found not to match their hash: they are removed,
 * and the repositories that name them begin anew with their next attempt. */
int store_damaged(struct store *s, const uint8_t (*hashes)[32], size_t count);

/* For who could not read the store below `folder`: a writer that is under way
 * does not look at all of it, and may go on for ever.  It is told by a file. */
void store_suspect(const char *folder);

/* Whether somebody said so since the store was opened: then it has to be opened
 * anew, as that is when all of it is looked at. */
bool store_is_suspected(const struct store *s);

struct store_numbers {
	uint64_t used, budget; /* octets */
	uint64_t objects, object_bytes;
	uint64_t repositories;
	bool full; /* no fetches: 95 % of the budget are in use */
};

/* How full it is.  0 or the error. */
int store_count(struct store *s, struct store_numbers *out);

#endif
