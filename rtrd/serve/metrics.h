/*
 * metrics: what Prometheus sees, from one table (text exposition format
 * 0.0.4).
 *
 *	# HELP waymark_vrps VRPs below a trust anchor, each counted once.
 *	# TYPE waymark_vrps gauge
 *	waymark_vrps{ta="ripe",family="ipv4"} 123456
 *
 * A row is a name, a type, a help text and the function that writes its
 * samples; the counters of the report (waymark/report.h) are rows by
 * themselves.  No label has a value per object or per router.
 *
 * Not here: reading /proc; these numbers are handed in.
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "rtrd/serve/view.h"

/* Of our own process; -1: not known, and then not shown. */
struct process_facts {
	int64_t resident_bytes;
	int64_t open_fds;
	int64_t max_fds;
	struct mono steady; /* the time, by the steady clock */
};

/* Append all metrics. */
void metrics_write(struct text *t, const struct view *v, struct wall now,
	const struct process_facts *process);

/* The rows of the table: how many, and the name of each, for what must use
 * only metrics that exist. */
size_t metrics_count(void);
const char *metrics_name(size_t index);

#endif
