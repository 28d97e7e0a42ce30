/*
 * api: what the HTTP server answers, from one table of routes.
 *
 * Every refusal is JSON as well: {"error":"...","parameter":"..."}.  Nothing
 * that a client sent is repeated but the name of an unknown parameter, escaped
 * and cut.
 */
#include "rtrd/serve/api.h"

#include <stdio.h>
#include <string.h>

#include "rtrd/serve/emit.h"
#include "rtrd/serve/listing.h"
#include "rtrd/serve/problems.h"
#include "rtrd/serve/query.h"
#include "rtrd/serve/routes.h"
#include "rtrd/serve/status.h"
#include "rtrd/serve/supply.h"
#include "rtrd/serve/validity.h"
#include "rtrd/serve/why.h"
#include "rtrd/serve/words.h"
#include "waymark/err.h"

#define TYPE_JSON    "application/json"
#define TYPE_TEXT    "text/plain; charset=utf-8"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

enum {
	OK = 200,
	NOT_MODIFIED = 304,
	BAD_REQUEST = 400,
	NOT_FOUND = 404,
	BAD_METHOD = 405,
	URI_TOO_LONG = 414,
	UNAVAILABLE = 503,
	RETRY_S = 10 /* a first run takes minutes; asking costs nothing */
};

/* One request on its way. */
struct call {
	const struct view *v;
	struct wall now;
	const struct api_request *request;
	const struct query *query;
	const char *rest; /* of the path, from the first capital letter on */
};

struct route {
	const char *method;
	const char *path;
	const char *parameters;
	const char *help;
	void (*run)(const struct call *c, struct api_answer *out);
};

/* A text that ran out of memory leaves no body, which becomes a 500. */
static void
answer_text(unsigned status, const char *type, struct text *t,
	struct api_answer *out)
{
	out->status = status;
	out->type = type;
	out->body = body_of_text(t);
}

/* {"error":...}; `parameter` names the culprit, or is NULL. */
static void
refuse(unsigned status, const char *text, const char *parameter,
	struct api_answer *out)
{
	struct text t = {0};
	char name[65];

	emit_open(&t, NULL, '{');
	emit_text(&t, "error", text);
	if (parameter != NULL) {
		snprintf(name, sizeof(name), "%s", parameter);
		emit_text(&t, "parameter", name);
	}
	emit_close(&t, '}');
	text_char(&t, '\n');
	if (status == UNAVAILABLE)
		out->retry_after_s = RETRY_S;
	answer_text(status, TYPE_JSON, &t, out);
}

/* 503 and why, when there is no set at all.  Whether it did. */
static bool
refuse_empty(const struct call *c, struct api_answer *out)
{
	char why[256] = "no data yet";

	if (view_set(c->v) != NULL && c->v->snapshot != NULL)
		return false;
	view_is_ready(c->v, c->now, why);
	refuse(UNAVAILABLE, why, NULL, out);
	return true;
}

/* Made at once: a scrape wants one instant, and it is some 50 kB. */
static void
run_metrics(const struct call *c, struct api_answer *out)
{
	struct process_facts process;
	struct text t = {0};

	c->request->process(&process);
	metrics_write(&t, c->v, c->now, &process);
	answer_text(OK, TYPE_METRICS, &t, out);
}

/* Says only that the loop turns; whether the data is good is readyz's. */
static void
run_health(const struct call *c, struct api_answer *out)
{
	struct text t = {0};

	(void)c;
	text_add(&t, "alive\n");
	answer_text(OK, TYPE_TEXT, &t, out);
}

