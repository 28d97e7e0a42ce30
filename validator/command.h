/*
 * command: the subcommands of validator.
 */
#ifndef VALIDATOR_COMMAND_H
#define VALIDATOR_COMMAND_H

#include "core/opt.h"

/* Exit codes of all of them. */
enum {
	EXIT_COMPLETE = 0, /* all is well */
	EXIT_FAILED = 1, /* nothing came of it; or an object is invalid */
	EXIT_WRONG_USAGE = 2,
	EXIT_INCOMPLETE = 3, /* usable, but a part is missing */
};

/* What all of them begin with that take options alone: read these, answer what
 * is asked for instead of the work, or do it.  The exit code. */
int command_main(const struct opt_program *program, int argc, char **argv,
	int (*work)(struct opt_values *values));

/* validator once: its options, and itself; argv[0] is "once". */
const struct opt_program *once_program(void);
int once_main(int argc, char **argv);

/* validator fetch: the same. */
const struct opt_program *fetch_program(void);
int fetch_main(int argc, char **argv);

/* validator run: the same. */
const struct opt_program *run_program(void);
int run_main(int argc, char **argv);

/* validator inspect: the same. */
const struct opt_program *inspect_program(void);
int inspect_main(int argc, char **argv);

#endif
