/*
 * xml: the three files of RRDP (RFC 8182 section 3.5), read as a stream.
 *
 *	octets, in any pieces --> expat --> checked elements --> calls
 *
 * No document type, no entity, no processing instruction, no depth beyond
 * three; namespace, version and session are checked before anything is handed
 * out.  What is not US-ASCII is refused, as the RFC wants that.  Memory: one
 * object and its base64 at most.
 *
 * Hashes of whole files are the caller's, and so is all that compares files.
 */
#ifndef FETCH_XML_H
#define FETCH_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "validator/fetch/depot.h"
#include "waymark/span.h"

/* X(NAME, "word", "text"): what can be wrong with a file. */
#define XML_FAULT_TABLE(X) \
	X(NONE, "none", "nothing") \
	X(SYNTAX, "syntax", "not well-formed XML") \
	X(DOCTYPE, "doctype", "a document type or entity, which RRDP has not") \
	X(INSTRUCTION, "instruction", \
		"a processing instruction, which RRDP has not") \
	X(DEPTH, "depth", "elements lie deeper than RRDP has them") \
	X(ENCODING, "encoding", "not US-ASCII") \
	X(ELEMENT, "element", "an element that does not belong here") \
	X(MISSING, "missing", "an element is missing that has to be there") \
	X(NAMESPACE, "namespace", "an element of another namespace") \
	X(ATTRIBUTE, "attribute", "an attribute is missing, odd or twice") \
	X(VERSION, "version", "the version is not 1") \
	X(SESSION, "session", "the session is odd, or not the notification's") \
	X(SERIAL, "serial", "the serial is odd, or not the one expected") \
	X(URI, "uri", "a URI that is not sound, or of the wrong scheme") \
	X(HASH, "hash", "a hash that is not 64 hexadecimal digits") \
	X(BASE64, "base64", "content that is not base64") \
	X(TEXT, "text", "text where none belongs") \
	X(SIZE, "size", "an element or object is too large") \
	X(COUNT, "count", "too many elements") \
	X(DELTAS, "deltas", \
		"the deltas have gaps, doubles, or do not end at " \
		"the serial") \
	X(REFUSED, "refused", "an element was refused by who took it") \
	X(MEMORY, "memory", "out of memory")

enum xml_fault {
#define XML_FAULT_ENUM(name, word, text) XML_FAULT_##name,
	XML_FAULT_TABLE(XML_FAULT_ENUM)
#undef XML_FAULT_ENUM
	XML_FAULTS
};

/* The word of a fault, and the rule that was broken, for people.  Static text.
 */
const char *xml_fault_name(enum xml_fault fault);
const char *xml_fault_text(enum xml_fault fault);

struct xml_notification {
	const char *session;
	uint64_t serial;
	const char *snapshot_uri;
	uint8_t snapshot_hash[32];
	/* The deltas of the last BOUND_RRDP_DELTAS_LISTED serials, ascending;
	 * none when the list does not hold together, which is no fault of the
	 * rest: the snapshot is there. */
	const struct delta_hash *deltas;
	const char *const *delta_uris; /* of these */
	size_t delta_count;
	enum xml_fault deltas_fault; /* why there are none */
};

/* An element of a snapshot or delta. */
struct xml_element {
	bool withdraw;
	struct span uri;
	const uint8_t *hash; /* of what it replaces or withdraws; NULL: none */
	struct span bytes; /* the object, decoded */
};

struct xml_calls {
	/* False: refused, the file is given up with XML_FAULT_REFUSED. */
	bool (*element)(void *ctx, const struct xml_element *e);
	void *ctx;
};

struct xml; /* a file being read */

/* Readers of the three files.  NULL out of memory.  Of snapshot and delta the
 * session and serial must be those given; a session "" expects none. */
struct xml *xml_notification_new(void);
struct xml *xml_snapshot_new(
	const char *session, uint64_t serial, const struct xml_calls *calls);
struct xml *xml_delta_new(
	const char *session, uint64_t serial, const struct xml_calls *calls);
void xml_free(struct xml *x);

/* The next octets.  XML_FAULT_NONE, or the fault; after one nothing more is
 * read, and it stays. */
enum xml_fault xml_feed(struct xml *x, struct span octets);

/* The file is at its end.  As xml_feed. */
enum xml_fault xml_end(struct xml *x);

/* The line that the fault stands on. */
uint64_t xml_line(const struct xml *x);

/* The session of a snapshot or delta, and its serial: what is expected, or else
 * what it says once its root was read. */
const char *xml_root(const struct xml *x, uint64_t *serial);

/* What a notification says, after xml_end gave XML_FAULT_NONE; lives as long as
 * `x`. */
const struct xml_notification *xml_notification_get(const struct xml *x);

#endif
