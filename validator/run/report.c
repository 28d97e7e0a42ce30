/*
 * report: see the header.
 */
#include "validator/run/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "validator/run/report_points.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/err.h"
#include "waymark/report.h"

/* The columns of all tables: a name, then numbers below their words. */
#define NAME   "  %-29s"
#define WORD   "%11s"
#define NUMBER "%11" PRIu64

static const char *
yes_no(bool b)
{
	return b ? "yes" : "no";
}

static bool
has_objects(const struct report_ta *ta, size_t type)
{
	size_t i;

	for (i = 0; i < OBJECT_STATES; i++) {
		if (ta->objects[type][i] > 0)
			return true;
	}
	return false;
}

/* Objects by type and state. */
static void
add_objects(const struct report_ta *ta, struct text *out)
{
	size_t type, state;

	text_add(out, NAME, "objects");
	for (state = 0; state < OBJECT_STATES; state++)
		text_add(
			out, WORD, object_state_name((enum object_state)state));
	text_add(out, "\n");
	for (type = 0; type < OBJECT_TYPES; type++) {
		/* The four that matter are told also when there are none. */
		if (type > OBJECT_ROA && !has_objects(ta, type))
			continue;
		text_add(out, NAME, object_type_text((enum object_type)type));
		for (state = 0; state < OBJECT_STATES; state++)
			text_add(out, NUMBER, ta->objects[type][state]);
		text_add(out, "\n");
	}
}

/* The other numbers, each with what it means. */
static void
add_counters(const struct report_ta *ta, struct text *out)
{
	size_t c;

	text_add(out, "\n");
	for (c = 0; c < REPORT_COUNTERS; c++) {
		const char *name = report_counter_name((enum report_counter)c);
		size_t from = out->n;

		text_add(out, NAME NUMBER "  %s\n", name, ta->counters[c],
			report_counter_help((enum report_counter)c));
		/* Words of machines, for people. */
		for (; !out->failed && from < out->n; from++)
			if (out->p[from] == '_')
				out->p[from] = ' ';
	}
}

/* How often each rule refused. */
static void
add_reasons(const struct report *r, size_t ta, struct text *out)
{
	bool first = true;
	size_t i;

	for (i = 0; i < r->reason_count; i++) {
		const struct report_reason *reason = &r->reasons[i];

		if (reason->ta != ta)
			continue;
		if (first)
			text_add(out, "\n" NAME WORD "  reason\n", "refused",
				"count");
		text_add(out, NAME NUMBER "  %s\n",
			object_type_name(reason->type), reason->count,
			reason->reason);
		first = false;
	}
}

static enum repo_state
state_of(const struct repo_note *note)
{
	if (!note->needed)
		return REPO_STATE_SPARE;
	if (note->failures > 0)
		return REPO_STATE_FAILED;
	return note->success.s > 0 ? REPO_STATE_OK : REPO_STATE_NEW;
}

/* Where it all came from, and why where nothing came from. */
static void
add_repos(const struct result *r, size_t ta, struct text *out)
{
	bool first = true;
	size_t i;

	for (i = 0; i < r->repos.n; i++) {
		const struct snapshot_repo *repo = &r->repos.repos[i];
		const struct repo_note *note = &r->repos.notes[i];
		enum repo_state state = state_of(note);

		if (repo->ta != ta)
			continue;
		if (first)
			text_add(out, "\n" NAME WORD WORD WORD "  URI\n",
				"repositories", "CAs", "failed", "VRPs");
		first = false;
		text_add(out, "  %-7s%-22s" NUMBER NUMBER NUMBER "  %s\n",
			repo_kind_name(repo->kind), repo_state_name(state),
			(uint64_t)repo->cas, (uint64_t)repo->points_failed,
			repo->vrps, repo->uri);
		if (state == REPO_STATE_FAILED)
			text_add(out, "  %-7s%s\n", "", note->reason);
	}
}

/* What other validators are compared with. */
static void
add_ccr(const struct ccr_made *ccr, struct text *out)
{
	int i;

	for (i = 0; i < CCR_STATES; i++) {
		if (!ccr->has[i])
			continue;
		text_add(out, "ccr %s: ", ccr_state_name((enum ccr_state)i));
		text_hex(out, ccr->hashes[i], HASH_SIZE);
		text_char(out, '\n');
	}
}

