/*
 * result: see the header.
 *
 *	threads:  sort own sources          sort own VRPs
 *	                 |                        ^   |
 *	one:             +--> merge, number ------+   +--> merge, drop doubles
 *
 * VRPs name their source by its number, so the sources are put in order first.
 * Both orders are total: what compares equal is the same in every field that
 * is kept, and doubles go.
 */
#include "validator/run/result.h"

#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "validator/run/crew.h"
#include "validator/run/others.h"
#include "validator/run/sorted.h"
#include "waymark/err.h"

/* A source where its thread left it. */
struct source_ref {
	const struct snapshot_source *source;
	uint32_t checker;
	uint32_t index;
};

struct result_owner {
	struct checker **checkers;
	size_t checker_count;
	struct arena *arena; /* texts of rules */
	struct vrp *vrps;
	struct snapshot_source *sources;
	VEC(struct snapshot_refusal) refusals;
	VEC(struct report_reason) reasons;
	VEC(struct verdict) verdicts;
	struct report_ta *tas;
	struct shelf *shelf;
};

struct merge {
	struct result *result;
	struct checker **checkers;
	size_t count;
	struct source_ref *refs;
	size_t ref_ends[BOUND_THREADS]; /* by checker, as sorted_merge wants */
	uint32_t *numbers; /* of a checker's sources, from its first ref on */
	struct vrp *vrps;
	size_t vrp_ends[BOUND_THREADS];
};

static size_t
start_of(const size_t *ends, size_t i)
{
	return i == 0 ? 0 : ends[i - 1];
}

static int
order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_source(const void *a, const void *b)
{
	const struct snapshot_source *x =
		((const struct source_ref *)a)->source;
	const struct snapshot_source *y =
		((const struct source_ref *)b)->source;
	int c = strcmp(x->uri, y->uri);

	if (c == 0)
		c = memcmp(x->hash, y->hash, sizeof(x->hash));
	return c != 0 ? c : order(x->ta, y->ta);
}

static int
by_vrp(const void *a, const void *b)
{
	const struct vrp *x = a, *y = b;
	int c = vrp_compare(x, y);

	if (c == 0 && x->expires != y->expires)
		return x->expires > y->expires ? -1 : 1;
	if (c == 0)
		c = order(x->ta, y->ta);
	return c != 0 ? c : order(x->source, y->source);
}

static int
by_refusal(const void *a, const void *b)
{
	const struct snapshot_refusal *x = a, *y = b;
	int c = order(x->ta, y->ta);

	if (c == 0)
		c = strcmp(x->uri, y->uri);
	if (c == 0)
		c = strcmp(x->reason, y->reason);
	return c != 0 ? c : order(x->type, y->type);
}

static int
by_reason(const void *a, const void *b)
{
	const struct report_reason *x = a, *y = b;
	int c = order(x->ta, y->ta);

	if (c == 0)
		c = order(x->type, y->type);
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
		c = order(x->lost.reason, y->lost.reason);
	if (c == 0)
		c = order(x->state == OBJECT_STATE_REFUSED,
			y->state == OBJECT_STATE_REFUSED);
	if (c == 0)
		c = order(x->ta, y->ta);
	return c != 0 ? c : order(x->reason, y->reason);
}

static void
sort_sources(void *ctx, size_t i)
{
	struct merge *m = ctx;
	struct findings *f = &m->checkers[i]->findings;
	struct source_ref *refs = m->refs + start_of(m->ref_ends, i);
	size_t j;

	for (j = 0; j < f->sources.n; j++)
		refs[j] = (struct source_ref){
			&f->sources.at[j], (uint32_t)i, (uint32_t)j};
	qsort(refs, f->sources.n, sizeof(*refs), by_source);
}

/* A payload lasts as long as the longest path to its source: of the paths only
 * the best counts, so that each source gives each payload once. */
static int64_t
expiry_of(const struct snapshot_source *s)
{
	return wall_earlier(s->not_after, s->chain_not_after).s;
}

