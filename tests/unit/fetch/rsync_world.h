/*
 * rsync_world: an rsync daemon with one module, a pool, and a depot in memory,
 * for tests of rsync.
 *
 *	world_init(&w);
 *	world_daemon(&w);
 *	world_pool(&w, &config);        with rsync, or a program of one's own
 *	world_file(&w, "a/b.cer", "text", 1000);
 *	end = world_fetch(&w);
 *	world_free(&w);
 */
#ifndef TESTS_FETCH_RSYNC_WORLD_H
#define TESTS_FETCH_RSYNC_WORLD_H

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/file.h"
#include "tests/unit/core/folder.h"
#include "tests/unit/fetch/fake_depot.h"
#include "validator/fetch/rsync.h"
#include "validator/fetch/rsync_job.h"

enum {
	WORLD_MS = 30000 /* that nothing here may take */
};

struct world {
	struct folder folder;
	char module[128], staging[128], uri[64];
	int port;
	pid_t daemon; /* 0: none */
	int said; /* the log's end to read from */
	struct log log;
	struct rsync_pool *pool;
	struct fake_depot *depot;
	struct job_env env;
	unsigned calls; /* of done and took */
	struct job_end end;
	char octets[256]; /* that took was given */
	size_t octets_n;
};

/* Format into one of the world's own texts. */
static inline const char *
world_path(const struct world *w, char buf[512], const char *format, ...)
{
	va_list args;
	int n = snprintf(buf, 512, "%s/", w->folder.path);

	va_start(args, format);
	(void)vsnprintf(buf + n, (size_t)(512 - n), format, args);
	va_end(args);
	return buf;
}

static inline void
world_write(const char *path, const void *p, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	cr_assert_geq(fd, 0, "%s", path);
	cr_assert_eq(write(fd, p, n), (ssize_t)n);
	cr_assert_eq(fchmod(fd, mode), 0);
	cr_assert_eq(close(fd), 0);
}

/* A file of the module, changed at `mtime`. */
static inline void
world_file(struct world *w, const char *name, const char *text, time_t mtime)
{
	char path[512], folder[512];
	struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};

	world_path(w, path, "module/%s", name);
	(void)snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	cr_assert_eq(file_make_folders(folder), 0);
	world_write(path, text, strlen(text), 0644);
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static inline void
world_unlink(struct world *w, const char *name)
{
	char path[512];

	cr_assert_eq(unlink(world_path(w, path, "module/%s", name)), 0);
}

/* A port that nobody listens on. */
static inline int
world_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, n), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	(void)close(fd);
	return ntohs(a.sin_port);
}

static inline bool
world_answers(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	(void)close(fd);
	return yes;
}

/* Start the daemon, and wait until it listens. */
static inline void
world_daemon(struct world *w)
{
	char conf[512], text[1024], conf_arg[600], port_arg[32];
	int n = snprintf(text, sizeof(text),
		"use chroot = no\nuid = 0\ngid = 0\nlog file = /dev/null\n"
		"[module]\npath = %s\n[secret]\npath = %s\n"
		"auth users = somebody\nsecrets file = /dev/null\n"
		"[poor]\npath = %s\nuid = 65534\ngid = 65534\n",
		w->module, w->module, w->module);

	if (geteuid() != 0)
		n = snprintf(text, sizeof(text),
			"use chroot = no\nlog file = /dev/null\n"
			"[module]\npath = %s\n[poor]\npath = %s\n",
			w->module, w->module);
	world_write(world_path(w, conf, "rsyncd.conf"), text, (size_t)n, 0644);
	(void)snprintf(conf_arg, sizeof(conf_arg), "--config=%s", conf);
	(void)snprintf(port_arg, sizeof(port_arg), "--port=%d", w->port);
	w->daemon = fork();
	if (w->daemon == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execlp("rsync", "rsync", "--daemon", "--no-detach",
			"--address=127.0.0.1", conf_arg, port_arg, NULL);
		_exit(127);
	}
	for (int i = 0; i < 5000 && !world_answers(w->port); i++)
		(void)usleep(1000);
}

/* The pool; staging and log are the world's. */
static inline void
world_pool(struct world *w, const struct rsync_config *base)
{
	struct rsync_config config = *base;
	char why[256] = "";

	config.staging = w->staging;
	config.log = &w->log;
	cr_assert_eq(rsync_pool_new(&config, &w->pool, why), 0, "%s", why);
	w->env = (struct job_env){
		.rsync = w->pool, .depot = &w->depot->depot, .log = &w->log};
}

