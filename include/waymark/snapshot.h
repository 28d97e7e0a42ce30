/*
 * snapshot: the one contract between validation and serving.
 *
 *	+-----------------------------------------------------------+
 *	| "WAYMARK1" | version | sections | file length             |
 *	| section table: id, record size, offset, length            |
 *	+-----------------------------------------------------------+
 *	| META | TAS | VRPS4 | VRPS6 | KEYS | ASPAS | PROVIDERS     |
 *	| SPKIS | POINTS | SOURCES | REFUSALS | CLAIMS | COUNTS     |
 *	| REASONS | REPOS | STRINGS                                 |
 *	+-----------------------------------------------------------+
 *	| SHA-256 of all before                                     |
 *	+-----------------------------------------------------------+
 *
 *	payload --source--> object --point--> point --parent--> point ...
 *
 * Little-endian, fixed-width records; texts are offsets into STRINGS.  The
 * payloads stand in canonical order, one record for every payload and source:
 * a payload that two objects hold stands twice, the latest expiry first.  A
 * payload ends with its source or its point, whichever ends first.
 *
 * An object on two certification paths is two sources; of these one counts,
 * the other is `again`: whoever lists or counts objects passes it over.
 *
 * The file is a function of locators, objects and time alone: how long a run
 * took and how much work it was stand elsewhere.
 *
 * A reader checks magic, version, hash, every offset, index, order and range
 * before it hands anything out; anything odd and nothing is handed out.
 */
#ifndef WAYMARK_SNAPSHOT_H
#define WAYMARK_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/repo.h"
#include "waymark/report.h"

enum {
	SNAPSHOT_VERSION = 3,
	HASH_SIZE = 32,
	SNAPSHOT_URI = 2 * BOUND_URI + 2 /* a folder with the slash that it may
					    lack, a name, a NUL */
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
	const char *cert; /* the CA's certificate: its name in the parent's
			     folder; of a trust anchor: its URI */
	uint32_t parent; /* the point that lists that certificate, which stands
			    anywhere; SNAPSHOT_NONE: a trust anchor's */
	uint32_t depth; /* one more than the parent's; 0: a trust anchor's */
	uint32_t repo; /* index of the repository it is published in;
			  SNAPSHOT_NONE: none, in a folder */
	uint8_t ta;
	enum point_state state;
	const char *reason; /* the reject code's word; "" when VALID */
	const char *text; /* the rule, with its RFC section; "" when VALID */
	const char *file; /* the name for which it fails; "" when VALID, and for
			     none */
	struct wall since; /* LAST_GOOD: when it last held; else 0 */
	struct wall not_before; /* the latest begin, and */
	struct wall certs_end; /* the earliest end, of the certificates from the
				  trust anchor's to the CA's own */
	struct wall not_after; /* the same with the manifests and CRLs on the
				  way, the point's own included */
	struct wall this_update, next_update; /* of the manifest; 0: unknown */
	uint8_t hash[HASH_SIZE]; /* of the manifest; zeros: unknown */
	uint32_t size; /* of the manifest, octets */
	uint8_t ski[SKI_SIZE]; /* of the CA */
	uint8_t number[SKI_SIZE]; /* of the manifest, big-endian */
	uint32_t claims, claim_count; /* the CA's own resources, the first
					 BOUND_CLAIMS of them; VALID: none */
};

/* What a refused object claimed, or what a point that does not give what is
 * published may speak of. */
struct snapshot_claim {
	struct addr addr;
	uint32_t asn; /* 0 with a family: none is told */
	uint8_t family; /* enum family; CLAIM_ASN: the ASN alone */
	uint8_t len, max_len;
};

enum {
	CLAIM_ASN = 0xff
};

/* An object that payloads came from, on one certification path. */
struct snapshot_source {
	const char *name; /* in its point's folder */
	uint8_t hash[HASH_SIZE]; /* SHA-256 of the object */
	uint8_t ta; /* of the point */
	enum object_type type;
	bool again; /* another path leads to the object, and lasts as long */
	struct wall not_before, not_after; /* of its own EE certificate */
	uint32_t point; /* where it is listed */
};

/* An object that was refused. */
struct snapshot_refusal {
	const char *name; /* in its point's folder; without a point its URI, or
			     the path of a locator */
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
	const struct snapshot_point *points; /* by folder, manifest, path */
	size_t point_count;
	const struct snapshot_source *sources; /* by point, name, hash */
	size_t source_count;
	const struct snapshot_refusal *refusals; /* by ta, point, name */
	size_t refusal_count;
	const struct snapshot_claim *claims; /* of points, then of refusals */
	size_t claim_count;
	const struct snapshot_repo *repos; /* by ta, URI, kind */
	size_t repo_count;
	struct report report;
	struct arena *arena; /* memory of one that was read; else NULL */
};

/* The word of a state, as static text. */
const char *point_state_name(enum point_state state);

/* When a payload of this source ends: the first of all that must hold. */
struct wall snapshot_source_end(
	const struct snapshot *s, const struct snapshot_source *source);

/* URIs, put together in `buf` where they have two parts; longer ones are cut.
 * Each returns where the text is: `buf`, or the snapshot's own. */
const char *snapshot_source_uri(const struct snapshot *s,
	const struct snapshot_source *source, char buf[SNAPSHOT_URI]);
const char *snapshot_refusal_uri(const struct snapshot *s,
	const struct snapshot_refusal *refusal, char buf[SNAPSHOT_URI]);
const char *snapshot_cert_uri(const struct snapshot *s,
	const struct snapshot_point *point, char buf[SNAPSHOT_URI]);

/* Write aside, fsync, rename over `path`, fsync the folder: `path` is the old
 * file or the new one, whole, at any instant.  0 or the first error. */
int snapshot_write(const struct snapshot *s, const char *path);

/* Read and check the file at `path`.  0, with `*out` to be freed by
 * snapshot_free, and report.made when the file was written; ERR_NOTFOUND,
 * ERR_IO, ERR_NOMEM; ERR_LIMIT for one too large; ERR_TRUNCATED, ERR_VERSION,
 * ERR_CHECKSUM; ERR_SYNTAX for content that does not hold together, in which
 * case `*why` (may be NULL) is a static text that says what. */
int snapshot_read(const char *path, struct snapshot **out, const char **why);

/* Free one that was read.  NULL is fine. */
void snapshot_free(struct snapshot *s);

#endif
