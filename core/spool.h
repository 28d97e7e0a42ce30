/*
 * spool: octets that are put down now and read again once, later.
 *
 *	put --> memory, at most SPOOL_MEMORY --> a file without a name
 *
 * For what a run gathers by the hundred megabyte and needs only at its end.
 * The file is gone with the process, however that ends.
 */
#ifndef CORE_SPOOL_H
#define CORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "core/vec.h"
#include "waymark/span.h"

enum {
	SPOOL_MEMORY = 4194304
};

struct spool {
	const char *folder; /* for the file; NULL: all stays in memory */
	VEC(uint8_t) held; /* what is not in the file */
	uint64_t stored; /* octets of the file */
	int fd; /* -1: none */
	int err; /* the first one: nothing more is taken */
};

/* Empty, nothing is opened yet; `folder` outlives it. */
void spool_init(struct spool *s, const char *folder);

/* Free memory and file. */
void spool_fini(struct spool *s);

/* Put octets at the end, `*at` is where they begin.  0; ERR_NOMEM; or the error
 * of the file: what was put before may still be read. */
int spool_put(struct spool *s, struct span octets, uint64_t *at);

/* Read `n` octets from where they begin.  0 or the error. */
int spool_get(struct spool *s, uint64_t at, size_t n, uint8_t *out);

#endif
