/*
 * http_setup: what a client is told to use, checked before it is needed.
 *
 * A file, proxy or address that cannot be used would else fail every request
 * one by one.  Certificates are read once: libcurl takes them from memory, the
 * system's and the operator's as one text.  Source addresses must be numbers,
 * as looking up a name would block.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "validator/fetch/http_inner.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	WHY = 256, /* octets of http_new's `why` */
	CA_FILE = 16777216 /* a system's has 220 KB */
};

static bool
has_certificate(struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *cert =
		bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool found = cert != NULL;

	X509_free(cert);
	BIO_free(bio);
	ERR_clear_error();
	return found;
}

/* The file of certificates that libcurl was built to use; NULL: none. */
static const char *
system_file(CURL *easy)
{
	char *path = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) != CURLE_OK)
		return NULL;
	return path;
}

static int
join(struct http *h, struct span a, struct span b)
{
	h->cas = malloc(a.n + 1 + b.n);
	if (h->cas == NULL)
		return ERR_NOMEM;
	if (a.n > 0)
		memcpy(h->cas, a.p, a.n);
	h->cas[a.n] = '\n';
	memcpy(h->cas + a.n + 1, b.p, b.n);
	h->cas_size = a.n + 1 + b.n;
	return 0;
}

/* A machine without certificates of its own is fine: those of the operator
 * are then all. */
static int
read_both(struct http *h, struct arena *arena, const char *own, char why[WHY])
{
	struct span system = {NULL, 0}, extra;
	int err = file_read(h->config.ca_file, CA_FILE, arena, &extra);

	if (err != 0) {
		snprintf(why, WHY, "%s: %s", h->config.ca_file, err_text(err));
		return err == ERR_NOMEM ? err : ERR_NOTFOUND;
	}
	if (!has_certificate(extra)) {
		snprintf(why, WHY, "%s: no certificate (PEM) in it",
			h->config.ca_file);
		return ERR_SYNTAX;
	}
	if (own != NULL)
		(void)file_read(own, CA_FILE, arena, &system);
	return join(h, system, extra);
}

static int
setup_cas(struct http *h, char why[WHY])
{
	struct arena *arena;
	CURL *easy;
	int err = ERR_NOMEM;

	if (h->config.ca_file == NULL)
		return 0;
	arena = arena_new(65536);
	easy = curl_easy_init();
	if (arena != NULL && easy != NULL)
		err = read_both(h, arena, system_file(easy), why);
	curl_easy_cleanup(easy);
	arena_free(arena);
	return err;
}

static int
setup_source(struct http *h, char why[WHY])
{
	const char *source = h->config.source_address;
	uint8_t octets[16];
	const char *form = "host!%s";

	h->family = CURL_IPRESOLVE_WHATEVER;
	if (source == NULL)
		return 0;
	if (inet_pton(AF_INET, source, octets) == 1)
		h->family = CURL_IPRESOLVE_V4;
	else if (inet_pton(AF_INET6, source, octets) == 1)
		h->family = CURL_IPRESOLVE_V6;
	else if (if_nametoindex(source) != 0)
		form = "if!%s";
	else {
		snprintf(why, WHY,
			"source address %s: neither an address nor an "
			"interface",
			source);
		return ERR_NOTFOUND;
	}
	snprintf(h->source, sizeof(h->source), form, source);
	return 0;
}

/* http://host:port or https://host:port. */
static int
setup_proxy(struct http *h, char why[WHY])
{
	CURLU *u;
	char *scheme = NULL;
	int err = ERR_SYNTAX;

	if (h->config.proxy == NULL)
		return 0;
	u = curl_url();
	if (u == NULL)
		return ERR_NOMEM;
	if (curl_url_set(u, CURLUPART_URL, h->config.proxy, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		(strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0))
		err = 0;
	if (err != 0)
		snprintf(why, WHY, "proxy %s: not http://HOST:PORT",
			h->config.proxy);
	curl_free(scheme);
	curl_url_cleanup(u);
	return err;
}

static int64_t
or_else(int64_t ms, int64_t seconds)
{
	return ms > 0 ? ms : seconds * 1000;
}

int
http_setup(struct http *h, const struct http_config *config, char why[WHY])
{
	struct http_config *c = &h->config;
	int err;

	*c = *config;
	c->connect_ms = or_else(c->connect_ms, BOUND_FETCH_CONNECT_S);
	c->idle_ms = or_else(c->idle_ms, BOUND_FETCH_IDLE_S);
	c->total_ms = or_else(c->total_ms, BOUND_FETCH_TOTAL_S);
	c->grace_ms = or_else(c->grace_ms, BOUND_FETCH_GRACE_S);
	h->limits = (struct http_limits){.idle_ms = c->idle_ms,
		.total_ms = c->total_ms,
		.grace_ms = c->grace_ms,
		.rate = BOUND_FETCH_RATE};
	err = setup_source(h, why);
	if (err == 0)
		err = setup_proxy(h, why);
	if (err == 0)
		err = setup_cas(h, why);
	return err;
}
