/*
 * http_reason: why a request failed, in a line for operators.
 *
 *	connect: refused    TLS: certificate has expired    HTTP 404
 *
 * The part that failed comes first, then what libcurl, OpenSSL or the system
 * say.  Their words may hold what a server sent, so all is made printable.
 */
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "validator/fetch/http_inner.h"

void
http_reason(char out[REPO_REASON], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out, REPO_REASON, format, args);
	va_end(args);
	for (char *p = out; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

/* Which part failed; those that are not here are told by libcurl's words
 * alone. */
static const struct {
	CURLcode code;
	const char *part;
} PARTS[] = {
	{CURLE_COULDNT_RESOLVE_HOST, "DNS"},
	{CURLE_COULDNT_RESOLVE_PROXY, "DNS"},
	{CURLE_SSL_CONNECT_ERROR, "TLS"},
	{CURLE_SSL_CACERT_BADFILE, "TLS"},
	{CURLE_PEER_FAILED_VERIFICATION, "TLS"},
	{CURLE_INTERFACE_FAILED, "source address"},
	{CURLE_PROXY, "proxy"},
	{CURLE_OUT_OF_MEMORY, "memory, or a header line beyond 100 KB"},
	{CURLE_GOT_NOTHING, "HTTP"},
	{CURLE_WEIRD_SERVER_REPLY, "HTTP"},
	{CURLE_UNSUPPORTED_PROTOCOL, "HTTP"},
	{CURLE_BAD_CONTENT_ENCODING, "gzip"},
	{CURLE_PARTIAL_FILE, "receive"},
	{CURLE_RECV_ERROR, "receive"},
	{CURLE_SEND_ERROR, "send"},
	{CURLE_HTTP2, "HTTP/2"},
	{CURLE_HTTP2_STREAM, "HTTP/2"},
};

/* libcurl says "SSL certificate problem: " before OpenSSL's words. */
static const char *
words_of(const struct http_transfer *t, CURLcode code)
{
	static const char verify[] = "SSL certificate problem: ";
	const char *words = t->errors;

	if (words[0] == '\0')
		return curl_easy_strerror(code);
	if (strncmp(words, verify, sizeof(verify) - 1) == 0)
		words += sizeof(verify) - 1;
	return words;
}

/* Only connecting is timed by libcurl. */
static void
connect_timed_out(struct http_transfer *t)
{
	const char *part = "DNS";
	curl_off_t us = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &us);
	if (t->in_tls)
		part = "TLS";
	else if (us > 0)
		part = "connect";
	http_reason(t->reason, "%s: timed out after %g s", part,
		(double)t->http->config.connect_ms / 1000);
}

static void
could_not_connect(struct http_transfer *t, CURLcode code)
{
	long number = 0;
	char text[128];

	(void)curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
	http_reason(t->reason, "connect: %s",
		number > 0 ? strerror_r((int)number, text, sizeof(text))
			   : words_of(t, code));
}

void
http_reason_curl(struct http_transfer *t, CURLcode code)
{
	const char *words = words_of(t, code);

	if (code == CURLE_OPERATION_TIMEDOUT) {
		connect_timed_out(t);
		return;
	}
	if (code == CURLE_COULDNT_CONNECT) {
		could_not_connect(t, code);
		return;
	}
	/* We took all that we were given: the decoder did not. */
	if (code == CURLE_WRITE_ERROR) {
		http_reason(t->reason, "gzip: something behind its end");
		return;
	}
	if (code == CURLE_FILESIZE_EXCEEDED) {
		http_reason(t->reason, "more than %llu octets",
			(unsigned long long)t->request.octets_max);
		return;
	}
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
		if (PARTS[i].code == code) {
			http_reason(t->reason, "%s: %s", PARTS[i].part, words);
			return;
		}
	http_reason(t->reason, "%s", words);
}

void
http_reason_late(struct http_transfer *t, enum http_late late)
{
	const struct http_limits *l = &t->http->limits;

	switch (late) {
	case HTTP_LATE_NOT:
		break;
	case HTTP_LATE_IDLE:
		http_reason(t->reason, "no octet for %g s",
			(double)l->idle_ms / 1000);
		break;
	case HTTP_LATE_TOTAL:
		http_reason(t->reason, "not done after %g s",
			(double)l->total_ms / 1000);
		break;
	case HTTP_LATE_RATE:
		http_reason(t->reason,
			"slower than %llu octets a second after %g s",
			(unsigned long long)l->rate,
			(double)l->grace_ms / 1000);
		break;
	}
}
