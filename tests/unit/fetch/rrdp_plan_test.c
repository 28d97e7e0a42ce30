/*
 * rrdp_plan: every way that a record and a notification can differ.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/fetch/rrdp_plan.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	LIST_MAX = 600
};

/* A row of deltas, `count` up to `serial`, whose hashes are their serials and
 * `salt`; that of `odd` has another. */
struct list {
	uint64_t serial;
	size_t count;
	uint8_t salt;
	uint64_t odd;
};

static size_t
fill(struct delta_hash *at, const struct list *l)
{
	memset(at, 0, sizeof(*at) * LIST_MAX);
	for (size_t i = 0; i < l->count; i++) {
		at[i].serial = l->serial - l->count + 1 + i;
		memcpy(at[i].hash, &at[i].serial, sizeof(at[i].serial));
		at[i].hash[31] = l->salt;
		if (at[i].serial == l->odd)
			at[i].hash[30] = 1;
	}
	return l->count;
}

struct row {
	const char *name;
	const char *session; /* remembered; "" for nothing */
	struct list known;
	const char *hosts; /* remembered */
	const char *new_session;
	struct list new;
	const char *new_hosts; /* wanted */
	enum xml_fault list_fault;
	struct rrdp_plan plan;
};

#define SAME \
	{ \
		RRDP_SAME, RRDP_WHY_NONE, 0, 0 \
	}
#define DELTAS(first, count) \
	{ \
		RRDP_DELTAS, RRDP_WHY_NONE, first, count \
	}
#define WHOLE(why) \
	{ \
		RRDP_SNAPSHOT, RRDP_WHY_##why, 0, 0 \
	}

static const struct row rows[] = {
	{"nothing yet", "", {0}, "", "a", {9, 3, 0, 0}, "h", 0, WHOLE(NEW)},
	{"no serial yet", "a", {0}, "h", "a", {9, 3, 0, 0}, "h", 0, WHOLE(NEW)},
	{"the same", "a", {9, 3, 0, 0}, "h", "a", {9, 3, 0, 0}, "h", 0, SAME},
	{"the same, no lists", "a", {9, 0, 0, 0}, "h", "a", {9, 0, 0, 0}, "h",
		0, SAME},
	{"the same, a longer list", "a", {9, 3, 0, 0}, "h", "a", {9, 5, 0, 0},
		"h", 0, SAME},
	{"the same, a broken list", "a", {9, 3, 0, 0}, "h", "a", {9, 0, 0, 0},
		"h", XML_FAULT_DELTAS, SAME},
	{"one more", "a", {9, 3, 0, 0}, "h", "a", {10, 3, 0, 0}, "h", 0,
		DELTAS(2, 1)},
	{"one more, alone", "a", {9, 1, 0, 0}, "h", "a", {10, 1, 0, 0}, "h", 0,
		DELTAS(0, 1)},
	{"three more", "a", {9, 3, 0, 0}, "h", "a", {12, 5, 0, 0}, "h", 0,
		DELTAS(2, 3)},
	{"just reached", "a", {9, 3, 0, 0}, "h", "a", {12, 3, 0, 0}, "h", 0,
		DELTAS(0, 3)},
	{"not reached", "a", {9, 3, 0, 0}, "h", "a", {13, 3, 0, 0}, "h", 0,
		WHOLE(REACH)},
	{"no deltas", "a", {9, 3, 0, 0}, "h", "a", {10, 0, 0, 0}, "h", 0,
		WHOLE(REACH)},
	{"a broken list", "a", {9, 3, 0, 0}, "h", "a", {10, 0, 0, 0}, "h",
		XML_FAULT_DELTAS, WHOLE(LIST)},
	{"as many as are applied", "a", {9, 3, 0, 0}, "h", "a",
		{9 + BOUND_RRDP_DELTAS, 105, 0, 0}, "h", 0,
		DELTAS(5, BOUND_RRDP_DELTAS)},
	{"one too many", "a", {9, 3, 0, 0}, "h", "a",
		{10 + BOUND_RRDP_DELTAS, 110, 0, 0}, "h", 0, WHOLE(COUNT)},
	{"another session", "a", {9, 3, 0, 0}, "h", "b", {10, 3, 0, 0}, "h", 0,
		WHOLE(SESSION)},
	{"another session, same serial", "a", {9, 3, 0, 0}, "h", "b",
		{9, 3, 0, 0}, "h", 0, WHOLE(SESSION)},
	{"a session in other letters", "a", {9, 3, 0, 0}, "h", "A",
		{9, 3, 0, 0}, "h", 0, WHOLE(SESSION)},
	{"a step back", "a", {9, 3, 0, 0}, "h", "a", {8, 3, 0, 0}, "h", 0,
		WHOLE(SERIAL)},
	{"another hash of the last", "a", {9, 3, 0, 0}, "h", "a", {10, 4, 0, 9},
		"h", 0, WHOLE(DESYNC)},
	{"another hash of the oldest", "a", {9, 3, 0, 0}, "h", "a",
		{10, 4, 0, 7}, "h", 0, WHOLE(DESYNC)},
	{"another hash, same serial", "a", {9, 3, 0, 0}, "h", "a", {9, 3, 0, 8},
		"h", 0, WHOLE(DESYNC)},
	{"another hash of one that was not known", "a", {9, 3, 0, 0}, "h", "a",
		{10, 5, 0, 6}, "h", 0, DELTAS(4, 1)},
	{"another hash of one to come", "a", {9, 3, 0, 0}, "h", "a",
		{10, 4, 0, 10}, "h", 0, DELTAS(3, 1)},
	{"the lists do not meet", "a", {9, 3, 0, 0}, "h", "a", {12, 3, 7, 0},
		"h", 0, DELTAS(0, 3)},
	{"a new host", "a", {9, 3, 0, 0}, "h", "a", {10, 3, 0, 0}, "h,i", 0,
		WHOLE(HOSTS)},
	{"a new host, same serial", "a", {9, 3, 0, 0}, "h", "a", {9, 3, 0, 0},
		"i,h", 0, WHOLE(HOSTS)},
	{"a host less", "a", {9, 3, 0, 0}, "h,i", "a", {10, 3, 0, 0}, "i", 0,
		DELTAS(2, 1)},
	{"a host in other letters", "a", {9, 3, 0, 0}, "Host", "a",
		{9, 3, 0, 0}, "hOST", 0, SAME},
};

