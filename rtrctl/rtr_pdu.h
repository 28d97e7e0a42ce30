/*
 * rtr_pdu: the PDUs of RTR as a router reads and writes them (RFC 6810, RFC
 * 8210, draft-ietf-sidrops-8210bis), and every rule that a cache can break.
 *
 *	 0        1        2                 4
 *	+--------+--------+--------+--------+----------------------+
 *	|version | type   | session, code,  | length of all        |  8 octets
 *	|        |        | flags and zero  |                      |
 *	+--------+--------+--------+--------+----------------------+
 *	| what the type has                                        |
 *
 * Of its own, and not the code of our cache: what reads with the eyes of the
 * writer overlooks what the writer does.
 */
#ifndef RTRCTL_RTR_PDU_H
#define RTRCTL_RTR_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/addr.h"
#include "waymark/payload.h"
#include "waymark/span.h"

enum {
	RTR_VERSION_MAX = 2,
	RTR_HEADER = 8,
	RTR_PDU_MOST = 65535, /* octets */
	RTR_PROVIDERS_MOST = 16380, /* more make a PDU too long */
	RTR_QUERY_MOST = 12, /* octets of the longer query */
	RTR_ERROR_MOST = 512 /* of an Error Report that we write */
};

/* X(NAME, type, "name") */
#define RTR_TYPE_TABLE(X) \
	X(NOTIFY, 0, "Serial Notify") \
	X(SERIAL_QUERY, 1, "Serial Query") \
	X(RESET_QUERY, 2, "Reset Query") \
	X(RESPONSE, 3, "Cache Response") \
	X(IPV4, 4, "IPv4 Prefix") \
	X(IPV6, 6, "IPv6 Prefix") \
	X(END, 7, "End of Data") \
	X(RESET, 8, "Cache Reset") \
	X(KEY, 9, "Router Key") \
	X(ERROR, 10, "Error Report") \
	X(ASPA, 11, "ASPA")

enum rtr_type {
#define RTR_TYPE_ENUM(name, type, text) RTR_##name = type,
	RTR_TYPE_TABLE(RTR_TYPE_ENUM)
#undef RTR_TYPE_ENUM
};

/* X(NAME, code, "name"): of Error Reports. */
#define RTR_CODE_TABLE(X) \
	X(CORRUPT, 0, "Corrupt Data") \
	X(INTERNAL, 1, "Internal Error") \
	X(NO_DATA, 2, "No Data Available") \
	X(REQUEST, 3, "Invalid Request") \
	X(VERSION, 4, "Unsupported Protocol Version") \
	X(PDU_TYPE, 5, "Unsupported PDU Type") \
	X(UNKNOWN, 6, "Withdrawal of Unknown Record") \
	X(DUPLICATE, 7, "Duplicate Announcement Received") \
	X(UNEXPECTED, 8, "Unexpected Protocol Version") \
	X(PROVIDERS, 9, "ASPA Provider List Error") \
	X(TRANSPORT, 10, "Transport Error") \
	X(ORDER, 11, "Ordering Error") \
	X(RESTART, 12, "Cache Restart") \
	X(SHUTDOWN, 13, "Cache Shutdown")

enum rtr_code {
#define RTR_CODE_ENUM(name, code, text) RTR_CODE_##name = code,
	RTR_CODE_TABLE(RTR_CODE_ENUM)
#undef RTR_CODE_ENUM
	RTR_CODES
};

enum {
	RTR_GO_ON = -1, /* the octets can be read on */
	RTR_SILENT = -2 /* the end, and nothing may be said of it */
};

/* X(NAME, "word", code, "text"): what a cache must not do.  The code is that of
 * the Error Report with which the session ends, where it cannot go on. */
