/*
 * conffile: the configuration file into option values.
 *
 *	text -- comments blanked --> libconfuse -- values with their lines -->
 *	        quotes, braces                     core/opt
 *	        checked
 *
 * The schema that libconfuse works by is made from the table of options.
 * Every message begins with "FILE:LINE: ".
 */
#ifndef KEEP_CONFFILE_H
#define KEEP_CONFFILE_H

#include "core/opt.h"

/* What a list that is set to nothing holds. */
#define CONFFILE_NONE "none"

/* What the reader of a file knows of its options. */
struct conffile {
	const struct opt_program *program;
	struct opt_values *values; /* set as the file says */
	unsigned *lines; /* by option: where it was last set; 0: nowhere */
	/* Whether a value is one that the option can have, beyond what its
	 * kind says: 0, or a negative error with `why`, which begins with
	 * `from`. */
	int (*check)(void *ctx, size_t index, const char *value,
		const char *from, char why[256]);
	void *ctx;
};

/* Read the file at `path`.  0; ERR_NOTFOUND when there is none; ERR_USAGE or
 * another error with `why` filled; some values may be set by then. */
int conffile_read(const struct conffile *f, const char *path, char why[256]);

/* Blank the comments of `text` (`n` octets and a NUL) in place: #, // and
 * slash-star, each only where a word could begin.  ERR_SYNTAX with `*line` and
 * `*what` for a comment, a quote or a section that does not end, or for a NUL;
 * else 0. */
int conffile_blank(char *text, size_t n, unsigned *line, const char **what);

#endif
