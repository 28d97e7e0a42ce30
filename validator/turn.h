/*
 * turn: one run from end to end, for `once` and `run`.
 *
 *	options --> begin --> walk, perhaps again --> finish --> exit code
 *
 * Exit codes: 0, every trust anchor and every publication point below held
 * (single objects may have been refused); 3, some did not, but at least one
 * point gave what it has; 1, none did, or an output could not be written, or a
 * signal came: then no output file is touched; 2, the command line is wrong.
 */
#ifndef VALIDATOR_TURN_H
#define VALIDATOR_TURN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/opt.h"
#include "validator/run/output.h"
#include "validator/run/watch.h"
#include "validator/setup.h"
#include "validator/store/pins.h"
#include "validator/store/reader.h"
#include "validator/store/seal.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"

/* Rows behind those of setup, in this order. */
enum {
	TURN_OUTPUT = SETUP_OPTIONS,
	TURN_REPORT,
	TURN_FACTS,
	TURN_NO_MEMO,
	TURN_OPTIONS,
};

#define TURN_ROWS \
	{.key = "output", \
		.arg = "FORMAT=FILE", \
		.kind = OPT_LIST, \
		.help = "Write the result: snapshot for rtrd; json or csv " \
			"for people and other tools, jsonext or csvext with " \
			"the objects behind each payload, openbgpd or bird " \
			"for these routers (openbgpd-aspa and bird-aspa with " \
			"ASPAs, for releases that know them), ccr to compare " \
			"with other validators, also to a device or pipe, - " \
			"is stdout, and the report goes to stderr then. Each " \
			"has a place of its own."}, \
		{.key = "report", \
			.arg = "FILE", \
			.kind = OPT_TEXT, \
			.help = "Write the report to FILE instead of stdout: " \
				"JSON when it ends in .json, else text; - is " \
				"stdout."}, \
		{.key = "facts", \
			.kind = OPT_FLAG, \
			.value = "no", \
			.help = "End with a line for programs on stdout: " \
				"done complete=yes|no vrps=N unique=N " \
				"elapsed_ms=N."}, \
	{ \
		.key = "no-memo", .kind = OPT_FLAG, .value = "no", \
		.help = "Check every object again, also where the last run " \
			"has checked the same: slower, and the result is " \
			"the same to the last octet. Last good versions are " \
			"used all the same." \
	}

#define TURN_EXITS \
	{"0", "every trust anchor and every publication point held"}, \
		{"1", \
			"nothing usable was found, or writing failed, or a " \
			"signal came; no output was written"}, \
		{"2", "the command line is wrong"}, \
		{"3", \
			"usable but incomplete: a trust anchor or a " \
			"publication point failed, or gave its last good " \
			"version"}, \
	{ \
		NULL, NULL \
	}

struct turn {
	const struct opt_values *values;
	struct setup setup;
	struct chain_progress progress;
	struct output outputs[OUTPUT_MAX];
	size_t output_count;
	struct watch *watch;
	bool show; /* progress, on a terminal */
	/* The store; NULL with --local. */
	const char *folder;
	struct reader_file *reader;
	struct pins *pins;
	bool remembers; /* pins may be written */
	struct seal seals[2]; /* of both files, while they are read */
	/* The last walk. */
	struct result *result;
	struct log log; /* of this walk */
	int held; /* where its lines wait; -1: nowhere */
	struct wall started;
	struct mono since;
};

/* Read the options.  0, to be ended by turn_fini; ERR_USAGE with `why`;
 * ERR_NOMEM; ERR_CRYPTO, which is logged, when the self-test fails. */
int turn_init(
	struct turn *t, const struct opt_values *values, char why[TAL_WHY]);
void turn_fini(struct turn *t);

/* Take signals from now on, and show progress on a terminal. */
void turn_watch(struct turn *t);

/* Read from the store below `folder`, which outlives the turn: by `store` where
 * this process writes it, NULL where another one does.  0, or the error, which
 * is logged. */
int turn_open(struct turn *t, const char *folder, struct store *store);

/* Let go of the store. */
void turn_close(struct turn *t);

/* Walk, and remember the points that held; a result before is forgotten.  With
 * `hold` its log lines wait for turn_finish: there may be another walk.  0, or
 * the error, which is logged. */
int turn_walk(struct turn *t, bool hold);

/* Write and tell what came of the last walk.  The exit code. */
int turn_finish(struct turn *t);

#endif
