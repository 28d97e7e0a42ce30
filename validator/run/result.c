/*
 * result: see the header.
 *
 * The order matters: points before what lies at them, sources before what
 * comes from them.  What threads found goes as soon as it was taken over, so
 * that there is never twice as much of it.
 */
#include "validator/run/result.h"

#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/run/merge.h"
#include "validator/run/others.h"
#include "validator/run/remember.h"
#include "waymark/err.h"

int
merge_order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

const char *
merge_rule(struct merge *m, enum reject code)
{
	const char *text = reject_text(code), *rfc = reject_rfc(code);
	size_t n = strlen(text), k = strlen(rfc);
	char *both;

	if (m->rules[code] != NULL)
		return m->rules[code];
	both = arena_get(m->result->owner->arena, n + k + sizeof(" ()"));
	if (both == NULL)
		return NULL;
	memcpy(both, text, n);
	memcpy(both + n, " (", 2);
	memcpy(both + n + 2, rfc, k);
	memcpy(both + n + 2 + k, ")", 2);
	m->rules[code] = both;
	return both;
}

static int
by_reason(const void *a, const void *b)
{
	const struct report_reason *x = a, *y = b;
	int c = merge_order(x->ta, y->ta);

	if (c == 0)
		c = merge_order(x->type, y->type);
	return c != 0 ? c : strcmp(x->reason, y->reason);
}

static int
by_verdict(const void *a, const void *b)
{
	const struct verdict *x = a, *y = b;
	int c = strcmp(x->uri, y->uri);

	if (c == 0)
		c = memcmp(x->hash, y->hash, sizeof(x->hash));
	if (c == 0)
		c = merge_order(x->lost.reason, y->lost.reason);
	if (c == 0)
		c = merge_order(x->state == OBJECT_STATE_REFUSED,
			y->state == OBJECT_STATE_REFUSED);
	if (c == 0)
		c = merge_order(x->ta, y->ta);
	return c != 0 ? c : merge_order(x->reason, y->reason);
}

static int
add_reasons(struct merge *m, uint32_t ta, enum object_type type)
{
	struct result_owner *own = m->result->owner;
	size_t code, i;

	for (code = 0; code < REJECT_COUNT; code++) {
		struct report_reason reason = {
			.ta = ta,
			.type = type,
			.reason = reject_name((enum reject)code),
		};

		for (i = 0; i < m->count; i++)
			reason.count +=
				m->parts[i].findings->tas[ta].reasons[type]
								     [code];
		if (reason.count > 0 && !VEC_PUSH(&own->reasons, reason))
			return ERR_NOMEM;
	}
	return 0;
}

static void
add_tally(struct report_ta *to, const struct tally *from)
{
	size_t i, j;

	for (i = 0; i < OBJECT_TYPES; i++) {
		for (j = 0; j < OBJECT_STATES; j++)
			to->objects[i][j] += from->objects[i][j];
	}
	for (i = 0; i < REPORT_COUNTERS; i++)
		to->counters[i] += from->counters[i];
}

static int
merge_tas(struct merge *m, const char *const *names, size_t ta_count)
{
	struct result *r = m->result;
	struct result_owner *own = r->owner;
	size_t i, j;

	own->tas = calloc(ta_count + 1, sizeof(*own->tas));
	if (own->tas == NULL)
		return ERR_NOMEM;
	r->complete = ta_count > 0;
	for (i = 0; i < ta_count; i++) {
		struct report_ta *ta = &own->tas[i];

		ta->name = names[i];
		for (j = 0; j < m->count; j++)
			add_tally(ta, &m->parts[j].findings->tas[i]);
		for (j = 0; j < OBJECT_TYPES; j++) {
			if (add_reasons(m, (uint32_t)i, (enum object_type)j))
				return ERR_NOMEM;
		}
		ta->complete = ta->counters[REPORT_POINTS_FAILED] == 0 &&
			ta->counters[REPORT_POINTS_LAST_GOOD] == 0 &&
			ta->counters[REPORT_POINTS_VALID] > 0;
		r->complete &= ta->complete;
		r->usable |= ta->counters[REPORT_POINTS_VALID] > 0 ||
			ta->counters[REPORT_POINTS_LAST_GOOD] > 0;
	}
	if (own->reasons.n > 0)
		qsort(own->reasons.at, own->reasons.n, sizeof(*own->reasons.at),
			by_reason);
	r->snapshot.report.tas = own->tas;
	r->snapshot.report.ta_count = ta_count;
	r->snapshot.report.reasons = own->reasons.at;
	r->snapshot.report.reason_count = own->reasons.n;
	return 0;
}

