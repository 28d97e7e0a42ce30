/*
 * supply: two lists in the same order, walked together.
 *
 * The snapshot has its repositories by trust anchor; for each walk they are
 * sorted anew by URI, some hundred as a rule.
 */
#include "rtrd/serve/supply.h"

#include <stdlib.h>
#include <string.h>

#include "rtrd/serve/emit.h"
#include "waymark/err.h"

/* Where a walk stands in both lists. */
struct walk {
	const struct view *v;
	const struct snapshot_repo **leaning; /* by URI, kind, trust anchor */
	size_t leaning_count, next_leaning;
	size_t told_count, next_told;
};

static int
by_uri(const void *a, const void *b)
{
	const struct snapshot_repo *x = *(const struct snapshot_repo *const *)a;
	const struct snapshot_repo *y = *(const struct snapshot_repo *const *)b;
	int order = strcmp(x->uri, y->uri);

	if (order == 0)
		order = (int)x->kind - (int)y->kind;
	return order != 0 ? order : (int)x->ta - (int)y->ta;
}

static int
walk_init(struct walk *w, const struct view *v)
{
	const struct snapshot *s = v->snapshot;
	size_t n = s != NULL ? s->repo_count : 0;

	*w = (struct walk){.v = v, .leaning_count = n};
	w->told_count = v->repos != NULL ? repos_count(v->repos) : 0;
	w->leaning = calloc(n + 1, sizeof(struct snapshot_repo *));
	if (w->leaning == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		w->leaning[i] = &s->repos[i];
	qsort(w->leaning, n, sizeof(struct snapshot_repo *), by_uri);
	return 0;
}

/* Those who lean on the row's repository. */
static void
take_leaning(struct walk *w, struct supply_row *row)
{
	size_t from = w->next_leaning, i = from;

	row->expires = (struct wall){INT64_MAX};
	for (; i < w->leaning_count; i++) {
		const struct snapshot_repo *r = w->leaning[i];

		if (r->kind != row->kind || strcmp(r->uri, row->uri) != 0)
			break;
		row->cas += r->cas;
		row->vrps += r->vrps;
		row->expires = wall_earlier(row->expires, r->expires);
	}
	row->below = w->leaning + from;
	row->below_count = i - from;
	w->next_leaning = i;
}

/* The next row; false when there is none. */
static bool
walk_next(struct walk *w, struct supply_row *row)
{
	const struct snapshot_repo *r = NULL;
	int order = 1;

	memset(row, 0, sizeof(*row));
	if (w->next_leaning < w->leaning_count)
		r = w->leaning[w->next_leaning];
	if (w->next_told < w->told_count) {
		repos_get(w->v->repos, w->next_told, &row->facts, &row->tries);
		order = r == NULL ? -1 : strcmp(row->facts.uri, r->uri);
		if (order == 0)
			order = (int)row->facts.kind - (int)r->kind;
	}
	if (order == 1 && r == NULL)
		return false;
	row->is_told = order <= 0;
	if (row->is_told) {
		w->next_told++;
		row->uri = row->facts.uri;
		row->kind = row->facts.kind;
	} else {
		memset(&row->facts, 0, sizeof(row->facts));
		row->tries = 0;
		row->uri = r->uri;
		row->kind = r->kind;
	}
	take_leaning(w, row);
	return true;
}

static bool
passes(const struct supply_filter *f, const struct supply_row *row)
{
	if (f->uri != NULL && strcmp(f->uri, row->uri) != 0)
		return false;
	return !f->failed || row->facts.failures > 0;
}

int
supply_each(const struct view *v, const struct supply_filter *filter,
	bool (*take)(void *ctx, const struct supply_row *row), void *ctx)
{
	struct supply_row row;
	struct walk w;

	if (walk_init(&w, v) != 0)
		return ERR_NOMEM;
	while (walk_next(&w, &row)) {
		if (passes(filter, &row) && !take(ctx, &row))
			break;
	}
	free(w.leaning);
	return 0;
}

/* Writing. */

struct sheet {
	struct text *t;
	const struct view *v;
	const char *between;
	size_t rows;
};

/* A time that may be "never" at either end. */
static void
emit_end(struct text *t, const char *key, struct wall at)
{
	emit_time(t, key, at.s == INT64_MAX ? (struct wall){0} : at);
}

/* What nobody told is null and not 0. */
static void
write_facts(struct text *t, const struct supply_row *row)
{
	const struct repo_facts *f = &row->facts;
	const struct {
		const char *key;
		uint64_t value;
		bool known;
	} numbers[] = {
		{"serial", f->serial, f->serial != 0},
		{"objects", f->objects, row->is_told},
		{"bytes", f->bytes, row->is_told},
		{"received", f->received, row->is_told},
		{"failures", f->failures, row->is_told},
		{"failures_total", f->failures_all, row->is_told},
		{"duration_ms", f->elapsed_ms, f->attempt.s != 0},
		{"tries", row->tries, row->is_told},
	};

	emit_text(t, "state", row->is_told ? repo_state_name(f->state) : NULL);
	emit_text(t, "session", f->session[0] != '\0' ? f->session : NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].known)
			emit_count(t, numbers[i].key, numbers[i].value);
		else
			emit_null(t, numbers[i].key);
	}
	emit_time(t, "last_attempt", f->attempt);
	emit_time(t, "last_success", f->success);
	emit_time(t, "next_attempt", f->next);
	emit_text(t, "reason", f->reason[0] != '\0' ? f->reason : NULL);
}

/* Who is below it, and what is lost first if it stays away. */
static void
write_below(struct text *t, const struct view *v, const struct supply_row *row)
{
	const struct report *report = &v->snapshot->report;

	emit_count(t, "cas", row->cas);
	emit_count(t, "vrps", row->vrps);
	emit_end(t, "expires", row->expires);
	emit_open(t, "tas", '[');
	for (size_t i = 0; i < row->below_count; i++) {
		const struct snapshot_repo *r = row->below[i];

		emit_open(t, NULL, '{');
		emit_text(t, "name",
			r->ta < report->ta_count ? report->tas[r->ta].name
						 : NULL);
		emit_count(t, "cas", r->cas);
		emit_count(t, "points_failed", r->points_failed);
		emit_count(t, "vrps", r->vrps);
		emit_end(t, "expires", r->expires);
		emit_close(t, '}');
	}
	emit_close(t, ']');
}

static bool
write_row(void *ctx, const struct supply_row *row)
{
	struct sheet *s = ctx;

	if (s->rows++ > 0)
		text_add(s->t, "%s", s->between);
	text_char(s->t, '{');
	emit_text(s->t, "uri", row->uri);
	emit_text(s->t, "transport", repo_kind_name(row->kind));
	write_facts(s->t, row);
	if (row->below_count > 0) {
		write_below(s->t, s->v, row);
	} else {
		emit_count(s->t, "cas", 0);
		emit_count(s->t, "vrps", 0);
		emit_null(s->t, "expires");
		emit_open(s->t, "tas", '[');
		emit_close(s->t, ']');
	}
	emit_close(s->t, '}');
	return !s->t->failed;
}

size_t
supply_write(struct text *t, const struct view *v,
	const struct supply_filter *filter, const char *between)
{
	struct sheet s = {t, v, between, 0};

	if (supply_each(v, filter, write_row, &s) != 0)
		t->failed = true;
	return s.rows;
}
