/*
 * fault: the error codes of RTR, in one table (RFC 6810 section 10, RFC 8210
 * section 12).
 *
 * A code is sent only to versions that know it; an older one gets the code in
 * the column `older`.
 */
#ifndef PROTO_FAULT_H
#define PROTO_FAULT_H

#include <stdbool.h>

/* X(NAME, code, "word", first version, fatal, older) */
#define FAULT_TABLE(X) \
	X(CORRUPT, 0, "corrupt_data", 0, true, 0) \
	X(INTERNAL, 1, "internal_error", 0, true, 1) \
	X(NO_DATA, 2, "no_data_available", 0, false, 2) \
	X(REQUEST, 3, "invalid_request", 0, true, 3) \
	X(VERSION, 4, "unsupported_version", 0, true, 4) \
	X(TYPE, 5, "unsupported_pdu_type", 0, true, 5) \
	X(WITHDRAWAL, 6, "unknown_withdrawal", 0, true, 6) \
	X(DUPLICATE, 7, "duplicate_announcement", 0, true, 7) \
	X(UNEXPECTED, 8, "unexpected_version", 1, true, 4) \
	X(PROVIDERS, 9, "aspa_provider_list", 2, true, 0) \
	X(TRANSPORT, 10, "transport_failed", 2, true, 0) \
	X(ORDERING, 11, "ordering", 2, true, 0) \
	X(RESTART, 12, "cache_restart", 2, false, 2) \
	X(SHUTDOWN, 13, "cache_shutdown", 2, true, 2)

enum fault {
#define FAULT_ENUM(name, code, ...) FAULT_##name = code,
	FAULT_TABLE(FAULT_ENUM)
#undef FAULT_ENUM
	FAULT_CODES,
};

/* The code to send to a peer of `version` for `fault`. */
enum fault fault_for_version(enum fault fault, unsigned version);

/* Whether a `code` received from a peer of `version` ends the session; codes
 * that the version does not know do. */
bool fault_is_fatal(unsigned code, unsigned version);

/* Whether a report of `fault` may come with a text: codes 2 and 5 may not. */
bool fault_has_text(enum fault fault);

/* The word of a code for logs and metrics ("corrupt_data"); NULL for a number
 * that has none.  Static text. */
const char *fault_name(unsigned code);

#endif
