/*
 * rsync_tree: the tree of one module, laid out below a staging folder.
 *
 *	rsync://host/module/  a/b.cer      <->   STAGING/12/  a/b.cer
 *
 *	export   live set -> files, with their times: rsync's quick check then
 *	         transfers what has changed
 *	census   how much is there, watched while the program runs
 *	import   files -> stage, in the order of their URIs
 *
 * All three go in slices.  Nothing here follows a link, and a file is opened
 * only when it is a regular one with one link, and a name that a manifest may
 * list (RFC 9286 section 4.2.2).
 */
#ifndef FETCH_RSYNC_TREE_H
#define FETCH_RSYNC_TREE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/vec.h"
#include "validator/fetch/depot.h"

enum {
	RSYNC_SLICE = 200, /* files of one step */
	RSYNC_SLICE_MS = 2, /* and how long one step takes, about */
};

/* What a step answers, besides a negative error. */
enum rsync_more {
	RSYNC_DONE,
	RSYNC_MORE,
};

/* Whether a file has a name that a manifest may list, and whether a folder's
 * name is a segment of a URI and not hidden. */
bool rsync_file_is_fit(struct span name);
bool rsync_folder_is_fit(struct span name);

/* Open a folder, not through a link; NULL with errno. */
DIR *rsync_folder_open(int at, const char *name);

struct rsync_export {
	int root; /* the folder, another's */
	const char *uri; /* of the module */
	char last[BOUND_URI + 1]; /* URI that was done last */
	size_t last_n;
	char folder[BOUND_URI + 1]; /* made last, relative */
	uint64_t files, octets;
	unsigned left; /* of this slice */
	struct mono begun;
	int err;
};

/* Begin to lay out a module's live set in `root`. */
void rsync_export_init(struct rsync_export *e, int root, const char *uri);

/* A slice.  RSYNC_MORE, RSYNC_DONE, or an error of the folder or the depot. */
int rsync_export_step(struct rsync_export *e, const struct depot *depot);

struct rsync_census {
	DIR *open[BOUND_RSYNC_DEPTH + 1]; /* folders in one another */
	size_t depth; /* how many are open; 0: no pass is under way */
	uint64_t files, octets;
	struct mono next, begun; /* when a pass shall begin; this one did */
};

/* A slice of counting what lies below `root`, pass after pass, when it is time.
 * NULL, or the limit that is broken, as static text. */
const char *rsync_census_step(struct rsync_census *c, int root);

/* How long until there is something to count. */
int rsync_census_wait(const struct rsync_census *c, struct mono now);

/* Close what is open. */
void rsync_census_fini(struct rsync_census *c);

/* What was not imported, and why. */
struct rsync_skipped {
	uint64_t links; /* symbolic, and files with several names */
	uint64_t special; /* devices, FIFOs, sockets */
	uint64_t names; /* hidden or odd, of files and folders */
	uint64_t large;
	char first[128]; /* one of them, as its path; not clean */
};

struct rsync_entry {
	const char *name;
	size_t n;
	bool folder;
};

struct rsync_level {
	DIR *dir;
	struct arena *names;
	VEC(struct rsync_entry) entries;
	size_t at; /* the next one, once they are sorted */
	bool sorted;
	size_t uri_n; /* of the folder */
};

struct rsync_import {
	struct rsync_level levels[BOUND_RSYNC_DEPTH + 1];
	size_t depth;
	char uri[BOUND_URI + 1]; /* where it is; not terminated */
	size_t base_n; /* of the module's */
	uint8_t *buffer;
	size_t cap;
	uint64_t files, objects, octets; /* files: and folders */
	struct wall fresh; /* files changed since then are not trusted to be
			      told from their next version by time alone */
	struct rsync_skipped skipped;
};

/* Begin to read what lies below `root`, which belongs to the module `uri`.
 * `now` is when the program began.  0 or an error of the folder. */
int rsync_import_init(
	struct rsync_import *im, int root, const char *uri, struct wall now);

/* A slice, put into a stage.  RSYNC_MORE, RSYNC_DONE, an error of the stage, or
 * ERR_LIMIT. */
int rsync_import_step(struct rsync_import *im, struct stage *stage,
	const struct depot_ops *ops);

/* Free all of it. */
void rsync_import_fini(struct rsync_import *im);

/* Open a regular file with one link at `name` and read it into a buffer that
 * grows.  0 with `*n`; ERR_KIND, ERR_LIMIT, or another error. */
int rsync_file_load(int at, const char *name, uint8_t **buffer, size_t *cap,
	struct span *out);

#endif
