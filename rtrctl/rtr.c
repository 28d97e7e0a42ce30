/*
 * rtr: the options of `rtrctl rtr`, made into a job.
 *
 *	rtrctl rtr CACHE               once: facts, the set
 *	rtrctl rtr --watch CACHE       every change
 *	rtrctl rtr --compare A B       once: the difference
 *	rtrctl rtr --compare --watch A B
 *
 * Not here: what is done, see rtr_run.
 */
#include "rtrctl/rtr.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "rtrctl/rtr_run.h"
#include "waymark/err.h"
#include "waymark/export.h"

const struct opt rtr_opts[RTR_OPTS] = {
	[RTR_OPT_SOCKET] = {.key = "socket",
		.arg = "PATH",
		.value = "/run/waymark/rtrd.sock",
		.help = "Not used by this command.",
		.kind = OPT_TEXT},
	[RTR_OPT_JSON] = {.key = "json",
		.value = "no",
		.help = "Print JSON: one document, or with --watch an object "
			"a line.",
		.kind = OPT_FLAG},
	[RTR_OPT_WATCH] = {.key = "watch",
		.value = "no",
		.help = "Stay connected, ask again after a Serial Notify or "
			"the refresh interval, connect again when the session "
			"ends, and print every change with the serial it came "
			"with.  With --compare: print when the caches differ "
			"for longer than --grace, and when they agree again.",
		.kind = OPT_FLAG},
	[RTR_OPT_COMPARE] = {.key = "compare",
		.value = "no",
		.help = "Take the sets of two caches and print what only one "
			"of them has.",
		.kind = OPT_FLAG},
	[RTR_OPT_OUTPUT] = {.key = "output",
		.arg = "FORMAT[=FILE]",
		.help = "Write the set in this format: csv, json, or another "
			"one of validator(8); to stdout unless a file is "
			"told.  With --watch the file is written anew with "
			"each serial.  With --compare csv or json, of the "
			"difference.",
		.kind = OPT_TEXT},
	[RTR_OPT_VERSION] = {.key = "version",
		.arg = "N",
		.help = "Speak this version of the protocol only, 0, 1 or 2. "
			"Otherwise the highest that the cache takes.",
		.kind = OPT_NUMBER,
		.min = 0,
		.max = RTR_VERSION_MAX},
	[RTR_OPT_STRICT] = {.key = "strict",
		.value = "no",
		.help = "Exit with 1 when the cache broke any rule; without "
			"it a broken rule is told and read over where that "
			"can be done.",
		.kind = OPT_FLAG},
	[RTR_OPT_TLS] = {.key = "tls",
		.value = "no",
		.help = "Connect with TLS.",
		.kind = OPT_FLAG},
	[RTR_OPT_TLS_CA] = {.key = "tls-ca",
		.arg = "FILE",
		.help = "Certificates (PEM) that may issue the cache's, "
			"instead of the system's.",
		.kind = OPT_TEXT},
	[RTR_OPT_TLS_CERT] = {.key = "tls-cert",
		.arg = "FILE",
		.help = "Our certificate and its chain (PEM), for a cache that "
			"asks for one.",
		.kind = OPT_TEXT},
	[RTR_OPT_TLS_KEY] = {.key = "tls-key",
		.arg = "FILE",
		.help = "The private key of --tls-cert (PEM).",
		.kind = OPT_TEXT},
	[RTR_OPT_TLS_INSECURE] = {.key = "tls-insecure",
		.value = "no",
		.help = "Take whatever certificate the cache shows.  Otherwise "
			"it has to name the host, or the address, that was "
			"given.",
		.kind = OPT_FLAG},
	[RTR_OPT_TIMEOUT] = {.key = "timeout",
		.arg = "S",
		.value = "300",
		.help = "Seconds for a whole answer; a connection has as many, "
			"at most 30.",
		.kind = OPT_NUMBER,
		.min = 1,
		.max = 86400},
	[RTR_OPT_REFRESH] = {.key = "refresh",
		.arg = "S",
		.help = "With --watch: seconds between two queries, instead of "
			"the cache's refresh interval.",
		.kind = OPT_NUMBER,
		.min = 1,
		.max = 86400},
	[RTR_OPT_RETRY] = {.key = "retry",
		.arg = "S",
		.value = "10",
		.help = "With --watch: seconds until a cache is tried again "
			"that could not be reached, ended the session or had "
			"no data.",
		.kind = OPT_NUMBER,
		.min = 1,
		.max = 7200},
	[RTR_OPT_FOR] = {.key = "for",
		.arg = "S",
		.help = "With --watch: end after so many seconds.",
		.kind = OPT_NUMBER,
		.min = 1,
		.max = 31536000},
	[RTR_OPT_GRACE] = {.key = "grace",
		.arg = "S",
		.value = "300",
		.help = "With --compare --watch: seconds for which the caches "
			"may differ, as each has its own time.",
		.kind = OPT_NUMBER,
		.min = 0,
		.max = 604800},
	[RTR_OPT_LIMIT] = {.key = "limit",
		.arg = "N",
		.value = "5000000",
		.help = "Payloads to hold of a cache at most; a router key or "
			"an ASPA counts one more for each 64 octets of key or "
			"providers.  At the worst 150 octets each are used "
			"for a moment.  More end the session.",
		.kind = OPT_NUMBER,
		.min = 1,
		.max = 100000000},
};

