/*
 * ccr_back: DER that is written from its end to its beginning, and what the
 * parts of a canonical cache representation share.
 *
 *	room ......... <- [5] keys   |     In DER the length of a value stands
 *	room ..... <- [4] [5]        |     before it: who writes backwards knows
 *	room . <- [1] [2] [3] [4] [5]|     it by then, and needs one pass.
 *
 * Whoever puts a value notes how many octets there are (`mark`), puts its
 * content, last part first, and ends with back_head.
 */
#ifndef RUN_CCR_BACK_H
#define RUN_CCR_BACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/object/crypto.h"
#include "validator/run/ccr.h"
#include "waymark/clock.h"

struct back {
	uint8_t *p;
	size_t cap;
	size_t n; /* at the end of these */
	bool failed; /* out of memory; tested once at the end */
};

/* Put octets in front of all that is there. */
void back_put(struct back *b, const void *octets, size_t n);

/* Tag and length of all that was put since there were `mark` octets. */
void back_head(struct back *b, uint8_t tag, size_t mark);

/* A whole value. */
void back_value(struct back *b, uint8_t tag, const void *octets, size_t n);

/* An INTEGER of octets that are not negative, zeros before it left out; or of a
 * number. */
void back_natural(struct back *b, const uint8_t *octets, size_t n);
void back_number(struct back *b, uint64_t v);

/* A GeneralizedTime. */
void back_time(struct back *b, struct wall at);

/* AlgorithmIdentifier of SHA-256, without parameters. */
void back_sha256(struct back *b);

/* The hash of a state stands behind its list: leave a place for it, and answer
 * where; end the list that began at `mark`, and fill it in; put the state's
 * tags around both, and note the hash. */
size_t back_leave_hash(struct back *b);
void back_end_list(struct back *b, struct crypto *c, size_t mark, size_t hash);
void back_end_state(struct back *b, enum ccr_state state, size_t hash,
	struct ccr_made *out);

/* The states that are the most work.  0 or ERR_NOMEM. */
int ccr_put_manifests(struct back *b, struct crypto *c,
	const struct snapshot *s, struct ccr_made *out);
int ccr_put_vrps(struct back *b, struct crypto *c, const struct snapshot *s,
	struct ccr_made *out);

#endif
