/*
 * checklist: the chain of a signed checklist (RFC 9323), which no manifest
 * lists and no walk meets.
 *
 *	checklist --its issuer's key--> points of the walk --> one by one:
 *	  certificates from the trust anchor down, manifest, CRL
 */
#ifndef VALIDATOR_CHECKLIST_H
#define VALIDATOR_CHECKLIST_H

#include "validator/chain/checker.h"
#include "validator/chain/tree.h"
#include "validator/run/walk.h"

/* Where to look for its issuer. */
struct checklist_env {
	const struct run_options *run;
	const struct snapshot *snapshot; /* of the walk */
	struct tree_view *view;
	struct checker *checker; /* its point_arena is used and reset */
};

/* Judge a checklist that holds by itself, by each CA with its issuer's key
 * whose point gives something.  ERR_NOTFOUND when there is none; else 0 with
 * `*code` REJECT_NONE when one has issued it, or the rule that it breaks for
 * the last. */
int checklist_judge(
	const struct checklist_env *env, struct span der, enum reject *code);

#endif