void
report_text(const struct result *r, struct text *out)
{
	const struct report *report = &r->snapshot.report;
	char at[WALL_TEXT];
	size_t i;

	for (i = 0; i < report->ta_count; i++) {
		text_add(out, "%s: %s\n", report->tas[i].name,
			report->tas[i].complete ? "complete" : "incomplete");
		add_objects(&report->tas[i], out);
		add_counters(&report->tas[i], out);
		add_reasons(report, i, out);
		report_points_text(&r->snapshot, i, out);
		add_repos(r, i, out);
		text_add(out, "\n");
	}
	add_ccr(&r->ccr, out);
	text_add(out,
		"validated at %s: %zu VRPs, %" PRIu64
		" unique, complete: %s, elapsed: %" PRId64 ".%03d s\n",
		wall_format(report->at, at), r->snapshot.vrp_count,
		r->vrps_unique, yes_no(r->complete), r->elapsed_ms / 1000,
		(int)(r->elapsed_ms % 1000));
}

static void
json_objects(const struct report_ta *ta, struct text *out)
{
	size_t type, state;

	text_add(out, "\"objects\":{");
	for (type = 0; type < OBJECT_TYPES; type++) {
		text_add(out, "%s\"%s\":{", type == 0 ? "" : ",",
			object_type_name((enum object_type)type));
		for (state = 0; state < OBJECT_STATES; state++)
			text_add(out, "%s\"%s\":%" PRIu64,
				state == 0 ? "" : ",",
				object_state_name((enum object_state)state),
				ta->objects[type][state]);
		text_add(out, "}");
	}
	text_add(out, "}");
}

static void
json_reasons(const struct report *r, size_t ta, struct text *out)
{
	const char *comma = "";
	size_t i;

	text_add(out, "\"reasons\":[");
	for (i = 0; i < r->reason_count; i++) {
		const struct report_reason *reason = &r->reasons[i];

		if (reason->ta != ta)
			continue;
		text_add(out, "%s{", comma);
		report_json_text(out, "type", object_type_name(reason->type));
		text_add(out, ",");
		report_json_text(out, "reason", reason->reason);
		text_add(out, ",\"count\":%" PRIu64 "}", reason->count);
		comma = ",";
	}
	text_add(out, "]");
}

static void
json_tas(const struct report *r, struct text *out)
{
	size_t i, c;

	text_add(out, "\"trust_anchors\":[");
	for (i = 0; i < r->ta_count; i++) {
		const struct report_ta *ta = &r->tas[i];

		text_add(out, "%s\n{", i == 0 ? "" : ",");
		report_json_text(out, "name", ta->name);
		text_add(out, ",\"complete\":%s,",
			ta->complete ? "true" : "false");
		json_objects(ta, out);
		for (c = 0; c < REPORT_COUNTERS; c++)
			text_add(out, ",\"%s\":%" PRIu64,
				report_counter_name((enum report_counter)c),
				ta->counters[c]);
		text_add(out, ",");
		json_reasons(r, i, out);
		text_add(out, "}");
	}
	text_add(out, "],\n");
}

/* A time, null for never. */
static void
json_time(struct text *out, const char *key, struct wall at)
{
	char text[WALL_TEXT];

	if (at.s == 0 || at.s == INT64_MAX)
		text_add(out, ",\"%s\":null", key);
	else
		text_add(out, ",\"%s\":\"%s\"", key, wall_format(at, text));
}

static void
json_repos(const struct result *r, struct text *out)
{
	size_t i;

	text_add(out, "\"repositories\":[");
	for (i = 0; i < r->repos.n; i++) {
		const struct snapshot_repo *repo = &r->repos.repos[i];
		const struct repo_note *note = &r->repos.notes[i];

		text_add(out, "%s\n{", i == 0 ? "" : ",");
		report_json_text(out, "uri", repo->uri);
		text_add(out, ",");
		report_json_text(out, "kind", repo_kind_name(repo->kind));
		text_add(out, ",");
		report_json_text(
			out, "ta", r->snapshot.report.tas[repo->ta].name);
		text_add(out, ",");
		report_json_text(out, "state", repo_state_name(state_of(note)));
		text_add(out,
			",\"cas\":%" PRIu32 ",\"points_failed\":%" PRIu32
			",\"vrps\":%" PRIu64 ",\"failures\":%" PRIu64,
			repo->cas, repo->points_failed, repo->vrps,
			note->failures);
		json_time(out, "expires", repo->expires);
		json_time(out, "attempt", note->attempt);
		json_time(out, "success", note->success);
		text_add(out, ",");
		report_json_text(out, "reason", note->reason);
		text_add(out, "}");
	}
	text_add(out, "],\n");
}

