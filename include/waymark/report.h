/*
 * report: what a run saw, counted by trust anchor.
 *
 * Every number that a run leaves is a row of a table here: text report, JSON,
 * Prometheus, status and manual page are all made from these rows, and adding
 * one is the whole change.
 */
#ifndef WAYMARK_REPORT_H
#define WAYMARK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"

/* X(NAME, "word", "file extension", "text for people, plural") */
#define OBJECT_TYPE_TABLE(X) \
	X(CERT, "certificate", "cer", "certificates") \
	X(MANIFEST, "manifest", "mft", "manifests") \
	X(CRL, "crl", "crl", "certificate revocation lists") \
	X(ROA, "roa", "roa", "route origin authorizations") \
	X(ASPA, "aspa", "asa", "AS provider attestations") \
	X(ROUTER_CERT, "router-certificate", "", "router certificates") \
	X(GBR, "gbr", "gbr", "ghostbusters records") \
	X(TAK, "tak", "tak", "trust anchor keys") \
	X(SPL, "spl", "spl", "signed prefix lists") \
	X(RSC, "rsc", "sig", "signed checklists") \
	X(OTHER, "other", "", "other files")

enum object_type {
#define OBJECT_TYPE_ENUM(name, word, ext, text) OBJECT_##name,
	OBJECT_TYPE_TABLE(OBJECT_TYPE_ENUM)
#undef OBJECT_TYPE_ENUM
	OBJECT_TYPES
};

/* X(NAME, "word", "help") */
#define OBJECT_STATE_TABLE(X) \
	X(VALID, "valid", "passed every rule") \
	X(REFUSED, "refused", "broke a rule") \
	X(IGNORED, "ignored", "of a type that is not evaluated")

enum object_state {
#define OBJECT_STATE_ENUM(name, word, help) OBJECT_STATE_##name,
	OBJECT_STATE_TABLE(OBJECT_STATE_ENUM)
#undef OBJECT_STATE_ENUM
	OBJECT_STATES
};

/* X(NAME, "word", "unit", "help"): numbers of one trust anchor. */
#define REPORT_COUNTER_TABLE(X) REPORT_FACT_TABLE(X) REPORT_WORK_TABLE(X)

/* What there is. */
#define REPORT_FACT_TABLE(X) \
	X(POINTS_VALID, "points_valid", "publication points", \
		"publication points whose manifest and files all hold") \
	X(POINTS_FAILED, "points_failed", "publication points", \
		"publication points that gave nothing") \
	X(POINTS_LAST_GOOD, "points_last_good", "publication points", \
		"publication points that gave their last good version") \
	X(POINTS_GONE, "points_gone", "publication points", \
		"those that failed and were lost with a damaged store") \
	X(REPOSITORIES, "repositories", "repositories", \
		"repositories that certificates and locators name") \
	X(REPOSITORIES_FAILED, "repositories_failed", "repositories", \
		"repositories whose last fetch failed") \
	X(REPOSITORIES_PENDING, "repositories_pending", "repositories", \
		"repositories that were not tried yet") \
	X(REPOSITORIES_LEFT_OUT, "repositories_left_out", "repositories", \
		"repositories beyond the limits of their delegation") \
	X(VRPS, "vrps", "VRPs", "VRPs of all valid ROAs") \
	X(VRPS_UNIQUE, "vrps_unique", "VRPs", \
		"VRPs counted once, however many ROAs hold them") \
	X(VRPS_IPV4, "vrps_ipv4", "VRPs", "unique VRPs of IPv4") \
	X(VRPS_IPV6, "vrps_ipv6", "VRPs", "unique VRPs of IPv6") \
	X(ROUTER_KEYS, "router_keys", "router keys", \
		"unique router keys of all valid router certificates") \
	X(ASPAS, "aspas", "ASPAs", \
		"customers whose ASPAs hold, each counted once") \
	X(ASPA_PROVIDERS, "aspa_providers", "providers", \
		"providers of these, each counted once a customer") \
	X(ASPAS_DROPPED, "aspas_dropped", "ASPAs", \
		"customers with more providers than allowed, left out") \
	X(SPL_PREFIXES, "spl_prefixes", "prefixes", \
		"prefixes of all valid signed prefix lists") \
	X(TA_SUCCESSORS, "ta_successors", "keys", \
		"keys that trust anchors say will follow theirs") \
	X(WARNINGS, "warnings", "warnings", "oddities that refuse nothing")

/* What a run did.  That depends on what was remembered of earlier runs, and is
 * in no snapshot. */
#define REPORT_WORK_TABLE(X) \
	X(SIGNATURES, "signature_checks", "checks", \
		"public key signatures checked") \
	X(BYTES, "object_bytes", "bytes", "octets of the objects read")

enum report_counter {
#define REPORT_COUNTER_ENUM(name, word, unit, help) REPORT_##name,
	REPORT_COUNTER_TABLE(REPORT_COUNTER_ENUM)
#undef REPORT_COUNTER_ENUM
	REPORT_COUNTERS,
	REPORT_WORK = REPORT_SIGNATURES /* the first of these; they are last */
};

/* One trust anchor's numbers. */
struct report_ta {
	const char *name; /* the TAL's file name without ".tal" */
	bool complete; /* its certificate and every point below it held */
	uint64_t objects[OBJECT_TYPES][OBJECT_STATES];
	uint64_t counters[REPORT_COUNTERS];
};

/* How often one rule refused one type of object below one trust anchor. */
struct report_reason {
	uint32_t ta; /* index into the report's trust anchors */
	enum object_type type;
	const char *reason; /* the reject code's word */
	uint64_t count;
};

struct report {
	struct report_ta *tas;
	size_t ta_count;
	struct report_reason *reasons; /* by trust anchor, type, reason */
	size_t reason_count;
	struct wall at; /* the time validated at */
	struct wall made; /* when the file was written, by the clock; 0: it was
			     not read from one */
};

/* Rows of the tables above, as static text. */
const char *object_type_name(enum object_type type);
const char *object_type_text(enum object_type type);
const char *object_state_name(enum object_state state);
const char *object_state_help(enum object_state state);
const char *report_counter_name(enum report_counter counter);
const char *report_counter_unit(enum report_counter counter);
const char *report_counter_help(enum report_counter counter);

/* The type that a file name's extension stands for ("x.roa"); OBJECT_OTHER for
 * one that no type has.  `n` octets at `name`. */
enum object_type object_type_of(const char *name, size_t n);

#endif
