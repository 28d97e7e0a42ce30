/*
 * control: the socket file, and clients that are slow, rude or many.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtrd/net/control.h"
#include "tests/unit/serve/scene.h"

enum {
	WAIT_MS = 10000,
};

static const struct log SILENT = {.fd = -1, .level = LOG_LEVEL_ERROR};

static char folder[64], path[80], other[80];

static void
setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/waymark-control.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.sock", folder);
	snprintf(other, sizeof(other), "%s/b.sock", folder);
}

static void
teardown(void)
{
	unlink(path);
	unlink(other);
	rmdir(folder);
}

TestSuite(control_socket, .init = setup, .fini = teardown, .timeout = 60);

/* A server in a process of its own, which never returns. */
static void
serve(int ready)
{
	struct scene *scene = scene_new();
	struct control *c;
	uv_loop_t loop;
	char why[256];

	(void)signal(SIGPIPE, SIG_IGN);
	/* A test that fails must not leave it behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	uv_loop_init(&loop);
	if (control_start(&loop, &scene->view, &SILENT, &c) != 0 ||
		control_listen(c, path, why) != 0 || write(ready, "", 1) != 1)
		_exit(1);
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(2);
}

static pid_t
server_start(void)
{
	int pipes[2];
	char octet;
	pid_t pid;

	cr_assert_eq(pipe(pipes), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		serve(pipes[1]);
	close(pipes[1]);
	cr_assert_eq(read(pipes[0], &octet, 1), 1, "it did not start");
	close(pipes[0]);
	return pid;
}

static void
server_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status), "the server ended by itself");
}

static int
reach(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(a.sun_path, path, strlen(path) + 1);
	cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* All that comes to the end; -1 when it does not end. */
static ssize_t
take(int fd, char *to, size_t n)
{
	size_t got = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t k;

		if (poll(&p, 1, WAIT_MS) != 1)
			return -1;
		k = recv(fd, to + got, n - 1 - got, 0);
		if (k <= 0)
			break;
		got += (size_t)k;
	}
	to[got] = '\0';
	return (ssize_t)got;
}

/* Send these octets, and maybe an end; what comes back begins so. */
static void
answers(const char *request, size_t n, bool end, const char *begins)
{
	static char got[65536];
	int fd = reach();

	cr_assert_eq(send(fd, request, n, MSG_NOSIGNAL), (ssize_t)n);
	if (end)
		shutdown(fd, SHUT_WR);
	cr_expect_geq(take(fd, got, sizeof(got)), 0);
	cr_expect_eq(strncmp(got, begins, strlen(begins)), 0, "%.200s", got);
	close(fd);
}

static const char version[] = "{\"command\":\"version\"}";

Test(control_socket, requests)
{
	static char long_one[BOUND_CONTROL_REQUEST + 2];
	pid_t pid = server_start();
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0660);
	answers("{\"command\":\"version\"}\n", sizeof(version), false,
		"{\"ok\":true,\"program\":\"rtrd\"");
	answers(version, sizeof(version) - 1, true, "{\"ok\":true,");
	answers("{\"command\":\"version\"}\nmore\n", sizeof(version) + 5, false,
		"{\"ok\":true,");
	answers("\n", 1, false, "{\"ok\":false,");
	answers("", 0, true, "");
	memset(long_one, 'x', sizeof(long_one));
	answers(long_one, sizeof(long_one), false,
		"{\"ok\":false,\"error\":\"the request is too long\"");
	server_kill(pid);
}

/* Clients that write and go away at once, more than may be there: who comes
 * after them is answered. */
Test(control_socket, clients_that_leave)
{
	pid_t pid = server_start();

	for (int i = 0; i < 500; i++) {
		int fd = reach();

		if (i % 2 == 0)
			(void)send(fd, "{\"command\":\"vrps\"}\n", 19,
				MSG_NOSIGNAL);
		close(fd);
	}
	answers(version, sizeof(version) - 1, true, "{\"ok\":true,");
	server_kill(pid);
}

