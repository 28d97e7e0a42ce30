/*
 * note: how a point under way says what became of an object.
 *
 * One place counts, logs, and keeps the refusal and the verdict, so that these
 * four can never tell different stories.
 */
#ifndef CHAIN_NOTE_H
#define CHAIN_NOTE_H

#include "validator/chain/checker.h"
#include "validator/chain/outcome.h"
#include "validator/object/reject.h"
#include "waymark/report.h"
#include "waymark/span.h"

/* Who notes: a point, or a trust anchor's beginning. */
struct noter {
	struct checker *k;
	uint32_t ta;
	struct span folder; /* ends in a slash; or empty */
	uint32_t lines; /* logged so far */
	bool is_calm; /* refusals are no news: nothing was fetched yet */
	uint32_t refusals; /* noted so far */
	uint32_t objects; /* noted so far */
	bool holds; /* lines wait for note_end */
};

/* What is noted. */
struct noted {
	struct span name; /* behind the folder */
	enum object_type type;
	enum object_state state;
	enum reject reason; /* with OBJECT_STATE_REFUSED */
	const uint8_t *hash; /* SHA-256 of the object, or NULL */
	const struct outcome *claims; /* with OBJECT_STATE_REFUSED: what it
					 would have said; NULL: not known */
};

/* Count one object; log and keep it when it is refused. */
void note_object(struct noter *n, const struct noted *what);

/* Keep only the verdict, where verdicts are kept. */
void note_verdict(struct noter *n, const struct noted *what);

/* Count and log what is odd but refuses nothing. */
void note_warning(struct noter *n, struct span name, const char *text);

/* Log that a trust anchor names a key that will follow its own, and where that
 * one's certificate is: somebody has to change the locator (RFC 9691). */
void note_successor(struct noter *n, struct span name, struct span uri);

/* Warn that the point was not taken from where it should have been, and why
 * that one failed. */
void note_fallback(struct noter *n, struct span name, enum reject reason,
	bool is_last_good);

/* Forget what was noted for the log, and the counts: the point is begun again
 * elsewhere. */
void note_again(struct noter *n);

/* Log the lines that wait, and how many were left out, if any were. */
void note_end(struct noter *n);

/* The same for trust anchor `ta` (called `name`), at the end of the walk: lines
 * beyond the bounds of points, trust anchors and runs. */
void note_ta_end(const struct chain_env *env, uint32_t ta, const char *name);

#endif
