/*
 * http_inner: what the files of http share: a client, its transfers, and the
 * texts of their failures.
 */
#ifndef FETCH_HTTP_INNER_H
#define FETCH_HTTP_INNER_H

#include <curl/curl.h>
#include <openssl/x509.h>

#include "validator/fetch/http.h"
#include "validator/fetch/http_head.h"
#include "validator/fetch/http_pace.h"

struct http {
	CURLM *multi;
	struct http_config config; /* with all limits filled in */
	struct http_limits limits;
	char source[128]; /* as libcurl wants it; "": none */
	long family; /* of the source, or any */
	X509_STORE *trusted; /* certificates, for all connections */
	struct curl_waitfd *waits;
	size_t wait_cap;
	struct http_transfer *first; /* newest first */
};

struct http_transfer {
	struct http *http;
	struct http_transfer *next;
	CURL *easy;
	struct curl_slist *fields;
	bool added; /* to the multi */
	bool over; /* ended or cancelled; goes with the next sweep */
	bool stopped; /* by us, from within libcurl */
	bool conditional;
	bool in_tls; /* TCP is connected */
	bool again; /* asked a second time */
	unsigned redirects;
	uint64_t taken; /* octets given to `data` */
	uint64_t received_before; /* by requests that were redirected */
	struct http_request request; /* its texts are NULL */
	struct http_head head;
	struct http_pace pace;
	char uri[BOUND_URI + 1]; /* that is asked now */
	char reason[REPO_REASON];
	char errors[CURL_ERROR_SIZE]; /* libcurl's own words */
};

/* Check what `config` names and fill in the limits.  As http_new. */
int http_setup(struct http *h, const struct http_config *config, char why[256]);

/* A handle for a transfer whose `http`, `request` and `uri` are set, with all
 * its options; `etag` and `last_modified` of the request are sent.  0 or
 * ERR_NOMEM; t->easy and t->fields are then the transfer's in any case. */
int http_easy_make(struct http_transfer *t, const struct http_request *request);

/* Whether the request went over a connection that others used before or use as
 * well, and nothing has come back yet. */
bool http_easy_is_untouched(const struct http_transfer *t);

/* From now on ask by a new connection of its own, by HTTP/1.1.  0 or ERR_NOMEM.
 */
int http_easy_isolate(struct http_transfer *t);

/* Write a reason, with what is not printable ASCII replaced. */
void http_reason(char out[REPO_REASON], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The reason why libcurl gave up. */
void http_reason_curl(struct http_transfer *t, CURLcode code);

/* The reason why we gave up for slowness. */
void http_reason_late(struct http_transfer *t, enum http_late late);

/* Octets of the response that is under way, its head included. */
uint64_t http_easy_octets(const struct http_transfer *t);

#endif
