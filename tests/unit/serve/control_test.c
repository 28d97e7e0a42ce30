/*
 * control: every command's answer is well-formed JSON lines; what is wrong
 * with a request is named; nothing that a stranger sent reaches a terminal.
 */
#include "rtrd/serve/control.h"
#include "tests/unit/guard.h"
#include "tests/unit/serve/scene.h"

static struct text
ask_span(const struct scene *s, struct span line)
{
	return scene_drain(control_answer(&s->view, s->now, line), 512);
}

static struct text
ask(const struct scene *s, const char *line)
{
	return ask_span(s, span_text(line));
}

/* Read every line; the last, or the only one. */
static json_t *
last_line(const struct text *t, size_t *rows)
{
	const char *p = t->p, *end;
	json_t *last = NULL;

	*rows = 0;
	for (; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		json_decref(last);
		last = json_loadb(
			p, (size_t)(end - p), JSON_REJECT_DUPLICATES, NULL);
		cr_assert(json_is_object(last), "%s", p);
		++*rows;
	}
	cr_assert_eq(*p, '\0', "no line end: %s", p);
	cr_assert_not_null(last);
	return last;
}

/* The answer begins and ends as a list with so many rows. */
static void
expect_list(const struct scene *s, const char *line, size_t rows)
{
	struct text t = ask(s, line);
	size_t n;
	json_t *end = last_line(&t, &n);

	cr_expect_eq(n, rows + 2, "%s: %s", line, t.p);
	cr_expect(json_is_true(json_object_get(end, "end")));
	cr_expect_eq(json_integer_value(json_object_get(end, "rows")),
		(json_int_t)rows);
	cr_expect_eq(strncmp(t.p, "{\"ok\":true,\"list\":", 18), 0);
	cr_expect(scene_is_plain(&t));
	json_decref(end);
	text_free(&t);
}

/* One line with exactly this error and code. */
static void
expect_refusal(const struct scene *s, const char *line, const char *error,
	const char *code)
{
	struct text t = ask(s, line);
	size_t n;
	json_t *head = last_line(&t, &n);
	const char *text = json_string_value(json_object_get(head, "error"));

	cr_expect_eq(n, 1);
	cr_expect(json_is_false(json_object_get(head, "ok")), "%s", line);
	cr_expect(text != NULL && strstr(text, error) != NULL, "%s: %s", line,
		t.p);
	cr_expect_str_eq(
		json_string_value(json_object_get(head, "code")), code);
	cr_expect(scene_is_plain(&t));
	json_decref(head);
	text_free(&t);
}

struct refusal_case {
	const char *line, *error, *code;
};

static const struct refusal_case refusals[] = {
	{"", "not one line", "syntax"},
	{"x", "not one line", "syntax"},
	{"[]", "not one line", "syntax"},
	{"{\"command\":\"status\"", "not one line", "syntax"},
	{"{\"command\":\"status\",\"command\":\"status\"}", "not one line",
		"syntax"},
	{"{}", "command: no such command; there are status, ", "usage"},
	{"{\"command\":1}", "no such command", "usage"},
	{"{\"command\":\"statu\"}", "no such command", "usage"},
	{"{\"command\":\"status\",\"asn\":1}", "asn: a member", "usage"},
	{"{\"command\":\"status\",\"\\u001b[31m\":1}", "a member", "usage"},
	{"{\"command\":\"vrps\",\"asn\":-1}", "asn: not an AS", "usage"},
	{"{\"command\":\"vrps\",\"asn\":4294967296}", "asn: not an AS",
		"usage"},
	{"{\"command\":\"vrps\",\"asn\":true}", "asn: not an AS", "usage"},
	{"{\"command\":\"vrps\",\"asn\":\"ASx\"}", "asn: not an AS", "usage"},
	{"{\"command\":\"vrps\",\"prefix\":7}", "prefix: not a prefix",
		"usage"},
	{"{\"command\":\"vrps\",\"prefix\":\"192.0.2\"}",
		"prefix: not a prefix", "usage"},
	{"{\"command\":\"vrps\",\"prefix\":\"192.0.2.1/24\"}",
		"prefix: its length", "usage"},
	{"{\"command\":\"vrps\",\"more_specific\":true}",
		"more_specific: needs a prefix", "usage"},
	{"{\"command\":\"vrps\",\"prefix\":\"::/0\",\"more_specific\":1}",
		"more_specific: neither", "usage"},
	{"{\"command\":\"validity\",\"prefix\":\"::/0\"}", "asn: is wanted",
		"usage"},
	{"{\"command\":\"validity\",\"asn\":1}", "prefix: is wanted", "usage"},
};

