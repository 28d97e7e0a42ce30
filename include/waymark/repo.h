/*
 * repo: what is known of one repository, as it passes from fetching to serving.
 *
 *	validator fetch --"repo kind=rrdp uri=https://... state=ok ..."--> rtrd
 *
 * A repository is identified by its kind and URI: the notification file of
 * RRDP (RFC 8182), the module of rsync ("rsync://host/module/"), the place of a
 * trust anchor's certificate.  What it publishes is its own: two repositories
 * never share a name.
 *
 * One fact is one line of key=value pairs in the order of the table below;
 * texts are percent-encoded where they hold anything but printable ASCII, a
 * space, a quote or a percent sign.
 */
#ifndef WAYMARK_REPO_H
#define WAYMARK_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/bounds.h"
#include "waymark/clock.h"

/* X(NAME, "word", "help") */
#define REPO_KIND_TABLE(X) \
	X(TA, "ta", "the place of a trust anchor's certificate") \
	X(RRDP, "rrdp", "a notification file and what it names") \
	X(RSYNC, "rsync", "an rsync module")

enum repo_kind {
#define REPO_KIND_ENUM(name, word, help) REPO_##name,
	REPO_KIND_TABLE(REPO_KIND_ENUM)
#undef REPO_KIND_ENUM
	REPO_KINDS
};

/* X(NAME, "word", "help") */
#define REPO_STATE_TABLE(X) \
	X(NEW, "new", "not tried yet") \
	X(FETCHING, "fetching", "under way") \
	X(OK, "ok", "the last attempt succeeded") \
	X(FAILED, "failed", \
		"the last attempt failed; what was fetched before " \
		"is kept") \
	X(SPARE, "spare", "a fallback that is not needed now") \
	X(UNWANTED, "unwanted", "no certificate names it any more")

enum repo_state {
#define REPO_STATE_ENUM(name, word, help) REPO_STATE_##name,
	REPO_STATE_TABLE(REPO_STATE_ENUM)
#undef REPO_STATE_ENUM
	REPO_STATES
};

/* X(type, field): a fact's fields in their order on the line.  Times are Unix
 * seconds, 0 for never. */
#define REPO_FIELD_TABLE(X) \
	X(KIND, kind) \
	X(TEXT, uri) \
	X(STATE, state) \
	X(FLAG, changed) /* this fact is of an update that changed objects */ \
	X(TEXT, session) /* "": none */ \
	X(NUMBER, serial) /* 0: none */ \
	X(NUMBER, objects) \
	X(NUMBER, bytes) /* of these objects */ \
	X(NUMBER, received) /* octets that the last attempt received */ \
	X(TIME, attempt) /* end of the last */ \
	X(TIME, success) /* end of the last that succeeded */ \
	X(TIME, next) /* attempt */ \
	X(NUMBER, failures) /* in a row */ \
	X(NUMBER, failures_all) /* since it is known */ \
	X(NUMBER, elapsed_ms) /* of the last attempt */ \
	X(TEXT, reason) /* of the last failure; "": none since it is known */

enum {
	REPO_REASON = 256, /* octets of a reason and its NUL */
	REPO_LINE = 8192, /* octets that any line fits in */
};

struct repo_facts {
	enum repo_kind kind;
	char uri[BOUND_URI + 1];
	enum repo_state state;
	bool changed;
	char session[BOUND_RRDP_SESSION + 1];
	uint64_t serial;
	uint64_t objects, bytes, received;
	struct wall attempt, success, next;
	uint64_t failures, failures_all;
	uint64_t elapsed_ms;
	char reason[REPO_REASON];
};

/* Write a fact as one line without its end, "repo kind=...".  Returns `buf`. */
const char *repo_facts_write(const struct repo_facts *f, char buf[REPO_LINE]);

/* Read such a line.  0; ERR_SYNTAX for anything else, `out` then undefined. */
int repo_facts_read(const char *line, struct repo_facts *out);

/* The word of a kind or state; a kind by its word: 0 or ERR_SYNTAX. */
const char *repo_kind_name(enum repo_kind kind);
const char *repo_state_name(enum repo_state state);
const char *repo_state_help(enum repo_state state);
int repo_kind_parse(const char *word, enum repo_kind *out);

#endif
