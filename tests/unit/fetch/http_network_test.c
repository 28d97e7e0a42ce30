/*
 * http: what lies between: TLS, proxies, addresses, names, and that nothing of
 * it comes from the environment.
 */
#include <netdb.h>
#include <poll.h>
#include <pthread.h>

#include "tests/unit/fetch/http_server.h"
#include "waymark/err.h"

static const struct http_config PLAIN = {0};
static const char SCRIPT[] = "{\"/a\": {\"body\": \"hello\"}}";

/* libcurl looks names up by this one: that of a slow server takes long. */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **out)
{
	struct sockaddr_in *a;
	struct addrinfo *i;

	(void)hints;
	if (node != NULL && strcmp(node, "slow.example") == 0)
		usleep(3000000);
	if (node == NULL || strcmp(node, "localhost") != 0)
		return EAI_NONAME;
	i = calloc(1, sizeof(*i) + sizeof(*a));
	if (i == NULL)
		return EAI_MEMORY;
	a = (struct sockaddr_in *)(i + 1);
	a->sin_family = AF_INET;
	a->sin_port = htons(
		(uint16_t)strtoul(service != NULL ? service : "0", NULL, 10));
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*i = (struct addrinfo){.ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_addrlen = sizeof(*a),
		.ai_addr = (struct sockaddr *)a};
	*out = i;
	return 0;
}

void
freeaddrinfo(struct addrinfo *i)
{
	free(i);
}

static void
fails(const struct server *s, const struct http_config *c, const char *host,
	const char *reason)
{
	struct ask a = {.path = "/a", .host = host};

	ask_once(s, c, &a);
	cr_assert_eq(a.end.outcome, HTTP_FAILED);
	cr_assert_eq(a.end.status, 0);
	cr_assert_eq(strncmp(a.end.reason, reason, strlen(reason)), 0, "%s",
		a.end.reason);
	for (const char *p = a.end.reason; *p != '\0'; p++)
		cr_assert(*p >= ' ' && *p <= '~');
}

static void
works(const struct server *s, const struct http_config *c, const char *host)
{
	struct ask a = {.path = "/a", .host = host};

	ask_once(s, c, &a);
	cr_assert_eq(a.end.outcome, HTTP_DONE, "%s", a.end.reason);
	cr_assert_str_eq(a.body, "hello");
}

Test(http_network, certificates_are_verified, .timeout = 30)
{
	struct server good = server_start(SCRIPT, NULL);
	struct server expired =
		server_start(SCRIPT, &(struct server_kind){.expired = true});
	struct server other = server_start(
		SCRIPT, &(struct server_kind){.names = "DNS:a.example"});
	struct http_config open = {.insecure = true};

	works(&good, &PLAIN, NULL);
	works(&good, &PLAIN, "localhost");
	fails(&expired, &PLAIN, NULL, "TLS: certificate has expired");
	fails(&other, &PLAIN, NULL, "TLS: SSL: no alternative certificate");
	/* Another authority than the one that is trusted. */
	fails(&good, &(struct http_config){.ca_file = other.ca}, NULL,
		"TLS: self-signed certificate");
	works(&expired, &open, NULL);
	works(&other, &open, NULL);
	server_stop(&good);
	server_stop(&expired);
	server_stop(&other);
}

Test(http_network, nobody_is_trusted_without_being_named)
{
	struct server s = server_start(SCRIPT, NULL);
	struct http *h = client_new(NULL, &PLAIN);
	struct ask a = {.path = "/a"};

	ask_start(h, &s, &a);
	ask_run(h, &a, 1);
	cr_assert_eq(a.end.outcome, HTTP_FAILED);
	cr_assert_eq(strncmp(a.end.reason, "TLS: ", 5), 0, "%s", a.end.reason);
	cr_assert_eq(server_count(&s, "\"event\": \"request\""), 0);
	http_free(h);
	server_stop(&s);
}

Test(http_network, old_tls_is_refused)
{
	struct server old =
		server_start(SCRIPT, &(struct server_kind){.tls_max = "1.1"});
	struct server fine =
		server_start(SCRIPT, &(struct server_kind){.tls_max = "1.2"});

	fails(&old, &PLAIN, NULL, "TLS: ");
	works(&fine, &PLAIN, NULL);
	server_stop(&old);
	server_stop(&fine);
}

