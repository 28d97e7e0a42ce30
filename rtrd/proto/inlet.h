/*
 * inlet: what a router sends, PDU by PDU, in whatever pieces it comes.
 *
 *	octets --> header --> judged --> the rest, up to 64 --> query
 *	                          |                         \-> fault
 *	                          \-> report, its body skipped
 *
 * Nothing is kept but the start of one PDU.  A header that breaks a rule is a
 * fault however its body may look; lengths are judged before they are waited
 * for.  A PDU of a legal length is collected (as far as an Error Report
 * encloses it) before its fault is told, so that the answer does not depend on
 * how the octets were cut.
 */
#ifndef PROTO_INLET_H
#define PROTO_INLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/proto/fault.h"
#include "rtrd/proto/pdu.h"
#include "waymark/bounds.h"
#include "waymark/span.h"

struct inlet {
	unsigned min_version, max_version; /* that we speak */
	int version; /* -1 until a first header told it */
	uint8_t bytes[BOUND_RTR_ERROR_PDU];
	size_t n;
	uint32_t skip; /* octets of an Error Report still to come */
};

enum inlet_result {
	INLET_MORE, /* all octets are taken, and it needs more */
	INLET_QUERY, /* a Serial Query or Reset Query */
	INLET_REPORT, /* an Error Report */
	INLET_FAULT, /* a PDU that breaks a rule: take no more */
};

struct inlet_pdu {
	struct pdu_header header;
	uint32_t serial; /* of a Serial Query */
	struct span bytes; /* its start; valid until the next call */
	bool malformed; /* INLET_REPORT: wrong version or length */
	enum fault fault; /* INLET_FAULT: what to tell, for the version */
	const char *text; /* INLET_FAULT: why; static, may be empty */
};

/* An inlet that has seen nothing, for a router that may choose among these
 * versions. */
void inlet_init(struct inlet *in, unsigned min_version, unsigned max_version);

/* Take octets from `r` up to the end of one PDU.  Call again while octets are
 * left, but not after INLET_FAULT. */
enum inlet_result inlet_take(
	struct inlet *in, struct reader *r, struct inlet_pdu *out);

/* Whether a PDU has begun and is not complete. */
bool inlet_is_busy(const struct inlet *in);

#endif
