/*
 * daemon: the parts of rtrd put together, from start to stop.
 */
#ifndef RTRD_DAEMON_H
#define RTRD_DAEMON_H

#include "rtrd/keep/config.h"

/* Serve until SIGTERM or SIGINT.  `config` was read from `source` and is freed
 * in every case.  The exit code of the program: 0, or 1 when it could not
 * start, which was logged. */
int daemon_run(const struct config_source *source, const struct config *config);

#endif
