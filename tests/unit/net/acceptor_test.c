/*
 * acceptor: lists of listeners that change as a whole or not at all.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/net/acceptor.h"
#include "waymark/err.h"

static const struct log SILENT = {.fd = -1, .level = LOG_LEVEL_ERROR};

static unsigned accepted;

static void
on_accepted(void *ctx, int fd, const struct sockaddr_storage *peer,
	const struct endpoint *at)
{
	(void)ctx;
	cr_assert_neq(at->id, 0);
	cr_assert_eq(peer->ss_family, at->address.ss_family);
	accepted++;
	close(fd);
}

static void
on_refused(void *ctx)
{
	(void)ctx;
}

/* A port that nobody listens on, as "127.0.0.1:PORT". */
static void
free_address(char out[32])
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, size), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	close(fd);
	snprintf(out, 32, "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
}

/* A socket that is connecting to the address, whoever takes it; -1: nobody
 * listens. */
static int
reach(const char *address)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_port =
		htons((uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
listens(const char *address)
{
	int fd = reach(address);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* One acceptor in a loop of its own. */
struct stage {
	uv_loop_t loop;
	struct acceptor *acceptor;
	char why[256];
};

static void
stage_open(struct stage *s)
{
	const struct acceptor_calls calls = {
		on_accepted, on_refused, NULL, NULL};

	accepted = 0;
	uv_loop_init(&s->loop);
	s->acceptor = acceptor_new(&s->loop, &calls, &SILENT, "test");
	cr_assert_not_null(s->acceptor);
}

static void
stage_close(struct stage *s)
{
	acceptor_stop(s->acceptor);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&s->loop), 0, "handles are left");
}

static int
listen_on(struct stage *s, size_t n, const char *const *addrs)
{
	return acceptor_listen(s->acceptor, addrs, n, false, s->why);
}

Test(acceptor, listens_on_exactly_what_is_named)
{
	char a[32], b[32];
	struct stage s;

	free_address(a);
	free_address(b);
	stage_open(&s);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	cr_expect(listens(a));
	cr_expect_not(listens(b));
	cr_assert_eq(listen_on(&s, 2, (const char *[]){a, b}), 0, "%s", s.why);
	cr_expect(listens(a));
	cr_expect(listens(b));
	cr_assert_eq(listen_on(&s, 1, (const char *[]){b}), 0, "%s", s.why);
	cr_expect_not(listens(a), "it is closed at once");
	cr_expect(listens(b));
	cr_assert_eq(listen_on(&s, 0, NULL), 0);
	cr_expect_not(listens(b));
	/* One that was closed can be had again, before the loop has run. */
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	cr_expect(listens(a));
	stage_close(&s);
	cr_expect_not(listens(a));
}

Test(acceptor, named_twice_is_named_once)
{
	char a[32];
	struct stage s;

	free_address(a);
	stage_open(&s);
	cr_expect_eq(listen_on(&s, 2, (const char *[]){a, a}), 0, "%s", s.why);
	cr_expect_eq(listen_on(&s, 2, (const char *[]){a, a}), 0, "%s", s.why);
	stage_close(&s);
}

Test(acceptor, one_that_cannot_be_had_changes_nothing)
{
	static const char *const bad[] = {
		"192.0.2.1:1", "here:1", "127.0.0.1", "127.0.0.1:65536"};
	char a[32], b[32];
	struct stage s;

	free_address(a);
	free_address(b);
	stage_open(&s);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const list[] = {b, bad[i]};

		cr_expect_lt(listen_on(&s, 2, list), 0, "%s", bad[i]);
		cr_expect_not_null(strstr(s.why, bad[i]), "%s", s.why);
		cr_expect(listens(a));
		cr_expect_not(listens(b));
	}
	stage_close(&s);
}

Test(acceptor, an_address_that_is_taken_is_named)
{
	char a[32];
	struct stage s, other;

	free_address(a);
	stage_open(&s);
	stage_open(&other);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	cr_expect_lt(listen_on(&other, 1, (const char *[]){a}), 0);
	cr_expect_not_null(strstr(other.why, a), "%s", other.why);
	stage_close(&other);
	stage_close(&s);
}

Test(acceptor, what_this_machine_lacks_can_be_left_out)
{
	const char *none[] = {"192.0.2.1:1"};
	char a[32];
	struct stage s;

	free_address(a);
	stage_open(&s);
	cr_expect_eq(
		acceptor_listen(s.acceptor, (const char *[]){"192.0.2.1:1", a},
			2, true, s.why),
		0, "%s", s.why);
	cr_expect(listens(a));
	stage_close(&s);
	stage_open(&s);
	cr_expect_lt(acceptor_listen(s.acceptor, none, 1, true, s.why), 0,
		"but not all of it");
	cr_expect_not_null(strstr(s.why, none[0]), "%s", s.why);
	stage_close(&s);
}

Test(acceptor, families_are_apart)
{
	char a[32], six[32];
	struct stage s;

	free_address(a);
	snprintf(six, sizeof(six), "[::]%s", strchr(a, ':'));
	stage_open(&s);
	/* The same port on all of IPv6 and on IPv4: IPV6_V6ONLY. */
	cr_expect_eq(acceptor_listen(s.acceptor, (const char *[]){six, a}, 2,
			     true, s.why),
		0, "%s", s.why);
	stage_close(&s);
}

static void
on_time_over(uv_timer_t *timer)
{
	uv_stop(timer->loop);
	uv_close((uv_handle_t *)timer, NULL);
}

Test(acceptor, takes_all_that_come)
{
	enum {
		CLIENTS = 100
	};
	int fds[CLIENTS];
	uv_timer_t timer;
	struct stage s;
	char a[32];

	free_address(a);
	stage_open(&s);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	for (size_t i = 0; i < CLIENTS; i++) {
		fds[i] = reach(a);
		cr_assert_geq(fds[i], 0);
	}
	for (int turns = 0; accepted < CLIENTS && turns < 100; turns++)
		uv_run(&s.loop, UV_RUN_ONCE);
	cr_expect_eq(accepted, CLIENTS);
	for (size_t i = 0; i < CLIENTS; i++)
		close(fds[i]);
	/* And rests when nobody does. */
	uv_timer_init(&s.loop, &timer);
	uv_timer_start(&timer, on_time_over, 20, 0);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	cr_expect_eq(accepted, CLIENTS);
	stage_close(&s);
}
