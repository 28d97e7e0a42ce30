/*
 * why: what stands behind the state of a prefix, or of a route.
 *
 *	VRPs that cover it ------> their objects, chains, ends
 *	refused objects that  ---> rule, text, what they claimed
 *	  would have
 *	points that fail, or ----> since when, why, and how the fetch of their
 *	  give their last good     repository goes
 *	  version, and may speak
 *	  of it
 *
 * Everything is read from the snapshot that is served; nothing is validated
 * here.
 */
#ifndef SERVE_WHY_H
#define SERVE_WHY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"
#include "rtrd/serve/view.h"
#include "waymark/addr.h"
#include "waymark/clock.h"

struct why_asked {
	struct prefix prefix;
	bool has_asn; /* else all VRPs that cover the prefix are shown alike */
	uint32_t asn;
};

/* Append the members of the answer to an object that is open: whether routers
 * are given this data, what RFC 6811 says of the route, the three lists.  The
 * view has a snapshot and a set.  Each list, and the objects of all VRPs
 * together, is cut after BOUND_WHY_ROWS or BOUND_TELL_OCTETS, and then
 * "..._omitted" counts the rest.
 *
 * A row whose claims are more than are kept, and of which no kept one covers
 * the prefix, is there too: it has "certain" false. */
void why_write(struct text *t, const struct view *v, struct wall now,
	const struct why_asked *asked);

#endif
