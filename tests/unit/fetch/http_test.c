/*
 * http: a client against a server that behaves as its script says.
 */
#include <sys/resource.h>

#include "tests/unit/fetch/http_server.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

static const struct http_config PLAIN = {0};

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

Test(http, takes_an_answer)
{
	struct server s = server_start(
		"{\"/a\": {\"body\": \"hello\", \"etag\": \"\\\"v1\\\"\", "
		"\"modified\": \"Sat, 21 Nov 2026 00:00:00 GMT\"},"
		"\"/none\": {\"body\": \"\", \"length\": 0},"
		"\"/chunked\": {\"body\": \"hello\", \"length\": \"chunked\","
		" \"chunk\": 2},"
		"\"/gzip\": {\"body\": \"hello\", \"gzip\": true},"
		"\"/early\": {\"body\": \"hello\", \"early\": 9},"
		"\"/drip\": {\"body\": \"hello\", \"drip\": [1, 1], "
		"\"drip_at\": \"status\"}}",
		NULL);
	struct http *h = client_new(&s, &PLAIN);
	struct ask asks[] = {{.path = "/a"}, {.path = "/none"},
		{.path = "/chunked"}, {.path = "/gzip", .compressed = true},
		{.path = "/early"}, {.path = "/drip"},
		{.path = "/a", .host = "localhost"}};
	size_t n = sizeof(asks) / sizeof(asks[0]);

	for (size_t i = 0; i < n; i++)
		ask_start(h, &s, &asks[i]);
	ask_run(h, asks, n);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(asks[i].end.outcome, HTTP_DONE, "%s: %s",
			asks[i].path, asks[i].end.reason);
		cr_assert_eq(asks[i].end.status, 200);
		cr_assert_str_eq(asks[i].body, i == 1 ? "" : "hello");
		cr_assert_str_eq(asks[i].end.reason, "");
		cr_assert_geq(asks[i].end.received, asks[i].taken);
	}
	cr_assert_str_eq(asks[0].got_etag, "\"v1\"");
	cr_assert_str_eq(asks[0].got_modified, "Sat, 21 Nov 2026 00:00:00 GMT");
	cr_assert_str_eq(asks[1].got_etag, "");
	cr_assert_gt(server_count(&s, "\"user-agent\": \"Waymark/"), 0);
	cr_assert_eq(server_count(&s, "\"accept-encoding\": \"gzip\""), 1);
	http_free(h);
	server_stop(&s);
}

