/*
 * routers_text: configurations of routers, as texts with gaps.
 *
 *	{address} {port}                 of the cache
 *	{refresh} {retry} {expire}       seconds, within what the router takes
 *	{hold}                           twice the refresh time
 *	{name}                           the address, in quotes where it is a
 *	                                 name and the router wants that
 */
#ifndef RTRCTL_ROUTERS_TEXT_H
#define RTRCTL_ROUTERS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct routers_text {
	const char *word; /* as it is asked for */
	const char *title;
	const char *speaks; /* versions and transports */
	const char *proof; /* what we know from where */
	const char *comment, *comment_end; /* around a line of comment */
	unsigned refresh_most; /* seconds that it takes at most */
	const char *text;
};

/* The rows; ended by one without a word. */
extern const struct routers_text routers_texts[];

/* The row of a word; NULL: none. */
const struct routers_text *routers_text_find(const char *word);

#endif
