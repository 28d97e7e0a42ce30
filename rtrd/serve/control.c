/*
 * control: what rtrctl may ask, in one table.
 *
 * Requests are small and read with jansson; answers are written as text.  All
 * but `vrps` are made at once: they are bounded by the routers, the trust
 * anchors or the lists' limits.
 */
#include "rtrd/serve/control.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "rtrd/serve/emit.h"
#include "rtrd/serve/listing.h"
#include "rtrd/serve/problems.h"
#include "rtrd/serve/status.h"
#include "rtrd/serve/supply.h"
#include "rtrd/serve/validity.h"
#include "rtrd/serve/why.h"
#include "rtrd/serve/words.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

/* X(name, "members it takes", "help") */
#define CONTROL_TABLE(X) \
	X(status, "", "what is served, how fresh it is, how the runs go") \
	X(sessions, "", "the routers that are connected") \
	X(listeners, "", "where routers can connect, and with which timers") \
	X(tals, "", "the trust anchor locators and what came of each") \
	X(repos, "uri failed", "the repositories, all or some") \
	X(vrps, "asn prefix more_specific", "the VRPs, all or some") \
	X(validity, "prefix asn", "what RFC 6811 says of a route") \
	X(why, "prefix asn", "what stands behind the state of a prefix") \
	X(problems, "ta repo", "what is refused and stale, the worst first") \
	X(refresh, "repo validate", "fetch and run the validator now") \
	X(reload, "", "read the configuration again") \
	X(shutdown, "", "routers shall forget us, then end") \
	X(version, "", "program and formats")

/* One request on its way. */
struct call {
	const struct view *v;
	struct moment now;
	json_t *request;
};

struct command {
	const char *name;
	const char *members; /* separated by spaces */
	struct body *(*run)(const struct call *c);
};

/* {"ok":false,...}; `about` names the culprit, or is NULL. */
static struct body *
refuse(int err, const char *text, const char *about)
{
	struct text t = {0}, message = {0};

	text_add(&message, "%s%s%s", about != NULL ? about : "",
		about != NULL ? ": " : "", text);
	emit_open(&t, NULL, '{');
	emit_flag(&t, "ok", false);
	emit_text(&t, "error", message.p);
	emit_text(&t, "code", err_name(err));
	emit_close(&t, '}');
	text_char(&t, '\n');
	t.failed |= message.failed;
	text_free(&message);
	return body_of_text(&t);
}

/* No such one; `about` names the member that has the name. */
static struct body *
refuse_unknown(const char *what, const char *about, const char *name)
{
	struct text t = {0};
	struct body *body;

	text_add(&t, "there is no such %s: %s", what, name);
	body = refuse(ERR_NOTFOUND, t.failed ? "there is none" : t.p, about);
	text_free(&t);
	return body;
}

/* NULL; or, without any data, that there is none, and why. */
static struct body *
refuse_empty(const struct call *c)
{
	char why[256] = "no data yet";

	if (view_set(c->v) != NULL && c->v->snapshot != NULL)
		return NULL;
	view_is_ready(c->v, c->now.wall, why);
	return refuse(ERR_NOTFOUND, why, NULL);
}

/* "ok" stands first, so that even a reader without JSON can tell. */
static void
head_open(struct text *t)
{
	emit_open(t, NULL, '{');
	emit_flag(t, "ok", true);
}

/* Close the one object of a single answer. */
static struct body *
head_done(struct text *t)
{
	emit_close(t, '}');
	text_char(t, '\n');
	return body_of_text(t);
}

/* The first line of a list, and its last. */
static void
list_open(struct text *t, const char *name)
{
	head_open(t);
	emit_text(t, "list", name);
	emit_close(t, '}');
	text_char(t, '\n');
}

static struct body *
list_done(struct text *t, size_t rows)
{
	emit_open(t, NULL, '{');
	emit_flag(t, "end", true);
	emit_count(t, "rows", rows);
	return head_done(t);
}

static struct body *
run_status(const struct call *c)
{
	struct text t = {0};

	head_open(&t);
	status_write(&t, c->v, c->now);
	return head_done(&t);
}

/* At most BOUND_RTR_CONNECTIONS rows: made at once, as the routers may be
 * others at the next turn of the loop. */
