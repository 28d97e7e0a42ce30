/*
 * tal: trust anchor locators (RFC 8630 section 2.2).
 *
 *	# comment
 *	https://rpki.example.net/ta.cer		one or more URIs
 *	rsync://rpki.example.net/ta/ta.cer
 *						an empty line
 *	MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A...	the key, base64 of DER
 *
 * A locator is what an operator trusts, so anything odd in it is an error with
 * its file and line, never a guess.  Whether the key is one of the RPKI is
 * validator/chain's to say.
 */
#ifndef TAL_TAL_H
#define TAL_TAL_H

#include <stddef.h>

#include "core/arena.h"
#include "waymark/span.h"

struct constraints; /* validator/tal/constraints.h */

struct tal {
	const char *name; /* the file's name without ".tal" */
	const char *path; /* where it was read, for messages */
	const struct span *uris; /* in the file's order; each has a NUL
				    behind it */
	size_t uri_count;
	struct span spki; /* DER SubjectPublicKeyInfo */
	unsigned key_line; /* where the key begins */
	const struct constraints *constraints; /* NULL: there are none */
};

/* What is wrong, and where. */
struct tal_error {
	unsigned line; /* from 1; 0: the file as a whole */
	const char *text; /* static */
};

enum {
	TAL_WHY = 512
}; /* octets that any message fits in */

/* Parse the text of a locator; `name`, `path` and `constraints` are left NULL.
 * All of `out` lives in `arena`.  0; ERR_SYNTAX or ERR_LIMIT with `*why`
 * filled; ERR_NOMEM. */
int tal_parse(struct span text, struct arena *arena, struct tal *out,
	struct tal_error *why);

/* The name of the locator at `path`: its file name without ".tal".  0 with
 * `*out` in `arena`; ERR_SYNTAX for another ending or for characters that do
 * not print or that outputs separate by; ERR_LIMIT beyond BOUND_TAL_NAME;
 * ERR_NOMEM. */
int tal_name(const char *path, struct arena *arena, const char **out);

/* Read and parse the file at `path`, which must end in ".tal", and the one
 * beside it that ends in ".constraints", if there is one.  0, or the error of
 * reading or parsing either with `why` saying "FILE: line N: what": what is to
 * be constrained is not to be trusted without. */
int tal_read(const char *path, struct arena *arena, struct tal *out,
	char why[TAL_WHY]);

/* The locators that `path` stands for: itself, or all *.tal in the folder, by
 * name.  Hidden files and others are passed over.  0 with `*paths` and `*count`
 * in `arena`; the error of reading, or ERR_NOTFOUND for a folder without
 * locators, with `why`. */
int tal_list(const char *path, struct arena *arena, const char *const **paths,
	size_t *count, char why[TAL_WHY]);

#endif
