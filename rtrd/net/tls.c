/*
 * tls: OpenSSL between two buffers.
 *
 *	in    a view of what was fed: OpenSSL takes from it what it needs
 *	out   what OpenSSL wrote, up to OUT_MAX octets; it is there only while
 *	      the socket has not taken all of it, and never moves
 *
 * OpenSSL's queue of errors belongs to the thread and not to the connection,
 * and a stale one is taken for an answer: it is empty before and after each
 * call here.
 *
 * What OpenSSL holds of itself is some 15 KiB a connection, and another 17 KiB
 * only while a record has come in part (SSL_MODE_RELEASE_BUFFERS).
 */
#include "rtrd/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/bounds.h"

enum {
	RECORD = SSL3_RT_MAX_PLAIN_LENGTH, /* clear octets of one */
	RECORD_MORE = 256, /* what encryption adds to it, at most */
	/* Beside the records what a handshake writes, and answers to what a
	 * router may say at any time; whoever makes us say more is cut. */
	OUT_MAX = BOUND_TLS_AHEAD * (RECORD + RECORD_MORE) + 16384,
	FIRST_OCTET = SSL3_RT_HANDSHAKE, /* of any that speaks TLS */
	MAPPED = 12, /* octets before an IPv4 address */
	IPV4 = 4,
};

struct tls {
	struct tls_keys *keys;
	SSL *ssl; /* NULL until something was heard */
	BIO_METHOD *pipe;
	enum tls_state state;
	enum client_certs clients;
	uint8_t source[ACCESS_SOURCE];
	struct span in;
	uint8_t *out; /* NULL: empty */
	size_t out_n, out_sent;
	size_t clear, clear_sent; /* octets of tls_write that are in `out` */
	enum refusal why;
	const char *fault;
};

/* What OpenSSL reads from and writes to. */

static int
pipe_read(BIO *bio, char *buf, size_t size, size_t *got)
{
	struct tls *t = BIO_get_data(bio);
	size_t n = size < t->in.n ? size : t->in.n;

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(buf, t->in.p, n);
	t->in.p += n;
	t->in.n -= n;
	*got = n;
	return 1;
}

/* All or nothing: a connection that has no room is at its end. */
static int
pipe_write(BIO *bio, const char *buf, size_t n, size_t *put)
{
	struct tls *t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (t->out == NULL)
		t->out = malloc(OUT_MAX);
	if (t->out == NULL || n > OUT_MAX - t->out_n)
		return 0;
	memcpy(t->out + t->out_n, buf, n);
	t->out_n += n;
	*put = n;
	return 1;
}

static long
pipe_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static bool
pipe_make(struct tls *t)
{
	BIO *bio;

	t->pipe = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tls");
	if (t->pipe == NULL || BIO_meth_set_read_ex(t->pipe, pipe_read) != 1 ||
		BIO_meth_set_write_ex(t->pipe, pipe_write) != 1 ||
		BIO_meth_set_ctrl(t->pipe, pipe_control) != 1)
		return false;
	bio = BIO_new(t->pipe);
	if (bio == NULL)
		return false;
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	return true;
}

/* The end, by a fault. */

static void
fail(struct tls *t, enum refusal why, const char *fault)
{
	t->state = TLS_FAILED;
	t->why = why;
	t->fault = fault;
	t->in.n = 0;
}

/* OpenSSL says that it goes no further: find out why.  An alert for the router
 * lies in `out`. */
static void
fail_by_library(struct tls *t)
{
	unsigned long e = ERR_peek_error();
	long verified = SSL_get_verify_result(t->ssl);
	const char *reason = ERR_reason_error_string(e);
	enum refusal why = REFUSAL_HANDSHAKE;

	if (verified != X509_V_OK) {
		why = REFUSAL_CERTIFICATE;
		reason = X509_verify_cert_error_string(verified);
	} else if (ERR_GET_LIB(e) == ERR_LIB_SSL &&
		ERR_GET_REASON(e) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
		why = REFUSAL_CERTIFICATE;
	}
	ERR_clear_error();
	fail(t, why, reason != NULL ? reason : "cut short");
}

/* The beginning. */

/* An IPv4 address stands as four octets in a certificate (RFC 5280 section
 * 4.2.1.6). */
static bool
expect_address(const struct tls *t)
{
	static const uint8_t mapped[MAPPED] = {[10] = 0xff, [11] = 0xff};
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	bool is_ipv4 = memcmp(t->source, mapped, MAPPED) == 0;

	return X509_VERIFY_PARAM_set1_ip(param,
		       is_ipv4 ? t->source + MAPPED : t->source,
		       is_ipv4 ? IPV4 : ACCESS_SOURCE) == 1;
}