static void
json_refusals(const struct snapshot *s, struct text *out)
{
	char uri[SNAPSHOT_URI];
	size_t i;

	text_add(out, "\"refusals\":[");
	for (i = 0; i < s->refusal_count; i++) {
		const struct snapshot_refusal *refusal = &s->refusals[i];

		text_add(out, "%s\n{", i == 0 ? "" : ",");
		report_json_text(
			out, "uri", snapshot_refusal_uri(s, refusal, uri));
		text_add(out, ",");
		report_json_text(out, "type", object_type_name(refusal->type));
		text_add(out, ",");
		report_json_text(out, "ta", s->report.tas[refusal->ta].name);
		text_add(out, ",");
		report_json_text(out, "reason", refusal->reason);
		text_add(out, ",");
		report_json_text(out, "text", refusal->text);
		text_add(out, ",");
		report_claims_json(
			s, refusal->claims, refusal->claim_count, out);
		text_add(out, "}");
	}
	text_add(out, "]\n");
}

static void
json_ccr(const struct ccr_made *ccr, struct text *out)
{
	const char *comma = "";
	int i;

	text_add(out, "\"ccr\":{");
	for (i = 0; i < CCR_STATES; i++) {
		if (!ccr->has[i])
			continue;
		text_add(out, "%s\"%s\":\"", comma,
			ccr_state_name((enum ccr_state)i));
		text_hex(out, ccr->hashes[i], HASH_SIZE);
		text_char(out, '"');
		comma = ",";
	}
	text_add(out, "},\n");
}

void
report_json(const struct result *r, struct text *out)
{
	const struct report *report = &r->snapshot.report;
	char at[WALL_TEXT], started[WALL_TEXT];

	text_add(out, "{");
	report_json_text(out, "at", wall_format(report->at, at));
	text_add(out, ",");
	report_json_text(out, "started", wall_format(r->started, started));
	text_add(out,
		",\"elapsed_ms\":%" PRId64 ",\"complete\":%s,\"vrps\":%zu,"
		"\"vrps_unique\":%" PRIu64 ",\n",
		r->elapsed_ms, r->complete ? "true" : "false",
		r->snapshot.vrp_count, r->vrps_unique);
	json_ccr(&r->ccr, out);
	json_tas(report, out);
	json_repos(r, out);
	report_points_json(&r->snapshot, out);
	text_add(out, ",\n");
	json_refusals(&r->snapshot, out);
	text_add(out, "}\n");
}

static bool
is_json(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

static int
write_text(const char *path, const struct text *text)
{
	struct file_out f;
	int err = file_is_stream(path) ? file_out_stream(&f, path)
				       : file_out_open(&f, path);

	if (err != 0)
		return err;
	file_out_write(&f, text->p, text->n);
	return file_out_commit(&f);
}

int
report_write(const struct result *r, const char *path)
{
	struct text text = {0};
	int err;

	if (is_json(path))
		report_json(r, &text);
	else
		report_text(r, &text);
	err = text.failed ? ERR_NOMEM : write_text(path, &text);
	text_free(&text);
	return err;
}

/* Whether a trust anchor before leans on the same one. */
static bool
is_told(const struct result *r, size_t row)
{
	const struct snapshot_repo *repo = &r->repos.repos[row];
	size_t i;

	for (i = 0; i < row && r->repos.repos[i].ta < repo->ta; i++)
		if (r->repos.repos[i].kind == repo->kind &&
			strcmp(r->repos.repos[i].uri, repo->uri) == 0)
			return true;
	return false;
}

void
report_log(const struct result *r, const struct log *log)
{
	size_t lines = 0, i;
	char at[WALL_TEXT];

	for (i = 0; i < r->repos.n; i++) {
		const struct snapshot_repo *repo = &r->repos.repos[i];
		const struct repo_note *note = &r->repos.notes[i];

		if (state_of(note) != REPO_STATE_FAILED || is_told(r, i))
			continue;
		if (lines++ == BOUND_LOG_LINES_PER_TA)
			break;
		log_event(log, LOG_LEVEL_WARN, "repository",
			"kind=%s uri=%s ta=%s failures=%" PRIu64
			" success=%s reason=\"%s\"",
			repo_kind_name(repo->kind), repo->uri,
			r->snapshot.report.tas[repo->ta].name, note->failures,
			note->success.s == 0 ? "never"
					     : wall_format(note->success, at),
			note->reason);
	}
}

void
report_tell(const struct result *r)
{
	struct text text = {0};

	report_text(r, &text);
	if (!text.failed)
		(void)fwrite(text.p, 1, text.n, stderr);
	text_free(&text);
}