Test(control, refusals_by_table)
{
	struct scene *s = scene_new();
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		expect_refusal(s, refusals[i].line, refusals[i].error,
			refusals[i].code);
	scene_free(s);
}

Test(control, a_request_has_a_longest)
{
	struct scene *s = scene_new();
	struct text t = {0}, answer;

	text_add(&t, "{\"command\":\"status\"%*s}", BOUND_CONTROL_REQUEST - 20,
		"");
	cr_assert_eq(t.n, BOUND_CONTROL_REQUEST);
	answer = ask_span(s, span_of(t.p, t.n));
	cr_expect_eq(strncmp(answer.p, "{\"ok\":true,", 11), 0);
	text_free(&answer);
	text_char(&t, ' ');
	answer = ask_span(s, span_of(t.p, t.n));
	cr_expect_not_null(strstr(answer.p, "too long"));
	cr_expect_not_null(strstr(answer.p, "\"limit\""));
	text_free(&answer);
	text_free(&t);
	scene_free(s);
}

/* What a router is configured with; and how far one is behind. */
Test(control, listeners_and_lag)
{
	struct scene *s = scene_new();
	struct text t = ask(s, "{\"command\":\"listeners\"}");

	cr_expect_str_eq(t.p,
		"{\"ok\":true,\"refresh\":3600,\"retry\":600,"
		"\"expire\":7200,\"listeners\":["
		"{\"address\":\"192.0.2.1:3323\",\"transport\":\"tcp\","
		"\"min_version\":0,\"max_version\":2},"
		"{\"address\":\"[2001:db8::1]:324\",\"transport\":\"tls\","
		"\"min_version\":1,\"max_version\":1}]}\n");
	text_free(&t);
	t = ask(s, "{\"command\":\"sessions\"}");
	cr_expect_not_null(strstr(t.p,
		"\"transport\":\"tcp\",\"version\":1,\"serial\":1,"
		"\"lag_serials\":0,\"lag_s\":0,"));
	cr_expect_not_null(strstr(t.p,
		"\"version\":null,\"serial\":null,\"lag_serials\":null,"
		"\"lag_s\":null,"));
	text_free(&t);
	scene_free(s);
}

Test(control, lists)
{
	struct scene *s = scene_new();

	expect_list(s, "{\"command\":\"sessions\"}", 2);
	expect_list(s, "{\"command\":\"tals\"}", 3);
	expect_list(s, "{\"command\":\"vrps\"}", 6);
	expect_list(s, "{\"command\":\"vrps\"}\r", 6);
	expect_list(s, "{\"command\":\"vrps\",\"asn\":64496}", 2);
	expect_list(s, "{\"command\":\"vrps\",\"asn\":\"AS64496\"}", 2);
	expect_list(s, "{\"command\":\"vrps\",\"asn\":1}", 0);
	s->peers = 0;
	expect_list(s, "{\"command\":\"sessions\"}", 0);
	scene_free(s);
}

struct filter_case {
	const char *prefix;
	size_t covering, inside;
};

static const struct filter_case filters[] = {
	{"192.0.2.0/24", 2, 0},
	{"192.0.2.128/25", 2, 0},
	{"192.0.0.0/16", 0, 2},
	{"198.51.100.0/23", 1, 1},
	{"198.51.100.0/22", 1, 1},
	{"198.51.100.0/24", 2, 0},
	{"0.0.0.0/0", 0, 5},
	{"255.255.255.255/32", 0, 0},
	{"128.0.0.0/1", 0, 5},
	{"::/0", 0, 1},
	{"2001:db8::/32", 1, 0},
	{"2001:db8:ffff::/48", 1, 0},
	{"8000::/1", 0, 0},
};

