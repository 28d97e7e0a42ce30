/*
 * config: every option from the file, from the command line, by default; what
 * is refused, and what the message names.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/keep/config.h"
#include "rtrd/keep/options.h"
#include "waymark/err.h"

enum {
	ARGS = 32
};

/* What listens stands in for: anything with a colon is an address, and with a
 * slash a client. */
static int
net_check(enum rtrd_option option, const char *text, char why[CONFIG_WHY])
{
	snprintf(why, CONFIG_WHY, "not an address");
	return strchr(text, option == OPTION_RTR_CLIENT ? '/' : ':') != NULL
		? 0
		: ERR_SYNTAX;
}

/* One reading of a file (NULL: an empty one) and arguments. */
struct sheet {
	char path[64];
	char *argv[ARGS];
	struct config_source source;
	const struct config *config;
	char why[256];
	int err;
};

static void
sheet_load(struct sheet *s, const char *file, const char *const *args)
{
	const char *text = file != NULL ? file : "";
	int fd, n = 0;

	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "/tmp/waymark-config.XXXXXX");
	fd = mkstemp(s->path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	s->argv[n++] = (char *)"rtrd";
	s->argv[n++] = (char *)"--config";
	s->argv[n++] = s->path;
	for (; args != NULL && *args != NULL; args++)
		s->argv[n++] = (char *)(uintptr_t)*args;
	s->source = (struct config_source){n, s->argv, net_check};
	s->err = config_load(&s->source, &s->config, s->why);
	unlink(s->path);
}

static void
sheet_free(struct sheet *s)
{
	config_free(s->config);
}

Test(config, defaults)
{
	struct sheet s;
	const struct config *c;

	sheet_load(&s, NULL, NULL);
	cr_assert_eq(s.err, 0, "%s", s.why);
	c = s.config;
	cr_expect_eq(c->request, OPT_RUN);
	cr_expect_not(c->check_only);
	cr_expect_str_eq(c->path, s.path);
	cr_assert_eq(c->tals.n, 1);
	/* Where operators keep them, else beside this program. */
	cr_expect(strcmp(c->tals.at[0], OPTION_TALS) == 0 ||
			strstr(c->tals.at[0], "/" OPTION_TALS_BESIDE) != NULL,
		"%s", c->tals.at[0]);
	cr_expect_null(c->local);
	cr_expect_not(c->no_fetch);
	cr_expect(config_fetches(c));
	cr_expect_not(c->no_rrdp);
	cr_expect_not(c->no_rsync);
	cr_expect_not(c->tls_insecure);
	cr_expect_str_eq(c->rsync, "rsync");
	cr_expect_null(c->tls_ca);
	cr_expect_null(c->proxy);
	cr_expect_null(c->source_address);
	cr_expect_eq(c->fetch_timeout_s, BOUND_REPO_WALL_MS / 1000);
	cr_expect_eq(c->disk_budget_mib, BOUND_STORE_BUDGET_MIB);
	cr_expect_eq(c->run_gap_ms, BOUND_RUN_GAP_MS);
	cr_expect_eq(c->first_ms, BOUND_FIRST_MS);
	cr_expect_null(c->at);
	cr_expect_null(c->validator);
	cr_expect_str_eq(c->profile, "current");
	cr_expect_eq(c->max_depth, 32);
	cr_expect_eq(c->aspa_max_providers, 10000);
	cr_expect_eq(c->threads, 0);
	cr_expect_eq(c->refresh_ms, 600000);
	cr_expect_eq(c->run_timeout_ms, BOUND_RUN_MS);
	cr_expect_str_eq(c->state_dir, "/var/lib/waymark");
	cr_expect_str_eq(c->control_socket, "/run/waymark/rtrd.sock");
	cr_expect_eq(c->log_level, LOG_LEVEL_INFO);
	cr_assert_eq(c->rtr_listen.n, 2);
	cr_expect_str_eq(c->rtr_listen.at[0], "127.0.0.1:3323");
	cr_expect_str_eq(c->rtr_listen.at[1], "[::1]:3323");
	cr_expect_not(c->rtr_listen_given);
	cr_expect_eq(c->rtr_max_version, 2);
	cr_expect_eq(c->rtr_history, 1024);
	cr_expect_eq(c->rtr_history_ms, 7200000);
	cr_expect_eq(c->rtr_first_serial, 1);
	cr_expect_eq(c->rtr_notify_ms, BOUND_RTR_NOTIFY_MS);
	cr_expect_eq(c->rtr_refresh_s, 3600);
	cr_expect_eq(c->rtr_retry_s, 600);
	cr_expect_eq(c->rtr_expire_s, 7200);
	cr_expect_eq(c->rtr_max_connections, BOUND_RTR_CONNECTIONS);
	cr_expect_eq(c->rtr_max_per_source, BOUND_RTR_PER_SOURCE);
	cr_assert_eq(c->http_listen.n, 1);
	cr_expect_str_eq(c->http_listen.at[0], "127.0.0.1:8323");
	sheet_free(&s);
}

