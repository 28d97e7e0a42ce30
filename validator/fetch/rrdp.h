/*
 * rrdp: one repository brought up to date by RRDP (RFC 8182).
 *
 *	notification --304--> same
 *	     |  same session and serial, no delta hash changed --> same
 *	     |  deltas from our serial on, <= 100, hashes as remembered
 *	     |       --> delta, delta ... --> commit
 *	     '-- else, or when a delta fails --> snapshot --> commit
 *
 * All or nothing: the deltas of one attempt are one stage.  A known serial
 * whose delta has another hash now (RFC 9697), a session that changed, new
 * hosts to take from: snapshot; at most BOUND_RRDP_SNAPSHOTS an hour, unless
 * session or serial are new.  Files must lie at the notification's origin (RFC
 * 9674).  Elements at hosts that no CA with this notification names are counted
 * and left out.
 */
#ifndef FETCH_RRDP_H
#define FETCH_RRDP_H

#include "validator/fetch/job.h"

struct rrdp;

/* Start.  0 with `*out`, valid until `done` or rrdp_cancel; ERR_SYNTAX for a
 * URI that cannot be asked; ERR_NOMEM; an error of the depot. */
int rrdp_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, struct rrdp **out);

/* Give up; nothing of it stays.  NULL is fine. */
void rrdp_cancel(struct rrdp *r);

#endif
