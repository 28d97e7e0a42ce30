/*
 * memory: what came of a publication point, as octets to be kept.
 *
 *	octets: | head | file | file | stand-in | file | ...
 *	file:   name, size, signature checks, outcome
 *
 * Files are in the order of the manifest; a stand-in is behind the file that it
 * stands in for, and has its hash with it (stand_in.c).
 *
 * A run that finds the same manifest under the same issuer need not look at any
 * file again: it takes the outcomes from here.  Hashes of files are kept beside
 * this by whoever keeps it, in the same order, those of stand-ins behind them.
 *
 * Octets of another version of the program's rules, or that do not hold
 * together, are no memory; that is no error.
 */
#ifndef CHAIN_MEMORY_H
#define CHAIN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/vec.h"
#include "validator/chain/ca.h"
#include "validator/chain/outcome.h"
#include "validator/object/crypto.h"
#include "validator/object/profile.h"
#include "waymark/clock.h"
#include "waymark/span.h"

/* What stands for the rules of this build: the SHA-256 of their sources. */
extern const char chain_rules[];

/* All times at which everything that was compared with the time comes out as
 * it did, both ends included. */
struct window {
	struct wall first, last;
};

/* A point but for its files. */
struct memory_head {
	uint8_t base[SHA256_SIZE]; /* memory_base of the issuer */
	uint8_t stamp[SHA256_SIZE]; /* of the set that it was read from; zeros:
				       none */
	struct window window;
	struct wall end; /* the earliest end of manifest and CRL */
	struct wall this_update, next_update; /* of the manifest */
	uint32_t size; /* of the manifest, octets */
	uint64_t octets; /* of manifest and CRL */
	uint32_t signatures; /* that were checked of them */
	uint32_t file_count; /* listed */
	uint32_t crl; /* which of these is the CRL */
};

/* One file that the manifest lists, or the stand-in of one. */
struct memory_file {
	struct span name;
	uint32_t size; /* octets */
	uint32_t signatures; /* that were checked */
	struct outcome what; /* of the CRL only `type` and `state` */
	const uint8_t *hash; /* of a stand-in, SHA-256; NULL: it is none */
	const struct memory_file *stand_in; /* NULL: there is none; what reads
					       octets leaves it alone */
};

/* Octets in the making; zeros to begin with, freed by memory_writer_fini. */
struct memory_writer {
	VEC(uint8_t) bytes;
	VEC(uint8_t) stand_ins; /* their hashes */
	uint32_t files; /* that are listed */
	bool failed; /* out of memory */
};

/* Octets that were read. */
struct memory {
	struct memory_head head;
	struct span files;
};

/* The widest window; one that is narrowed by what was compared with `from` and
 * `to`, the ends of a time of validity, at the time `at`. */
struct window window_open(void);
void window_narrow(
	struct window *w, struct wall from, struct wall to, struct wall at);
bool window_has(const struct window *w, struct wall at);

/* All that the outcome of a member, or the validity of manifest and CRL,
 * depends on but for octets, names, CRL and time: the issuer, the constraints
 * of its trust anchor, the rules.  Scratch memory is of `arena`.  0 or
 * ERR_NOMEM. */
int memory_base(const struct ca *ca, const struct profile *profile,
	struct crypto *c, struct arena *arena, uint8_t out[SHA256_SIZE]);

/* Begin anew; add the next file; end with the head, whose count of files is
 * filled in.  The octets live until the writer's next use. */
void memory_begin(struct memory_writer *w);
void memory_add(struct memory_writer *w, const struct memory_file *file);
struct span memory_end(struct memory_writer *w, const struct memory_head *head);
void memory_writer_fini(struct memory_writer *w);

/* Read the head.  False for what is no memory. */
bool memory_read(struct span octets, struct memory *out);

/* Read the next file from where `r` stands, which begins as reader_of(files).
 * Arrays live in `arena`, texts in the octets.  1; 0 at the end; ERR_SYNTAX;
 * ERR_NOMEM. */
int memory_next(struct reader *r, struct arena *arena, struct memory_file *out);

#endif
