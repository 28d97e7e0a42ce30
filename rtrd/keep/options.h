/*
 * options: the one table of what rtrd can be told.
 *
 * Command line, configuration file, --help and manual page are made from it;
 * a row more is the whole change, but for the one who uses the value.
 */
#ifndef KEEP_OPTIONS_H
#define KEEP_OPTIONS_H

#include "core/opt.h"
#include "waymark/bounds.h"

/* Where locators lie, and where those lie that came with the program, from its
 * own folder. */
#define OPTION_TALS	   "/etc/waymark/tals"
#define OPTION_TALS_BESIDE "../share/waymark/tals"

enum {
	OPTION_THREADS_ALL = 0, /* as many as there are cores */
	OPTION_RTR_VERSION_MAX = 2,
};

/* X(NAME, section, key, arg, value, kind, min, max, place, help); `place` is
 * BOTH, or FLAG for what only the command line may say. */
#define RTRD_OPTION_TABLE(X) \
	X(CONFIG, NULL, "config", "FILE", NULL, OPT_TEXT, 0, 0, FLAG, \
		"Read the configuration from FILE, and not from " \
		"/etc/waymark/rtrd.conf where that exists.") \
	X(CHECK, NULL, "check", NULL, NULL, OPT_FLAG, 0, 0, FLAG, \
		"Check the configuration, and whether the locators, the " \
		"folders and the program that it names are there; say what " \
		"is wrong, and end: 0 when all is good, 2 when not.") \
	X(TAKE_OVER, NULL, "take-over", NULL, NULL, OPT_FLAG, 0, 0, FLAG, \
		"Take the place of the instance that answers at " \
		"control-socket, with its listening sockets: see rtrd(8), " \
		"UPGRADE.  Where none answers, this is an ordinary start.") \
	X(MAN_CONFIG, NULL, "man-config", NULL, NULL, OPT_FLAG, 0, 0, FLAG, \
		"Print the manual page of the configuration file (roff) and " \
		"exit.") \
	X(STDIO, NULL, "stdio", NULL, NULL, OPT_FLAG, 0, 0, FLAG, \
		"Join standard input and output to the rtrd that runs, at " \
		"the first Unix socket of rtr.listen: the SSH subsystem " \
		"rpki-rtr (see rtrd(8), LISTENERS).") \
	X(TAL, NULL, "tal", "FILE", OPTION_TALS, OPT_LIST, 0, 0, BOTH, \
		"A trust anchor locator, or a folder with *.tal files, and " \
		"what constrains them beside them (see validator(8)); where " \
		"the default is not there, those that came with the program.") \
	X(LOCAL, NULL, "local", "DIR", NULL, OPT_TEXT, 0, 0, BOTH, \
		"Take the repositories from DIR/<host>/<module>/..., without " \
		"any network.") \
	X(NO_FETCH, NULL, "no-fetch", NULL, "no", OPT_FLAG, 0, 0, BOTH, \
		"Fetch nothing: validate what the store in the state folder " \
		"has.") \
	X(REFRESH, NULL, "refresh", "S", "600", OPT_NUMBER, 1, 86400, BOTH, \
		"Fetch each repository again S seconds after the last attempt, " \
		"and validate again S seconds after the end of the last run, " \
		"give or take a tenth.") \
	X(RUN_GAP, NULL, "run-gap", "S", "10", OPT_NUMBER, 0, 3600, BOTH, \
		"Least seconds between the starts of two runs that news from " \
		"repositories ask for.") \
	X(FIRST_TIMEOUT, NULL, "first-timeout", "S", "900", OPT_NUMBER, 1, \
		86400, BOTH, \
		"After a start, the set of before goes on until every trust " \
		"anchor is complete, or S seconds at most; without such a set " \
		"routers are given none until then, however long it takes.") \
	X(FETCH_TIMEOUT, NULL, "fetch-timeout", "S", "900", OPT_NUMBER, 1, \
		86400, BOTH, \
		"End an attempt at one repository that takes longer than S " \
		"seconds.") \
	X(NO_RRDP, NULL, "no-rrdp", NULL, "no", OPT_FLAG, 0, 0, BOTH, \
		"Do not fetch by RRDP (RFC 8182).") \
	X(NO_RSYNC, NULL, "no-rsync", NULL, "no", OPT_FLAG, 0, 0, BOTH, \
		"Do not fetch by rsync.") \
	X(RSYNC, NULL, "rsync", "PROGRAM", "rsync", OPT_TEXT, 0, 0, BOTH, \
		"The rsync program; without a slash it is looked for in PATH.") \
	X(TLS_CA, NULL, "tls-ca", "FILE", NULL, OPT_TEXT, 0, 0, BOTH, \
		"Trust the certificates in FILE (PEM) too when fetching by " \
		"HTTPS.") \
	X(TLS_INSECURE, NULL, "tls-insecure", NULL, "no", OPT_FLAG, 0, 0, \
		BOTH, \
		"Do not check the certificates of HTTPS servers: what is " \
		"fetched is signed, but may be held back or be old.") \
	X(PROXY, NULL, "proxy", "URL", NULL, OPT_TEXT, 0, 0, BOTH, \
		"Fetch by HTTPS through this proxy.") \
	X(SOURCE_ADDRESS, NULL, "source-address", "ADDR", NULL, OPT_TEXT, 0, \
		0, BOTH, \
		"Fetch from this address of ours, or " \
		"from this interface.") \
	X(DISK_BUDGET, NULL, "disk-budget", "MIB", "10240", OPT_NUMBER, \
		BOUND_STORE_BUDGET_MIN, BOUND_STORE_BUDGET_MAX, BOTH, \
		"What the store may take on disk, in MiB.") \
	X(RUN_TIMEOUT, NULL, "run-timeout", "S", "3600", OPT_NUMBER, 1, 86400, \
		BOTH, "Stop a run that takes longer than S seconds.") \
	X(AT, NULL, "at", "TIME", NULL, OPT_TEXT, 0, 0, BOTH, \
		"Validate at TIME (RFC 3339 or Unix seconds): for tests and " \
		"archives.") \
	X(PROFILE, NULL, "profile", "P", "current", OPT_TEXT, 0, 0, BOTH, \
		"The rules: current, or rfc6488 for archives from before " \
		"RFC 9582 and RFC 9589.") \
	X(MAX_DEPTH, NULL, "max-depth", "N", "32", OPT_NUMBER, 1, \
		BOUND_CA_DEPTH, BOTH, \
		"Follow certification authorities at most N below a trust " \
		"anchor.") \
	X(ASPA_MAX_PROVIDERS, NULL, "aspa-max-providers", "N", "10000", \
		OPT_NUMBER, 1, BOUND_ASPA_PROVIDERS_MAX, BOTH, \
		"Leave out customers with more providers than N over all of " \
		"their ASPAs.") \
	X(LIMIT, NULL, "limit", "NAME=N", NULL, OPT_LIST, 0, 0, BOTH, \
		"Another limit of a run than built in; validator(8) tells " \
		"which there are.") \
	X(THREADS, NULL, "threads", "N", "0", OPT_NUMBER, 0, BOUND_THREADS, \
		BOTH, "Threads of a run; 0: as many as there are cores.") \
	X(VALIDATOR, NULL, "validator", "PROGRAM", NULL, OPT_TEXT, 0, 0, BOTH, \
		"The validator; without it the one beside rtrd, else the one " \
		"in PATH.") \
	X(STATE_DIR, NULL, "state-dir", "DIR", "/var/lib/waymark", OPT_TEXT, \
		0, 0, BOTH, \
		"Where the last good snapshot, the sessions of routers and " \
		"the store of what was fetched are kept: see rtrd(8), STATE.") \
	X(CONTROL_SOCKET, NULL, "control-socket", "PATH", \
		"/run/waymark/rtrd.sock", OPT_TEXT, 0, 0, BOTH, \
		"The Unix socket for rtrctl; none: no socket.") \
	X(LOG_LEVEL, NULL, "log-level", "LEVEL", "info", OPT_TEXT, 0, 0, BOTH, \
		"The least important events that are logged: error, warn, " \
		"info or debug.") \
	X(RTR_LISTEN, "rtr", "listen", "ADDR:PORT", \
		"127.0.0.1:3323 [::1]:3323", OPT_LIST, 0, 0, BOTH, \
		"Serve routers here; IPv6 stands in brackets; port 0: any " \
		"free one; unix:PATH: a Unix socket.  Words may follow, each " \
		"after a comma: tls (and clients=none, optional or required: " \
		"their certificates), min-version=N, max-version=N, " \
		"allow=PREFIX and deny=PREFIX (the first that covers an " \
		"address decides; once there is an allow, what none covers is " \
		"refused), mode=0660 for a Unix socket.  See rtrd(8), " \
		"LISTENERS.") \
	X(RTR_CLIENT, "rtr", "client", "PREFIX", NULL, OPT_LIST, 0, 0, BOTH, \
		"What holds for routers in PREFIX; of several the longest " \
		"that covers an address.  Words follow, each after a comma: " \
		"min-version=N, max-version=N, connections=N (from one " \
		"address at once, in place of max-per-source), md5=FILE or " \
		"ao=FILE (the key of TCP-MD5 or TCP-AO, one line, which " \
		"nobody but its owner and group may read).  See rtrd(8), " \
		"LISTENERS.") \
	X(RTR_TLS_CERT, "rtr", "tls-cert", "FILE", NULL, OPT_TEXT, 0, 0, BOTH, \
		"The certificate that TLS listeners show (PEM), and after it " \
		"those that lead to what routers trust.  Its subjectAltName " \
		"has the name that routers are told (RFC 8210 section 9.2). " \
		"A reload reads it again; rtrd warns from 14 days before its " \
		"end.") \
	X(RTR_TLS_KEY, "rtr", "tls-key", "FILE", NULL, OPT_TEXT, 0, 0, BOTH, \
		"The private key of tls-cert (PEM, without a password).") \
	X(RTR_TLS_CLIENT_CA, "rtr", "tls-client-ca", "FILE", NULL, OPT_TEXT, \
		0, 0, BOTH, \
		"The authorities (PEM) of routers' certificates, for " \
		"listeners with clients=optional or clients=required.  A " \
		"router's certificate has the address that it connects from " \
		"as an iPAddress in its subjectAltName; one that has not, or " \
		"leads to none of these, is refused, also where none is " \
		"required.") \
	X(RTR_MAX_VERSION, "rtr", "max-version", "N", "2", OPT_NUMBER, 0, \
		OPTION_RTR_VERSION_MAX, BOTH, \
		"The highest protocol version to speak: 0 (RFC 6810), 1 " \
		"(RFC 8210; with router keys) or 2 " \
		"(draft-ietf-sidrops-8210bis; with ASPAs).  Routers choose " \
		"one up to it.") \
	X(RTR_HISTORY, "rtr", "history", "N", "1024", OPT_NUMBER, \
		BOUND_RTR_HISTORY_MIN, BOUND_RTR_HISTORY_MAX, BOTH, \
		"How many changes are kept for routers that were away, also " \
		"over a restart; fewer where they take more memory than a " \
		"quarter of the set.") \
	X(RTR_HISTORY_TIME, "rtr", "history-time", "S", "7200", OPT_NUMBER, 0, \
		BOUND_EXPIRE_MAX, BOTH, \
		"Changes older than S seconds are not kept, but for the last " \
		"32; 0: of any age.  Routers that were away for longer than " \
		"rtr.expire have dropped their data.") \
	X(RTR_FIRST_SERIAL, "rtr", "first-serial", "N", "1", OPT_NUMBER, 0, \
		UINT32_MAX, BOTH, "The serial of the first set.") \
	X(RTR_NOTIFY_INTERVAL, "rtr", "notify-interval", "S", "60", \
		OPT_NUMBER, 0, 86400, BOTH, \
		"Least seconds between two Serial Notify to a router (RFC 8210 " \
		"section 8.2); after a pause each router is told at a time of " \
		"its own within a tenth of it.  0: one at each change, at " \
		"once.") \
	X(RTR_REFRESH, "rtr", "refresh", "S", "3600", OPT_NUMBER, \
		BOUND_REFRESH_MIN, BOUND_REFRESH_MAX, BOTH, \
		"Routers ask again after S seconds (RFC 8210 section 6), or " \
		"when the first of what they are given ends.") \
	X(RTR_RETRY, "rtr", "retry", "S", "600", OPT_NUMBER, BOUND_RETRY_MIN, \
		BOUND_RETRY_MAX, BOTH, \
		"Routers try again S seconds after a failure.") \
	X(RTR_EXPIRE, "rtr", "expire", "S", "7200", OPT_NUMBER, \
		BOUND_EXPIRE_MIN, BOUND_EXPIRE_MAX, BOTH, \
		"Routers keep data that they cannot refresh for S seconds; " \
		"more than refresh and retry together.") \
	X(RTR_MAX_CONNECTIONS, "rtr", "max-connections", "N", "1024", \
		OPT_NUMBER, 1, BOUND_RTR_CONNECTIONS_MAX, BOTH, \
		"Routers that are connected at once.") \
	X(RTR_MAX_PER_SOURCE, "rtr", "max-per-source", "N", "64", OPT_NUMBER, \
		1, BOUND_RTR_CONNECTIONS_MAX, BOTH, \
		"Connections from one address at once, and full sets that " \
		"it may have in one go; then one full set in five seconds.") \
	X(HTTP_LISTEN, "http", "listen", "ADDR:PORT", "127.0.0.1:8323", \
		OPT_LIST, 0, 0, BOTH, \
		"Serve HTTP (metrics, API) here; none: no HTTP.")

enum rtrd_option {
#define RTRD_OPTION_ENUM( \
	name, section, key, arg, value, kind, min, max, place, help) \
	OPTION_##name,
	RTRD_OPTION_TABLE(RTRD_OPTION_ENUM)
#undef RTRD_OPTION_ENUM
	OPTION_COUNT
};

/* rtrd as --help and the manual page tell of it; static. */
const struct opt_program *rtrd_program(void);

#endif
