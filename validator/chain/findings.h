/*
 * findings: what one thread found, to be merged with what the others did.
 *
 *	point under way:  mark --> vrps, sources, children, refusals, tally
 *	                     \--> commit:  stays
 *	                     \--> undo:    back to the mark
 *
 * RFC 9286 is all or nothing for a publication point, so what a point gives
 * stands apart until its last file was seen.  Everything belongs to one thread;
 * merging is validator/run's.
 */
#ifndef CHAIN_FINDINGS_H
#define CHAIN_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/vec.h"
#include "validator/chain/ca.h"
#include "validator/object/crypto.h"
#include "validator/object/reject.h"
#include "waymark/payload.h"
#include "waymark/report.h"
#include "waymark/snapshot.h"

/* Numbers of one trust anchor, or of the point under way. */
struct tally {
	uint64_t objects[OBJECT_TYPES][OBJECT_STATES];
	uint64_t counters[REPORT_COUNTERS];
	uint64_t reasons[OBJECT_TYPES][REJECT_COUNT];
};

/* What became of one object; kept for `inspect` only. */
struct verdict {
	const char *uri;
	uint8_t hash[SHA256_SIZE]; /* zeros when it could not be read */
	uint32_t ta;
	enum object_type type;
	enum object_state state;
	enum reject reason;
	struct loss lost; /* of its point, or of one above */
};

struct refusal {
	const char *name; /* in its point's folder; without a point, all */
	uint32_t ta;
	enum object_type type;
	enum reject reason;
	size_t point; /* within this thread; SIZE_MAX: none */
	size_t claims, claim_count; /* within this thread */
};

/* A publication point that was looked at, or denied. */
struct found_point {
	const struct ca *ca; /* a reference */
	enum point_state state;
	enum reject reason; /* unless it is VALID */
	const char *file; /* for which it failed; NULL: none */
	struct wall since; /* LAST_GOOD: when it last held */
	struct wall not_after; /* the earliest end of its chain, manifest and
				  CRL included */
	struct wall this_update, next_update; /* of the manifest; 0: unknown */
	uint8_t hash[SHA256_SIZE]; /* of the manifest; zeros: unknown */
	uint32_t size; /* of the manifest, octets */
	uint8_t number[SKI_SIZE]; /* of the manifest, big-endian */
	size_t claims, claim_count; /* but VALID: the CA's resources */
	int repo; /* index among the repositories of the run; -1: none */
};

/* A version of a publication point that held, to be remembered. */
struct held {
	uint8_t key[SHA256_SIZE];
	bool renews; /* only its time is new */
	uint8_t manifest[SHA256_SIZE];
	uint8_t number[SKI_SIZE]; /* of the manifest, big-endian */
	struct wall this_update;
	size_t file_count;
	size_t memory_n; /* octets, see memory.h */
	uint64_t files_at, memory_at; /* where in the checker's spool: hashes
					 of all files, and the memory */
};

/* How much there was when a point began. */
struct findings_mark {
	size_t vrps, keys, aspas, sources, refusals, claims, points, children,
		verdicts, versions;
	struct arena_mark texts;
};

struct findings {
	VEC(struct vrp) vrps; /* `source` counts within this thread */
	VEC(struct router_key) keys; /* the same; `spki` in `texts` */
	VEC(struct aspa) aspas; /* the same; `providers` in `texts` */
	VEC(struct snapshot_source) sources;
	VEC(struct refusal) refusals;
	VEC(struct snapshot_claim) claims; /* of refusals and points */
	VEC(struct found_point)
	points; /* one is added at its end: until then
					   its index is points.n */
	VEC(struct ca *) children; /* with a reference each */
	VEC(struct verdict) verdicts;
	VEC(struct held) versions;
	struct tally *tas; /* one a trust anchor */
	size_t ta_count;
	struct tally point; /* the point under way */
	uint64_t octets; /* of memory that it takes, but for VRPs */
	struct findings_mark mark;
	bool keep_verdicts;
	struct arena *texts; /* URIs */
	bool failed; /* out of memory: the run is void */
};

/* Empty findings for so many trust anchors.  0 or ERR_NOMEM. */
int findings_init(struct findings *f, size_t ta_count, bool keep_verdicts);
void findings_fini(struct findings *f);

/* Begin a point. */
void findings_begin(struct findings *f);

/* Keep what the point gave, for trust anchor `ta`. */
void findings_commit(struct findings *f, uint32_t ta);

/* Forget what the point gave since findings_begin: payloads, counts, refusals
 * and, unless `keep_children`, children.  Signature checks and octets stay
 * counted, as that work was done. */
void findings_undo(struct findings *f, bool keep_children);

/* A folder and a name as one text that lives as long as the findings, unless
 * the point is undone; NULL out of memory, with `failed` set. */
const char *findings_uri(
	struct findings *f, struct span folder, struct span name);

#endif
