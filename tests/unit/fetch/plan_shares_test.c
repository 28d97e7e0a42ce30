/*
 * plan: nobody delays anybody, by simulation with a clock of its own.
 *
 * The victims are known, quick, and due every ten minutes; what the others do
 * must not show in the time between their being due and their being started.
 */
#include "tests/unit/fetch/plan_scene.h"

enum {
	VICTIM,
	EVIL,
	SLOWER,
	HOUR = 3600 * SCENE_SECOND,
};

static void
add_numbered(struct scene *s, const char *name, int i, const char *ta,
	const char *delegation, struct actor a)
{
	char uri[128];

	if (a.want.kind == REPO_RRDP)
		snprintf(uri, sizeof(uri), "https://%s%d.example/n.xml", name,
			i);
	else
		snprintf(uri, sizeof(uri), "rsync://%s%d.example/m/", name, i);
	scene_add(s, uri, ta, delegation, a);
}

static void
add_victims(struct scene *s, int n, enum repo_kind kind)
{
	char delegation[32];

	for (int i = 0; i < n; i++) {
		snprintf(delegation, sizeof(delegation), "d%d", i / 2);
		add_numbered(s, "victim", i, "ta", delegation,
			(struct actor){.want.kind = kind,
				.takes_ms = 1500,
				.kind = VICTIM});
		scene_known(s, &s->actors.at[s->actors.n - 1], i * 3);
	}
}

/* Every victim was asked as often as ever, and as soon. */
static void
check_victims(const struct scene *s, int64_t worst_ms, unsigned starts)
{
	for (size_t i = 0; i < s->actors.n; i++) {
		const struct actor *a = &s->actors.at[i];

		if (a->kind != VICTIM)
			continue;
		cr_assert(a->worst_ms <= worst_ms, "%s waited %lld ms",
			a->want.uri, (long long)a->worst_ms);
		cr_assert(a->starts >= starts, "%s was asked %u times",
			a->want.uri, a->starts);
	}
}

/* S20: thousands of new ones under one delegation, none of which ever ends. */
Test(plan_shares, new_ones_of_one_delegation)
{
	struct scene *s = scene_new(600);

	add_victims(s, 100, REPO_RRDP);
	for (int i = 0; i < 5000; i++)
		add_numbered(s, "evil", i, "ta", "evil",
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = HOUR,
				.kind = EVIL});
	scene_want(s);
	scene_run(s, 2 * HOUR);
	check_victims(s, 0, 10);
	cr_expect_eq(s->most[EVIL], 4, "%u at once", s->most[EVIL]);
	scene_free(s);
}

/* The same with as many delegations as the attacker likes, by either
 * transport. */
Test(plan_shares, new_ones_of_many_delegations)
{
	static const unsigned cap[] = {
		[REPO_RRDP] = BOUND_HTTP_JOBS, [REPO_RSYNC] = BOUND_RSYNC_JOBS};

	for (int kind = REPO_RRDP; kind <= REPO_RSYNC; kind++) {
		struct scene *s = scene_new(600);
		char name[32];

		add_victims(s, 20, (enum repo_kind)kind);
		for (int i = 0; i < 2000; i++) {
			snprintf(name, sizeof(name), "evil%d", i / 100);
			add_numbered(s, "evil", i, "ta", name,
				(struct actor){
					.want.kind = (enum repo_kind)kind,
					.takes_ms = HOUR,
					.kind = EVIL});
		}
		scene_want(s);
		scene_run(s, 2 * HOUR);
		/* Sixty seconds of victims' work on four rsync slots. */
		check_victims(s, kind == REPO_RRDP ? 0 : 3000, 10);
		cr_expect_eq(s->most[EVIL], cap[kind] / 2);
		scene_free(s);
	}
}

/* S21: 200 that are known, and drip for five minutes each. */
Test(plan_shares, slow_ones)
{
	struct scene *s = scene_new(600);
	char name[32];

	add_victims(s, 1, REPO_RRDP);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "slow%d", i);
		add_numbered(s, "slow", i, "ta", name,
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 300 * SCENE_SECOND,
				.kind = SLOWER});
		scene_known(s, &s->actors.at[s->actors.n - 1], 100);
	}
	scene_want(s);
	/* At first nobody is known to be slow, and the slots fill up. */
	scene_run(s, HOUR);
	for (size_t i = 0; i < s->actors.n; i++)
		s->actors.at[i].worst_ms = 0;
	s->most[SLOWER] = 0;
	scene_run(s, 4 * HOUR);
	check_victims(s, 0, 25);
	cr_expect(s->most[SLOWER] <= BOUND_HTTP_JOBS / 2);
	/* They are slow, and still each of them is fetched. */
	for (size_t i = 0; i < s->actors.n; i++)
		cr_expect(s->actors.at[i].starts >= 4);
	scene_free(s);
}

/* New ones that drip, on a first start: who is new as well gets its turn, and
 * what a trust anchor publishes itself waits for nobody. */
