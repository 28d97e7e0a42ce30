/*
 * fetch: bring the repositories into the store, once or for as long as it
 * lives.
 *
 *	CACHE/wanted, --tal --> fetching --> CACHE/objects.mdb
 *	stdin: commands            |
 *	signals                    '--> stdout: facts; stderr: log, progress
 *
 * It knows URLs and hashes, and no key: what the objects are worth is found
 * out by a run.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "validator/command.h"
#include "validator/fetch_list.h"
#include "validator/fetch_talk.h"
#include "validator/fetching.h"
#include "validator/say.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	FETCH_TAL,
	FETCH_ONCE,
	FETCH_CONTROL,
	FETCH_QUIET,
	FETCH_LOG_LEVEL,
	FETCH_FETCHING,
	FETCH_OPTIONS = FETCH_FETCHING + FETCHING_OPTIONS,
};

enum {
	WHY = 512,
	STEP_MS = 1000,
	LOOK_MS = 1000, /* at the file of what is wanted */
	SHOW_MS = 100, /* the line of progress */
	FDS = 1 + TALK_FDS,
};

static const struct opt options[FETCH_OPTIONS] = {
	{.key = "tal",
		.arg = "FILE",
		.kind = OPT_LIST,
		.help = "A trust anchor locator (RFC 8630), NAME.tal, or a "
			"folder of them: fetch the certificates that it "
			"points to. All else is what the last run wanted."},
	{.key = "once",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "Try everything that is wanted now, and end."},
	{.key = "control",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "Read commands from stdin, one a line: wanted, "
			"refresh, refresh URI. End when stdin does."},
	{.key = "quiet",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "No progress, and only errors in the log."},
	{.key = "log-level",
		.arg = "LEVEL",
		.kind = OPT_TEXT,
		.help = "What to log on stderr: error, warn (the first of "
			"failures in a row; the default), info or debug."},
	FETCHING_ROWS,
};

static const char *const exits[][2] = {
	{"0", "all that is wanted is there; or it was stopped"},
	{"1",
		"nothing could be had, or the store cannot be used, or with "
		"--once a signal came"},
	{"2", "the command line is wrong"},
	{"3", "with --once: the last attempt at some repositories failed"},
	{NULL, NULL},
};

static const struct opt_program program = {
	.name = "validator fetch",
	.title = "fetch RPKI repositories into the store",
	.usage = "[OPTIONS]",
	.text = "Fetches by RRDP (RFC 8182) and rsync, each repository on its "
		"own schedule, and lives until it is stopped. Which ones is "
		"what the last run found named (validator run), besides the "
		"places of the given locators.\n\n"
		"A repository is replaced as a whole or stays as it was. One "
		"that is slow, large or hostile delays no other.\n\n"
		"On stdout it tells a line a fact: repo KEY=VALUE... when the "
		"state of a repository changes, store KEY=VALUE..., and "
		"settled when all that was wanted and due has been tried.",
	.opts = options,
	.opt_count = FETCH_OPTIONS,
	.exits = exits,
	.files = "DIR/objects.mdb: what was fetched.\n\n"
		 "DIR/wanted: the repositories that the last run found.",
	.examples = "Fetch the certificates of the trust anchors:\n\n"
		    "  validator fetch --once --cache cache --tal tals",
};

struct fetch {
	const struct opt_values *values;
	struct log log;
	struct fetching fetching;
	struct fetch_list list;
	struct talk talk;
	int signals; /* signalfd */
	bool once, control, show;
	bool stopped; /* by a signal */
	bool settled; /* was told */
	int err; /* the loop cannot go on */
	struct store_numbers told;
	struct mono looked, shown;
};

const struct opt_program *
fetch_program(void)
{
	return &program;
}

static int
usage(const char *why)
{
	say(program.name, "%s", why);
	return EXIT_WRONG_USAGE;
}

/* A person who watches wants outcomes; a parent wants all. */
static bool
take_fact(void *ctx, const struct repo_facts *facts)
{
	struct fetch *f = ctx;
	char line[REPO_LINE];

	if (!f->control &&
		(facts->state == REPO_STATE_NEW ||
			facts->state == REPO_STATE_FETCHING))
		return true;
	return talk_say(&f->talk, repo_facts_write(facts, line));
}

