/*
 * once: one run from the command line.
 *
 *	options --> walk --> files, report, one fact --> exit code
 *
 * Exit codes: 0, every trust anchor and every publication point below held
 * (single objects may have been refused); 3, some did not, but at least one
 * point gave what it has; 1, none did, or a file could not be written, or a
 * signal came: then no output file is touched; 2, the command line is wrong.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "validator/command.h"
#include "validator/run/output.h"
#include "validator/run/report.h"
#include "validator/run/walk.h"
#include "validator/run/watch.h"
#include "validator/say.h"
#include "validator/setup.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	ONCE_OUTPUT = SETUP_OPTIONS,
	ONCE_REPORT,
	ONCE_FACTS,
	ONCE_OPTIONS,
};

static const struct opt options[ONCE_OPTIONS] = {
	SETUP_ROWS("Without any, those in " SETUP_TALS "."),
	{.key = "output",
		.arg = "FORMAT=FILE",
		.kind = OPT_LIST,
		.help = "Write the result: snapshot for rtrd; json or csv for "
			"people and other tools, also to a device or pipe, - "
			"is stdout, and the report goes to stderr then. Each "
			"has a place of its own."},
	{.key = "report",
		.arg = "FILE",
		.kind = OPT_TEXT,
		.help = "Write the report to FILE instead of stdout: JSON when "
			"it ends in .json, else text; - is stdout."},
	{.key = "facts",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "End with a line for programs on stdout: done "
			"complete=yes|no vrps=N unique=N elapsed_ms=N."},
};

static const char *const exits[][2] = {
	{"0", "every trust anchor and every publication point held"},
	{"1",
		"nothing usable was found, or writing failed, or a signal came; "
		"no output was written"},
	{"2", "the command line is wrong"},
	{"3",
		"usable but incomplete: a trust anchor or a publication point "
		"failed"},
	{NULL, NULL},
};

static const struct opt_program program = {
	.name = "validator once",
	.title = "validate RPKI repositories once",
	.usage = "[OPTIONS] --local DIR",
	.text = "Walks from the trust anchors of the given locators through "
		"all certification authorities, checks every object on the "
		"way, and writes the validated ROA payloads (VRPs).\n\n"
		"A publication point counts as a whole (RFC 9286): one file "
		"that its manifest lists and that is missing or changed, and "
		"the point gives nothing. A ROA or certificate that breaks a "
		"rule of its own is refused alone. Each refusal is a line in "
		"the log, with the object's URI, the reason and the RFC.\n\n"
		"Output files are replaced as a whole or not at all; of a "
		"symbolic link, the file that it leads to.",
	.opts = options,
	.opt_count = ONCE_OPTIONS,
	.exits = exits,
	.files = SETUP_TALS "/*.tal: the locators when no --tal is given.",
	.examples = "Validate an archive as it stood at a time:\n\n"
		    "  validator once --tal tals --local archive \\\n"
		    "      --at 2026-03-16T07:30:00Z --output csv=vrps.csv",
};

/* A run from end to end. */
struct once {
	const struct opt_values *values;
	struct setup setup;
	struct chain_progress progress;
	struct output outputs[OUTPUT_MAX];
	size_t output_count;
	struct result *result;
	struct wall started;
	struct mono since;
};

const struct opt_program *
once_program(void)
{
	return &program;
}

static int
usage(const char *why)
{
	say(program.name, "%s", why);
	return EXIT_WRONG_USAGE;
}

static int
read_outputs(struct once *o, char why[TAL_WHY])
{
	size_t n = opt_list_count(o->values, ONCE_OUTPUT), i;

	if (n > OUTPUT_MAX) {
		(void)snprintf(
			why, TAL_WHY, "--output: more than %d", OUTPUT_MAX);
		return ERR_USAGE;
	}
	for (i = 0; i < n; i++) {
		if (output_parse(opt_list(o->values, ONCE_OUTPUT, i),
			    &o->outputs[i], why) != 0)
			return ERR_USAGE;
	}
	o->output_count = n;
	if (opt_flag(o->values, ONCE_FACTS) &&
		output_takes_stdout(o->outputs, n)) {
		(void)snprintf(why, TAL_WHY,
			"--facts and an --output would mix on stdout");
		return ERR_USAGE;
	}
	return output_check(
		o->outputs, n, opt_text(o->values, ONCE_REPORT), why);
}

