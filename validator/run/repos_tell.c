/*
 * repos_tell: what is wanted of fetching, and what is told of repositories.
 */
#include <stdlib.h>
#include <string.h>

#include "validator/run/repos_inner.h"
#include "waymark/err.h"

/* A link counts while what it stands behind fails; and nobody waits for it
 * while that one has data. */
void
repos_end(struct repos *r)
{
	size_t i;

	for (i = 0; i < r->links.n; i++) {
		const struct link *link = &r->links.at[i];
		struct row *row = &r->rows.at[link->row];
		bool is_new = !row->off && row->note.attempt.s == 0 &&
			row->note.success.s == 0;

		if (link->after < 0) {
			row->note.needed = true;
			row->pending |= is_new;
		} else if (r->rows.at[link->after].note.failures > 0) {
			row->note.needed = true;
			row->pending |=
				is_new && r->rows.at[link->after].set.id == 0;
		}
	}
}

void
repos_count(
	const struct repos *r, uint32_t ta, uint64_t counters[REPORT_COUNTERS])
{
	size_t i;

	counters[REPORT_REPOSITORIES_LEFT_OUT] = r->tas[ta].left_out;
	for (i = 0; i < r->rows.n; i++) {
		const struct row *row = &r->rows.at[i];

		if (row->ta != ta)
			continue;
		counters[REPORT_REPOSITORIES]++;
		counters[REPORT_REPOSITORIES_FAILED] +=
			row->note.needed && row->note.failures > 0;
		counters[REPORT_REPOSITORIES_PENDING] += row->pending;
	}
}

static int
by_ta(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;
	int c;

	if (x->ta != y->ta)
		return x->ta < y->ta ? -1 : 1;
	c = strcmp(x->uri, y->uri);
	return c != 0 ? c : (x->kind > y->kind) - (x->kind < y->kind);
}

static struct snapshot_repo
tell(const struct repos *r, const struct row *row, const char *uri)
{
	const struct ta_use *ta = &r->tas[row->ta];
	struct snapshot_repo repo = {
		.uri = uri,
		.kind = row->kind,
		.ta = (uint8_t)row->ta,
		.cas = row->cas,
		.points_failed = row->points_failed,
		.vrps = row->vrps,
		.expires = row->expires,
	};

	/* All of a trust anchor hangs on its certificate. */
	if (row->kind == REPO_TA) {
		repo.vrps = ta->vrps;
		repo.expires = ta->expires;
	}
	return repo;
}

int
repos_rows(const struct repos *r, struct arena *arena, struct repo_rows *out)
{
	size_t n = r->rows.n, i;
	struct snapshot_repo *repos = arena_array(arena, n + 1, sizeof(*repos));
	struct repo_note *notes = arena_array(arena, n + 1, sizeof(*notes));
	uint32_t *places = arena_array(arena, n + 1, sizeof(*places));
	const struct row **order = calloc(n + 1, sizeof(*order));
	bool failed = repos == NULL || notes == NULL || places == NULL ||
		order == NULL;

	for (i = 0; i < n && !failed; i++)
		order[i] = &r->rows.at[i];
	if (!failed)
		qsort(order, n, sizeof(*order), by_ta);
	for (i = 0; i < n && !failed; i++) {
		const struct row *row = order[i];
		const char *uri = arena_text(arena, row->uri, strlen(row->uri));

		places[row - r->rows.at] = (uint32_t)i;
		repos[i] = tell(r, row, uri);
		notes[i] = row->note;
		notes[i].reason = arena_text(
			arena, row->note.reason, strlen(row->note.reason));
		failed = uri == NULL || notes[i].reason == NULL;
	}
	free(order);
	if (failed)
		return ERR_NOMEM;
	*out = (struct repo_rows){
		.repos = repos, .notes = notes, .places = places, .n = n};
	return 0;
}

int
repos_wanted(struct repos *r, struct wanted *out)
{
	size_t i;

	r->wants.n = 0;
	for (i = 0; i < r->links.n; i++) {
		const struct link *link = &r->links.at[i];
		const struct row *row = &r->rows.at[link->row];
		struct want want = {
			.kind = row->kind,
			.uri = row->uri,
			.after = link->after < 0 ? NULL
						 : r->rows.at[link->after].uri,
			.ta = r->config.names[row->ta],
			.delegation = row->delegation < 0
				? ""
				: r->rows.at[row->delegation].uri,
			.hosts = repos_hosts(r, row),
		};

		if (want.hosts == NULL || !VEC_PUSH(&r->wants, want))
			return ERR_NOMEM;
	}
	*out = (struct wanted){
		.wants = r->wants.at,
		.want_count = r->wants.n,
		.keeps = r->keeps.at,
		.keep_count = r->keeps.n,
	};
	return 0;
}
