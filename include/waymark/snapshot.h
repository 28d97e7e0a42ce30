/*
 * snapshot: the one contract between validation and serving.
 *
 *	+-----------------------------------------------------------+
 *	| "WAYMARK1" | version | sections | file length             |
 *	| section table: id, record size, offset, length            |
 *	+-----------------------------------------------------------+
 *	| META | TAS | VRPS | KEYS | ASPAS | PROVIDERS | SPKIS      |
 *	| POINTS | SOURCES | REFUSALS | CLAIMS | COUNTS | REASONS   |
 *	| REPOS | STRINGS                                           |
 *	+-----------------------------------------------------------+
 *	| SHA-256 of all before                                     |
 *	+-----------------------------------------------------------+
 *
 * Little-endian, fixed-width records; texts are offsets into STRINGS.  The
 * payloads stand in canonical order, one record for every payload and source:
 * a payload that two objects hold stands twice, the latest expiry first.
 *
 * A reader checks magic, version, hash, every offset, index, order and range
 * before it hands anything out; anything odd and nothing is handed out.
 */
#ifndef WAYMARK_SNAPSHOT_H
#define WAYMARK_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/repo.h"
#include "waymark/report.h"

enum {
	SNAPSHOT_VERSION = 2,
	HASH_SIZE = 32
};

/* X(NAME, "word"): what became of a publication point. */
#define POINT_STATE_TABLE(X) \
	X(VALID, "valid") /* as it is published */ \
	X(LAST_GOOD, "last-good") /* as it was published before */ \
	X(FAILED, "failed") /* it gives nothing */

enum point_state {
#define POINT_STATE_ENUM(name, word) POINT_##name,
	POINT_STATE_TABLE(POINT_STATE_ENUM)
#undef POINT_STATE_ENUM
	POINT_STATES
};

#define SNAPSHOT_NONE UINT32_MAX /* no index */

/* A publication point on one certification path. */
struct snapshot_point {
	const char *folder; /* URI, ends in a slash: all names lie behind it */
	const char *manifest; /* name */
	const char *cert; /* URI of the CA's certificate */
	uint32_t parent; /* the point that lists that certificate, which stands
			    anywhere; SNAPSHOT_NONE: a trust anchor's */
	uint32_t repo; /* index of the repository it is published in;
			  SNAPSHOT_NONE: none, in a folder */
	uint8_t ta;
	enum point_state state;
	const char *reason; /* the reject code's word; "" when VALID */
	const char *text; /* the rule, with its RFC section; "" when VALID */
	const char *file; /* the name for which it fails; "" when VALID */
	struct wall since; /* LAST_GOOD: when it last held; else 0 */
	struct wall not_before, not_after; /* of its chain: the latest begin
		and the earliest end, manifest and CRL included */
	struct wall this_update, next_update; /* of the manifest; 0: unknown */
	uint8_t hash[HASH_SIZE]; /* of the manifest; zeros: unknown */
	uint32_t size; /* of the manifest, octets */
	uint8_t ski[SKI_SIZE]; /* of the CA */
	uint8_t number[SKI_SIZE]; /* of the manifest, big-endian */
	uint32_t claims, claim_count; /* FAILED: the CA's own resources, the
					 first of them */
};

/* What a refused object claimed, or what a point that failed may speak of. */
struct snapshot_claim {
	struct addr addr;
	uint32_t asn; /* 0 with a family: none is told */
	uint8_t family; /* enum family; CLAIM_ASN: the ASN alone */
	uint8_t len, max_len;
};

enum {
	CLAIM_ASN = 0xff
};

/* An object that payloads came from. */
struct snapshot_source {
	const char *uri;
	uint8_t hash[HASH_SIZE]; /* SHA-256 of the object */
	uint8_t ta;
	enum object_type type;
	struct wall not_before, not_after; /* of its own EE certificate */
	struct wall chain_not_after; /* the earliest end above it */
	uint32_t point; /* where it is listed */
};

/* An object that was refused. */
struct snapshot_refusal {
	const char *uri;
	const char *reason; /* the reject code's word */
	const char *text; /* the rule, with its RFC section */
	uint8_t ta;
	enum object_type type;
	uint32_t point; /* SNAPSHOT_NONE: a trust anchor's own */
	uint32_t claims, claim_count; /* what it claimed, where readable */
};

/* A repository as far as one trust anchor leans on it. */
struct snapshot_repo {
	const char *uri;
	enum repo_kind kind;
	uint8_t ta;
	uint32_t cas; /* whose points are published there */
	uint32_t points_failed; /* of these */
	uint64_t vrps; /* that come from there or from below its CAs */
	struct wall expires; /* when the first of these ends; INT64_MAX: there
				are none */
};

/* Everything that a run leaves.  Who builds one owns the arrays; one that was
 * read owns them itself. */
struct snapshot {
	const struct vrp *vrps; /* canonical order, then expiry descending */
	size_t vrp_count;
	const struct router_key *keys;
	size_t key_count;
	const struct aspa *aspas;
	size_t aspa_count;
	const struct snapshot_source *sources; /* by URI, hash, ta */
	size_t source_count;
	const struct snapshot_refusal *refusals; /* by ta, URI, reason */
	size_t refusal_count;
	const struct snapshot_point *points;
	size_t point_count;
	const struct snapshot_claim *claims;
	size_t claim_count;
	const struct snapshot_repo *repos; /* by ta, URI, kind */
	size_t repo_count;
	struct report report;
	struct arena *arena; /* memory of one that was read; else NULL */
};

/* Write aside, fsync, rename over `path`, fsync the folder: `path` is the old
 * file or the new one, whole, at any instant.  0 or the first error. */
int snapshot_write(const struct snapshot *s, const char *path);

/* Read and check the file at `path`.  0, with `*out` to be freed by
 * snapshot_free; ERR_NOTFOUND, ERR_IO, ERR_NOMEM; ERR_LIMIT for one too large;
 * ERR_TRUNCATED, ERR_VERSION, ERR_CHECKSUM; ERR_SYNTAX for content that does
 * not hold together, in which case `*why` (may be NULL) is a static text that
 * says what. */
int snapshot_read(const char *path, struct snapshot **out, const char **why);

/* Free one that was read.  NULL is fine. */
void snapshot_free(struct snapshot *s);

#endif
