/*
 * http: who calls whom: cancelling from anywhere, starting from `end`, waiting
 * on other descriptors.
 */
#include <fcntl.h>

#include "tests/unit/fetch/http_server.h"
#include "waymark/err.h"

static const struct http_config PLAIN = {0};

static const char SCRIPT[] =
	"{\"/a\": {\"bomb\": {\"octets\": 3000000}, \"length\": \"chunked\"},"
	"\"/b\": {\"body\": \"hello\"},"
	"\"/stall\": {\"body\": \"hello\", \"stall\": {\"after\": 3}}}";

/* Two that stall and one that flows; whose `data` or `end` ends the rest. */
struct trio {
	struct http *http;
	struct ask asks[3];
};

static void
cancel_others(struct ask *a)
{
	struct trio *t = a->ctx;

	/* Once: what was cancelled is gone after the step. */
	a->on_data = a->on_end = NULL;
	for (size_t i = 0; i < 3; i++)
		if (&t->asks[i] != a) {
			http_cancel(t->asks[i].transfer);
			t->asks[i].on_end = NULL;
		}
}

static void
cancel_self(struct ask *a)
{
	http_cancel(a->transfer);
}

static void
run_trio(struct server *s, bool from_data)
{
	struct trio t = {.http = client_new(s, &PLAIN)};

	for (size_t i = 0; i < 3; i++) {
		struct ask *a = &t.asks[i];

		a->path = i == 1 ? "/a" : "/stall";
		a->ctx = &t;
		ask_start(t.http, s, a);
	}
	/* Those that stall have sent something before. */
	while (t.asks[0].taken == 0 || t.asks[2].taken == 0)
		cr_assert_eq(http_step(t.http, NULL, 0, 1000), 0);
	if (!t.asks[1].ended) {
		if (from_data)
			t.asks[1].on_data = cancel_others;
		else
			t.asks[1].on_end = cancel_others;
		ask_run(t.http, &t.asks[1], 1);
	} else
		cancel_others(&t.asks[1]);
	cr_assert_eq(
		t.asks[1].end.outcome, HTTP_DONE, "%s", t.asks[1].end.reason);
	for (size_t i = 0; i < 20; i++)
		cr_assert_eq(http_step(t.http, NULL, 0, 5), 0);
	cr_assert_not(t.asks[0].ended);
	cr_assert_not(t.asks[2].ended);
	http_free(t.http);
}

Test(http_calls, cancels_others_from_data_and_end, .timeout = 30)
{
	struct server s = server_start(SCRIPT, NULL);

	run_trio(&s, true);
	run_trio(&s, false);
	server_stop(&s);
}

Test(http_calls, cancels_itself_and_what_has_not_begun, .timeout = 30)
{
	struct server s = server_start(SCRIPT, NULL);
	struct http *h = client_new(&s, &PLAIN);
	struct ask data = {.path = "/a", .on_data = cancel_self};
	struct ask end = {.path = "/b", .on_end = cancel_self};
	struct ask never = {.path = "/b"};

	ask_start(h, &s, &data);
	ask_start(h, &s, &end);
	ask_start(h, &s, &never);
	http_cancel(never.transfer);
	http_cancel(NULL);
	ask_run(h, &end, 1);
	while (data.taken == 0)
		cr_assert_eq(http_step(h, NULL, 0, 1000), 0);
	for (size_t i = 0; i < 20; i++)
		cr_assert_eq(http_step(h, NULL, 0, 5), 0);
	cr_assert_not(data.ended);
	cr_assert_not(never.ended);
	cr_assert_leq(data.taken, 16384);
	/* Freed with one under way, and one not yet begun. */
	data = (struct ask){.path = "/stall"};
	ask_start(h, &s, &data);
	while (data.taken == 0)
		cr_assert_eq(http_step(h, NULL, 0, 1000), 0);
	ask_start(h, &s, &never);
	http_free(h);
	http_free(NULL);
	server_stop(&s);
}

Test(http_calls, a_refusal_has_no_reason)
{
	struct server s = server_start(SCRIPT, NULL);
	struct ask a = {.path = "/a", .refuse = true};

	ask_once(&s, &PLAIN, &a);
	cr_assert_eq(a.end.outcome, HTTP_FAILED);
	cr_assert_eq(a.end.status, 200);
	cr_assert_str_eq(a.end.reason, "");
	server_stop(&s);
}

/* One after the other, each started by the end of the one before. */
struct chain {
	struct http *http;
	struct server *server;
	struct ask asks[5];
};

