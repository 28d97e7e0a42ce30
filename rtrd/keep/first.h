/*
 * first: when a run's set may be the first of this life.
 *
 * Routers take what no VRP covers for not-found.  A set that lacks a trust
 * anchor, or repositories that nobody has tried to fetch yet, is not small but
 * wrong: until it is whole, routers keep what they have or ask another cache.
 * What was tried and failed is not waited for.
 *
 * The same goes for a later one that is made while a store that was damaged is
 * filled again.
 */
#ifndef KEEP_FIRST_H
#define KEEP_FIRST_H

#include <stdbool.h>

#include "rtrd/serve/view.h"
#include "waymark/report.h"

/* Whether every trust anchor gave a publication point, and none of its
 * repositories is still to be tried for the first time; else `out` says what
 * is waited for (else all zero). */
bool first_is_complete(const struct report *r, struct first_facts *out);

/* Whether nothing that held is gone with a damaged store, which is fetched anew
 * then; else `out` says how much (else all zero).  Nobody who publishes can
 * bring that about. */
bool first_is_whole(const struct report *r, struct first_facts *out);

#endif
