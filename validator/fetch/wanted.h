/*
 * wanted: which repositories a run found named, for who fetches them.
 *
 *	validator run --(CACHE/wanted)--> validator fetch
 *
 *	waymark-wanted 1
 *	want KIND URI AFTER TA DELEGATION HOSTS
 *	keep URI SHA-256            a trust anchor certificate that holds
 *	damaged SHA-256             an object whose octets do not match its hash
 *	end
 *
 * One line an entry, fields between single spaces, "-" where one is empty; a
 * file without its last line is not read.  Repositories stand in the order in
 * which the walk met them: nearer to the trust anchors first.
 *
 *	AFTER        the URI of another wanted repository: this one is wanted
 *	             while that one fails (rsync behind RRDP, a trust anchor's
 *	             second place behind the first)
 *	TA           name of the trust anchor
 *	DELEGATION   URI of the repository of the topmost CA on the path that
 *	             publishes elsewhere than its trust anchor: who shares it
 *	             shares one part of the slots
 *	HOSTS        for RRDP: rsync hosts, comma between, that CAs with this
 *	             notification publish at; it may name URIs of no other
 */
#ifndef FETCH_WANTED_H
#define FETCH_WANTED_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "waymark/repo.h"

struct want {
	enum repo_kind kind;
	const char *uri;
	const char *after; /* NULL: wanted in any case */
	const char *ta;
	const char *delegation; /* "": the trust anchor's own */
	const char *hosts; /* "": none */
};

/* A trust anchor certificate that the last run took. */
struct want_keep {
	const char *uri; /* of its place */
	uint8_t hash[32];
};

struct wanted {
	const struct want *wants;
	size_t want_count;
	const struct want_keep *keeps;
	size_t keep_count;
	const uint8_t (*damaged)[32];
	size_t damaged_count;
};

/* Read the file at `path` into `arena`.  0; ERR_NOTFOUND, ERR_IO, ERR_NOMEM;
 * ERR_LIMIT beyond BOUND_WANTED_SIZE; ERR_SYNTAX with `why` naming the line.
 * `out` is untouched unless 0. */
int wanted_read(const char *path, struct arena *arena, struct wanted *out,
	char why[256]);

/* Write aside, rename over `path`.  Unchanged content leaves the file alone.
 * 0 or the error. */
int wanted_write(const char *path, const struct wanted *w);

#endif
