/*
 * metrics_rtr: the metrics of routers: what they are given, who is connected,
 * how far they are behind, what was refused.
 */
#ifndef SERVE_METRICS_RTR_H
#define SERVE_METRICS_RTR_H

#include <stddef.h>

#include "rtrd/serve/sheet.h"

/* Their rows, `*n` of them; static. */
const struct metric *metrics_rtr(size_t *n);

#endif
