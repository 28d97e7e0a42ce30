/*
 * anchor: the certificate of a trust anchor from one place (RFC 8630).
 *
 *	https://...cer   a GET       rsync://...cer   one file by rsync
 *
 * Whether it is the right one only a run can tell.  So the set of such a
 * repository holds the last few versions, each under the URI of the place with
 * "?SHA-256 in hexadecimal" behind: those that a run took (target->keeps) never
 * go, of others at most BOUND_TA_VERSIONS stay, the latest last.
 */
#ifndef FETCH_ANCHOR_H
#define FETCH_ANCHOR_H

#include "validator/fetch/job.h"

struct anchor;

/* As rrdp_start and rrdp_cancel. */
int anchor_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, struct anchor **out);
void anchor_cancel(struct anchor *a);

#endif