#define RTR_RULE_TABLE(X) \
	X(LENGTH, "length", RTR_CODE_CORRUPT, \
		"a length that no PDU of this type has (RFC 8210 section 5)") \
	X(TYPE, "type", RTR_CODE_PDU_TYPE, \
		"a type that this version does not have (RFC 8210 section 5)") \
	X(DIRECTION, "direction", RTR_CODE_REQUEST, \
		"a query, which is for routers to send (RFC 8210 section 5)") \
	X(OTHER_VERSION, "version", RTR_CODE_UNEXPECTED, \
		"another version than the session's (RFC 8210 section 7)") \
	X(PREFIX_LENGTH, "prefix-length", RTR_CODE_CORRUPT, \
		"a max length below the prefix length or beyond the family's " \
		"(RFC 8210 section 5.6)") \
	X(ERROR_FORM, "error-form", RTR_SILENT, \
		"an Error Report whose lengths do not add up (RFC 8210 " \
		"section 5.11)") \
	X(OUTSIDE, "outside", RTR_CODE_CORRUPT, \
		"payload or End of Data outside of an answer (RFC 8210 " \
		"section 8)") \
	X(INSIDE, "inside", RTR_CODE_CORRUPT, \
		"Cache Response or Cache Reset within an answer (RFC 8210 " \
		"section 8)") \
	X(UNASKED, "unasked", RTR_CODE_CORRUPT, \
		"an answer that nothing was asked for (RFC 8210 section 8)") \
	X(RESET_RESET, "reset-to-reset", RTR_CODE_CORRUPT, \
		"Cache Reset in answer to a Reset Query (RFC 8210 section " \
		"5.9)") \
	X(SESSION, "session", RTR_CODE_CORRUPT, \
		"another session id in answer to a Serial Query, or at the end " \
		"of an answer (RFC 8210 section 5.1)") \
	X(LIMIT, "limit", RTR_CODE_INTERNAL, \
		"more payloads than this client is to hold (--limit)") \
	X(RESERVED, "reserved", RTR_GO_ON, \
		"a reserved field or flag that is not zero (RFC 8210 section " \
		"5.1)") \
	X(HOST_BITS, "host-bits", RTR_GO_ON, \
		"bits behind the length of a prefix (RFC 8210 section 5.6)") \
	X(ORDER_TYPE, "order-type", RTR_GO_ON, \
		"types that do not ascend (8210bis section 11.2)") \
	X(ORDER_FLAG, "order-flag", RTR_GO_ON, \
		"an announcement behind a withdrawal of its type (8210bis " \
		"section 11.2)") \
	X(ORDER, "order", RTR_GO_ON, \
		"payloads of a type out of order (8210bis section 11.2)") \
	X(WITHDRAWN_WHOLE, "withdrawal-in-full", RTR_GO_ON, \
		"a withdrawal in answer to a Reset Query (RFC 8210 section " \
		"5.5)") \
	X(DUPLICATE, "duplicate", RTR_GO_ON, \
		"an announcement of what is held already (RFC 8210 section " \
		"12)") \
	X(UNKNOWN, "unknown", RTR_GO_ON, \
		"a withdrawal of what is not held (RFC 8210 section 12)") \
	X(TWICE, "twice", RTR_GO_ON, \
		"a payload that one answer names twice (RFC 8210 section 5.3)") \
	X(PROVIDERS_NONE, "providers-none", RTR_GO_ON, \
		"an announced ASPA without providers (8210bis section 5.12)") \
	X(PROVIDERS_ORDER, "providers-order", RTR_GO_ON, \
		"providers that do not ascend (8210bis section 5.12)") \
	X(PROVIDERS_AS0, "providers-as0", RTR_GO_ON, \
		"AS0 beside other providers (8210bis section 5.12)") \
	X(PROVIDERS_GONE, "providers-withdrawn", RTR_GO_ON, \
		"providers in the withdrawal of an ASPA (8210bis section " \
		"5.12)") \
	X(NOTIFY_INSIDE, "notify-inside", RTR_GO_ON, \
		"a Serial Notify within an answer") \
	X(NOTIFY_EARLY, "notify-early", RTR_GO_ON, \
		"a Serial Notify before the version is agreed on (RFC 8210 " \
		"section 7)") \
	X(NOTIFY_SESSION, "notify-session", RTR_GO_ON, \
		"a Serial Notify of another session id (RFC 8210 section 5.1)") \
	X(NOTIFY_BACK, "notify-back", RTR_GO_ON, \
		"a Serial Notify of a serial before the one held (RFC 8210 " \
		"section 5.2)") \
	X(SERIAL_BACK, "serial-back", RTR_GO_ON, \
		"a difference that ends before the serial it begins with " \
		"(RFC 1982)") \
	X(SERIAL_SAME, "serial-same", RTR_GO_ON, \
		"changes without a new serial (RFC 8210 section 5.1)") \
	X(TIMERS, "timers", RTR_GO_ON, \
		"intervals out of their range, or an expire interval that is " \
		"not the largest (RFC 8210 section 6)") \
	X(ERROR_CODE, "error-code", RTR_GO_ON, \
		"an error code that this version does not have (RFC 8210 " \
		"section 12)") \
	X(ERROR_TEXT, "error-text", RTR_GO_ON, \
		"an error text that is not UTF-8 (RFC 8210 section 5.11)")

enum rtr_rule {
#define RTR_RULE_ENUM(name, word, code, text) RTR_RULE_##name,
	RTR_RULE_TABLE(RTR_RULE_ENUM)
#undef RTR_RULE_ENUM
	RTR_RULES
};

/* A set of rules as bits: there are fewer than 64. */
#define RTR_BIT(rule) ((uint64_t)1 << (rule))

/* A PDU that was read; views lie in the input.  What a type does not have is
 * zero. */
struct rtr_pdu {
	uint8_t version, type;
	uint16_t session; /* the error code in an Error Report */
	uint32_t length;
	uint32_t serial;
	uint32_t refresh, retry, expire; /* seconds; of versions 1 and 2 */
	bool announce;
	uint8_t len, max_len;
	struct addr addr;
	uint32_t asn; /* the customer's, in an ASPA */
	uint8_t ski[SKI_SIZE];
	struct span octets; /* the public key; providers, in network order */
	struct span culprit, text; /* of an Error Report */
	uint64_t odd; /* RTR_BIT of each rule that it breaks and may be read
			 in spite of */
};

/* Read the first PDU of `in`, in a session of `version`; -1: not agreed on yet,
 * any is fine, as it always is in an Error Report.  Octets used; 0 when more
 * are needed; -1 with `*rule` when it cannot be read (and `*out` is
 * untouched). */
long rtr_pdu_read(
	struct span in, int version, struct rtr_pdu *out, enum rtr_rule *rule);

/* Write a Serial Query or a Reset Query to `out`.  Octets written. */
size_t rtr_pdu_serial_query(unsigned version, uint16_t session, uint32_t serial,
	uint8_t out[RTR_QUERY_MOST]);
size_t rtr_pdu_reset_query(unsigned version, uint8_t out[RTR_QUERY_MOST]);

/* Write the Error Report for a broken rule, with the head of the PDU that broke
 * it.  Octets written; 0 for a rule of which none is sent. */
size_t rtr_pdu_error(unsigned version, enum rtr_rule rule, struct span culprit,
	uint8_t out[RTR_ERROR_MOST]);

/* The word and the text of a rule; whether a session cannot go on after it. */
const char *rtr_rule_word(enum rtr_rule rule);
const char *rtr_rule_text(enum rtr_rule rule);
bool rtr_rule_is_fatal(enum rtr_rule rule);

/* The name of an error code, of a type; "unknown".  Static text. */
const char *rtr_code_name(unsigned code);
const char *rtr_type_name(unsigned type);

#endif
