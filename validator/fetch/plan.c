/*
 * plan: who is known, and who of them is wanted.
 *
 * Repositories stand in one array ordered by kind and URI, each in memory of
 * its own so that its owner can hold on to it.  What is wanted comes as a whole
 * and is sorted into that: no hash table that a hostile name could clog.
 */
#include "validator/fetch/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/plan_inner.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

static int
compare(enum repo_kind kind, const char *uri, const struct plan_repo *r)
{
	if (kind != r->kind)
		return kind < r->kind ? -1 : 1;
	return strcmp(uri, r->uri);
}

static int
by_identity(const void *a, const void *b)
{
	const struct plan_repo *const *x = a, *const *y = b;

	return compare((*x)->kind, (*x)->uri, *y);
}

/* Where a repository stands among the first `n`, or would. */
static size_t
place(const struct plan *p, size_t n, enum repo_kind kind, const char *uri)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(kind, uri, p->repos.at[mid]) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct plan_repo *
find_among(const struct plan *p, size_t n, enum repo_kind kind, const char *uri)
{
	size_t i = place(p, n, kind, uri);

	if (i == n || compare(kind, uri, p->repos.at[i]) != 0)
		return NULL;
	return p->repos.at[i];
}

struct plan_repo *
plan_find(const struct plan *p, enum repo_kind kind, const char *uri)
{
	return find_among(p, p->repos.n, kind, uri);
}

int
plan_new(const struct plan_config *config, struct plan **out)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->config = *config;
	p->stirred = true;
	*out = p;
	return 0;
}

static void
repo_free(struct plan_repo *r)
{
	if (r == NULL)
		return;
	free(r->uri);
	free(r->ta);
	free(r->delegation);
	free(r->host);
	free(r);
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->repos.n; i++)
		repo_free(p->repos.at[i]);
	VEC_FREE(&p->repos);
	VEC_FREE(&p->order);
	VEC_FREE(&p->links);
	VEC_FREE(&p->running);
	arena_free(p->groups.arena);
	free(p);
}

/* The host of a URI as it counts: names differ neither by case nor by the dot
 * of the root. */
static char *
host_of(const char *uri)
{
	struct span s = slots_host(uri);
	char *host;

	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	host = strndup((const char *)s.p, s.n);
	for (size_t i = 0; host != NULL && i < s.n; i++) {
		if (host[i] >= 'A' && host[i] <= 'Z')
			host[i] = (char)(host[i] - 'A' + 'a');
	}
	return host;
}

static enum plan_transport
transport_of(enum repo_kind kind, const char *uri)
{
	if (kind == REPO_RRDP)
		return PLAN_HTTP;
	if (kind == REPO_TA && strncmp(uri, "https:", 6) == 0)
		return PLAN_HTTP;
	return PLAN_RSYNC;
}

/* A repository at the end of the array; its owner sorts it in. */
static struct plan_repo *
append(struct plan *p, enum repo_kind kind, const char *uri)
{
	struct plan_repo *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->kind = kind;
	r->uri = strdup(uri);
	r->ta = strdup("");
	r->delegation = strdup("");
	r->host = host_of(uri);
	r->transport = transport_of(kind, uri);
	r->off = (kind == REPO_RRDP && !p->config.rrdp) ||
		(r->transport == PLAN_RSYNC && !p->config.rsync);
	r->from_ms = PLAN_NEVER;
	if (r->uri == NULL || r->ta == NULL || r->delegation == NULL ||
		r->host == NULL || !VEC_PUSH(&p->repos, r)) {
		repo_free(r);
		return NULL;
	}
	return r;
}

int
plan_recall(struct plan *p, const struct plan_past *past, struct mono now,
	struct plan_repo **out)
{
	struct plan_repo *r = append(p, past->kind, past->uri);

	if (r == NULL)
		return ERR_NOMEM;
	plan_resume(p, r, past, now);
	*out = r;
	return 0;
}

void
plan_forget(struct plan *p, struct plan_repo *r)
{
	size_t i = place(p, p->repos.n, r->kind, r->uri);

	assert(!r->wanted && r->phase != PLAN_RUNNING);
	p->repos.n--;
	memmove(&p->repos.at[i], &p->repos.at[i + 1],
		(p->repos.n - i) * sizeof(*p->repos.at));
	repo_free(r);
}

size_t
plan_count(const struct plan *p)
{
	return p->repos.n;
}

struct plan_repo *
plan_at(const struct plan *p, size_t i)
{
	return p->repos.at[i];
}

/* A line of what is wanted on its way to its repository. */
struct line {
	const struct want *want;
	struct plan_repo *repo;
};

