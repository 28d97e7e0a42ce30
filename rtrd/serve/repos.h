/*
 * repos: what is known of each repository, as the fetching child tells it.
 *
 *	fact --> repos (by URI and kind) --> control, HTTP, metrics
 *
 * A repository is kept as its last fact, a line of a few hundred octets: a
 * hostile tree that names thousands costs little.  One that nobody wants any
 * more is dropped when the child says so, and what a new child does not know
 * when it has told everything.
 */
#ifndef SERVE_REPOS_H
#define SERVE_REPOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/repo.h"

struct repos;

/* Without any.  NULL out of memory; freed by repos_free, for which NULL is
 * fine. */
struct repos *repos_new(void);
void repos_free(struct repos *r);

/* Take a fact; one of a repository that is not wanted any more drops it.  0;
 * ERR_LIMIT beyond as many as all trust anchors may have; ERR_NOMEM. */
int repos_take(struct repos *r, const struct repo_facts *f);

/* A new child tells from here on; it has told all: what it did not name goes.
 */
void repos_begin(struct repos *r);
void repos_settle(struct repos *r);

/* How many; and the one at `index`, by URI and then kind.  `tries` (may be
 * NULL): its attempts that have ended in this life. */
size_t repos_count(const struct repos *r);
void repos_get(const struct repos *r, size_t index, struct repo_facts *out,
	uint64_t *tries);

/* Whether there is one of this URI, of any kind; then the index of the first.
 */
bool repos_find(const struct repos *r, const char *uri, size_t *index);

/* How many are in each state. */
void repos_states(const struct repos *r, size_t counts[REPO_STATES]);

#endif
