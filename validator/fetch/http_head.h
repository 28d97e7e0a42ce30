/*
 * http_head: what comes before the octets of a response, line by line.
 *
 *	HTTP/1.1 103 ..  fields  blank      as often as the server likes
 *	HTTP/1.1 200 ..  fields  blank      --> complete
 *	                 fields             trailers: counted, not read
 *
 * Bytes in, verdict out.  All lines of one response count together.
 */
#ifndef FETCH_HTTP_HEAD_H
#define FETCH_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "waymark/bounds.h"
#include "waymark/span.h"

/* X(NAME, "text") */
#define HTTP_HEAD_TABLE(X) \
	X(GOOD, "") \
	X(STATUS, "malformed status line") \
	X(STATUS_SIZE, "status line of more than 8192 octets") \
	X(SIZE, "header of more than 65536 octets") \
	X(FIELDS, "more than 100 header fields") \
	X(NUMBER, "a Content-Length that is no number, or two that differ") \
	X(LENGTH, "an answer without a length, which could be cut anywhere") \
	X(LOCATION, "Location of more than 2048 octets") \
	X(CODING, "a content or transfer coding that was not asked for")

enum http_head_fault {
#define HTTP_HEAD_ENUM(name, text) HTTP_HEAD_##name,
	HTTP_HEAD_TABLE(HTTP_HEAD_ENUM)
#undef HTTP_HEAD_ENUM
	HTTP_HEAD_FAULTS
};

struct http_head {
	bool compressed; /* gzip is welcome */
	bool inside; /* between a status line and its blank line */
	bool complete; /* that of the final response is here */
	bool coded; /* it has a content coding */
	bool framed; /* its end is told from a connection that was cut */
	bool sized; /* it has a Content-Length */
	uint64_t size;
	long status; /* of the last status line; 0: none yet */
	size_t octets, fields;
	/* "": none, or not one to keep. */
	char etag[BOUND_FETCH_TAG + 1], last_modified[BOUND_FETCH_TAG + 1];
	char location[BOUND_URI + 1];
};

/* Begin a response. */
void http_head_init(struct http_head *h, bool compressed);

/* Take a line with its end (RFC 9112 sections 2.2, 4, 5; of HTTP/2 in the same
 * form). */
enum http_head_fault http_head_line(struct http_head *h, struct span line);

/* What is wrong, for operators.  Static text. */
const char *http_head_text(enum http_head_fault fault);

/* Whether `text` may be sent as a field's value and kept: printable ASCII and
 * spaces, of at most BOUND_FETCH_TAG octets. */
bool http_head_is_tag(struct span text);

#endif
