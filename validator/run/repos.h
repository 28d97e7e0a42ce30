/*
 * repos: the repositories that the certificates of a run name.
 *
 *	CA --names--> home --> row: RRDP notification    of one trust anchor,
 *	                   \-> row: rsync module         with what the store
 *	locator ------------> row: place of a TA         knows of it
 *
 * A home is where CAs publish: a notification and a module, or a module alone.
 * Rows are what `wanted`, the report and the snapshot are made from.
 *
 * Naming costs nothing, fetching does, so there are limits: how many a trust
 * anchor may have, and how many of them may be new with each run to everyone
 * that shares a delegation.  What worked lately is always admitted; the rest
 * is dealt out level by level as in share.h.  All that is decided depends on
 * certification paths, never on which thread was faster.
 */
#ifndef RUN_REPOS_H
#define RUN_REPOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/chain/ca.h"
#include "validator/chain/point.h"
#include "validator/chain/source.h"
#include "validator/chain/ta.h"
#include "validator/fetch/wanted.h"
#include "validator/store/reader.h"
#include "validator/tal/tal.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/log.h"
#include "waymark/snapshot.h"

struct repos;

struct repos_config {
	const char *const *names; /* of the trust anchors; outlive all */
	size_t ta_count;
	bool rrdp; /* false: notifications do not count */
	bool rsync; /* false: modules are not read, and count as failed */
	struct wall now; /* to know what worked lately */
	uint64_t most; /* of a trust anchor, see bounds.h; by kind of use */
	uint64_t fresh; /* new ones of a delegation */
	const struct log *log;
};

/* What the last fetch of a repository came to, beside its row. */
struct repo_note {
	uint64_t failures; /* in a row */
	struct wall attempt, success;
	const char *reason; /* of the last failure; "" */
	bool needed; /* no fallback of one that works */
};

/* All rows, by trust anchor, URI, kind; memory of whoever made them. */
struct repo_rows {
	const struct snapshot_repo *repos;
	struct repo_note *notes;
	const uint32_t *places; /* of each row, as point_gain numbers them */
	size_t n;
};

/* Repositories of one run; `view` (NULL: no store) outlives them.  0 or
 * ERR_NOMEM. */
int repos_new(const struct repos_config *config, struct reader_view *view,
	struct repos **out);

/* NULL is fine. */
void repos_free(struct repos *r);

/* The places of a trust anchor's certificate; `copy` is the one that was taken,
 * NULL when none holds: then all are wanted.  0 or ERR_NOMEM. */
int repos_tal(struct repos *r, uint32_t ta, const struct tal *tal,
	const struct ta_copy *copy);

/* Settle where the CAs of a level publish, none above another and not shared
 * between threads yet: their `home` and `delegation`.  0 or ERR_NOMEM. */
int repos_level(struct repos *r, struct ca *const *cas, size_t n);

/* Where the point of `ca` may be read, the best first; at least one place.  The
 * number of a place is that of its set.  Any thread may ask. */
size_t repos_places(
	const struct repos *r, const struct ca *ca, struct place out[2]);

/* Whether nobody has tried yet to fetch the first place of `ca`, nor has it any
 * data.  Any thread may ask, before repos_point. */
bool repos_is_untried(const struct repos *r, const struct ca *ca);

/* Count what became of the point of `ca`, when its level is settled; `gain` is
 * NULL for one that was not looked at.  From now on its home is the row where
 * it was read. */
void repos_point(struct repos *r, struct ca *ca, const struct point_gain *gain);

/* The walk is done: what follows is told of all that was named. */
void repos_end(struct repos *r);

/* The counters of one trust anchor. */
void repos_count(
	const struct repos *r, uint32_t ta, uint64_t counters[REPORT_COUNTERS]);

/* All rows, with arrays and texts in `arena`.  0 or ERR_NOMEM. */
int repos_rows(
	const struct repos *r, struct arena *arena, struct repo_rows *out);

/* What is wanted, but for `damaged`; lives as long as `r`.  0 or ERR_NOMEM. */
int repos_wanted(struct repos *r, struct wanted *out);

#endif
