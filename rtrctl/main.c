/*
 * rtrctl: ask a running rtrd, and tell it to run or to read its configuration
 * again.
 *
 *	rtrctl [--socket PATH] [--json] COMMAND [OPTIONS] [ARGUMENTS]
 *
 * One table of commands: name, arguments, options, help, and by the name how
 * the answer is shown.  --help and the manual page are made from it.  Options
 * may stand before or after the command and its arguments.
 *
 * What was asked for is judged by rtrd alone, which has to judge it anyway: a
 * prefix or an AS number goes there as it was typed, and a refusal comes back
 * with the name of the member that is wrong, as exit code 2.
 *
 * Not here: anything of RPKI.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/opt.h"
#include "rtrctl/client.h"
#include "rtrctl/routers_config.h"
#include "rtrctl/rtr.h"
#include "rtrctl/show.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	ARGUMENTS = 2, /* the most that a command has */
	POLL_MS = 200 /* while waiting for a run */
};

#define SOCKET_OPT \
	{ \
		.key = "socket", .arg = "PATH", \
		.value = "/run/waymark/rtrd.sock", \
		.help = "The control socket of rtrd.", .kind = OPT_TEXT \
	}
#define JSON_OPT \
	{ \
		.key = "json", .value = "no", \
		.help = "Print JSON: one document, or one array for sessions, " \
			"tals, repos and vrps.", \
		.kind = OPT_FLAG \
	}

/* Where options stand in the tables below. */
enum {
	AT_SOCKET,
	AT_JSON,
	AT_OWN
};
enum {
	AT_ASN = AT_OWN,
	AT_PREFIX,
	AT_MORE
};
enum {
	AT_WAIT = AT_OWN
};
enum {
	AT_FAILED = AT_OWN
};
enum {
	AT_TA = AT_OWN,
	AT_REPO
};

static const struct opt common_opts[] = {SOCKET_OPT, JSON_OPT};

static const struct opt vrps_opts[] = {SOCKET_OPT, JSON_OPT,
	{.key = "asn",
		.arg = "N",
		.help = "Only VRPs of this AS.",
		.kind = OPT_TEXT},
	{.key = "prefix",
		.arg = "PREFIX",
		.help = "Only VRPs that cover this prefix.",
		.kind = OPT_TEXT},
	{.key = "more-specific",
		.value = "no",
		.help = "With --prefix: also VRPs for prefixes inside it.",
		.kind = OPT_FLAG}};

static const struct opt refresh_opts[] = {SOCKET_OPT, JSON_OPT,
	{.key = "wait",
		.value = "no",
		.help = "Wait until what was asked for is fetched and a run "
			"that began after that has ended, show how; exit with "
			"1 when it went wrong.",
		.kind = OPT_FLAG}};

static const struct opt repos_opts[] = {SOCKET_OPT, JSON_OPT,
	{.key = "failed",
		.value = "no",
		.help = "Only those whose last attempt failed.",
		.kind = OPT_FLAG}};

static const struct opt problems_opts[] = {SOCKET_OPT, JSON_OPT,
	{.key = "ta",
		.arg = "NAME",
		.help = "Only what lies below this trust anchor.",
		.kind = OPT_TEXT},
	{.key = "repo",
		.arg = "URI",
		.help = "Only what is published in this repository.",
		.kind = OPT_TEXT}};

#define ROUTER	      "[OPTIONS] ROUTER"
#define CACHES	      "[OPTIONS] CACHE | --compare CACHE CACHE"
#define NO_ARGUMENTS  "[OPTIONS]"
#define ONE_URI	      "[OPTIONS] [URI]"
#define TWO_ARGUMENTS "[OPTIONS] PREFIX ASN"
#define ONE_OR_TWO    "[OPTIONS] PREFIX [ASN]"

/* X(name, least, most, usage, options, "title", "text"): of arguments, how
 * many are wanted and how many are taken. */
