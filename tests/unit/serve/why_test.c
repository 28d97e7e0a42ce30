/*
 * why, problems: a small snapshot with a chain of three points, two of which
 * do not hold, and refused objects with and without a point.
 */
#include "rtrd/serve/why.h"

#include "rtrd/serve/control.h"
#include "tests/unit/serve/scene.h"

enum {
	ROOT,
	STALE,
	BROKEN,
	POINTS
};

/* What the scene's snapshot gets besides. */
struct world {
	struct scene *scene;
	struct snapshot_point points[POINTS];
	struct snapshot_source sources[2];
	struct snapshot_refusal refusals[3];
	struct snapshot_claim claims[4];
	struct snapshot_repo repos[1];
	struct vrp vrps[3];
};

static struct snapshot_claim
claim(const char *prefix, uint32_t asn, uint8_t max_len)
{
	struct prefix p = scene_prefix(prefix);

	return (struct snapshot_claim){.addr = p.addr,
		.asn = asn,
		.family = p.family,
		.len = p.len,
		.max_len = max_len};
}

static void
points_make(struct world *w)
{
	w->points[ROOT] = (struct snapshot_point){.folder = "rsync://a/m/",
		.manifest = "root.mft",
		.cert = "rsync://a/ta.cer",
		.parent = SNAPSHOT_NONE,
		.repo = 0,
		.reason = "",
		.text = "",
		.file = "",
		.not_after = {SCENE_NOW + 1000},
		.this_update = {SCENE_NOW},
		.next_update = {SCENE_NOW + 1000},
		.number = {[19] = 0x2a}};
	w->points[STALE] = w->points[BROKEN] = w->points[ROOT];
	w->points[STALE].folder = "rsync://a/m/stale/";
	w->points[STALE].manifest = "s.mft";
	w->points[STALE].cert = "s.cer";
	w->points[STALE].parent = ROOT;
	w->points[STALE].depth = 1;
	w->points[STALE].state = POINT_LAST_GOOD;
	w->points[STALE].reason = "manifest-file-missing";
	w->points[STALE].text = "a listed file is missing (RFC 9286 6.4)";
	w->points[STALE].file = "gone.roa";
	w->points[STALE].since.s = SCENE_NOW - 3600;
	w->points[BROKEN].folder = "rsync://b/m/";
	w->points[BROKEN].manifest = "b.mft";
	w->points[BROKEN].cert = "b.cer";
	w->points[BROKEN].parent = ROOT;
	w->points[BROKEN].depth = 1;
	w->points[BROKEN].repo = SNAPSHOT_NONE;
	w->points[BROKEN].state = POINT_FAILED;
	w->points[BROKEN].reason = "manifest-missing";
	w->points[BROKEN].text = "no manifest (RFC 9286 6.2)";
	w->points[BROKEN].file = "b.mft";
	w->points[BROKEN].claims = 2;
	w->points[BROKEN].claim_count = 2;
}

static void
refusals_make(struct world *w)
{
	w->claims[0] = claim("192.0.2.0/24", 64499, 24);
	w->claims[1] = claim("198.51.100.0/22", 64499, 24);
	w->claims[2] = claim("192.0.2.0/23", 0, 0);
	w->claims[3] =
		(struct snapshot_claim){.family = CLAIM_ASN, .asn = 64500};
	w->refusals[0] = (struct snapshot_refusal){.name = "\x1b[31m.tal",
		.reason = "tal-broken",
		.text = "a locator (RFC 8630 2)",
		.point = SNAPSHOT_NONE,
		.type = OBJECT_OTHER};
	w->refusals[1] = (struct snapshot_refusal){.name = "bad.roa",
		.reason = "overclaim",
		.text = "more than its issuer has (RFC 6487 7.2)",
		.point = STALE,
		.type = OBJECT_ROA,
		.claim_count = 2};
	w->refusals[2] = (struct snapshot_refusal){.name = "b.mft",
		.reason = "manifest-missing",
		.text = "no manifest (RFC 9286 6.2)",
		.point = BROKEN,
		.type = OBJECT_MANIFEST};
}