static void
sort_vrps(void *ctx, size_t i)
{
	struct merge *m = ctx;
	struct findings *f = &m->checkers[i]->findings;
	struct vrp *vrps = m->vrps + start_of(m->vrp_ends, i);
	const uint32_t *numbers = m->numbers + start_of(m->ref_ends, i);
	size_t n = f->vrps.n, j;

	for (j = 0; j < n; j++) {
		vrps[j] = f->vrps.at[j];
		vrps[j].source = numbers[vrps[j].source];
		vrps[j].expires =
			expiry_of(&m->result->snapshot.sources[vrps[j].source]);
	}
	VEC_FREE(&f->vrps);
	qsort(vrps, n, sizeof(*vrps), by_vrp);
}

static bool
same_source(const struct source_ref *a, const struct source_ref *b)
{
	return by_source(a, b) == 0;
}

/* Two certification paths may lead to one object: it is one source, which
 * lasts as long as the longer path. */
static void
number_sources(struct merge *m, size_t n)
{
	struct snapshot_source *to = m->result->owner->sources;
	size_t count = 0, i;

	for (i = 0; i < n; i++) {
		const struct source_ref *ref = &m->refs[i];

		if (i == 0 || !same_source(ref, &m->refs[i - 1]))
			to[count++] = *ref->source;
		else if (to[count - 1].chain_not_after.s <
			ref->source->chain_not_after.s)
			to[count - 1].chain_not_after =
				ref->source->chain_not_after;
		m->numbers[start_of(m->ref_ends, ref->checker) + ref->index] =
			(uint32_t)(count - 1);
	}
	m->result->snapshot.sources = to;
	m->result->snapshot.source_count = count;
}

static int
merge_sources(struct merge *m)
{
	struct result_owner *own = m->result->owner;
	size_t n = 0, i;
	int err;

	for (i = 0; i < m->count; i++)
		m->ref_ends[i] = n += m->checkers[i]->findings.sources.n;
	m->refs = calloc(n + 1, sizeof(*m->refs));
	m->numbers = calloc(n + 1, sizeof(*m->numbers));
	own->sources = calloc(n + 1, sizeof(*own->sources));
	if (m->refs == NULL || m->numbers == NULL || own->sources == NULL)
		return ERR_NOMEM;
	crew_run(m->count, sort_sources, m);
	err = sorted_merge(
		m->refs, sizeof(*m->refs), m->ref_ends, m->count, by_source);
	if (err == 0)
		number_sources(m, n);
	return err;
}

static int
merge_vrps(struct merge *m)
{
	struct snapshot *s = &m->result->snapshot;
	size_t n = 0, count = 0, i;
	int err;

	for (i = 0; i < m->count; i++)
		m->vrp_ends[i] = n += m->checkers[i]->findings.vrps.n;
	m->vrps = calloc(n + 1, sizeof(*m->vrps));
	if (m->vrps == NULL)
		return ERR_NOMEM;
	m->result->owner->vrps = m->vrps;
	crew_run(m->count, sort_vrps, m);
	err = sorted_merge(
		m->vrps, sizeof(*m->vrps), m->vrp_ends, m->count, by_vrp);
	if (err != 0)
		return err;
	for (i = 0; i < n; i++) {
		if (i == 0 || by_vrp(&m->vrps[i], &m->vrps[count - 1]) != 0)
			m->vrps[count++] = m->vrps[i];
	}
	s->vrps = m->vrps;
	s->vrp_count = count;
	return 0;
}

static void
count_vrp(struct report_ta *ta, const struct vrp *v, bool is_new)
{
	ta->counters[REPORT_VRPS]++;
	if (!is_new)
		return;
	ta->counters[REPORT_VRPS_UNIQUE]++;
	if (v->family == FAMILY_IPV4)
		ta->counters[REPORT_VRPS_IPV4]++;
	else
		ta->counters[REPORT_VRPS_IPV6]++;
}

/* Equal VRPs stand together; a bit for each trust anchor tells which of them
 * has one already. */
static void
count_vrps(struct result *r)
{
	const struct snapshot *s = &r->snapshot;
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < s->vrp_count; i++) {
		const struct vrp *v = &s->vrps[i];
		uint64_t bit = (uint64_t)1 << v->ta;

		if (i == 0 || vrp_compare(v, &s->vrps[i - 1]) != 0) {
			seen = 0;
			r->vrps_unique++;
		}
		count_vrp(&r->owner->tas[v->ta], v, (seen & bit) == 0);
		seen |= bit;
	}
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
				m->checkers[i]->findings.tas[ta].reasons[type]
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
			add_tally(ta, &m->checkers[j]->findings.tas[i]);
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

