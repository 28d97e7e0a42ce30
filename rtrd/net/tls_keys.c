/*
 * tls_keys: PEM files to the settings of OpenSSL.
 *
 * What is spoken: TLS 1.2 with forward secrecy and authenticated encryption,
 * and 1.3.  What is not: renegotiation, compression, early data, and the
 * resumption of sessions, so that nothing is kept of connections that are
 * over, and a router whose certificate was taken back is asked again.  The
 * groups are the quick ones: whoever says hello chooses, and we pay.
 *
 * Files are read whole by our own reader, which is bounded and waits for
 * nobody; OpenSSL gets them from memory, and is never let to ask a terminal
 * for a password.
 */
#include "rtrd/net/tls_keys.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/file.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

#define CIPHERS_12 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS	   "X25519:P-256:P-384"

enum {
	LINE = 400, /* octets of what is told */
	CA_MAX = 1000 /* authorities; who has more has taken the wrong file */
};

struct tls_keys {
	unsigned holders;
	SSL_CTX *context;
	struct wall begin, end; /* in which all of ours hold */
	bool has_ca;
	bool named; /* a dNSName */
	bool open; /* everybody may read the key */
	char cert[LINE / 2]; /* the path, for what is told */
	char key[LINE / 2];
};

/* A file that is being read. */
struct pem {
	const char *path;
	struct arena *arena;
	struct span text;
	BIO *bio;
	char *why;
};

/* Returns the error, for the caller to return. */
static int
complain(const struct pem *f, int err, const char *what)
{
	snprintf(f->why, TLS_KEYS_WHY, "'%.150s': %.90s", f->path, what);
	return err;
}

/* The first thing that OpenSSL complained of, else what we know. */
static int
complain_crypto(const struct pem *f, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	return complain(f, ERR_CRYPTO, reason != NULL ? reason : what);
}

static void
pem_close(struct pem *f)
{
	BIO_free(f->bio);
	/* There may have been a private key. */
	if (f->text.n > 0)
		OPENSSL_cleanse((void *)(uintptr_t)f->text.p, f->text.n);
	arena_free(f->arena);
}

static int
pem_open(struct pem *f, const char *path, char why[TLS_KEYS_WHY])
{
	int err = ERR_NOMEM;

	*f = (struct pem){
		.path = path, .why = why, .arena = arena_new(BOUND_TLS_FILE)};
	if (f->arena != NULL)
		err = file_read(path, BOUND_TLS_FILE, f->arena, &f->text);
	if (err != 0)
		return complain(f, err, err_text(err));
	f->bio = BIO_new_mem_buf(f->text.p, (int)f->text.n);
	return f->bio != NULL ? 0 : complain(f, ERR_NOMEM, "out of memory");
}

/* There is nobody to ask for a password. */
static int
no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

/* The next certificate; NULL at the end, with `*err` when it is not the end. */
static X509 *
pem_next(const struct pem *f, int *err)
{
	X509 *cert = PEM_read_bio_X509(f->bio, NULL, no_password, NULL);
	unsigned long e = ERR_peek_last_error();

	*err = 0;
	if (cert == NULL && ERR_GET_REASON(e) != PEM_R_NO_START_LINE)
		*err = complain_crypto(f, "not a certificate");
	ERR_clear_error();
	return cert;
}

/* Seconds of a time in a certificate; 0 for one that is none. */
static struct wall
time_of(const ASN1_TIME *at)
{
	struct wall out = {0};
	struct tm tm;
	struct civil c;

	if (ASN1_TIME_to_tm(at, &tm) != 1)
		return out;
	c = (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec};
	(void)wall_from_civil(&c, &out);
	return out;
}

/* Routers know us by a dNSName (RFC 8210 section 9.2). */
static bool
has_name(X509 *cert)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		found |= sk_GENERAL_NAME_value(names, i)->type == GEN_DNS;
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return found;
}

static void
narrow(struct tls_keys *k, const X509 *cert)
{
	struct wall begin = time_of(X509_get0_notBefore(cert));

	k->end = wall_earlier(k->end, time_of(X509_get0_notAfter(cert)));
	if (begin.s > k->begin.s)
		k->begin = begin;
}

/* The first is ours, the others lead to an authority. */
static int
certs_take(struct tls_keys *k, const struct pem *f)
{
	size_t n = 0;
	X509 *cert;
	int err;

	while ((cert = pem_next(f, &err)) != NULL) {
		long taken = n == 0 ? SSL_CTX_use_certificate(k->context, cert)
				    : SSL_CTX_add1_chain_cert(k->context, cert);

		if (n == 0)
			k->named = has_name(cert);
		narrow(k, cert);
		X509_free(cert);
		if (taken != 1)
			return complain_crypto(f, "not to be used");
		if (++n > BOUND_TLS_CHAIN)
			return complain(f, ERR_LIMIT, "too many certificates");
	}
	if (err == 0 && n == 0)
		return complain(f, ERR_SYNTAX, "no certificate (PEM)");
	return err;
}

static int
key_take(struct tls_keys *k, const struct pem *f)
{
	EVP_PKEY *key =
		PEM_read_bio_PrivateKey(f->bio, NULL, no_password, NULL);
	struct stat st;
	int taken;

	if (key == NULL) {
		ERR_clear_error();
		return complain(f, ERR_CRYPTO,
			"no private key (PEM, without a password)");
	}
	taken = SSL_CTX_use_PrivateKey(k->context, key);
	EVP_PKEY_free(key);
	if (taken != 1 || SSL_CTX_check_private_key(k->context) != 1) {
		ERR_clear_error();
		return complain(
			f, ERR_CRYPTO, "not the key of the certificate");
	}
	k->open = stat(f->path, &st) == 0 && (st.st_mode & S_IROTH) != 0;
	return 0;
}

