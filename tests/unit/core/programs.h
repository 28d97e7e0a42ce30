/*
 * programs: a program with an option of every kind, for the tests of options.
 */
#ifndef TESTS_CORE_PROGRAMS_H
#define TESTS_CORE_PROGRAMS_H

#include "core/opt.h"

enum {
	CONFIG,
	CHECK,
	COLOUR,
	LISTEN,
	HISTORY,
	TAL,
	STATE,
	PROGRAM,
	OPTIONS
};

static const struct opt sample_opts[OPTIONS] = {
	[CONFIG] = {.key = "config",
		.arg = "FILE",
		.value = "/etc/waymark/rtrd.conf",
		.help = "Read this configuration.",
		.kind = OPT_TEXT,
		.flag_only = true},
	[CHECK] = {.key = "check",
		.value = "no",
		.help = "Check the configuration and exit.",
		.kind = OPT_FLAG,
		.flag_only = true},
	[COLOUR] = {.key = "colour",
		.value = "yes",
		.help = "Use colours on a terminal.",
		.kind = OPT_FLAG},
	[LISTEN] = {.section = "rtr",
		.key = "listen",
		.arg = "ADDR:PORT",
		.value = "127.0.0.1:3323",
		.help = "Wait for routers at this address. An IPv6 address "
			"stands in brackets. Port 0 takes one that is free, "
			"and the log tells which.",
		.kind = OPT_LIST},
	[HISTORY] = {.section = "rtr",
		.key = "history",
		.arg = "N",
		.value = "32",
		.help = "Keep so many deltas.",
		.kind = OPT_NUMBER,
		.min = 32,
		.max = 4096},
	[TAL] = {.key = "tal",
		.arg = "A-VERY-LONG-NAME-OF-A-FILE",
		.help = "Read this trust anchor locator.",
		.kind = OPT_LIST},
	[STATE] = {.key = "state",
		.arg = "DIR",
		.help = "Keep state here.",
		.kind = OPT_TEXT},
	[PROGRAM] = {.section = "run",
		.key = "program",
		.arg = "FILE",
		.value = "validator",
		.help = "The validator.",
		.kind = OPT_TEXT,
		.file_only = true},
};

static const char *const sample_exits[][2] = {
	{"0", "all is well"},
	{"2", "wrong usage"},
	{NULL, NULL},
};

static const struct opt_program sample = {
	.name = "rtrd",
	.title = "serve validated payloads to routers",
	.usage = "[OPTIONS]",
	.text = "Serves what the validator leaves, over RTR versions 0 and 1, "
		"to as many routers\nas ask.\n\n.A dot and a \\ in front.\n",
	.opts = sample_opts,
	.opt_count = OPTIONS,
	.exits = sample_exits,
	.files = "/etc/waymark/rtrd.conf\n",
	.examples = "Check it:\n\n  rtrd --check\n\nThen run it.\n",
};

#endif
