/*
 * http_setup: what a client is told to use, checked before it is needed.
 *
 * A file, proxy or address that cannot be used would else fail every request
 * one by one.  Certificates, the system's and the operator's, are read once and
 * shared by all connections: to read them costs some 20 ms.  Source addresses
 * must be numbers, as looking up a name would block.
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

/* Trust every certificate of a text.  How many there are; -1 out of memory. */
static int
trust_all(X509_STORE *store, struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *cert;
	int found = bio == NULL ? -1 : 0;

	while (found >= 0 &&
		(cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		found = X509_STORE_add_cert(store, cert) == 1 ? found + 1 : -1;
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error(); /* the end of the text is one */
	return found;
}

/* The operator's. */
static int
trust_file(struct http *h, char why[WHY])
{
	const char *path = h->config.ca_file;
	struct arena *arena = arena_new(65536);
	struct span pem;
	int err = arena == NULL ? ERR_NOMEM
				: file_read(path, CA_FILE, arena, &pem);
	int found = err == 0 ? trust_all(h->trusted, pem) : 0;

	if (err != 0) {
		snprintf(why, WHY, "%s: %s", path, err_text(err));
		err = err == ERR_NOMEM ? err : ERR_NOTFOUND;
	} else if (found < 0) {
		err = ERR_NOMEM;
	} else if (found == 0) {
		snprintf(why, WHY, "%s: no certificate (PEM) in it", path);
		err = ERR_SYNTAX;
	}
	arena_free(arena);
	return err;
}

/* The system's, where libcurl was built to look for them.  A machine that has
 * none is fine: those of the operator are then all. */
static int
trust_system(struct http *h)
{
	CURL *easy = curl_easy_init();
	char *path = NULL;

	if (easy == NULL)
		return ERR_NOMEM;
	if (curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) == CURLE_OK &&
		path != NULL)
		(void)X509_STORE_load_file(h->trusted, path);
	ERR_clear_error();
	curl_easy_cleanup(easy);
	return 0;
}

static int
setup_trusted(struct http *h, char why[WHY])
{
	int err;

	h->trusted = X509_STORE_new();
	if (h->trusted == NULL ||
		X509_STORE_set_flags(h->trusted,
			X509_V_FLAG_TRUSTED_FIRST |
				X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return ERR_NOMEM;
	err = trust_system(h);
	if (err == 0 && h->config.ca_file != NULL)
		err = trust_file(h, why);
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
		err = setup_trusted(h, why);
	return err;
}