#define COMMAND_TABLE(X) \
	X(status, 0, 0, NO_ARGUMENTS, common_opts, \
		"what is served, how fresh it is, how the runs go", \
		"Serial and session ids, age and size of the data, how the " \
		"last run ended and when the next is due, and what came of " \
		"each trust anchor.  \"Ready\" says whether routers are given " \
		"fresh data, and if not, why.") \
	X(sessions, 0, 0, NO_ARGUMENTS, common_opts, \
		"the routers that are connected", \
		"Address, transport, protocol version, the serial that the " \
		"router was brought to, how many serials that is behind (LAG) " \
		"and for how long the first of them has been there (BEHIND), " \
		"state, octets in and out, how long ago it connected, last " \
		"queried, and was last brought up to date (SYNC), and the " \
		"code of the last Error Report, in or out.") \
	X(listeners, 0, 0, NO_ARGUMENTS, common_opts, \
		"where routers can connect", \
		"Addresses, transports and protocol versions, and the timers " \
		"that routers are told.") \
	X(tals, 0, 0, NO_ARGUMENTS, common_opts, \
		"the trust anchor locators, and what came of each", \
		"An anchor is complete when everything below it held.") \
	X(repos, 0, 1, ONE_URI, repos_opts, \
		"the repositories: what is held of them, how they are doing", \
		"State, how long ago an attempt succeeded, VRPs that depend " \
		"on it and objects held.  With a URI all that is known of " \
		"this one: session and serial, last and next attempt, why " \
		"the last one failed, and below it each trust anchor with " \
		"its authorities and VRPs, and when the first of these " \
		"expires if the repository stays away.") \
	X(vrps, 0, 0, NO_ARGUMENTS, vrps_opts, "the VRPs, all or some", \
		"Without options all; --asn and --prefix together show what " \
		"both let through.") \
	X(validity, 2, 2, TWO_ARGUMENTS, common_opts, \
		"what RFC 6811 says of a route", \
		"The state (valid, invalid, not-found), the reason (as, " \
		"length), and every VRP that covers the prefix.  Exits with " \
		"0 whatever the state is.") \
	X(why, 1, 2, ONE_OR_TWO, common_opts, \
		"what stands behind the state of a prefix", \
		"The VRPs that cover it, from which objects and through which " \
		"chains they come, and until when they hold; refused objects " \
		"that would have covered it, and the rule each breaks; and " \
		"the publication points that fail, or stand still at their " \
		"last good version, and may speak of it, with how the fetch " \
		"of their repository goes.") \
	X(problems, 0, 0, NO_ARGUMENTS, problems_opts, \
		"what is refused and stale, the worst first", \
		"How many there are of each kind, then each: publication " \
		"points that give nothing, those that stand still at their " \
		"last good version, and refused objects, certificates " \
		"first.") \
	X(refresh, 0, 1, ONE_URI, refresh_opts, \
		"fetch and run the validator now", \
		"Every repository is fetched now, also one that waits after " \
		"failures, and the validator runs; with a URI only this one " \
		"is fetched, and the validator runs if that changed " \
		"anything.  When a run is under way already, another follows " \
		"it: it may have read before what you want it to see.") \
	X(reload, 0, 0, NO_ARGUMENTS, common_opts, \
		"read the configuration again", \
		"When it cannot be used, nothing changes and the reason is " \
		"told.") \
	X(shutdown, 0, 0, NO_ARGUMENTS, common_opts, \
		"end for good: routers forget what they have of this cache", \
		"For a cache that is taken out of service, or whose data no " \
		"router may use any longer.  Nothing is asked back.  Routers " \
		"of version 2 are told Cache Shutdown (Error 13) and flush " \
		"what this cache gave them; older versions have no word for " \
		"it: their connection is closed, and they keep it for its " \
		"expire time.  An answer that is under way gets a second to " \
		"be finished.  Then rtrd ends with exit code 0, which systemd " \
		"does not take for a failure; a socket unit is to be stopped " \
		"first, else the next router that comes starts rtrd again.  " \
		"Whoever only stops or restarts rtrd (SIGTERM) has routers " \
		"told Cache Restart (Error 12), and they keep what they " \
		"have.") \
	X(version, 0, 0, NO_ARGUMENTS, common_opts, \
		"the versions of rtrctl and rtrd", NULL)

