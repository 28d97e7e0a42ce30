/*
 * once: fetch and validate, from the command line.
 *
 *	walk --> wanted --> fetch until it is settled --> walk again, while
 *	anything is new --> files, report, one fact
 *
 * With --local or --no-fetch it is one walk.  Of several walks the last one
 * counts: the lines of the others are never shown, as what they missed was only
 * not there yet.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "validator/command.h"
#include "validator/fetching.h"
#include "validator/say.h"
#include "validator/turn.h"
#include "waymark/err.h"

enum {
	ONCE_LOCAL = TURN_OPTIONS,
	ONCE_NO_FETCH,
	ONCE_FETCHING,
	ONCE_OPTIONS = ONCE_FETCHING + FETCHING_OPTIONS,
};

enum {
	STEP_MS = 100, /* a signal waits no longer */
};

static const struct opt options[ONCE_OPTIONS] = {
	SETUP_ROWS(SETUP_WITHOUT_TAL),
	TURN_ROWS,
	SETUP_LOCAL_ROW,
	{.key = "no-fetch",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "Validate what is in the store, without any network."},
	FETCHING_ROWS,
};

static const char *const exits[][2] = {TURN_EXITS};

static const struct opt_program program = {
	.name = "validator once",
	.title = "fetch and validate RPKI repositories once",
	.usage = "[OPTIONS]",
	.text = "Fetches the repositories by RRDP and rsync, walks from the "
		"trust anchors of the given locators through all certification "
		"authorities, checks every object on the way, and writes what "
		"holds: ROA payloads (VRPs), router keys and ASPAs. What is "
		"found on the way is fetched and walked in turn, until nothing "
		"is new.\n\n"
		"A publication point counts as a whole (RFC 9286): one file "
		"that its manifest lists and that is missing or changed, and "
		"the point gives its last good version, or nothing. A ROA or "
		"certificate that breaks a rule of its own is refused alone. "
		"Each refusal is a line in the log, with the object's URI, the "
		"reason and the RFC; so is each repository that could not be "
		"fetched. What was fetched before is used then.\n\n"
		"Output files are replaced as a whole or not at all; of a "
		"symbolic link, the file that it leads to.",
	.opts = options,
	.opt_count = ONCE_OPTIONS,
	.exits = exits,
	.files = SETUP_TALS "/*.tal: the locators when no --tal is given.\n\n"
			    "DIR/objects.mdb: what was fetched.\n\n"
			    "DIR/engine.mdb: what is remembered of it.",
	.examples = "Fetch and validate what the five registries publish:\n\n"
		    "  validator once --cache cache --output csv=vrps.csv\n\n"
		    "Validate an archive as it stood at a time:\n\n"
		    "  validator once --tal tals --local archive \\\n"
		    "      --at 2026-03-16T07:30:00Z --output csv=vrps.csv",
};

