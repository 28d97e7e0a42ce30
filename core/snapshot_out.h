/*
 * snapshot_out: a snapshot on its way to the file, for who puts its records.
 *
 *	pass 1: what has texts, to nowhere: all texts are known then
 *	pass 2: everything, through one small block
 */
#ifndef CORE_SNAPSHOT_OUT_H
#define CORE_SNAPSHOT_OUT_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/file.h"
#include "core/snapshot_format.h"
#include "core/text.h"
#include "core/vec.h"
#include "waymark/span.h"

enum {
	OUT_BLOCK = 65536,
	OUT_MARGIN = 256, /* no record is longer */
	OUT_WORDS = 1024, /* more than all rows of our tables of words */
};

/* The texts of STRINGS, found in pass 1 and used in that order in pass 2.
 * There is no hash table: whoever names objects must not be able to choose
 * what is slow. */
struct out_strings {
	struct text octets;
	VEC(uint32_t) offsets; /* one for every text field of the file */
	size_t next; /* of the offsets, in pass 2 */
	uint32_t words[OUT_WORDS]; /* offsets of the words so far */
	const char *seen[OUT_WORDS]; /* where each was, in memory */
	size_t word_count;
	const char *folder; /* the last one: in a sorted list it comes again */
	uint32_t folder_at;
};

struct out {
	const struct snapshot *s;
	bool dry; /* pass 1 */
	struct out_strings strings;
	struct file_out file;
	EVP_MD_CTX *digest;
	uint8_t block[OUT_BLOCK];
	struct writer w; /* over the block */
	uint64_t written; /* octets before the block */
	int err; /* the first error; later calls do nothing */
};

/* Put octets of any length past the block. */
void out_octets(struct out *o, const void *p, size_t n);

/* Empty the block; a record is complete: make room for another. */
void out_flush(struct out *o);
void out_next(struct out *o);

/* Put a text that others name; a folder, of which many may follow each other
 * that are the same; a word of our own tables. */
void out_name(struct out *o, const char *text);
void out_folder(struct out *o, const char *text);
void out_word(struct out *o, const char *text);

/* Put a number in two's complement. */
void out_i64(struct out *o, int64_t v);

/* Put all records of a section. */
void snapshot_put(struct out *o, enum snapshot_section section);

/* How many records there are; for COUNTS and STRINGS that is known only when
 * they were put once, and SIZE_MAX. */
size_t snapshot_put_count(
	const struct snapshot *s, enum snapshot_section section);

/* Whether its records have texts. */
bool snapshot_put_has_texts(enum snapshot_section section);

#endif
