/*
 * api: every route, every way to ask for it wrongly, and all octets in every
 * parameter.
 */
#include "rtrd/serve/api.h"
#include "rtrd/serve/query.h"
#include "tests/unit/guard.h"
#include "tests/unit/serve/scene.h"

static void
process(struct process_facts *out)
{
	*out = (struct process_facts){1, 2, 3, {4}};
}

static struct api_answer
request(const struct scene *s, const char *method, const char *target,
	struct span body)
{
	struct api_request r = {method, target, NULL, body, process};
	struct api_answer out;

	api_answer(&s->view, s->now.wall, &r, &out);
	return out;
}

static struct api_answer
get(const struct scene *s, const char *target)
{
	return request(s, "GET", target, span_of(NULL, 0));
}

struct api_case {
	const char *method, *target, *body;
	unsigned status;
	const char *contains;
};

static const struct api_case cases[] = {
	{"GET", "/", NULL, 200, "GET  /json "},
	{"GET", "/metrics", NULL, 200, "waymark_rtr_serial 1\n"},
	{"GET", "/metrics?any=thing", NULL, 200, "waymark_rtr_serial 1\n"},
	{"HEAD", "/metrics", NULL, 200, "waymark_rtr_serial 1\n"},
	{"GET", "/healthz", NULL, 200, "alive\n"},
	{"GET", "/readyz", NULL, 200, "ready\n"},
	{"GET", "/json", NULL, 200, "\"roas\""},
	{"GET", "/csv", NULL, 200, "AS64496,192.0.2.0/24,24,alpha,"},
	{"GET", "/api/v1/status", NULL, 200, "\"repositories\":[]}\n"},
	{"GET", "/api/v1/status", NULL, 200, "{\"version\":\""},
	{"GET", "/api/v1/repos", NULL, 200,
		"{\"time\":\"2026-03-16T07:30:00Z\",\"repositories\":[]}\n"},
	{"GET", "/api/v1/repos?uri=x", NULL, 400, "\"parameter\":\"uri\""},
	{"POST", "/api/v1/repos", NULL, 405, "method"},
	{"GET", "/api/v1/validity/AS64496/192.0.2.0/24", NULL, 200,
		"\"state\":\"valid\""},
	{"GET", "/api/v1/validity/64496/192.0.2.0%2f24", NULL, 200,
		"\"state\":\"valid\""},
	{"GET", "/api/v1/validity/as64496/2001:db8::/32", NULL, 200,
		"\"state\":\"valid\""},
	{"GET", "/validity?asn=AS64499&prefix=192.0.2.0/24", NULL, 200,
		"\"reason\":\"as\""},
	{"GET", "/validity?prefix=192.0.2.0%2F27&asn=64496", NULL, 200,
		"\"reason\":\"length\""},
	{"GET", "/validity?&&asn=1&&prefix=10.0.0.0/8&", NULL, 200,
		"\"state\":\"not-found\""},
	{"POST", "/validity", "{\"routes\":[]}", 200,
		"{\"validated_routes\":[],\"generatedTime\":"},
	{"POST", "/validity",
		"{\"routes\":[{\"asn\":64496,\"prefix\":\"192.0.2.0/24\"},"
		"{\"asn\":\"AS1\",\"prefix\":\"10.0.0.0/8\"}]}",
		200, "\"state\":\"not-found\""},

	{"GET", "/api/v1/why?prefix=192.0.2.0/24", NULL, 200,
		"{\"prefix\":\"192.0.2.0/24\",\"generatedTime\":"},
	{"GET", "/api/v1/why?prefix=192.0.2.0%2F24&asn=AS64496", NULL, 200,
		"\"state\":\"valid\",\"reason\":null,\"generatedTime\":"},
	{"GET", "/api/v1/why?prefix=10.0.0.0/8", NULL, 200,
		"\"vrps\":[],\"refused\":[],\"points\":[]}\n"},
	{"GET", "/api/v1/why", NULL, 400, "\"parameter\":\"prefix\""},
	{"GET", "/api/v1/why?prefix=192.0.2.1/24", NULL, 400,
		"\"parameter\":\"prefix\""},
	{"GET", "/api/v1/why?prefix=::/0&asn=", NULL, 400,
		"\"parameter\":\"asn\""},
	{"GET", "/api/v1/why?prefix=::/0&as=1", NULL, 400,
		"\"parameter\":\"as\""},
	{"POST", "/api/v1/why", NULL, 405, "method"},
	{"GET", "/api/v1/problems", NULL, 200,
		"\"total\":0,\"counts\":[],\"problems\":[]}\n"},
	{"GET", "/api/v1/problems?ta=alpha", NULL, 200, "\"total\":0"},
	{"GET", "/api/v1/problems?ta=none", NULL, 404, "\"parameter\":\"ta\""},
	{"GET", "/api/v1/problems?repo=x", NULL, 404, "\"parameter\":\"repo\""},
	{"GET", "/api/v1/problems?reason=x", NULL, 400,
		"\"parameter\":\"reason\""},

	{"GET", "/api/v1/validity/", NULL, 400, "\"parameter\":\"asn\""},
	{"GET", "/api/v1/validity/AS1", NULL, 400, "\"parameter\":\"prefix\""},
	{"GET", "/api/v1/validity/AS1/", NULL, 400, "\"parameter\":\"prefix\""},
	{"GET", "/api/v1/validity/AS1/192.0.2.1/24", NULL, 400,
		"\"parameter\":\"prefix\""},
	{"GET", "/api/v1/validity/AS1/192.0.2.0/24/", NULL, 400,
		"\"parameter\":\"prefix\""},
	{"GET", "/api/v1/validity/AS4294967296/::/0", NULL, 400,
		"\"parameter\":\"asn\""},
	{"GET", "/api/v1/validity/AS1/::/0?x=1", NULL, 400,
		"\"parameter\":\"x\""},
	{"GET", "/api/v1/validity/0000000000000000001/::/0", NULL, 400,
		"\"parameter\":\"asn\""},
	{"GET", "/validity", NULL, 400, "\"parameter\":\"asn\""},
	{"GET", "/validity?asn=1", NULL, 400, "\"parameter\":\"prefix\""},
	{"GET", "/validity?asn&prefix", NULL, 400, "\"parameter\":\"asn\""},
	{"GET", "/validity?asn=1&asn=2&prefix=::/0", NULL, 400,
		"\"parameter\":\"asn\""},
	{"GET", "/validity?asn=1&prefix=::/0&max=3", NULL, 400,
		"\"parameter\":\"max\""},
	{"GET", "/validity?asn=1&prefix=::/0&=", NULL, 400,
		"\"parameter\":\"\""},
	{"GET", "/validity?as=1", NULL, 400, "\"parameter\":\"as\""},
	{"GET", "/json?asn=64496", NULL, 400, "\"parameter\":\"asn\""},
	{"GET", "/csv?%1b[31m=1", NULL, 400, "\"parameter\":\"\\u001b[31m\""},
	{"GET", "/validity?asn=%", NULL, 400, "not well encoded"},
	{"GET", "/validity?asn=%4", NULL, 400, "not well encoded"},
	{"GET", "/validity?asn=%zz", NULL, 400, "not well encoded"},
	{"GET", "/validity?asn=%00", NULL, 400, "not well encoded"},
	{"GET", "/%00", NULL, 400, "not well encoded"},
	{"GET", "/validity?1&2&3&4&5&6&7&8&9", NULL, 414, "too long"},
	{"POST", "/validity", "", 400, "not well-formed"},
	{"POST", "/validity", "{", 400, "not well-formed"},
	{"POST", "/validity", "[]", 400, "\"parameter\":\"routes\""},
	{"POST", "/validity", "{\"routes\":{}}", 400,
		"\"parameter\":\"routes\""},
	{"POST", "/validity", "{\"routes\":[1]}", 400,
		"\"parameter\":\"routes[0]\""},
	{"POST", "/validity",
		"{\"routes\":[{\"asn\":1,\"prefix\":\"::/0\"},"
		"{\"asn\":-1,\"prefix\":\"::/0\"}]}",
		400, "\"parameter\":\"routes[1].asn\""},
	{"POST", "/validity", "{\"routes\":[{\"asn\":1,\"prefix\":7}]}", 400,
		"\"parameter\":\"routes[0].prefix\""},
	{"POST", "/validity", "{\"routes\":[{\"prefix\":\"::/0\"}]}", 400,
		"\"parameter\":\"routes[0].asn\""},

	{"GET", "", NULL, 404, "GET / lists"},
	{"GET", "*", NULL, 404, "GET / lists"},
	{"GET", "//", NULL, 404, "GET / lists"},
	{"GET", "/json/", NULL, 404, "GET / lists"},
	{"GET", "/JSON", NULL, 404, "GET / lists"},
	{"GET", "/api/v1/validity", NULL, 404, "GET / lists"},
	{"GET", "/etc/passwd", NULL, 404, "GET / lists"},
	{"GET", "/../json", NULL, 404, "GET / lists"},

	{"POST", "/json", NULL, 405, "method"},
	{"DELETE", "/", NULL, 405, "method"},
	{"PUT", "/validity", NULL, 405, "method"},
	{"get", "/json", NULL, 405, "method"},
	{"OPTIONS", "/metrics", NULL, 405, "method"},
};