/* One that is shown must be good, where it is asked for. */
static bool
expect_client(struct tls *t)
{
	switch (t->clients) {
	case CLIENTS_NONE:
		return true;
	case CLIENTS_OPTIONAL:
		SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
		break;
	case CLIENTS_REQUIRED:
		SSL_set_verify(t->ssl,
			SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			NULL);
		break;
	}
	return expect_address(t);
}

/* Only for one that says something: silence costs nothing. */
static void
begin(struct tls *t)
{
	if (t->in.p[0] != FIRST_OCTET) {
		fail(t, REFUSAL_NOT_TLS, "not TLS on a port for TLS");
		return;
	}
	t->ssl = SSL_new(tls_keys_context(t->keys));
	if (t->ssl == NULL || !pipe_make(t) || !expect_client(t))
		fail(t, REFUSAL_MEMORY, "out of memory");
	else
		SSL_set_accept_state(t->ssl);
	ERR_clear_error();
}

struct tls *
tls_new(struct tls_keys *keys, enum client_certs clients,
	const uint8_t source[ACCESS_SOURCE])
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->keys = tls_keys_ref(keys);
	t->clients = clients;
	memcpy(t->source, source, sizeof(t->source));
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	BIO_meth_free(t->pipe);
	tls_keys_unref(t->keys);
	free(t->out);
	free(t);
}

enum tls_state
tls_state(const struct tls *t)
{
	return t->state;
}

bool
tls_has_begun(const struct tls *t)
{
	return t->ssl != NULL;
}

const char *
tls_fault(const struct tls *t, enum refusal *why)
{
	*why = t->why;
	return t->fault;
}

/* In. */

void
tls_feed(struct tls *t, struct span in)
{
	t->in = in;
	if (t->state == TLS_HANDSHAKE && t->ssl == NULL && in.n > 0)
		begin(t);
}

/* OpenSSL's answer other than success: whether it wants more, or it is over. */
static void
judge(struct tls *t, int answer)
{
	switch (SSL_get_error(t->ssl, answer)) {
	case SSL_ERROR_WANT_READ:
		break;
	case SSL_ERROR_ZERO_RETURN:
		t->state = TLS_ENDED;
		t->in.n = 0;
		break;
	default:
		fail_by_library(t);
		break;
	}
}

static void
handshake(struct tls *t)
{
	int answer = SSL_accept(t->ssl);

	if (answer == 1)
		t->state = TLS_OPEN;
	else
		judge(t, answer);
}

size_t
tls_read(struct tls *t, uint8_t *out, size_t max)
{
	size_t n = 0;
	int answer;

	if (t->ssl == NULL)
		return 0;
	ERR_clear_error();
	if (t->state == TLS_HANDSHAKE)
		handshake(t);
	if (t->state == TLS_OPEN) {
		answer = SSL_read_ex(t->ssl, out, max, &n);
		if (answer != 1)
			judge(t, answer);
	}
	ERR_clear_error();
	return n;
}

/* Out. */

size_t
tls_write(struct tls *t, struct span clear)
{
	size_t done = 0;

	ERR_clear_error();
	while (done < clear.n && t->state != TLS_FAILED) {
		size_t n = clear.n - done < RECORD ? clear.n - done : RECORD;
		int answer;

		if (t->out_n + n + RECORD_MORE >
			BOUND_TLS_AHEAD * (RECORD + RECORD_MORE))
			break;
		answer = SSL_write_ex(t->ssl, clear.p + done, n, &n);
		if (answer != 1)
			fail_by_library(t);
		else
			done += n;
	}
	t->clear += done;
	ERR_clear_error();
	return done;
}

void
tls_end(struct tls *t)
{
	if (t->state != TLS_OPEN && t->state != TLS_ENDED)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

struct span
tls_output(const struct tls *t)
{
	return span_of(t->out == NULL ? NULL : t->out + t->out_sent,
		t->out_n - t->out_sent);
}

size_t
tls_sent(struct tls *t, size_t n)
{
	size_t through;

	if (n == 0)
		return 0;
	t->out_sent += n;
	/* The share may become smaller when an alert was added since. */
	through = t->clear * t->out_sent / t->out_n;
	n = through > t->clear_sent ? through - t->clear_sent : 0;
	t->clear_sent += n;
	if (t->out_sent < t->out_n)
		return n;
	free(t->out);
	t->out = NULL;
	t->out_n = t->out_sent = 0;
	t->clear = t->clear_sent = 0;
	return n;
}
