/*
 * tree: an rsync-shaped folder as the repositories.
 *
 *	rsync://host/module/folder/file  ->  TREE/host/module/folder/file
 *
 * Hosts and modules are laid out by whoever runs us, and may be symbolic links.
 * What lies below a module is laid out by whoever publishes: there no symbolic
 * link is followed, so that nothing outside is ever read.  Files are read once,
 * whole, with three system calls and without asking for their size first.
 */
#ifndef CHAIN_TREE_H
#define CHAIN_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "validator/chain/source.h"
#include "waymark/span.h"

struct tree {
	int fd; /* of the top folder; shared by all threads */
	const char *path; /* as it was opened: the caller's */
};

/* One thread's view: the module that it opened last, and the point that is
 * open. */
struct tree_view {
	const struct tree *tree;
	int folder; /* of the point; -1: none */
	int module_fd; /* -1: none */
	size_t module_n;
	char module[512]; /* "host/module" */
};

/* Open the top folder; `path` must stay.  0; ERR_NOTFOUND, ERR_DENIED,
 * ERR_IO. */
int tree_open(const char *path, struct tree *out);
void tree_close(struct tree *t);

/* Begin and end a thread's view. */
void tree_view_init(struct tree_view *v, const struct tree *t);
void tree_view_fini(struct tree_view *v);

/* Open the folder of a URI that ends in a slash.  0 with `*fd` to be closed by
 * the caller; ERR_SYNTAX for a URI that could lead outside; ERR_NOTFOUND;
 * ERR_DENIED; ERR_IO; ERR_NOMEM as in tree_read. */
int tree_folder(struct tree_view *v, struct span uri, int *fd);

/* Read the file `name` (of one path segment) in an open folder; at most
 * BOUND_OBJECT_MAX octets.  0 with `*out` a view into `buffer` until its next
 * use; ERR_SYNTAX for a name of more segments; ERR_NOTFOUND; ERR_LIMIT for the
 * size; ERR_DENIED, also for a symbolic link; ERR_FOLDER, and ERR_KIND for
 * what else is not a regular file; ERR_IO; ERR_NOMEM, also when the
 * system has no more descriptors. */
int tree_read(int folder, struct span name, struct source_buffer *buffer,
	struct span *out);

/* A view of its own as a source, to be freed by source_fini; the tree outlives
 * it.  One place a point, one certificate a URI.  0 or ERR_NOMEM. */
int tree_source(const struct tree *t, struct source *out);

#endif
