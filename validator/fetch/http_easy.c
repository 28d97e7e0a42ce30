/*
 * http_easy: one libcurl handle, its options, and what libcurl calls.
 *
 * Whatever libcurl would take from its environment is set to nothing: proxies,
 * .netrc, cookies, redirects, other protocols.  Every limit that can be seen
 * from a call is checked in it, and ends the transfer there.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "validator/fetch/http_inner.h"
#include "waymark/err.h"

static uint64_t
downloaded(const struct http_transfer *t)
{
	curl_off_t n = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &n);
	return n > 0 ? (uint64_t)n : 0;
}

uint64_t
http_easy_octets(const struct http_transfer *t)
{
	return downloaded(t) + t->head.octets;
}

bool
http_easy_is_untouched(const struct http_transfer *t)
{
	long made = 0;

	return t->pace.is_asked && t->head.octets == 0 && downloaded(t) == 0 &&
		curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made) ==
		CURLE_OK &&
		made == 0;
}

static bool
is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 ||
		status == 307 || status == 308;
}

/* Whether the answer can be of use, now that its head is complete. */
static bool
status_is_good(struct http_transfer *t)
{
	long status = t->head.status;

	if (status == 200 || is_redirect(status))
		return true;
	if (status != 304)
		http_reason(t->reason, "HTTP %ld", status);
	else if (!t->conditional)
		http_reason(t->reason, "HTTP 304, which was not asked for");
	else
		return true;
	return false;
}

/* libcurl: a line of the head or of trailers.  Anything but `n` is the end. */
static size_t
on_line(char *p, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;
	bool was = t->head.complete;
	enum http_head_fault fault;

	n *= size;
	if (t->over)
		return 0;
	fault = http_head_line(&t->head, span_of(p, n));
	if (fault != HTTP_HEAD_GOOD)
		http_reason(t->reason, "HTTP: %s", http_head_text(fault));
	else if (was || !t->head.complete || status_is_good(t))
		return n;
	t->stopped = true;
	return 0;
}

/* Whether more octets may be taken. */
static bool
size_is_good(struct http_transfer *t, size_t n)
{
	uint64_t received = downloaded(t);

	if (n > t->request.octets_max - t->taken) {
		http_reason(t->reason, "more than %llu octets",
			(unsigned long long)t->request.octets_max);
		return false;
	}
	t->taken += n;
	if (t->taken > BOUND_FETCH_RATIO_FREE &&
		t->taken / BOUND_FETCH_RATIO > received) {
		http_reason(t->reason,
			"compressed more than %d:1: %llu octets from %llu",
			BOUND_FETCH_RATIO, (unsigned long long)t->taken,
			(unsigned long long)received);
		return false;
	}
	return true;
}

/* libcurl: octets of the body.  That of a redirect is read over, as long as it
 * is short, so that the connection can be kept. */
static size_t
on_octets(char *p, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;

	n *= size;
	if (t->over)
		return 0;
	if (t->head.status != 200) {
		if (downloaded(t) <= BOUND_FETCH_HEAD)
			return n;
		http_reason(
			t->reason, "HTTP %ld with a long body", t->head.status);
	} else if (size_is_good(t, n) &&
		t->request.data(t->request.ctx, span_of(p, n)) && !t->over)
		return n;
	t->stopped = true;
	return 0;
}

/* libcurl: TCP is connected, TLS begins; it trusts nobody by itself. */
static CURLcode
on_tls(CURL *easy, void *tls, void *ctx)
{
	struct http_transfer *t = ctx;

	(void)easy;
	SSL_CTX_set1_cert_store(tls, t->http->trusted);
	t->in_tls = true;
	return CURLE_OK;
}

/* libcurl: connected, the request goes out. */
static int
on_ask(void *ctx, char *to, char *from, int to_port, int from_port)
{
	struct http_transfer *t = ctx;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	http_pace_ask(&t->pace, mono_now());
	return CURL_PREREQFUNC_OK;
}

/* libcurl: a socket was made.  A path that died must not hold on to a
 * connection that others would be sent over: the kernel ends it when nothing is
 * acknowledged for as long as we wait for an octet. */
static int
on_socket(void *ctx, curl_socket_t fd, curlsocktype kind)
{
	const struct http *h = ctx;
	unsigned ms = (unsigned)h->config.idle_ms;

	(void)kind;
	(void)setsockopt(
		fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, (socklen_t)sizeof(ms));
	return CURL_SOCKOPT_OK;
}