Test(control, prefix_filters)
{
	struct scene *s = scene_new();
	char line[256];
	size_t i;

	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		const struct filter_case *f = &filters[i];

		snprintf(line, sizeof(line),
			"{\"command\":\"vrps\",\"prefix\":\"%s\"}", f->prefix);
		expect_list(s, line, f->covering);
		snprintf(line, sizeof(line),
			"{\"command\":\"vrps\",\"prefix\":\"%s\","
			"\"more_specific\":true}",
			f->prefix);
		expect_list(s, line, f->covering + f->inside);
	}
	scene_free(s);
}

Test(control, vrps_golden)
{
	static const char golden[] =
		"{\"ok\":true,\"list\":\"vrps\"}\n"
		"{\"asn\":64498,\"prefix\":\"198.51.100.0/24\","
		"\"maxLength\":24,"
		"\"ta\":\"beta \\\"\\\\\\n\\u001b\xef\xbf\xbd\","
		"\"expires\":1773732600}\n"
		"{\"end\":true,\"rows\":1}\n";
	struct scene *s = scene_new();
	struct scene_vrp one = {"198.51.100.0/24", 64498, 24, 1};
	const struct payload_set *set = scene_set(&one, 1);
	struct text t;

	s->view.set = set;
	t = ask(s, "{\"command\":\"vrps\"}");
	cr_expect_str_eq(t.p, golden);
	text_free(&t);
	payload_unref(set);
	scene_free(s);
}

Test(control, vrps_outlive_the_set)
{
	struct scene *s = scene_new();
	struct body *b = control_answer(
		&s->view, s->now, span_text("{\"command\":\"vrps\"}"));
	bool changed;
	const struct payload_set *none = scene_set(NULL, 0);
	struct text t;

	cr_assert_eq(cache_publish(s->view.cache, none, &changed), 0);
	payload_unref(none);
	s->view.snapshot = NULL;
	memset(s->tas, 0, sizeof(s->tas));
	t = scene_drain(b, 7);
	cr_expect_not_null(strstr(t.p, "\"rows\":6}"));
	cr_expect_not_null(strstr(t.p, "\"ta\":\"alpha\""));
	text_free(&t);
	scene_free(s);
}

Test(control, no_data_yet)
{
	struct scene *s = scene_empty();
	struct text t;
	size_t n;
	json_t *head;

	expect_refusal(s, "{\"command\":\"vrps\"}", "no data yet", "not-found");
	expect_refusal(s,
		"{\"command\":\"validity\",\"asn\":1,\"prefix\":\"::/0\"}",
		"no data yet", "not-found");
	t = ask(s, "{\"command\":\"status\"}");
	head = last_line(&t, &n);
	cr_expect(json_is_null(json_object_get(head, "serial")));
	cr_expect(json_is_false(json_object_get(head, "ready")));
	cr_expect_str_eq(json_string_value(json_object_get(head, "why")),
		"no data yet: no run has ended");
	json_decref(head);
	text_free(&t);
	scene_free(s);
}

