/*
 * command: the command lines of the validator, from the configuration.
 *
 *	local tree:  validator once --local DIR ... --output snapshot=FILE
 *	else:        validator run --cache STATE ... --output snapshot=FILE
 *	             validator fetch --cache STATE --control ...
 *
 * What is default is not said: a validator of another version may not know
 * every option.
 */
#ifndef KEEP_COMMAND_H
#define KEEP_COMMAND_H

#include <stdbool.h>

#include "core/arena.h"
#include "rtrd/keep/config.h"

/* The command line of a run that leaves HOUSE_RUN_SNAPSHOT in `state_dir`, in
 * `arena`, NULL at the end.  NULL out of memory. */
char **command_run(
	struct arena *arena, const struct config *c, const char *state_dir);

/* The same of the child that fetches into `state_dir`. */
char **command_fetch(
	struct arena *arena, const struct config *c, const char *state_dir);

/* Whether two command lines are the same, word by word. */
bool command_is_same(char *const *a, char *const *b);

#endif
