/*
 * record: payloads as octets, as routers see them.
 *
 *	VRP   | address 16 | ASN 4 | family, length, max length, zero |
 *	key   | SKI 20 | ASN 4 | octets 4 | SubjectPublicKeyInfo |
 *	ASPA  | customer 4 | providers 4 | provider 4 ... |
 *
 *	half  | VRPs 4 | keys 4 | ASPAs 4 | VRP ... key ... ASPA ... |
 *
 * Little-endian; expiry, source and trust anchor are in none of them: they
 * change without any router hearing of it.
 */
#ifndef STATE_RECORD_H
#define STATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/state/delta.h"
#include "rtrd/state/history.h"
#include "waymark/payload.h"
#include "waymark/span.h"

enum {
	SINK_BUFFER = 16384
};

struct arena;
struct file_out;

/* Where records go: into a hash, and a file if there is one. */
struct sink {
	struct evp_md_ctx_st *digest;
	struct file_out *file; /* NULL: none */
	int err; /* the first; later calls do nothing */
	size_t n;
	uint8_t buffer[SINK_BUFFER];
};

/* Begin; 0, or ERR_NOMEM or ERR_CRYPTO: then only sink_fini is of use. */
int sink_init(struct sink *s, struct file_out *file);
void sink_fini(struct sink *s);

/* Add octets. */
void sink_put(struct sink *s, const void *p, size_t n);

/* All was added.  0 with the SHA-256 of it, or the first error. */
int sink_done(struct sink *s, uint8_t hash[HISTORY_HASH]);

/* Add a half; how many octets it makes. */
void record_put(struct sink *s, const struct delta_half *half);
size_t record_size(const struct delta_half *half);

/* Take a half off the front: each value in its range, in canonical order,
 * nothing twice.  0, with arrays to be given to delta_take, whose contents
 * point into the input, but for providers, which `arena` holds; ERR_TRUNCATED,
 * ERR_SYNTAX, ERR_NOMEM: then nothing is to be freed. */
int record_take(struct reader *r, struct arena *arena, struct delta_half *out);

/* Free the arrays of a half that nobody has taken. */
void record_drop(struct delta_half *half);

/* The SHA-256 of all of a set.  0, ERR_NOMEM or ERR_CRYPTO. */
int record_hash(const struct payload_set *set, uint8_t hash[HISTORY_HASH]);

#endif
