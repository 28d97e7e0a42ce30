/*
 * rsync_pool: the program, the staging folder, and all jobs.
 *
 * We ask to be the reaper of orphans (PR_SET_CHILD_SUBREAPER): what a program
 * forks twice and takes out of its group becomes our child, and is known by not
 * being one of ours.  So a process with a pool starts no children otherwise;
 * those that it had before are spared.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "validator/fetch/rsync_job.h"
#include "waymark/err.h"

enum {
	VERSION_MS = 5000, /* for the program to tell its version */
	SWEEP_MS = 10, /* between looks for orphans */
	SWEEP_MOST_MS = 5000,
	REMOVER_MS = 50, /* between looks at the trash */
	CROWDED_MS = 100, /* between steps when not all fit into a poll */
	FREE_MS =
		1000, /* for ending programs, and again for removing folders */
};

static int64_t
or_bound(int64_t value, int64_t bound)
{
	return value > 0 ? value : bound;
}

/* What HTTP takes may also be an interface, which rsync does not know. */
static void
address_take(struct rsync_pool *p, const char *address)
{
	struct in6_addr any;

	if (address != NULL &&
		(inet_pton(AF_INET, address, &any) == 1 ||
			inet_pton(AF_INET6, address, &any) == 1))
		(void)snprintf(p->address, sizeof(p->address), "--address=%s",
			address);
}

void
rsync_pool_sweep(struct rsync_pool *p)
{
	p->sweeping = true;
	p->sweep_until.ms = mono_now().ms + SWEEP_MOST_MS;
}

/* The children that are no orphans: those of before, and our own. */
static bool
spare(struct rsync_pool *p)
{
	for (struct rsync *r = p->jobs; r != NULL; r = r->next)
		if (r->child.pid > 0 && !VEC_PUSH(&p->spared, r->child.pid))
			return false;
	return p->trash.remover == 0 || VEC_PUSH(&p->spared, p->trash.remover);
}

/* End what is no job's any more, until nothing is found. */
static void
sweep(struct rsync_pool *p)
{
	size_t n = p->spared.n;
	size_t found = spare(p) ? rsync_orphans_end(&p->spared) : 1;

	p->spared.n = n;
	if (found > 0 && mono_since(p->sweep_until, mono_now()) < 0)
		return;
	p->sweeping = false;
	if (found > 0)
		log_event(p->log, LOG_LEVEL_WARN, "rsync-orphans",
			"processes=%zu do not end when they are killed", found);
}

/* Run `program --version`, and wait for it.  The status as of waitpid, or -1
 * when it does not end. */
static int
version_run(struct rsync_pool *p, struct rsync_child *c)
{
	const char *const argv[] = {p->program, "--version", NULL};
	struct mono now = mono_now();
	struct mono until = {now.ms + VERSION_MS};
	struct pollfd fds[RSYNC_CHILD_FDS];

	if (rsync_child_start(c, argv) != 0)
		return -1;
	while (!rsync_child_step(c, now)) {
		nfds_t n = rsync_child_poll(c, fds);

		(void)poll(fds, n, SWEEP_MS);
		now = mono_now();
		if (mono_since(until, now) >= 0)
			rsync_child_kill(c);
	}
	return c->killed ? -1 : c->status;
}

/* Which version it is, told once. */
static int
version_look(struct rsync_pool *p, char why[256])
{
	struct rsync_child c;
	int status = version_run(p, &c);
	unsigned version = rsync_said_version(c.said.head);
	const char *holes = rsync_said_holes(version);

	if (status != 0) {
		(void)snprintf(why, 256, "%.200s: %s", p->program,
			status < 0 ? "does not tell its version in time"
				   : "fails to tell its version");
		return ERR_NOTFOUND;
	}
	log_event(p->log, LOG_LEVEL_INFO, "rsync",
		"program=%s version=%u.%u.%u", p->program, version / 10000,
		version / 100 % 100, version % 100);
	if (version == 0)
		log_event(p->log, LOG_LEVEL_WARN, "rsync-version",
			"program=%s says no version that is known: %s",
			p->program, c.said.head);
	else if (holes != NULL)
		log_event(p->log, LOG_LEVEL_WARN, "rsync-holes",
			"version=%u.%u.%u %s, unless your distribution has "
			"backported the fixes",
			version / 10000, version / 100 % 100, version % 100,
			holes);
	return 0;
}

/* The staging folder as an absolute path, which cannot be taken for a host and
 * a path, open, ours alone, and emptied in time. */
static int
staging_open(struct rsync_pool *p, const char *path)
{
	char *whole;
	int err = file_make_folders(path);

	if (err != 0)
		return err;
	whole = realpath(path, NULL);
	if (whole == NULL)
		return err_from_errno(errno);
	(void)snprintf(p->staging, sizeof(p->staging), "%s", whole);
	free(whole);
	p->folder = open(p->staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->folder < 0 || fchmod(p->folder, 0700) != 0)
		return err_from_errno(errno);
	return rsync_trash_open(&p->trash, p->folder);
}

static int
pool_init(
	struct rsync_pool *p, const struct rsync_config *config, char why[256])
{
	const char *name = config->program == NULL ? "rsync" : config->program;
	int err;