Test(api, answers_by_table)
{
	struct scene *s = scene_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct api_case *c = &cases[i];
		struct api_answer a = request(s, c->method, c->target,
			span_text(c->body != NULL ? c->body : ""));
		struct text t = scene_drain(a.body, 512);

		cr_expect_eq(a.status, c->status, "%s %s: %u %s", c->method,
			c->target, a.status, t.p);
		cr_expect(strstr(t.p, c->contains) != NULL, "%s %s: %s",
			c->method, c->target, t.p);
		cr_expect_not_null(a.type);
		text_free(&t);
	}
	scene_free(s);
}

Test(api, wrong_methods_are_told_the_right_ones)
{
	struct scene *s = scene_new();
	struct api_answer a = request(s, "PUT", "/validity", span_of(NULL, 0));

	cr_expect_str_eq(a.allow, "GET, HEAD, POST");
	body_free(a.body);
	a = request(s, "POST", "/json", span_of(NULL, 0));
	cr_expect_str_eq(a.allow, "GET, HEAD");
	body_free(a.body);
	a = get(s, "/json");
	cr_expect_str_eq(a.allow, "");
	body_free(a.body);
	scene_free(s);
}

Test(api, every_json_answer_is_json)
{
	struct scene *s = scene_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct api_answer a = request(s, cases[i].method,
			cases[i].target,
			span_text(cases[i].body != NULL ? cases[i].body : ""));
		struct text t = scene_drain(a.body, 512);
		json_t *root =
			json_loadb(t.p, t.n, JSON_REJECT_DUPLICATES, NULL);

		if (strcmp(a.type, "application/json") == 0)
			cr_expect(root != NULL, "%s: %s", cases[i].target, t.p);
		json_decref(root);
		text_free(&t);
	}
	scene_free(s);
}