/* The reason may hold what a repository or a child wrote, hence cleaned. */
static void
run_ready(const struct call *c, struct api_answer *out)
{
	char why[256] = "", held[256];
	bool ready = view_is_ready(c->v, c->now, why);
	struct text t = {0};

	text_clean(&t, ready ? "ready" : why, strlen(ready ? "ready" : why));
	text_char(&t, '\n');
	/* Fresh is fresh, but who looks should see it before it is not. */
	if (ready && view_is_held(c->v, held)) {
		text_clean(&t, held, strlen(held));
		text_char(&t, '\n');
	}
	if (!ready)
		out->retry_after_s = RETRY_S;
	answer_text(ready ? OK : UNAVAILABLE, TYPE_TEXT, &t, out);
}

/* The repositories as one array. */
static void
write_repos(struct text *t, const struct view *v)
{
	const struct supply_filter all = {0};

	emit_open(t, "repositories", '[');
	supply_write(t, v, &all, ",\n");
	emit_close(t, ']');
}

static void
run_status(const struct call *c, struct api_answer *out)
{
	struct text t = {0};

	emit_open(&t, NULL, '{');
	status_write(&t, c->v, (struct moment){c->now, {0}});
	write_repos(&t, c->v);
	emit_close(&t, '}');
	text_char(&t, '\n');
	answer_text(OK, TYPE_JSON, &t, out);
}

static void
run_repos(const struct call *c, struct api_answer *out)
{
	struct text t = {0};

	emit_open(&t, NULL, '{');
	emit_time(&t, "time", c->now);
	write_repos(&t, c->v);
	emit_close(&t, '}');
	text_char(&t, '\n');
	answer_text(OK, TYPE_JSON, &t, out);
}

/* Whether the client has this version of the set already; fills what it may
 * ask with the next time.  Session id and time stand beside the serial, since
 * a serial comes again after the state was lost, and since the head of an
 * export tells the time of the run. */
static bool
is_known(const struct call *c, struct api_answer *out)
{
	const char *asked = c->request->if_none_match;

	out->modified = view_built(c->v);
	snprintf(out->etag, sizeof(out->etag), "\"%u-%lu-%lld\"",
		(unsigned)cache_session(c->v->cache, 0),
		(unsigned long)cache_serial(c->v->cache),
		(long long)out->modified.s);
	if (asked == NULL || strstr(asked, out->etag) == NULL)
		return false;
	out->status = NOT_MODIFIED;
	return true;
}

/* A client that polls with its tag costs nothing while nothing changes. */
static void
run_export(
	const struct call *c, enum export_format format, struct api_answer *out)
{
	if (refuse_empty(c, out) || is_known(c, out))
		return;
	out->status = OK;
	out->type = export_content_type(format);
	out->body = listing_export(c->v, format);
}

static void
run_json(const struct call *c, struct api_answer *out)
{
	run_export(c, EXPORT_JSON, out);
}

static void
run_csv(const struct call *c, struct api_answer *out)
{
	run_export(c, EXPORT_CSV, out);
}

/* Parameters are judged before data: a wrong question is wrong also on a day
 * without data. */
static void
answer_validity(const struct call *c, const char *asn_text,
	const char *prefix_text, struct api_answer *out)
{
	const char *parameter;
	const char *wrong;
	struct routes_one one;
	struct text t = {0};
	struct validity found;

	wrong = routes_parse(asn_text, prefix_text, &one, &parameter);
	if (wrong != NULL) {
		refuse(BAD_REQUEST, wrong, parameter, out);
		return;
	}
	if (refuse_empty(c, out))
		return;
	validity_check(view_set(c->v), &one.prefix, one.asn, &found);
	emit_open(&t, NULL, '{');
	validity_write(&t, "validated_route", &found);
	emit_time(&t, "generatedTime", view_built(c->v));
	emit_close(&t, '}');
	text_char(&t, '\n');
	answer_text(OK, TYPE_JSON, &t, out);
}

