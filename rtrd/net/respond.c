/*
 * respond: an answer of the API as a response of libmicrohttpd.
 *
 * The body is pulled by the library whenever the socket takes more, and freed
 * with the response, also when the client is gone.  A body that fails midway
 * ends the connection without the last chunk, so that the client knows.
 */
#include "rtrd/net/respond.h"

#include <stdio.h>

enum {
	BLOCK = 32768, /* asked for at once */
	INTERNAL_ERROR = 500
};

/* The offset is ignored: the library asks in order, and a body cannot go
 * back. */
static ssize_t
body_read(void *ctx, uint64_t at, char *buf, size_t cap)
{
	size_t n;

	(void)at;
	switch (body_next(ctx, buf, cap, &n)) {
	case BODY_MORE:
		return (ssize_t)n;
	case BODY_END:
		return MHD_CONTENT_READER_END_OF_STREAM;
	case BODY_FAILED:
		break;
	}
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
body_drop(void *ctx)
{
	body_free(ctx);
}

/* The time as HTTP writes it (RFC 9110, section 5.6.7). */
static bool
date_format(struct wall at, char buf[40])
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c;
	int day = (int)(at.s / 86400 % 7);

	if (at.s <= 0 || wall_to_civil(at, &c) != 0)
		return false;
	snprintf(buf, 40, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
		days + day * 3, c.day, months + (c.month - 1) * 3, c.year,
		c.hour, c.minute, c.second);
	return true;
}

/* Without room for a header it is left out: a hint is lost, not an answer. */
static void
headers_add(struct MHD_Response *r, const struct api_answer *answer)
{
	char word[40];

	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL,
		answer->etag[0] != '\0' ? "no-cache" : "no-store");
	if (answer->type != NULL)
		MHD_add_response_header(
			r, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
	if (answer->allow[0] != '\0')
		MHD_add_response_header(
			r, MHD_HTTP_HEADER_ALLOW, answer->allow);
	if (answer->etag[0] != '\0')
		MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, answer->etag);
	if (date_format(answer->modified, word))
		MHD_add_response_header(r, MHD_HTTP_HEADER_LAST_MODIFIED, word);
	if (answer->retry_after_s > 0) {
		snprintf(word, sizeof(word), "%u", answer->retry_after_s);
		MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, word);
	}
}

/* The library frees the body with the response; until then it is ours. */
static struct MHD_Response *
response_of(struct body *body)
{
	int64_t size = body_size(body);
	struct MHD_Response *r = MHD_create_response_from_callback(
		size < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)size, BLOCK, body_read,
		body, body_drop);

	if (r == NULL)
		body_free(body);
	return r;
}

/* An answer without a body, but for 304, is one that memory did not suffice
 * for. */
enum MHD_Result
respond(struct MHD_Connection *connection, struct api_answer *answer)
{
	struct MHD_Response *r;
	enum MHD_Result result;

	if (answer->body != NULL) {
		r = response_of(answer->body);
	} else {
		if (answer->status != MHD_HTTP_NOT_MODIFIED)
			answer->status = INTERNAL_ERROR;
		r = MHD_create_response_from_buffer(
			0, NULL, MHD_RESPMEM_PERSISTENT);
	}
	answer->body = NULL;
	if (r == NULL)
		return MHD_NO;
	headers_add(r, answer);
	result = MHD_queue_response(connection, answer->status, r);
	MHD_destroy_response(r);
	return result;
}