Test(http_network, what_is_no_tls_fails_in_time, .timeout = 30)
{
	static const struct {
		const char *script, *reason;
	} cases[] = {
		{"{\"@connect\": \"close\"}", "TLS: "},
		{"{\"@connect\": \"garbage\"}", "TLS: "},
		{"{\"@connect\": \"stall\"}", "TLS: timed out after 0.4 s"},
		{"{\"@connect\": \"tls-stall\"}", "TLS: timed out after 0.4 s"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server s = server_start(cases[i].script, NULL);
		struct mono began = mono_now();

		fails(&s, &(struct http_config){.connect_ms = 400}, NULL,
			cases[i].reason);
		cr_assert_lt(mono_since(began, mono_now()), 3000);
		server_stop(&s);
	}
}

Test(http_network, a_port_without_a_server)
{
	struct server s = {.port = dead_port(), .address = "127.0.0.1"};

	fails(&s, &PLAIN, NULL, "connect: Connection refused");
	fails(&s, &PLAIN, "nowhere.example", "DNS: ");
}

/* The queue of a listener that accepts nobody fills up; then nobody answers. */
Test(http_network, a_server_that_does_not_answer, .timeout = 30)
{
	struct server s = {.address = "127.0.0.1"};
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), full[2];

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, size), 0);
	cr_assert_eq(listen(fd, 0), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	for (size_t i = 0; i < 2; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(full[i], (struct sockaddr *)&a, size);
	}
	s.port = ntohs(a.sin_port);
	fails(&s, &(struct http_config){.connect_ms = 400}, NULL,
		"connect: timed out after 0.4 s");
	close(full[0]);
	close(full[1]);
	close(fd);
}

/* Neither a deadline nor the end of the client waits for a name server. */
Test(http_network, names_do_not_block, .timeout = 30)
{
	struct server s = {.port = 1, .address = "127.0.0.1"};
	struct mono began = mono_now();
	struct http *h;
	struct ask a = {.path = "/a", .host = "slow.example"};

	fails(&s, &(struct http_config){.connect_ms = 300}, "slow.example",
		"DNS: timed out after 0.3 s");
	h = client_new(NULL, &PLAIN);
	ask_start(h, &s, &a);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(http_step(h, NULL, 0, 20), 0);
	http_cancel(a.transfer);
	cr_assert_eq(http_step(h, NULL, 0, 0), 0);
	http_free(h);
	cr_assert_lt(mono_since(began, mono_now()), 2000);
}

Test(http_network, nothing_comes_from_the_environment)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY", "http_proxy", "CURL_CA_BUNDLE",
		"SSL_CERT_FILE", "SSL_CERT_DIR"};
	struct server s = server_start(SCRIPT, NULL);
	char proxy[64], path[96];

	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", dead_port());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setenv(names[i], proxy, 1);
	setenv("HOME", s.folder, 1);
	setenv("NETRC", s.folder, 1);
	server_write(
		&s, ".netrc", "machine 127.0.0.1 login user password secret\n");
	works(&s, &PLAIN, NULL);
	cr_assert_eq(server_count(&s, "authorization"), 0);
	cr_assert_eq(server_count(&s, "cookie"), 0);
	server_path(&s, ".netrc", path);
	unlink(path);
	server_stop(&s);
}

/* A proxy that takes one CONNECT. */
struct proxy {
	int fd;
	unsigned port, to;
	char request[1024];
};

static int
loopback(unsigned port, bool listens)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (listens) {
		cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
		cr_assert_eq(listen(fd, 4), 0);
	} else
		cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void *
proxy_run(void *ctx)
{
	static const char yes[] = "HTTP/1.1 200 Yes\r\nETag: proxy\r\n\r\n";
	struct proxy *p = ctx;
	struct pollfd fds[2] = {
		{.fd = accept(p->fd, NULL, NULL), .events = POLLIN}};
	char buffer[16384];
	ssize_t n = 1;
	size_t have = 0;

	while (n > 0 && strstr(p->request, "\r\n\r\n") == NULL) {
		n = read(fds[0].fd, p->request + have,
			sizeof(p->request) - 1 - have);
		have += n > 0 ? (size_t)n : 0;
	}
	fds[1] =
		(struct pollfd){.fd = loopback(p->to, false), .events = POLLIN};
	n = write(fds[0].fd, yes, strlen(yes));
	while (n > 0 && poll(fds, 2, 5000) > 0)
		for (size_t i = 0; i < 2 && n > 0; i++)
			if (fds[i].revents != 0) {
				n = read(fds[i].fd, buffer, sizeof(buffer));
				if (n > 0)
					n = write(fds[1 - i].fd, buffer,
						(size_t)n);
			}
	close(fds[0].fd);
	close(fds[1].fd);
	return NULL;
}