/* X(name, "name", least, most, usage, options, exits, "title", "text"): what
 * rtrctl does by itself. */
#define OWN_TABLE(X) \
	X(rtr, "rtr", 1, 2, CACHES, rtr_opts, rtr_exits, \
		"look at any cache as a router does", \
		"Connects as a router to a cache, ours or another, and shows " \
		"version, session, serial, timers and how much it serves; on " \
		"request the set, its changes, or the difference of two " \
		"caches.\n\n" \
		"A cache is HOST, HOST:PORT, ADDRESS or [ADDRESS]:PORT, each " \
		"also behind tcp: or tls:, or unix:PATH.  The port is 3323, " \
		"with TLS 324, unless told.\n\n" \
		"Every rule of the protocol that a cache has to keep is " \
		"checked, and what it breaks is told with the rule.\n\n" \
		"For example:\n\n" \
		"rtrctl rtr --output csv=vrps.csv 192.0.2.53\n\n" \
		"rtrctl rtr --watch tls:rtr.example.net\n\n" \
		"rtrctl rtr --compare --watch 192.0.2.53 192.0.2.54:323") \
	X(routers_config, "routers-config", 1, 1, ROUTER, routers_config_opts, \
		routers_config_exits, \
		"print what a router is configured with to use this cache", \
		"For bird, frr, openbgpd, routeros, junos, iosxr or eos: the " \
		"session with the cache, its timers, and a policy for both " \
		"families that drops invalid routes on import and lets pass " \
		"valid ones and those without a ROA.  Address, port and timers " \
		"are asked of rtrd.  Each text says whether we have run it.")

static const char *const exits[][2] = {{"0", "done"},
	{"1", "an error, or rtrd cannot be reached"}, {"2", "wrong usage"},
	{NULL, NULL}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Program 0 is rtrctl itself, command i is program i + 1. */
static const struct opt_program programs[] = {
	{.name = "rtrctl",
		.title = "ask and steer a running rtrd",
		.usage = "[--socket PATH] [--json] COMMAND [OPTIONS]...",
		.text = "Commands (each has a --help of its own):\n\n"
#define COMMAND_LINE(name, least, most, usage, options, title, text) \
	"  " #name "\n      " title "\n"
		COMMAND_TABLE(COMMAND_LINE)
#undef COMMAND_LINE
#define OWN_LINE(name, word, least, most, usage, options, exits, title, text) \
	"  " word "\n      " title "\n"
			OWN_TABLE(OWN_LINE)
#undef OWN_LINE
				"\nColumns are for people and may change; "
				"the members of --json are kept.",
		.opts = common_opts,
		.opt_count = COUNT(common_opts),
		.exits = exits,
		.files = "/run/waymark/rtrd.sock: the control socket, for its "
			 "owner and group.",
		.examples = "  rtrctl status\n"
			    "  rtrctl validity 192.0.2.0/24 AS64496\n"
			    "  rtrctl --json vrps --asn 64496\n"
			    "  rtrctl why 192.0.2.0/24 AS64496\n"
			    "  rtrctl problems --ta ripe\n"
			    "  rtrctl repos --failed\n"
			    "  rtrctl refresh --wait\n"
			    "  rtrctl rtr --output csv=vrps.csv "
			    "rtr.example.net:323\n"
			    "  rtrctl rtr --compare 192.0.2.53 192.0.2.54\n"
			    "  rtrctl routers-config bird\n"},
#define COMMAND_PROGRAM(command, least, most, usages, options, titles, texts) \
	{.name = "rtrctl " #command, \
		.title = titles, \
		.usage = usages, \
		.text = texts, \
		.opts = options, \
		.opt_count = COUNT(options), \
		.exits = exits},
	COMMAND_TABLE(COMMAND_PROGRAM)
#undef COMMAND_PROGRAM
#define OWN_PROGRAM( \
	command, word, least, most, usages, options, codes, titles, texts) \
	{.name = "rtrctl " word, \
		.title = titles, \
		.usage = usages, \
		.text = texts, \
		.opts = options, \
		.opt_count = COUNT(options), \
		.exits = codes},
		OWN_TABLE(OWN_PROGRAM)
#undef OWN_PROGRAM
};

