/*
 * http_fuzz: heads of answers, line by line, and the redirects in them.
 *
 * What was kept must be what may be kept: texts that end within their arrays
 * and can be sent back; no more lines and octets than the bounds; a redirect
 * that is followed leads to the origin that it came from.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "validator/fetch/http.h"
#include "validator/fetch/http_head.h"
#include "validator/fetch/http_target.h"

static const char BASE[] = "https://rpki.example.net:8443/rrdp/n.xml";

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
check_head(const struct http_head *h)
{
	char to[BOUND_URI + 1];

	check(http_head_is_tag(span_text(h->etag)));
	check(http_head_is_tag(span_text(h->last_modified)));
	check(strlen(h->location) <= BOUND_URI);
	check(h->octets <= BOUND_FETCH_HEAD);
	check(h->fields <= BOUND_FETCH_FIELDS);
	check(h->status >= 0 && h->status <= 999);
	if (http_target_find(BASE, h->location, to) != 0)
		return;
	check(http_target_is_good(span_text(to)));
	check(http_same_origin(span_text(BASE), span_text(to)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum http_head_fault fault = HTTP_HEAD_GOOD;
	struct http_head h;

	http_head_init(&h, size > 0 && data[0] % 2 == 0);
	while (size > 0 && fault == HTTP_HEAD_GOOD) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end == NULL ? size : (size_t)(end - data) + 1;
		/* A copy, so that a step too far is seen. */
		uint8_t *line = malloc(n);

		if (line == NULL)
			abort();
		memcpy(line, data, n);
		fault = http_head_line(&h, span_of(line, n));
		free(line);
		data += n;
		size -= n;
	}
	if (fault == HTTP_HEAD_GOOD)
		check_head(&h);
	return 0;
}
