/*
 * query: the target of an HTTP request, taken apart (RFC 3986, section 3).
 *
 *	/validity?asn=AS64496&prefix=192.0.2.0%2F24
 *	 path     name value  name   value
 *
 * Foreign octets in, decoded texts out; they are free of NUL, and everything
 * else may be in them.
 */
#ifndef SERVE_QUERY_H
#define SERVE_QUERY_H

#include <stddef.h>

#include "waymark/bounds.h"

enum {
	QUERY_PAIRS = 8, /* parameters; two are known */
};

struct query {
	char text[BOUND_HTTP_TARGET + 1]; /* what the rest points into */
	const char *path;
	struct {
		const char *name, *value;
	} pairs[QUERY_PAIRS];
	size_t pair_count;
};

/* Take `target` apart.  0; ERR_LIMIT when it is too long or has too many
 * parameters; ERR_SYNTAX for a bad percent encoding or an encoded NUL. */
int query_parse(const char *target, struct query *out);

#endif
