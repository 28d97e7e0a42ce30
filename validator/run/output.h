/*
 * output: what a run leaves behind as files.
 *
 * All are written aside first and put in their places together at the end, so
 * that a run that cannot write one of them changes none.  Stdout, devices and
 * pipes are written to straight away, just before.
 */
#ifndef RUN_OUTPUT_H
#define RUN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"
#include "validator/chain/checker.h"
#include "validator/run/result.h"

enum {
	OUTPUT_MAX = 16
}; /* outputs of one run */

/* One --output FORMAT=FILE. */
struct output {
	int format; /* enum export_format, OUTPUT_SNAPSHOT, OUTPUT_CCR */
	const char *path; /* "-": stdout; this and devices for all but a
			     snapshot */
};

enum {
	OUTPUT_SNAPSHOT = -1,
	OUTPUT_CCR = -2 /* wants the result's `ccr` made */
};

/* Read "csv=vrps.csv"; the path points into `text`.  0, or ERR_USAGE with `why`
 * (at least 256 octets). */
int output_parse(const char *text, struct output *out, char *why);

/* Whether each has a place of its own, also apart from the report's (NULL: none
 * is asked for).  0, or ERR_USAGE with `why` (at least 256 octets). */
int output_check(const struct output *outputs, size_t count, const char *report,
	char *why);

/* Whether one of them goes to stdout, where nothing else may be then. */
bool output_takes_stdout(const struct output *outputs, size_t count);

/* Write them all, unless `progress` says stop before they are put in place.
 * 0; or the error with `*which` the output that failed, and no file changed
 * but those whose rename came first. */
int output_write(const struct output *outputs, size_t count,
	const struct result *r, const struct chain_progress *progress,
	size_t *which);

#endif
