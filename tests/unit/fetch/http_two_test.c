/*
 * http: HTTP/2 from nginx: one connection for all of a host, whose streams do
 * not hurt one another.
 */
#include <sys/stat.h>

#include "tests/unit/fetch/http_server.h"
#include "waymark/bounds.h"

static const struct http_config PLAIN = {0};

static const char NGINX_CONF[] =
	"daemon off; master_process off; pid %s/pid; error_log %s/error;\n"
	"events {}\n"
	"http { log_format two '$connection $server_protocol $uri $status "
	"$http_accept_encoding';\n"
	"access_log %s/log two; root %s/www;\n"
	"client_body_temp_path %s/t; proxy_temp_path %s/t;\n"
	"fastcgi_temp_path %s/t; uwsgi_temp_path %s/t; scgi_temp_path %s/t;\n"
	"server { listen 127.0.0.1:%u ssl http2;\n"
	"ssl_certificate %s/ca.pem; ssl_certificate_key %s/key.pem;\n"
	"gzip on; gzip_types *; gzip_min_length 1;\n"
	"location /slow { limit_rate 20000; }\n"
	"location /gone { return 302 /file; }\n"
	"location /fields { %s } } }\n";

/* Files of the folder that server_stop does not know. */
static void
remove_rest(const struct server *s)
{
	static const char *const names[] = {"pid", "error", "nginx.conf",
		"www/file", "www/slow", "www/fields", "www"};
	char path[96];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		server_path(s, names[i], path);
		(void)remove(path);
	}
	server_path(s, "t", path);
	(void)rmdir(path);
}

/* Files of 300,000 octets that do not compress well. */
static void
write_files(const struct server *s)
{
	static const char *const names[] = {
		"www/file", "www/slow", "www/fields"};
	static char octets[300001];
	uint32_t x = 1;
	char path[96];

	server_path(s, "www", path);
	(void)mkdir(path, 0755);
	for (size_t i = 0; i < sizeof(octets) - 1; i++) {
		x = x * 1103515245 + 12345;
		octets[i] = (char)('0' + (x >> 16) % 75);
	}
	for (size_t i = 0; i < 3; i++)
		server_write(s, names[i], octets);
}

static bool
answers(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool yes = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	close(fd);
	return yes;
}

static struct server
nginx_start(void)
{
	struct server s = {
		.folder = "/tmp/waymark.XXXXXX", .address = "127.0.0.1"};
	static char conf[16384], fields[4096];
	char path[96];
	const char *f = s.folder;

	if (access("/usr/sbin/nginx", X_OK) != 0)
		cr_skip_test("SKIPPED: no nginx on this machine");
	for (size_t i = 0; i <= BOUND_FETCH_FIELDS; i++)
		strncat(fields, "add_header A b; ",
			sizeof(fields) - strlen(fields) - 1);
	cr_assert_not_null(mkdtemp(s.folder));
	server_path(&s, "log", s.log);
	s.port = dead_port();
	server_keys(&s, &(struct server_kind){0});
	snprintf(conf, sizeof(conf), NGINX_CONF, f, f, f, f, f, f, f, f, f,
		s.port, f, f, fields);
	server_write(&s, "nginx.conf", conf);
	write_files(&s);
	server_path(&s, "nginx.conf", path);
	s.pid = fork();
	cr_assert_geq(s.pid, 0);
	if (s.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/sbin/nginx", "nginx", "-c", path, (char *)NULL);
		_exit(127);
	}
	for (size_t i = 0; i < 500 && !answers(s.port); i++)
		usleep(10000);
	return s;
}

static void
nginx_stop(struct server *s)
{
	remove_rest(s);
	server_stop(s);
}

/* How many connections had a request. */
static unsigned
connections(const struct server *s)
{
	FILE *f = fopen(s->log, "r");
	char line[1024];
	unsigned long last = 0, n = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned long number = strtoul(line, NULL, 10);

		n += number != last;
		last = number;
		cr_assert_not_null(strstr(line, " HTTP/2.0 "), "%s", line);
	}
	fclose(f);
	return (unsigned)n;
}

Test(http_two, shares_a_connection, .timeout = 60)
{
	struct server s = nginx_start();
	struct http *h = client_new(&s, &PLAIN);
	struct ask asks[40] = {0};

	for (size_t i = 0; i < 40; i++) {
		asks[i].path = i % 4 == 3 ? "/gone" : "/file";
		asks[i].compressed = i % 2 == 0;
		ask_start(h, &s, &asks[i]);
	}
	ask_run(h, asks, 40);
	for (size_t i = 0; i < 40; i++) {
		cr_assert_eq(asks[i].end.outcome, HTTP_DONE, "%s",
			asks[i].end.reason);
		cr_assert_eq(asks[i].taken, 300000);
		if (asks[i].compressed)
			cr_assert_lt(asks[i].end.received, 299000);
	}
	http_free(h);
	kill(s.pid, SIGQUIT);
	waitpid(s.pid, NULL, 0);
	cr_assert_eq(connections(&s), 1);
	nginx_stop(&s);
}

Test(http_two, one_that_is_ended_leaves_the_others, .timeout = 60)
{
	struct server s = nginx_start();
	struct http *h = client_new(&s, &(struct http_config){.total_ms = 600});
	struct ask slow = {.path = "/slow"},
		   refused = {.path = "/file", .refuse = true},
		   gone = {.path = "/slow"}, big = {.path = "/fields"},
		   missing = {.path = "/none"};

	ask_start(h, &s, &slow);
	ask_start(h, &s, &refused);
	ask_start(h, &s, &gone);
	ask_start(h, &s, &big);
	ask_start(h, &s, &missing);
	ask_run(h, &refused, 1);
	http_cancel(gone.transfer);
	ask_run(h, &big, 1);
	ask_run(h, &missing, 1);
	cr_assert_str_eq(missing.end.reason, "HTTP 404");
	cr_assert_str_eq(big.end.reason, "HTTP: more than 100 header fields");
	cr_assert_not(slow.ended);
	for (size_t i = 0; i < 10; i++) {
		struct ask a = {.path = "/file"};

		ask_start(h, &s, &a);
		ask_run(h, &a, 1);
		cr_assert_eq(a.end.outcome, HTTP_DONE, "%s", a.end.reason);
	}
	ask_run(h, &slow, 1);
	cr_assert_str_eq(slow.end.reason, "not done after 0.6 s");
	cr_assert_not(gone.ended);
	http_free(h);
	kill(s.pid, SIGQUIT);
	waitpid(s.pid, NULL, 0);
	cr_assert_leq(connections(&s), 2);
	nginx_stop(&s);
}