Test(api, no_data_yet)
{
	static const char *const targets[] = {"/json", "/csv", "/readyz",
		"/validity?asn=1&prefix=::/0", "/api/v1/validity/1/::/0"};
	struct scene *s = scene_empty();
	struct api_answer a;
	struct text t;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		a = get(s, targets[i]);
		t = scene_drain(a.body, 512);
		cr_expect_eq(a.status, 503, "%s", targets[i]);
		cr_expect_gt(a.retry_after_s, 0);
		cr_expect_not_null(strstr(t.p, "no data yet"));
		text_free(&t);
	}
	a = request(s, "POST", "/validity",
		span_text("{\"routes\":[{\"asn\":1,\"prefix\":\"::/0\"}]}"));
	cr_expect_eq(a.status, 503);
	body_free(a.body);
	a = get(s, "/healthz");
	cr_expect_eq(a.status, 200);
	body_free(a.body);
	scene_free(s);
}

Test(api, stale_data_is_told)
{
	struct scene *s = scene_new();
	struct api_answer a;
	struct text t;

	s->now.wall.s += 100000;
	a = get(s, "/readyz");
	t = scene_drain(a.body, 512);
	cr_expect_eq(a.status, 503);
	cr_expect_str_eq(t.p, "data is 100300 s old, more than 7200 s\n");
	text_free(&t);
	scene_free(s);
}