Test(http, asks_for_what_has_changed)
{
	struct server s = server_start(
		"{\"/a\": {\"body\": \"hello\", \"etag\": \"\\\"v1\\\"\"},"
		"\"/m\": {\"body\": \"hello\", \"modified\": \"yesterday\"},"
		"\"/304\": {\"status\": 304}}",
		NULL);
	struct http *h = client_new(&s, &PLAIN);
	struct ask asks[] = {{.path = "/a", .etag = "\"v1\""},
		{.path = "/a", .etag = "\"v0\""},
		{.path = "/m", .last_modified = "yesterday"},
		{.path = "/304", .etag = "x"},
		/* Neither is sent, so nothing can be the same. */
		{.path = "/304", .etag = "", .last_modified = ""},
		{.path = "/304", .etag = "a\r\nX: y"}};
	static const enum http_outcome outcomes[] = {HTTP_SAME, HTTP_DONE,
		HTTP_SAME, HTTP_SAME, HTTP_FAILED, HTTP_FAILED};
	size_t n = sizeof(asks) / sizeof(asks[0]);

	for (size_t i = 0; i < n; i++)
		ask_start(h, &s, &asks[i]);
	ask_run(h, asks, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(asks[i].end.outcome, outcomes[i], "%zu: %s", i,
			asks[i].end.reason);
	cr_assert_eq(asks[0].end.status, 304);
	cr_assert_str_eq(asks[0].got_etag, "\"v1\"");
	cr_assert_str_eq(
		asks[4].end.reason, "HTTP 304, which was not asked for");
	cr_assert_eq(server_count(&s, "\"x\": \"y\""), 0);
	http_free(h);
	server_stop(&s);
}

/* A path, what the server does there, and how the reason begins; NULL: it is
 * fine. */
struct fault_case {
	const char *path, *rule, *reason;
};

static const struct fault_case FAULTS[] = {
	{"/201", "{\"status\":201,\"body\":\"x\"}", "HTTP 201"},
	{"/204", "{\"status\":204}", "HTTP 204"},
	{"/206", "{\"status\":206,\"body\":\"x\"}", "HTTP 206"},
	{"/300", "{\"status\":300,\"redirect\":\"/ok\"}", "HTTP 300"},
	{"/305", "{\"status\":305,\"redirect\":\"/ok\"}", "HTTP 305"},
	{"/401",
		"{\"status\":401,\"body\":\"x\","
		"\"headers\":[[\"WWW-Authenticate\",\"Basic\"]]}",
		"HTTP 401"},
	{"/404", "{\"status\":404,\"body\":\"x\"}", "HTTP 404"},
	{"/500", "{\"status\":500,\"body\":\"x\"}", "HTTP 500"},
	{"/999", "{\"status\":999,\"body\":\"x\"}", "HTTP 999"},
	{"/101", "{\"status\":101}", "HTTP 101"},
	/* With Content-Length there are 100 fields. */
	{"/many99", "{\"many\":99,\"body\":\"x\"}", NULL},
	{"/many100", "{\"many\":100,\"body\":\"x\"}",
		"HTTP: more than 100 header fields"},
	{"/early99", "{\"early\":99,\"body\":\"x\"}", NULL},
	{"/early100", "{\"early\":100,\"body\":\"x\"}",
		"HTTP: more than 100 header fields"},
	{"/big", "{\"big\":65000,\"body\":\"x\"}", NULL},
	{"/bigger", "{\"big\":65536,\"body\":\"x\"}",
		"HTTP: header of more than 65536 octets"},
	{"/biggest", "{\"big\":1048576,\"body\":\"x\"}", "memory, or a header"},
	{"/no-location", "{\"status\":302,\"body\":\"x\"}",
		"HTTP 302 without a Location"},
	{"/to-http", "{\"redirect\":\"http://127.0.0.1/\"}",
		"redirect to what is no https URI: http://"},
	{"/to-file", "{\"redirect\":\"file:///etc/passwd\"}",
		"redirect to what is no https URI: file:///etc/passwd"},
	{"/to-5", "{\"redirect\":\"/to-4\"}", NULL},
	{"/to-4", "{\"redirect\":\"to-3\"}", NULL},
	{"/to-3", "{\"redirect\":\"{origin}/to-2\",\"status\":301}", NULL},
	{"/to-2", "{\"redirect\":\"/to-1\",\"status\":307}", NULL},
	{"/to-1", "{\"redirect\":\"/ok\",\"status\":308,\"body\":\"go\"}",
		NULL},
	{"/to-6", "{\"redirect\":\"/to-5\"}", "more than 5 redirects"},
	{"/loop", "{\"redirect\":\"/loop\"}", "more than 5 redirects"},
	{"/to-long",
		"{\"redirect\":\"/ok\",\"length\":\"chunked\","
		"\"bomb\":{\"octets\":200000}}",
		"HTTP 302 with a long body"},
	{"/to-404", "{\"redirect\":\"/404\"}", "HTTP 404"},
	{"/ok", "{\"body\":\"ok\"}", NULL},
	{"/longer", "{\"body\":\"hello\",\"length\":5}", "receive: "},
	{"/far-longer", "{\"body\":\"hello\",\"length\":99999999999999}", ""},
	{"/closed", "{\"body\":\"hello\",\"close\":2}", "receive: "},
	{"/reset", "{\"body\":\"hello\",\"reset\":2}", "receive: "},
	{"/reset-0", "{\"body\":\"hello\",\"reset\":0}", "receive: "},
	{"/until-end", "{\"body\":\"hello\",\"length\":\"none\"}",
		"HTTP: an answer without a length"},
	{"/http10", "{\"body\":\"hello\",\"version\":\"HTTP/1.0\"}", NULL},
	{"/chunks", "{\"body\":\"hello\",\"length\":\"chunked\"}", NULL},
	{"/chunk-over",
		"{\"body\":\"hello\",\"length\":\"chunked\","
		"\"chunk_fault\":\"overflow\"}",
		""},
	{"/chunk-junk",
		"{\"body\":\"hello\",\"length\":\"chunked\","
		"\"chunk_fault\":\"garbage\"}",
		""},
	{"/chunk-open",
		"{\"body\":\"hello\",\"length\":\"chunked\","
		"\"chunk_fault\":\"unended\"}",
		""},
	{"/http09", "{\"head\":\"hello there\\n\\n\"}", ""},
	{"/nothing", "{\"head\":\"\",\"close\":0}", ""},
	{"/head-cut",
		"{\"head\":\"HTTP/1.1 200 OK\\r\\nA: b\","
		"\"close\":0}",
		""},
	{"/version", "{\"version\":\"HTTP/7.3\"}", ""},
	{"/length",
		"{\"head\":\"HTTP/1.1 200 OK\\r\\nContent-Length: "
		"-5\\r\\n\\r\\nhello\"}",
		""},
	{"/lengths",
		"{\"head\":\"HTTP/1.1 200 OK\\r\\nContent-Length: "
		"5\\r\\nContent-Length: 4\\r\\n\\r\\nhello\"}",
		""},
	{"/null",
		"{\"head\":\"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n"
		"A: \\u0000b\\r\\n\\r\\n\"}",
		""},
	{"/gzip", "{\"body\":\"hello\",\"gzip\":true}",
		"HTTP: a content or transfer coding"},
	{"/br",
		"{\"body\":\"hello\","
		"\"headers\":[[\"Content-Encoding\",\"br\"]]}",
		"HTTP: a content or transfer coding"},
};

enum {
	FAULT_COUNT = sizeof(FAULTS) / sizeof(FAULTS[0])
};

static void
check_fault(const struct fault_case *c, const struct ask *a)
{
	if (c->reason == NULL) {
		cr_expect_eq(a->end.outcome, HTTP_DONE, "%s: %s", c->path,
			a->end.reason);
		return;
	}
	cr_expect_eq(a->end.outcome, HTTP_FAILED, "%s", c->path);
	cr_expect_gt(strlen(a->end.reason), 0, "%s", c->path);
	cr_expect(begins(a->end.reason, c->reason), "%s: %s", c->path,
		a->end.reason);
}

Test(http, fails_clean_where_an_answer_is_wrong, .timeout = 30)
{
	char script[16384] = "{";
	struct ask asks[FAULT_COUNT] = {0};
	struct server s;
	struct http *h;

	for (size_t i = 0; i < FAULT_COUNT; i++) {
		size_t n = strlen(script);

		snprintf(script + n, sizeof(script) - n, "%s\"%s\": %s",
			i > 0 ? ",\n" : "", FAULTS[i].path, FAULTS[i].rule);
	}
	strncat(script, "}", sizeof(script) - strlen(script) - 1);
	s = server_start(script, NULL);
	h = client_new(
		&s, &(struct http_config){.idle_ms = 20000, .total_ms = 25000});
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		asks[i].path = FAULTS[i].path;
		ask_start(h, &s, &asks[i]);
	}
	ask_run(h, asks, FAULT_COUNT);
	for (size_t i = 0; i < FAULT_COUNT; i++)
		check_fault(&FAULTS[i], &asks[i]);
	http_free(h);
	server_stop(&s);
}

