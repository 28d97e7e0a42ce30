/*
 * constraints: what an operator lets a trust anchor say at all
 * (draft-ietf-sidrops-constraining-rpki-trust-anchors).
 *
 *	# NAME.constraints, beside NAME.tal
 *	allow 192.0.2.0/24
 *	allow 2001:db8:: - 2001:db8:1:ffff:ffff:ffff:ffff:ffff
 *	deny  AS64512 - AS65534		# private use
 *
 * IPv4, IPv6 and AS numbers are three classes.  As soon as one line allows
 * something of a class, nothing else of it may be held by an EE certificate
 * below that trust anchor; what is denied never may, and a class that no line
 * names is free.  The order of lines means nothing, and two that allow, or two
 * that deny, the same are a mistake.
 *
 * It is a safety belt: a file with anything odd in it is an error with its
 * line, never half a rule.
 */
#ifndef TAL_CONSTRAINTS_H
#define TAL_CONSTRAINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/tal/tal.h"
#include "waymark/addr.h"
#include "waymark/span.h"

enum constraint_class {
	CONSTRAINT_IPV4,
	CONSTRAINT_IPV6,
	CONSTRAINT_ASN,
	CONSTRAINT_CLASSES
};

/* From the first to the last, as numbers of as many octets as the class has;
 * those of a list ascend and do not touch. */
struct constraint_range {
	struct addr min, max;
	unsigned line; /* where the file says so */
};

struct constraint_list {
	const struct constraint_range *at;
	size_t n;
};

struct constraints {
	struct span text; /* the file as it was read */
	struct constraint_list allow[CONSTRAINT_CLASSES];
	struct constraint_list deny[CONSTRAINT_CLASSES];
};

/* Parse the text of a file; all of `out` lives in `arena`, but for `text`.  0;
 * ERR_SYNTAX or ERR_LIMIT with `*why` filled, also for a file without any
 * line that allows or denies; ERR_NOMEM. */
int constraints_parse(struct span text, struct arena *arena,
	struct constraints *out, struct tal_error *why);

/* An IPv4 address or AS number as the lists hold it. */
struct addr constraints_number(uint32_t number);

/* Whether a certificate may hold all from `min` to `max`. */
bool constraints_permit(const struct constraints *c,
	enum constraint_class class, const struct addr *min,
	const struct addr *max);

#endif
