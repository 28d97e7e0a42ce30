/*
 * repos: what is wanted, in which order, and who goes beyond the limits.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/run/stall.h"

/* The wants of a result as text, a line each. */
static char *
wants_of(const struct result *r)
{
	struct text text = {0};
	size_t i;

	for (i = 0; i < r->wanted.want_count; i++) {
		const struct want *want = &r->wanted.wants[i];

		text_add(&text, "%s %s %s %s %s %s\n",
			repo_kind_name(want->kind), want->uri,
			want->after == NULL ? "-" : want->after, want->ta,
			want->delegation, want->hosts);
	}
	return text.p;
}

/* A CA of its own host below `parent`. */
static struct lab_ca *
add_host(struct town *t, struct lab_ca *parent, const char *name, bool rrdp)
{
	struct lab_ca *ca = lab_ca_add(t->world, parent, name, "10.0.0.0/8");

	ca->host = lab_world_text(t->world, "%s.example", name);
	ca->notify_uri = rrdp
		? lab_world_text(t->world, "https://%s.example/n.xml", name)
		: NULL;
	return ca;
}

static struct town *
town_of_hosts(void)
{
	struct town *t = town_new();
	struct lab_ca *ta = lab_ca_find(t->world, "a"), *ca;

	(void)add_host(t, ta, "plain", false);
	ca = add_host(t, ta, "isp", true);
	(void)add_host(t, ca, "below", true);
	/* The isp's own, at another host and with its notification. */
	ca = add_host(t, ca, "more", false);
	ca->notify_uri = "https://isp.example/n.xml";
	return t;
}

Test(repos, wants_stand_in_the_order_of_the_walk)
{
	struct town *t = town_of_hosts();
	struct stall s = stall_new(t);
	struct result *r;
	char *wants, *first = NULL;
	uint64_t i;

	town_write(t);
	stall_fetch(&s);
	for (i = 0; i < 10; i++) {
		t->options.shuffle = i;
		t->options.threads = 1 + i % 3;
		r = stall_run(&s);
		cr_expect(r->complete);
		wants = wants_of(r);
		if (first == NULL)
			first = strdup(wants);
		cr_expect_str_eq(wants, first);
		free(wants);
		stall_end(&s, r, false);
		result_free(r);
	}
	cr_expect_str_eq(first,
		"ta rsync://a.example/repo/a.cer - a  \n"
		"ta rsync://b.example/repo/b.cer - b  \n"
		"rsync rsync://a.example/repo/ - a  \n"
		"rsync rsync://b.example/repo/ - b  \n"
		"rrdp https://isp.example/n.xml - a "
		"https://isp.example/n.xml isp.example,more.example\n"
		"rsync rsync://isp.example/repo/ https://isp.example/n.xml a "
		"https://isp.example/n.xml \n"
		"rsync rsync://plain.example/repo/ - a "
		"rsync://plain.example/repo/ \n"
		"rrdp https://below.example/n.xml - a "
		"https://isp.example/n.xml below.example\n"
		"rsync rsync://below.example/repo/ https://below.example/n.xml "
		"a https://isp.example/n.xml \n"
		"rsync rsync://more.example/repo/ https://isp.example/n.xml a "
		"https://isp.example/n.xml \n");
	free(first);
	stall_free(&s);
}