static int
merge_verdicts(struct merge *m)
{
	struct result_owner *own = m->result->owner;
	size_t i, j;

	for (i = 0; i < m->count; i++) {
		const struct findings *f = m->parts[i].findings;

		for (j = 0; j < f->verdicts.n; j++) {
			if (!VEC_PUSH(&own->verdicts, f->verdicts.at[j]))
				return ERR_NOMEM;
		}
	}
	if (own->verdicts.n > 0)
		qsort(own->verdicts.at, own->verdicts.n,
			sizeof(*own->verdicts.at), by_verdict);
	m->result->verdicts = own->verdicts.at;
	m->result->verdict_count = own->verdicts.n;
	return 0;
}

static struct result *
result_new(struct checker *const *checkers, size_t count)
{
	struct result *r = calloc(1, sizeof(*r));
	struct result_owner *own = calloc(1, sizeof(*own));
	struct checker **copy = calloc(count + 1, sizeof(*copy));
	struct arena *arena = arena_new(4096);

	if (r == NULL || own == NULL || copy == NULL || arena == NULL) {
		free(r);
		free(own);
		free(copy);
		arena_free(arena);
		return NULL;
	}
	memcpy(copy, checkers, count * sizeof(*copy));
	own->checkers = copy;
	own->checker_count = count;
	own->arena = arena;
	r->owner = own;
	return r;
}

/* Every step in its turn; a step that fails ends it. */
static int
merge_all(struct merge *m, const char *const *names, size_t ta_count)
{
	static int (*const steps[])(struct merge * m) = {
		merge_points,
		merge_sources,
		merge_vrps,
		merge_keys,
		merge_aspas,
		merge_refusals,
		merge_verdicts,
	};
	struct result_owner *own = m->result->owner;
	int err = others_settle(own->checkers, own->checker_count);
	size_t i;

	if (err == 0)
		err = merge_tas(m, names, ta_count);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && err == 0; i++)
		err = steps[i](m);
	return err;
}

int
result_merge(struct checker *const *checkers, size_t count,
	const char *const *names, size_t ta_count, struct result **out)
{
	struct merge m = {.count = count};
	size_t i;
	int err;

	m.result = result_new(checkers, count);
	if (m.result == NULL) {
		for (i = 0; i < count; i++)
			checker_free(checkers[i]);
		return ERR_NOMEM;
	}
	for (i = 0; i < count; i++)
		m.parts[i].findings = &checkers[i]->findings;
	err = merge_all(&m, names, ta_count);
	for (i = 0; i < count; i++) {
		free(m.parts[i].points);
		free(m.parts[i].sources);
		free(m.parts[i].ends);
	}
	if (err != 0)
		result_free(m.result);
	else
		*out = m.result;
	return err;
}

int
result_add_repos(struct result *r, struct shelf *shelf)
{
	struct result_owner *own = r->owner;
	struct repos *repos = shelf_repos(shelf);
	size_t i;
	int err;

	own->shelf = shelf;
	repos_end(repos);
	for (i = 0; i < r->snapshot.report.ta_count; i++)
		repos_count(repos, (uint32_t)i, own->tas[i].counters);
	err = repos_rows(repos, own->arena, &r->repos);
	if (err == 0)
		err = shelf_wanted(shelf, &r->wanted);
	/* Rows stand in another order than they were named in. */
	for (i = 0; i < r->snapshot.point_count && r->repos.places != NULL; i++)
		if (own->points[i].repo != SNAPSHOT_NONE)
			own->points[i].repo =
				r->repos.places[own->points[i].repo];
	r->snapshot.repos = r->repos.repos;
	r->snapshot.repo_count = r->repos.n;
	return err;
}

int
result_remember(const struct result *r, struct pins *pins, struct wall now)
{
	return remember_write(
		r->owner->checkers, r->owner->checker_count, pins, now);
}

void
result_rest(struct result *r)
{
	struct result_owner *own = r->owner;

	if (own->shelf != NULL)
		shelf_rest(own->shelf);
}

bool
result_renew(struct result *r, const struct repo_facts *f)
{
	bool found = false;
	size_t i;

	for (i = 0; i < r->repos.n; i++) {
		const struct snapshot_repo *repo = &r->repos.repos[i];
		struct repo_note *note = &r->repos.notes[i];

		if (repo->kind != f->kind || strcmp(repo->uri, f->uri) != 0)
			continue;
		if (note->failures > 0 || note->success.s == 0)
			return false;
		note->attempt = f->attempt;
		note->success = f->success;
		found = true;
	}
	return found;
}

void
result_free(struct result *r)
{
	struct result_owner *own;
	size_t i;

	if (r == NULL)
		return;
	own = r->owner;
	ccr_made_free(&r->ccr);
	for (i = 0; i < own->checker_count; i++)
		checker_free(own->checkers[i]);
	free(own->checkers);
	arena_free(own->arena);
	free(own->vrps);
	free(own->keys);
	free(own->aspas);
	free(own->points);
	free(own->sources);
	VEC_FREE(&own->claims);
	VEC_FREE(&own->refusals);
	VEC_FREE(&own->reasons);
	VEC_FREE(&own->verdicts);
	free(own->tas);
	shelf_close(own->shelf);
	free(own);
	free(r);
}