Test(http, goes_to_no_other_origin)
{
	struct server away = server_start(
		"{}", &(struct server_kind){.address = "127.0.0.2"});
	char script[512];
	struct server s;
	struct http *h;
	struct ask asks[] = {
		{.path = "/host"}, {.path = "/port"}, {.path = "/name"}};

	snprintf(script, sizeof(script),
		"{\"/host\": {\"redirect\": \"https://127.0.0.2:%u/\"},"
		"\"/port\": {\"redirect\": \"//127.0.0.1:%u/\"},"
		"\"/name\": {\"redirect\": \"https://localhost:%u/\"}}",
		away.port, away.port, away.port);
	s = server_start(script, NULL);
	h = client_new(&s, &(struct http_config){.insecure = true});
	for (size_t i = 0; i < 3; i++)
		ask_start(h, &s, &asks[i]);
	ask_run(h, asks, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(asks[i].end.outcome, HTTP_FAILED);
		cr_assert(begins(asks[i].end.reason,
				  "redirect to another origin: "),
			"%s", asks[i].end.reason);
	}
	cr_assert_eq(server_count(&away, "connect"), 0);
	cr_assert_eq(server_count(&s, "\"event\": \"request\""), 3);
	http_free(h);
	server_stop(&s);
	server_stop(&away);
}

