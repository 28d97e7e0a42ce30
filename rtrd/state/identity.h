/*
 * identity: the session ids of this start, one for each protocol version.
 *
 * A session id tells a router whether the serials that it remembers are ours.
 * With lost state all of them are new: random, all different, none zero, and
 * none of those used last time, which a small file in the state folder
 * remembers:
 *
 *	waymark-sessions 1
 *	25132
 *	907
 */
#ifndef STATE_IDENTITY_H
#define STATE_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

enum {
	IDENTITY_MAX = 8
}; /* protocol versions that a file can tell of */

/* Draw `count` (at most IDENTITY_MAX) new session ids and write them to
 * `folder`/sessions before any router hears of them.  A file that cannot be
 * read or makes no sense is the same as none.  0; the error of the write, or
 * ERR_SYSTEM when there is no randomness. */
int identity_renew(const char *folder, size_t count, uint16_t *out);

#endif
