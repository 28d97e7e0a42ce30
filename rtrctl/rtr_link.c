/*
 * rtr_link: sockets that do not block, and TLS on top of them.
 *
 *	addresses --> socket, connect --(refused, no route)--> next address
 *	                   |
 *	                   +--> TLS: handshake, the server is who we meant
 *
 * The server of TLS is the host that was named: its certificate must have that
 * name, or that address as iPAddress, as a subjectAltName.
 */
#include "rtrctl/rtr_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct rtr_tls {
	SSL_CTX *ctx;
};

struct rtr_link {
	struct rtr_place place;
	const struct rtr_tls *tls;
	struct addrinfo *found, *next; /* addresses; the next to try */
	int fd;
	bool is_connected; /* the socket is; a handshake may follow */
	SSL *ssl;
	short wants; /* events that TLS waits for, whatever we want */
	char address[RTR_HOST + RTR_PORT + 4];
};

/* The next error of OpenSSL, as people read it. */
static void
tls_explain(struct text *why)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_SYSTEM_ERROR(code)
		? strerror(ERR_GET_REASON(code))
		: ERR_reason_error_string(code);

	if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
		ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		reason = "the cache does not speak TLS on this port";
	text_add(why, "TLS: %s", reason != NULL ? reason : "no reason given");
	ERR_clear_error();
}

static bool
tls_load(SSL_CTX *ctx, const struct rtr_tls_options *o, struct text *why)
{
	bool done = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1;

	if (done && !o->is_insecure)
		done = o->ca != NULL
			? SSL_CTX_load_verify_file(ctx, o->ca) == 1
			: SSL_CTX_set_default_verify_paths(ctx) == 1;
	if (done && o->cert != NULL)
		done = SSL_CTX_use_certificate_chain_file(ctx, o->cert) == 1 &&
			SSL_CTX_use_PrivateKey_file(
				ctx, o->key, SSL_FILETYPE_PEM) == 1;
	if (!done)
		tls_explain(why);
	return done;
}

