/*
 * draft: a publication in the making, as cache.c and draft.c share it; the
 * calls are those of cache.h.
 */
#ifndef SERVE_DRAFT_H
#define SERVE_DRAFT_H

#include "rtrd/serve/cache.h"
#include "rtrd/serve/image.h"
#include "rtrd/state/lineage.h"

/* Before the commit what comes, after it what was. */
struct draft {
	struct gauge *gauge;
	struct history_limits limits;
	uint32_t first_serial;
	bool asked[RTR_VERSIONS];
	struct draft_time time;
	const struct payload_set *base; /* current when it began; NULL: none */
	const struct payload_set *from; /* the last one of the lineage; NULL:
					   it has none */
	const struct payload_set *to; /* NULL: not filled yet */
	/* Leads to `from`, and once it is filled to `to`.  Without a history: a
	 * new one, whose ids are to be drawn when it is saved. */
	struct lineage lineage;
	bool is_new; /* the lineage begins with it, */
	bool is_drawn; /* and has ids that nobody else has */
	bool news; /* there is a serial that the file does not have */
	bool changed; /* routers will hear of it */
	const struct image *fulls[RTR_VERSIONS];
};

#endif