/* "the rule (RFC 6487 4.1)", made once for each rule. */
static const char *
rule_text(struct arena *arena, const char **texts, enum reject code)
{
	const char *text = reject_text(code), *rfc = reject_rfc(code);
	size_t n = strlen(text), k = strlen(rfc);
	char *both;

	if (texts[code] != NULL)
		return texts[code];
	both = arena_get(arena, n + k + sizeof(" ()"));
	if (both == NULL)
		return text;
	memcpy(both, text, n);
	memcpy(both + n, " (", 2);
	memcpy(both + n + 2, rfc, k);
	memcpy(both + n + 2 + k, ")", 2);
	texts[code] = both;
	return both;
}

static int
merge_refusals(struct merge *m)
{
	struct result_owner *own = m->result->owner;
	const char *texts[REJECT_COUNT] = {NULL};
	size_t i, j;

	for (i = 0; i < m->count; i++) {
		const struct findings *f = &m->checkers[i]->findings;

		for (j = 0; j < f->refusals.n; j++) {
			const struct refusal *from = &f->refusals.at[j];
			struct snapshot_refusal to = {
				.uri = from->uri,
				.reason = reject_name(from->reason),
				.text = rule_text(
					own->arena, texts, from->reason),
				.ta = (uint8_t)from->ta,
				.type = from->type,
			};

			if (!VEC_PUSH(&own->refusals, to))
				return ERR_NOMEM;
		}
	}
	if (own->refusals.n > 0)
		qsort(own->refusals.at, own->refusals.n,
			sizeof(*own->refusals.at), by_refusal);
	m->result->snapshot.refusals = own->refusals.at;
	m->result->snapshot.refusal_count = own->refusals.n;
	return 0;
}

static int
merge_verdicts(struct merge *m)
{
	struct result_owner *own = m->result->owner;
	size_t i, j;

	for (i = 0; i < m->count; i++) {
		const struct findings *f = &m->checkers[i]->findings;

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
	m.checkers = m.result->owner->checkers;
	err = others_settle(m.checkers, count);
	if (err == 0)
		err = merge_sources(&m);
	if (err == 0)
		err = merge_vrps(&m);
	if (err == 0)
		err = merge_tas(&m, names, ta_count);
	if (err == 0)
		err = merge_refusals(&m);
	if (err == 0)
		err = merge_verdicts(&m);
	free(m.refs);
	free(m.numbers);
	if (err != 0) {
		result_free(m.result);
		return err;
	}
	count_vrps(m.result);
	*out = m.result;
	return 0;
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
	r->snapshot.repos = r->repos.repos;
	r->snapshot.repo_count = r->repos.n;
	return err;
}

int
result_remember(const struct result *r, struct pins *pins, struct wall now)
{
	const struct result_owner *own = r->owner;
	VEC(struct pin_entry) entries = {0};
	size_t i, j;
	int err = 0;

	for (i = 0; i < own->checker_count; i++) {
		const struct findings *f = &own->checkers[i]->findings;

		if (!VEC_RESERVE(&entries, entries.n + f->versions.n))
			err = ERR_NOMEM;
		for (j = 0; j < f->versions.n && err == 0; j++) {
			const struct held *from = &f->versions.at[j];
			struct pin_entry *to = &entries.at[entries.n++];

			memcpy(to->key, from->key, sizeof(to->key));
			memcpy(to->pin.manifest, from->manifest,
				sizeof(to->pin.manifest));
			to->pin.at = now;
			to->pin.files = from->files;
			to->pin.file_count = from->file_count;
		}
	}
	if (err == 0)
		err = pins_write(pins, entries.at, entries.n, now);
	VEC_FREE(&entries);
	return err;
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
	for (i = 0; i < own->checker_count; i++)
		checker_free(own->checkers[i]);
	free(own->checkers);
	arena_free(own->arena);
	free(own->vrps);
	free(own->sources);
	VEC_FREE(&own->refusals);
	VEC_FREE(&own->reasons);
	VEC_FREE(&own->verdicts);
	free(own->tas);
	shelf_close(own->shelf);
	free(own);
	free(r);
}