Test(http, takes_no_more_octets_than_asked_for)
{
	struct server s = server_start(
		"{\"/plain\": {\"bomb\": {\"octets\": 1000}, "
		"\"length\": \"chunked\"},"
		"\"/length\": {\"body\": \"0123456789\"},"
		"\"/gzip\": {\"bomb\": {\"octets\": 100000}, \"gzip\": true, "
		"\"length\": \"chunked\"}}",
		NULL);
	struct http *h = client_new(&s, &PLAIN);
	static const struct {
		const char *path;
		uint64_t size;
	} cases[] = {{"/plain", 1000}, {"/length", 10}, {"/gzip", 100000}};

	for (size_t i = 0; i < 6; i++) {
		struct ask a = {.path = cases[i / 2].path,
			.octets_max = cases[i / 2].size - i % 2,
			.compressed = true};

		ask_start(h, &s, &a);
		ask_run(h, &a, 1);
		if (i % 2 == 0) {
			cr_assert_eq(a.end.outcome, HTTP_DONE, "%s: %s", a.path,
				a.end.reason);
			cr_assert_eq(a.taken, cases[i / 2].size);
			continue;
		}
		cr_assert_eq(a.end.outcome, HTTP_FAILED, "%s", a.path);
		cr_assert_leq(a.taken, a.octets_max);
		cr_assert(
			begins(a.end.reason, "more than "), "%s", a.end.reason);
	}
	http_free(h);
	server_stop(&s);
}

/* What an answer may cost in all; address sanitizers keep what was freed. */
#ifdef __SANITIZE_ADDRESS__
enum {
	COST_KIB = 524288
};
#else
enum {
	COST_KIB = 32768
};
#endif

/* "hello" as gzip. */
#define HELLO_HEAD "1f8b0800000000000203cb48cdc9c90700"
#define HELLO_CRC  "86a61036"
#define HELLO_SIZE "05000000"

Test(http, gzip_must_be_sound, .timeout = 30)
{
	static const struct {
		const char *path, *hex;
	} cases[] = {
		{"/good", HELLO_HEAD HELLO_CRC HELLO_SIZE},
		{"/crc", HELLO_HEAD "00000000" HELLO_SIZE},
		{"/size", HELLO_HEAD HELLO_CRC "06000000"},
		{"/junk", "68656c6c6f2068656c6c6f21"},
		{"/more", HELLO_HEAD HELLO_CRC HELLO_SIZE "00"},
	};
	char script[2048] = "{\"@\": {}";
	struct server s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(script);

		snprintf(script + n, sizeof(script) - n,
			", \"%s\": {\"hex\": \"%s\", \"headers\": "
			"[[\"Content-Encoding\", \"gzip\"]]}",
			cases[i].path, cases[i].hex);
	}
	strncat(script, "}", sizeof(script) - strlen(script) - 1);
	s = server_start(script, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask a = {.path = cases[i].path, .compressed = true};

		ask_once(&s, &PLAIN, &a);
		cr_assert_eq(a.end.outcome, i == 0 ? HTTP_DONE : HTTP_FAILED,
			"%s: %s", a.path, a.end.reason);
		if (i == 0)
			cr_assert_str_eq(a.body, "hello");
		else
			cr_assert(begins(a.end.reason, "gzip: "), "%s",
				a.end.reason);
	}
	server_stop(&s);
}

static long
peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

Test(http, refuses_what_is_compressed_too_well, .timeout = 60)
{
	char script[2048];
	struct server s;
	struct http *h;
	struct ask asks[] = {{.path = "/free", .compressed = true},
		{.path = "/more", .compressed = true},
		{.path = "/space", .compressed = true},
		{.path = "/token", .compressed = true}};
	long before;

	snprintf(script, sizeof(script),
		"{\"/free\": {\"gzip\": true, \"length\": \"chunked\", "
		"\"bomb\": {\"octets\": %d}},"
		"\"/more\": {\"gzip\": true, \"length\": \"chunked\", "
		"\"bomb\": {\"octets\": %d}},"
		"\"/space\": {\"gzip\": true, \"length\": \"chunked\", "
		"\"bomb\": {\"octets\": 10000000000, "
		"\"head\": \"<notification\"}},"
		"\"/token\": {\"gzip\": true, \"length\": \"chunked\", "
		"\"bomb\": {\"octets\": 10000000000, \"fill\": \"A\"}}}",
		BOUND_FETCH_RATIO_FREE, BOUND_FETCH_RATIO_FREE + 1);
	s = server_start(script, NULL);
	h = client_new(&s, &PLAIN);
	before = peak_kib();
	for (size_t i = 0; i < 4; i++)
		ask_start(h, &s, &asks[i]);
	ask_run(h, asks, 4);
	cr_assert_eq(asks[0].end.outcome, HTTP_DONE, "%s", asks[0].end.reason);
	cr_assert_eq(asks[0].taken, BOUND_FETCH_RATIO_FREE);
	for (size_t i = 1; i < 4; i++) {
		cr_assert_eq(asks[i].end.outcome, HTTP_FAILED);
		cr_assert(begins(asks[i].end.reason,
				  "compressed more than 100:1"),
			"%s", asks[i].end.reason);
		cr_assert_leq(asks[i].taken, BOUND_FETCH_RATIO_FREE + 16384);
	}
	cr_assert_lt(peak_kib() - before, COST_KIB);
	http_free(h);
	server_stop(&s);
}

