/*
 * report_points: publication points that do not hold as they are published, and
 * what refused objects claimed, for the report.
 *
 * There may be as many as there are CAs, all for one reason: so what is listed
 * is bounded, and what is left out is counted.
 */
#ifndef RUN_REPORT_POINTS_H
#define RUN_REPORT_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "waymark/snapshot.h"

/* Append `"key":"value"`, whatever the value holds. */
void report_json_text(struct text *out, const char *key, const char *value);

/* Append the failed points of a trust anchor, and those that gave their last
 * good version, two lines each. */
void report_points_text(const struct snapshot *s, size_t ta, struct text *out);

/* Append `"points":[...]`, of all trust anchors, with the number of those that
 * are left out. */
void report_points_json(const struct snapshot *s, struct text *out);

/* Append `"claims":[...]`, `n` of them from `from` on. */
void report_claims_json(
	const struct snapshot *s, uint32_t from, uint32_t n, struct text *out);

#endif