static const char status_golden[] =
	"{\"ok\":true,\"version\":\"" WAYMARK_VERSION "\","
	"\"time\":\"2026-03-16T07:30:00Z\",\"started\":\"2026-03-16T06:30:00Z\","
	"\"uptime_s\":3600,\"config\":\"/etc/waymark/rtrd.conf\","
	"\"ready\":true,\"why\":\"\",\"held\":null,\"waiting\":null,"
	"\"stale\":false,\"serial\":1,\"history\":0,"
	"\"session_ids\":[{\"version\":0,\"session\":1000},"
	"{\"version\":1,\"session\":1001},"
	"{\"version\":2,\"session\":1002}],\"routers\":2,"
	"\"refused\":{\"total-limit\":0,\"source-limit\":0,\"access\":0,"
	"\"descriptors\":0,\"not-tls\":0,\"handshake-failed\":0,"
	"\"handshake-timeout\":0,\"client-certificate\":0,\"no-memory\":0},"
	"\"data\":{\"generated\":\"2026-03-16T07:25:00Z\",\"age_s\":300,"
	"\"validated_at\":\"2026-03-16T07:25:00Z\",\"stale_after_s\":7200,"
	"\"vrps\":6,\"ipv4\":5,\"ipv6\":1,\"router_keys\":0,\"aspas\":0,"
	"\"first_end\":\"2026-03-17T07:30:00Z\"},"
	"\"run\":{\"running\":false,\"result\":\"ok\",\"reason\":\"\","
	"\"started\":\"2026-03-16T07:24:48Z\","
	"\"ended\":\"2026-03-16T07:25:00Z\",\"elapsed_ms\":12345,"
	"\"succeeded\":\"2026-03-16T07:25:00Z\","
	"\"next\":\"2026-03-16T07:35:00Z\",\"starts\":1,\"runs_ended\":1,"
	"\"runs\":{\"ok\":1,\"incomplete\":0,\"failed\":0,\"killed\":0,"
	"\"timeout\":0}},"
	"\"fetch\":{\"wanted\":false,\"running\":false,\"started\":null,"
	"\"ended\":null,\"next\":null,\"starts\":0,\"losses\":0,"
	"\"reason\":\"\",\"settled\":false,\"settles\":0,\"store\":null,"
	"\"repositories\":{\"new\":0,\"fetching\":0,\"ok\":0,\"failed\":0,"
	"\"spare\":0,\"unwanted\":0}},"
	"\"tas\":[{\"name\":\"alpha\",\"complete\":true,"
	"\"lost_since\":null,"
	"\"objects\":{\"valid\":3,\"refused\":1,\"ignored\":0},";

Test(control, status_golden)
{
	struct scene *s = scene_new();
	struct text t = ask(s, "{\"command\":\"status\"}");
	size_t n;

	json_decref(last_line(&t, &n));
	cr_expect_eq(strncmp(t.p, status_golden, sizeof(status_golden) - 1), 0,
		"%s", t.p);
	cr_expect(scene_is_plain(&t));
	text_free(&t);
	scene_free(s);
}

Test(control, validity)
{
	struct scene *s = scene_new();
	struct text t = ask(s,
		"{\"command\":\"validity\",\"asn\":64496,"
		"\"prefix\":\"192.0.2.0/24\"}");

	cr_expect_not_null(strstr(t.p, "\"state\":\"valid\""));
	cr_expect_not_null(
		strstr(t.p, "\"generatedTime\":\"2026-03-16T07:25:00Z\"}\n"));
	text_free(&t);
	scene_free(s);
}

/* A scene with three repositories, two of which somebody leans on. */
static struct scene *
with_repos(struct repos **repos)
{
	static const struct snapshot_repo leaning[] = {
		{.uri = "https://a.example/n.xml",
			.kind = REPO_RRDP,
			.cas = 3,
			.vrps = 40,
			.expires = {SCENE_NOW + 500}},
		{.uri = "rsync://z.example/r/",
			.kind = REPO_RSYNC,
			.cas = 1,
			.expires = {INT64_MAX}},
		{.uri = "https://a.example/n.xml",
			.kind = REPO_RRDP,
			.ta = 1,
			.cas = 2,
			.points_failed = 1,
			.vrps = 2,
			.expires = {SCENE_NOW + 90}},
	};
	struct scene *s = scene_new();
	struct repo_facts f = {.kind = REPO_RRDP,
		.uri = "https://a.example/n.xml",
		.state = REPO_STATE_OK,
		.session = "9-a",
		.serial = 17,
		.objects = 5,
		.bytes = 1234,
		.received = 99,
		.attempt = {SCENE_NOW - 60},
		.success = {SCENE_NOW - 60},
		.next = {SCENE_NOW + 540},
		.failures_all = 2,
		.elapsed_ms = 1500,
		.reason = "no \x1b[31m"};

	s->snapshot.repos = leaning;
	s->snapshot.repo_count = 3;
	*repos = repos_new();
	cr_assert_eq(repos_take(*repos, &f), 0);
	f = (struct repo_facts){.kind = REPO_TA,
		.uri = "https://b.example/ta.cer",
		.state = REPO_STATE_FAILED,
		.attempt = {SCENE_NOW - 5},
		.failures = 1,
		.failures_all = 1};
	cr_assert_eq(repos_take(*repos, &f), 0);
	s->view.repos = *repos;
	return s;
}

