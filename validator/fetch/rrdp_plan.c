/*
 * rrdp_plan: from two sets of facts to one of three ways.
 *
 *	record        5  6  7            session, serial 7, hashes seen
 *	notification     6  7  8  9      the same hash at 6 and 7: take 8, 9
 *	                    X  8  9      another at 7: history was rewritten
 *	                          9      8 is gone: too far behind
 *
 * Whatever does not fit is answered with the snapshot, which is always right.
 */
#include "validator/fetch/rrdp_plan.h"

#include <string.h>
#include <strings.h>

enum {
	HOUR_S = 3600
};

static const char *const why_texts[RRDP_WHYS] = {
#define RRDP_WHY_TEXT(name, text) text,
	RRDP_WHY_TABLE(RRDP_WHY_TEXT)
#undef RRDP_WHY_TEXT
};

const char *
rrdp_why_text(enum rrdp_why why)
{
	return why_texts[why];
}

bool
rrdp_has_set(const struct repo_record *r)
{
	return r->serial > 0 && r->session[0] != '\0';
}

/* The length of the first host of a list. */
static size_t
host_length(const char *hosts)
{
	return strcspn(hosts, ",");
}

bool
rrdp_hosts_have(const char *hosts, struct span host)
{
	while (*hosts != '\0') {
		size_t n = host_length(hosts);

		if (n == host.n &&
			strncasecmp(hosts, (const char *)host.p, n) == 0)
			return true;
		hosts += n + (hosts[n] == ',' ? 1 : 0);
	}
	return false;
}

bool
rrdp_hosts_have_all(const char *hosts, const char *others)
{
	while (*others != '\0') {
		size_t n = host_length(others);

		if (n > 0 && !rrdp_hosts_have(hosts, span_of(others, n)))
			return false;
		others += n + (others[n] == ',' ? 1 : 0);
	}
	return true;
}

/* Whether a serial known in both lists has two hashes (RFC 9697 section 3).
 * Both lists ascend. */
static bool
history_differs(const struct repo_record *r, const struct xml_notification *n)
{
	size_t i = 0, j = 0;

	while (i < r->delta_count && j < n->delta_count) {
		const struct delta_hash *a = &r->deltas[i];
		const struct delta_hash *b = &n->deltas[j];

		if (a->serial == b->serial &&
			memcmp(a->hash, b->hash, sizeof(a->hash)) != 0)
			return true;
		i += a->serial <= b->serial ? 1 : 0;
		j += b->serial <= a->serial ? 1 : 0;
	}
	return false;
}

/* Why the set cannot be kept and carried forward, whatever the deltas. */
static enum rrdp_why
why_anew(const struct repo_record *r, const struct xml_notification *n,
	const char *hosts)
{
	if (!rrdp_has_set(r))
		return RRDP_WHY_NEW;
	if (strcmp(r->session, n->session) != 0)
		return RRDP_WHY_SESSION;
	if (n->serial < r->serial)
		return RRDP_WHY_SERIAL;
	if (history_differs(r, n))
		return RRDP_WHY_DESYNC;
	if (!rrdp_hosts_have_all(r->hosts, hosts))
		return RRDP_WHY_HOSTS;
	return RRDP_WHY_NONE;
}

/* Why the deltas listed do not lead from our serial to the new one. */
static enum rrdp_why
why_no_deltas(const struct repo_record *r, const struct xml_notification *n)
{
	if (n->deltas_fault != XML_FAULT_NONE)
		return RRDP_WHY_LIST;
	if (n->delta_count == 0 || n->deltas[0].serial > r->serial + 1)
		return RRDP_WHY_REACH;
	if (n->serial - r->serial > BOUND_RRDP_DELTAS)
		return RRDP_WHY_COUNT;
	return RRDP_WHY_NONE;
}

struct rrdp_plan
rrdp_plan(const struct repo_record *r, const struct xml_notification *n,
	const char *hosts)
{
	enum rrdp_why why = why_anew(r, n, hosts);
	size_t count;

	if (why == RRDP_WHY_NONE && n->serial == r->serial)
		return (struct rrdp_plan){.action = RRDP_SAME};
	if (why == RRDP_WHY_NONE)
		why = why_no_deltas(r, n);
	if (why != RRDP_WHY_NONE)
		return (struct rrdp_plan){RRDP_SNAPSHOT, why, 0, 0};
	/* The list is a row that ends at the serial. */
	count = (size_t)(n->serial - r->serial);
	return (struct rrdp_plan){.action = RRDP_DELTAS,
		.first = n->delta_count - count,
		.count = count};
}

bool
rrdp_snapshot_has_room(
	const struct repo_record *r, struct wall now, struct wall *next)
{
	struct wall oldest = r->snapshots[BOUND_RRDP_SNAPSHOTS - 1];

	/* The clock may have been set back meanwhile. */
	if (oldest.s == 0 || oldest.s > now.s || now.s - oldest.s >= HOUR_S)
		return true;
	next->s = oldest.s + HOUR_S;
	return false;
}

bool
rrdp_snapshot_allowed(struct repo_record *r, const struct xml_notification *n,
	enum rrdp_why why, struct wall now, struct wall *next)
{
	if (rrdp_has_set(r) && strcmp(r->session, n->session) == 0 &&
		n->serial > r->serial && why != RRDP_WHY_HOSTS)
		return true;
	if (!rrdp_snapshot_has_room(r, now, next))
		return false;
	memmove(&r->snapshots[1], &r->snapshots[0],
		sizeof(r->snapshots) - sizeof(r->snapshots[0]));
	r->snapshots[0] = now;
	return true;
}
