/*
 * metrics_fetch: one table of rows; those by repository share one writer that
 * asks for a value.
 */
#include "rtrd/serve/metrics_fetch.h"

#include "rtrd/serve/supply.h"

enum {
	REPOS_SHOWN = 2000 /* some hundred are usual */
};

/* What a sample by repository may be: its value, or that there is none. */
typedef bool (*repo_value)(const struct supply_row *row, uint64_t *out);

/* A walk over repositories for one row of the table. */
struct series {
	struct sheet *s;
	repo_value value;
	size_t shown;
};

static bool
series_take(void *ctx, const struct supply_row *row)
{
	struct series *series = ctx;
	const struct label labels[] = {{"repository", row->uri},
		{"transport", repo_kind_name(row->kind)}};
	uint64_t value;

	if (series->value(row, &value))
		sheet_sample(series->s, labels, 2, value);
	return ++series->shown < REPOS_SHOWN;
}

/* Let `take` write its sample of each repository. */
static void
write_each(struct sheet *s,
	bool (*take)(void *ctx, const struct supply_row *row), repo_value value)
{
	const struct supply_filter all = {0};
	struct series series = {s, value, 0};

	if (supply_each(s->v, &all, take, &series) != 0)
		s->t->failed = true;
}

/* A row a field of the facts: X(field, "name", type, "help", condition).  What
 * was never told or never happened is left out. */
#define REPO_METRIC_TABLE(X) \
	X(up, "waymark_repository_up", "gauge", \
		"Whether the last attempt at a repository succeeded (1) or " \
		"not (0).", \
		f->failures == 0, f->attempt.s != 0) \
	X(attempt, "waymark_repository_last_attempt_timestamp_seconds", \
		"gauge", "When the last attempt at a repository ended.", \
		(uint64_t)f->attempt.s, f->attempt.s > 0) \
	X(success, "waymark_repository_last_success_timestamp_seconds", \
		"gauge", \
		"When the last attempt at a repository that succeeded ended; " \
		"0: none did.", \
		(uint64_t)f->success.s, row->is_told) \
	X(next, "waymark_repository_next_attempt_timestamp_seconds", "gauge", \
		"When a repository is tried next.", (uint64_t)f->next.s, \
		f->next.s > 0) \
	X(serial, "waymark_repository_serial", "gauge", \
		"RRDP serial of what is held of a repository.", f->serial, \
		f->serial != 0) \
	X(objects, "waymark_repository_objects", "gauge", \
		"Objects held of a repository.", f->objects, row->is_told) \
	X(bytes, "waymark_repository_bytes", "gauge", \
		"Octets of the objects held of a repository.", f->bytes, \
		row->is_told) \
	X(received, "waymark_repository_received_bytes", "gauge", \
		"Octets that the last attempt at a repository received.", \
		f->received, row->is_told) \
	X(failing, "waymark_repository_failures", "gauge", \
		"Attempts at a repository that failed in a row.", f->failures, \
		row->is_told) \
	X(failures, "waymark_repository_failures_total", "counter", \
		"Attempts at a repository that failed since it is known.", \
		f->failures_all, row->is_told) \
	X(cas, "waymark_repository_cas", "gauge", \
		"Certification authorities that publish at a repository.", \
		row->cas, true) \
	X(vrps, "waymark_repository_vrps", "gauge", \
		"VRPs that depend on a repository.", row->vrps, true) \
	X(expires, "waymark_repository_expires_timestamp_seconds", "gauge", \
		"When the first VRP that depends on a repository expires if " \
		"nothing new comes of it.", \
		(uint64_t)row->expires.s, \
		row->expires.s > 0 && row->expires.s != INT64_MAX)