/* The prefix has a slash of its own, so the first one parts the two. */
static void
run_validity_path(const struct call *c, struct api_answer *out)
{
	const char *slash = strchr(c->rest, '/');
	char asn[16];
	size_t n = slash != NULL ? (size_t)(slash - c->rest) : strlen(c->rest);

	/* What does not fit is no ASN, and is told so. */
	snprintf(asn, sizeof(asn), "%.*s", n < sizeof(asn) ? (int)n : 0,
		c->rest);
	answer_validity(c, asn, slash != NULL ? slash + 1 : "", out);
}

/* The first of a name; a second one was refused before. */
static const char *
parameter_get(const struct query *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->pair_count; i++) {
		if (strcmp(q->pairs[i].name, name) == 0)
			return q->pairs[i].value;
	}
	return NULL;
}

/* A parameter that is missing is told as one that is empty. */
static void
run_validity_query(const struct call *c, struct api_answer *out)
{
	const char *asn = parameter_get(c->query, "asn");
	const char *prefix = parameter_get(c->query, "prefix");

	answer_validity(
		c, asn != NULL ? asn : "", prefix != NULL ? prefix : "", out);
}

/* All routes are read before the first is answered: an error after half an
 * answer could not be told any more. */
static void
run_validity_post(const struct call *c, struct api_answer *out)
{
	struct routes *routes = NULL;
	char where[ROUTES_WHERE];
	const char *wrong = routes_read(c->request->body, &routes, where);

	if (wrong != NULL) {
		refuse(BAD_REQUEST, wrong, where[0] != '\0' ? where : NULL,
			out);
		return;
	}
	if (refuse_empty(c, out)) {
		routes_free(routes);
		return;
	}
	out->status = OK;
	out->type = TYPE_JSON;
	out->body = routes == NULL
		? NULL
		: routes_body(routes, view_set(c->v), view_built(c->v));
}

/* The document of the control socket without its "ok". */
static void
run_why(const struct call *c, struct api_answer *out)
{
	const char *asn = parameter_get(c->query, "asn");
	const char *prefix = parameter_get(c->query, "prefix");
	struct routes_one one;
	struct why_asked asked;
	struct text t = {0};
	const char *parameter;
	const char *wrong = routes_parse(asn != NULL ? asn : "0",
		prefix != NULL ? prefix : "", &one, &parameter);

	if (wrong != NULL) {
		refuse(BAD_REQUEST, wrong, parameter, out);
		return;
	}
	if (refuse_empty(c, out))
		return;
	asked = (struct why_asked){one.prefix, asn != NULL, one.asn};
	emit_open(&t, NULL, '{');
	why_write(&t, c->v, c->now, &asked);
	emit_close(&t, '}');
	text_char(&t, '\n');
	answer_text(OK, TYPE_JSON, &t, out);
}

static void
run_problems(const struct call *c, struct api_answer *out)
{
	const struct problems_filter filter = {
		.ta = parameter_get(c->query, "ta"),
		.repo = parameter_get(c->query, "repo")};
	struct text t = {0};

	if (refuse_empty(c, out))
		return;
	if (filter.ta != NULL && !problems_has_ta(c->v, filter.ta)) {
		refuse(NOT_FOUND, "there is no such trust anchor", "ta", out);
		return;
	}
	if (filter.repo != NULL && !problems_has_repo(c->v, filter.repo)) {
		refuse(NOT_FOUND, "there is no such repository", "repo", out);
		return;
	}
	emit_open(&t, NULL, '{');
	problems_write(&t, c->v, c->now, &filter);
	emit_close(&t, '}');
	text_char(&t, '\n');
	answer_text(OK, TYPE_JSON, &t, out);
}

static void run_index(const struct call *c, struct api_answer *out);

