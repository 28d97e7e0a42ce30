/*
 * identity: the session ids of a lineage, one for each protocol version.
 *
 * A session id tells a router whether the serials that it remembers are ours.
 * A lineage keeps its ids for as long as its serials go on, also over restarts
 * (lineage.h).  A new one has new ids: random, all different, none zero, and
 * none of those used before, which a small file in the state folder remembers,
 * the latest first:
 *
 *	waymark-sessions 1
 *	25132
 *	907
 *	...
 */
#ifndef STATE_IDENTITY_H
#define STATE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IDENTITY_MAX = 8, /* protocol versions that there may be */
	IDENTITY_USED = 2, /* that identity_draw may be told of */
	IDENTITY_KEPT = 64 /* ids that the file remembers */
};

struct identity {
	uint16_t ids[IDENTITY_MAX];
	size_t n;
};

/* Whether both are the same ids. */
bool identity_equal(const struct identity *a, const struct identity *b);

/* Draw `count` (at most IDENTITY_MAX) new session ids, none of them in
 * `folder`/sessions or among the `n` (at most IDENTITY_USED)
 * identities at `used`.  A file that cannot
 * be read or makes no sense is the same as none; nothing is written.  0, or
 * ERR_SYSTEM when there is no randomness. */
int identity_draw(const char *folder, const struct identity *used, size_t n,
	size_t count, struct identity *out);

/* Write these ids to `folder`/sessions, before those that are there; what is
 * there already is not written again.  To be done before any router hears of
 * them.  0 or the error. */
int identity_note(const char *folder, const struct identity *id);

#endif
