/*
 * rtr: the command `rtrctl rtr`: a router of our own, to look at any cache.
 */
#ifndef RTRCTL_RTR_H
#define RTRCTL_RTR_H

#include "rtrctl/own.h"

/* Where options stand in the table; the first two are those of all commands. */
enum rtr_opt {
	RTR_OPT_SOCKET,
	RTR_OPT_JSON,
	RTR_OPT_WATCH,
	RTR_OPT_COMPARE,
	RTR_OPT_OUTPUT,
	RTR_OPT_VERSION,
	RTR_OPT_STRICT,
	RTR_OPT_TLS,
	RTR_OPT_TLS_CA,
	RTR_OPT_TLS_CERT,
	RTR_OPT_TLS_KEY,
	RTR_OPT_TLS_INSECURE,
	RTR_OPT_TIMEOUT,
	RTR_OPT_REFRESH,
	RTR_OPT_RETRY,
	RTR_OPT_FOR,
	RTR_OPT_GRACE,
	RTR_OPT_LIMIT,
	RTR_OPTS
};

extern const struct opt rtr_opts[RTR_OPTS];

/* What the command's exit codes mean; ends in NULL. */
extern const char *const rtr_exits[][2];

/* Talk to the caches that the arguments name, as the options say, until that is
 * done or a signal ends it.  The exit code. */
int rtr_command(const struct own_job *job);

#endif
