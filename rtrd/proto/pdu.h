/*
 * pdu: the protocol data units of RTR, in one table (RFC 6810 and 8210,
 * section 5; version 2 after draft-ietf-sidrops-8210bis).
 *
 *	0          8          16                    31
 *	+----------+----------+---------------------+
 *	| version  |   type   | session, code, zero |
 *	+----------+----------+---------------------+
 *	|           length of the whole PDU         |
 *	+-------------------------------------------+
 *	|                   body ...                |
 *
 * The table says which version knows which type at which lengths, so that a
 * whole header is judged before any body is looked at.
 *
 * Not here: what a PDU means in a conversation.
 */
#ifndef PROTO_PDU_H
#define PROTO_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/bounds.h"
#include "waymark/payload.h"
#include "waymark/span.h"

/*
 * X(NAME, type, "word", sender, v0 least, v0 most, v1 ..., v2 ...): the legal
 * lengths by version; 0, 0 where the version does not know the type.
 */
#define PDU_TABLE(X) \
	X(SERIAL_NOTIFY, 0, "serial_notify", CACHE, 12, 12, 12, 12, 12, 12) \
	X(SERIAL_QUERY, 1, "serial_query", ROUTER, 12, 12, 12, 12, 12, 12) \
	X(RESET_QUERY, 2, "reset_query", ROUTER, 8, 8, 8, 8, 8, 8) \
	X(CACHE_RESPONSE, 3, "cache_response", CACHE, 8, 8, 8, 8, 8, 8) \
	X(IPV4_PREFIX, 4, "ipv4_prefix", CACHE, 20, 20, 20, 20, 20, 20) \
	X(IPV6_PREFIX, 6, "ipv6_prefix", CACHE, 32, 32, 32, 32, 32, 32) \
	X(END_OF_DATA, 7, "end_of_data", CACHE, 12, 12, 24, 24, 24, 24) \
	X(CACHE_RESET, 8, "cache_reset", CACHE, 8, 8, 8, 8, 8, 8) \
	X(ROUTER_KEY, 9, "router_key", CACHE, 0, 0, 33, BOUND_RTR_PDU_SEND, \
		33, BOUND_RTR_PDU_SEND) \
	X(ERROR_REPORT, 10, "error_report", BOTH, 16, BOUND_RTR_PDU_RECEIVE, \
		16, BOUND_RTR_PDU_RECEIVE, 16, BOUND_RTR_PDU_RECEIVE) \
	X(ASPA, 11, "aspa", CACHE, 0, 0, 0, 0, 12, BOUND_RTR_PDU_SEND)

enum pdu_type {
#define PDU_ENUM(name, type, ...) PDU_##name = type,
	PDU_TABLE(PDU_ENUM)
#undef PDU_ENUM
};

enum {
	PDU_VERSIONS = 3, /* columns of the table */
	PDU_HEADER = 8, /* octets */
	PDU_QUERY_MAX = 12, /* the longest query */
	PDU_END_MAX = 24, /* the longest End of Data */
	PDU_ERROR_MAX = 16 + BOUND_RTR_ERROR_PDU + BOUND_RTR_ERROR_TEXT,
	PDU_IPV4_SIZE = 20,
	PDU_IPV6_SIZE = 32,
	PDU_KEY_FIXED = 32, /* a Router Key without its public key */
	PDU_ASPA_FIXED = 12, /* an ASPA without providers: a withdrawal */
	PDU_ASPA_PROVIDERS = (BOUND_RTR_PDU_SEND - PDU_ASPA_FIXED) / 4,
};

enum pdu_sender {
	PDU_SENDER_CACHE,
	PDU_SENDER_ROUTER,
	PDU_SENDER_BOTH
};

/* A row of the table, as one version sees it. */
struct pdu_form {
	uint32_t least, most; /* legal lengths of the whole PDU */
	enum pdu_sender sender;
};

struct pdu_header {
	uint8_t version;
	uint8_t type;
	uint16_t field; /* session id, error code, or zero */
	uint32_t length; /* of the whole PDU */
};

/* Whether `version` knows `type`, and then its form. */
bool pdu_form(unsigned version, unsigned type, struct pdu_form *out);

/* The word of a type for logs and metrics ("serial_notify"); NULL for a number
 * that has none.  Static text. */
const char *pdu_name(unsigned type);

/* Take a header, of whatever content.  False, with nothing taken, when fewer
 * than PDU_HEADER octets are left. */
bool pdu_header_read(struct reader *r, struct pdu_header *out);

/* The writers append one PDU; `announce` is the flag of a payload. */

/* Serial Notify (RFC 8210 section 5.2). */
void pdu_write_notify(
	struct writer *w, unsigned version, uint16_t session, uint32_t serial);

/* Cache Response (section 5.5). */
void pdu_write_response(struct writer *w, unsigned version, uint16_t session);

/* Cache Reset (section 5.9). */
void pdu_write_reset(struct writer *w, unsigned version);

/* The end of an answer: where it leads, and what the router shall do next. */
struct pdu_end {
	uint16_t session;
	uint32_t serial;
	uint32_t refresh_s, retry_s, expire_s; /* not sent to version 0 */
};

/* End of Data (section 5.8; RFC 6810 section 5.8 without the timers). */
void pdu_write_end(
	struct writer *w, unsigned version, const struct pdu_end *end);

/* IPv4 or IPv6 Prefix, by the VRP's family (sections 5.6 and 5.7). */
void pdu_write_vrp(struct writer *w, unsigned version, bool announce,
	const struct vrp *vrp);

/* Whether a public key goes into one PDU. */
bool pdu_key_fits(const struct router_key *key);

/* Router Key (section 5.10), for one that fits; the version has it. */
void pdu_write_key(struct writer *w, unsigned version, bool announce,
	const struct router_key *key);

/* Octets of an ASPA PDU. */
size_t pdu_aspa_size(bool announce, const struct aspa *aspa);

/* Whether all of an ASPA goes into one PDU, as it must: 1 to
 * PDU_ASPA_PROVIDERS providers. */
bool pdu_aspa_fits(const struct aspa *aspa);

/* ASPA (8210bis section 5.12), for one that fits.  An announcement replaces
 * what the router has of the customer; a withdrawal names nobody else. */
void pdu_write_aspa(struct writer *w, unsigned version, bool announce,
	const struct aspa *aspa);

/* Error Report (section 5.11) with at most BOUND_RTR_ERROR_PDU octets of the
 * culprit and BOUND_RTR_ERROR_TEXT of the text; either may be empty. */
void pdu_write_error(struct writer *w, unsigned version, unsigned code,
	struct span culprit, struct span text);

#endif
