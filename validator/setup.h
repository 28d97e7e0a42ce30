/*
 * setup: the options that all runs share, and what they stand for.
 */
#ifndef VALIDATOR_SETUP_H
#define VALIDATOR_SETUP_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/opt.h"
#include "validator/chain/limits.h"
#include "validator/run/walk.h"
#include "waymark/log.h"

/* The first rows of every table of options, in this order. */
enum {
	SETUP_TAL,
	SETUP_AT,
	SETUP_PROFILE,
	SETUP_MAX_DEPTH,
	SETUP_ASPA_MAX_PROVIDERS,
	SETUP_LIMITS,
	SETUP_THREADS,
	SETUP_QUIET,
	SETUP_LOG_LEVEL,
	SETUP_OPTIONS,
};

#define SETUP_TALS	  "/etc/waymark/tals"
#define SETUP_TALS_BESIDE "../share/waymark/tals"
#define SETUP_CACHE	  "/var/lib/waymark"
#define SETUP_WITHOUT_TAL \
	"Without any, those in " SETUP_TALS ", or else those of the five " \
	"registries, which come with the program."

#define SETUP_LIMIT(name, field, floor, help) name " " floor " (" help "); "

/* `without`: what happens without a locator, a sentence. */
#define SETUP_ROWS(without) \
	{.key = "tal", \
		.arg = "FILE", \
		.kind = OPT_LIST, \
		.help = "A trust anchor locator (RFC 8630), NAME.tal, or a " \
			"folder of them. NAME.constraints beside one says " \
			"what may be taken from below that trust anchor " \
			"(draft-ietf-sidrops-constraining-rpki-trust-" \
			"anchors): lines like allow 192.0.2.0/24, deny " \
			"AS64512 - AS65534, # comment. " without}, \
		{.key = "at", \
			.arg = "TIME", \
			.kind = OPT_TEXT, \
			.help = "Validate at this time, RFC 3339 or Unix " \
				"seconds, instead of now."}, \
		{.key = "profile", \
			.arg = "NAME", \
			.kind = OPT_TEXT, \
			.value = "current", \
			.help = "The rules: current, or rfc6488, those from " \
				"before RFC 9582 and RFC 9589."}, \
		{.key = "max-depth", \
			.arg = "N", \
			.kind = OPT_NUMBER, \
			.value = "32", \
			.min = 1, \
			.max = BOUND_CA_DEPTH, \
			.help = "How many CAs deep to go below a trust " \
				"anchor."}, \
		{.key = "aspa-max-providers", \
			.arg = "N", \
			.kind = OPT_NUMBER, \
			.value = "10000", \
			.min = 1, \
			.max = BOUND_ASPA_PROVIDERS_MAX, \
			.help = "Leave out customers with more providers " \
				"than N over all of their ASPAs."}, \
		{.key = "limit", \
			.arg = "NAME=N", \
			.kind = OPT_LIST, \
			.help = "Another limit than built in. The names, " \
				"with the least N: " LIMITS_TABLE( \
					SETUP_LIMIT) "no others."}, \
		{.key = "threads", \
			.arg = "N", \
			.kind = OPT_NUMBER, \
			.value = "0", \
			.min = 0, \
			.max = BOUND_THREADS, \
			.help = "Threads that validate; 0: one a " \
				"processor."}, \
		{.key = "quiet", \
			.kind = OPT_FLAG, \
			.value = "no", \
			.help = "No report on stdout, no progress, and only " \
				"errors in the log."}, \
	{ \
		.key = "log-level", .arg = "LEVEL", .kind = OPT_TEXT, \
		.help = "What to log on stderr: error, warn (each refused " \
			"object; the default), info or debug." \
	}

/* A row for programs that read a tree. */
#define SETUP_LOCAL_ROW \
	{ \
		.key = "local", .arg = "DIR", .kind = OPT_TEXT, \
		.help = "Take the rsync-shaped tree DIR/HOST/MODULE/... as " \
			"the repositories, without any network." \
	}

/* What the options came to. */
struct setup {
	struct arena *arena; /* everything below lives here */
	struct run_options run;
	struct log log;
	bool tals_given;
};

/* Turn options into a setup; run.local, run.shelf and run.progress are left to
 * the caller.  `default_tals`: without --tal those of SETUP_TALS, or, where
 * there are none, those beside the program.  0, to be freed by setup_fini;
 * ERR_USAGE with `why` (TAL_WHY octets).  A locator that
 * is there but broken is logged, and left to the run, and so is one of a folder
 * that cannot be read. */
int setup_init(struct setup *s, const struct opt_values *v, bool default_tals,
	char why[TAL_WHY]);
void setup_fini(struct setup *s);

#endif
