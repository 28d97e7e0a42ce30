/*
 * http_head: what a head may say and how long it may be, line by line.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "validator/fetch/http_head.h"

/* Take a text of lines; the first fault, or GOOD. */
static enum http_head_fault
take(struct http_head *h, const char *text)
{
	struct guard g = guard_new(BOUND_FETCH_HEAD + 16);
	enum http_head_fault fault = HTTP_HEAD_GOOD;

	while (*text != '\0' && fault == HTTP_HEAD_GOOD) {
		size_t n = strcspn(text, "\n") + 1;

		fault = http_head_line(h, guard_span(&g, span_of(text, n)));
		text += n;
	}
	guard_free(&g);
	return fault;
}

static enum http_head_fault
take_new(struct http_head *h, bool compressed, const char *text)
{
	http_head_init(h, compressed);
	return take(h, text);
}

Test(http_head, reads_what_matters)
{
	struct http_head h;

	cr_assert_eq(take_new(&h, false,
			     "HTTP/1.1 200 OK\r\nServer: x\r\netag:  \"a b\" "
			     "\r\nLAST-MODIFIED: Sat, 21 Nov 2026 00:00:00 "
			     "GMT\r\nContent-Length: 5\r\n\r\n"),
		HTTP_HEAD_GOOD);
	cr_assert(h.complete);
	cr_assert_eq(h.status, 200);
	cr_assert_eq(h.fields, 4);
	cr_assert_str_eq(h.etag, "\"a b\"");
	cr_assert_str_eq(h.last_modified, "Sat, 21 Nov 2026 00:00:00 GMT");
	cr_assert_str_eq(h.location, "");
}