/* Beyond the limit they wait until one of those before has ended. */
Test(control_socket, too_many_clients)
{
	int fds[BOUND_CONTROL_CLIENTS], more;
	pid_t pid = server_start();
	struct pollfd p = {.events = POLLIN};
	char got[4096];

	for (int i = 0; i < BOUND_CONTROL_CLIENTS; i++)
		fds[i] = reach();
	more = reach();
	cr_assert_gt(send(more, "{\"command\":\"version\"}\n", sizeof(version),
			     MSG_NOSIGNAL),
		0);
	p.fd = more;
	cr_expect_eq(poll(&p, 1, 100), 0, "it does not wait");
	cr_assert_gt(send(fds[7], "{\"command\":\"version\"}\n",
			     sizeof(version), MSG_NOSIGNAL),
		0);
	cr_expect_gt(take(fds[7], got, sizeof(got)), 0);
	cr_expect_gt(take(more, got, sizeof(got)), 0);
	close(more);
	for (int i = 0; i < BOUND_CONTROL_CLIENTS; i++)
		close(fds[i]);
	for (int i = 0; i < 3; i++)
		answers(version, sizeof(version) - 1, true, "{\"ok\":true,");
	server_kill(pid);
}

/* What another instance left, what one holds, and what is none. */
Test(control_socket, the_file)
{
	static const struct log silent = {.fd = -1};
	struct scene *scene = scene_new();
	pid_t pid = server_start();
	char why[256] = "", missing[120], *long_path = calloc(1, 300);
	struct control *c;
	uv_loop_t loop;
	int fd;

	uv_loop_init(&loop);
	cr_assert_eq(control_start(&loop, &scene->view, &silent, &c), 0);
	cr_expect_eq(control_listen(c, path, why), ERR_LOCKED);
	cr_expect_not_null(strstr(why, "another instance"), "%s", why);
	server_kill(pid);
	cr_expect_eq(access(path, F_OK), 0, "a killed one leaves its file");
	cr_expect_eq(control_listen(c, path, why), 0, "%s", why);
	cr_expect_eq(control_listen(c, path, why), 0, "again is nothing");
	fd = open(other, O_CREAT | O_WRONLY, 0600);
	close(fd);
	cr_expect_eq(control_listen(c, other, why), ERR_EXISTS);
	cr_expect_not_null(strstr(why, other), "%s", why);
	cr_expect_eq(access(path, F_OK), 0, "what was there stays");
	unlink(other);
	cr_expect_eq(control_listen(c, "/nonexistent/there/x.sock", why),
		ERR_NOTFOUND);
	cr_expect_not_null(strstr(why, "no such folder"), "%s", why);
	memset(long_path, 'x', 299);
	cr_expect_eq(control_listen(c, long_path, why), ERR_RANGE);
	cr_expect_eq(control_listen(c, other, why), 0, "%s", why);
	cr_expect_neq(access(path, F_OK), 0, "the old one is gone");
	/* Somebody removed it: it is made anew. */
	unlink(other);
	cr_expect_eq(control_listen(c, other, why), 0);
	cr_expect_eq(access(other, F_OK), 0);
	/* Of a path whose last folder is missing, that is made. */
	snprintf(missing, sizeof(missing), "%s.folder", other);
	snprintf(long_path, 300, "%s/x.sock", missing);
	cr_expect_eq(control_listen(c, long_path, why), 0, "%s", why);
	cr_expect_eq(access(long_path, F_OK), 0);
	cr_expect_eq(control_listen(c, other, why), 0);
	cr_expect_eq(rmdir(missing), 0, "nothing is left in it");
	cr_expect_eq(control_listen(c, NULL, why), 0);
	cr_expect_neq(access(other, F_OK), 0);
	control_stop(c);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0, "a handle is left");
	scene_free(scene);
	free(long_path);
}
