/*
 * metrics_fetch: the metrics of what is fetched: the child, the store, each
 * repository.
 *
 * Repositories are named by those who sign certificates: beyond a number of
 * them none is shown, and waymark_repositories counts them all.
 */
#ifndef SERVE_METRICS_FETCH_H
#define SERVE_METRICS_FETCH_H

#include <stddef.h>

#include "rtrd/serve/sheet.h"

/* Their rows, `*n` of them; static. */
const struct metric *metrics_fetch(size_t *n);

#endif
