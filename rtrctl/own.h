/*
 * own: a command that rtrctl does by itself.
 */
#ifndef RTRCTL_OWN_H
#define RTRCTL_OWN_H

#include <stdbool.h>

#include "core/opt.h"

/* A command line that was understood; all of it outlives the command. */
struct own_job {
	const struct opt_values *values;
	const char *socket; /* of rtrd */
	bool json;
	char *const *arguments;
	int count;
};

#endif