static const char FULL[] =
	"tal = {\"/a.tal\", \"/b.tal\"}\n"
	"local = /tree\n"
	"no-fetch = yes\n"
	"run-gap = 3\n"
	"first-timeout = 4\n"
	"fetch-timeout = 5\n"
	"no-rrdp = yes\n"
	"no-rsync = yes\n"
	"rsync = /bin/rsync\n"
	"tls-ca = /ca.pem\n"
	"tls-insecure = yes\n"
	"proxy = \"http://proxy:1\"\n"
	"source-address = \"2001:db8::1\"\n"
	"disk-budget = 64\n"
	"refresh = 60\n"
	"run-timeout = 30\n"
	"at = 2026-03-16T07:30:00Z\n"
	"profile = rfc6488\n"
	"max-depth = 5\n"
	"aspa-max-providers = 7\n"
	"limit = {\"cas=60000\", \"paths=2\"}\n"
	"threads = 3\n"
	"validator = /bin/validator\n"
	"state-dir = /state\n"
	"control-socket = /sock\n"
	"log-level = debug\n"
	"rtr {\n"
	"	listen = {\"192.0.2.1:1\", \"[2001:db8::1]:2\"}\n"
	"	client = {\"192.0.2.0/24\", \"198.51.100.1/32\"}\n"
	"	tls-cert = /cert.pem\n"
	"	tls-key = /key.pem\n"
	"	tls-client-ca = /routers.pem\n"
	"	max-version = 0\n"
	"	history = 100\n"
	"	history-time = 900\n"
	"	first-serial = 4294967295\n"
	"	notify-interval = 0\n"
	"	refresh = 100\n"
	"	retry = 50\n"
	"	expire = 600\n"
	"	max-connections = 10\n"
	"	max-per-source = 2\n"
	"}\n"
	"http {\n"
	"	listen = {\"192.0.2.1:3\", \"192.0.2.1:4\"}\n"
	"}\n";

