/*
 * fetch_list: what `validator fetch` shall fetch.
 *
 *	locators (--tal)  -.
 *	                    +--> one list --> fetching_want
 *	CACHE/wanted      -'
 *
 * The locators' places come first: they are all there is before the first run.
 */
#ifndef VALIDATOR_FETCH_LIST_H
#define VALIDATOR_FETCH_LIST_H

#include <sys/stat.h>

#include "core/arena.h"
#include "core/vec.h"
#include "validator/fetch/wanted.h"
#include "validator/fetching.h"
#include "waymark/log.h"

struct fetch_list {
	struct arena *arena; /* of the locators */
	const struct log *log;
	char path[BOUND_PATH + 8]; /* of `wanted` */
	VEC(struct want) places;
	struct stat seen; /* the file as it was read */
	bool has_seen, has_handed;
};

/* A list with the locators below `paths` (files or folders), for the store in
 * `folder`.  What of a folder is broken is logged and left out.  0;
 * ERR_USAGE with `why` for a path that cannot be used; ERR_NOMEM. */
int fetch_list_init(
	struct fetch_list *l, const char *folder, const struct log *log);
int fetch_list_add(struct fetch_list *l, const char *path, char why[512]);
void fetch_list_fini(struct fetch_list *l);

/* Read the file and hand all to `f`.  One that is broken is logged, and what
 * was wanted before goes on; without a file, or a before, the locators are
 * handed over alone.  0; ERR_NOTFOUND when there is no file; or the error. */
int fetch_list_read(struct fetch_list *l, struct fetching *f);

/* Whether the file is another one than was read last. */
bool fetch_list_has_changed(const struct fetch_list *l);

#endif
