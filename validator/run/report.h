/*
 * report: what a run saw, as text for people and as JSON.
 *
 * Both are made from the tables of include/waymark/report.h: a counter that is
 * added there shows here.
 */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include "core/text.h"
#include "validator/run/result.h"
#include "waymark/log.h"

/* Append the report as a block of aligned tables a trust anchor, and a line of
 * the sum.  No line is longer than 100 columns, but for a long name. */
void report_text(const struct result *r, struct text *out);

/* Append the report as one JSON object, with every refusal. */
void report_json(const struct result *r, struct text *out);

/* Write the report to `path`: "-" is stdout, which
 * a device or pipe is like; JSON when the name ends in
 * ".json".  0, or the error of writing. */
int report_write(const struct result *r, const char *path);

/* Log a line for each repository that failed, with its reason; of very many
 * the first. */
void report_log(const struct result *r, const struct log *log);

/* Write it as text to stderr, like the log: as far as that goes. */
void report_tell(const struct result *r);

#endif