static void
expect_full(const struct config *c)
{
	cr_assert_eq(c->tals.n, 2);
	cr_expect_str_eq(c->tals.at[1], "/b.tal");
	cr_expect_str_eq(c->local, "/tree");
	cr_expect(c->no_fetch);
	cr_expect_not(config_fetches(c));
	cr_expect_eq(c->run_gap_ms, 3000);
	cr_expect_eq(c->first_ms, 4000);
	cr_expect_eq(c->fetch_timeout_s, 5);
	cr_expect(c->no_rrdp);
	cr_expect(c->no_rsync);
	cr_expect_str_eq(c->rsync, "/bin/rsync");
	cr_expect_str_eq(c->tls_ca, "/ca.pem");
	cr_expect(c->tls_insecure);
	cr_expect_str_eq(c->proxy, "http://proxy:1");
	cr_expect_str_eq(c->source_address, "2001:db8::1");
	cr_expect_eq(c->disk_budget_mib, 64);
	cr_expect_eq(c->refresh_ms, 60000);
	cr_expect_eq(c->run_timeout_ms, 30000);
	cr_expect_str_eq(c->at, "2026-03-16T07:30:00Z");
	cr_expect_str_eq(c->profile, "rfc6488");
	cr_expect_eq(c->max_depth, 5);
	cr_expect_eq(c->aspa_max_providers, 7);
	cr_assert_eq(c->limits.n, 2);
	cr_expect_str_eq(c->limits.at[1], "paths=2");
	cr_expect_eq(c->threads, 3);
	cr_expect_str_eq(c->validator, "/bin/validator");
	cr_expect_str_eq(c->state_dir, "/state");
	cr_expect_str_eq(c->control_socket, "/sock");
	cr_expect_eq(c->log_level, LOG_LEVEL_DEBUG);
	cr_assert_eq(c->rtr_listen.n, 2);
	cr_expect_str_eq(c->rtr_listen.at[1], "[2001:db8::1]:2");
	cr_expect(c->rtr_listen_given);
	cr_expect_eq(c->rtr_max_version, 0);
	cr_assert_eq(c->rtr_clients.n, 2);
	cr_expect_str_eq(c->rtr_clients.at[1], "198.51.100.1/32");
	cr_expect_str_eq(c->rtr_tls_cert, "/cert.pem");
	cr_expect_str_eq(c->rtr_tls_key, "/key.pem");
	cr_expect_str_eq(c->rtr_tls_client_ca, "/routers.pem");
	cr_expect_eq(c->rtr_history, 100);
	cr_expect_eq(c->rtr_history_ms, 900000);
	cr_expect_eq(c->rtr_first_serial, UINT32_MAX);
	cr_expect_eq(c->rtr_notify_ms, 0);
	cr_expect_eq(c->rtr_refresh_s, 100);
	cr_expect_eq(c->rtr_retry_s, 50);
	cr_expect_eq(c->rtr_expire_s, 600);
	cr_expect_eq(c->rtr_max_connections, 10);
	cr_expect_eq(c->rtr_max_per_source, 2);
	cr_assert_eq(c->http_listen.n, 2);
	cr_expect_str_eq(c->http_listen.at[1], "192.0.2.1:4");
}

Test(config, every_option_of_the_file)
{
	struct sheet s;

	sheet_load(&s, FULL, NULL);
	cr_assert_eq(s.err, 0, "%s", s.why);
	expect_full(s.config);
	sheet_free(&s);
}

/* Every row of the table that a file may hold is in FULL, and is a flag. */
Test(config, every_option_is_tested)
{
	const struct opt_program *p = rtrd_program();

	for (size_t i = 0; i < p->opt_count; i++) {
		const struct opt *o = &p->opts[i];
		char want[80];

		cr_expect_not(o->file_only, "%s is no flag", o->key);
		if (o->flag_only)
			continue;
		snprintf(want, sizeof(want), "%s = ", o->key);
		cr_expect_not_null(strstr(FULL, want), "%s", o->key);
	}
}

/* What the file says, said by flags over a file that says otherwise. */
Test(config, the_command_line_replaces_the_file)
{
	static const struct {
		const char *flag, *value;
	} rows[] = {
		{"--local", "/tree"},
		{"--refresh", "60"},
		{"--rtr-max-version", "0"},
		{"--rtr-listen", "192.0.2.1:1"},
		{"--http-listen", "none"},
		{"--tal", "/c.tal"},
	};
	const char *args[2 * sizeof(rows) / sizeof(rows[0]) + 1] = {NULL};
	struct sheet s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		args[2 * i] = rows[i].flag;
		args[2 * i + 1] = rows[i].value;
	}
	sheet_load(&s,
		"local = /other\nrefresh = 5\ntal = {a, b}\n"
		"rtr { max-version = 1\n listen = {\"x:1\", \"y:1\"} }\n",
		args);
	cr_assert_eq(s.err, 0, "%s", s.why);
	cr_expect_str_eq(s.config->local, "/tree");
	cr_expect_eq(s.config->refresh_ms, 60000);
	cr_expect_eq(s.config->rtr_max_version, 0);
	cr_assert_eq(s.config->rtr_listen.n, 1);
	cr_expect_str_eq(s.config->rtr_listen.at[0], "192.0.2.1:1");
	cr_expect_eq(s.config->http_listen.n, 0);
	cr_assert_eq(s.config->tals.n, 1);
	cr_expect_str_eq(s.config->tals.at[0], "/c.tal");
	sheet_free(&s);
}

Test(config, a_list_is_given_again_and_again)
{
	static const char *const args[] = {"--rtr-listen", "192.0.2.1:1",
		"--rtr-listen", "[::1]:2", "--rtr-listen=192.0.2.1:3", NULL};
	struct sheet s;

	sheet_load(&s, NULL, args);
	cr_assert_eq(s.err, 0, "%s", s.why);
	cr_assert_eq(s.config->rtr_listen.n, 3);
	cr_expect_str_eq(s.config->rtr_listen.at[2], "192.0.2.1:3");
	sheet_free(&s);
}