/* Who hangs on a repository: what is published there, and below. */
Test(repos, rows_tell_who_hangs_on_them)
{
	struct town *t = town_of_hosts();
	struct stall s = stall_new(t);
	struct lab_ca *isp = lab_ca_find(t->world, "isp");
	const struct snapshot_repo *row = NULL;
	struct result *r;
	size_t i;

	lab_roa_add(t->world, isp, "isp-1", 64496, "10.3.0.0/24");
	lab_roa_add(t->world, lab_ca_find(t->world, "below"), "below-1", 64496,
		"10.4.0.0/24 10.5.0.0/24")
		->not_after = LAB_NOW + 5000;
	town_write(t);
	stall_fetch(&s);
	cellar_fail(&s.cellar, REPO_RRDP, "https://isp.example/n.xml", "no");
	r = stall_run(&s);
	for (i = 0; i < r->snapshot.repo_count; i++)
		if (strcmp(r->snapshot.repos[i].uri,
			    "https://isp.example/n.xml") == 0)
			row = &r->snapshot.repos[i];
	cr_assert(row != NULL);
	cr_expect(row->cas == 2 && row->points_failed == 0);
	cr_expect(row->vrps == 3);
	cr_expect(row->expires.s == LAB_NOW + 5000);
	cr_expect(r->snapshot.repo_count == r->repos.n);
	cr_expect(stall_counter(r, 0, REPORT_REPOSITORIES_FAILED) == 1);
	cr_expect(stall_counter(r, 0, REPORT_REPOSITORIES_PENDING) == 0);
	/* The two fallbacks behind it are needed now, that of `below` not. */
	for (i = 0; i < r->repos.n; i++)
		if (r->repos.repos[i].kind == REPO_RSYNC)
			cr_expect(r->repos.notes[i].needed !=
					(strstr(r->repos.repos[i].uri,
						 "below") != NULL),
				"%s", r->repos.repos[i].uri);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

/* One delegation asks for ten, the other for one. */
static struct town *
town_of_many(void)
{
	struct town *t = town_new();
	struct lab_ca *greedy, *modest;
	int i;

	greedy = add_host(t, lab_ca_find(t->world, "a"), "greedy", false);
	modest = add_host(t, lab_ca_find(t->world, "a"), "modest", false);
	for (i = 0; i < 10; i++)
		(void)add_host(
			t, greedy, lab_world_text(t->world, "g%d", i), false);
	(void)add_host(t, modest, "m0", false);
	return t;
}

static size_t
count_wants(const struct result *r, const char *begin)
{
	size_t n = 0, i;

	for (i = 0; i < r->wanted.want_count; i++)
		n += strncmp(r->wanted.wants[i].uri, begin, strlen(begin)) == 0;
	return n;
}

/* Run over a store in which nobody below the delegations was fetched yet. */
static struct result *
run_with(struct stall *s, uint64_t most, uint64_t fresh)
{
	struct repos_config *config = &s->town->options.shelf.repos;

	*config = (struct repos_config){
		.rrdp = true, .rsync = true, .most = most, .fresh = fresh};
	return stall_run(s);
}

static struct stall
stall_of_many(void)
{
	struct stall s = stall_new(town_of_many());
	static const char *const names[] = {"a", "b", "greedy", "modest"};
	size_t i;

	town_write(s.town);
	stall_fetch_tas(&s);
	for (i = 0; i < 4; i++) {
		const struct lab_ca *ca = lab_ca_find(s.town->world, names[i]);

		stall_publish(&s, ca, REPO_RSYNC, stall_module(&s, ca));
	}
	return s;
}

Test(repos, limit_starvation_by_delegation)
{
	static const struct {
		uint64_t fresh, granted;
	} rows[] = {{1, 0}, {4, 3}, {10, 9}, {11, 10}, {100, 10}};
	struct stall s = stall_of_many();
	struct result *r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Nobody is known: the delegation's own is its first. */
		s.cellar.now.s += BOUND_REPO_KNOWN_S + 1;
		s.town->options.at.s = LAB_NOW;
		r = run_with(&s, 1000, rows[i].fresh);
		cr_expect(count_wants(r, "rsync://g") == rows[i].granted + 1,
			"%zu of %zu", count_wants(r, "rsync://g"),
			(size_t)rows[i].granted);
		cr_expect(count_wants(r, "rsync://m0") ==
			(rows[i].fresh > 1 ? 1 : 0));
		cr_expect(stall_counter(r, 0, REPORT_REPOSITORIES_LEFT_OUT) ==
			10 - rows[i].granted + (rows[i].fresh > 1 ? 0 : 1));
		stall_end(&s, r, false);
		result_free(r);
		s.cellar.now.s -= BOUND_REPO_KNOWN_S + 1;
	}
	stall_free(&s);
}