Test(rrdp_plan, decides)
{
	static struct delta_hash known[LIST_MAX], new[LIST_MAX];
	bool seen[RRDP_WHYS] = {false};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct repo_record r = {.session = row->session,
			.serial = row->known.serial,
			.hosts = row->hosts,
			.deltas = known,
			.delta_count = fill(known, &row->known)};
		struct xml_notification n = {.session = row->new_session,
			.serial = row->new.serial,
			.deltas = new,
			.delta_count = fill(new, &row->new),
			.deltas_fault = row->list_fault};
		struct rrdp_plan p = rrdp_plan(&r, &n, row->new_hosts);

		cr_expect_eq(p.action, row->plan.action, "%s", row->name);
		cr_expect_eq(p.why, row->plan.why, "%s: %s", row->name,
			rrdp_why_text(p.why));
		cr_expect_eq(p.first, row->plan.first, "%s", row->name);
		cr_expect_eq(p.count, row->plan.count, "%s", row->name);
		if (p.action == RRDP_DELTAS) {
			cr_expect_eq(new[p.first].serial, r.serial + 1);
			cr_expect_eq(p.first + p.count, n.delta_count);
		}
		seen[p.why] = true;
	}
	/* What only shows on the way. */
	seen[RRDP_WHY_DELTA] = true;
	for (int w = 0; w < RRDP_WHYS; w++)
		cr_expect(seen[w], "no case for %s", rrdp_why_text(w));
}

Test(rrdp_plan, finds_hosts)
{
	static const struct {
		const char *hosts, *host;
		bool has;
	} cases[] = {
		{"", "a", false},
		{"", "", false},
		{"a", "a", true},
		{"a", "A", true},
		{"a,b", "b", true},
		{"a,b", "a", true},
		{"a,b", "a,b", false},
		{"ab", "a", false},
		{"a", "ab", false},
		{"a.example,b.example:8873", "b.example:8873", true},
		{"a.example,b.example:8873", "b.example", false},
		{"b.example", "b.example:873", false},
		{"[2001:db8::1]:873,c", "[2001:DB8::1]:873", true},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(rrdp_hosts_have(
				     cases[i].hosts, span_text(cases[i].host)),
			cases[i].has, "%s in %s", cases[i].host,
			cases[i].hosts);
	cr_expect(rrdp_hosts_have_all("", ""));
	cr_expect(rrdp_hosts_have_all("a", ""));
	cr_expect(rrdp_hosts_have_all("a,b,c", "C,a"));
	cr_expect_not(rrdp_hosts_have_all("a,b,c", "c,d"));
	cr_expect_not(rrdp_hosts_have_all("", "a"));
}

/* S44 session-churn: four an hour, then none until the first is an hour old. */
Test(rrdp_plan, limits_snapshots)
{
	struct repo_record r = {.session = "a", .serial = 5};
	struct xml_notification n = {.session = "b", .serial = 6};
	struct wall next = {0};

	for (int64_t i = 0; i < BOUND_RRDP_SNAPSHOTS; i++) {
		cr_expect(rrdp_snapshot_allowed(&r, &n, RRDP_WHY_DELTA,
			(struct wall){10000 + i * 10}, &next));
		cr_expect_eq(r.snapshots[0].s, 10000 + i * 10);
	}
	cr_expect_not(rrdp_snapshot_allowed(
		&r, &n, RRDP_WHY_DELTA, (struct wall){10000 + 3599}, &next));
	cr_expect_eq(next.s, 13600);
	cr_expect_eq(r.snapshots[0].s, 10030);
	cr_expect(rrdp_snapshot_allowed(
		&r, &n, RRDP_WHY_DELTA, (struct wall){10000 + 3600}, &next));
	cr_expect_not(rrdp_snapshot_allowed(
		&r, &n, RRDP_WHY_DELTA, (struct wall){10000 + 3600}, &next));
	cr_expect_eq(next.s, 13610);
	/* A clock that was set back does not lock us out until it is there
	 * again. */
	cr_expect(rrdp_snapshot_allowed(
		&r, &n, RRDP_WHY_DELTA, (struct wall){500}, &next));
}

/* A repository that goes on within its session is not limited, and what it
 * takes does not count. */
Test(rrdp_plan, does_not_limit_progress)
{
	struct repo_record r = {.session = "a", .serial = 5};
	struct xml_notification n = {.session = "a", .serial = 6};
	struct wall next;

	for (int64_t i = 0; i < 10; i++)
		cr_expect(rrdp_snapshot_allowed(&r, &n, RRDP_WHY_DELTA,
			(struct wall){10000 + i}, &next));
	cr_expect_eq(r.snapshots[0].s, 0);
	n.serial = 5;
	for (int64_t i = 0; i < 10; i++)
		cr_expect_eq(rrdp_snapshot_allowed(&r, &n, RRDP_WHY_DELTA,
				     (struct wall){10000 + i}, &next),
			i < BOUND_RRDP_SNAPSHOTS);
}
