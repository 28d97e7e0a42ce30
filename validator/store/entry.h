/*
 * entry: what the file knows of one repository.
 *
 *	key      SHA-256 of kind, a space, URI
 *	value    version (16 bits) | kind (8 bits)
 *	         | texts, each with its length (16 bits) | numbers (64 bits)
 *	         | delta count (16 bits) | deltas | SHA-256 of all before
 *
 * Numbers are little-endian.  The hash at the end is there for the disk, which
 * must not be able to give a repository the set of another one.
 */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/fetch/depot.h"
#include "validator/object/crypto.h"

/* A repository's record and its live set. */
struct entry {
	struct repo_record record;
	uint64_t set; /* 0: none */
	uint64_t sum; /* of the set's rows, see row.h */
};

/* The key of a repository.  0; ERR_LIMIT for a URI beyond BOUND_URI. */
int entry_key(struct crypto *c, enum repo_kind kind, const char *uri,
	uint8_t out[SHA256_SIZE]);

/* Whether a record fits in an entry: all but one of nonsense does. */
bool entry_fits(const struct repo_record *r);

/* Write an entry into memory of `arena`.  0; ERR_LIMIT for texts or deltas
 * beyond 16 bits of length or number; ERR_NOMEM. */
int entry_write(struct crypto *c, const struct entry *e, struct arena *arena,
	struct span *out);

/* Read one, its texts and deltas in `arena`.  0; ERR_SYNTAX for what does not
 * hold together; ERR_NOMEM. */
int entry_read(struct crypto *c, struct span value, struct arena *arena,
	struct entry *out);

/* Forget what lets an attempt go on from where the last one ended (session,
 * serial, deltas, tags): the next one begins anew. */
void entry_clear(struct entry *e);

#endif
