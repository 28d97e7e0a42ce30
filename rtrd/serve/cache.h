/*
 * cache: what routers are given, version after version.
 *
 *	publish(set) --> serial n+1 --> history: the deltas that lead to it
 *	                           \--> image: the full set as PDUs,
 *	                                once per protocol version
 *
 * Cache, image and delta are immutable to their readers: a session takes a
 * reference and writes slices, whatever is published meanwhile.  Images of the
 * full set are laid out with the set; deltas, and the full set of a version
 * that nobody has asked for so far, when the first session asks for them.
 *
 * Session ids and serials are those of one lineage, which goes on from life to
 * life as long as the disk has it (rtrd/state/lineage.h).
 *
 * Not here: sockets, clocks, where the set came from.
 */
#ifndef SERVE_CACHE_H
#define SERVE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/span.h"

enum {
	RTR_VERSIONS = 3
}; /* 0, 1 and 2 */

struct cache;
struct lineage;

/* The bytes of a whole answer between Cache Response and End of Data, shared
 * by all sessions that send it. */
struct image {
	struct span bytes;
	uint64_t pdus;
	uint32_t serial; /* that these bytes lead to */
	struct image_owner *owner; /* private */
};

struct cache_config {
	uint32_t first_serial; /* 1 unless a test says otherwise */
	uint32_t history; /* deltas kept, at least BOUND_RTR_HISTORY_MIN */
	int64_t history_ms; /* older ones go, see history.h; 0: none */
	/* Session ids, all different, of a lineage that nobody draws others for
	 * (draft_save, draft_detach) or resumes. */
	uint16_t session[RTR_VERSIONS];
	uint32_t refresh_s, retry_s, expire_s; /* RFC 8210 section 6 */
};

/* A cache without data.  NULL out of memory; freed by cache_free. */
struct cache *cache_new(const struct cache_config *config);
void cache_free(struct cache *c);

/*
 * A publication in the making.  What takes time is done on any thread; the
 * first and the last but one belong to the cache's own:
 *
 *	draft_new --> draft_fill --> draft_save --> cache_commit --> draft_free
 *	 what is        compare       to disk         swap            what was
 *	 current        lay out                                       current
 *
 * One at a time: a draft that was overtaken by another is refused.
 */
struct draft;

/* When a set was made. */
struct draft_time {
	struct wall made; /* the time that the policy was told */
	struct wall wall; /* now, */
	struct mono mono; /* by either clock */
};

/* A draft that leads away from what is current now.  NULL out of memory. */
struct draft *draft_new(const struct cache *c);

/* Tell a draft the time before it is filled; else all of it is 0. */
void draft_date(struct draft *d, const struct draft_time *time);

/* Before there is data: go on with the lineage of another life, whose last set
 * is `set`.  Takes references of its own; to be filled then. */
void draft_resume(struct draft *d, const struct lineage *lineage,
	const struct payload_set *set);

/* Prepare `set` (takes a reference of its own), once a draft: the step to it,
 * and its images for the versions that routers have asked for.  0, ERR_NOMEM
 * or ERR_CRYPTO: the draft is then only good for draft_free. */
int draft_fill(struct draft *d, const struct payload_set *set);

/* Whether a filled draft has a serial that is not in the file. */
bool draft_is_news(const struct draft *d);

/* Put what the cache will have on the disk, in `folder`: session ids, drawn
 * here for a first set, and the history.  0 or the first error. */
int draft_save(struct draft *d, const char *folder);

/* Whether the disk may know of the draft's session ids: then a serial that the
 * disk does not know must not be told under them. */
bool draft_is_bound(const struct draft *d, const char *folder);

/* Begin anew with other session ids, which only this life knows; `folder` says
 * which ones must not be used.  0, ERR_NOMEM or ERR_SYSTEM. */
int draft_detach(struct draft *d, const char *folder);

/* Make the draft's set the current one.  The first set is the first serial,
 * also when it is empty; a set that a router could not tell from the current
 * one takes its place (its expiries may be later) under the same serial.
 * `*changed` tells whether there is a new serial.  0, or ERR_BUSY with nothing
 * changed for a draft that was overtaken by another.  In every case the draft
 * is left to be freed. */
int cache_commit(struct cache *c, struct draft *d, bool *changed);

/* Free a draft and what it took the place of.  NULL is fine. */
void draft_free(struct draft *d);

/* All at once, but for the disk. */
int cache_publish(
	struct cache *c, const struct payload_set *set, bool *changed);

/* Whether anything was published. */
bool cache_has_data(const struct cache *c);

/* Give routers nothing of it, as it is too old, until that is taken back. */
void cache_withhold(struct cache *c, bool withheld);

/* Whether routers are given data: there is some, and it is not withheld. */
bool cache_is_serving(const struct cache *c);

/* The current serial and set (no reference is added); serial 0 and NULL
 * before the first. */
uint32_t cache_serial(const struct cache *c);
const struct payload_set *cache_set(const struct cache *c);

/* The session id of a protocol version; of no meaning before the first set. */
uint16_t cache_session(const struct cache *c, unsigned version);

/* The configuration that it was made with; lives as long as the cache. */
const struct cache_config *cache_settings(const struct cache *c);

/* Serials for which a delta to the current one can be given. */
size_t cache_history_count(const struct cache *c);

/* How far a router is behind. */
struct lag {
	bool known; /* else the history does not reach back so far */
	uint32_t serials; /* that it lacks, */
	int64_t ms; /* since the first of them was published; 0: it lacks
		       none */
};

/* How far a router that holds `serial` is behind. */
struct lag cache_lag(const struct cache *c, uint32_t serial, struct mono now);

/* When the payload of the current set that ends first does; INT64_MAX as long
 * as nobody says: none does. */
void cache_expiry(struct cache *c, struct mono end);
struct mono cache_end(const struct cache *c);

/* The full set for a protocol version, with a reference for the caller; NULL
 * out of memory or without data. */
const struct image *cache_full(struct cache *c, unsigned version);

/* The net difference from `serial` to the current one, with a reference; one
 * without bytes when they are equal.  NULL with `*known` false when the history
 * does not reach back to `serial`, or the answers made of deltas already take
 * BOUND_RTR_DELTA_BYTES (answer Cache Reset: the full set is shared); NULL with
 * `*known` true out of memory. */
const struct image *cache_delta(
	struct cache *c, unsigned version, uint32_t serial, bool *known);

/* Give an image back.  NULL is fine. */
void image_unref(const struct image *image);

/* Whether slow routers hold more old sets than BOUND_RTR_OLD_BYTES. */
bool cache_is_crowded(const struct cache *c);

/* Octets of all images alive, for metrics. */
size_t cache_image_bytes(const struct cache *c);

#endif
