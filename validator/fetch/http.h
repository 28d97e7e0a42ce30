/*
 * http: many HTTPS requests at once, each with its limits, on one thread.
 *
 *	request --> [ connect | headers | octets ... ] --> end
 *	              15 s      64 KB     idle 30 s, total 600 s, after 60 s at
 *	                                  least 10 kB/s; ratio 100:1 after 8 MiB
 *
 * libcurl's multi interface: connections are kept and shared across a host, by
 * HTTP/2 where it has that.  Redirects are followed here and not by libcurl:
 * at most five, within the origin (scheme, host, port) of the first request
 * (RFC 9674).  Only https; no cookies, no credentials, no netrc, nothing from
 * the environment.
 *
 * Not here: what the octets mean; nor whether a gzip stream came to its end, as
 * libcurl does not tell: who reads must know the end of what he reads.
 */
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/log.h"
#include "waymark/repo.h"
#include "waymark/span.h"

struct http;
struct http_transfer;

/* Texts outlive the http; NULL where not wanted. */
struct http_config {
	const char *ca_file; /* trusted besides the system's */
	const char *proxy; /* "http://host:port" */
	const char *source_address; /* an address or interface to send from */
	bool insecure; /* take any certificate */
	/* 0: those of bounds.h.  After `grace_ms` the average counts. */
	int64_t connect_ms, idle_ms, total_ms, grace_ms;
	const struct log *log;
};

enum http_outcome {
	HTTP_DONE, /* 200, and all octets were taken */
	HTTP_SAME, /* 304 */
	HTTP_FAILED,
};

struct http_end {
	enum http_outcome outcome;
	long status; /* 0: none was received */
	uint64_t received; /* octets from the network, before decompression */
	const char *etag, *last_modified; /* "" when there was none; valid
					     during the call */
	char reason[REPO_REASON]; /* HTTP_FAILED */
};

struct http_request {
	const char *uri; /* copied */
	const char *etag, *last_modified; /* of what is there; "" or NULL: none
					   */
	uint64_t octets_max; /* decompressed */
	bool compressed; /* gzip is welcome */
	/* Octets of a 200, decompressed, in order.  False to give up: `end`
	 * then comes with HTTP_FAILED and an empty reason. */
	bool (*data)(void *ctx, struct span octets);
	/* Called once, from http_step; the transfer is gone then. */
	void (*end)(void *ctx, const struct http_end *end);
	void *ctx;
};

/* A client without requests.  0, or ERR_NOMEM, ERR_NOTFOUND and ERR_SYNTAX with
 * `why` for a file or address that cannot be used. */
int http_new(
	const struct http_config *config, struct http **out, char why[256]);

/* Cancels what is under way.  NULL is fine. */
void http_free(struct http *h);

/* Start a request.  0 with `*out`, valid until `end` or http_cancel; ERR_SYNTAX
 * for what is not a sound https URI; ERR_NOMEM.  Nothing is called before the
 * next http_step. */
int http_start(struct http *h, const struct http_request *request,
	struct http_transfer **out);

/* End a transfer without calling `end`.  Also from within `data` and `end` of
 * another. */
void http_cancel(struct http_transfer *t);

/* Wait up to `timeout_ms` (negative: for ever) for anything to happen, also on
 * `extra` (as poll), and do it.  0 or ERR_SYSTEM. */
int http_step(
	struct http *h, struct pollfd *extra, size_t count, int timeout_ms);

/* Whether two https URIs have one origin (RFC 9674, RFC 6454 section 4). */
bool http_same_origin(struct span a, struct span b);

#endif