static const char repos_golden[] =
	"{\"ok\":true,\"list\":\"repos\",\"time\":\"2026-03-16T07:30:00Z\","
	"\"failed\":false}\n"
	"{\"uri\":\"https://a.example/n.xml\",\"transport\":\"rrdp\","
	"\"state\":\"ok\",\"session\":\"9-a\",\"serial\":17,\"objects\":5,"
	"\"bytes\":1234,\"received\":99,\"failures\":0,\"failures_total\":2,"
	"\"duration_ms\":1500,\"tries\":0,"
	"\"last_attempt\":\"2026-03-16T07:29:00Z\","
	"\"last_success\":\"2026-03-16T07:29:00Z\","
	"\"next_attempt\":\"2026-03-16T07:39:00Z\","
	"\"reason\":\"no \\u001b[31m\",\"cas\":5,\"vrps\":42,"
	"\"expires\":\"2026-03-16T07:31:30Z\","
	"\"tas\":[{\"name\":\"alpha\",\"cas\":3,\"points_failed\":0,"
	"\"vrps\":40,\"expires\":\"2026-03-16T07:38:20Z\"},"
	"{\"name\":\"beta ";

Test(control, repos_golden)
{
	struct repos *repos;
	struct scene *s = with_repos(&repos);
	struct text t = ask(s, "{\"command\":\"repos\"}");

	cr_expect_eq(strncmp(t.p, repos_golden, sizeof(repos_golden) - 1), 0,
		"%s", t.p);
	/* One that only the child, and one that only the snapshot knows. */
	cr_expect_not_null(strstr(
		t.p, "\"state\":\"failed\",\"session\":null,\"serial\":null,"));
	cr_expect_not_null(strstr(t.p,
		"\"cas\":0,\"vrps\":0,"
		"\"expires\":null,\"tas\":[]}\n"));
	cr_expect_not_null(strstr(t.p,
		"{\"uri\":\"rsync://z.example/r/\",\"transport\":\"rsync\","
		"\"state\":null,\"session\":null,\"serial\":null,"
		"\"objects\":null,"));
	cr_expect_not_null(strstr(t.p, "{\"end\":true,\"rows\":3}\n"));
	cr_expect(scene_is_plain(&t));
	text_free(&t);
	repos_free(repos);
	scene_free(s);
}

Test(control, some_repos)
{
	struct repos *repos;
	struct scene *s = with_repos(&repos);
	struct text t = ask(s, "{\"command\":\"repos\",\"failed\":true}");

	cr_expect_not_null(strstr(t.p, "b.example/ta.cer"));
	cr_expect_not_null(strstr(t.p, "{\"end\":true,\"rows\":1}\n"));
	text_free(&t);
	t = ask(s, "{\"command\":\"repos\",\"uri\":\"rsync://z.example/r/\"}");
	cr_expect_not_null(
		strstr(t.p, "\"uri\":\"rsync://z.example/r/\",\"failed\""));
	cr_expect_not_null(strstr(t.p, "{\"end\":true,\"rows\":1}\n"));
	text_free(&t);
	expect_refusal(s, "{\"command\":\"repos\",\"uri\":\"x\"}",
		"uri: there is no such repository: x", "not-found");
	expect_refusal(s, "{\"command\":\"repos\",\"uri\":7}",
		"uri: not a text", "usage");
	expect_refusal(s, "{\"command\":\"repos\",\"failed\":1}",
		"failed: neither", "usage");
	repos_free(repos);
	scene_free(s);
}

