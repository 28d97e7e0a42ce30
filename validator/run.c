/*
 * run: validate what was fetched, without any network.
 *
 *	objects.mdb --> walk --> files, report, one fact
 *	engine.mdb <-----'  '--> wanted, for `validator fetch`
 */
#include "validator/command.h"
#include "validator/say.h"
#include "validator/turn.h"
#include "waymark/err.h"

enum {
	RUN_CACHE = TURN_OPTIONS,
	RUN_NO_RRDP,
	RUN_NO_RSYNC,
	RUN_OPTIONS,
};

static const struct opt options[RUN_OPTIONS] = {
	SETUP_ROWS(SETUP_WITHOUT_TAL),
	TURN_ROWS,
	{.key = "cache",
		.arg = "DIR",
		.kind = OPT_TEXT,
		.value = SETUP_CACHE,
		.help = "The folder of the store that validator fetch fills."},
	{.key = "no-rrdp",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "Take what came by rsync, and want that alone."},
	{.key = "no-rsync",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "Take what came by RRDP; what can be had by rsync "
			"alone counts as failed."},
};

static const char *const exits[][2] = {TURN_EXITS};

static const struct opt_program program = {
	.name = "validator run",
	.title = "validate what validator fetch has fetched",
	.usage = "[OPTIONS]",
	.text = "Walks from the trust anchors of the given locators through "
		"what lies in the store, checks every object on the way, and "
		"writes what holds: ROA payloads (VRPs), router keys and "
		"ASPAs. It uses no network, and may run while validator fetch "
		"works: it sees the store as it was when it began.\n\n"
		"It leaves two things beside the outputs: DIR/wanted, the "
		"repositories that it found named, which validator fetch "
		"reads; and in DIR/engine.mdb what it remembers of each "
		"publication point. A point that is as it was then is not "
		"checked again, until the time says otherwise. The version "
		"that held is used as long as it is itself valid, should what "
		"is published next not hold, or be older by its manifest "
		"number or thisUpdate (RFC 9286); then the run "
		"counts as incomplete. In the same way the certificate of a CA "
		"that held stands in for one that is refused.",
	.opts = options,
	.opt_count = RUN_OPTIONS,
	.exits = exits,
	.files = SETUP_TALS "/*.tal: the locators when no --tal is given.\n\n"
			    "DIR/objects.mdb: what was fetched.\n\n"
			    "DIR/engine.mdb: what is remembered.\n\n"
			    "DIR/wanted: the repositories that were found.",
	.examples = "Validate what is there, for rtrd:\n\n"
		    "  validator run --cache /var/lib/waymark \\\n"
		    "      --output snapshot=/var/lib/waymark/run.snapshot",
};

const struct opt_program *
run_program(void)
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
work(struct opt_values *values)
{
	struct turn t;
	char why[TAL_WHY] = "";
	int err = turn_init(&t, values, why), code = EXIT_FAILED;

	if (err == ERR_USAGE)
		code = usage(why);
	if (err != 0)
		return code;
	t.setup.run.shelf.repos.rrdp = !opt_flag(values, RUN_NO_RRDP);
	t.setup.run.shelf.repos.rsync = !opt_flag(values, RUN_NO_RSYNC);
	turn_watch(&t);
	if (turn_open(&t, opt_text(values, RUN_CACHE), NULL) == 0 &&
		turn_walk(&t, false) == 0)
		code = turn_finish(&t);
	turn_fini(&t);
	return code;
}

int
run_main(int argc, char **argv)
{
	return command_main(&program, argc, argv, work);
}