static struct body *
run_sessions(const struct call *c)
{
	size_t i, n = c->v->peer_count(c->v->ctx);
	struct text t = {0};

	list_open(&t, "sessions");
	for (i = 0; i < n; i++) {
		struct peer_facts peer;

		c->v->peer_get(c->v->ctx, i, &peer);
		status_write_peer(&t, c->v, &peer, c->now.mono);
		text_char(&t, '\n');
	}
	return list_done(&t, n);
}

/* One answer, since timers belong to it: all that a router is configured
 * with. */
static struct body *
run_listeners(const struct call *c)
{
	struct text t = {0};

	head_open(&t);
	status_write_listeners(&t, c->v);
	return head_done(&t);
}

/* At most BOUND_TAS rows and those that failed to become one. */
static struct body *
run_tals(const struct call *c)
{
	struct text t = {0};

	list_open(&t, "tals");
	return list_done(&t, status_write_tals(&t, c->v));
}

/* An ASN, as a number or as text.  0 or ERR_SYNTAX; untouched when absent. */
static int
take_asn(const struct call *c, bool *has, uint32_t *asn)
{
	const json_t *value = json_object_get(c->request, "asn");

	if (value == NULL)
		return 0;
	if (json_is_string(value)) {
		if (asn_parse(json_string_value(value), asn) != 0)
			return ERR_SYNTAX;
	} else if (json_is_integer(value) && json_integer_value(value) >= 0 &&
		json_integer_value(value) <= UINT32_MAX) {
		*asn = (uint32_t)json_integer_value(value);
	} else {
		return ERR_SYNTAX;
	}
	*has = true;
	return 0;
}

/* The same for a prefix; ERR_RANGE for one with host bits. */
static int
take_prefix(const struct call *c, bool *has, struct prefix *prefix)
{
	const json_t *value = json_object_get(c->request, "prefix");
	int err;

	if (value == NULL)
		return 0;
	if (!json_is_string(value))
		return ERR_SYNTAX;
	err = prefix_parse(json_string_value(value), prefix);
	*has = err == 0;
	return err;
}

/* Read what a filter may have; NULL, or the refusal. */
static struct body *
take_filter(const struct call *c, struct listing_filter *f)
{
	const json_t *more = json_object_get(c->request, "more_specific");
	int err;

	memset(f, 0, sizeof(*f));
	if (take_asn(c, &f->has_asn, &f->asn) != 0)
		return refuse(ERR_USAGE, "not an AS number", "asn");
	err = take_prefix(c, &f->has_prefix, &f->prefix);
	if (err == ERR_RANGE)
		return refuse(ERR_USAGE,
			"its length is too great, or bits are set beyond it",
			"prefix");
	if (err != 0)
		return refuse(ERR_USAGE, "not a prefix", "prefix");
	if (more != NULL && !json_is_boolean(more))
		return refuse(
			ERR_USAGE, "neither true nor false", "more_specific");
	f->more_specific = json_is_true(more);
	if (f->more_specific && !f->has_prefix)
		return refuse(ERR_USAGE, "needs a prefix", "more_specific");
	return refuse_empty(c);
}

/* The one long list: it comes as it is taken. */
static struct body *
run_vrps(const struct call *c)
{
	struct listing_filter filter;
	struct body *refusal = take_filter(c, &filter);

	if (refusal != NULL)
		return refusal;
	return listing_vrps(c->v, &filter, "{\"ok\":true,\"list\":\"vrps\"}");
}

/* The same document as over HTTP, behind "ok". */
static struct body *
run_validity(const struct call *c)
{
	struct listing_filter f;
	struct body *refusal = take_filter(c, &f);
	struct validity found;
	struct text t = {0};

	if (refusal != NULL)
		return refusal;
	if (!f.has_asn)
		return refuse(ERR_USAGE, "is wanted", "asn");
	if (!f.has_prefix)
		return refuse(ERR_USAGE, "is wanted", "prefix");
	validity_check(view_set(c->v), &f.prefix, f.asn, &found);
	head_open(&t);
	validity_write(&t, "validated_route", &found);
	emit_time(&t, "generatedTime", view_built(c->v));
	return head_done(&t);
}

/* A text that may be absent (then it is NULL).  0 or ERR_SYNTAX. */
static int
take_text(const struct call *c, const char *key, const char **out)
{
	const json_t *value = json_object_get(c->request, key);

	*out = json_string_value(value);
	return value == NULL || *out != NULL ? 0 : ERR_SYNTAX;
}

