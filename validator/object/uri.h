/*
 * uri: what every URI in a certificate must be like (RFC 3986, 5781).
 */
#ifndef OBJECT_URI_H
#define OBJECT_URI_H

#include "waymark/span.h"

enum uri_scheme {
	URI_OTHER,
	URI_RSYNC,
	URI_HTTPS,
};

enum uri_fault {
	URI_GOOD,
	URI_SIZE, /* more than BOUND_URI octets */
	URI_CHARACTER, /* one that RFC 3986 does not know; a control or a
			  separator that hides as %XX */
	URI_HOST, /* no scheme, no host, or not of a known form */
	URI_PATH, /* a segment "." or "..", also as %2E; no rsync module */
	URI_FAULTS,
};

/* Check a URI of any scheme; URI_GOOD with its scheme. */
enum uri_fault uri_check(struct span uri, enum uri_scheme *scheme);

#endif
