/*
 * source: where a run reads from, as the chain sees it.
 *
 *	tree (--local)  -.
 *	                  +--> source --> places of a CA, best first --> files
 *	store            -'
 *
 * A publication point is read from one place as a whole: files of two places
 * are never mixed.  When it does not hold at the first one, RRDP as a rule, the
 * next is tried: the last good version (RFC 9286 section 6.6), then what the
 * other transport has brought, which is older.
 */
#ifndef CHAIN_SOURCE_H
#define CHAIN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/chain/ca.h"
#include "validator/object/crypto.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum {
	SOURCE_PLACES = 3, /* RRDP, last good, rsync */
	SOURCE_WHERE = 2048 /* octets of a message's part */
};

/* Memory that grows and is used for one file after the other. */
struct source_buffer {
	uint8_t *p;
	size_t cap;
};

/* One place to read a point from; the source's own meaning. */
struct place {
	uint64_t number;
	int repo; /* index among the repositories of the run, see
		     validator/run; -1: none */
	bool last_good; /* the pinned version */
	const uint8_t *stamp; /* SHA-256, another one when anything there has
				 changed; the source's; NULL: unknown */
};

/* What earlier runs have left of a point.  Arrays are the source's, as long as
 * the view. */
struct past {
	uint8_t key[SHA256_SIZE]; /* under which it is remembered */
	bool is_known; /* the rest holds */
	bool is_old; /* its time should be renewed */
	struct wall at; /* when it was last seen to hold */
	uint8_t manifest[SHA256_SIZE];
	bool has_number; /* the two that follow are known */
	uint8_t number[20]; /* of the manifest, big-endian */
	struct wall this_update;
	const uint8_t (*files)[SHA256_SIZE]; /* in the manifest's order, and
						stand-ins behind them */
	size_t file_count; /* of both */
	struct span memory; /* see memory.h */
};

/* A file, and what it should be. */
struct source_listed {
	struct span name;
	const uint8_t *hash;
};

/* A file as it was read. */
struct source_file {
	struct span der; /* a view into the buffer or the source, until the
			    next use of either */
	bool hashed; /* the source knows the hash of these octets */
	uint8_t hash[SHA256_SIZE];
};

/* What `view` is, only the source knows; each thread has its own. */
struct source_ops {
	/* Where the point of `ca` may be read, the best first; the count, at
	 * least 1: where it should be when it is nowhere. */
	size_t (*places)(void *view, const struct ca *ca,
		struct place out[SOURCE_PLACES]);
	/* Open a point, and close it, also when open has failed.  0; errors as
	 * of read. */
	int (*open)(void *view, const struct ca *ca, const struct place *place);
	void (*close)(void *view);
	/* A file of the open point by its name, and its hash as the manifest
	 * has it (NULL: of the manifest itself).  0; ERR_NOTFOUND; ERR_SYNTAX
	 * for a name that could lead elsewhere; ERR_LIMIT for the size;
	 * ERR_CHECKSUM; ERR_DENIED, ERR_FOLDER, ERR_KIND, ERR_IO; ERR_NOMEM
	 * also when the system has no more descriptors. */
	int (*read)(void *view, struct span name, const uint8_t *hash,
		struct source_buffer *buffer, struct source_file *out);
	/* Version `i` of a trust anchor's certificate at `uri`, asked for from
	 * 0 on; ERR_NOTFOUND behind the last.  Else as read. */
	int (*anchor)(void *view, struct span uri, size_t i,
		struct source_buffer *buffer, struct source_file *out);
	/* Look up, without reading it, the hash of a file of the open point (of
	 * the last good version: of its manifest alone); whether a file is
	 * there with a hash; or all of these, in the order of their names.  0
	 * or ERR_NOTFOUND.  NULL where `past` is. */
	int (*find)(void *view, struct span name, uint8_t hash[SHA256_SIZE]);
	int (*has)(void *view, struct span name, const uint8_t *hash);
	int (*holds)(void *view, const struct source_listed *files, size_t n);
	/* What is remembered of the point of `ca`.  False, or NULL: nothing
	 * ever is. */
	bool (*past)(void *view, const struct ca *ca, struct past *out);
	/* An object that the past of a point names, by its hash; `out` NULL:
	 * only whether it is there.  0; errors as of read.  NULL where `past`
	 * is. */
	int (*object)(void *view, const uint8_t *hash,
		struct source_buffer *buffer, struct source_file *out);
	/* Whether nobody has tried yet to fetch what the point of `ca` is read
	 * from, or (NULL) a certificate at `uri`: then it is not missed.  NULL:
	 * all is there that there is. */
	bool (*is_untried)(void *view, const struct ca *ca, struct span uri);
	/* Where a URI was looked for, for a message; in `buf`. */
	const char *(*where)(
		void *view, struct span uri, char buf[SOURCE_WHERE]);
	/* Free the view. */
	void (*free)(void *view);
};

/* A thread's own view with how to use it. */
struct source {
	const struct source_ops *ops;
	void *view; /* NULL: none */
};

/* Free the view of a source; one that has none is fine. */
void source_fini(struct source *s);

/* Free a buffer's memory. */
void source_buffer_fini(struct source_buffer *b);

#endif