static void
start_next(struct ask *a)
{
	struct chain *c = a->ctx;
	size_t i = (size_t)(a - c->asks) + 1;

	if (i == 5)
		return;
	c->asks[i] = (struct ask){.path = "/b", .on_end = start_next, .ctx = c};
	ask_start(c->http, c->server, &c->asks[i]);
}

Test(http_calls, starts_from_an_end, .timeout = 30)
{
	struct server s = server_start(SCRIPT, NULL);
	struct chain c = {.server = &s, .http = client_new(&s, &PLAIN)};

	c.asks[0] = (struct ask){.path = "/b", .on_end = start_next, .ctx = &c};
	ask_start(c.http, &s, &c.asks[0]);
	ask_run(c.http, c.asks, 5);
	for (size_t i = 0; i < 5; i++)
		cr_assert_eq(c.asks[i].end.outcome, HTTP_DONE);
	cr_assert_eq(server_count(&s, "\"event\": \"connect\""), 1);
	http_free(c.http);
	server_stop(&s);
}

Test(http_calls, nothing_is_called_before_a_step)
{
	struct http *h = client_new(NULL, &PLAIN);
	struct server nowhere = {.port = dead_port(), .address = "127.0.0.1"};
	struct ask a = {.path = "/"};

	ask_start(h, &nowhere, &a);
	cr_assert_not(a.ended);
	ask_run(h, &a, 1);
	cr_assert_eq(a.end.outcome, HTTP_FAILED);
	http_free(h);
}

Test(http_calls, refuses_what_cannot_be_asked)
{
	static const char *const uris[] = {"", "http://127.0.0.1/",
		"rsync://127.0.0.1/m/", "https://127.0.0.1/../x",
		"https://u:p@127.0.0.1/", "file:///etc/passwd"};
	struct http *h = client_new(NULL, &PLAIN);
	struct http_transfer *t = NULL;
	struct ask a = {.path = ""};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct http_request r = {.uri = uris[i],
			.octets_max = 1,
			.data = ask_data,
			.end = ask_end,
			.ctx = &a};

		cr_assert_eq(http_start(h, &r, &t), ERR_SYNTAX, "%s", uris[i]);
		cr_assert_null(t);
	}
	http_free(h);
}

Test(http_calls, waits_on_other_descriptors, .timeout = 10)
{
	struct http *h = client_new(NULL, &PLAIN);
	int in[2], out[2];
	struct pollfd fds[3];
	struct mono began = mono_now();

	cr_assert(pipe(in) == 0 && pipe(out) == 0);
	fds[0] = (struct pollfd){.fd = in[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = 9};
	fds[2] = (struct pollfd){.fd = out[1], .events = 0};
	cr_assert_eq(http_step(h, fds, 3, 20), 0);
	cr_assert_eq(fds[0].revents, 0);
	cr_assert_eq(fds[1].revents, 0);
	fds[2].events = POLLOUT;
	cr_assert_eq(http_step(h, fds, 3, 10000), 0);
	cr_assert_eq(fds[2].revents, POLLOUT);
	cr_assert_eq(write(in[1], "x", 1), 1);
	cr_assert_eq(http_step(h, fds, 1, 10000), 0);
	cr_assert_eq(fds[0].revents, POLLIN);
	cr_assert_eq(read(in[0], &(char){0}, 1), 1);
	/* The end of the other side is no octet, but an event. */
	close(in[1]);
	cr_assert_eq(http_step(h, fds, 1, 10000), 0);
	cr_assert_neq(fds[0].revents & POLLHUP, 0);
	/* For ever is until something happens. */
	cr_assert_eq(http_step(h, fds, 1, -1), 0);
	cr_assert_lt(mono_since(began, mono_now()), 5000);
	http_free(h);
}

Test(http_calls, a_step_lasts_no_longer_than_told, .timeout = 10)
{
	struct server s = server_start(SCRIPT, NULL);
	struct http *h = client_new(&s, &PLAIN);
	struct ask a = {.path = "/stall"};
	struct mono began;

	ask_start(h, &s, &a);
	while (a.taken == 0)
		cr_assert_eq(http_step(h, NULL, 0, 1000), 0);
	began = mono_now();
	cr_assert_eq(http_step(h, NULL, 0, 100), 0);
	cr_assert_eq(http_step(h, NULL, 0, 0), 0);
	cr_assert_lt(mono_since(began, mono_now()), 2000);
	cr_assert_not(a.ended);
	http_free(h);
	server_stop(&s);
}
