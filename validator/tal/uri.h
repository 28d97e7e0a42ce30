/*
 * uri: rsync and https URIs, split and made sure to be harmless.
 *
 *	rsync://host:873/module/folder/file.cer
 *	        [ host  ][       path         ]
 *
 * Refused are backslashes, spaces, control and non-ASCII characters, an empty
 * host, and segments that are "." or "..", also written with %2E and also as
 * host or module.  What passes can be laid out below a folder without leaving
 * it.
 */
#ifndef TAL_URI_H
#define TAL_URI_H

#include <stdbool.h>

#include "waymark/span.h"

enum uri_scheme {
	URI_RSYNC, /* RFC 5781 */
	URI_HTTPS,
};

struct uri {
	enum uri_scheme scheme;
	struct span host; /* with its port, as written */
	struct span path; /* behind the slash after the host */
};

/* Split `text`.  NULL with `*out` filled (views into `text`), or a static text
 * that says what is wrong, with `*out` untouched. */
const char *uri_parse(struct span text, struct uri *out);

/* The part of `uri` up to and with its last slash: the folder of a file. */
struct span uri_folder(struct span uri);

/* The part behind the last slash. */
struct span uri_name(struct span uri);

#endif