Test(control, fetch_now)
{
	static const char one[] =
		"{\"command\":\"refresh\",\"repo\":\"https://a.example/n.xml\"}";
	struct repos *repos;
	struct scene *s = with_repos(&repos);
	struct text t;

	s->fetch_result = 0;
	s->view.fetch_facts.settles = 4;
	t = ask(s, one);
	cr_expect_str_eq(t.p,
		"{\"ok\":true,\"repo\":\"https://a.example/n.xml\","
		"\"tries\":1}\n");
	cr_expect_str_eq(s->fetched_uri, "https://a.example/n.xml");
	cr_expect_eq(s->refreshed, 0);
	text_free(&t);
	t = ask(s, "{\"command\":\"refresh\"}");
	cr_expect_str_eq(t.p,
		"{\"ok\":true,\"queued\":false,\"wait_for\":2,"
		"\"settles\":5}\n");
	cr_expect_eq(s->fetched, 2);
	cr_expect_eq(s->refreshed, 1);
	text_free(&t);
	t = ask(s, "{\"command\":\"refresh\",\"validate\":true}");
	cr_expect_str_eq(
		t.p, "{\"ok\":true,\"queued\":false,\"wait_for\":2}\n");
	cr_expect_eq(s->fetched, 2);
	text_free(&t);
	s->fetch_result = ERR_NOTFOUND;
	expect_refusal(s, one, "repo: there is no such", "not-found");
	s->fetch_result = ERR_BUSY;
	expect_refusal(s, one, "nothing is fetched at present", "busy");
	expect_refusal(s, "{\"command\":\"refresh\",\"repo\":[]}",
		"repo: not a text", "usage");
	expect_refusal(s, "{\"command\":\"refresh\",\"validate\":0}",
		"validate: neither", "usage");
	repos_free(repos);
	scene_free(s);
}

Test(control, refresh_and_reload)
{
	struct scene *s = scene_new();
	struct text t = ask(s, "{\"command\":\"refresh\"}");

	cr_expect_str_eq(
		t.p, "{\"ok\":true,\"queued\":false,\"wait_for\":2}\n");
	text_free(&t);
	s->view.run.running = true;
	t = ask(s, "{\"command\":\"refresh\"}");
	cr_expect_str_eq(t.p, "{\"ok\":true,\"queued\":true,\"wait_for\":3}\n");
	text_free(&t);
	s->refresh_result = ERR_BUSY;
	expect_refusal(
		s, "{\"command\":\"refresh\"}", "under way already", "busy");
	s->refresh_result = ERR_NOMEM;
	expect_refusal(
		s, "{\"command\":\"refresh\"}", "out of memory", "no-memory");
	cr_expect_eq(s->refreshed, 4);
	t = ask(s, "{\"command\":\"reload\"}");
	cr_expect_str_eq(t.p,
		"{\"ok\":true,\"reloaded\":true,"
		"\"config\":\"/etc/waymark/rtrd.conf\"}\n");
	text_free(&t);
	s->reload_result = ERR_SYNTAX;
	expect_refusal(s, "{\"command\":\"reload\"}",
		"nothing was changed: rtrd.conf:3: ", "syntax");
	scene_free(s);
}

/* The word alone ends it, and nothing that is near to it. */
Test(control, shutdown)
{
	struct scene *s = scene_new();
	struct text t;

	s->peers = 2;
	expect_refusal(s, "{\"command\":\"shutdown\",\"now\":true}",
		"now: a member that the command does not take", "usage");
	expect_refusal(
		s, "{\"command\":\"Shutdown\"}", "no such command", "usage");
	cr_expect_eq(s->ended, 0);
	t = ask(s, "{\"command\":\"shutdown\"}");
	cr_expect_str_eq(
		t.p, "{\"ok\":true,\"shutdown\":true,\"routers\":2}\n");
	cr_expect_eq(s->ended, 1);
	text_free(&t);
	scene_free(s);
}