/* Authorities, and their names for routers that have several certificates. */
static int
authorities_take(struct tls_keys *k, const struct pem *f)
{
	X509_STORE *store = SSL_CTX_get_cert_store(k->context);
	size_t n = 0;
	X509 *cert;
	int err;

	while ((cert = pem_next(f, &err)) != NULL) {
		bool taken = X509_STORE_add_cert(store, cert) == 1 &&
			SSL_CTX_add_client_CA(k->context, cert) == 1;

		X509_free(cert);
		if (!taken)
			return complain_crypto(f, "not to be used");
		if (++n > CA_MAX)
			return complain(f, ERR_LIMIT, "too many certificates");
	}
	if (err == 0 && n == 0)
		return complain(f, ERR_SYNTAX, "no certificate (PEM)");
	k->has_ca = err == 0;
	return err;
}

/* What holds for every connection; nothing of it comes from outside. */
static bool
context_set(SSL_CTX *c)
{
	SSL_CTX_set_options(c,
		SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
			SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
			SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(c,
		SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(c, BOUND_TLS_CLIENT_OCTETS);
	SSL_CTX_set_verify_depth(c, BOUND_TLS_CLIENT_DEPTH);
	return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
		SSL_CTX_set_num_tickets(c, 0) == 1 &&
		SSL_CTX_set_max_early_data(c, 0) == 1 &&
		SSL_CTX_set_cipher_list(c, CIPHERS_12) == 1 &&
		SSL_CTX_set1_groups_list(c, GROUPS) == 1;
}

/* Settings, and nothing from files yet. */
static struct tls_keys *
keys_new(const struct tls_files *files)
{
	struct tls_keys *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->holders = 1;
	k->end.s = INT64_MAX;
	k->begin.s = INT64_MIN;
	snprintf(k->cert, sizeof(k->cert), "%s", files->cert);
	snprintf(k->key, sizeof(k->key), "%s", files->key);
	k->context = SSL_CTX_new(TLS_server_method());
	if (k->context != NULL && context_set(k->context))
		return k;
	ERR_clear_error();
	tls_keys_unref(k);
	return NULL;
}

/* One file, for whoever takes what is in it. */
static int
file_take(struct tls_keys *k, const char *path,
	int (*take)(struct tls_keys *k, const struct pem *f),
	char why[TLS_KEYS_WHY])
{
	struct pem f;
	int err = pem_open(&f, path, why);

	if (err == 0)
		err = take(k, &f);
	pem_close(&f);
	return err;
}

int
tls_keys_load(const struct tls_files *files, struct tls_keys **out,
	char why[TLS_KEYS_WHY])
{
	struct tls_keys *k = keys_new(files);
	int err;

	if (k == NULL) {
		snprintf(why, TLS_KEYS_WHY, "TLS: %s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	err = file_take(k, files->cert, certs_take, why);
	if (err == 0)
		err = file_take(k, files->key, key_take, why);
	if (err == 0 && files->client_ca != NULL)
		err = file_take(k, files->client_ca, authorities_take, why);
	if (err != 0) {
		tls_keys_unref(k);
		return err;
	}
	*out = k;
	return 0;
}

struct tls_keys *
tls_keys_ref(struct tls_keys *k)
{
	k->holders++;
	return k;
}

void
tls_keys_unref(struct tls_keys *k)
{
	if (k == NULL || --k->holders > 0)
		return;
	SSL_CTX_free(k->context);
	free(k);
}

bool
tls_keys_has_ca(const struct tls_keys *k)
{
	return k->has_ca;
}

struct wall
tls_keys_end(const struct tls_keys *k)
{
	return k->end;
}

/* What is wrong with the time of a certificate, or "". */
static void
time_words(const struct tls_keys *k, struct wall now, char line[LINE])
{
	char at[WALL_TEXT];

	line[0] = '\0';
	if (now.s > k->end.s)
		snprintf(line, LINE, "'%s': ended at %s", k->cert,
			wall_format(k->end, at));
	else if (now.s < k->begin.s)
		snprintf(line, LINE, "'%s': does not begin before %s", k->cert,
			wall_format(k->begin, at));
	else if (k->end.s - now.s < BOUND_TLS_WARN_S)
		snprintf(line, LINE, "'%s': ends at %s", k->cert,
			wall_format(k->end, at));
}

size_t
tls_keys_check(const struct tls_keys *k, struct wall now,
	void (*tell)(void *ctx, const char *text), void *ctx)
{
	char line[LINE];
	size_t n = 0;

	time_words(k, now, line);
	if (line[0] != '\0') {
		tell(ctx, line);
		n++;
	}
	if (!k->named) {
		snprintf(line, sizeof(line),
			"'%s': no dNSName in its subjectAltName, by which "
			"routers know a cache",
			k->cert);
		tell(ctx, line);
		n++;
	}
	if (k->open) {
		snprintf(line, sizeof(line),
			"'%s': everybody on this machine may read the key",
			k->key);
		tell(ctx, line);
		n++;
	}
	return n;
}

SSL_CTX *
tls_keys_context(const struct tls_keys *k)
{
	return k->context;
}
