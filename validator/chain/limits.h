/*
 * limits: the bounds of a walk, as an operator may set them.
 *
 *	children=200000		NAME=N
 *
 * Each has a floor: what the largest that exist need.  Below it, a limit would
 * hurt whom it is to protect.
 */
#ifndef CHAIN_LIMITS_H
#define CHAIN_LIMITS_H

#include "validator/chain/checker.h"

/* X(name, field of struct chain_limits, floor as text, "what is counted") */
#define LIMITS_TABLE(X) \
	X("children", children, "20000", "CAs directly below one") \
	X("paths", paths, "2", "to one publication point") \
	X("refusals", refusals, "1000", "told by URI, a trust anchor") \
	X("point-octets", read, "134217728", "read of one publication point") \
	X("objects", ta[LIMIT_OBJECTS], "500000", "a trust anchor") \
	X("octets", ta[LIMIT_READ], "1073741824", "read, a trust anchor") \
	X("memory", ta[LIMIT_OCTETS], "67108864", "octets, a trust anchor") \
	X("vrps", ta[LIMIT_VRPS], "1000000", "a trust anchor") \
	X("cas", ta[LIMIT_CAS], "50000", "a trust anchor")

enum {
	LIMITS_WHY = 128
}; /* octets that any message fits in */

/* Set one limit as "NAME=N" tells.  0; ERR_SYNTAX or ERR_RANGE with `why`. */
int limits_set(
	struct chain_limits *limits, const char *text, char why[LIMITS_WHY]);

#endif