struct rtr_tls *
rtr_tls_new(const struct rtr_tls_options *options, struct text *why)
{
	struct rtr_tls *tls = calloc(1, sizeof(*tls));

	if (tls != NULL)
		tls->ctx = SSL_CTX_new(TLS_client_method());
	if (tls == NULL || tls->ctx == NULL ||
		!tls_load(tls->ctx, options, why)) {
		rtr_tls_free(tls);
		return NULL;
	}
	SSL_CTX_set_mode(tls->ctx,
		SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(tls->ctx,
		options->is_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	return tls;
}

void
rtr_tls_free(struct rtr_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

/* Resolvers have a sentence for each of their errors. */
static bool
look_up(struct rtr_link *l, struct text *why)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	int err = getaddrinfo(l->place.host, l->place.port, &hints, &l->found);

	/* Loopback alone counts as no address to the flag. */
	if (err != 0) {
		hints.ai_flags = 0;
		err = getaddrinfo(
			l->place.host, l->place.port, &hints, &l->found);
	}
	if (err != 0) {
		text_add(why, "%s: %s", l->place.host, gai_strerror(err));
		return false;
	}
	l->next = l->found;
	return true;
}

/* Numbers only: this is for lines that are read again and again. */
static void
address_note(struct rtr_link *l, const struct sockaddr *a, socklen_t n)
{
	char host[64] = "?", port[RTR_PORT] = "";

	getnameinfo(a, n, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(l->address, sizeof(l->address),
		strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

/* A socket that connects, or why there is none. */
static bool
connect_begin(
	struct rtr_link *l, int family, const struct sockaddr *a, socklen_t n)
{
	int on = 1;

	l->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return false;
	if (family != AF_UNIX) {
		setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(l->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	if (connect(l->fd, a, n) == 0 || errno == EINPROGRESS)
		return true;
	close(l->fd);
	l->fd = -1;
	return false;
}

/* The next address that can be tried at all; the last one's error is told. */
static bool
connect_next(struct rtr_link *l, int number, struct text *why)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	for (; l->next != NULL; l->next = l->next->ai_next) {
		struct addrinfo *a = l->next;

		address_note(l, a->ai_addr, a->ai_addrlen);
		if (connect_begin(l, a->ai_family, a->ai_addr, a->ai_addrlen)) {
			l->next = a->ai_next;
			return true;
		}
		number = errno;
	}
	text_add(why, "%s: %s", l->address, strerror(number));
	return false;
}

static bool
connect_path(struct rtr_link *l, struct text *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = strlen(l->place.host);

	snprintf(l->address, sizeof(l->address), "unix:%.*s", RTR_HOST,
		l->place.host);
	if (n >= sizeof(a.sun_path))
		errno = ENAMETOOLONG;
	else
		memcpy(a.sun_path, l->place.host, n + 1);
	if (n < sizeof(a.sun_path) &&
		connect_begin(l, AF_UNIX, (struct sockaddr *)&a, sizeof(a)))
		return true;
	text_add(why, "%s: %s", l->address, strerror(errno));
	return false;
}

struct rtr_link *
rtr_link_open(const struct rtr_place *place, const struct rtr_tls *tls,
	struct text *why)
{
	struct rtr_link *l = calloc(1, sizeof(*l));
	bool begun;

	if (l == NULL) {
		text_add(why, "out of memory");
		return NULL;
	}
	l->place = *place;
	l->tls = tls;
	l->fd = -1;
	begun = place->transport == RTR_UNIX
		? connect_path(l, why)
		: look_up(l, why) && connect_next(l, ENOENT, why);
	if (!begun) {
		rtr_link_free(l);
		return NULL;
	}
	return l;
}

void
rtr_link_free(struct rtr_link *l)
{
	if (l == NULL)
		return;
	if (l->ssl != NULL && l->is_connected)
		(void)SSL_shutdown(l->ssl);
	SSL_free(l->ssl);
	ERR_clear_error();
	if (l->fd >= 0)
		close(l->fd);
	if (l->found != NULL)
		freeaddrinfo(l->found);
	free(l);
}

/* Addresses are not names: no SNI (RFC 6066 section 3), another field to be
 * compared. */
static bool
server_name(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return true;
	ERR_clear_error();
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return SSL_set_tlsext_host_name(ssl, host) == 1 &&
		X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool
tls_begin(struct rtr_link *l, struct text *why)
{
	l->ssl = SSL_new(l->tls->ctx);
	if (l->ssl == NULL || SSL_set_fd(l->ssl, l->fd) != 1 ||
		!server_name(l->ssl, l->place.host)) {
		tls_explain(why);
		return false;
	}
	SSL_set_connect_state(l->ssl);
	return true;
}

/* What OpenSSL wants before it goes on: 0, or GONE, or BROKEN with why. */
static long
tls_wait(struct rtr_link *l, int result, struct text *why)
{
	long verdict = SSL_get_verify_result(l->ssl);

	switch (SSL_get_error(l->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		l->wants = POLLIN;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		l->wants = POLLOUT;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return RTR_LINK_GONE;
	case SSL_ERROR_SYSCALL:
		text_add(why, "TLS: %s",
			errno != 0 ? strerror(errno)
				   : "the connection was cut");
		ERR_clear_error();
		return RTR_LINK_BROKEN;
	default:
		if (verdict != X509_V_OK)
			text_add(why, "TLS: the certificate of the cache: %s",
				X509_verify_cert_error_string(verdict));
		else
			tls_explain(why);
		ERR_clear_error();
		return RTR_LINK_BROKEN;
	}
}

static enum rtr_link_state
handshake(struct rtr_link *l, struct text *why)
{
	int result;

	if (l->ssl == NULL && !tls_begin(l, why))
		return RTR_LINK_FAILED;
	l->wants = 0;
	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(l->ssl);
	if (result == 1) {
		l->is_connected = true;
		return RTR_LINK_OPEN;
	}
	switch (tls_wait(l, result, why)) {
	case 0:
		return RTR_LINK_BUSY;
	case RTR_LINK_GONE:
		text_add(why, "TLS: the cache closed the connection");
		break;
	}
	return RTR_LINK_FAILED;
}

enum rtr_link_state
rtr_link_step(struct rtr_link *l, struct text *why)
{
	struct pollfd wait = {.fd = l->fd, .events = POLLOUT};
	socklen_t n = sizeof(int);
	int number = 0;

	if (l->ssl != NULL)
		return handshake(l, why);
	if (poll(&wait, 1, 0) == 0)
		return RTR_LINK_BUSY;
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &number, &n) != 0)
		number = errno;
	if (number != 0 && l->place.transport == RTR_UNIX) {
		text_add(why, "%s: %s", l->address, strerror(number));
		return RTR_LINK_FAILED;
	}
	if (number != 0)
		return connect_next(l, number, why) ? RTR_LINK_BUSY
						    : RTR_LINK_FAILED;
	if (l->place.transport == RTR_TLS)
		return handshake(l, why);
	l->is_connected = true;
	return RTR_LINK_OPEN;
}

int
rtr_link_fd(const struct rtr_link *l)
{
	return l->fd;
}

short
rtr_link_events(const struct rtr_link *l, bool output)
{
	if (!l->is_connected && l->ssl == NULL)
		return POLLOUT;
	if (!l->is_connected)
		return l->wants;
	return (short)(POLLIN | l->wants | (output ? POLLOUT : 0));
}

bool
rtr_link_has_more(const struct rtr_link *l)
{
	return l->ssl != NULL && SSL_pending(l->ssl) > 0;
}

/* The outcome of recv(2) or send(2). */
static long
plain_result(struct rtr_link *l, ssize_t n, struct text *why)
{
	if (n > 0)
		return (long)n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return 0;
	text_add(why, "%s: %s", l->address, strerror(errno));
	return RTR_LINK_BROKEN;
}

long
rtr_link_read(struct rtr_link *l, void *to, size_t cap, struct text *why)
{
	size_t got = 0;
	ssize_t n;
	int result;

	if (l->ssl == NULL) {
		n = recv(l->fd, to, cap, 0);
		return n == 0 ? RTR_LINK_GONE : plain_result(l, n, why);
	}
	l->wants = 0;
	ERR_clear_error();
	errno = 0;
	result = SSL_read_ex(l->ssl, to, cap, &got);
	return result == 1 ? (long)got : tls_wait(l, result, why);
}

long
rtr_link_write(struct rtr_link *l, const void *p, size_t n, struct text *why)
{
	size_t put = 0;
	int result;

	if (n == 0)
		return 0;
	if (l->ssl == NULL)
		return plain_result(l, send(l->fd, p, n, MSG_NOSIGNAL), why);
	l->wants = 0;
	ERR_clear_error();
	errno = 0;
	result = SSL_write_ex(l->ssl, p, n, &put);
	return result == 1 ? (long)put : tls_wait(l, result, why);
}

const char *
rtr_link_address(const struct rtr_link *l)
{
	return l->address;
}
