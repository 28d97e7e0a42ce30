/*
 * rtr_run: one cache or two, until what was asked for is done.
 */
#ifndef RTRCTL_RTR_RUN_H
#define RTRCTL_RTR_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "rtrctl/rtr_link.h"
#include "rtrctl/rtr_peer.h"
#include "waymark/export.h"

enum {
	RTR_EXIT_DONE = 0,
	RTR_EXIT_FAILED = 1,
	RTR_EXIT_USAGE = 2,
	RTR_EXIT_DIFFER = 3,
	RTR_CACHES = 2
};

/* What the command line asks for. */
struct rtr_job {
	struct rtr_place places[RTR_CACHES];
	const char *names[RTR_CACHES]; /* as typed */
	int count; /* 2: they are compared */
	const struct rtr_tls *tls; /* NULL: none is needed */
	struct rtr_config config;
	bool is_json, is_watch, is_strict;
	bool has_output;
	enum export_format format; /* of the set, or of the difference */
	const char *path; /* NULL: stdout */
	int64_t pause_ms; /* between two connections */
	int64_t for_ms; /* how long to watch; 0: until a signal */
	int64_t grace_ms; /* for which two caches may differ */
};

/* Do it.  SIGINT and SIGTERM end it in order.  An exit code. */
int rtr_run(const struct rtr_job *job);

#endif
