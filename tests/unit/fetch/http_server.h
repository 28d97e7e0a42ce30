/*
 * http_server: the scripted server of tests/lab/servers as a child, and many
 * requests to it at once.
 *
 *	struct server s = server_start("{\"/a\": {\"body\": \"x\"}}", NULL);
 *	struct http *h = client_new(&s, &(struct http_config){0});
 *	struct ask a = {.path = "/a"};
 *	ask_start(h, &s, &a);
 *	ask_run(h, &a, 1);           a.end, a.body
 *	http_free(h);
 *	server_stop(&s);
 *
 * Its certificate is made anew each time, so no key lies about.
 */
#ifndef TESTS_FETCH_HTTP_SERVER_H
#define TESTS_FETCH_HTTP_SERVER_H

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validator/fetch/http.h"
#include "waymark/clock.h"

/* What may differ from a server that is as it should be. */
struct server_kind {
	const char *names; /* of its certificate */
	const char *tls_max; /* the newest version that it speaks */
	const char *address;
	bool expired;
};

struct server {
	pid_t pid;
	unsigned port;
	char address[32];
	char folder[64];
	char ca[96], log[96];
};

static inline void
server_path(const struct server *s, const char *name, char out[96])
{
	snprintf(out, 96, "%s/%s", s->folder, name);
}

static inline void
server_write(const struct server *s, const char *name, const char *text)
{
	char path[96], aside[96];
	FILE *f;

	server_path(s, name, path);
	server_path(s, "aside", aside);
	f = fopen(aside, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
	cr_assert_eq(rename(aside, path), 0);
}

static inline X509 *
server_certificate(EVP_PKEY *key, const struct server_kind *kind)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *alt =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
			kind->names != NULL
				? kind->names
				: "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2");
	bool good;

	good = X509_set_version(x, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(x), -7200) != NULL &&
		X509_gmtime_adj(X509_getm_notAfter(x),
			kind->expired ? -3600 : 3600) != NULL &&
		X509_set_pubkey(x, key) == 1 &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			(const unsigned char *)"test", -1, -1, 0) == 1 &&
		X509_set_issuer_name(x, name) == 1 &&
		X509_add_ext(x, alt, -1) == 1 &&
		X509_sign(x, key, EVP_sha256()) > 0;
	cr_assert(good);
	X509_EXTENSION_free(alt);
	return x;
}

/* ca.pem, which is cert.pem, and key.pem. */
static inline void
server_keys(struct server *s, const struct server_kind *kind)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = server_certificate(key, kind);
	char path[96];
	FILE *f;

	server_path(s, "ca.pem", s->ca);
	f = fopen(s->ca, "w");
	cr_assert(f != NULL && PEM_write_X509(f, x) == 1 && fclose(f) == 0);
	server_path(s, "key.pem", path);
	f = fopen(path, "w");
	cr_assert(f != NULL &&
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		fclose(f) == 0);
	X509_free(x);
	EVP_PKEY_free(key);
}

static inline void
server_exec(const struct server *s, const struct server_kind *kind, int out)
{
	const char *source = getenv("WAYMARK_SOURCE");
	char program[512], key[96], script[96];

	snprintf(program, sizeof(program), "%s/tests/lab/servers/https.py",
		source != NULL ? source : ".");
	server_path(s, "key.pem", key);
	server_path(s, "script.json", script);
	/* A test that fails does not come to server_stop. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, 1);
	execlp("python3", "python3", program, "--cert", s->ca, "--key", key,
		"--script", script, "--log", s->log, "--root", s->folder,
		"--address", s->address,
		kind->tls_max != NULL ? "--tls-max" : NULL, kind->tls_max,
		(char *)NULL);
	_exit(127);
}

/* Start one; `kind` NULL for one as it should be. */
static inline struct server
server_start(const char *script, const struct server_kind *kind)
{
	static const struct server_kind usual = {0};
	struct server s = {.folder = "/tmp/waymark.XXXXXX"};
	int pipes[2];
	FILE *f;

	kind = kind != NULL ? kind : &usual;
	cr_assert_not_null(mkdtemp(s.folder));
	snprintf(s.address, sizeof(s.address), "%s",
		kind->address != NULL ? kind->address : "127.0.0.1");
	server_path(&s, "log", s.log);
	server_keys(&s, kind);
	server_write(&s, "script.json", script);
	cr_assert_eq(pipe(pipes), 0);
	s.pid = fork();
	cr_assert_geq(s.pid, 0);
	if (s.pid == 0)
		server_exec(&s, kind, pipes[1]);
	close(pipes[1]);
	f = fdopen(pipes[0], "r");
	cr_assert(f != NULL && fscanf(f, "%u", &s.port) == 1,
		"https.py did not start: is WAYMARK_SOURCE set?");
	fclose(f);
	return s;
}

static inline void
server_stop(struct server *s)
{
	static const char *const names[] = {
		"ca.pem", "key.pem", "script.json", "log", "file"};
	char path[96];

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		server_path(s, names[i], path);
		(void)unlink(path);
	}
	(void)rmdir(s->folder);
}