static inline void
world_init(struct world *w)
{
	int ends[2];

	*w = (struct world){
		.folder = folder_new_in_memory(), .port = world_port()};
	cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	w->said = ends[0];
	w->log = (struct log){
		.fd = ends[1], .level = LOG_LEVEL_DEBUG, .drops = true};
	(void)snprintf(
		w->module, sizeof(w->module), "%s/module", w->folder.path);
	(void)snprintf(
		w->staging, sizeof(w->staging), "%s/staging", w->folder.path);
	(void)snprintf(w->uri, sizeof(w->uri), "rsync://127.0.0.1:%d/module/",
		w->port);
	cr_assert_eq(mkdir(w->module, 0755), 0);
	cr_assert_eq(chmod(w->folder.path, 0755), 0);
	w->depot = fake_depot_new();
}

static inline void
world_free(struct world *w)
{
	rsync_pool_free(w->pool);
	if (w->daemon > 0) {
		(void)kill(w->daemon, SIGTERM);
		(void)waitpid(w->daemon, NULL, 0);
	}
	fake_depot_free(w->depot);
	(void)close(w->said);
	(void)close(w->log.fd);
	folder_free(&w->folder);
}

/* What the log has by now. */
static inline const char *
world_said(const struct world *w, char buf[8192])
{
	ssize_t n = read(w->said, buf, 8191);

	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

static inline void
world_done(void *ctx, const struct job_end *end)
{
	struct world *w = ctx;

	w->calls++;
	w->end = *end;
}

static inline void
world_took(void *ctx, const struct job_end *end, struct span octets)
{
	struct world *w = ctx;

	world_done(ctx, end);
	w->octets_n = octets.n;
	memcpy(w->octets, octets.p == NULL ? (const uint8_t *)"" : octets.p,
		octets.n < sizeof(w->octets) ? octets.n : sizeof(w->octets));
}

/* One turn of the loop. */
static inline void
world_step(struct world *w)
{
	struct pollfd fds[64];
	int timeout;
	size_t n = rsync_pool_poll(w->pool, fds, 64, &timeout);

	(void)poll(fds, n, timeout < 0 || timeout > 1000 ? 1000 : timeout);
	rsync_pool_step(w->pool);
}

/* Until so many calls have come. */
static inline void
world_until(struct world *w, unsigned calls)
{
	struct mono begun = mono_now();

	while (w->calls < calls && mono_since(begun, mono_now()) < WORLD_MS)
		world_step(w);
	cr_assert_eq(w->calls, calls, "it goes on and on");
}

/* Until there is nothing to do. */
static inline void
world_rest(struct world *w)
{
	struct mono begun = mono_now();

	while ((w->pool->jobs != NULL || w->pool->trash.busy ||
		       w->pool->sweeping) &&
		mono_since(begun, mono_now()) < WORLD_MS)
		world_step(w);
}

static inline struct rsync *
world_start(struct world *w)
{
	struct job_target target = {.uri = w->uri};
	struct job_calls calls = {.done = world_done, .ctx = w};
	struct rsync *r = NULL;

	cr_assert_eq(rsync_start(&w->env, &target, &calls, &r), 0);
	return r;
}

/* Fetch the module. */
static inline struct job_end
world_fetch(struct world *w)
{
	unsigned before = w->calls;

	(void)world_start(w);
	world_until(w, before + 1);
	return w->end;
}

/* Fetch one file. */
static inline struct job_end
world_fetch_file(struct world *w, const char *name)
{
	unsigned before = w->calls;
	char uri[512];
	struct rsync *r;

	(void)snprintf(uri, sizeof(uri), "%s%s", w->uri, name);
	cr_assert_eq(rsync_file_start(w->pool, uri, world_took, w, &r), 0);
	world_until(w, before + 1);
	return w->end;
}

/* The text of an object of the module, or NULL. */
static inline const char *
world_object(struct world *w, const char *name)
{
	char uri[512];

	(void)snprintf(uri, sizeof(uri), "%s%s", w->uri, name);
	return fake_object(w->depot, REPO_RSYNC, w->uri, uri);
}

static inline size_t
world_objects(struct world *w)
{
	struct fake_repo *r = fake_find(w->depot, REPO_RSYNC, w->uri);

	return r == NULL ? 0 : r->live.n;
}

#endif