/* Fresh, and yet something must be looked at. */
Test(api, ready_says_what_is_held)
{
	struct scene *s = scene_new();
	struct api_answer a;
	struct text t;

	s->view.lost_tas = 1;
	s->view.lost_since = s->now.wall;
	a = get(s, "/readyz");
	t = scene_drain(a.body, 512);
	cr_expect_eq(a.status, 200);
	cr_expect_str_eq(t.p,
		"ready\nsince 2026-03-16T07:30:00Z nothing comes of trust "
		"anchor alpha: the set of before goes on\n");
	text_free(&t);
	scene_free(s);
}

Test(api, exports_are_known_by_their_tag)
{
	struct scene *s = scene_new();
	struct api_answer a = get(s, "/json");
	struct api_request again = {
		"GET", "/json", a.etag, span_of(NULL, 0), process};
	struct api_answer b;
	char list[128];

	cr_expect_str_eq(a.etag, "\"1000-1-1773645900\"");
	cr_expect_eq(a.modified.s, SCENE_NOW - SCENE_AGE);
	body_free(a.body);
	api_answer(&s->view, s->now.wall, &again, &b);
	cr_expect_eq(b.status, 304);
	cr_expect_null(b.body);
	snprintf(list, sizeof(list), "\"x\", W/%s", a.etag);
	again.if_none_match = list;
	api_answer(&s->view, s->now.wall, &again, &b);
	cr_expect_eq(b.status, 304);
	again.if_none_match = "\"1000-2-1773645900\"";
	api_answer(&s->view, s->now.wall, &again, &b);
	cr_expect_eq(b.status, 200);
	body_free(b.body);
	scene_free(s);
}

/* The status of a POST with `n` routes. */
static unsigned
post_routes(const struct scene *s, size_t n)
{
	struct text t = {0};
	struct api_answer a;
	size_t i;

	text_add(&t, "{\"routes\":[");
	for (i = 0; i < n; i++)
		text_add(&t, "%s{\"asn\":1,\"prefix\":\"::/0\"}",
			i > 0 ? "," : "");
	text_add(&t, "]}");
	a = request(s, "POST", "/validity", span_of(t.p, t.n));
	body_free(a.body);
	text_free(&t);
	return a.status;
}

Test(api, routes_are_bounded)
{
	struct scene *s = scene_new();

	cr_expect_eq(post_routes(s, BOUND_VALIDITY_ROUTES), 200);
	cr_expect_eq(post_routes(s, BOUND_VALIDITY_ROUTES + 1), 400);
	scene_free(s);
}

Test(api, targets_are_bounded)
{
	struct scene *s = scene_new();
	struct text t = {0};
	struct api_answer a;

	text_add(&t, "/metrics?%0*d", BOUND_HTTP_TARGET - 9, 1);
	cr_assert_eq(t.n, BOUND_HTTP_TARGET);
	a = get(s, t.p);
	cr_expect_eq(a.status, 200);
	body_free(a.body);
	text_char(&t, '1');
	a = get(s, t.p);
	cr_expect_eq(a.status, 414);
	body_free(a.body);
	text_free(&t);
	scene_free(s);
}

Test(api, refusals_of_the_connection)
{
	struct api_answer a;
	struct text t;

	api_refuse(413, "the body is too long", &a);
	t = scene_drain(a.body, 512);
	cr_expect_eq(a.status, 413);
	cr_expect_str_eq(t.p, "{\"error\":\"the body is too long\"}\n");
	text_free(&t);
	cr_expect(api_takes_body("POST"));
	cr_expect(!api_takes_body("GET"));
}

