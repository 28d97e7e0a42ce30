/*
 * merge: the steps of putting together what threads found; result.c takes them
 * in this order.
 *
 *	points   sorted by folder, manifest, path; each has its number
 *	sources  point by point, each sorted by name: a few
 *	payloads sorted; each names its source by that one's number
 *	refusals sorted; each names its point by number; claims follow
 *
 * A part is one thread's findings.  All orders are total and by what things
 * are, never by who found them or when.
 */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/vec.h"
#include "validator/chain/checker.h"
#include "validator/chain/findings.h"
#include "validator/run/result.h"
#include "waymark/bounds.h"
#include "waymark/snapshot.h"

/* One thread's. */
struct merge_part {
	struct findings *findings;
	uint32_t *points; /* numbers of its points */
	uint32_t *sources; /* numbers of its sources */
	int64_t *ends; /* when what each of these gives ends */
};

/* Memory of a result. */
struct result_owner {
	struct checker **checkers;
	size_t checker_count;
	struct arena *arena; /* texts */
	struct vrp *vrps;
	struct router_key *keys;
	struct aspa *aspas;
	struct snapshot_point *points;
	struct snapshot_source *sources;
	VEC(struct snapshot_refusal) refusals;
	VEC(struct snapshot_claim) claims;
	VEC(struct report_reason) reasons;
	VEC(struct verdict) verdicts;
	struct report_ta *tas;
	struct shelf *shelf;
};

struct merge {
	struct result *result;
	struct merge_part parts[BOUND_THREADS];
	size_t count; /* of parts */
	const char *rules[REJECT_COUNT]; /* texts made so far */
};

/* "the rule (RFC 6487 4.1)", made once for each rule; NULL out of memory. */
const char *merge_rule(struct merge *m, enum reject code);

/* -1, 0 or 1. */
int merge_order(uint64_t a, uint64_t b);

/* The steps.  Each 0 or ERR_NOMEM. */
int merge_points(struct merge *m);
int merge_sources(struct merge *m);
int merge_vrps(struct merge *m);
int merge_keys(struct merge *m);
int merge_aspas(struct merge *m);
int merge_refusals(struct merge *m);

#endif
