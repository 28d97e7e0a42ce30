/*
 * lineage: session ids, serials and the last steps, in a file.
 *
 *	+--------------------------------------------------------+
 *	| "WAYMARKH" | version 4 | ids 4 | file length 8          |
 *	| session ids, one a protocol version: 8 x 2, the rest 0  |
 *	| steps 4 | zero 4                                        |
 *	+--------------------------------------------------------+
 *	| step: serial 4 | zero 4 | published 8 | made 8 | made 8 |
 *	|       SHA-256 of the set 32 | gone | come               |
 *	| step ...                                     the oldest |
 *	|                                                   first |
 *	+--------------------------------------------------------+
 *	| SHA-256 of all before 32                                |
 *	+--------------------------------------------------------+
 *
 * Little-endian; gone and come are the halves of record.h, empty in the first
 * step.  The set itself is not in it: it is what the policy makes of the
 * snapshot at one of the two times, and the hash tells whether it is.
 *
 * The file is written before the snapshot takes its place, and that before any
 * router hears of the serial:
 *
 *	history, with serial n + 1 --> snapshot --> routers
 *
 * So whatever ends the process in between, the snapshot fits the last step or
 * the one before it, and routers never had another set under that serial.  Of
 * a snapshot that takes the place of another without a change for routers, the
 * last step has both times.
 *
 * Written are the newest steps whose deltas take at most BOUND_HISTORY_BYTES.
 *
 * A folder that is put back from an old copy brings old serials back, which no
 * file can tell: `history` has to be removed from it.
 */
#ifndef STATE_LINEAGE_H
#define STATE_LINEAGE_H

#include <stdbool.h>

#include "rtrd/state/history.h"
#include "rtrd/state/identity.h"

#define LINEAGE_FILE "history"

struct lineage {
	struct identity id;
	const struct history *history; /* one reference */
};

/* Write aside, fsync, rename over `folder`/history, fsync the folder: it is the
 * old file or the new one at any instant.  0 or the first error; after an error
 * of the very last step the new one may be there. */
int lineage_write(const char *folder, const struct lineage *l);

/* Read and check all of a file's octets; the steps' times `at` are 0.  0, with
 * `out->history` to be given back; ERR_TRUNCATED, ERR_VERSION, ERR_CHECKSUM;
 * ERR_SYNTAX for what does not hold together; ERR_NOMEM, ERR_CRYPTO. */
int lineage_parse(struct span content, struct lineage *out);

/* The same for `folder`/history; also ERR_NOTFOUND, ERR_IO and the like, and
 * ERR_LIMIT. */
int lineage_read(const char *folder, struct lineage *out);

/* The ids at the front of `folder`/history, whatever else is in it.  False when
 * there is no such file or it is none of ours; true with none (n is 0) when it
 * cannot be told. */
bool lineage_peek(const char *folder, struct identity *out);

#endif
