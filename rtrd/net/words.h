/*
 * words: the tail of a text like "192.0.2.1:3323,tls,min-version=1".
 *
 *	HEAD , WORD , KEY=VALUE , ...      no spaces, no quotes
 *
 * What words there are is the caller's table; here they are cut, found in it,
 * and refused when they are unknown, empty, or named again.
 */
#ifndef NET_WORDS_H
#define NET_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	WORDS_HEAD = 256, /* octets of a head or a word, and its NUL */
	WORDS_WHY = 128, /* octets of what is wrong */
	WORDS_ROWS = 32, /* of a table */
};

struct words_row {
	const char *key;
	const char *value; /* as "N" in KEY=N; NULL: the word stands alone */
	bool repeats;
	/* Take it (`value` is NULL for one that stands alone): NULL, or what is
	 * wrong, as static text: "not a version from 0 to 2". */
	const char *(*take)(void *out, const char *value);
};

/* Copy what stands before the first comma.  Returns what stands behind it ("":
 * nothing); NULL when the head is too long. */
const char *words_head(const char *text, char head[WORDS_HEAD]);

/* Take each word of `text`, as words_head returned it, by the table of at most
 * WORDS_ROWS rows.  0, or ERR_SYNTAX with `why`: a phrase that names the word
 * and goes on from "... is ": "wrong at 'tsl': no such word". */
int words_parse(const char *text, const struct words_row *rows, size_t n,
	void *out, char why[WORDS_WHY]);

#endif
