/*
 * tls_world: certificates and routers for tests of TLS.
 *
 *	a folder with ca.pem, and NAME.pem, NAME.key as asked for
 *	a router: OpenSSL's client between two buffers
 */
#ifndef TESTS_TLS_WORLD_H
#define TESTS_TLS_WORLD_H

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtrd/net/tls.h"
#include "rtrd/net/tls_keys.h"

enum {
	WORLD_PATH = 128,
	WORLD_DAY = 86400
};

struct world {
	char folder[WORLD_PATH / 2];
	X509 *ca;
	EVP_PKEY *ca_key;
};

/* A certificate to be made. */
struct wish {
	const char *name;
	const char *san; /* NULL: none */
	long begin_s, end_s; /* from now */
	bool own; /* signed by itself */
};

static inline void
world_path(const struct world *w, const char *name, const char *end,
	char path[WORLD_PATH])
{
	snprintf(path, WORLD_PATH, "%s/%s.%s", w->folder, name, end);
}

static inline void
world_put_key(const struct world *w, const char *name, EVP_PKEY *key)
{
	char path[WORLD_PATH];
	FILE *f;

	world_path(w, name, "key", path);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	cr_assert_eq(chmod(path, 0600), 0);
}

static inline void
world_put_cert(const struct world *w, const char *name, X509 *cert)
{
	char path[WORLD_PATH];
	FILE *f;

	world_path(w, name, "pem", path);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(PEM_write_X509(f, cert), 1);
	fclose(f);
}

static inline void
world_extend(X509 *c, int nid, const char *text)
{
	X509_EXTENSION *e;

	if (text == NULL)
		return;
	e = X509V3_EXT_conf_nid(NULL, NULL, nid, text);
	cr_assert_not_null(e, "%s", text);
	X509_add_ext(c, e, -1);
	X509_EXTENSION_free(e);
}

static inline X509 *
world_sign(const struct world *w, const struct wish *wish, EVP_PKEY *key)
{
	X509 *c = X509_new();
	X509 *issuer = wish->own ? c : w->ca;

	X509_set_version(c, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c), 7);
	X509_gmtime_adj(X509_getm_notBefore(c), wish->begin_s);
	X509_gmtime_adj(X509_getm_notAfter(c), wish->end_s);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
		(const unsigned char *)wish->name, -1, -1, 0);
	X509_set_issuer_name(c, X509_get_subject_name(issuer));
	X509_set_pubkey(c, key);
	world_extend(c, NID_subject_alt_name, wish->san);
	if (wish->own)
		world_extend(c, NID_basic_constraints, "critical,CA:TRUE");
	cr_assert_gt(
		X509_sign(c, wish->own ? key : w->ca_key, EVP_sha256()), 0);
	return c;
}

/* NAME.pem and NAME.key. */
static inline void
world_cert(const struct world *w, const struct wish *wish)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = world_sign(w, wish, key);

	world_put_key(w, wish->name, key);
	world_put_cert(w, wish->name, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* Good for a month. */
static inline void
world_good(const struct world *w, const char *name, const char *san)
{
	const struct wish wish = {name, san, -WORLD_DAY, 30 * WORLD_DAY, false};

	world_cert(w, &wish);
}

/* A folder with an authority, and the server's certificate. */
static inline void
world_init(struct world *w)
{
	const struct wish ca = {"ca", NULL, -WORLD_DAY, 365 * WORLD_DAY, true};

	snprintf(w->folder, sizeof(w->folder), "/tmp/waymark-tls.XXXXXX");
	cr_assert_not_null(mkdtemp(w->folder));
	w->ca_key = EVP_EC_gen("P-256");
	w->ca = world_sign(w, &ca, w->ca_key);
	world_put_cert(w, "ca", w->ca);
	world_put_key(w, "ca", w->ca_key);
	world_good(w, "server", "DNS:cache.example");
}

static inline void
world_fini(struct world *w)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", w->folder, (char *)NULL);
		_exit(1);
	}
	(void)waitpid(pid, &status, 0);
	X509_free(w->ca);
	EVP_PKEY_free(w->ca_key);
}

static inline int
world_load(const struct world *w, const char *cert, const char *key,
	struct tls_keys **out, char why[TLS_KEYS_WHY])
{
	char c[WORLD_PATH], k[WORLD_PATH], a[WORLD_PATH];
	const struct tls_files files = {c, k, a};

	world_path(w, cert, "pem", c);
	world_path(w, key, "key", k);
	world_path(w, "ca", "pem", a);
	return tls_keys_load(&files, out, why);
}

static inline struct tls_keys *
world_keys(const struct world *w)
{
	struct tls_keys *keys;
	char why[TLS_KEYS_WHY] = "";

	cr_assert_eq(
		world_load(w, "server", "server", &keys, why), 0, "%s", why);
	return keys;
}

#endif