static int
by_want(const void *a, const void *b)
{
	const struct want *x = (*(struct line *const *)a)->want;
	const struct want *y = (*(struct line *const *)b)->want;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->uri, y->uri);
}

static void
sort_repos(struct plan *p)
{
	if (p->repos.n > 1)
		qsort(p->repos.at, p->repos.n, sizeof(*p->repos.at),
			by_identity);
}

/* Find the repository of every line, and make those that are not known. */
static int
settle_lines(struct plan *p, struct line *lines, struct line **sorted, size_t n)
{
	size_t known = p->repos.n;

	sort_repos(p);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &lines[i];
	qsort(sorted, n, sizeof(*sorted), by_want);
	for (size_t i = 0; i < n; i++) {
		const struct want *w = sorted[i]->want;

		if (i > 0 && by_want(&sorted[i - 1], &sorted[i]) == 0)
			sorted[i]->repo = sorted[i - 1]->repo;
		else
			sorted[i]->repo = find_among(p, known, w->kind, w->uri);
		if (sorted[i]->repo == NULL)
			sorted[i]->repo = append(p, w->kind, w->uri);
		if (sorted[i]->repo == NULL)
			return ERR_NOMEM;
	}
	sort_repos(p);
	return 0;
}

static bool
rename_to(char **text, const char *to)
{
	char *copy;

	if (strcmp(*text, to) == 0)
		return true;
	copy = strdup(to);
	if (copy == NULL)
		return false;
	free(*text);
	*text = copy;
	return true;
}

/* The first line of a repository says to whom it belongs: it is the one that
 * is nearest to the trust anchor. */
static int
admit(struct plan *p, struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct plan_repo *r = lines[i].repo;

		if (r->wanted)
			continue;
		r->wanted = true;
		if (!rename_to(&r->ta, lines[i].want->ta) ||
			!rename_to(&r->delegation, lines[i].want->delegation) ||
			!VEC_PUSH(&p->order, r))
			return ERR_NOMEM;
	}
	return 0;
}

/* The repository that a line's one stands behind.  One that is not wanted is
 * none: then nothing keeps this one from being tried. */
static struct plan_repo *
after_of(const struct plan *p, const struct line *l)
{
	struct plan_repo *after;

	if (l->want->after == NULL || l->want->kind == REPO_RRDP)
		return NULL;
	after = plan_find(p, l->want->kind == REPO_TA ? REPO_TA : REPO_RRDP,
		l->want->after);
	return after != NULL && after->wanted && after != l->repo ? after
								  : NULL;
}

static int
tie(struct plan *p, struct line *lines, size_t n)
{
	for (size_t i = 0; i < p->repos.n; i++)
		p->repos.at[i]->backed = false;
	for (size_t i = 0; i < n; i++) {
		struct plan_link link = {lines[i].repo, after_of(p, &lines[i])};

		if (!VEC_PUSH(&p->links, link))
			return ERR_NOMEM;
		if (link.after != NULL)
			link.after->backed = true;
	}
	return 0;
}

/* Those that were not wanted before begin, or go on where they ended. */
static void
welcome(struct plan *p, struct mono now)
{
	for (size_t i = 0; i < p->order.n; i++) {
		struct plan_repo *r = p->order.at[i];

		if (r->was_wanted)
			continue;
		if (!r->attempted)
			r->due_ms = now.ms;
		r->tried = r->due_ms > now.ms;
	}
}

static int
want_lines(struct plan *p, struct line *lines, size_t n, struct mono now)
{
	struct line **sorted = calloc(n + 1, sizeof(struct line *));
	int err = ERR_NOMEM;

	if (sorted != NULL)
		err = settle_lines(p, lines, sorted, n);
	free(sorted);
	if (err == 0)
		err = admit(p, lines, n);
	if (err == 0)
		err = tie(p, lines, n);
	if (err == 0)
		err = plan_group(p);
	if (err == 0) {
		welcome(p, now);
		plan_link(p);
	}
	return err;
}

int
plan_want(struct plan *p, const struct want *wants, size_t count,
	struct mono now, size_t *left_out)
{
	size_t n = count < BOUND_WANTED_REPOS ? count : BOUND_WANTED_REPOS;
	struct line *lines = calloc(n + 1, sizeof(*lines));
	int err;

	if (lines == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		lines[i].want = &wants[i];
	for (size_t i = 0; i < p->repos.n; i++) {
		p->repos.at[i]->was_wanted = p->repos.at[i]->wanted;
		p->repos.at[i]->wanted = false;
	}
	p->order.n = 0;
	p->links.n = 0;
	p->stirred = true;
	err = want_lines(p, lines, n, now);
	free(lines);
	if (err == 0)
		*left_out = count - n;
	return err;
}