static int
walk(struct once *o)
{
	int err;

	o->setup.run.progress = &o->progress;
	err = walk_run(&o->setup.run, &o->result);
	if (err == ERR_BUSY)
		log_event(&o->setup.log, LOG_LEVEL_ERROR, "stopped",
			"by a signal");
	else if (err != 0)
		log_event(&o->setup.log, LOG_LEVEL_ERROR, "failed",
			"local=%s error=%s text=\"%s\"", o->setup.run.local,
			err_name(err), err_text(err));
	if (err != 0)
		return err;
	o->result->snapshot.report.started = o->started;
	o->result->snapshot.report.elapsed_ms =
		mono_since(o->since, mono_now());
	return 0;
}

/* Files are for others to rely on: only what is usable gets there. */
static int
write_outputs(struct once *o)
{
	size_t which;
	int err;

	if (!o->result->usable) {
		log_event(&o->setup.log, LOG_LEVEL_ERROR, "unusable",
			"text=\"no publication point of any trust anchor "
			"held; no output is written\"");
		return ERR_NOTFOUND;
	}
	err = output_write(
		o->outputs, o->output_count, o->result, &o->progress, &which);
	if (err != 0)
		log_event(&o->setup.log, LOG_LEVEL_ERROR, "output",
			"file=%s error=%s text=\"%s\"", o->outputs[which].path,
			err_name(err), err_text(err));
	return err;
}

/* The report is of the run, not of its outcome: a failed one has it too. */
static int
write_report(struct once *o)
{
	const char *path = opt_text(o->values, ONCE_REPORT);
	int err;

	if (path == NULL && opt_flag(o->values, SETUP_QUIET))
		return 0;
	if (path == NULL && output_takes_stdout(o->outputs, o->output_count)) {
		report_tell(o->result);
		return 0;
	}
	if (path == NULL)
		path = "-";
	err = report_write(o->result, path);
	if (err != 0)
		log_event(&o->setup.log, LOG_LEVEL_ERROR, "report",
			"file=%s error=%s text=\"%s\"", path, err_name(err),
			err_text(err));
	return err;
}

static int
tell(struct once *o, int err)
{
	const struct result *r = o->result;
	int64_t elapsed = mono_since(o->since, mono_now());

	log_event(&o->setup.log, LOG_LEVEL_INFO, "done",
		"complete=%s vrps=%zu unique=%" PRIu64 " elapsed_ms=%" PRId64,
		r->complete ? "yes" : "no", r->snapshot.vrp_count,
		r->vrps_unique, elapsed);
	if (err == 0 && opt_flag(o->values, ONCE_FACTS))
		printf("done complete=%s vrps=%zu unique=%" PRIu64
		       " elapsed_ms=%" PRId64 "\n",
			r->complete ? "yes" : "no", r->snapshot.vrp_count,
			r->vrps_unique, elapsed);
	if (fflush(stdout) != 0 || err != 0)
		return EXIT_FAILED;
	return r->complete ? EXIT_COMPLETE : EXIT_INCOMPLETE;
}

static int
run(struct once *o)
{
	bool show =
		isatty(STDERR_FILENO) == 1 && !opt_flag(o->values, SETUP_QUIET);
	struct watch *watch = watch_start(&o->progress, show);
	int err = walk(o), report_err;

	if (err == 0) {
		err = write_outputs(o);
		watch_end(watch);
		report_err = err == ERR_BUSY ? 0 : write_report(o);
		err = err != 0 ? err : report_err;
		return tell(o, err);
	}
	watch_end(watch);
	return EXIT_FAILED;
}

static int
begin(struct once *o)
{
	char why[TAL_WHY] = "";
	int err, code;

	err = read_outputs(o, why);
	if (err == 0)
		err = setup_init(&o->setup, o->values, true, why);
	if (err == ERR_NOMEM)
		return EXIT_FAILED;
	if (err != 0)
		return usage(why);
	code = run(o);
	result_free(o->result);
	setup_fini(&o->setup);
	return code;
}

int
once_main(int argc, char **argv)
{
	struct once o = {.started = wall_now(), .since = mono_now()};
	struct opt_values *values = opt_new(&program);
	char why[256] = "";
	int first, code;

	if (values == NULL)
		return EXIT_FAILED;
	o.values = values;
	if (opt_parse(values, argc, argv, &first, why) != 0) {
		code = usage(why);
	} else if (opt_asked(values) == OPT_HELP) {
		opt_print_help(&program);
		code = 0;
	} else if (opt_asked(values) == OPT_VERSION) {
		opt_print_version(&program);
		code = 0;
	} else if (opt_asked(values) == OPT_MAN) {
		opt_print_man(&program, 1);
		code = 0;
	} else if (first < argc) {
		code = usage("nothing is wanted behind the options");
	} else {
		code = begin(&o);
	}
	opt_free(values);
	return code;
}