static int
read_log(struct fetch *f, char why[WHY])
{
	const char *level = opt_text(f->values, FETCH_LOG_LEVEL);

	f->log = (struct log){.fd = STDERR_FILENO, .level = LOG_LEVEL_WARN};
	if (opt_flag(f->values, FETCH_QUIET))
		f->log.level = LOG_LEVEL_ERROR;
	if (level == NULL || log_level_parse(level, &f->log.level) == 0)
		return 0;
	(void)snprintf(why, WHY,
		"--log-level %s: error, warn, info or debug is wanted", level);
	return ERR_USAGE;
}

static int
read_list(struct fetch *f, char why[WHY])
{
	size_t n = opt_list_count(f->values, FETCH_TAL);
	int err = fetch_list_init(&f->list, f->fetching.folder, &f->log);

	for (size_t i = 0; err == 0 && i < n; i++)
		err = fetch_list_add(
			&f->list, opt_list(f->values, FETCH_TAL, i), why);
	return err;
}

/* Signals come by a descriptor, so that they are one more thing to wait for. A
 * pipe whose reader is gone is seen where it is written to, as is a file that
 * may not grow. */
static int
watch_signals(struct fetch *f)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return ERR_SYSTEM;
	f->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals >= 0 ? 0 : ERR_SYSTEM;
}

static void
read_wanted(struct fetch *f)
{
	int err = fetch_list_read(&f->list, &f->fetching);

	/* Half a list cannot be gone by. */
	if (err == ERR_NOMEM)
		f->err = err;
	if (err == ERR_NOTFOUND)
		log_event(&f->log, LOG_LEVEL_INFO, "wanted",
			"file=%s text=\"there is none yet\"", f->list.path);
	f->looked = mono_now();
	f->settled = false;
}

static void
command(void *ctx, const char *line)
{
	struct fetch *f = ctx;
	int err;

	if (strcmp(line, "wanted") == 0) {
		read_wanted(f);
	} else if (strcmp(line, "refresh") == 0) {
		(void)fetcher_refresh(f->fetching.fetcher, NULL);
	} else if (strncmp(line, "refresh ", 8) == 0) {
		err = fetcher_refresh(f->fetching.fetcher, line + 8);
		if (err != 0)
			log_event(&f->log, LOG_LEVEL_WARN, "refresh",
				"uri=%s error=%s", line + 8, err_name(err));
	} else {
		log_event(&f->log, LOG_LEVEL_WARN, "command",
			"text=\"no such command: %s\"", line);
	}
}

static bool
numbers_differ(const struct store_numbers *a, const struct store_numbers *b)
{
	return a->used != b->used || a->budget != b->budget ||
		a->objects != b->objects || a->full != b->full;
}

static void
tell_store(struct fetch *f)
{
	const struct store_numbers *n = &f->fetching.numbers;
	char line[256];

	if (!f->control || !numbers_differ(n, &f->told))
		return;
	(void)snprintf(line, sizeof(line),
		"store used=%" PRIu64 " budget=%" PRIu64 " objects=%" PRIu64
		" full=%s",
		n->used, n->budget, n->objects, n->full ? "yes" : "no");
	if (talk_say(&f->talk, line))
		f->told = *n;
}

/* After all facts that led to it: who reads them relies on that. */
static void
tell_settled(struct fetch *f)
{
	if (!fetcher_is_settled(f->fetching.fetcher))
		f->settled = false;
	else if (!f->settled)
		f->settled = talk_say(&f->talk, "settled");
}

static void
show(struct fetch *f)
{
	struct fetcher_counts c;
	struct mono now = mono_now();
	char line[128];
	int n;

	if (!f->show || mono_since(f->shown, now) < SHOW_MS)
		return;
	f->shown = now;
	fetcher_count(f->fetching.fetcher, &c);
	/* The cursor goes back to the front, so that a log line covers it. */
	n = snprintf(line, sizeof(line),
		"\033[K%zu/%zu repositories, %zu under way, %zu failed\r",
		c.ok + c.failed, c.wanted, c.busy, c.failed);
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		f->show = false; /* nobody to tell */
}

static void
show_end(struct fetch *f)
{
	static const char erase[] = "\033[K";

	if (f->show && write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0)
		f->show = false;
}