/* A command line that was understood. */
struct job {
	const struct command *command;
	struct opt_values *values;
	const char *socket;
	bool json;
	char *arguments[ARGUMENTS];
	int count;
};

struct command {
	const char *name;
	int least, most; /* arguments */
	bool (*show)(const struct answer *a); /* NULL: rtrd is not asked, */
	int (*run)(const struct own_job *job); /* this does all */
};

static const struct command commands[] = {
#define COMMAND_ROW(name, least, most, usage, options, title, text) \
	{#name, least, most, show_##name, NULL},
	COMMAND_TABLE(COMMAND_ROW)
#undef COMMAND_ROW
#define OWN_ROW(name, word, least, most, usage, options, exits, title, text) \
	{word, least, most, NULL, name##_command},
		OWN_TABLE(OWN_ROW)
#undef OWN_ROW
};

/* One line to stderr, cleaned, as it may quote rtrd or an argument. */
static int
fail(int code, const char *text)
{
	struct text t = {0};

	text_clean(&t, text, strlen(text));
	fprintf(stderr, "rtrctl: %s\n", t.p != NULL ? t.p : "out of memory");
	text_free(&t);
	return code;
}

/* Options and arguments of a command, in any order.  0 or ERR_USAGE. */
static int
job_read(struct job *job, int argc, char **argv, char why[256])
{
	bool only = false; /* "--" was there: arguments only */
	int first, err;

	while (argc > 1 && opt_asked(job->values) == OPT_RUN) {
		first = 1;
		err = only ? 0
			   : opt_parse(job->values, argc, argv, &first, why);
		if (err != 0)
			return err;
		only |= strcmp(argv[first - 1], "--") == 0 && first > 1;
		if (first >= argc)
			break;
		if (job->count == job->command->most) {
			snprintf(why, 256, "%s takes %d arguments",
				job->command->name, job->command->most);
			return ERR_USAGE;
		}
		job->arguments[job->count++] = argv[first];
		argc -= first;
		argv += first;
	}
	if (opt_asked(job->values) == OPT_RUN &&
		job->count < job->command->least) {
		if (job->command->least == 1)
			snprintf(why, 256, "%s wants an argument",
				job->command->name);
		else
			snprintf(why, 256, "%s wants %d arguments",
				job->command->name, job->command->least);
		return ERR_USAGE;
	}
	return 0;
}

/* Add a member, unless it has no value.  What cannot be added takes the whole
 * request away: without a filter the answer would be another one. */
static json_t *
request_add(json_t *request, const char *key, const char *value)
{
	if (request == NULL || value == NULL)
		return request;
	if (json_object_set_new(request, key, json_string(value)) == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* The request of a job; NULL when an argument is not UTF-8. */
static json_t *
request_of(const struct job *job)
{
	const char *name = job->command->name;
	json_t *request = json_pack("{s:s}", "command", name);
	const char *asn = NULL, *prefix = NULL, *uri = NULL, *repo = NULL;
	const char *ta = NULL;

	if (strcmp(name, "repos") == 0) {
		uri = job->arguments[0];
		if (opt_flag(job->values, AT_FAILED))
			json_object_set_new(request, "failed", json_true());
	} else if (strcmp(name, "refresh") == 0) {
		repo = job->arguments[0];
	} else if (strcmp(name, "problems") == 0) {
		ta = opt_text(job->values, AT_TA);
		repo = opt_text(job->values, AT_REPO);
	} else if (strcmp(name, "validity") == 0 || strcmp(name, "why") == 0) {
		prefix = job->arguments[0];
		asn = job->arguments[1];
	} else if (strcmp(name, "vrps") == 0) {
		asn = opt_text(job->values, AT_ASN);
		prefix = opt_text(job->values, AT_PREFIX);
		if (opt_flag(job->values, AT_MORE))
			json_object_set_new(
				request, "more_specific", json_true());
	}
	request = request_add(request_add(request, "uri", uri), "repo", repo);
	request = request_add(request, "ta", ta);
	return request_add(request_add(request, "asn", asn), "prefix", prefix);
}

/* Ask with a command alone. */
static int
ask_plain(const struct job *job, const char *command, struct answer *out,
	struct text *why)
{
	return client_ask(
		job->socket, json_pack("{s:s}", "command", command), out, why);
}

/* Between two looks at a run that takes minutes. */
static void
rest(void)
{
	struct timespec t = {0, POLL_MS * 1000000L};

	nanosleep(&t, NULL);
}

/* Wait until so many runs have ended; the answer is the status then. */
static int
wait_run(const struct job *job, json_int_t wanted, struct answer *out,
	struct text *why)
{
	const json_t *run;
	int err;

	for (;;) {
		err = ask_plain(job, "status", out, why);
		if (err != 0)
			return err;
		run = json_object_get(out->head, "run");
		if (json_integer_value(json_object_get(run, "runs_ended")) >=
			wanted)
			return 0;
		answer_free(out);
		rest();
	}
}

/* Wait until the child that fetches has told so often that all is there.  When
 * it is lost, its successor tells. */
static int
wait_settled(const struct job *job, json_int_t wanted, struct text *why)
{
	const json_t *fetch;
	struct answer a;
	bool done = false;
	int err = 0;

	while (!done && (err = ask_plain(job, "status", &a, why)) == 0) {
		fetch = json_object_get(a.head, "fetch");
		done = json_integer_value(json_object_get(fetch, "settles")) >=
				wanted ||
			!json_is_true(json_object_get(fetch, "wanted"));
		answer_free(&a);
		if (!done)
			rest();
	}
	return err;
}

/* Wait until so many attempts at a repository have ended. */
static int
wait_tried(const struct job *job, json_int_t wanted, struct text *why)
{
	struct answer a;
	struct span rows;
	bool done = false;
	json_t *row;
	int err = 0;

	while (!done) {
		err = client_ask(job->socket,
			json_pack("{s:s,s:s}", "command", "repos", "uri",
				job->arguments[0]),
			&a, why);
		if (err != 0)
			return err;
		rows = a.rows;
		row = answer_row(&rows);
		done = json_integer_value(json_object_get(row, "tries")) >=
			wanted;
		json_decref(row);
		answer_free(&a);
		if (!done)
			rest();
	}
	return 0;
}

/* Wait for what was asked to be fetched; `*fetched`: something was. */
static int
wait_fetch(const struct job *job, const struct answer *asked, bool *fetched,
	struct text *why)
{
	const json_t *tries = json_object_get(asked->head, "tries");
	const json_t *settles = json_object_get(asked->head, "settles");

	*fetched = tries != NULL || settles != NULL;
	if (tries != NULL)
		return wait_tried(job, json_integer_value(tries), why);
	if (settles != NULL)
		return wait_settled(job, json_integer_value(settles), why);
	return 0;
}

/* Ask for a run, also after one that is under way; with `alone` nothing is
 * fetched. */
static int
ask_run(const struct job *job, bool alone, struct answer *out, struct text *why)
{
	int err;

	for (;;) {
		err = client_ask(job->socket,
			alone ? json_pack("{s:s,s:b}", "command", "refresh",
					"validate", 1)
			      : request_of(job),
			out, why);
		/* A repository cannot be fetched now: that is told. */
		if (err != ERR_BUSY || job->count > 0)
			return err;
		text_clear(why);
		rest();
	}
}

/* Fetch, then run, and wait for the end of both. */
static int
refresh_wait(const struct job *job, struct answer *out, struct text *why)
{
	json_int_t wanted;
	bool fetched = false;
	int err = ask_run(job, false, out, why);

	if (err != 0)
		return err;
	err = wait_fetch(job, out, &fetched, why);
	if (err == 0 && fetched) {
		answer_free(out);
		err = ask_run(job, true, out, why);
		if (err != 0)
			return err;
	}
	wanted = json_integer_value(json_object_get(out->head, "wait_for"));
	answer_free(out);
	return err != 0 ? err : wait_run(job, wanted, out, why);
}

/* Whether the run that was waited for left something to serve. */
static bool
run_is_good(const struct answer *a)
{
	const json_t *run = json_object_get(a->head, "run");
	const char *result = json_string_value(json_object_get(run, "result"));

	return result != NULL &&
		(strcmp(result, "ok") == 0 ||
			strcmp(result, "incomplete") == 0);
}

/* The exit code says whether it worked, and not what the answer means: an
 * invalid route is a good answer. */
static int
job_run(const struct job *job)
{
	bool refresh = strcmp(job->command->name, "refresh") == 0;
	bool wait = refresh && opt_flag(job->values, AT_WAIT);
	struct text why = {0};
	struct answer a;
	int code = EXIT_DONE;
	int err = wait ? refresh_wait(job, &a, &why)
		       : client_ask(job->socket, request_of(job), &a, &why);

	if (err != 0) {
		/* A run is under way: what was wished for happens. */
		code = err == ERR_USAGE ? EXIT_USAGE : EXIT_ERROR;
		if (refresh && err == ERR_BUSY && job->count == 0)
			code = EXIT_DONE;
		fail(code, why.p != NULL ? why.p : err_text(err));
		text_free(&why);
		return code;
	}
	if (!(job->json ? show_json(&a) : job->command->show(&a)))
		code = fail(EXIT_ERROR, err_text(ERR_NOMEM));
	if (wait && !run_is_good(&a))
		code = EXIT_ERROR;
	answer_free(&a);
	text_free(&why);
	return code;
}

/* What the options ask for instead of a command; -1: nothing. */
static int
request_run(const struct opt_values *values, const struct opt_program *program)
{
	switch (opt_asked(values)) {
	case OPT_RUN:
		return -1;
	case OPT_HELP:
		opt_print_help(program);
		break;
	case OPT_VERSION:
		opt_print_version(program);
		break;
	case OPT_MAN:
		opt_print_man(programs, COUNT(programs));
		break;
	}
	return EXIT_DONE;
}

/* Socket and form may stand before the command or after it. */
static void
job_settle(struct job *job, const struct opt_values *before)
{
	const struct opt_values *at = job->values;

	job->socket =
		opt_text(opt_is_set(at, AT_SOCKET) ? at : before, AT_SOCKET);
	job->json = opt_flag(opt_is_set(at, AT_JSON) ? at : before, AT_JSON);
}

/* Run the command argv[0]; `before` are the options before it. */
static int
command_run(int argc, char **argv, const struct opt_values *before)
{
	struct job job = {0};
	char why[256] = "";
	size_t i;
	int code;

	for (i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, argv[0]) == 0)
			break;
	}
	if (i == COUNT(commands))
		return fail(EXIT_USAGE, "no such command; see rtrctl --help");
	job.command = &commands[i];
	job.values = opt_new(&programs[i + 1]);
	if (job.values == NULL)
		return fail(EXIT_ERROR, err_text(ERR_NOMEM));
	if (job_read(&job, argc, argv, why) != 0) {
		code = fail(EXIT_USAGE, why);
	} else {
		code = request_run(job.values, &programs[i + 1]);
		job_settle(&job, before);
	}
	if (code < 0 && job.command->run != NULL)
		code = job.command->run(&(struct own_job){job.values,
			job.socket, job.json, job.arguments, job.count});
	else if (code < 0)
		code = job_run(&job);
	opt_free(job.values);
	return code;
}

/* Options before the command are those of every command. */
static int
rtrctl(int argc, char **argv)
{
	struct opt_values *values = opt_new(&programs[0]);
	char why[256] = "";
	int code, first;

	if (values == NULL)
		return fail(EXIT_ERROR, err_text(ERR_NOMEM));
	if (opt_parse(values, argc, argv, &first, why) != 0)
		code = fail(EXIT_USAGE, why);
	else
		code = request_run(values, &programs[0]);
	if (code < 0 && first >= argc)
		code = fail(EXIT_USAGE, "no command; see rtrctl --help");
	if (code < 0)
		code = command_run(argc - first, argv + first, values);
	opt_free(values);
	return code;
}

int
main(int argc, char **argv)
{
	int code = rtrctl(argc, argv);

	/* A full disk or a pager that left must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return code != EXIT_DONE ? code : EXIT_ERROR;
	return code;
}