/* Some hundred rows, and no more than the limits of a run let be named.  The
 * head repeats what was asked for, and has the time that ages are counted to.
 */
static struct body *
run_repos(const struct call *c)
{
	const json_t *failed = json_object_get(c->request, "failed");
	struct supply_filter filter = {.failed = json_is_true(failed)};
	struct text t = {0};
	size_t rows;

	if (take_text(c, "uri", &filter.uri) != 0)
		return refuse(ERR_USAGE, "not a text", "uri");
	if (failed != NULL && !json_is_boolean(failed))
		return refuse(ERR_USAGE, "neither true nor false", "failed");
	head_open(&t);
	emit_text(&t, "list", "repos");
	emit_time(&t, "time", c->now.wall);
	if (filter.uri != NULL)
		emit_text(&t, "uri", filter.uri);
	emit_flag(&t, "failed", filter.failed);
	emit_close(&t, '}');
	text_char(&t, '\n');
	rows = supply_write(&t, c->v, &filter, "\n");
	if (rows == 0 && filter.uri != NULL && !t.failed) {
		text_free(&t);
		return refuse_unknown("repository", "uri", filter.uri);
	}
	if (rows > 0)
		text_char(&t, '\n');
	return list_done(&t, rows);
}

static struct body *
run_why(const struct call *c)
{
	struct listing_filter f;
	struct body *refusal = take_filter(c, &f);
	struct why_asked asked;
	struct text t = {0};

	if (refusal != NULL)
		return refusal;
	if (!f.has_prefix)
		return refuse(ERR_USAGE, "is wanted", "prefix");
	asked = (struct why_asked){f.prefix, f.has_asn, f.asn};
	head_open(&t);
	why_write(&t, c->v, c->now.wall, &asked);
	return head_done(&t);
}

static struct body *
run_problems(const struct call *c)
{
	struct problems_filter filter = {0};
	struct body *refusal;
	struct text t = {0};

	if (take_text(c, "ta", &filter.ta) != 0)
		return refuse(ERR_USAGE, "not a text", "ta");
	if (take_text(c, "repo", &filter.repo) != 0)
		return refuse(ERR_USAGE, "not a text", "repo");
	refusal = refuse_empty(c);
	if (refusal != NULL)
		return refusal;
	if (filter.ta != NULL && !problems_has_ta(c->v, filter.ta))
		return refuse_unknown("trust anchor", "ta", filter.ta);
	if (filter.repo != NULL && !problems_has_repo(c->v, filter.repo))
		return refuse_unknown("repository", "repo", filter.repo);
	head_open(&t);
	problems_write(&t, c->v, c->now.wall, &filter);
	return head_done(&t);
}

/* One repository: its attempt is over when `tries` of it has reached the
 * number. */
static struct body *
refresh_repo(const struct call *c, const char *uri)
{
	struct repo_facts facts;
	struct text t = {0};
	uint64_t tries = 0;
	size_t at;
	int err = c->v->fetch(c->v->ctx, uri);

	if (err == ERR_NOTFOUND)
		return refuse_unknown("repository", "repo", uri);
	if (err == ERR_BUSY)
		return refuse(err, "nothing is fetched at present", NULL);
	if (err != 0)
		return refuse(err, err_text(err), "repo");
	if (c->v->repos != NULL && repos_find(c->v->repos, uri, &at))
		repos_get(c->v->repos, at, &facts, &tries);
	head_open(&t);
	emit_text(&t, "repo", uri);
	emit_count(&t, "tries", tries + 1);
	return head_done(&t);
}

/* What is wished for: a fetch of all that is followed by a run (`settles` in
 * the status says when all that can be had is there), or a run alone. */
static struct body *
refresh_all(const struct call *c, bool fetch)
{
	/* One that is under way may have read too early: another follows it,
	 * and that one is worth waiting for. */
	bool queued = c->v->run.running;
	uint64_t ended = status_runs_ended(&c->v->run);
	/* Without any repository, nothing will settle. */
	bool some = c->v->repos != NULL && repos_count(c->v->repos) > 0;
	bool fetches = fetch && c->v->fetch(c->v->ctx, NULL) == 0 && some;
	int err = c->v->refresh(c->v->ctx);
	struct text t = {0};

	if (err == ERR_BUSY)
		return refuse(err, "a run is under way already", NULL);
	if (err != 0)
		return refuse(err, err_text(err), "the run cannot be started");
	head_open(&t);
	emit_flag(&t, "queued", queued);
	emit_count(&t, "wait_for", ended + (queued ? 2 : 1));
	if (fetches)
		emit_count(&t, "settles", c->v->fetch_facts.settles + 1);
	return head_done(&t);
}

