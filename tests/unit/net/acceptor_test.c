/*
 * acceptor: lists of listeners that change as a whole or not at all.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rtrd/net/acceptor.h"
#include "waymark/err.h"

static const struct log SILENT = {.fd = -1, .level = LOG_LEVEL_ERROR};

static unsigned accepted;
static struct endpoint accepted_at; /* the last one's */
static unsigned prepared;
static int prepare_says;
static unsigned asked_early;
static bool early_says;

static void
on_accepted(void *ctx, int fd, const struct sockaddr_storage *peer,
	const struct endpoint *at)
{
	(void)ctx;
	cr_assert_neq(at->id, 0);
	cr_assert_eq(peer->ss_family, at->address.ss_family);
	accepted++;
	accepted_at = *at;
	close(fd);
}

static bool
on_early(void *ctx, const struct sockaddr_storage *peer)
{
	(void)ctx;
	(void)peer;
	asked_early++;
	return early_says;
}

static int
on_prepare(void *ctx, int fd, const struct endpoint *at, char why[SOCK_WHY])
{
	(void)ctx;
	(void)fd;
	(void)at;
	prepared++;
	if (prepare_says != 0)
		snprintf(why, SOCK_WHY, "no key fits");
	return prepare_says;
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
		on_accepted, on_refused, on_prepare, on_early, NULL};

	accepted = 0;
	prepared = 0;
	prepare_says = 0;
	asked_early = 0;
	early_says = true;
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

/* Turn the loop until so many were accepted in all. */
static void
wait_accepted(struct stage *s, unsigned n)
{
	for (int turns = 0; accepted < n && turns < 100; turns++)
		uv_run(&s->loop, UV_RUN_ONCE);
	cr_assert_eq(accepted, n);
}

Test(acceptor, words_change_and_the_socket_stays)
{
	char a[32], plain[64], other[64], wrong[64];
	struct stage s;
	unsigned id;
	int fd;

	free_address(a);
	snprintf(plain, sizeof(plain), "%s,max-version=1", a);
	snprintf(other, sizeof(other), "%s,max-version=0,deny=::/0", a);
	snprintf(wrong, sizeof(wrong), "%s,max-version=9", a);
	stage_open(&s);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){plain}), 0, "%s", s.why);
	/* One that waits in the queue through it all. */
	fd = reach(a);
	cr_assert_geq(fd, 0);
	cr_expect_lt(listen_on(&s, 1, (const char *[]){wrong}), 0);
	cr_expect_not_null(strstr(s.why, "'max-version=9'"), "%s", s.why);
	cr_expect_lt(listen_on(&s, 2, (const char *[]){plain, other}), 0);
	cr_expect_not_null(strstr(s.why, "named twice"), "%s", s.why);
	wait_accepted(&s, 1);
	cr_expect_eq(accepted_at.max_version, 1);
	id = accepted_at.id;
	close(fd);
	fd = reach(a);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){other}), 0, "%s", s.why);
	wait_accepted(&s, 2);
	cr_expect_eq(accepted_at.max_version, 0);
	cr_expect_eq(accepted_at.access.n, 1);
	cr_expect_eq(accepted_at.id, id, "it is the same listener");
	cr_expect_eq(acceptor_find(s.acceptor, id)->access.n, 1);
	cr_expect_eq(prepared, 1, "its socket was opened once");
	cr_assert_eq(listen_on(&s, 0, NULL), 0);
	cr_expect_null(acceptor_find(s.acceptor, id));
	close(fd);
	stage_close(&s);
}

Test(acceptor, one_that_cannot_be_prepared_is_not_opened)
{
	struct stage s;
	char a[32];

	free_address(a);
	stage_open(&s);
	prepare_says = ERR_SYSTEM;
	cr_expect_eq(listen_on(&s, 1, (const char *[]){a}), ERR_SYSTEM);
	cr_expect_not_null(strstr(s.why, "no key fits"), "%s", s.why);
	cr_expect_not(listens(a));
	stage_close(&s);
}