/* 192.0.2.0/24 of AS64496 stands in two ROAs. */
static void
vrps_make(struct world *w)
{
	struct prefix p = scene_prefix("192.0.2.0/24");
	size_t i;

	for (i = 0; i < 3; i++)
		w->vrps[i] = (struct vrp){.addr = p.addr,
			.asn = i < 2 ? 64496 : 64497,
			.family = p.family,
			.len = 24,
			.max_len = i < 2 ? 24 : 26,
			.expires = SCENE_NOW + 86400,
			.source = (uint32_t)i % 2};
	w->sources[0] = (struct snapshot_source){.name = "one.roa",
		.type = OBJECT_ROA,
		.point = ROOT,
		.not_before = {SCENE_NOW - 10},
		.not_after = {SCENE_NOW + 86400}};
	w->sources[1] = w->sources[0];
	w->sources[1].name = "two.roa";
	w->sources[1].point = STALE;
}

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct snapshot *s;

	cr_assert_not_null(w);
	w->scene = scene_new();
	points_make(w);
	refusals_make(w);
	vrps_make(w);
	w->repos[0] = (struct snapshot_repo){
		.uri = "https://a/n.xml", .kind = REPO_RRDP};
	s = &w->scene->snapshot;
	s->points = w->points;
	s->point_count = POINTS;
	s->sources = w->sources;
	s->source_count = 2;
	s->refusals = w->refusals;
	s->refusal_count = 3;
	s->claims = w->claims;
	s->claim_count = 4;
	s->repos = w->repos;
	s->repo_count = 1;
	s->vrps = w->vrps;
	s->vrp_count = 3;
	return w;
}

static void
world_free(struct world *w)
{
	scene_free(w->scene);
	free(w);
}

/* The answer's first line as JSON; all of it is plain. */
static json_t *
ask(const struct world *w, const char *line, struct text *all)
{
	const struct scene *s = w->scene;
	json_t *head;

	*all = scene_drain(
		control_answer(&s->view, s->now, span_text(line)), 512);
	head = json_loadb(all->p, strcspn(all->p, "\n"), 0, NULL);
	cr_assert_not_null(head, "%s", all->p);
	cr_expect(scene_is_plain(all));
	return head;
}

static const char *
member(const json_t *of, const char *key)
{
	const char *text = json_string_value(json_object_get(of, key));

	return text != NULL ? text : "(none)";
}

static const json_t *
row(const json_t *of, const char *key, size_t i)
{
	return json_array_get(json_object_get(of, key), i);
}

static size_t
rows(const json_t *of, const char *key)
{
	return json_array_size(json_object_get(of, key));
}

Test(why, a_vrp_has_all_its_objects_and_their_chains)
{
	struct world *w = world_new();
	struct text all;
	json_t *head = ask(w,
		"{\"command\":\"why\",\"prefix\":\"192.0.2.0/24\","
		"\"asn\":64496}",
		&all);
	const json_t *vrp = row(head, "vrps", 0), *source;

	cr_expect_str_eq(member(head, "state"), "valid");
	cr_assert_eq(rows(head, "vrps"), 2);
	cr_expect_eq(rows(vrp, "sources"), 2);
	cr_expect(json_is_true(json_object_get(vrp, "matches")));
	cr_expect(json_is_false(
		json_object_get(row(head, "vrps", 1), "matches")));
	source = row(vrp, "sources", 1);
	cr_expect_str_eq(member(source, "uri"), "rsync://a/m/stale/two.roa");
	cr_assert_eq(rows(source, "chain"), 2);
	cr_expect_str_eq(member(row(source, "chain", 0), "certificate"),
		"rsync://a/m/s.cer");
	cr_expect_str_eq(member(row(source, "chain", 0), "state"), "last-good");
	cr_expect_str_eq(member(row(source, "chain", 1), "certificate"),
		"rsync://a/ta.cer");
	cr_expect_str_eq(
		member(row(source, "chain", 1), "manifest_number"), "2a");
	json_decref(head);
	text_free(&all);
	world_free(w);
}

Test(why, what_would_have_covered_it)
{
	struct world *w = world_new();
	struct text all;
	json_t *head = ask(
		w, "{\"command\":\"why\",\"prefix\":\"192.0.2.128/25\"}", &all);
	const json_t *refused = row(head, "refused", 0);
	const json_t *point = row(head, "points", 0);

	cr_expect_str_eq(member(head, "state"), "(none)");
	cr_assert_eq(rows(head, "refused"), 1);
	cr_expect_str_eq(member(refused, "uri"), "rsync://a/m/stale/bad.roa");
	cr_expect_str_eq(member(refused, "reason"), "overclaim");
	cr_expect_eq(rows(refused, "claims"), 2);
	cr_expect_str_eq(member(json_object_get(refused, "repository"), "uri"),
		"https://a/n.xml");
	cr_assert_eq(rows(head, "points"), 1);
	cr_expect_str_eq(member(point, "manifest"), "rsync://b/m/b.mft");
	cr_expect(json_is_null(json_object_get(point, "repository")));
	json_decref(head);
	text_free(&all);
	world_free(w);
}