Test(http_head, takes_heads_before_the_final_one)
{
	struct http_head h;

	cr_assert_eq(take_new(&h, false,
			     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early "
			     "Hints\r\nContent-Length: 7\r\n\r\n"),
		HTTP_HEAD_GOOD);
	cr_assert_not(h.complete);
	/* What an early head says does not frame the final answer. */
	cr_assert_eq(
		take(&h, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"), HTTP_HEAD_LENGTH);
	cr_assert_eq(take_new(&h, false, "HTTP/1.1 101 Switch\r\n\r\n"),
		HTTP_HEAD_GOOD);
	cr_assert(h.complete);
}

Test(http_head, does_not_read_trailers)
{
	struct http_head h;

	cr_assert_eq(take_new(&h, false,
			     "HTTP/2 200 \r\nETag: a\r\n\r\nETag: b\r\n"
			     "Location: /x\r\n\r\n"),
		HTTP_HEAD_GOOD);
	cr_assert_str_eq(h.etag, "a");
	cr_assert_str_eq(h.location, "");
	cr_assert_eq(h.fields, 3);
}

Test(http_head, refuses_malformed_status_lines)
{
	static const char *const lines[] = {
		"\r\n",
		"\n",
		"HTTP\r\n",
		"HTTP/1.1\r\n",
		"HTTP/1.1 \r\n",
		"HTTP/1.1 2\r\n",
		"HTTP/1.1 20\r\n",
		"HTTP/1.1 2x0 OK\r\n",
		"HTTP/1.1 2000\r\n",
		"HTTP/1.1 099 OK\r\n",
		"HTTP/1.1 -20 OK\r\n",
		"http/1.1 200 OK\r\n",
		"ICY 200 OK\r\n",
		" HTTP/1.1 200 OK\r\n",
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_assert_eq(take_new(&h, false, lines[i]), HTTP_HEAD_STATUS,
			"%s", lines[i]);
	cr_assert_eq(take_new(&h, false, "HTTP/1.0 200\r\n"), HTTP_HEAD_GOOD);
	cr_assert_eq(take_new(&h, false, "HTTP/3 404\n"), HTTP_HEAD_GOOD);
	cr_assert_eq(h.status, 404);
}

Test(http_head, refuses_every_cut_status_line)
{
	static const char line[] = "HTTP/1.1 200 OK\r\n";
	struct guard g = guard_new(sizeof(line));
	struct http_head h;

	for (size_t n = 0; n < sizeof(line); n++) {
		http_head_init(&h, false);
		cr_assert_eq(
			http_head_line(&h, guard_span(&g, span_of(line, n))),
			n < 13 ? HTTP_HEAD_STATUS : HTTP_HEAD_GOOD, "%zu", n);
	}
	guard_free(&g);
}

/* A text of `n` octets: `begin`, x as often as needed, line's end. */
static char *
long_line(const char *begin, size_t n)
{
	char *p = malloc(n + 1);

	cr_assert_not_null(p);
	memset(p, 'x', n);
	memcpy(p, begin, strlen(begin));
	memcpy(p + n - 2, "\r\n", 3);
	return p;
}

static enum http_head_fault
take_long(struct http_head *h, const char *begin, size_t n)
{
	char *line = long_line(begin, n);
	enum http_head_fault fault = take(h, line);

	free(line);
	return fault;
}

Test(http_head, status_line_has_a_limit)
{
	struct http_head h;

	http_head_init(&h, false);
	cr_assert_eq(take_long(&h, "HTTP/1.1 200 ", BOUND_FETCH_STATUS),
		HTTP_HEAD_GOOD);
	http_head_init(&h, false);
	cr_assert_eq(take_long(&h, "HTTP/1.1 200 ", BOUND_FETCH_STATUS + 1),
		HTTP_HEAD_STATUS_SIZE);
}

Test(http_head, header_has_a_limit)
{
	static const char status[] = "HTTP/1.1 200 OK\r\n";
	size_t rest = BOUND_FETCH_HEAD - strlen(status) - 2;
	struct http_head h;

	cr_assert_eq(take_new(&h, false, "HTTP/2 200 \r\n"), HTTP_HEAD_GOOD);
	rest = BOUND_FETCH_HEAD - h.octets - 2;
	cr_assert_eq(take_long(&h, "A: ", rest), HTTP_HEAD_GOOD);
	cr_assert_eq(take(&h, "\r\n"), HTTP_HEAD_GOOD);
	cr_assert_eq(h.octets, BOUND_FETCH_HEAD);
	/* Trailers count with the rest. */
	cr_assert_eq(take(&h, "\n"), HTTP_HEAD_SIZE);

	cr_assert_eq(take_new(&h, false, "HTTP/2 200 \r\n"), HTTP_HEAD_GOOD);
	cr_assert_eq(take_long(&h, "A: ", rest + 1), HTTP_HEAD_GOOD);
	cr_assert_eq(take(&h, "\r\n"), HTTP_HEAD_SIZE);
}

Test(http_head, early_heads_count_with_the_rest)
{
	struct http_head h;
	enum http_head_fault fault = HTTP_HEAD_GOOD;
	size_t heads = 0;

	http_head_init(&h, false);
	while (fault == HTTP_HEAD_GOOD && heads < BOUND_FETCH_HEAD) {
		fault = take(&h, "HTTP/1.1 103 E\r\n\r\n");
		heads++;
	}
	cr_assert_eq(fault, HTTP_HEAD_SIZE);
	cr_assert_eq(heads, BOUND_FETCH_HEAD / 18 + 1);
}

Test(http_head, fields_have_a_limit)
{
	struct http_head h;

	for (unsigned more = 0; more < 2; more++) {
		unsigned early = BOUND_FETCH_FIELDS / 2;

		cr_assert_eq(
			take_new(&h, false, "HTTP/1.1 103 Early Hints\r\n"),
			HTTP_HEAD_GOOD);
		for (unsigned i = 0; i < early; i++)
			cr_assert_eq(take(&h, "A: b\r\n"), HTTP_HEAD_GOOD);
		cr_assert_eq(
			take(&h, "\r\nHTTP/1.1 200 OK\r\n"), HTTP_HEAD_GOOD);
		for (unsigned i = early; i < BOUND_FETCH_FIELDS; i++)
			cr_assert_eq(take(&h, "A: b\r\n"), HTTP_HEAD_GOOD);
		cr_assert_eq(take(&h, more == 0 ? "\r\n" : " folded\r\n"),
			more == 0 ? HTTP_HEAD_LENGTH : HTTP_HEAD_FIELDS);
	}
}

Test(http_head, codings_are_those_that_were_asked_for)
{
	static const struct {
		bool compressed;
		enum http_head_fault fault;
		const char *fields;
	} cases[] = {
		{true, HTTP_HEAD_GOOD, "Content-Encoding: gzip\r\n"},
		{true, HTTP_HEAD_GOOD, "content-encoding: GZIP\r\n"},
		{true, HTTP_HEAD_GOOD, "Content-Encoding: x-gzip\r\n"},
		{true, HTTP_HEAD_GOOD, "Content-Encoding: identity\r\n"},
		{false, HTTP_HEAD_GOOD, "Content-Encoding: identity\r\n"},
		{false, HTTP_HEAD_GOOD, "Transfer-Encoding: chunked\r\n"},
		{false, HTTP_HEAD_CODING, "Content-Encoding: gzip\r\n"},
		{true, HTTP_HEAD_CODING, "Content-Encoding: br\r\n"},
		{true, HTTP_HEAD_CODING, "Content-Encoding: deflate\r\n"},
		{true, HTTP_HEAD_CODING, "Content-Encoding: zstd\r\n"},
		{true, HTTP_HEAD_CODING, "Content-Encoding: gzip, gzip\r\n"},
		{true, HTTP_HEAD_CODING,
			"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"},
		{true, HTTP_HEAD_CODING, "Content-Encoding:\r\n"},
		{true, HTTP_HEAD_CODING, "Content-Encoding: gzi\r\n"},
		{true, HTTP_HEAD_CODING, "Transfer-Encoding: gzip\r\n"},
		{true, HTTP_HEAD_CODING,
			"Transfer-Encoding: gzip, chunked\r\n"},
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(take_new(&h, cases[i].compressed,
				     "HTTP/1.1 200 OK\r\nContent-Length: "
				     "1\r\n"),
			HTTP_HEAD_GOOD);
		cr_assert_eq(take(&h, cases[i].fields), cases[i].fault, "%s",
			cases[i].fields);
	}
}

Test(http_head, an_answer_says_where_it_ends)
{
	static const struct {
		enum http_head_fault fault;
		const char *text;
	} cases[] = {
		{HTTP_HEAD_GOOD,
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{HTTP_HEAD_GOOD,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
			"chunked\r\n\r\n"},
		{HTTP_HEAD_GOOD, "HTTP/2 200 \r\n\r\n"},
		{HTTP_HEAD_LENGTH, "HTTP/1.1 200 OK\r\n\r\n"},
		{HTTP_HEAD_LENGTH,
			"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"},
		/* Nobody reads the body of these. */
		{HTTP_HEAD_GOOD, "HTTP/1.1 302 Found\r\n\r\n"},
		{HTTP_HEAD_GOOD, "HTTP/1.1 304 Not Modified\r\n\r\n"},
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(take_new(&h, false, cases[i].text), cases[i].fault,
			"%s", cases[i].text);
}

Test(http_head, lengths_are_numbers_that_agree)
{
	static const struct {
		enum http_head_fault fault;
		const char *fields;
	} cases[] = {
		{HTTP_HEAD_GOOD, "Content-Length: 0\r\n"},
		{HTTP_HEAD_GOOD, "Content-Length: 9999999999999999999\r\n"},
		{HTTP_HEAD_GOOD, "Content-Length: 5\r\nContent-Length: 5\r\n"},
		{HTTP_HEAD_NUMBER,
			"Content-Length: 5\r\nContent-Length: 6\r\n"},
		{HTTP_HEAD_NUMBER, "Content-Length: 5, 5\r\n"},
		{HTTP_HEAD_NUMBER, "Content-Length: 10000000000000000000\r\n"},
		{HTTP_HEAD_NUMBER, "Content-Length: -5\r\n"},
		{HTTP_HEAD_NUMBER, "Content-Length: 0x5\r\n"},
		{HTTP_HEAD_NUMBER, "Content-Length:\r\n"},
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(
			take_new(&h, false, "HTTP/2 200 \r\n"), HTTP_HEAD_GOOD);
		cr_assert_eq(take(&h, cases[i].fields), cases[i].fault, "%s",
			cases[i].fields);
	}
}

Test(http_head, keeps_no_tag_that_cannot_be_sent_back)
{
	struct http_head h;

	http_head_init(&h, false);
	cr_assert_eq(take(&h, "HTTP/1.1 200 OK\r\n"), HTTP_HEAD_GOOD);
	cr_assert_eq(take_long(&h, "ETag: ", 6 + BOUND_FETCH_TAG + 2),
		HTTP_HEAD_GOOD);
	cr_assert_eq(strlen(h.etag), BOUND_FETCH_TAG);
	cr_assert_eq(take_long(&h, "ETag: ", 6 + BOUND_FETCH_TAG + 3),
		HTTP_HEAD_GOOD);
	cr_assert_str_eq(h.etag, "");
	cr_assert_eq(take(&h,
			     "ETag: a\x01"
			     "b\r\n"),
		HTTP_HEAD_GOOD);
	cr_assert_str_eq(h.etag, "");
	cr_assert_eq(take(&h, "ETag: \xc3\xa9\r\n"), HTTP_HEAD_GOOD);
	cr_assert_str_eq(h.etag, "");
	cr_assert_eq(http_head_line(&h, span_of("ETag: a\0b\r\n", 11)),
		HTTP_HEAD_GOOD);
	cr_assert_str_eq(h.etag, "");
}

Test(http_head, location_has_a_limit)
{
	struct http_head h;

	http_head_init(&h, false);
	cr_assert_eq(take(&h, "HTTP/1.1 302 Found\r\n"), HTTP_HEAD_GOOD);
	cr_assert_eq(take_long(&h, "Location: ", 10 + BOUND_URI + 2),
		HTTP_HEAD_GOOD);
	cr_assert_eq(strlen(h.location), BOUND_URI);
	cr_assert_eq(take_long(&h, "Location: ", 10 + BOUND_URI + 3),
		HTTP_HEAD_LOCATION);
	cr_assert_eq(http_head_line(&h, span_of("Location: a\0b\r\n", 15)),
		HTTP_HEAD_LOCATION);
}

/* The numbers in the texts are those of the bounds. */
Test(http_head, texts_name_the_bounds)
{
	char number[16];

	snprintf(number, sizeof(number), " %d ", BOUND_FETCH_STATUS);
	cr_assert_not_null(
		strstr(http_head_text(HTTP_HEAD_STATUS_SIZE), number));
	snprintf(number, sizeof(number), " %d ", BOUND_FETCH_HEAD);
	cr_assert_not_null(strstr(http_head_text(HTTP_HEAD_SIZE), number));
	snprintf(number, sizeof(number), " %d ", BOUND_FETCH_FIELDS);
	cr_assert_not_null(strstr(http_head_text(HTTP_HEAD_FIELDS), number));
	snprintf(number, sizeof(number), " %d ", BOUND_URI);
	cr_assert_not_null(strstr(http_head_text(HTTP_HEAD_LOCATION), number));
}