Test(config, what_is_switched_off)
{
	static const char *const files[] = {
		("http { listen = {} }\nrtr { client = {} }\n"
		 "control-socket = none\n"
		 "proxy = none\ntls-ca = none\nsource-address = none\n"),
		"http { listen = none }\ncontrol-socket = \"\"\n",
		"http { listen = \"\" }\ncontrol-socket = none\n",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct sheet s;

		sheet_load(&s, files[i], NULL);
		cr_assert_eq(s.err, 0, "%s", s.why);
		cr_expect_eq(s.config->http_listen.n, 0, "%s", files[i]);
		cr_expect_null(s.config->control_socket);
		cr_expect_null(s.config->proxy);
		cr_expect_null(s.config->tls_ca);
		cr_expect_null(s.config->source_address);
		sheet_free(&s);
	}
}

static const struct {
	const char *file;
	const char *args[5];
	const char *says[2];
} wrongs[] = {
	{"# c\nfoo = 1\n", {NULL}, {":2: ", "'foo'"}},
	{"rtr { lissten = {} }\n", {NULL}, {":1: ", "'lissten'"}},
	{"config = x\n", {NULL}, {":1: ", "'config'"}},
	{"\nrefresh = 0\n", {NULL}, {":2: refresh: ", "1 to 86400"}},
	{"at = yesterday\n", {NULL}, {":1: at: ", "'yesterday'"}},
	{"profile = old\n", {NULL}, {":1: profile: ", "'old'"}},
	{"log-level = loud\n", {NULL}, {":1: log-level: ", "'loud'"}},
	{"tal = {}\n", {NULL}, {": tal: ", "none"}},
	{"local = \"\"\n", {NULL}, {":1: local: ", "path"}},
	{"state-dir = \"\"\n", {NULL}, {":1: state-dir: ", "path"}},
	{"source-address = localhost\n", {NULL},
		{":1: source-address: ", "'localhost'"}},
	{"proxy = foo\n", {NULL}, {":1: proxy: ", "'foo' is not a proxy"}},
	{"proxy = \"ftp://p.example\"\n", {NULL}, {":1: proxy: ", "http:"}},
	{"proxy = \"http://\"\n", {NULL}, {":1: proxy: ", "'http://'"}},
	{"", {"--proxy=https://:3128/", NULL}, {"--proxy: ", "not a proxy"}},
	{"", {"--proxy=http://me:secret@/", NULL}, {"--proxy: ", "HOST"}},
	{"rsync = \"\"\n", {NULL}, {":1: rsync: ", "path"}},
	{"disk-budget = 63\n", {NULL}, {":1: disk-budget: ", "64"}},
	{"rtr { tls-cert = \"/c\" }\n", {NULL}, {"rtr.tls-key", "without"}},
	{"rtr { tls-key = \"/k\" }\n", {NULL}, {"rtr.tls-cert", "without"}},
	{"no-rrdp = yes\nno-rsync = yes\n", {NULL}, {"no-rrdp", "no way"}},
	{"rtr {\n listen = {\"a:1\",\n \"b\"} }\n", {NULL},
		{":3: rtr.listen: ", "'b'"}},
	{"rtr { listen = {} }\n", {NULL}, {"rtr.listen", "none"}},
	{"http {\n listen = x }\n", {NULL}, {":2: http.listen: ", "'x'"}},
	{"rtr { history = 31 }\n", {NULL}, {":1: rtr.history: ", "32"}},
	{"rtr { max-version = 3 }\n", {NULL}, {":1: rtr.max-version", "2"}},
	{"rtr { refresh = 86401 }\n", {NULL}, {"rtr.refresh", "86400"}},
	{"rtr { retry = 7201 }\n", {NULL}, {"rtr.retry", "7200"}},
	{"rtr { expire = 599 }\n", {NULL}, {"rtr.expire", "600"}},
	{"rtr { expire = 172801 }\n", {NULL}, {"rtr.expire", "172800"}},
	{"rtr {\n\n expire = 4200 }\n", {NULL}, {":3: ", "rtr.expire (4200)"}},
	{"rtr {\n retry = 3600 }\n", {NULL}, {":2: ", "rtr.retry (3600)"}},
	{"", {"--rtr-refresh", "7000"}, {"command line: ", "(7000)"}},
	{"", {"--refresh", "x"}, {"--refresh: ", "x"}},
	{"", {"--rtr-listen", "x"}, {"--rtr-listen: ", "'x'"}},
	{"", {"--at", "x"}, {"--at: ", "'x'"}},
	{"", {"--bogus"}, {"--bogus", "unknown"}},
	{"", {"file"}, {"file", "no option"}},
	/* Wrong in the file stays wrong when a flag replaces it. */
	{"profile = old\n", {"--profile", "current"}, {":1: ", "'old'"}},
};

