/*
 * repos: a sorted array of repositories, each with its last fact as a line.
 *
 * Some hundred are usual, and a fact comes every few seconds: an insertion that
 * moves pointers is cheap, and readers get them in order.
 */
#include "rtrd/serve/repos.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "waymark/err.h"

enum {
	/* More cannot be wanted: limits of the run. */
	REPOS_MAX = BOUND_TAS * BOUND_REPOS_PER_TA
};

struct entry {
	enum repo_kind kind;
	enum repo_state state;
	struct wall attempt;
	uint64_t tries; /* that have ended */
	unsigned life; /* of the child that told of it last */
	size_t uri_n;
	char line[]; /* the URI, NUL, the fact, NUL */
};

struct repos {
	VEC(struct entry *) entries;
	unsigned life;
};

struct repos *
repos_new(void)
{
	return calloc(1, sizeof(struct repos));
}

void
repos_free(struct repos *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->entries.n; i++)
		free(r->entries.at[i]);
	VEC_FREE(&r->entries);
	free(r);
}

static int
compare(const struct entry *e, const char *uri, enum repo_kind kind)
{
	int order = strcmp(e->line, uri);

	return order != 0 ? order : (int)e->kind - (int)kind;
}

/* The first that does not stand before this one. */
static size_t
position(const struct repos *r, const char *uri, enum repo_kind kind)
{
	size_t low = 0, high = r->entries.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(r->entries.at[middle], uri, kind) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL out of memory. */
static struct entry *
entry_new(const struct repos *r, const struct repo_facts *f)
{
	char line[REPO_LINE];
	size_t uri_n = strlen(f->uri), n;
	struct entry *e;

	n = strlen(repo_facts_write(f, line));
	e = malloc(sizeof(*e) + uri_n + 1 + n + 1);
	if (e == NULL)
		return NULL;
	*e = (struct entry){
		.kind = f->kind,
		.state = f->state,
		.attempt = f->attempt,
		.life = r->life,
		.uri_n = uri_n,
	};
	memcpy(e->line, f->uri, uri_n + 1);
	memcpy(e->line + uri_n + 1, line, n + 1);
	return e;
}

static void
entry_drop(struct repos *r, size_t at)
{
	struct entry **from = &r->entries.at[at];

	free(*from);
	r->entries.n--;
	memmove(from, from + 1, (r->entries.n - at) * sizeof(struct entry *));
}

/* Whether a fact is of the end of an attempt, and not the same told again by a
 * new child. */
static bool
is_end(const struct entry *before, const struct repo_facts *f)
{
	if (f->state != REPO_STATE_OK && f->state != REPO_STATE_FAILED)
		return false;
	return before->state == REPO_STATE_FETCHING ||
		before->attempt.s != f->attempt.s;
}

/* Put a new entry where it belongs. */
static int
entry_insert(struct repos *r, size_t at, struct entry *e)
{
	if (!VEC_PUSH(&r->entries, e)) {
		free(e);
		return ERR_NOMEM;
	}
	memmove(&r->entries.at[at + 1], &r->entries.at[at],
		(r->entries.n - 1 - at) * sizeof(struct entry *));
	r->entries.at[at] = e;
	return 0;
}

int
repos_take(struct repos *r, const struct repo_facts *f)
{
	size_t at = position(r, f->uri, f->kind);
	bool known = at < r->entries.n &&
		compare(r->entries.at[at], f->uri, f->kind) == 0;
	struct entry *e;

	if (f->state == REPO_STATE_UNWANTED) {
		if (known)
			entry_drop(r, at);
		return 0;
	}
	if (!known && r->entries.n >= REPOS_MAX)
		return ERR_LIMIT;
	e = entry_new(r, f);
	if (e == NULL)
		return ERR_NOMEM;
	if (!known)
		return entry_insert(r, at, e);
	e->tries = r->entries.at[at]->tries + is_end(r->entries.at[at], f);
	free(r->entries.at[at]);
	r->entries.at[at] = e;
	return 0;
}

void
repos_begin(struct repos *r)
{
	r->life++;
}

void
repos_settle(struct repos *r)
{
	for (size_t i = r->entries.n; i-- > 0;)
		if (r->entries.at[i]->life != r->life)
			entry_drop(r, i);
}

size_t
repos_count(const struct repos *r)
{
	return r->entries.n;
}

void
repos_get(const struct repos *r, size_t index, struct repo_facts *out,
	uint64_t *tries)
{
	const struct entry *e = r->entries.at[index];
	int err = repo_facts_read(e->line + e->uri_n + 1, out);

	/* It is a line that was written by repo_facts_write. */
	assert(err == 0);
	(void)err;
	if (tries != NULL)
		*tries = e->tries;
}

bool
repos_find(const struct repos *r, const char *uri, size_t *index)
{
	*index = position(r, uri, (enum repo_kind)0);
	return *index < r->entries.n &&
		strcmp(r->entries.at[*index]->line, uri) == 0;
}

void
repos_states(const struct repos *r, size_t counts[REPO_STATES])
{
	memset(counts, 0, REPO_STATES * sizeof(counts[0]));
	for (size_t i = 0; i < r->entries.n; i++)
		counts[r->entries.at[i]->state]++;
}