#define REPO_METRIC_VALUE(word, name, type, help, what, condition) \
	static bool word##_of(const struct supply_row *row, uint64_t *out) \
	{ \
		const struct repo_facts *f = &row->facts; \
\
		(void)f; \
		*out = (what); \
		return (condition); \
	} \
	static void write_repo_##word(struct sheet *s) \
	{ \
		write_each(s, series_take, word##_of); \
	}
REPO_METRIC_TABLE(REPO_METRIC_VALUE)
#undef REPO_METRIC_VALUE

/* The state is a label of a constant 1, since it is a word. */
static bool
state_take(void *ctx, const struct supply_row *row)
{
	struct series *series = ctx;
	const struct label labels[] = {{"repository", row->uri},
		{"transport", repo_kind_name(row->kind)},
		{"state", repo_state_name(row->facts.state)}};

	if (row->is_told)
		sheet_sample(series->s, labels, 3, 1);
	return ++series->shown < REPOS_SHOWN;
}

static void
write_repo_state(struct sheet *s)
{
	write_each(s, state_take, NULL);
}

static bool
duration_take(void *ctx, const struct supply_row *row)
{
	struct series *series = ctx;
	const struct label labels[] = {{"repository", row->uri},
		{"transport", repo_kind_name(row->kind)}};

	if (row->facts.attempt.s != 0)
		sheet_sample_ms(
			series->s, labels, 2, (int64_t)row->facts.elapsed_ms);
	return ++series->shown < REPOS_SHOWN;
}

static void
write_repo_duration(struct sheet *s)
{
	write_each(s, duration_take, NULL);
}

/* Every state, also the zeros. */
static void
write_states(struct sheet *s)
{
	size_t counts[REPO_STATES] = {0};

	if (s->v->repos != NULL)
		repos_states(s->v->repos, counts);
	for (int i = 0; i < REPO_STATES; i++)
		sheet_by(s, "state", repo_state_name((enum repo_state)i),
			counts[i]);
}

/* A row a number of the view: X(word, "name", type, "help", value, condition).
 */
#define FETCH_METRIC_TABLE(X) \
	X(stale, "waymark_stale", "gauge", \
		"Whether no run has succeeded for so long that routers are " \
		"told that there is no data (1).", \
		v->stale, true) \
	X(waiting, "waymark_first_set_waiting", "gauge", \
		"Whether a complete first set is waited for (1).", \
		v->first.waiting, true) \
	X(missing, "waymark_first_set_missing_tas", "gauge", \
		"Trust anchors of which the first set waits for anything.", \
		v->first.missing, true) \
	X(pending, "waymark_first_set_pending_repositories", "gauge", \
		"Repositories that the first set waits to be tried.", \
		v->first.pending, true) \
	X(wanted, "waymark_fetch_wanted", "gauge", \
		"Whether there shall be a child that fetches (1).", \
		v->fetch_facts.wanted, true) \
	X(running, "waymark_fetch_running", "gauge", \
		"Whether there is a child that fetches (1).", \
		v->fetch_facts.running, true) \
	X(starts, "waymark_fetch_starts_total", "counter", \
		"Children that fetch started.", v->fetch_facts.starts, true) \
	X(losses, "waymark_fetch_losses_total", "counter", \
		"Children that fetch lost: ended without our wish.", \
		v->fetch_facts.losses, true) \
	X(settled, "waymark_fetch_settled", "gauge", \
		"Whether all that can be fetched now is there (1).", \
		v->fetch_facts.settled, true) \
	X(used, "waymark_store_used_bytes", "gauge", \
		"What the store takes on disk.", v->fetch_facts.store.used, \
		v->fetch_facts.store.budget > 0) \
	X(budget, "waymark_store_budget_bytes", "gauge", \
		"What the store may take on disk.", \
		v->fetch_facts.store.budget, v->fetch_facts.store.budget > 0) \
	X(kept, "waymark_store_objects", "gauge", "Objects in the store.", \
		v->fetch_facts.store.objects, v->fetch_facts.store.budget > 0) \
	X(full, "waymark_store_full", "gauge", \
		"Whether the store is full, so that nothing more is fetched " \
		"(1).", \
		v->fetch_facts.store.full, true)

#define FETCH_METRIC_WRITE(word, name, type, help, what, condition) \
	static void write_##word(struct sheet *s) \
	{ \
		const struct view *v = s->v; \
\
		if (condition) \
			sheet_sample(s, NULL, 0, (uint64_t)(what)); \
	}
FETCH_METRIC_TABLE(FETCH_METRIC_WRITE)
#undef FETCH_METRIC_WRITE

static const struct metric rows[] = {
#define FETCH_METRIC_ROW(word, name, type, help, what, condition) \
	{name, type, help, write_##word, 0},
	FETCH_METRIC_TABLE(FETCH_METRIC_ROW)
#undef FETCH_METRIC_ROW
#define REPO_METRIC_ROW(word, name, type, help, what, condition) \
	{name, type, help, write_repo_##word, 0},
		REPO_METRIC_TABLE(REPO_METRIC_ROW)
#undef REPO_METRIC_ROW
			{"waymark_repository_state", "gauge",
				"1, with the state of a repository as a label.",
				write_repo_state, 0},
	{"waymark_repository_fetch_duration_seconds", "gauge",
		"How long the last attempt at a repository took.",
		write_repo_duration, 0},
	{"waymark_repositories", "gauge", "Repositories by their state.",
		write_states, 0},
};

const struct metric *
metrics_fetch(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