/* Incompressible octets pass whatever their number. */
Test(http, a_large_answer_costs_no_memory, .timeout = 60)
{
	struct server s =
		server_start("{\"/a\": {\"bomb\": {\"octets\": 300000000}, "
			     "\"length\": \"chunked\", \"chunk\": 1048576}}",
			NULL);
	struct ask a = {.path = "/a"};
	long before = peak_kib();

	ask_once(&s, &PLAIN, &a);
	cr_assert_eq(a.end.outcome, HTTP_DONE, "%s", a.end.reason);
	cr_assert_eq(a.taken, 300000000);
	cr_assert_lt(peak_kib() - before, COST_KIB);
	server_stop(&s);
}

Test(http, ends_what_is_slow, .timeout = 30)
{
	static const char script[] =
		"{\"/status\": {\"stall\": {\"at\": \"status\"}},"
		"\"/half\": {\"stall\": {\"at\": \"status\", \"after\": 5}},"
		"\"/headers\": {\"stall\": {\"at\": \"headers\"}},"
		"\"/body\": {\"body\": \"hello\", \"stall\": {\"after\": 2}},"
		"\"/pause\": {\"body\": \"hello\", \"stall\": {\"after\": 2, "
		"\"ms\": 100}},"
		"\"/drip\": {\"bomb\": {\"octets\": 10000}, \"drip\": [1, 50], "
		"\"length\": \"chunked\"}}";
	static const struct {
		const char *path, *reason;
		struct http_config limits;
	} cases[] = {
		{"/status", "no octet for 0.5 s", {.idle_ms = 500}},
		{"/half", "no octet for 0.5 s", {.idle_ms = 500}},
		{"/headers", "no octet for 0.5 s", {.idle_ms = 500}},
		{"/body", "no octet for 0.5 s", {.idle_ms = 500}},
		{"/pause", NULL, {.idle_ms = 2000}},
		{"/drip", "not done after 0.7 s", {.total_ms = 700}},
		{"/drip", "slower than 10000 octets a second after 0.6 s",
			{.grace_ms = 600}},
	};
	struct server s = server_start(script, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask a = {.path = cases[i].path};
		struct mono began = mono_now();
		int64_t took;

		ask_once(&s, &cases[i].limits, &a);
		took = mono_since(began, mono_now());
		cr_assert_lt(took, 3000);
		if (cases[i].reason == NULL) {
			cr_assert_eq(
				a.end.outcome, HTTP_DONE, "%s", a.end.reason);
			continue;
		}
		cr_assert_eq(a.end.outcome, HTTP_FAILED);
		cr_assert_str_eq(a.end.reason, cases[i].reason);
		cr_assert_geq(took, 490);
	}
	server_stop(&s);
}

/* An octet now and then is enough until the grace ends. */
Test(http, a_drip_is_not_idle)
{
	struct server s = server_start(
		"{\"/a\": {\"body\": \"0123456789\", \"drip\": [1, 100]}}",
		NULL);
	struct ask a = {.path = "/a"};

	ask_once(&s, &(struct http_config){.idle_ms = 500}, &a);
	cr_assert_eq(a.end.outcome, HTTP_DONE, "%s", a.end.reason);
	server_stop(&s);
}