struct once {
	const struct opt_values *values;
	struct turn turn;
	struct fetching fetching;
	/* Something was, since the last walk began, and is what it did not
	 * know: */
	bool tried, is_new;
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

/* A tree is read as it is: what is about fetching means nothing then. */
static const struct opt *
find_conflict(const struct opt_values *values)
{
	size_t i;

	if (opt_text(values, ONCE_LOCAL) == NULL)
		return NULL;
	for (i = ONCE_NO_FETCH; i < ONCE_OPTIONS; i++)
		if (opt_is_set(values, i))
			return &options[i];
	return NULL;
}

/* A repository's outcome as a line, where somebody watches. */
static void
show_outcome(const struct repo_facts *f)
{
	bool ok = f->state == REPO_STATE_OK;
	char line[REPO_LINE];
	int n = snprintf(line, sizeof(line), "\033[K%s %s%s%s\n",
		ok ? (f->changed ? "fetched" : "same") : "failed", f->uri,
		ok ? "" : ": ", ok ? "" : f->reason);

	if (n < 0 || write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody to tell */
}

static bool
take_fact(void *ctx, const struct repo_facts *f)
{
	struct once *o = ctx;

	o->tried |= f->state == REPO_STATE_FETCHING || f->changed;
	o->is_new |= f->changed || f->state == REPO_STATE_FAILED ||
		(f->state == REPO_STATE_OK && o->turn.result != NULL &&
			!result_renew(o->turn.result, f));
	if (o->turn.show &&
		(f->state == REPO_STATE_OK || f->state == REPO_STATE_FAILED))
		show_outcome(f);
	return true;
}

static void
show_counts(const struct once *o)
{
	struct fetcher_counts c;
	char line[128];
	int n;

	if (!o->turn.show)
		return;
	fetcher_count(o->fetching.fetcher, &c);
	n = snprintf(line, sizeof(line),
		"\033[K%zu/%zu repositories, %zu under way, %zu failed\r",
		c.ok + c.failed, c.wanted, c.busy, c.failed);
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody to tell */
}

static bool
is_stopped(const struct once *o)
{
	return atomic_load(&o->turn.progress.stop);
}

static bool
has_time(const struct once *o)
{
	return mono_since(o->turn.since, mono_now()) < BOUND_FETCH_STOP_MS;
}

/* One walk over what is there now. */
static int
walk(struct once *o)
{
	const char *folder = opt_text(o->values, ONCE_FETCHING);
	int err = turn_open(&o->turn, folder, o->fetching.store);

	o->tried = o->is_new = false;
	watch_show(o->turn.watch, true);
	if (err == 0)
		err = turn_walk(&o->turn, true);
	watch_show(o->turn.watch, false);
	turn_close(&o->turn);
	return err;
}

/* Fetch what the walk wants, until there is nothing left to try. */
static int
fetch(struct once *o)
{
	int err = fetching_want(&o->fetching, &o->turn.result->wanted);

	while (err == 0 && !fetcher_is_settled(o->fetching.fetcher) &&
		has_time(o)) {
		if (is_stopped(o)) {
			log_event(&o->turn.setup.log, LOG_LEVEL_ERROR,
				"stopped", "by a signal");
			return ERR_BUSY;
		}
		err = fetching_step(&o->fetching, NULL, 0, STEP_MS);
		show_counts(o);
	}
	return err;
}

/* The last walk has to know all that was fetched, and also what failed.  What
 * is as it was needs no other. */
static int
fetch_and_walk(struct once *o)
{
	int err = walk(o);

	while (err == 0 && has_time(o)) {
		err = fetch(o);
		if (err != 0 || !o->tried || !o->is_new)
			break;
		err = walk(o);
	}
	return err;
}

/* Walk from the network, or what stands for it. */
static int
from_network(struct once *o)
{
	struct fetcher_calls calls = {take_fact, o};
	char why[TAL_WHY] = "";
	struct fetching_config config = {
		o->values, ONCE_FETCHING, &calls, &o->turn.setup.log};
	int err = fetching_init(&o->fetching, &config, why);

	if (err == ERR_USAGE)
		return usage(why);
	if (err != 0) {
		say(program.name, "%s", why[0] != '\0' ? why : err_text(err));
		return EXIT_FAILED;
	}
	fetcher_hurry(o->fetching.fetcher);
	err = fetch_and_walk(o);
	return err == 0 ? turn_finish(&o->turn) : EXIT_FAILED;
}

static int
work(struct opt_values *values)
{
	struct once o = {.values = values};
	const struct opt *conflict = find_conflict(values);
	struct shelf_config *shelf = &o.turn.setup.run.shelf;
	char why[TAL_WHY] = "", name[OPT_NAME];
	int err, code = EXIT_FAILED;

	if (conflict != NULL) {
		(void)snprintf(why, sizeof(why),
			"%s has no meaning with --local, which fetches nothing",
			opt_name(conflict, name));
		return usage(why);
	}
	err = turn_init(&o.turn, values, why);
	if (err != 0)
		return err == ERR_USAGE ? usage(why) : EXIT_FAILED;
	o.turn.setup.run.local = opt_text(values, ONCE_LOCAL);
	shelf->repos.rrdp = !opt_flag(values, ONCE_FETCHING + FETCHING_NO_RRDP);
	shelf->repos.rsync =
		!opt_flag(values, ONCE_FETCHING + FETCHING_NO_RSYNC);
	turn_watch(&o.turn);
	if (o.turn.setup.run.local == NULL &&
		!opt_flag(values, ONCE_NO_FETCH)) {
		code = from_network(&o);
	} else if (o.turn.setup.run.local != NULL ||
		turn_open(&o.turn, opt_text(values, ONCE_FETCHING), NULL) ==
			0) {
		if (turn_walk(&o.turn, false) == 0)
			code = turn_finish(&o.turn);
	}
	/* A second signal need not wait for programs to end. */
	watch_end(o.turn.watch);
	o.turn.watch = NULL;
	turn_close(&o.turn);
	fetching_fini(&o.fetching);
	turn_fini(&o.turn);
	return code;
}

int
once_main(int argc, char **argv)
{
	return command_main(&program, argc, argv, work);
}