/* Ask with a hostile value, raw and percent-encoded: 4xx, but for the few
 * octets that leave a good value good. */
static void
expect_refused(const struct scene *s, const char *before, const char *value,
	const char *after)
{
	struct text raw = {0}, encoded = {0};
	struct api_answer a;
	const char *p;

	text_add(&raw, "%s%s%s", before, value, after);
	text_add(&encoded, "%s", before);
	for (p = value; *p != '\0'; p++)
		text_add(&encoded, "%%%02x", (unsigned)(unsigned char)*p);
	text_add(&encoded, "%s", after);
	a = get(s, encoded.p);
	cr_expect(a.status >= 400 && a.status < 500, "%s: %u", encoded.p,
		a.status);
	body_free(a.body);
	a = get(s, raw.p);
	cr_expect(a.status >= 400 && a.status < 500, "%s: %u", raw.p, a.status);
	body_free(a.body);
	text_free(&raw);
	text_free(&encoded);
}

Test(api, all_octets_in_every_parameter)
{
	static const struct {
		const char *before, *after;
	} places[] = {
		{"/validity?asn=", "&prefix=192.0.2.0/24"},
		{"/validity?prefix=192.0.2.0/24&asn=", ""},
		{"/validity?asn=1&prefix=", ""},
		{"/api/v1/validity/", "/192.0.2.0/24"},
		{"/api/v1/validity/AS1/", ""},
		{"/validity?asn=1&prefix=192.0.2.0/24&", "=1"},
		{"/json?", ""},
		{"/csv?x", "=1"},
	};
	struct scene *s = scene_new();
	char value[8];
	size_t i;
	int octet;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (octet = 1; octet < 256; octet++) {
			if (octet == '?' || octet == '&' || octet == '%')
				continue; /* delimiters: not of the value */
			snprintf(value, sizeof(value), "x%c1", octet);
			expect_refused(
				s, places[i].before, value, places[i].after);
		}
	}
	scene_free(s);
}

/* 64 KB of every octet as target and as body. */
Test(api, long_octets)
{
	struct scene *s = scene_new();
	char *text = malloc(65537);
	struct api_answer a;
	int octet;

	text[65536] = '\0';
	for (octet = 1; octet < 256; octet++) {
		memset(text, octet, 65536);
		a = get(s, text);
		cr_expect_eq(a.status, 414);
		body_free(a.body);
		a = request(s, "POST", "/validity", span_of(text, 65536));
		cr_expect_eq(a.status, 400);
		body_free(a.body);
	}
	free(text);
	scene_free(s);
}

Test(api, body_against_a_guard_page)
{
	static const char good[] =
		"{\"routes\":[{\"asn\":\"AS1\",\"prefix\":\"::/0\"}]}";
	struct scene *s = scene_new();
	struct guard g = guard_new(sizeof(good));
	size_t n;

	for (n = 0; n < sizeof(good); n++) {
		struct api_answer a = request(s, "POST", "/validity",
			guard_span(&g, span_of(good, n)));

		cr_expect_eq(a.status, n == sizeof(good) - 1 ? 200 : 400);
		body_free(a.body);
	}
	guard_free(&g);
	scene_free(s);
}

Test(query, takes_targets_apart)
{
	struct query q;

	cr_assert_eq(query_parse("/a%2Fb?x=%26&y=1=2&z", &q), 0);
	cr_expect_str_eq(q.path, "/a/b");
	cr_assert_eq(q.pair_count, 3);
	cr_expect_str_eq(q.pairs[0].value, "&");
	cr_expect_str_eq(q.pairs[1].value, "1=2");
	cr_expect_str_eq(q.pairs[2].name, "z");
	cr_expect_str_eq(q.pairs[2].value, "");
	cr_expect_eq(query_parse("/%", &q), ERR_SYNTAX);
	cr_expect_eq(query_parse("/%a", &q), ERR_SYNTAX);
	cr_expect_eq(query_parse("/?%ag", &q), ERR_SYNTAX);
	cr_assert_eq(query_parse("", &q), 0);
	cr_expect_str_eq(q.path, "");
}
