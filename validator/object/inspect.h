/*
 * inspect: one object as a person or a script wants to see it.
 *
 * Bytes in, text out: `validator inspect` reads the file, and where it has a
 * chain it hands the verdict in.  Without one the verdict is what the object
 * alone tells: `invalid` when it breaks a rule, else `unchecked`.
 */
#ifndef OBJECT_INSPECT_H
#define OBJECT_INSPECT_H

#include <stdbool.h>

#include "core/text.h"
#include "validator/object/crypto.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "waymark/report.h"
#include "waymark/span.h"

/* X(NAME, "word") */
#define INSPECT_VERDICT_TABLE(X) \
	X(UNCHECKED, "unchecked") /* no chain at hand */ \
	X(VALID, "valid") \
	X(INVALID, "invalid")

enum inspect_verdict {
#define INSPECT_VERDICT_ENUM(name, word) INSPECT_##name,
	INSPECT_VERDICT_TABLE(INSPECT_VERDICT_ENUM)
#undef INSPECT_VERDICT_ENUM
};

/* What to show, and what is known of it. */
struct inspect {
	struct span der;
	enum object_type type; /* inspect_type's, or the caller's own */
	struct span uri; /* where it is published; empty: not known */
	struct span file; /* its path; empty: not from a file */
	const struct profile *profile;
	bool json;
	enum inspect_verdict verdict; /* the chain's, or INSPECT_UNCHECKED */
	enum reject reason; /* the chain's, when INSPECT_INVALID */
	enum reject point; /* why its publication point, or one above, gives
			      nothing all the same; or REJECT_NONE */
	struct span point_uri; /* of the point that fails */
	struct span point_file; /* the file there that it fails for */
};

/* The type of a file: by the extension of its name (or path, or URI); by its
 * content when the name tells nothing, or tells no more than certificate. */
enum object_type inspect_type(struct span name, struct span der);

/* Whether it begins as a canonical cache representation, whose type is
 * OBJECT_OTHER: no manifest lists one. */
bool inspect_is_ccr(struct span der);

/* Whether bytes are one value in DER, as every object is. */
bool inspect_is_der(struct span bytes);

/* Append the object to `out`: aligned text, or JSON on one line.  Fields are
 * uri, file, type, size, hash (SHA-256), verdict, reason (and its RFC section
 * and text when there is one), point_reason, point_uri and point_file when its
 * point gives nothing, then all fields of the object.  One that is
 * refused is shown as far as it can be read.  0 with the final verdict in
 * `*verdict`; ERR_NOMEM. */
int inspect_object(const struct inspect *what, struct crypto *c,
	struct text *out, enum inspect_verdict *verdict);

#endif