/* What is left of a trust anchor's part is dealt out by subtree; what worked
 * lately is above that. */
Test(repos, limit_starvation_by_trust_anchor)
{
	struct stall s = stall_of_many();
	const struct lab_ca *g9 = lab_ca_find(s.town->world, "g9");
	struct result *r;

	/* a, greedy and modest are known, and are 3 of 6. */
	r = run_with(&s, 6, 100);
	cr_expect(count_wants(r, "rsync://g") == 3);
	cr_expect(count_wants(r, "rsync://m0") == 1);
	cr_expect(stall_counter(r, 0, REPORT_REPOSITORIES_LEFT_OUT) == 8);
	cr_expect(stall_counter(r, 1, REPORT_REPOSITORIES_LEFT_OUT) == 0);
	stall_end(&s, r, false);
	result_free(r);
	stall_publish(&s, g9, REPO_RSYNC, stall_module(&s, g9));
	r = run_with(&s, 3, 0);
	cr_expect(count_wants(r, "rsync://g") == 2);
	cr_expect(count_wants(r, "rsync://g9") == 1);
	cr_expect(count_wants(r, "rsync://m0") == 0);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

/* Ten CAs of one stranger behind a notification, each with a host of its own:
 * the host that objects came from stays. */
Test(repos, shared_notify_hijack)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	struct lab_ca *ta = lab_ca_find(t->world, "a"), *ca;
	struct repo_record record;
	const char *uri = "https://victim.example/n.xml", *hosts = NULL;
	struct result *r;
	size_t i, n = 1;

	for (i = 0; i < 20; i++) {
		ca = add_host(
			t, ta, lab_world_text(t->world, "evil%zu", i), false);
		ca->notify_uri = uri;
	}
	ca = add_host(t, lab_ca_find(t->world, "a-0"), "victim", true);
	town_write(t);
	stall_fetch(&s);
	stall_publish(&s, ca, REPO_RRDP, uri);
	record = cellar_record(&s.cellar, REPO_RRDP, uri);
	record.hosts = "victim.example";
	cr_assert(s.cellar.depot->ops->note(s.cellar.depot->ctx, &record) == 0);
	r = stall_run(&s);
	for (i = 0; i < r->wanted.want_count; i++)
		if (strcmp(r->wanted.wants[i].uri, uri) == 0)
			hosts = r->wanted.wants[i].hosts;
	cr_assert(hosts != NULL);
	cr_expect(strncmp(hosts, "victim.example,", 15) == 0, "%s", hosts);
	for (i = 0; hosts[i] != '\0'; i++)
		n += hosts[i] == ',';
	cr_expect(n == BOUND_RRDP_HOSTS);
	cr_expect(count_wants(r, uri) == 1);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}

/* A notification is fetched once for all trust anchors: it may name the hosts
 * of either, whoever stands first. */
Test(repos, two_trust_anchors_lean_on_one)
{
	struct town *t = town_new();
	struct stall s = stall_new(t);
	const struct wanted *w;
	struct lab_ca *ca;
	struct result *r;
	size_t i, lines = 0;

	ca = add_host(t, lab_ca_find(t->world, "a"), "stranger", true);
	ca->notify_uri = "https://victim.example/n.xml";
	ca = add_host(t, lab_ca_find(t->world, "b"), "victim", true);
	ca->notify_uri = "https://victim.example/n.xml";
	town_write(t);
	stall_fetch(&s);
	r = stall_run(&s);
	w = &r->wanted;
	for (i = 0; i < w->want_count; i++) {
		if (strcmp(w->wants[i].uri, "https://victim.example/n.xml") !=
			0)
			continue;
		lines++;
		cr_expect_str_eq(
			w->wants[i].hosts, "victim.example,stranger.example");
	}
	cr_expect(lines == 2, "%zu", lines);
	stall_end(&s, r, false);
	result_free(r);
	stall_free(&s);
}
