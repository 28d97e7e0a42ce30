/*
 * shelf: the store as a run reads it.
 *
 *	CA --> home --> set of RRDP | set of rsync --URI--> hash --> octets
 *	   \-> pin, by certification path ------------------^
 *
 * All threads see the store as it was at one moment.  Repositories are resolved
 * level by level (repos.h), so that an object costs one look-up of its URI and
 * one of its hash.
 */
#ifndef RUN_SHELF_H
#define RUN_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "validator/chain/source.h"
#include "validator/run/repos.h"
#include "validator/store/pins.h"
#include "validator/store/reader.h"

struct shelf;

/* Where a run reads from; all outlives the shelf. */
struct shelf_config {
	struct reader_file *reader; /* NULL: there is no store yet */
	struct pins *pins; /* NULL: nothing is remembered */
	struct repos_config repos;
};

/* A shelf of this moment for `threads` threads.  0 or the error. */
int shelf_open(
	const struct shelf_config *config, size_t threads, struct shelf **out);

/* NULL is fine; all sources were freed before. */
void shelf_close(struct shelf *s);

/* Let go of the moment, when all sources were freed: repositories are still
 * there to be told. */
void shelf_rest(struct shelf *s);

/* Look at some objects that nobody has read, which ones the time tells, for
 * damage; when all sources were freed, and before shelf_wanted. */
void shelf_scrub(struct shelf *s);

/* The source of thread `i`.  0 or ERR_NOMEM. */
int shelf_source(struct shelf *s, size_t i, struct source *out);

/* The repositories that this run names; as long as the shelf. */
struct repos *shelf_repos(struct shelf *s);

/* What is wanted, with the objects that were found damaged; when all sources
 * were freed.  Lives as long as the shelf.  0 or ERR_NOMEM. */
int shelf_wanted(struct shelf *s, struct wanted *out);

#endif