static struct body *
run_refresh(const struct call *c)
{
	const json_t *alone = json_object_get(c->request, "validate");
	const char *repo;

	if (take_text(c, "repo", &repo) != 0)
		return refuse(ERR_USAGE, "not a text", "repo");
	if (alone != NULL && !json_is_boolean(alone))
		return refuse(ERR_USAGE, "neither true nor false", "validate");
	return repo != NULL ? refresh_repo(c, repo)
			    : refresh_all(c, !json_is_true(alone));
}

/* The text of a refusal may quote the configuration file; it is escaped as
 * everything is. */
static struct body *
run_reload(const struct call *c)
{
	char why[256] = "";
	int err = c->v->reload(c->v->ctx, why);
	struct text t = {0};

	if (err != 0)
		return refuse(err, why[0] != '\0' ? why : err_text(err),
			"nothing was changed");
	head_open(&t);
	emit_flag(&t, "reloaded", true);
	emit_text(&t, "config", c->v->config_path);
	if (why[0] != '\0')
		emit_text(&t, "at_next_start", why);
	return head_done(&t);
}

/* How many are told, or cut because their version has no word for it. */
static struct body *
run_shutdown(const struct call *c)
{
	size_t routers = c->v->peer_count(c->v->ctx);
	struct text t = {0};

	c->v->shutdown(c->v->ctx);
	head_open(&t);
	emit_flag(&t, "shutdown", true);
	emit_count(&t, "routers", routers);
	return head_done(&t);
}

static struct body *
run_version(const struct call *c)
{
	struct text t = {0};
	int version;

	(void)c;
	head_open(&t);
	emit_text(&t, "program", "rtrd");
	emit_text(&t, "version", WAYMARK_VERSION);
	emit_open(&t, "rtr_versions", '[');
	for (version = 0; version < RTR_VERSIONS; version++)
		emit_number(&t, NULL, version);
	emit_close(&t, ']');
	emit_number(&t, "snapshot_version", SNAPSHOT_VERSION);
	return head_done(&t);
}

static const struct command commands[] = {
#define CONTROL_ROW(name, members, help) {#name, members, run_##name},
	CONTROL_TABLE(CONTROL_ROW)
#undef CONTROL_ROW
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

/* Who guessed a name is told the names there are. */
static struct body *
refuse_command(void)
{
	struct text t = {0};
	struct body *b;
	size_t i;

	text_add(&t, "no such command; there are");
	for (i = 0; i < COMMANDS; i++)
		text_add(&t, "%s %s", i > 0 ? "," : "", commands[i].name);
	b = t.failed ? NULL : refuse(ERR_USAGE, t.p, "command");
	text_free(&t);
	return b;
}

/* Members are held against the table before anything is done: a misspelt
 * filter must not become a full answer. */
static struct body *
dispatch(const struct call *c)
{
	const json_t *word = json_object_get(c->request, "command");
	const struct command *command = NULL;
	const char *key;
	json_t *value;
	size_t i;

	for (i = 0; json_is_string(word) && i < COMMANDS; i++) {
		if (strcmp(commands[i].name, json_string_value(word)) == 0)
			command = &commands[i];
	}
	if (command == NULL)
		return refuse_command();
	json_object_foreach(c->request, key, value)
	{
		if (strcmp(key, "command") != 0 &&
			!words_has(command->members, key))
			return refuse(ERR_USAGE,
				"a member that the command does not take", key);
	}
	return command->run(c);
}

/* The length is looked at before the reader builds anything of it. */
struct body *
control_answer(const struct view *v, struct moment now, struct span line)
{
	struct call c = {v, now, NULL};
	json_error_t error;
	json_t *request;
	struct body *b;

	if (line.n > BOUND_CONTROL_REQUEST)
		return refuse(ERR_LIMIT, "the request is too long", NULL);
	request = json_loadb(
		(const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(request)) {
		json_decref(request);
		return refuse(ERR_SYNTAX,
			"the request is not one line with a JSON object", NULL);
	}
	c.request = request;
	b = dispatch(&c);
	json_decref(request);
	return b;
}
