/*
 * inspect_file: files of the RPKI that are no objects: locators (RFC 8630), and
 * the three files of RRDP (RFC 8182).
 */
#ifndef VALIDATOR_INSPECT_FILE_H
#define VALIDATOR_INSPECT_FILE_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/text.h"
#include "validator/object/crypto.h"
#include "waymark/span.h"

/* X(NAME, "word") */
#define INSPECT_FILE_TABLE(X) \
	X(NONE, "none") /* something else */ \
	X(TAL, "tal") \
	X(NOTIFICATION, "rrdp-notification") \
	X(SNAPSHOT, "rrdp-snapshot") \
	X(DELTA, "rrdp-delta") \
	X(XML, "xml") /* of no kind that RRDP has */

enum inspect_file {
#define INSPECT_FILE_ENUM(name, word) INSPECT_FILE_##name,
	INSPECT_FILE_TABLE(INSPECT_FILE_ENUM)
#undef INSPECT_FILE_ENUM
};

/* What a file is, by its beginning, or by its name where that tells nothing. */
enum inspect_file inspect_file_kind(struct span name, struct span bytes);

/* What to show. */
struct inspect_what {
	struct span name; /* the path as given */
	struct span bytes;
	enum inspect_file kind; /* not INSPECT_FILE_NONE */
	bool json;
	struct crypto *crypto;
	struct arena *arena; /* for what is read */
};

/* Append the file to `out`, as inspect_object does an object: file, type, size,
 * hash, verdict (invalid, or unchecked, as nobody signs them), reason, and what
 * it says when it breaks no rule.  0 with `*good` unless it is invalid;
 * ERR_NOMEM. */
int inspect_file_show(
	const struct inspect_what *what, struct text *out, bool *good);

#endif
