/*
 * tls_keys: what our side of TLS shows and asks for, as read from files.
 *
 *	cert.pem     our certificate, then those that lead to an authority
 *	key.pem      the private key of the first
 *	routers.pem  the authorities of routers' certificates
 *
 * One is never changed: a reload reads a new one beside it, and connections
 * keep theirs for as long as they last.
 *
 * Not here: a connection (tls.h).
 */
#ifndef NET_TLS_KEYS_H
#define NET_TLS_KEYS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "waymark/clock.h"

struct tls_keys;

struct tls_files {
	const char *cert, *key;
	const char *client_ca; /* NULL: none */
};

enum {
	TLS_KEYS_WHY = 256
};

/* Read the files.  0 with `*out` for tls_keys_unref; or an error with `why`,
 * which names the file: one that cannot be read, is larger than BOUND_TLS_FILE,
 * is not PEM, or is weaker than OpenSSL allows, and a key that is another
 * certificate's. */
int tls_keys_load(const struct tls_files *files, struct tls_keys **out,
	char why[TLS_KEYS_WHY]);

/* One holder more.  Returns `k`. */
struct tls_keys *tls_keys_ref(struct tls_keys *k);

/* One holder less; the last one frees it.  NULL is fine. */
void tls_keys_unref(struct tls_keys *k);

/* Whether there are authorities of routers' certificates. */
bool tls_keys_has_ca(const struct tls_keys *k);

/* When the first of the certificates that we show ends. */
struct wall tls_keys_end(const struct tls_keys *k);

/* Tell what routers may not accept, or what should not be so: a certificate
 * that has ended, has not begun, ends within BOUND_TLS_WARN_S, or has no name
 * (a dNSName in its subjectAltName, RFC 8210 section 9.2); a key file that
 * everybody may read.  Returns how many. */
size_t tls_keys_check(const struct tls_keys *k, struct wall now,
	void (*tell)(void *ctx, const char *text), void *ctx);

/* The settings that connections have in common; they live as long as `k`. */
SSL_CTX *tls_keys_context(const struct tls_keys *k);

#endif