Test(http, keeps_connections, .timeout = 30)
{
	struct server s = server_start(
		"{\"/a\": {\"body\": \"hello\"}, \"/r\": {\"redirect\": "
		"\"/a\", \"body\": \"there\"}, \"/s\": {\"body\": \"slow\", "
		"\"stall\": {\"ms\": 400}}}",
		NULL);
	struct http *h =
		client_new(&s, &(struct http_config){.connect_ms = 1000});
	struct ask asks[20] = {0};

	for (size_t i = 0; i < 6; i++) {
		struct ask a = {.path = i == 3 ? "/r" : "/a"};

		ask_start(h, &s, &a);
		ask_run(h, &a, 1);
		cr_assert_eq(a.end.outcome, HTTP_DONE, "%s", a.end.reason);
	}
	cr_assert_eq(server_count(&s, "\"event\": \"connect\""), 1);
	cr_assert_eq(server_count(&s, "\"event\": \"request\""), 7);
	/* No more than a few at once, however many are asked; the others wait,
	 * for which there is no limit but the total. */
	for (size_t i = 0; i < 20; i++) {
		asks[i].path = "/s";
		ask_start(h, &s, &asks[i]);
	}
	ask_run(h, asks, 20);
	for (size_t i = 0; i < 20; i++)
		cr_assert_eq(asks[i].end.outcome, HTTP_DONE, "%s",
			asks[i].end.reason);
	cr_assert_leq(
		server_count(&s, "\"event\": \"connect\""), BOUND_HOST_JOBS);
	http_free(h);
	server_stop(&s);
}

/* The server's part: what comes first over a connection, then twice for the
 * request that follows over the same. */
static const char AGAIN[] =
	"{\"/ok\":{\"body\":\"ok\"},"
	"\"/excess\":{\"body\":\"hello\",\"length\":-2},"
	"\"/stalls\":[{\"stall\":{\"at\":\"status\",\"after\":0}},"
	"{\"body\":\"hello\"}],"
	"\"/dead\":{\"stall\":{\"at\":\"status\",\"after\":0}},"
	"\"/cut\":{\"body\":\"hello\","
	"\"stall\":{\"at\":\"body\",\"after\":2}}}";

/* `/ok`, and then this by the connection that is there. */
static struct ask
ask_behind(struct http *h, const struct server *s, const char *path)
{
	struct ask first = {.path = "/ok"}, a = {.path = path};

	ask_start(h, s, &first);
	ask_run(h, &first, 1);
	cr_assert_eq(first.end.outcome, HTTP_DONE, "%s", first.end.reason);
	ask_start(h, s, &a);
	ask_run(h, &a, 1);
	return a;
}

Test(http, asks_again_where_a_kept_connection_stands_still, .timeout = 60)
{
	struct server s = server_start(AGAIN, NULL);
	struct http *h = client_new(&s, &(struct http_config){.idle_ms = 3000});
	struct ask a = ask_behind(h, &s, "/stalls");

	cr_assert_eq(a.end.outcome, HTTP_DONE, "%s", a.end.reason);
	cr_assert_str_eq(a.body, "hello");
	http_free(h);
	server_stop(&s);
}

Test(http, asks_again_once_and_only_where_nothing_came, .timeout = 60)
{
	struct server s = server_start(AGAIN, NULL);
	struct http_config config = {.idle_ms = 900};
	struct http *h = client_new(&s, &config);
	struct ask a = ask_behind(h, &s, "/dead"), b;

	cr_assert_str_eq(a.end.reason, "no octet for 0.9 s");
	cr_assert_eq(server_count(&s, "\"request\""), 3);
	b = ask_behind(h, &s, "/cut");
	cr_assert_str_eq(b.end.reason, "no octet for 0.9 s");
	cr_assert_eq(server_count(&s, "\"request\""), 5);
	http_free(h);
	/* The first of a connection has but one try. */
	a = (struct ask){.path = "/dead"};
	ask_once(&s, &config, &a);
	cr_assert_str_eq(a.end.reason, "no octet for 0.9 s");
	cr_assert_eq(server_count(&s, "\"request\""), 6);
	server_stop(&s);
}

Test(http, excess_behind_an_answer_harms_no_other, .timeout = 60)
{
	struct server s = server_start(AGAIN, NULL);
	struct http *h = client_new(&s, &(struct http_config){0});

	for (size_t i = 0; i < 20; i++) {
		struct ask a = ask_behind(h, &s, "/excess");

		cr_assert_str_eq(a.body, "hel", "%s", a.end.reason);
	}
	http_free(h);
	server_stop(&s);
}
