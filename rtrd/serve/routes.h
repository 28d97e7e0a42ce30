/*
 * routes: many routes to be looked at in one request.
 *
 *	{"routes":[{"asn":"AS64496","prefix":"192.0.2.0/24"}, ...]}
 *	{"validated_routes":[{"route":...,"validity":...}, ...],
 *	 "generatedTime":"..."}
 *
 * All are read and checked before the first is answered; the answers are made
 * one by one as the client takes them.
 */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include <stdint.h>

#include "rtrd/serve/body.h"
#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/span.h"

enum {
	ROUTES_WHERE = 40
}; /* octets that any place in a request fits in */

struct routes_one {
	struct prefix prefix;
	uint32_t asn;
};

struct routes;

/* Read one route from texts.  NULL; or a static text that says what is wrong,
 * with `*parameter` "asn" or "prefix". */
const char *routes_parse(const char *asn, const char *prefix,
	struct routes_one *out, const char **parameter);

/* Read a request.  NULL with `*out` for routes_body or routes_free, itself
 * NULL out of memory; or a static text that says what is wrong, with `where`
 * ("routes[3].prefix"). */
const char *routes_read(
	struct span json, struct routes **out, char where[ROUTES_WHERE]);

/* The answer; takes `r` over and a reference to `set`.  NULL out of memory. */
struct body *routes_body(
	struct routes *r, const struct payload_set *set, struct wall built);

/* NULL is fine. */
void routes_free(struct routes *r);

#endif
