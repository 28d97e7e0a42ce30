/*
 * tls: any octets to the server's side of a TLS connection.
 *
 *	octet 0   bit 0: whether a router shakes hands first
 *	          bit 1: the rest is what it says inside of TLS, and must come
 *	                 through as it is; else it goes in as it is
 *	          bit 2: TLS 1.2; bits 3, 4: certificates of routers
 *	octet 1   how many octets are fed at once
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/net/tls.h"

enum {
	PATH = 64,
	CLEAR = 65536,
};

/* The entry that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One of its own, for this process: to make it takes longer than all else. */
static struct tls_keys *
keys_make(void)
{
	char cert[PATH], key[PATH], why[TLS_KEYS_WHY];
	const struct tls_files files = {cert, key, cert};
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	struct tls_keys *keys;
	FILE *f;

	snprintf(cert, sizeof(cert), "/tmp/fuzz-tls-%ld.pem", (long)getpid());
	snprintf(key, sizeof(key), "/tmp/fuzz-tls-%ld.key", (long)getpid());
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, pair);
	X509_sign(x, pair, EVP_sha256());
	f = fopen(cert, "w");
	if (f == NULL || PEM_write_X509(f, x) != 1 || fclose(f) != 0)
		abort();
	f = fopen(key, "w");
	if (f == NULL ||
		PEM_write_PrivateKey(f, pair, NULL, NULL, 0, NULL, NULL) != 1 ||
		fclose(f) != 0)
		abort();
	if (tls_keys_load(&files, &keys, why) != 0)
		abort();
	unlink(cert);
	unlink(key);
	X509_free(x);
	EVP_PKEY_free(pair);
	return keys;
}

static SSL *
client_make(SSL_CTX *context, bool old)
{
	SSL *client = SSL_new(context);

	if (old)
		SSL_set_max_proto_version(client, TLS1_2_VERSION);
	SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(client);
	return client;
}

/* What comes out, appended to `out`. */
static size_t
take(struct tls *t, uint8_t *out, size_t have)
{
	size_t n;

	while ((n = tls_read(t, out + have, CLEAR - have)) > 0)
		have += n;
	if (ERR_peek_error() != 0)
		abort();
	return have;
}

/* The server's octets to the router, and the router's to the server, until
 * nobody has more; returns how many clear ones came. */
static size_t
exchange(struct tls *t, SSL *client, uint8_t *out, size_t piece)
{
	uint8_t octets[4096];
	size_t have = 0;
	int n;

	do {
		struct span said = tls_output(t);

		if (said.n > 0)
			BIO_write(SSL_get_rbio(client), said.p, (int)said.n);
		tls_sent(t, said.n);
		(void)SSL_do_handshake(client);
		ERR_clear_error();
		while ((n = BIO_read(SSL_get_wbio(client), octets,
				(int)piece)) > 0) {
			tls_feed(t, span_of(octets, (size_t)n));
			have = take(t, out, have);
		}
	} while (tls_output(t).n > 0);
	return have;
}

static void
feed(struct tls *t, const uint8_t *data, size_t size, size_t piece)
{
	uint8_t out[CLEAR];

	for (size_t i = 0; i < size; i += piece) {
		size_t n = size - i < piece ? size - i : piece;
		uint8_t *flush = malloc(n);

		if (flush == NULL)
			abort();
		memcpy(flush, data + i, n);
		tls_feed(t, span_of(flush, n));
		(void)take(t, out, 0);
		free(flush);
	}
	/* Nothing that anybody could know the key of. */
	(void)tls_sent(t, tls_output(t).n / 2);
	tls_end(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_keys *keys;
	static SSL_CTX *context;
	static uint8_t out[CLEAR];
	const uint8_t source[ACCESS_SOURCE] = {0};
	struct tls *t;
	SSL *client;
	size_t piece;

	if (size < 3 || size > CLEAR / 2)
		return 0;
	if (keys == NULL) {
		keys = keys_make();
		context = SSL_CTX_new(TLS_client_method());
	}
	piece = data[1] + 1;
	t = tls_new(keys, (enum client_certs)(data[0] >> 3 & 1), source);
	client = client_make(context, (data[0] & 4) != 0);
	if ((data[0] & 3) != 0)
		(void)exchange(t, client, out, piece);
	if ((data[0] & 2) != 0) {
		if (tls_state(t) != TLS_OPEN ||
			SSL_write(client, data + 2, (int)(size - 2)) <= 0 ||
			exchange(t, client, out, piece) != size - 2 ||
			memcmp(out, data + 2, size - 2) != 0)
			abort();
	} else {
		feed(t, data + 2, size - 2, piece);
	}
	SSL_free(client);
	tls_free(t);
	ERR_clear_error();
	return 0;
}
