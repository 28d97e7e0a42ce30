/*
 * command: see the header.
 */
#include "validator/command.h"

#include "validator/say.h"

/* What was asked for instead of the work; -1: the work. */
static int
answer(const struct opt_program *program, const struct opt_values *values)
{
	switch (opt_asked(values)) {
	case OPT_RUN:
		return -1;
	case OPT_HELP:
		opt_print_help(program);
		return EXIT_COMPLETE;
	case OPT_VERSION:
		opt_print_version(program);
		return EXIT_COMPLETE;
	case OPT_MAN:
		opt_print_man(program, 1);
		return EXIT_COMPLETE;
	}
	return EXIT_FAILED;
}

int
command_main(const struct opt_program *program, int argc, char **argv,
	int (*work)(struct opt_values *values))
{
	struct opt_values *values = opt_new(program);
	char why[256] = "";
	int first, code = EXIT_WRONG_USAGE;

	if (values == NULL)
		return EXIT_FAILED;
	if (opt_parse(values, argc, argv, &first, why) != 0) {
		say(program->name, "%s", why);
	} else {
		code = answer(program, values);
		if (code < 0 && first < argc) {
			say(program->name,
				"nothing is wanted behind the options");
			code = EXIT_WRONG_USAGE;
		} else if (code < 0) {
			code = work(values);
		}
	}
	opt_free(values);
	return code;
}
