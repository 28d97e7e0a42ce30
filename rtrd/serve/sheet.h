/*
 * sheet: one page of metrics in the making (Prometheus text format 0.0.4).
 *
 *	# HELP name text
 *	# TYPE name gauge
 *	name{label="value"} 17
 */
#ifndef SERVE_SHEET_H
#define SERVE_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "rtrd/serve/metrics.h"
#include "rtrd/serve/view.h"

/* Where samples go, and what they are taken from. */
struct sheet {
	struct text *t;
	const struct view *v;
	struct wall now;
	const struct process_facts *process;
	const char *name; /* of the row that is being written */
	int counter; /* of the row: what it stands for is the writer's */
};

/* A row of the table of metrics. */
struct metric {
	const char *name;
	const char *type; /* "gauge" or "counter" */
	const char *help;
	void (*write)(struct sheet *s);
	int counter;
};

struct label {
	const char *name;
	const char *value;
};

/* Append head and samples of a row. */
void sheet_metric(struct sheet *s, const struct metric *m);

/* Append a sample of the row with `n` labels: a whole number, which is exact to
 * 2^53 for those who read it. */
void sheet_sample(
	struct sheet *s, const struct label *labels, size_t n, uint64_t value);

/* The same of a time or duration in milliseconds, written in seconds; without
 * labels. */
void sheet_sample_ms(
	struct sheet *s, const struct label *labels, size_t n, int64_t ms);
void sheet_ms(struct sheet *s, int64_t ms);

/* A sample with one label. */
void sheet_by(
	struct sheet *s, const char *label, const char *word, uint64_t value);

#endif
