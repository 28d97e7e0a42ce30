/*
 * listing: a payload set as a body, whole or filtered.
 *
 * A listing holds a reference to its set and a copy of the trust anchors'
 * names, so that it reads on undisturbed while newer sets take over.
 */
#ifndef SERVE_LISTING_H
#define SERVE_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "rtrd/serve/body.h"
#include "rtrd/serve/view.h"
#include "waymark/export.h"

/* Which VRPs are meant; all zero: every one. */
struct listing_filter {
	bool has_asn, has_prefix;
	bool more_specific; /* with a prefix: also what lies inside it */
	uint32_t asn;
	struct prefix prefix; /* VRPs that cover it */
};

/* The whole set in one of the export formats.  NULL out of memory.  The view
 * has a set. */
struct body *listing_export(const struct view *v, enum export_format format);

/* The VRPs that `filter` lets through as JSON lines, and a last line
 * {"end":true,"rows":N}: those that cover the prefix by length, then those
 * inside it by address.  `head` (without line end) goes first.  NULL out of
 * memory.  The view has a set. */
struct body *listing_vrps(const struct view *v,
	const struct listing_filter *filter, const char *head);

#endif