const char *const rtr_exits[][2] = {{"0", "done; the caches are the same"},
	{"1",
		"the cache cannot be reached, has no data or broke the protocol; "
		"with --strict: it broke any rule"},
	{"2", "wrong usage"}, {"3", "with --compare: the caches differ"},
	{NULL, NULL}};

static int64_t
seconds(const struct opt_values *values, enum rtr_opt at)
{
	return opt_is_set(values, at) || rtr_opts[at].value != NULL
		? (int64_t)opt_number(values, at) * 1000
		: 0;
}

/* "csv" or "csv=FILE". */
static bool
output_read(struct rtr_job *job, const char *text, struct text *why)
{
	size_t n = strcspn(text, "=");
	char word[32];

	snprintf(word, sizeof(word), "%.*s", n < sizeof(word) ? (int)n : 0,
		text);
	job->has_output = true;
	job->path = text[n] == '=' && strcmp(text + n + 1, "-") != 0
		? text + n + 1
		: NULL;
	if (export_parse(word, &job->format) != 0 ||
		job->format == EXPORT_JSONEXT || job->format == EXPORT_CSVEXT) {
		text_add(why,
			"--output: \"%s\" is no format of a set from a "
			"router's view",
			word);
		return false;
	}
	if (job->path != NULL && job->path[0] == '\0') {
		text_add(why, "--output: the file has no name");
		return false;
	}
	return true;
}

/* What does not go together. */
static bool
job_check(const struct rtr_job *job, bool compare, struct text *why)
{
	if (job->count != (compare ? RTR_CACHES : 1))
		text_add(why,
			compare ? "--compare wants two caches"
				: "rtr takes one cache, or two with "
				  "--compare");
	else if (job->is_watch && job->has_output && job->path == NULL)
		text_add(why, "--output wants a file with --watch");
	else if (compare && job->has_output && job->format != EXPORT_CSV &&
		job->format != EXPORT_JSON)
		text_add(why, "--output: a difference is csv or json");
	return why->n == 0;
}

static bool
job_read(struct rtr_job *job, const struct opt_values *values,
	char *const *arguments, struct text *why)
{
	bool tls = opt_flag(values, RTR_OPT_TLS);

	for (int i = 0; i < job->count; i++) {
		job->names[i] = arguments[i];
		if (!rtr_place_parse(arguments[i], tls, &job->places[i], why))
			return false;
	}
	job->is_watch = opt_flag(values, RTR_OPT_WATCH);
	job->is_strict = opt_flag(values, RTR_OPT_STRICT);
	job->pause_ms = seconds(values, RTR_OPT_RETRY);
	job->for_ms = seconds(values, RTR_OPT_FOR);
	job->grace_ms = seconds(values, RTR_OPT_GRACE);
	job->config = (struct rtr_config){
		.version = opt_is_set(values, RTR_OPT_VERSION)
			? (int)opt_number(values, RTR_OPT_VERSION)
			: -1,
		.limit = (size_t)opt_number(values, RTR_OPT_LIMIT),
		.answer_ms = seconds(values, RTR_OPT_TIMEOUT),
		.refresh_ms = seconds(values, RTR_OPT_REFRESH),
		.retry_ms = job->pause_ms,
	};
	if (opt_text(values, RTR_OPT_OUTPUT) != NULL &&
		!output_read(job, opt_text(values, RTR_OPT_OUTPUT), why))
		return false;
	return job_check(job, opt_flag(values, RTR_OPT_COMPARE), why);
}

/* Certificates are read before anybody is connected to. */
static int
job_secure(struct rtr_job *job, const struct opt_values *values,
	struct rtr_tls **tls, struct text *why)
{
	struct rtr_tls_options options = {
		.ca = opt_text(values, RTR_OPT_TLS_CA),
		.cert = opt_text(values, RTR_OPT_TLS_CERT),
		.key = opt_text(values, RTR_OPT_TLS_KEY),
		.is_insecure = opt_flag(values, RTR_OPT_TLS_INSECURE),
	};
	bool is_needed = false;

	for (int i = 0; i < job->count; i++)
		is_needed |= job->places[i].transport == RTR_TLS;
	if ((options.cert == NULL) != (options.key == NULL)) {
		text_add(why, "--tls-cert and --tls-key go together");
		return RTR_EXIT_USAGE;
	}
	if (!is_needed && (options.ca != NULL || options.cert != NULL)) {
		text_add(why, "--tls-ca and --tls-cert want --tls");
		return RTR_EXIT_USAGE;
	}
	if (is_needed && (*tls = rtr_tls_new(&options, why)) == NULL)
		return RTR_EXIT_FAILED;
	job->tls = *tls;
	return RTR_EXIT_DONE;
}

int
rtr_command(const struct own_job *own)
{
	struct rtr_job job = {.count = own->count, .is_json = own->json};
	struct rtr_tls *tls = NULL;
	struct text why = {0}, clean = {0};
	int code = RTR_EXIT_USAGE;

	if (job_read(&job, own->values, own->arguments, &why))
		code = job_secure(&job, own->values, &tls, &why);
	if (code == RTR_EXIT_DONE) {
		code = rtr_run(&job);
	} else {
		text_clean(&clean, why.p, why.n);
		fprintf(stderr, "rtrctl: %s\n",
			clean.p != NULL ? clean.p : err_text(ERR_NOMEM));
	}
	rtr_tls_free(tls);
	text_free(&clean);
	text_free(&why);
	return code;
}
