/*
 * http_head: reading status lines and the few fields that matter here.
 *
 * Field names are compared without case, values are trimmed (RFC 9110 section
 * 5.5).  A validator (ETag, Last-Modified) that could not be sent back as it
 * came is left out, which costs a conditional request and nothing else.
 * Codings are refused that nobody asked for: libcurl would undo them, and each
 * more is one more decoder before hostile octets.
 */
#include <string.h>
#include <strings.h>

#include "validator/fetch/http_head.h"

enum {
	LENGTH_DIGITS = 19 /* a number of so many fits in 64 bits */
};

static const char *const texts[HTTP_HEAD_FAULTS] = {
#define HTTP_HEAD_TEXT(name, text) text,
	HTTP_HEAD_TABLE(HTTP_HEAD_TEXT)
#undef HTTP_HEAD_TEXT
};

void
http_head_init(struct http_head *h, bool compressed)
{
	memset(h, 0, sizeof(*h));
	h->compressed = compressed;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trim(struct span s)
{
	while (s.n > 0 && is_space(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
is_word(struct span s, const char *word)
{
	return s.n == strlen(word) &&
		strncasecmp((const char *)s.p, word, s.n) == 0;
}

/* HTTP/1.1 200 OK, HTTP/2 200: the version is libcurl's to judge. */
static enum http_head_fault
read_status(struct http_head *h, struct span line)
{
	struct reader r = reader_of(line);
	struct span name, digits;
	uint8_t c = 0;
	long status = 0;

	if (!reader_take(&r, 5, &name) || memcmp(name.p, "HTTP/", 5) != 0)
		return HTTP_HEAD_STATUS;
	while (c != ' ')
		if (!reader_u8(&r, &c))
			return HTTP_HEAD_STATUS;
	if (!reader_take(&r, 3, &digits) || !reader_u8(&r, &c) || !is_space(c))
		return HTTP_HEAD_STATUS;
	for (size_t i = 0; i < 3; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return HTTP_HEAD_STATUS;
		status = status * 10 + (digits.p[i] - '0');
	}
	if (status < 100)
		return HTTP_HEAD_STATUS;
	h->inside = true;
	/* HTTP/2 has frames; HTTP/1 needs a field. */
	h->framed = line.p[5] != '1';
	h->sized = false;
	h->status = status;
	return HTTP_HEAD_GOOD;
}

bool
http_head_is_tag(struct span text)
{
	if (text.n > BOUND_FETCH_TAG)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	return true;
}

static void
keep_tag(char to[BOUND_FETCH_TAG + 1], struct span value)
{
	to[0] = '\0';
	if (!http_head_is_tag(value))
		return;
	memcpy(to, value.p, value.n);
	to[value.n] = '\0';
}

/* One coding, once: a stack of them multiplies what one may blow up. */
static enum http_head_fault
read_coding(struct http_head *h, struct span value)
{
	if (is_word(value, "identity"))
		return HTTP_HEAD_GOOD;
	if (!h->compressed || h->coded ||
		(!is_word(value, "gzip") && !is_word(value, "x-gzip")))
		return HTTP_HEAD_CODING;
	h->coded = true;
	return HTTP_HEAD_GOOD;
}

static enum http_head_fault
read_location(struct http_head *h, struct span value)
{
	if (value.n > BOUND_URI || memchr(value.p, '\0', value.n) != NULL)
		return HTTP_HEAD_LOCATION;
	memcpy(h->location, value.p, value.n);
	h->location[value.n] = '\0';
	return HTTP_HEAD_GOOD;
}

/* Two that differ are two opinions of where the answer ends (RFC 9112 section
 * 6.3). */
static enum http_head_fault
read_length(struct http_head *h, struct span value)
{
	uint64_t size = 0;

	if (value.n == 0 || value.n > LENGTH_DIGITS)
		return HTTP_HEAD_NUMBER;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return HTTP_HEAD_NUMBER;
		size = size * 10 + (uint64_t)(value.p[i] - '0');
	}
	if (h->sized && size != h->size)
		return HTTP_HEAD_NUMBER;
	h->framed = h->sized = true;
	h->size = size;
	return HTTP_HEAD_GOOD;
}

static enum http_head_fault
read_field(struct http_head *h, struct span line)
{
	const uint8_t *colon = memchr(line.p, ':', line.n);
	struct span name, value;

	if (colon == NULL || is_space(line.p[0]))
		return HTTP_HEAD_GOOD;
	name = trim(span_of(line.p, (size_t)(colon - line.p)));
	value = trim(
		span_of(colon + 1, (size_t)(line.p + line.n - (colon + 1))));
	if (is_word(name, "ETag"))
		keep_tag(h->etag, value);
	else if (is_word(name, "Last-Modified"))
		keep_tag(h->last_modified, value);
	else if (is_word(name, "Location"))
		return read_location(h, value);
	else if (is_word(name, "Content-Encoding"))
		return read_coding(h, value);
	else if (is_word(name, "Content-Length"))
		return read_length(h, value);
	else if (is_word(name, "Transfer-Encoding")) {
		h->framed = true;
		if (!is_word(value, "chunked"))
			return HTTP_HEAD_CODING;
	}
	return HTTP_HEAD_GOOD;
}

/* Behind 1xx comes another head (RFC 9110 section 15.2); 101 would be another
 * protocol.  A body that only the end of the connection ends cannot be told
 * from one that somebody cut (RFC 9112 section 8), as libcurl takes the end of
 * TCP for that of TLS. */
static enum http_head_fault
end_block(struct http_head *h)
{
	h->inside = false;
	h->complete = h->status >= 200 || h->status == 101;
	return h->status == 200 && !h->framed ? HTTP_HEAD_LENGTH
					      : HTTP_HEAD_GOOD;
}

enum http_head_fault
http_head_line(struct http_head *h, struct span line)
{
	bool begins = !h->inside && !h->complete;

	if (begins && line.n > BOUND_FETCH_STATUS)
		return HTTP_HEAD_STATUS_SIZE;
	if (line.n > BOUND_FETCH_HEAD - h->octets)
		return HTTP_HEAD_SIZE;
	h->octets += line.n;
	if (begins)
		return read_status(h, line);
	if (trim(line).n == 0)
		return h->inside ? end_block(h) : HTTP_HEAD_GOOD;
	if (++h->fields > BOUND_FETCH_FIELDS)
		return HTTP_HEAD_FIELDS;
	return h->complete ? HTTP_HEAD_GOOD : read_field(h, line);
}

const char *
http_head_text(enum http_head_fault fault)
{
	return texts[fault];
}