static const struct route routes[] = {
#define API_ROW(run, method, path, parameters, help) \
	{#method, path, parameters, help, run_##run},
	API_TABLE(API_ROW)
#undef API_ROW
};

enum {
	ROUTES = sizeof(routes) / sizeof(routes[0])
};

/* Made from the table, so that it cannot lack a route. */
static void
run_index(const struct call *c, struct api_answer *out)
{
	struct text t = {0};
	size_t i;

	(void)c;
	text_add(&t, "Waymark rtrd %s\n\n", WAYMARK_VERSION);
	for (i = 0; i < ROUTES; i++)
		text_add(&t, "%-4s %-28s %s\n", routes[i].method,
			routes[i].path, routes[i].help);
	answer_text(OK, TYPE_TEXT, &t, out);
}

/* Whether the path is the route's; `*rest` becomes the part that the caller
 * chose. */
static bool
route_matches(const struct route *r, const char *path, const char **rest)
{
	size_t fixed = strcspn(r->path, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	*rest = "";
	if (r->path[fixed] == '\0')
		return strcmp(path, r->path) == 0;
	if (strncmp(path, r->path, fixed) != 0)
		return false;
	*rest = path + fixed;
	return true;
}

/* HEAD is GET without a body, and leaving that out is up to the connection. */
static const char *
method_of(const char *method)
{
	return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

/* The route of a request; else NULL, with the methods that the path has. */
static const struct route *
route_find(struct call *c, char allow[32])
{
	const char *method = method_of(c->request->method);
	size_t i, n = 0;

	allow[0] = '\0';
	for (i = 0; i < ROUTES; i++) {
		bool get = strcmp(routes[i].method, "GET") == 0;

		if (!route_matches(&routes[i], c->query->path, &c->rest))
			continue;
		if (strcmp(routes[i].method, method) == 0)
			return &routes[i];
		n += (size_t)snprintf(allow + n, 32 - n, "%s%s",
			n > 0 ? ", " : "", get ? "GET, HEAD" : "POST");
	}
	return NULL;
}

/* Refuse parameters that the route does not have, or has twice: to ignore a
 * filter that somebody meant would be a wrong answer.  Whether it did. */
static bool
refuse_parameters(
	const struct call *c, const char *known, struct api_answer *out)
{
	const struct query *q = c->query;
	size_t i;

	if (strcmp(known, "*") == 0)
		return false;
	for (i = 0; i < q->pair_count; i++) {
		const char *name = q->pairs[i].name;

		if (!words_has(known, name)) {
			refuse(BAD_REQUEST, "there is no such parameter here",
				name, out);
			return true;
		}
		if (parameter_get(q, name) != q->pairs[i].value) {
			refuse(BAD_REQUEST, "the parameter is there twice",
				name, out);
			return true;
		}
	}
	return false;
}

/* 405 comes before 404: the path is right then, and Allow says how to use
 * it. */
static void
dispatch(struct call *c, struct api_answer *out)
{
	const struct route *r = route_find(c, out->allow);

	if (r != NULL) {
		out->allow[0] = '\0';
		if (!refuse_parameters(c, r->parameters, out))
			r->run(c, out);
	} else if (out->allow[0] != '\0') {
		refuse(BAD_METHOD, "the method is not one of this path's", NULL,
			out);
	} else {
		refuse(NOT_FOUND, "there is nothing here; GET / lists what is",
			NULL, out);
	}
}

/* Whatever the octets are, one answer comes out. */
void
api_answer(const struct view *v, struct wall now,
	const struct api_request *request, struct api_answer *out)
{
	struct query query;
	struct call c = {v, now, request, &query, ""};
	int err = query_parse(request->target, &query);

	memset(out, 0, sizeof(*out));
	if (err == ERR_LIMIT)
		refuse(URI_TOO_LONG, "the address or its query is too long",
			NULL, out);
	else if (err != 0)
		refuse(BAD_REQUEST, "the address is not well encoded", NULL,
			out);
	else
		dispatch(&c, out);
}

void
api_refuse(unsigned status, const char *text, struct api_answer *out)
{
	memset(out, 0, sizeof(*out));
	refuse(status, text, NULL, out);
}

bool
api_takes_body(const char *method)
{
	return strcmp(method, "POST") == 0;
}
