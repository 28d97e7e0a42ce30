/*
 * ccr: canonical cache representations (draft-ietf-sidrops-rpki-ccr): what a
 * validated cache held at one time, the same octets from every validator.
 *
 * Not signed, and never in a repository: `validator run` writes it, and
 * `validator inspect` reads it.
 */
#ifndef OBJECT_CCR_H
#define OBJECT_CCR_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/crypto.h"
#include "validator/object/reject.h"
#include "waymark/addr.h"
#include "waymark/clock.h"
#include "waymark/span.h"

/* X(NAME, "word"): the parts of it, in their order; the first has tag 1. */
#define CCR_STATE_TABLE(X) \
	X(MANIFESTS, "manifests") \
	X(VRPS, "vrps") \
	X(ASPAS, "aspas") \
	X(TAS, "trust_anchors") \
	X(KEYS, "router_keys")

enum ccr_state {
#define CCR_STATE_ENUM(name, word) CCR_##name,
	CCR_STATE_TABLE(CCR_STATE_ENUM)
#undef CCR_STATE_ENUM
	CCR_STATES
};

enum {
	CCR_MANIFEST_MIN = 1000 /* octets that a manifest has at least */
};

/* A manifest that was valid and current. */
struct ccr_manifest {
	const uint8_t *hash; /* SHA-256 */
	uint64_t size; /* octets */
	const uint8_t *aki; /* SHA1_SIZE octets: of the CA that it is of */
	struct span number; /* INTEGER's content */
	struct wall this_update;
	struct span locations; /* content of the SEQUENCE OF AccessDescription,
				  all of them checked */
	struct span subordinates; /* content of the SEQUENCE OF key identifiers
				     of CAs below; empty: none */
	size_t subordinate_count;
};

struct ccr_vrp {
	struct prefix prefix;
	uint8_t max_len;
	uint32_t asn;
};

struct ccr_aspa {
	uint32_t customer;
	const uint32_t *providers; /* strictly ascending, at least one */
	size_t provider_count;
};

struct ccr_key {
	uint32_t asn;
	const uint8_t *ski; /* SHA1_SIZE octets */
	struct span spki;
};

/* The arrays stand in the file's order, which is ascending. */
struct ccr {
	struct wall produced;
	const uint8_t *hashes[CCR_STATES]; /* of each state; NULL: not there */
	struct wall most_recent; /* thisUpdate of these */
	const struct ccr_manifest *manifests;
	const struct ccr_vrp *vrps; /* by AS number, family, prefix, maxLength*/
	const struct ccr_aspa *aspas;
	const uint8_t **tas; /* key identifiers */
	const struct ccr_key *keys; /* by AS number, key identifier */
	size_t counts[CCR_STATES]; /* of the arrays' entries */
};

/* The word of a state ("vrps").  Static text. */
const char *ccr_state_name(enum ccr_state state);

/* Take the next location from a manifest's, which are left to be taken in
 * `*rest`: the URI, empty when there is none. */
struct span ccr_location(struct span *rest);

/* Take the next key identifier of subordinates; NULL when there is none. */
const uint8_t *ccr_subordinate(struct span *rest);

/* Parse it, with the hashes of its states.  Arrays live in `arena`.
 * REJECT_NONE or the first rule that it breaks. */
enum reject ccr_parse(struct span der, struct crypto *c, struct arena *arena,
	struct ccr *out);

#endif
