/*
 * checker: what one thread needs to check publication points.
 *
 *	env (one a run, shared, read only but for its atomics)
 *	 |
 *	checker: contexts, arenas, buffers, findings (one a thread)
 */
#ifndef CHAIN_CHECKER_H
#define CHAIN_CHECKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/spool.h"
#include "core/text.h"
#include "validator/chain/findings.h"
#include "validator/chain/memory.h"
#include "validator/chain/source.h"
#include "validator/object/crypto.h"
#include "validator/object/profile.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/log.h"

/* X(NAME, bound, why a point goes): what one trust anchor may have in all.  The
 * points of a level are counted in this order: where there are too many objects
 * nobody looked at them all, and CAs are dealt out one by one at the end. */
#define CHAIN_LIMIT_TABLE(X) \
	X(OBJECTS, BOUND_OBJECTS_PER_TA, REJECT_OBJECT_COUNT) /* listed */ \
	X(READ, (uint64_t)BOUND_READ_MIB_PER_TA << 20, \
		REJECT_READ_COUNT) /* octets */ \
	X(OCTETS, BOUND_OCTETS_PER_TA, REJECT_OCTET_COUNT) /* of memory */ \
	X(VRPS, BOUND_VRPS_PER_TA, REJECT_VRP_COUNT) \
	X(CAS, BOUND_CAS_PER_TA, REJECT_CA_COUNT) /* itself included */

enum chain_limit {
#define CHAIN_LIMIT_ENUM(name, bound, code) LIMIT_##name,
	CHAIN_LIMIT_TABLE(CHAIN_LIMIT_ENUM)
#undef CHAIN_LIMIT_ENUM
	LIMITS
};

/* The bounds of a walk, as values: tests set them low. */
struct chain_limits {
	uint32_t depth; /* of a CA below its trust anchor */
	uint32_t children; /* CAs directly below one */
	uint32_t paths; /* to one point, on one level */
	uint32_t refusals; /* kept by URI, of one trust anchor */
	uint32_t providers; /* over all ASPAs of one customer */
	uint64_t read; /* octets of one point, at one place */
	uint64_t ta[LIMITS]; /* of one trust anchor */
};

/* The limits of bounds.h, as an initialiser. */
#define CHAIN_LIMIT_BOUND(name, bound, code) bound,
#define CHAIN_LIMITS \
	{ \
		.depth = BOUND_CA_DEPTH, .children = BOUND_CHILDREN_PER_CA, \
		.paths = BOUND_PATHS_PER_POINT, \
		.refusals = BOUND_REFUSALS_PER_TA, \
		.providers = BOUND_ASPA_PROVIDERS, \
		.read = (uint64_t)BOUND_READ_MIB_PER_POINT << 20, \
		.ta = {CHAIN_LIMIT_TABLE(CHAIN_LIMIT_BOUND)}, \
	}

/* One trust anchor's part of its limits.  The counts grow while a level of the
 * walk is under way; the rest changes between levels only. */
struct chain_ta {
	atomic_uint_fast64_t used[LIMITS]; /* so far */
	atomic_uint_fast64_t refusals; /* kept so far */
	uint32_t refusals_max; /* that one point may keep */
	atomic_uint_fast64_t lines; /* logged, or left out for a bound */
	atomic_uint_fast64_t lines_left_out;
};

/* What the threads tell of themselves while they work. */
struct chain_progress {
	atomic_uint_fast64_t queued; /* points found so far */
	atomic_uint_fast64_t done; /* points checked */
	atomic_uint_fast64_t objects;
	atomic_uint_fast64_t recalled; /* points taken whole from memory */
	atomic_uint_fast64_t recalled_objects; /* and objects of others */
	atomic_uint_fast64_t lines; /* logged, of all trust anchors */
	atomic_bool stop; /* set by others: give up soon */
};

struct chain_env {
	const struct profile *profile;
	const struct log *log;
	struct chain_progress *progress;
	struct chain_ta *tas; /* by trust anchor */
	struct wall at; /* the time to validate at */
	struct chain_limits limits;
	bool recalls; /* use what earlier runs remember of results */
	const char *spool; /* the folder for what does not fit in memory; NULL:
			      it has to */
	bool judge; /* keep a verdict of every object, and go on
		       in points that failed for a file of theirs */
};

struct checker {
	const struct chain_env *env;
	struct crypto *crypto;
	struct arena *point_arena; /* manifest and CRL of one point */
	struct arena *object_arena; /* one object */
	struct source source;
	struct source_buffer manifest, crl, object;
	struct findings findings;
	struct text lines; /* to be logged when the point is done */
	struct memory_writer memory; /* of the place under way */
	struct spool spool; /* what is to be remembered, see findings */
};

/* A checker for one thread, or NULL out of memory.  `env` outlives it; `source`
 * (perhaps none) is the checker's then, and freed in any case. */
struct checker *checker_new(
	const struct chain_env *env, struct source source, size_t ta_count);

/* Free all but the findings' memory, which checker_free still does: for the
 * time between the walk and the end of the result. */
void checker_rest(struct checker *k);

/* Free everything.  NULL is fine. */
void checker_free(struct checker *k);

#endif