Test(plan_shares, a_first_start)
{
	struct scene *s = scene_new(600);
	char name[32];

	for (int i = 0; i < 200; i++)
		add_numbered(s, "slow", i, "ta", "slow",
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 900 * SCENE_SECOND,
				.kind = SLOWER});
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		add_numbered(s, "victim", i, "ta", name,
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 2 * SCENE_SECOND});
	}
	add_numbered(s, "home", 0, "ta", "",
		(struct actor){.want.kind = REPO_RRDP, .takes_ms = 1000});
	add_numbered(s, "home", 1, "other", "",
		(struct actor){.want.kind = REPO_RSYNC, .takes_ms = 1000});
	scene_want(s);
	scene_run(s, HOUR);
	for (size_t i = 200; i < 240; i++)
		cr_expect(s->actors.at[i].first_ms - 1000000 <= 4000, "%s",
			s->actors.at[i].want.uri);
	cr_expect_eq(s->actors.at[240].worst_ms, 0);
	cr_expect_eq(s->actors.at[241].worst_ms, 0);
	cr_expect(s->most[SLOWER] <= 6, "three quarters of eight");
	scene_free(s);
}

/* Slow ones and new ones together still leave a quarter. */
Test(plan_shares, slow_and_new_together)
{
	struct scene *s = scene_new(600);
	char name[32];

	add_victims(s, 10, REPO_RRDP);
	for (int i = 0; i < 400; i++) {
		bool slow = i % 2 == 0;

		snprintf(name, sizeof(name), "x%d", i);
		add_numbered(s, "x", i, "ta", name,
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 800 * SCENE_SECOND,
				.fails = !slow,
				.kind = slow ? SLOWER : EVIL});
		if (slow) {
			struct plan_past past = {REPO_RRDP,
				s->actors.at[s->actors.n - 1].want.uri, 100000,
				100000, 0, 800000};
			struct plan_repo *r;

			cr_assert_eq(
				plan_recall(s->plan, &past, s->now, &r), 0);
		}
	}
	scene_want(s);
	scene_run(s, 4 * HOUR);
	check_victims(s, 0, 20);
	cr_expect(s->most[EVIL] + s->most[SLOWER] >= 48, "room is used");
	scene_free(s);
}

/* Round robin: a trust anchor with few is not behind one with many. */
Test(plan_shares, trust_anchors_take_turns)
{
	struct scene *s = scene_new(600);
	char name[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		add_numbered(s, "many", i, "large", name,
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 10 * SCENE_SECOND,
				.kind = EVIL});
	}
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		add_numbered(s, "few", i, "small", name,
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 10 * SCENE_SECOND});
	}
	scene_want(s);
	scene_run(s, HOUR);
	check_victims(s, 0, 1);
	scene_free(s);
}

/* Four at most on one host, whatever the port, the case and the transport; two
 * of them new. */
Test(plan_shares, hosts)
{
	struct scene *s = scene_new(600);
	char uri[64];

	for (int i = 0; i < 20; i++) {
		snprintf(uri, sizeof(uri), "https://%s:%d/n.xml",
			i % 2 == 0 ? "host.example" : "HOST.example.",
			1000 + i);
		scene_add(s, uri, "ta", i < 10 ? "" : "d",
			(struct actor){.want.kind = REPO_RRDP,
				.takes_ms = 5000,
				.kind = i < 10 ? VICTIM : EVIL});
		snprintf(uri, sizeof(uri), "rsync://host.example/m%d/", i);
		scene_add(s, uri, "ta", i < 10 ? "" : "d",
			(struct actor){.want.kind = REPO_RSYNC,
				.takes_ms = 5000,
				.kind = i < 10 ? VICTIM : EVIL});
	}
	scene_want(s);
	scene_run(s, 500 * SCENE_SECOND);
	cr_expect_eq(s->most[VICTIM], 4);
	cr_expect_eq(s->most[EVIL], 2);
	for (size_t i = 0; i < s->actors.n; i++)
		cr_expect_eq(s->actors.at[i].starts, 1);
	scene_free(s);
}

/* As many as a file may hold: taken over, and decided upon, in good time.  Ten
 * times as much as this takes would be quadratic. */
Test(plan_shares, many, .timeout = 60)
{
	struct scene *s = scene_new(600);
	char name[64];

	for (int i = 0; i < BOUND_WANTED_REPOS; i++) {
		snprintf(name, sizeof(name), "d%d", i / 50);
		add_numbered(s, "r", (i * 7919) % BOUND_WANTED_REPOS, "ta",
			name,
			(struct actor){
				.want.kind = REPO_RRDP, .takes_ms = 100});
	}
	for (size_t i = 0; i < s->actors.n; i += 2)
		scene_known(s, &s->actors.at[i], 60);
	scene_want(s);
	scene_want(s);
	scene_run(s, 2 * SCENE_SECOND);
	cr_expect_eq(s->most[0], 32);
	scene_free(s);
}
