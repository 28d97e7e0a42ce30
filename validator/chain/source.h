/*
 * source: where a run reads from, as the chain sees it.
 *
 *	tree (--local)  -.
 *	                  +--> source --> places of a CA, best first --> files
 *	store            -'
 *
 * A publication point is read from one place as a whole: files of two places
 * are never mixed.  When it does not hold at the first one, the next is tried:
 * what was fetched by rsync behind what came by RRDP, the last good version
 * (RFC 9286 section 6.6) behind both.
 */
#ifndef CHAIN_SOURCE_H
#define CHAIN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/chain/ca.h"
#include "waymark/span.h"

enum {
	SOURCE_PLACES = 3 /* RRDP, rsync, last good */
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
};

struct source_view; /* one thread's */

struct source_ops {
	/* Where the point of `ca` may be read, the best first; the count,
	 * perhaps 0. */
	size_t (*places)(struct source_view *v, const struct ca *ca,
		struct place out[SOURCE_PLACES]);
	/* Open and close a point.  0; errors as of read. */
	int (*open)(struct source_view *v, const struct ca *ca,
		const struct place *place);
	void (*close)(struct source_view *v);
	/* A file of the open point by its name, and its hash as the manifest
	 * has it (NULL: of the manifest itself).  0 with a view into `buffer`
	 * or the source until the next use of either; ERR_NOTFOUND; ERR_SYNTAX
	 * for a name that could lead elsewhere; ERR_LIMIT for the size;
	 * ERR_CHECKSUM; ERR_DENIED, ERR_FOLDER, ERR_KIND, ERR_IO; ERR_NOMEM
	 * also when the system has no more descriptors. */
	int (*read)(struct source_view *v, struct span name,
		const uint8_t *hash, struct source_buffer *buffer,
		struct span *out);
	/* Version `i` of a trust anchor's certificate at `uri`, the newest
	 * first; ERR_NOTFOUND behind the last.  Else as read. */
	int (*anchor)(struct source_view *v, struct span uri, size_t i,
		struct source_buffer *buffer, struct span *out);
	/* Where a URI was looked for, for a message; in `buf`. */
	const char *(*where)(
		struct source_view *v, struct span uri, char buf[512]);
};

/* A thread's own view with how to use it. */
struct source {
	const struct source_ops *ops;
	struct source_view *view;
};

#endif
