/*
 * intake: what a router sends, PDU by PDU, in whatever pieces it comes.
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
#ifndef PROTO_INTAKE_H
#define PROTO_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/proto/fault.h"
#include "rtrd/proto/pdu.h"
#include "waymark/bounds.h"
#include "waymark/span.h"

struct intake {
	unsigned max_version; /* the highest that we speak */
	int version; /* -1 until a first header told it */
	uint8_t bytes[BOUND_RTR_ERROR_PDU];
	size_t n;
	uint32_t skip; /* octets of an Error Report still to come */
};

enum intake_result {
	INTAKE_MORE, /* all octets are taken, and it needs more */
	INTAKE_QUERY, /* a Serial Query or Reset Query */
	INTAKE_REPORT, /* an Error Report */
	INTAKE_FAULT, /* a PDU that breaks a rule: take no more */
};

struct intake_pdu {
	struct pdu_header header;
	uint32_t serial; /* of a Serial Query */
	struct span bytes; /* its start; valid until the next call */
	bool malformed; /* INTAKE_REPORT: wrong version or length */
	enum fault fault; /* INTAKE_FAULT: what to tell, for the version */
	const char *text; /* INTAKE_FAULT: why; static, may be empty */
};

/* An intake that has seen nothing. */
void intake_init(struct intake *in, unsigned max_version);

/* Take octets from `r` up to the end of one PDU.  Call again while octets are
 * left, but not after INTAKE_FAULT. */
enum intake_result intake_take(
	struct intake *in, struct reader *r, struct intake_pdu *out);

/* Whether a PDU has begun and is not complete. */
bool intake_is_busy(const struct intake *in);

#endif
