/*
 * rrdp_plan: what a notification asks for, by what is remembered.
 *
 *	record + notification + time --> same | deltas from ... | snapshot
 *
 * Pure: no I/O, no clock.
 */
#ifndef FETCH_RRDP_PLAN_H
#define FETCH_RRDP_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "validator/fetch/depot.h"
#include "validator/fetch/xml.h"

/* X(NAME, "text"): why a snapshot is needed, for the log. */
#define RRDP_WHY_TABLE(X) \
	X(NONE, "") \
	X(NEW, "there is nothing yet") \
	X(SESSION, "the session changed") \
	X(SERIAL, "the serial went back") \
	X(DESYNC, "a delta that was known has another hash") \
	X(HOSTS, "there are new hosts to take from") \
	X(LIST, "the deltas listed have gaps, doubles or another end") \
	X(REACH, "the deltas listed do not reach back far enough") \
	X(COUNT, "there are more deltas than are applied") \
	X(DELTA, "a delta could not be applied")

enum rrdp_why {
#define RRDP_WHY_ENUM(name, text) RRDP_WHY_##name,
	RRDP_WHY_TABLE(RRDP_WHY_ENUM)
#undef RRDP_WHY_ENUM
	RRDP_WHYS
};

enum rrdp_action {
	RRDP_SAME,
	RRDP_DELTAS,
	RRDP_SNAPSHOT,
};

struct rrdp_plan {
	enum rrdp_action action;
	enum rrdp_why why; /* RRDP_SNAPSHOT */
	size_t first, count; /* RRDP_DELTAS: of the notification's */
};

/* The reason, for people.  Static text. */
const char *rrdp_why_text(enum rrdp_why why);

/* What to fetch so that the set that `r` describes becomes that of `n`; `hosts`
 * are those to take from now (RFC 8182 section 3.4.1, RFC 9697). */
struct rrdp_plan rrdp_plan(const struct repo_record *r,
	const struct xml_notification *n, const char *hosts);

/* Whether the repository has a set: a session was taken over once. */
bool rrdp_has_set(const struct repo_record *r);

/* Whether a list of hosts ("a,b:8873") has one, by name in any case.  Whether
 * it has all of another list. */
bool rrdp_hosts_have(const char *hosts, struct span host);
bool rrdp_hosts_have_all(const char *hosts, const char *others);

/* Whether there is room for a snapshot that counts: BOUND_RRDP_SNAPSHOTS an
 * hour.  Where not, `*next` is when there will be. */
bool rrdp_snapshot_has_room(
	const struct repo_record *r, struct wall now, struct wall *next);

/* Whether a snapshot may be fetched now, for a session and serial.  Progress
 * within a session is free; all else, which a server can make up as it likes,
 * and hosts, which whoever names the notification can, need room.  One that is
 * allowed is noted in the record; one that is not sets `*next`. */
bool rrdp_snapshot_allowed(struct repo_record *r,
	const struct xml_notification *n, enum rrdp_why why, struct wall now,
	struct wall *next);

#endif
