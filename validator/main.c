/*
 * validator: check RPKI repositories, and show RPKI objects.
 *
 * One table of subcommands; each has its own options and its own file.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "validator/command.h"
#include "validator/say.h"

struct command {
	const char *name;
	const struct opt_program *(*program)(void);
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{"once", once_program, once_main},
	{"fetch", fetch_program, fetch_main},
	{"run", run_program, run_main},
	{"inspect", inspect_program, inspect_main},
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

static const struct opt_program validator = {
	.name = "validator",
	.title = "validate RPKI repositories, and show RPKI objects",
	.usage = "COMMAND [OPTIONS] ...",
	.text = "The validating half of Waymark. It reads what was published, "
		"checks every signature and every rule, and leaves the "
		"validated payloads as a snapshot for rtrd, or as files for "
		"people, routers and other tools. It listens to nobody.\n\n"
		"validator help COMMAND tells the options of a command.",
};

/* The whole program as one manual page. */
static int
print_man(void)
{
	struct opt_program programs[COMMANDS + 1];
	size_t i;

	programs[0] = validator;
	for (i = 0; i < COMMANDS; i++)
		programs[i + 1] = *commands[i].program();
	opt_print_man(programs, COMMANDS + 1);
	return EXIT_COMPLETE;
}

static int
print_help(void)
{
	size_t i;

	opt_print_help(&validator);
	printf("\nCommands (help COMMAND tells more):\n");
	for (i = 0; i < COMMANDS; i++)
		printf("  %-8s  %s\n", commands[i].name,
			commands[i].program()->title);
	return EXIT_COMPLETE;
}

static int
print_version(void)
{
	opt_print_version(&validator);
	return EXIT_COMPLETE;
}

static const struct {
	const char *word;
	int (*print)(void);
} requests[] = {
	{"help", print_help},
	{"--help", print_help},
	{"version", print_version},
	{"--version", print_version},
	{"--man", print_man},
};

static const struct command *
find_command(const char *word)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(word, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

/* What was asked for is not there: say what is. */
static int
refuse(const char *word)
{
	struct text words = {0};
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		text_add(&words, "%s, ", commands[i].name);
	text_add(&words, "help, version");
	if (word == NULL)
		say("validator", "a command is wanted: %s", words.p);
	else
		say("validator", "%s is no command; there are %s", word,
			words.p);
	text_free(&words);
	return EXIT_WRONG_USAGE;
}

/* "validator help once" */
static int
help_of(const char *word)
{
	const struct command *command = find_command(word);

	if (command == NULL)
		return refuse(word);
	opt_print_help(command->program());
	return EXIT_COMPLETE;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *command =
		word != NULL ? find_command(word) : NULL;
	size_t i;

	if (command != NULL)
		return command->run(argc - 1, argv + 1);
	if (argc == 3 && strcmp(word, "help") == 0)
		return help_of(argv[2]);
	for (i = 0; word != NULL && i < sizeof(requests) / sizeof(requests[0]);
		i++) {
		if (strcmp(word, requests[i].word) == 0)
			return requests[i].print();
	}
	return refuse(word);
}