	if (rsync_program_find(name, p->program) != 0) {
		(void)snprintf(why, 256, "%.200s: no such program", name);
		return ERR_NOTFOUND;
	}
	err = staging_open(p, config->staging);
	if (err == 0 && rsync_children(&p->spared) != 0)
		log_event(p->log, LOG_LEVEL_WARN, "rsync-no-proc",
			"processes that rsync leaves behind cannot be found");
	if (err != 0) {
		(void)snprintf(
			why, 256, "%.200s: %s", config->staging, err_text(err));
		return err;
	}
	return version_look(p, why);
}

int
rsync_pool_new(const struct rsync_config *config, struct rsync_pool **out,
	char why[256])
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	struct rsync_pool *p = calloc(1, sizeof(*p));
	int err;

	if (p == NULL)
		return ERR_NOMEM;
	p->log = config->log;
	p->folder = -1;
	address_take(p, config->source_address);
	p->connect_s = or_bound(config->connect_s, BOUND_RSYNC_CONNECT_S);
	p->io_s = or_bound(config->io_s, BOUND_RSYNC_IO_S);
	p->wall_ms = or_bound(config->wall_ms, BOUND_RSYNC_WALL_MS);
	/* One who ignores SIGCHLD never hears how a child ended. */
	(void)sigaction(SIGCHLD, &plain, NULL);
	(void)prctl(PR_GET_CHILD_SUBREAPER, &p->reaper);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1UL);
	err = pool_init(p, config, why);
	if (err != 0)
		rsync_pool_free(p);
	else
		*out = p;
	return err;
}

/* Whether a program is yet to be reaped. */
static bool
is_program_left(struct rsync_pool *p)
{
	struct mono now = mono_now();
	bool left = false;

	for (struct rsync *r = p->jobs; r != NULL; r = r->next)
		if (r->child.pid > 0 && !rsync_child_step(&r->child, now))
			left = true;
	return left;
}

/* Kill and reap all programs and what they left, within a time. */
static void
jobs_end(struct rsync_pool *p)
{
	struct mono until = {mono_now().ms + FREE_MS};

	for (struct rsync *r = p->jobs; r != NULL; r = r->next)
		if (r->child.pid > 0)
			rsync_child_kill(&r->child);
	rsync_pool_sweep(p);
	while (p->sweeping && mono_since(until, mono_now()) < 0) {
		if (!is_program_left(p))
			sweep(p);
		if (p->sweeping)
			(void)poll(NULL, 0, 1);
	}
	while (p->jobs != NULL)
		rsync_job_free(p->jobs);
}

void
rsync_pool_free(struct rsync_pool *p)
{
	struct mono until;

	if (p == NULL)
		return;
	jobs_end(p);
	until.ms = mono_now().ms + FREE_MS;
	while (p->trash.top != NULL && rsync_trash_step(&p->trash) &&
		mono_since(until, mono_now()) < 0)
		(void)poll(NULL, 0, 1);
	rsync_trash_close(&p->trash);
	if (p->folder >= 0)
		(void)close(p->folder);
	VEC_FREE(&p->spared);
	(void)prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)p->reaper);
	free(p);
}

static int
sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* How long a job that runs may be left alone; -1: for ever. */
static int
run_wait(const struct rsync *r, struct mono now)
{
	int64_t left = mono_since(now, r->deadline);
	int wait = rsync_child_wait(&r->child, now);

	if (r->broken == NULL) {
		wait = sooner(wait, left < 0 ? 0 : (int)left);
		wait = sooner(wait, rsync_census_wait(&r->census, now));
	}
	return wait;
}

size_t
rsync_pool_poll(
	struct rsync_pool *p, struct pollfd *fds, size_t cap, int *timeout_ms)
{
	struct mono now = mono_now();
	int wait = p->trash.busy ? REMOVER_MS : -1;
	size_t n = 0;

	if (p->sweeping)
		wait = sooner(wait, SWEEP_MS);
	for (struct rsync *r = p->jobs; r != NULL; r = r->next) {
		if (rsync_job_is_busy(r))
			wait = 0;
		if (r->state != RSYNC_RUN)
			continue;
		wait = sooner(wait, run_wait(r, now));
		if (cap - n >= RSYNC_CHILD_FDS)
			n += rsync_child_poll(&r->child, fds + n);
		else
			wait = sooner(wait, CROWDED_MS);
	}
	*timeout_ms = wait;
	return n;
}

/* A job that this step has not seen, or NULL.  Jobs come and go in the calls
 * that end them, so the list is looked at anew each time. */
static struct rsync *
next_of(struct rsync_pool *p)
{
	struct rsync *r = p->jobs;

	while (r != NULL && r->turn == p->turn)
		r = r->next;
	return r;
}

void
rsync_pool_step(struct rsync_pool *p)
{
	struct rsync *r;

	p->turn++;
	while ((r = next_of(p)) != NULL) {
		r->turn = p->turn;
		rsync_job_step(r);
	}
	if (p->sweeping)
		sweep(p);
	(void)rsync_trash_step(&p->trash);
}