Test(http_network, goes_by_the_proxy_it_is_told, .timeout = 30)
{
	struct server s = server_start(SCRIPT, NULL);
	struct proxy p = {.fd = loopback(0, true), .to = s.port};
	struct sockaddr_in a;
	socklen_t size = sizeof(a);
	char uri[64];
	struct http_config c = {.proxy = uri};
	struct ask ask = {.path = "/a"};
	pthread_t thread;

	cr_assert_eq(getsockname(p.fd, (struct sockaddr *)&a, &size), 0);
	snprintf(uri, sizeof(uri), "http://127.0.0.1:%u", ntohs(a.sin_port));
	/* Not even this keeps it from being used. */
	setenv("no_proxy", "*", 1);
	cr_assert_eq(pthread_create(&thread, NULL, proxy_run, &p), 0);
	ask_once(&s, &c, &ask);
	pthread_join(thread, NULL);
	cr_assert_eq(ask.end.outcome, HTTP_DONE, "%s", ask.end.reason);
	cr_assert_str_eq(ask.body, "hello");
	/* What a proxy says is not what the server says. */
	cr_assert_str_eq(ask.got_etag, "");
	cr_assert_eq(strncmp(p.request, "CONNECT 127.0.0.1:", 18), 0);
	close(p.fd);
	snprintf(uri, sizeof(uri), "http://127.0.0.1:%u", dead_port());
	fails(&s, &c, NULL, "connect: Connection refused");
	server_stop(&s);
}

Test(http_network, comes_from_the_address_it_is_told)
{
	struct server s = server_start(SCRIPT, NULL);

	works(&s, &(struct http_config){.source_address = "127.0.0.5"}, NULL);
	cr_assert_eq(server_count(&s, "\"peer\": \"127.0.0.5:"), 1);
	works(&s, &(struct http_config){.source_address = "lo"}, NULL);
	/* An address of the other family cannot be used, and is not dropped. */
	fails(&s, &(struct http_config){.source_address = "::1"}, NULL, "");
	fails(&s, &(struct http_config){.source_address = "192.0.2.1"}, NULL,
		"source address: ");
	server_stop(&s);
}

Test(http_network, what_it_is_told_must_make_sense)
{
	static const struct {
		struct http_config config;
		int err;
		const char *why;
	} cases[] = {
		{{.ca_file = "/nonexistent/ca.pem"}, ERR_NOTFOUND,
			"/nonexistent/ca.pem: "},
		{{.ca_file = "/etc/passwd"}, ERR_SYNTAX,
			"/etc/passwd: no certificate"},
		{{.ca_file = "/dev/null"}, ERR_NOTFOUND, "/dev/null: "},
		{{.source_address = "nosuchif0"}, ERR_NOTFOUND,
			"source address nosuchif0: "},
		{{.source_address = "localhost"}, ERR_NOTFOUND,
			"source address localhost: "},
		{{.source_address = ""}, ERR_NOTFOUND, "source address : "},
		{{.proxy = ""}, ERR_SYNTAX, "proxy : "},
		{{.proxy = "127.0.0.1:3128"}, ERR_SYNTAX, "proxy 127.0.0.1"},
		{{.proxy = "ftp://127.0.0.1:3128"}, ERR_SYNTAX, "proxy ftp"},
		{{.proxy = "socks5://127.0.0.1"}, ERR_SYNTAX, "proxy socks"},
		{{.proxy = "http://"}, ERR_SYNTAX, "proxy http:"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http *h = NULL;
		char why[256];

		cr_assert_eq(http_new(&cases[i].config, &h, why), cases[i].err,
			"%s", cases[i].why);
		cr_assert_null(h);
		cr_assert_eq(strncmp(why, cases[i].why, strlen(cases[i].why)),
			0, "%s", why);
	}
}
