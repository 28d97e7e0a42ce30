/*
 * http_target: where a redirect leads.
 */
#ifndef FETCH_HTTP_TARGET_H
#define FETCH_HTTP_TARGET_H

#include <stdbool.h>

#include "waymark/bounds.h"
#include "waymark/span.h"

/* Whether `uri` is one that may be asked: sound, https, without a fragment. */
bool http_target_is_good(struct span uri);

/* The URI that `location` names as seen from `base` (RFC 3986 section 5), both
 * texts of at most BOUND_URI octets.  0; ERR_SYNTAX for what is not a sound
 * https URI; ERR_DENIED for one of another origin, with `out` filled;
 * ERR_NOMEM. */
int http_target_find(
	const char *base, const char *location, char out[BOUND_URI + 1]);

#endif