Test(config, what_is_refused_is_named)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct sheet s;

		sheet_load(&s, wrongs[i].file, wrongs[i].args);
		cr_expect_eq(s.err, ERR_USAGE, "%s: %d", wrongs[i].file, s.err);
		for (size_t k = 0; k < 2; k++)
			cr_expect_not_null(strstr(s.why, wrongs[i].says[k]),
				"%s: \"%s\" is not in: %s", wrongs[i].file,
				wrongs[i].says[k], s.why);
		if (s.err == 0)
			sheet_free(&s);
	}
}

Test(config, the_edges_of_ranges_are_good)
{
	static const char *const files[] = {
		"refresh = 1\n",
		"refresh = 86400\n",
		"rtr { history = 32 }\n",
		"rtr { history = 4096 }\n",
		"rtr { refresh = 1\n retry = 1\n expire = 600 }\n",
		"rtr { refresh = 86400\n retry = 7200\n expire = 172800 }\n",
		"rtr { expire = 4201 }\n",
		"rtr { max-connections = 1\n max-per-source = 1 }\n",
		"at = 0\n",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct sheet s;

		sheet_load(&s, files[i], NULL);
		cr_expect_eq(s.err, 0, "%s: %s", files[i], s.why);
		sheet_free(&s);
	}
}

Test(config, requests)
{
	static const struct {
		const char *arg;
		enum opt_request request;
	} rows[] = {{"--help", OPT_HELP}, {"--version", OPT_VERSION},
		{"--man", OPT_MAN}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const args[] = {rows[i].arg, NULL};
		struct sheet s;

		/* Help is given whatever the file holds. */
		sheet_load(&s, "foo = 1\n", args);
		cr_assert_eq(s.err, 0, "%s", s.why);
		cr_expect_eq(s.config->request, rows[i].request);
		sheet_free(&s);
	}
}

Test(config, check_reads_it_all)
{
	static const char *const args[] = {"--check", NULL};
	struct sheet s;

	sheet_load(&s, FULL, args);
	cr_assert_eq(s.err, 0, "%s", s.why);
	cr_expect(s.config->check_only);
	expect_full(s.config);
	sheet_free(&s);
	sheet_load(&s, "foo = 1\n", args);
	cr_expect_eq(s.err, ERR_USAGE);
}

Test(config, a_file_that_is_named_must_be_there)
{
	char *argv[] = {(char *)"rtrd", (char *)"--config",
		(char *)"/tmp/waymark-no-such-file", NULL};
	const struct config_source source = {3, argv, net_check};
	const struct config *c;
	char why[256] = "";

	cr_expect_eq(config_load(&source, &c, why), ERR_NOTFOUND);
	cr_expect_not_null(strstr(why, "waymark-no-such-file"));
}

Test(config, tells_what_only_a_start_can_change)
{
	struct sheet a, b;
	char out[256];

	sheet_load(&a, NULL, NULL);
	sheet_load(&b, FULL, NULL);
	cr_assert_eq(a.err, 0);
	cr_assert_eq(b.err, 0, "%s", b.why);
	cr_expect_str_eq(config_fixed(a.config, a.config, out), "");
	cr_expect_str_eq(config_fixed(a.config, b.config, out),
		"state-dir first-timeout rtr.history rtr.history-time "
		"rtr.first-serial rtr.refresh rtr.retry rtr.expire");
	sheet_free(&a);
	sheet_free(&b);
}