/* Set an option, and remember a failure. */
#define SET(option, value) \
	(good = curl_easy_setopt(t->easy, CURLOPT_##option, value) == \
				CURLE_OK && \
			good)

static bool
set_request(struct http_transfer *t)
{
	bool good = true;

	SET(URL, t->uri);
	SET(PATH_AS_IS, 1L);
	SET(PROTOCOLS_STR, "https");
	SET(REDIR_PROTOCOLS_STR, "https");
	SET(FOLLOWLOCATION, 0L);
	SET(DISALLOW_USERNAME_IN_URL, 1L);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(PIPEWAIT, 1L);
	SET(USERAGENT, "Waymark/" WAYMARK_VERSION);
	SET(ACCEPT_ENCODING, t->request.compressed ? "gzip" : NULL);
	SET(HTTPHEADER, t->fields);
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(MAXFILESIZE_LARGE, (curl_off_t)t->request.octets_max);
	SET(ERRORBUFFER, t->errors);
	SET(PRIVATE, t);
	return good;
}

static bool
set_network(struct http_transfer *t)
{
	struct http *h = t->http;
	const struct http_config *c = &h->config;
	bool good = true;

	/* "" where NULL would mean: look into the environment. */
	SET(PROXY, c->proxy != NULL ? c->proxy : "");
	SET(NOPROXY, "");
	SET(SUPPRESS_CONNECT_HEADERS, 1L);
	if (h->source[0] != '\0')
		SET(INTERFACE, h->source);
	SET(IPRESOLVE, h->family);
	SET(CONNECTTIMEOUT_MS, (long)c->connect_ms);
	SET(NOSIGNAL, 1L);
	/* Else ending a transfer waits for the resolver's thread. */
	SET(QUICK_EXIT, 1L);
	SET(TCP_KEEPALIVE, 1L);
	SET(SOCKOPTFUNCTION, on_socket);
	SET(SOCKOPTDATA, h);
	return good;
}

static bool
set_tls(struct http_transfer *t)
{
	struct http *h = t->http;
	long verify = h->config.insecure ? 0 : 1;
	bool good = true;

	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, verify);
	SET(SSL_VERIFYHOST, verify * 2);
	SET(PROXY_SSL_VERIFYPEER, verify);
	SET(PROXY_SSL_VERIFYHOST, verify * 2);
	/* on_tls has them all. */
	SET(CAINFO, NULL);
	SET(CAPATH, NULL);
	SET(PROXY_CAINFO, NULL);
	SET(PROXY_CAPATH, NULL);
	return good;
}

static bool
set_calls(struct http_transfer *t)
{
	bool good = true;

	SET(HEADERFUNCTION, on_line);
	SET(HEADERDATA, t);
	SET(WRITEFUNCTION, on_octets);
	SET(WRITEDATA, t);
	SET(SSL_CTX_FUNCTION, on_tls);
	SET(SSL_CTX_DATA, t);
	SET(PREREQFUNCTION, on_ask);
	SET(PREREQDATA, t);
	return good;
}

/* "" and what could not have come from a field are not sent. */
static bool
add_field(struct http_transfer *t, const char *name, const char *value)
{
	char line[BOUND_FETCH_TAG + 64];
	struct curl_slist *fields;

	if (value == NULL || value[0] == '\0' ||
		!http_head_is_tag(span_text(value)))
		return true;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	fields = curl_slist_append(t->fields, line);
	if (fields == NULL)
		return false;
	t->fields = fields;
	t->conditional = true;
	return true;
}

int
http_easy_make(struct http_transfer *t, const struct http_request *request)
{
	if (!add_field(t, "If-None-Match", request->etag) ||
		!add_field(t, "If-Modified-Since", request->last_modified))
		return ERR_NOMEM;
	t->easy = curl_easy_init();
	if (t->easy == NULL || !set_request(t) || !set_network(t) ||
		!set_tls(t) || !set_calls(t))
		return ERR_NOMEM;
	return 0;
}

int
http_easy_isolate(struct http_transfer *t)
{
	bool good = true;

	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(FRESH_CONNECT, 1L);
	return good ? 0 : ERR_NOMEM;
}
