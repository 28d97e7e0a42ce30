/*
 * uri: URIs of the RPKI, split and made sure to be harmless (RFC 3986, 5781).
 *
 *	rsync://rpki.example.net:8873/module/folder/file.roa
 *	scheme  [ host              ] [       path         ]
 *
 * What passes can be laid out below a folder without leaving it.
 */
#ifndef CORE_URI_H
#define CORE_URI_H

#include "waymark/span.h"

enum uri_scheme {
	URI_OTHER,
	URI_RSYNC,
	URI_HTTPS,
};

struct uri {
	enum uri_scheme scheme;
	struct span host; /* with its port, as written */
	struct span path; /* behind the slash after the host; perhaps empty */
};

/* X(NAME, "text") */
#define URI_FAULT_TABLE(X) \
	X(GOOD, "the URI is sound") \
	X(SIZE, "a URI is longer than any may be") \
	X(CHARACTER, \
		"a URI has a character that RFC 3986 does not know, or hides " \
		"a control or a separator as %XX") \
	X(HOST, "a URI has no scheme, no host, or one of no known form") \
	X(PATH, "a URI has a segment that is . or .., or no rsync module")

enum uri_fault {
#define URI_FAULT_ENUM(name, text) URI_##name,
	URI_FAULT_TABLE(URI_FAULT_ENUM)
#undef URI_FAULT_ENUM
	URI_FAULTS
};

/* Split `text`, a URI of any scheme.  URI_GOOD with `*out` filled (views into
 * `text`), else what is wrong, with `*out` untouched. */
enum uri_fault uri_parse(struct span text, struct uri *out);

/* What is wrong, for people.  Static text. */
const char *uri_fault_text(enum uri_fault fault);

/* The part of `uri` up to and with its last slash: the folder of a file. */
struct span uri_folder(struct span uri);

/* The part behind the last slash. */
struct span uri_name(struct span uri);

#endif
