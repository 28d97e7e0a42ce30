/*
 * row: one object of a set, as it stands in the file.
 *
 *	key      id of the set (64 bits, big-endian) | URI
 *	         id of the set | its first 440 octets | its SHA-256, if longer
 *	value    SHA-256 | size (32 bits) | mtime (64 bits) [ | URI, if longer ]
 *
 *	staged   withdrawn (8 bits) | number of the delta (32 bits) | value
 *
 * Numbers are little-endian where nothing else is said.  LMDB's keys have at
 * most 511 octets.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/object/crypto.h"
#include "waymark/bounds.h"
#include "waymark/span.h"

enum {
	ROW_ID = 8,
	ROW_URI = 440, /* octets of a URI that stand in the key */
	ROW_KEY = ROW_ID + ROW_URI + SHA256_SIZE,
	ROW_VALUE = 5 + SHA256_SIZE + 4 + 8 + BOUND_URI,
};

struct row {
	struct span uri;
	uint8_t hash[SHA256_SIZE];
	uint32_t size;
	int64_t mtime;
};

/* What a stage of changes has made of a URI so far. */
struct row_change {
	struct row row;
	bool withdrawn;
	uint32_t delta; /* the last one that touched it */
};

struct row_key {
	uint8_t p[ROW_KEY];
	size_t n;
};

/* The key of a URI of at most BOUND_URI octets in a set; that of the set's
 * first row for an empty one. */
void row_key(
	struct crypto *c, uint64_t id, struct span uri, struct row_key *out);

/* Where to look for the first row at or behind `from`: a URI; or a URI with an
 * octet 0 at its end, which is just behind that URI. */
void row_key_from(
	struct crypto *c, uint64_t id, struct span from, struct row_key *out);

/* A key as octets. */
struct span row_key_span(const struct row_key *key);

/* The set that a key is of; the number of no set for what is no key. */
uint64_t row_key_set(struct span key);

/* Write a row's value; the octets that it has. */
size_t row_write(const struct row *row, uint8_t out[ROW_VALUE]);
size_t row_change_write(const struct row_change *c, uint8_t out[ROW_VALUE]);

/* Read a row; its URI is a view into key or value.  0 or ERR_SYNTAX. */
int row_read(struct span key, struct span value, struct row *out);
int row_change_read(struct span key, struct span value, struct row_change *out);

/* A number that differs when anything of a row does, by accident; summed over a
 * set it tells of rows that were lost or altered on the disk. */
uint64_t row_sum(const struct row *row);

#endif