/* Which trust anchor holds newer sets up, and since when. */
Test(control, status_says_what_is_held)
{
	struct scene *s = scene_new();
	struct text t;

	s->view.lost_tas = 1;
	s->view.lost_since.s = SCENE_NOW - 60;
	t = ask(s, "{\"command\":\"status\"}");
	cr_expect_not_null(
		strstr(t.p,
			"\"held\":\"since 2026-03-16T07:29:00Z nothing comes of trust "
			"anchor alpha: the set of before goes on\""),
		"%s", t.p);
	cr_expect_not_null(strstr(t.p,
				   "{\"name\":\"alpha\",\"complete\":true,"
				   "\"lost_since\":\"2026-03-16T07:29:00Z\","),
		"%s", t.p);
	cr_expect(scene_is_plain(&t));
	text_free(&t);
	scene_free(s);
}

/* The rows of `tals` with these paths as the view's. */
static void
expect_tals(
	struct scene *s, const char *one, const char *two, const char *golden)
{
	struct text t;

	s->tals[0] = one;
	s->tals[1] = two;
	t = ask(s, "{\"command\":\"tals\"}");
	cr_expect(strstr(t.p, golden) != NULL, "%s %s: %s", one, two, t.p);
	text_free(&t);
}

Test(control, tals)
{
	struct scene *s = scene_new();

	expect_tals(s, "a/alpha.tal", "gamma.tal",
		"\n{\"name\":\"alpha\",\"path\":\"a/alpha.tal\","
		"\"complete\":true,");
	expect_tals(s, "a/alpha.tal", "gamma.tal",
		"\n{\"name\":\"gamma\",\"path\":\"gamma.tal\","
		"\"complete\":null}\n{\"end\":true,\"rows\":3}\n");
	expect_tals(s, "a", "a/alpha.tal",
		"{\"name\":\"alpha\",\"path\":\"a/alpha.tal\",");
	expect_tals(s, "gamma.tal", "tals.d",
		"{\"name\":\"alpha\",\"path\":\"tals.d/alpha.tal\",");
	expect_tals(s, "a", "b", "{\"name\":\"alpha\",\"path\":null,");
	expect_tals(s, "a", "/there/",
		"{\"name\":\"alpha\",\"path\":\"/there/alpha.tal\",");
	expect_tals(s, "a", "b", "{\"end\":true,\"rows\":2}\n");
	s->view.snapshot = NULL;
	expect_tals(s, "a", "b.tal",
		"\n{\"name\":null,\"path\":\"a\",\"complete\":null}\n"
		"{\"name\":\"b\",\"path\":\"b.tal\","
		"\"complete\":null}\n{\"end\":true,\"rows\":2}\n");
	scene_free(s);
}

Test(control, version)
{
	struct scene *s = scene_empty();
	struct text t = ask(s, "{\"command\":\"version\"}");

	cr_expect_str_eq(t.p,
		"{\"ok\":true,\"program\":\"rtrd\","
		"\"version\":\"" WAYMARK_VERSION "\",\"rtr_versions\":[0,1,2],"
		"\"snapshot_version\":3}\n");
	text_free(&t);
	scene_free(s);
}

/* Every cut and every octet at every place of good requests, against a page
 * that must not be read: an answer comes, and it is one. */
Test(control, any_octets_are_answered)
{
	static const char *const good[] = {
		"{\"command\":\"vrps\",\"asn\":1,\"prefix\":\"192.0.2.0/24\"}",
		"{\"command\":\"validity\",\"asn\":\"AS1\",\"prefix\":\"::/0\"}"};
	struct scene *s = scene_new();
	struct guard g = guard_new(128);
	size_t i, at, octet, n;

	for (i = 0; i < 2; i++) {
		for (at = 0; at <= strlen(good[i]); at++) {
			struct text t = ask_span(
				s, guard_span(&g, span_of(good[i], at)));

			json_decref(last_line(&t, &n));
			text_free(&t);
		}
		for (at = 0; at < strlen(good[i]) * 256; at++) {
			char line[128];
			struct text t;

			octet = at % 256;
			snprintf(line, sizeof(line), "%s", good[i]);
			line[at / 256] = (char)octet;
			t = ask_span(s,
				guard_span(&g, span_of(line, strlen(good[i]))));
			json_decref(last_line(&t, &n));
			cr_assert(scene_is_plain(&t));
			text_free(&t);
		}
	}
	guard_free(&g);
	scene_free(s);
}
