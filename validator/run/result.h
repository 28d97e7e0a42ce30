/*
 * result: what a walk leaves, merged from all threads and put in order.
 *
 * Everything is sorted by what it is, never by when it was found:
 *
 *	points    folder, manifest, certification path
 *	sources   point, name, hash
 *	VRPs      canonical, expiry descending, trust anchor, source
 *	keys      canonical, expiry descending, source
 *	ASPAs     customer, source
 *	refusals  trust anchor, point, name, reason, type, claims
 *	reasons   trust anchor, type, reason
 *	verdicts  URI, trust anchor, how good they are
 */
#ifndef RUN_RESULT_H
#define RUN_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/chain/checker.h"
#include "validator/chain/findings.h"
#include "validator/run/ccr.h"
#include "validator/run/shelf.h"
#include "waymark/repo.h"
#include "waymark/snapshot.h"

struct result {
	struct snapshot snapshot;
	struct wall started; /* this and the next are left to the caller: when
				the run began, and how long it took */
	int64_t elapsed_ms;
	const struct verdict *verdicts; /* when judging */
	size_t verdict_count;
	struct ccr_made ccr; /* left to the caller to make; or zeros */
	uint64_t vrps_unique; /* over all trust anchors */
	bool complete; /* every trust anchor is */
	bool usable; /* at least one publication point held */
	struct repo_rows repos; /* those of the snapshot, and more of each */
	struct wanted wanted; /* what should be fetched */
	struct result_owner *owner; /* memory; private */
};

/* Merge what `count` checkers found into `*out`, to be freed by result_free,
 * and take the checkers over, also when this fails.  The `ta_count` names are
 * the trust anchors' and outlive the result.  0 or ERR_NOMEM. */
int result_merge(struct checker *const *checkers, size_t count,
	const char *const *names, size_t ta_count, struct result **out);

/* Add the repositories that the run named, and what is wanted; takes the shelf
 * over, also when this fails.  0 or ERR_NOMEM. */
int result_add_repos(struct result *r, struct shelf *shelf);

/* Remember, in `pins`, the versions of publication points that held, as of
 * `now`; before result_rest, see pins.h.  0 or the error of the store. */
int result_remember(const struct result *r, struct pins *pins, struct wall now);

/* Let go of the store, which is not read any more. */
void result_rest(struct result *r);

/* A repository was fetched again, and what there is of it is the same.  False
 * when that is news to the result all the same: it did not know it, or not as
 * one that works. */
bool result_renew(struct result *r, const struct repo_facts *f);

/* Free a result.  NULL is fine. */
void result_free(struct result *r);

#endif
