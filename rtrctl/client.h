/*
 * client: one question to rtrd over its control socket, and the whole answer.
 *
 *	{"ok":true,...}              head
 *	{...}                        rows, only of lists
 *	{"end":true,"rows":N}        the list is whole
 *
 * The answer is read to its end before anything is shown: rtrd cuts clients
 * that do not take what they asked for, and a person who pages through an
 * answer takes long.
 */
#ifndef RTRCTL_CLIENT_H
#define RTRCTL_CLIENT_H

#include <jansson.h>
#include <stddef.h>

#include "core/text.h"
#include "waymark/span.h"

struct answer {
	struct text all;
	json_t *head;
	struct span head_line; /* without its end */
	struct span rows; /* lines, each with its end; empty for others */
	bool is_list;
};

/* Ask at the socket `path`; takes `request` over, which is NULL when it could
 * not be made of the arguments.  0 with `*out` for answer_free.  Else ERR_USAGE
 * when rtrd refused what was asked for, ERR_BUSY when it could not be done now,
 * or another error; `why` is filled with what a person should know. */
int client_ask(const char *path, json_t *request, struct answer *out,
	struct text *why);

/* Take the next row as a document that the caller gives back; NULL at the end
 * or for what is no JSON. */
json_t *answer_row(struct span *rows);

/* Free what an answer holds. */
void answer_free(struct answer *a);

#endif