/* One turn of the loop; false at the end. */
static bool
turn(struct fetch *f)
{
	struct pollfd fds[FDS] = {{.fd = f->signals, .events = POLLIN}};
	size_t n = talk_poll(&f->talk, fds + 1);
	int wait_ms = f->show ? SHOW_MS : STEP_MS;

	/* Who cannot wait would spin: whoever started us shall do it again. */
	if (f->err == 0)
		f->err = fetching_step(&f->fetching, fds, n + 1, wait_ms);
	if (f->err != 0) {
		log_event(&f->log, LOG_LEVEL_ERROR, "failed", "error=%s",
			err_name(f->err));
		return false;
	}
	if (fds[0].revents != 0) {
		f->stopped = true;
		return false;
	}
	talk_step(&f->talk, fds + 1, n, command, f);
	if (f->talk.ended)
		return false;
	if (!f->control && !f->once &&
		mono_since(f->looked, mono_now()) >= LOOK_MS) {
		f->looked = mono_now();
		if (fetch_list_has_changed(&f->list))
			read_wanted(f);
	}
	tell_store(f);
	tell_settled(f);
	show(f);
	return !f->once || !f->settled;
}

/* What came of it, where somebody waits for that. */
static int
outcome(struct fetch *f)
{
	struct fetcher_counts c;

	if (f->err != 0)
		return EXIT_FAILED;
	if (!f->once)
		return EXIT_COMPLETE;
	if (f->stopped)
		return EXIT_FAILED;
	fetcher_count(f->fetching.fetcher, &c);
	log_event(&f->log, LOG_LEVEL_INFO, "done",
		"repositories=%zu ok=%zu failed=%zu", c.wanted, c.ok, c.failed);
	if (c.wanted == 0)
		log_event(&f->log, LOG_LEVEL_ERROR, "wanted",
			"file=%s text=\"nothing is wanted: no run has left a "
			"list, and no locator is given\"",
			f->list.path);
	if (c.ok == 0)
		return EXIT_FAILED;
	return c.ok < c.wanted ? EXIT_INCOMPLETE : EXIT_COMPLETE;
}

static int
open_all(struct fetch *f, char why[WHY])
{
	struct fetcher_calls calls = {take_fact, f};
	struct fetching_config config = {
		f->values, FETCH_FETCHING, &calls, &f->log};
	int err = read_log(f, why);

	f->once = opt_flag(f->values, FETCH_ONCE);
	f->control = opt_flag(f->values, FETCH_CONTROL);
	f->show = f->once && isatty(STDERR_FILENO) == 1 &&
		!opt_flag(f->values, FETCH_QUIET);
	if (err == 0)
		err = watch_signals(f);
	if (err == 0)
		err = fetching_init(&f->fetching, &config, why);
	if (err == 0)
		err = read_list(f, why);
	return err;
}

static int
begin(struct fetch *f)
{
	char why[WHY] = "";
	int err = open_all(f, why), code = EXIT_FAILED;

	if (err == 0) {
		talk_init(&f->talk, f->control);
		if (f->once)
			fetcher_hurry(f->fetching.fetcher);
		read_wanted(f);
		while (turn(f))
			continue;
		show_end(f);
		code = outcome(f);
	} else if (err == ERR_USAGE) {
		code = usage(why);
	} else {
		say(program.name, "%s", why[0] != '\0' ? why : err_text(err));
	}
	fetching_fini(&f->fetching);
	fetch_list_fini(&f->list);
	if (f->signals >= 0)
		(void)close(f->signals);
	return code;
}

int
fetch_main(int argc, char **argv)
{
	struct fetch f = {.signals = -1};
	struct opt_values *values = opt_new(&program);
	char why[256] = "";
	int first, code = 0;

	if (values == NULL)
		return EXIT_FAILED;
	f.values = values;
	if (opt_parse(values, argc, argv, &first, why) != 0)
		code = usage(why);
	else if (opt_asked(values) == OPT_HELP)
		opt_print_help(&program);
	else if (opt_asked(values) == OPT_VERSION)
		opt_print_version(&program);
	else if (opt_asked(values) == OPT_MAN)
		opt_print_man(&program, 1);
	else if (first < argc)
		code = usage("nothing is wanted behind the options");
	else
		code = begin(&f);
	opt_free(values);
	return code;
}
