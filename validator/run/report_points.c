/*
 * report_points: see the header.
 */
#include "validator/run/report_points.h"

#include <inttypes.h>
#include <string.h>

#include "waymark/bounds.h"

/* What it fails for: one of its files, or else its manifest. */
static const char *
file_of(const struct snapshot_point *p)
{
	return p->file[0] != '\0' ? p->file : p->manifest;
}

static void
text_row(const struct snapshot_point *p, struct text *out)
{
	char since[WALL_TEXT];

	text_add(out, "  %-11s%s", point_state_name(p->state), p->reason);
	if (p->state == POINT_LAST_GOOD && p->since.s != 0)
		text_add(out, ", held last %s", wall_format(p->since, since));
	text_add(out, "\n  %-11s%s%s\n", "", p->folder, file_of(p));
}

void
report_points_text(const struct snapshot *s, size_t ta, struct text *out)
{
	size_t n = 0, i;

	for (i = 0; i < s->point_count; i++) {
		const struct snapshot_point *p = &s->points[i];

		if (p->ta != ta || p->state == POINT_VALID)
			continue;
		if (n == 0)
			text_add(out, "\n  %-11sreason, URI\n", "point");
		if (n++ < BOUND_REPORT_POINTS_TEXT)
			text_row(p, out);
	}
	if (n > BOUND_REPORT_POINTS_TEXT)
		text_add(out, "  and %zu more\n",
			n - (size_t)BOUND_REPORT_POINTS_TEXT);
}

void
report_json_text(struct text *out, const char *key, const char *value)
{
	text_add(out, "\"%s\":\"", key);
	text_json(out, value, strlen(value));
	text_add(out, "\"");
}

static void
json_time(struct text *out, const char *key, struct wall at)
{
	char text[WALL_TEXT];

	if (at.s == 0)
		text_add(out, ",\"%s\":null", key);
	else
		text_add(out, ",\"%s\":\"%s\"", key, wall_format(at, text));
}

/* A number of any size, as people know it from inspect. */
static void
json_number(struct text *out, const struct snapshot_point *p)
{
	size_t from = 0;

	while (from < sizeof(p->number) - 1 && p->number[from] == 0)
		from++;
	text_add(out, ",\"manifest_number\":\"");
	text_hex(out, p->number + from, sizeof(p->number) - from);
	text_add(out, "\"");
}

static void
json_row(const struct snapshot *s, const struct snapshot_point *p,
	struct text *out)
{
	report_json_text(out, "uri", p->folder);
	text_add(out, ",");
	report_json_text(out, "manifest", p->manifest);
	text_add(out, ",");
	report_json_text(out, "ta", s->report.tas[p->ta].name);
	text_add(out, ",");
	report_json_text(out, "state", point_state_name(p->state));
	text_add(out, ",");
	report_json_text(out, "reason", p->reason);
	text_add(out, ",");
	report_json_text(out, "text", p->text);
	text_add(out, ",");
	report_json_text(out, "file", file_of(p));
	json_time(out, "since", p->since);
	if (p->state == POINT_LAST_GOOD)
		json_time(out, "expires", p->not_after);
	if (p->this_update.s != 0) {
		json_number(out, p);
		json_time(out, "this_update", p->this_update);
		json_time(out, "next_update", p->next_update);
	}
	text_add(out, ",");
	report_claims_json(s, p->claims, p->claim_count, out);
}

void
report_points_json(const struct snapshot *s, struct text *out)
{
	size_t n = 0, i;

	text_add(out, "\"points\":[");
	for (i = 0; i < s->point_count; i++) {
		const struct snapshot_point *p = &s->points[i];

		if (p->state == POINT_VALID || n++ >= BOUND_REPORT_POINTS)
			continue;
		text_add(out, n == 1 ? "\n{" : ",\n{");
		json_row(s, p, out);
		text_add(out, "}");
	}
	text_add(out, "],\n\"points_left_out\":%zu",
		n > BOUND_REPORT_POINTS ? n - (size_t)BOUND_REPORT_POINTS : 0);
}

static void
json_claim(const struct snapshot_claim *c, struct text *out)
{
	struct prefix p = {.addr = c->addr, .len = c->len, .family = c->family};
	char text[PREFIX_TEXT];

	if (c->family == CLAIM_ASN) {
		text_add(out, "{\"asn\":%" PRIu32 "}", c->asn);
		return;
	}
	text_add(out, "{\"prefix\":\"%s\",\"maxLength\":%u",
		prefix_format(&p, text), (unsigned)c->max_len);
	if (c->asn != 0)
		text_add(out, ",\"asn\":%" PRIu32, c->asn);
	text_add(out, "}");
}

void
report_claims_json(
	const struct snapshot *s, uint32_t from, uint32_t n, struct text *out)
{
	uint32_t i;

	text_add(out, "\"claims\":[");
	for (i = 0; i < n; i++) {
		if (i > 0)
			text_add(out, ",");
		json_claim(&s->claims[from + i], out);
	}
	text_add(out, "]");
}