Test(why, nothing_speaks_of_it)
{
	struct world *w = world_new();
	struct text all;
	json_t *head = ask(w,
		"{\"command\":\"why\",\"prefix\":\"10.0.0.0/8\",\"asn\":\"AS1\"}",
		&all);

	cr_expect_str_eq(member(head, "state"), "not-found");
	cr_expect_eq(rows(head, "vrps") + rows(head, "refused") +
			rows(head, "points"),
		0);
	json_decref(head);
	text_free(&all);
	world_free(w);
}

/* Of what claims more than is kept, nothing is known for certain. */
Test(why, claims_that_were_cut_are_told_as_such)
{
	struct world *w = world_new();
	struct snapshot_claim many[BOUND_CLAIMS];
	struct text all;
	json_t *head;
	size_t i;

	for (i = 0; i < BOUND_CLAIMS; i++)
		many[i] = claim("203.0.113.0/24", 0, 24);
	w->scene->snapshot.claims = many;
	w->refusals[1].claim_count = 0;
	w->points[BROKEN].claims = 0;
	w->points[BROKEN].claim_count = BOUND_CLAIMS;
	head = ask(w, "{\"command\":\"why\",\"prefix\":\"10.0.0.0/8\"}", &all);
	cr_assert_eq(rows(head, "points"), 1);
	cr_expect(json_is_false(
		json_object_get(row(head, "points", 0), "certain")));
	json_decref(head);
	text_free(&all);
	w->points[BROKEN].claim_count--;
	head = ask(w, "{\"command\":\"why\",\"prefix\":\"10.0.0.0/8\"}", &all);
	cr_expect_eq(rows(head, "points"), 0);
	json_decref(head);
	text_free(&all);
	world_free(w);
}

/* A VRP that stands in very many ROAs, each with a long name. */
Test(why, objects_are_cut_by_number_and_by_length)
{
	enum {
		MANY = BOUND_WHY_ROWS + 7
	};
	static char name[BOUND_URI - 1];
	struct world *w = world_new();
	struct vrp *vrps = calloc(MANY, sizeof(*vrps));
	struct text all;
	json_t *head;
	size_t i;

	cr_assert_not_null(vrps);
	for (i = 0; i < MANY; i++)
		vrps[i] = w->vrps[0];
	w->scene->snapshot.vrps = vrps;
	w->scene->snapshot.vrp_count = MANY;
	head = ask(
		w, "{\"command\":\"why\",\"prefix\":\"192.0.2.0/24\"}", &all);
	cr_expect_eq(rows(row(head, "vrps", 0), "sources"), BOUND_WHY_ROWS);
	cr_expect_eq(json_integer_value(json_object_get(
			     row(head, "vrps", 0), "sources_omitted")),
		7);
	json_decref(head);
	text_free(&all);
	/* Each octet is told in six: 100 of them would be more than fits. */
	memset(name, 1, sizeof(name) - 1);
	for (i = 0; i < POINTS; i++) {
		w->points[i].manifest = w->points[i].cert = name;
		w->points[i].file = w->points[i].reason = name;
	}
	for (i = 0; i < 2; i++) {
		w->sources[i].name = name;
		w->sources[i].point = STALE;
	}
	head = ask(
		w, "{\"command\":\"why\",\"prefix\":\"192.0.2.0/24\"}", &all);
	cr_expect_lt(rows(row(head, "vrps", 0), "sources"), BOUND_WHY_ROWS);
	cr_expect_gt(all.n, BOUND_TELL_OCTETS);
	cr_expect_lt(all.n, BOUND_TELL_OCTETS + 20 * 6 * BOUND_URI);
	json_decref(head);
	text_free(&all);
	free(vrps);
	world_free(w);
}

Test(why, data_that_routers_are_not_given_is_told)
{
	static const char *const lines[] = {
		"{\"command\":\"why\",\"prefix\":\"192.0.2.0/24\"}",
		"{\"command\":\"problems\"}"};
	struct world *w = world_new();
	size_t i;

	for (i = 0; i < 2; i++) {
		struct text all;
		json_t *head = ask(w, lines[i], &all);

		cr_expect(json_is_true(json_object_get(head, "ready")));
		cr_expect(json_is_null(json_object_get(head, "warning")));
		json_decref(head);
		text_free(&all);
		w->scene->now.wall.s += 100000;
		head = ask(w, lines[i], &all);
		cr_expect(json_is_false(json_object_get(head, "ready")));
		cr_expect_str_eq(member(head, "warning"),
			"data is 100300 s old, more than 7200 s");
		json_decref(head);
		text_free(&all);
		w->scene->now.wall.s -= 100000;
	}
	world_free(w);
}

