/*
 * fake_http: servers in memory, in the place of http.c, for tests of what is
 * made of what they send.
 *
 *	struct http h = {0};
 *	fake_page(&h, "https://h/a", "text", n)->etag = "x";
 *	... http_start(&h, ...) by what is tested ...
 *	fake_http_run(&h);             until nothing is under way
 *	fake_http_free(&h);
 *
 * A program that includes this has http_start and http_cancel of its own, and
 * the linker leaves http.c out.
 */
#ifndef TESTS_FETCH_FAKE_HTTP_H
#define TESTS_FETCH_FAKE_HTTP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/uri.h"
#include "core/vec.h"
#include "validator/fetch/http.h"
#include "waymark/err.h"

struct fake_page {
	char *uri;
	struct text body;
	const char *etag; /* NULL: none */
	const char *reason; /* it fails so, behind its octets; NULL: it does
			       not */
};

struct http {
	VEC(struct fake_page *) pages;
	struct http_transfer *pending; /* the latest first */
	size_t piece; /* octets at once; 0: all */
	size_t cancels;
	struct text asked; /* "URI" or "URI ETAG", and a space, a request */
	int fail_start; /* what http_start answers; 0: it starts */
};

struct http_transfer {
	struct http *http;
	struct http_request request;
	char *uri, *etag;
	struct http_transfer *next;
};

/* A page, made or emptied. */
static inline struct fake_page *
fake_page(struct http *h, const char *uri, const void *p, size_t n)
{
	struct fake_page *page = NULL;

	for (size_t i = 0; i < h->pages.n; i++)
		if (strcmp(h->pages.at[i]->uri, uri) == 0)
			page = h->pages.at[i];
	if (page == NULL) {
		page = calloc(1, sizeof(*page));
		if (page == NULL || !VEC_PUSH(&h->pages, page))
			abort();
		page->uri = strdup(uri);
	}
	text_clear(&page->body);
	text_put(&page->body, p, n);
	page->etag = NULL;
	page->reason = NULL;
	return page;
}

static inline struct fake_page *
fake_page_find(struct http *h, const char *uri)
{
	for (size_t i = 0; i < h->pages.n; i++)
		if (strcmp(h->pages.at[i]->uri, uri) == 0)
			return h->pages.at[i];
	return NULL;
}

/* The page is gone. */
static inline void
fake_page_drop(struct http *h, const char *uri)
{
	for (size_t i = 0; i < h->pages.n; i++) {
		struct fake_page *page = h->pages.at[i];

		if (strcmp(page->uri, uri) != 0)
			continue;
		free(page->uri);
		text_free(&page->body);
		free(page);
		h->pages.at[i] = h->pages.at[--h->pages.n];
		return;
	}
}

static inline void
fake_transfer_free(struct http_transfer *t)
{
	struct http_transfer **at = &t->http->pending;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	free(t->uri);
	free(t->etag);
	free(t);
}

int
http_start(struct http *h, const struct http_request *request,
	struct http_transfer **out)
{
	struct http_transfer *t;
	struct uri uri;

	if (uri_parse(span_text(request->uri), &uri) != URI_GOOD ||
		uri.scheme != URI_HTTPS)
		return ERR_SYNTAX;
	if (h->fail_start != 0)
		return h->fail_start;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		abort();
	t->http = h;
	t->request = *request;
	t->uri = strdup(request->uri);
	t->etag = strdup(request->etag != NULL ? request->etag : "");
	t->next = h->pending;
	h->pending = t;
	text_add(&h->asked, "%s%s%s ", t->uri, t->etag[0] != '\0' ? " " : "",
		t->etag);
	*out = t;
	return 0;
}

void
http_cancel(struct http_transfer *t)
{
	t->http->cancels++;
	fake_transfer_free(t);
}

/* Send a page's octets; false when they were not wanted. */
static inline bool
fake_send(const struct http_transfer *t, const struct fake_page *page)
{
	size_t piece = t->http->piece > 0 ? t->http->piece : page->body.n;

	for (size_t i = 0; i < page->body.n; i += piece) {
		size_t n = page->body.n - i < piece ? page->body.n - i : piece;

		if (!t->request.data(
			    t->request.ctx, span_of(page->body.p + i, n)))
			return false;
	}
	return true;
}

/* What becomes of a request. */
static inline struct http_end
fake_answer(const struct http_transfer *t)
{
	struct fake_page *page = fake_page_find(t->http, t->uri);
	struct http_end end = {.outcome = HTTP_FAILED,
		.status = 404,
		.received = 100,
		.etag = "",
		.last_modified = ""};

	if (page == NULL) {
		snprintf(end.reason, sizeof(end.reason), "HTTP 404");
		return end;
	}
	end.status = 200;
	end.etag = page->etag != NULL ? page->etag : "";
	if (t->etag[0] != '\0' && strcmp(t->etag, end.etag) == 0) {
		end.outcome = HTTP_SAME;
		return end;
	}
	if (!fake_send(t, page))
		return end;
	if (page->reason != NULL)
		snprintf(end.reason, sizeof(end.reason), "%s", page->reason);
	else
		end.outcome = HTTP_DONE;
	return end;
}

/* Answer one request; false when there is none. */
static inline bool
fake_http_step(struct http *h)
{
	struct http_transfer *t = h->pending;
	struct http_request request;
	struct http_end end;

	if (t == NULL)
		return false;
	request = t->request;
	end = fake_answer(t);
	/* The transfer is gone when its end is told. */
	fake_transfer_free(t);
	request.end(request.ctx, &end);
	return true;
}

static inline void
fake_http_run(struct http *h)
{
	while (fake_http_step(h))
		;
}

static inline void
fake_http_free(struct http *h)
{
	while (h->pages.n > 0)
		fake_page_drop(h, h->pages.at[0]->uri);
	VEC_FREE(&h->pages);
	text_free(&h->asked);
}

#endif