/* How many lines of the server's log have this text. */
static inline unsigned
server_count(const struct server *s, const char *text)
{
	FILE *f = fopen(s->log, "r");
	char line[8192];
	unsigned n = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

/* A port of loopback that nobody listens on. */
static inline unsigned
dead_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, size), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	close(fd);
	return ntohs(a.sin_port);
}

/* A client that trusts the server, unless it is told another file. */
static inline struct http *
client_new(const struct server *s, const struct http_config *config)
{
	struct http_config c = *config;
	struct http *h;
	char why[256];

	if (c.ca_file == NULL && s != NULL && s->ca[0] != '\0')
		c.ca_file = s->ca;
	cr_assert_eq(http_new(&c, &h, why), 0, "%s", why);
	return h;
}

enum {
	ASK_BODY = 256
};

/* A request and what became of it. */
struct ask {
	const char *path;
	const char *host; /* NULL: the server's address */
	const char *etag, *last_modified;
	uint64_t octets_max; /* 0: plenty */
	bool compressed;
	bool refuse; /* give up at the first octets */
	void (*on_data)(struct ask *a); /* NULL: nothing more */
	void (*on_end)(struct ask *a);
	void *ctx;
	struct http_transfer *transfer;
	bool ended;
	struct http_end end;
	char got_etag[2048], got_modified[2048];
	uint64_t taken;
	char body[ASK_BODY]; /* its first octets, as a text */
};

static inline bool
ask_data(void *ctx, struct span octets)
{
	struct ask *a = ctx;

	cr_assert_not(a->ended);
	for (size_t i = 0; i < octets.n && a->taken + i < ASK_BODY - 1; i++)
		a->body[a->taken + i] = (char)octets.p[i];
	a->taken += octets.n;
	if (a->on_data != NULL)
		a->on_data(a);
	return !a->refuse;
}

static inline void
ask_end(void *ctx, const struct http_end *end)
{
	struct ask *a = ctx;

	cr_assert_not(a->ended);
	a->ended = true;
	a->end = *end;
	snprintf(a->got_etag, sizeof(a->got_etag), "%s", end->etag);
	snprintf(a->got_modified, sizeof(a->got_modified), "%s",
		end->last_modified);
	if (a->on_end != NULL)
		a->on_end(a);
}

static inline void
ask_start(struct http *h, const struct server *s, struct ask *a)
{
	char uri[512];
	struct http_request r = {.uri = uri,
		.etag = a->etag,
		.last_modified = a->last_modified,
		.octets_max =
			a->octets_max > 0 ? a->octets_max : UINT64_MAX / 4,
		.compressed = a->compressed,
		.data = ask_data,
		.end = ask_end,
		.ctx = a};

	snprintf(uri, sizeof(uri), "https://%s:%u%s",
		a->host != NULL ? a->host : s->address, s->port, a->path);
	cr_assert_eq(http_start(h, &r, &a->transfer), 0, "%s", uri);
}

/* Go on until all have ended; the test's timeout is the limit. */
static inline void
ask_run(struct http *h, const struct ask *asks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		while (!asks[i].ended)
			cr_assert_eq(http_step(h, NULL, 0, 1000), 0);
}

/* One request by a client of its own. */
static inline void
ask_once(
	const struct server *s, const struct http_config *config, struct ask *a)
{
	struct http *h = client_new(s, config);

	ask_start(h, s, a);
	ask_run(h, a, 1);
	http_free(h);
}

#endif
