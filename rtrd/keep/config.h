/*
 * config: what rtrd was told, checked as a whole, never changed afterwards.
 *
 *	defaults < configuration file < command line
 *
 * A reload makes a new one beside the one in use and swaps them; what is wrong
 * with the new one is said and the old one stays.
 */
#ifndef KEEP_CONFIG_H
#define KEEP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/opt.h"
#include "rtrd/keep/options.h"
#include "waymark/log.h"

enum {
	CONFIG_WHY = 128 /* octets of what is wrong with one text */
};

/* Where a configuration comes from; outlives every one made from it. */
struct config_source {
	int argc;
	char **argv;
	/* Whether a text is one that the option can have, for options about
	 * listeners and their clients: 0, or a negative error with `why`, which
	 * goes on from "... is ".  This part knows no sockets. */
	int (*net_check)(enum rtrd_option option, const char *text,
		char why[CONFIG_WHY]);
};

/* Texts that somebody else owns. */
struct config_list {
	const char *const *at;
	size_t n;
};

struct config {
	enum opt_request request; /* other than OPT_RUN: nothing below holds */
	bool man_config; /* print rtrd.conf(5); nothing below holds */
	bool check_only;
	bool take_over; /* the place of the instance at control_socket */
	bool stdio; /* join stdin and stdout to the daemon, be none */
	const char *path; /* of the file that was read; NULL: none */

	struct config_list tals; /* files or folders; at least one */
	const char *local; /* NULL: none */
	bool no_fetch; /* from the store alone */
	const char *at; /* NULL: now */
	const char *profile;
	unsigned max_depth;
	unsigned aspa_max_providers; /* of one customer */
	struct config_list limits; /* of a run, as NAME=N; may be empty */
	unsigned threads; /* 0: as many as there are cores */
	const char *validator; /* NULL: look for it */

	int64_t refresh_ms;
	int64_t run_timeout_ms;
	int64_t run_gap_ms;
	int64_t first_ms; /* for the first set to be complete */

	/* Of the fetching child. */
	bool no_rrdp, no_rsync, tls_insecure;
	const char *rsync;
	const char *tls_ca, *proxy, *source_address; /* NULL: none */
	unsigned fetch_timeout_s;
	unsigned disk_budget_mib;

	const char *state_dir;
	const char *control_socket; /* NULL: none */
	bool control_given; /* else one that cannot be had is no error */
	enum log_level log_level;

	struct config_list rtr_listen; /* "ADDR:PORT[,WORD]..." */
	bool rtr_listen_given; /* else an absent address is no error */
	struct config_list rtr_clients; /* "PREFIX[,WORD]..."; may be empty */
	/* Files of TLS listeners; NULL: none.  The first two come together. */
	const char *rtr_tls_cert, *rtr_tls_key, *rtr_tls_client_ca;
	unsigned rtr_max_version;
	uint32_t rtr_history;
	int64_t rtr_history_ms; /* 0: of any age */
	uint32_t rtr_first_serial;
	int64_t rtr_notify_ms;
	uint32_t rtr_refresh_s, rtr_retry_s, rtr_expire_s;
	size_t rtr_max_connections, rtr_max_per_source;
	struct config_list http_listen;
	bool http_given; /* else one that cannot be had is no error */

	struct config_memory *memory; /* private */
};

/* Read all of it.  0 with `*out` for config_free; ERR_USAGE, ERR_NOTFOUND or
 * another error with `why` filled. */
int config_load(const struct config_source *source, const struct config **out,
	char why[256]);

/* NULL is fine. */
void config_free(const struct config *c);

/* Whether a child fetches: neither a local tree nor the store alone. */
bool config_fetches(const struct config *c);

/* Where a value of an option comes from, for a message: "rtrd.conf:7: tal", or
 * the option's flag for the command line and for defaults. */
const char *config_origin(const struct config *c, enum rtrd_option option,
	const char *value, char buf[OPT_NAME]);

/* What only a restart can change, as "state-dir rtr.history ..."; "" when
 * nothing of that differs.  Returns `out`. */
const char *config_fixed(
	const struct config *old, const struct config *new, char out[256]);

#endif