/* A path in a folder that is not there. */
static void
free_path(char folder[64], char path[80], char text[96])
{
	snprintf(folder, 64, "/tmp/waymark-acceptor.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	rmdir(folder);
	snprintf(path, 80, "%s/sock", folder);
	snprintf(text, 96, "unix:%s", path);
}

static int
reach_path(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777U : 0;
}

Test(acceptor, unix_sockets)
{
	char folder[64], path[80], text[96], other[112];
	struct stage s, second;
	int fd;

	free_path(folder, path, text);
	snprintf(other, sizeof(other), "%s,mode=0600", text);
	stage_open(&s);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){text}), 0, "%s", s.why);
	cr_expect_eq(mode_of(path), 0660);
	fd = reach_path(path);
	cr_assert_geq(fd, 0);
	wait_accepted(&s, 1);
	close(fd);
	/* Nobody takes it from who is there. */
	stage_open(&second);
	accepted = 1;
	cr_expect_eq(listen_on(&second, 1, (const char *[]){text}), ERR_LOCKED);
	cr_expect_not_null(
		strstr(second.why, "another instance"), "%s", second.why);
	stage_close(&second);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){other}), 0, "%s", s.why);
	cr_expect_eq(mode_of(path), 0600);
	/* Removed by somebody: opened anew. */
	unlink(path);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){other}), 0, "%s", s.why);
	cr_expect_eq(mode_of(path), 0600);
	fd = reach_path(path);
	cr_assert_geq(fd, 0);
	accepted = 0;
	wait_accepted(&s, 1);
	close(fd);
	stage_close(&s);
	cr_expect_eq(access(path, F_OK), -1, "a stop removes it");
	rmdir(folder);
}

/* A listening socket as another process may have made it. */
static int
listening_socket(char out[32])
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, size), 0);
	cr_assert_eq(listen(fd, 8), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	snprintf(out, 32, "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
	return fd;
}

Test(acceptor, sockets_that_came_with_the_process)
{
	char a[32], b[32];
	struct stage s;
	int mine, unasked, client, none = socket(AF_INET, SOCK_STREAM, 0);

	mine = listening_socket(a);
	unasked = listening_socket(b);
	/* It comes before we are ready, and is not lost. */
	client = reach(a);
	cr_assert_geq(client, 0);
	stage_open(&s);
	cr_expect_eq(acceptor_inherit(s.acceptor, none), ERR_KIND);
	cr_assert_eq(acceptor_inherit(s.acceptor, dup(mine)), 0);
	cr_assert_eq(acceptor_inherit(s.acceptor, unasked), 0);
	/* A list that is refused costs nothing. */
	cr_expect_lt(listen_on(&s, 2, (const char *[]){a, "192.0.2.1:1"}), 0);
	cr_expect(listens(b));
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	cr_expect_eq(prepared, 2, "each time it was taken");
	wait_accepted(&s, 1);
	cr_expect_eq(asked_early, 1);
	close(client);
	cr_expect_not(listens(b), "what nobody asks for is closed");
	/* Another process has it: it stays in service. */
	stage_close(&s);
	cr_expect(listens(a));
	close(mine);
	cr_expect_not(listens(a));
	close(none);
}

Test(acceptor, who_came_before_a_socket_was_prepared)
{
	char a[32], octet;
	int mine = listening_socket(a), early[2], late;
	struct stage s;

	early[0] = reach(a);
	early[1] = reach(a);
	stage_open(&s);
	early_says = false;
	cr_assert_eq(acceptor_inherit(s.acceptor, mine), 0);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){a}), 0, "%s", s.why);
	late = reach(a);
	wait_accepted(&s, 1);
	cr_expect_eq(asked_early, 2, "and not who came behind");
	cr_expect_eq(read(early[0], &octet, 1), 0);
	cr_expect_eq(read(early[1], &octet, 1), 0);
	close(early[0]);
	close(early[1]);
	close(late);
	stage_close(&s);
}

static void
on_each(void *ctx, int fd, const struct endpoint *at)
{
	int *out = ctx;

	cr_expect_neq(at->id, 0);
	*out = dup(fd);
}

Test(acceptor, sockets_that_go_on_in_another_process)
{
	char folder[64], path[80], text[96], a[32];
	struct stage s;
	int fd = -1, client;

	free_address(a);
	free_path(folder, path, text);
	stage_open(&s);
	cr_assert_eq(listen_on(&s, 1, (const char *[]){text}), 0, "%s", s.why);
	acceptor_each(s.acceptor, on_each, &fd);
	cr_assert_geq(fd, 0);
	acceptor_release(s.acceptor);
	stage_close(&s);
	/* Here it is, with who came in between. */
	client = reach_path(path);
	cr_assert_geq(client, 0);
	stage_open(&s);
	cr_assert_eq(acceptor_inherit(s.acceptor, fd), 0);
	cr_assert_eq(
		listen_on(&s, 2, (const char *[]){a, text}), 0, "%s", s.why);
	wait_accepted(&s, 1);
	close(client);
	stage_close(&s);
	unlink(path);
	rmdir(folder);
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
