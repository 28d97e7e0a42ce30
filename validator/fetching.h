/*
 * fetching: the options of fetching, and all that they stand for, open.
 *
 *	options --> store, HTTP client, rsync runner --> fetcher
 *	                |                                  |
 *	                '-- tidied between its steps <-----'
 *
 * For `validator fetch`, which does nothing else, and for `validator once`,
 * which validates in between.  One thread, one fetching a process.
 */
#ifndef VALIDATOR_FETCHING_H
#define VALIDATOR_FETCHING_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/opt.h"
#include "validator/fetch/fetcher.h"
#include "validator/store/store.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/log.h"

/* Rows that stand together in a table of options, in this order. */
enum {
	FETCHING_CACHE,
	FETCHING_NO_RRDP,
	FETCHING_NO_RSYNC,
	FETCHING_RSYNC,
	FETCHING_TLS_CA,
	FETCHING_TLS_INSECURE,
	FETCHING_PROXY,
	FETCHING_SOURCE_ADDRESS,
	FETCHING_REFRESH,
	FETCHING_TIMEOUT,
	FETCHING_DISK_BUDGET,
	FETCHING_OPTIONS,
};

#define FETCHING_ROWS \
	{.key = "cache", \
		.arg = "DIR", \
		.kind = OPT_TEXT, \
		.value = "/var/lib/waymark", \
		.help = "The folder of the store: what was fetched stays " \
			"there, and is validated from there. It is made when " \
			"it is not there; one process at a time fetches into " \
			"it."}, \
		{.key = "no-rrdp", \
			.kind = OPT_FLAG, \
			.value = "no", \
			.help = "Do not use RRDP (HTTPS); take rsync where a " \
				"repository has it."}, \
		{.key = "no-rsync", \
			.kind = OPT_FLAG, \
			.value = "no", \
			.help = "Do not use rsync; what can be had by it " \
				"alone counts as failed."}, \
		{.key = "rsync", \
			.arg = "PROGRAM", \
			.kind = OPT_TEXT, \
			.value = "rsync", \
			.help = "The rsync program, by name or path."}, \
		{.key = "tls-ca", \
			.arg = "FILE", \
			.kind = OPT_TEXT, \
			.help = "Certificates (PEM) to trust for HTTPS " \
				"besides those of the system."}, \
		{.key = "tls-insecure", \
			.kind = OPT_FLAG, \
			.value = "no", \
			.help = "Take any certificate of an HTTPS server. " \
				"What is fetched is signed by itself, but " \
				"who stands between can keep it old."}, \
		{.key = "proxy", \
			.arg = "URL", \
			.kind = OPT_TEXT, \
			.help = "Fetch by HTTPS through this proxy, " \
				"http://HOST:PORT."}, \
		{.key = "source-address", \
			.arg = "ADDR", \
			.kind = OPT_TEXT, \
			.help = "Send from this address; for HTTPS, also an " \
				"interface."}, \
		{.key = "refresh", \
			.arg = "S", \
			.kind = OPT_NUMBER, \
			.value = "600", \
			.min = 1, \
			.max = 86400, \
			.help = "Seconds between two attempts at a " \
				"repository, give or take a tenth; after " \
				"failures more, up to an hour."}, \
		{.key = "fetch-timeout", \
			.arg = "S", \
			.kind = OPT_NUMBER, \
			.value = "900", \
			.min = 1, \
			.max = 86400, \
			.help = "Seconds that one attempt at one repository " \
				"may take."}, \
	{ \
		.key = "disk-budget", .arg = "MIB", .kind = OPT_NUMBER, \
		.value = "10240", .min = BOUND_STORE_BUDGET_MIN, \
		.max = BOUND_STORE_BUDGET_MAX, \
		.help = "How large the store may grow, MiB. Near that, " \
			"nothing more is fetched until room is made." \
	}

/* Where to begin from; the values and the log outlive the fetching. */
struct fetching_config {
	const struct opt_values *values;
	size_t first; /* where FETCHING_ROWS stand among the options */
	const struct fetcher_calls *calls;
	const struct log *log;
};

/* What is open; the fields are for reading. */
struct fetching {
	struct store *store;
	struct http *http;
	struct rsync_pool *rsync; /* NULL: there is none */
	struct fetcher *fetcher;
	struct job_env env;
	struct store_numbers numbers; /* of a second ago at most */
	struct mono counted; /* when that was */
	char folder[BOUND_PATH], staging[BOUND_PATH];
	bool tidying; /* there is more to tidy */
	bool suspected; /* somebody could not read the store */
};

/* Open what the options stand for; `f` stays where it is.  Where there is no
 * rsync program, that is logged, and what needs it counts as failed.  0, to be
 * ended by fetching_fini; ERR_USAGE for options that cannot be; ERR_LOCKED when
 * another process fetches into this folder; or another error; each with `why`.
 */
int fetching_init(struct fetching *f, const struct fetching_config *config,
	char why[512]);

/* End it: jobs are cancelled, their programs killed.  Fine after a failed
 * fetching_init, and twice. */
void fetching_fini(struct fetching *f);

/* Go on for up to `timeout_ms`, as fetcher_step, and tidy the store a little.
 * 0 or ERR_SYSTEM. */
int fetching_step(
	struct fetching *f, struct pollfd *extra, size_t count, int timeout_ms);

/* Take over what a run wants: the repositories, and what it found damaged.  0
 * or ERR_NOMEM. */
int fetching_want(struct fetching *f, const struct wanted *w);

#endif