Test(problems, the_worst_first_each_once)
{
	struct world *w = world_new();
	struct text all;
	json_t *head = ask(w, "{\"command\":\"problems\"}", &all);
	const char *failed = strstr(all.p, "rsync://b/m/b.mft");
	const char *stale = strstr(all.p, "rsync://a/m/stale/s.mft");
	const char *roa = strstr(all.p, "rsync://a/m/stale/bad.roa");
	const char *rest = strstr(all.p, "\"reason\":\"tal-broken\",\"text");

	cr_expect_eq(json_integer_value(json_object_get(head, "total")), 4);
	cr_expect_eq(rows(head, "counts"), 4);
	cr_assert(
		failed != NULL && stale != NULL && roa != NULL && rest != NULL);
	cr_expect(failed < stale && stale < roa && roa < rest, "%s", all.p);
	cr_expect_null(strstr(failed + 1, "rsync://b/m/b.mft"));
	json_decref(head);
	text_free(&all);
	world_free(w);
}

Test(problems, filters)
{
	static const struct {
		const char *line;
		json_int_t total;
	} cases[] = {
		{"{\"command\":\"problems\",\"ta\":\"alpha\"}", 4},
		{"{\"command\":\"problems\",\"ta\":\"alpha\","
		 "\"repo\":\"https://a/n.xml\"}",
			2},
		{"{\"command\":\"problems\",\"repo\":\"https://a/n.xml\"}", 2},
	};
	struct world *w = world_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text all;
		json_t *head = ask(w, cases[i].line, &all);

		cr_expect_eq(json_integer_value(json_object_get(head, "total")),
			cases[i].total, "%s", cases[i].line);
		json_decref(head);
		text_free(&all);
	}
	world_free(w);
}

/* What does not exist has no problems, which must not look well. */
Test(problems, unknown_names_are_refused)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{"{\"command\":\"problems\",\"ta\":\"none\"}",
			"ta: there is no such trust anchor: none"},
		{"{\"command\":\"problems\",\"repo\":\"https://b/n.xml\"}",
			"repo: there is no such repository: https://b/n.xml"},
	};
	struct world *w = world_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text all;
		json_t *head = ask(w, cases[i].line, &all);

		cr_expect_str_eq(member(head, "error"), cases[i].error);
		json_decref(head);
		text_free(&all);
	}
	world_free(w);
}

/* Many and long ones are cut, and it is told how many were. */
Test(problems, more_than_are_shown_are_counted)
{
	enum {
		MANY = BOUND_PROBLEMS_ROWS + 3
	};
	static char name[BOUND_URI - 1];
	struct world *w = world_new();
	struct snapshot_refusal *many = calloc(MANY, sizeof(*many));
	struct text all;
	json_t *head;
	size_t i;

	cr_assert_not_null(many);
	for (i = 0; i < MANY; i++)
		many[i] = w->refusals[1];
	w->scene->snapshot.refusals = many;
	w->scene->snapshot.refusal_count = MANY;
	w->scene->snapshot.point_count = 0;
	head = ask(w, "{\"command\":\"problems\"}", &all);
	cr_expect_eq(json_integer_value(json_object_get(head, "total")), MANY);
	cr_expect_eq(json_integer_value(json_object_get(head, "omitted")), 3);
	cr_expect_eq(rows(head, "problems"), BOUND_PROBLEMS_ROWS);
	json_decref(head);
	text_free(&all);
	memset(name, 1, sizeof(name) - 1);
	for (i = 0; i < MANY; i++)
		many[i].name = name;
	head = ask(w, "{\"command\":\"problems\"}", &all);
	cr_expect_lt(rows(head, "problems"), BOUND_PROBLEMS_ROWS);
	cr_expect_eq(json_integer_value(json_object_get(head, "omitted")) +
			(json_int_t)rows(head, "problems"),
		MANY);
	cr_expect_lt(all.n, BOUND_TELL_OCTETS + 20 * 6 * BOUND_URI);
	json_decref(head);
	text_free(&all);
	free(many);
	world_free(w);
}
