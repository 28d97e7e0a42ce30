/*
 * routers_config: the command `rtrctl routers-config`: what a router of some
 * make is configured with to use this cache.
 */
#ifndef RTRCTL_ROUTERS_CONFIG_H
#define RTRCTL_ROUTERS_CONFIG_H

#include "rtrctl/own.h"

/* Where options stand in the table; the first two are those of all commands. */
enum routers_config_opt {
	ROUTERS_OPT_SOCKET,
	ROUTERS_OPT_JSON,
	ROUTERS_OPT_CACHE,
	ROUTERS_OPT_TLS,
	ROUTERS_OPTS
};

extern const struct opt routers_config_opts[ROUTERS_OPTS];

/* What the command's exit codes mean; ends in NULL. */
extern const char *const routers_config_exits[][2];

/* Print it.  The exit code. */
int routers_config_command(const struct own_job *job);

#endif
