/*
 * origin: where something of a snapshot comes from, as JSON.
 *
 *	payload -> source -> point -> point -> ... -> trust anchor
 *	refusal ------------/   \-> repository, with what is known of it now
 *
 * Everything here is of one snapshot, whose indexes were checked when it was
 * read.  Nothing here looks anything up by name but repositories.
 */
#ifndef SERVE_ORIGIN_H
#define SERVE_ORIGIN_H

#include <stdint.h>

#include "core/text.h"
#include "rtrd/serve/view.h"
#include "waymark/snapshot.h"

/* Append one source as an object: URI, hash, own validity, and "chain" from its
 * publication point up to the trust anchor's. */
void origin_source(struct text *t, const struct view *v,
	const struct snapshot_source *source);

/* Append the members of a refused object to an object that is open: URI, type,
 * reason, rule, trust anchor, "claims". */
void origin_refusal(struct text *t, const struct view *v,
	const struct snapshot_refusal *refusal);

/* Append the members of a publication point to an object that is open: its
 * URIs, state and why, manifest, end. */
void origin_point(struct text *t, const struct view *v,
	const struct snapshot_point *point);

/* Append "repository", the one that a point is published in, with how its last
 * fetch went; null when there is none. */
void origin_repo(struct text *t, const struct view *v,
	const struct snapshot_point *point);

/* Append a claim as an object: "prefix", "max_length", "asn". */
void origin_claim(struct text *t, const struct snapshot_claim *claim);

/* Append what the data is worth to an object that is open: "generatedTime",
 * "ready", and in "warning" why routers are not given it, or that an earlier
 * set goes on; null when all is well. */
void origin_freshness(struct text *t, const struct view *v, struct wall now);

/* The trust anchor's name; NULL when there is none. */
const char *origin_ta(const struct view *v, uint32_t ta);

#endif
