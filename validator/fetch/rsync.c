/*
 * rsync: the machine of a job; see rsync_job.h for its states.
 *
 * The arguments are fixed but for numbers, the URI and the folder:
 *
 *	-t -r -O        times of files, folders; no links, owners, modes,
 *	                devices
 *	--chmod         what a server says of modes must not lock us out
 *	--delete        what the server has no more, also goes here
 *	--exclude ...   hidden names, and what no manifest may list
 *	--max-size      no object is larger
 *	--stats         how much was received
 *	--              the URI is no option, whatever it looks like
 *
 * There is no --min-size: a file that is too small to be an object is still one
 * that a manifest may list, and is judged where that is read.
 */
#include "validator/fetch/rsync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/text.h"
#include "core/uri.h"
#include "validator/fetch/record.h"
#include "validator/fetch/rsync_job.h"
#include "waymark/err.h"

#define ONE_FILE "file"

enum {
	NUMBER_ARG = 48, /* octets of an argument with a number */
	RECORD_CHUNK = 4096,
};

static const char *const options[] = {"-t", "--no-motd", "--stats",
	"--no-human-readable", "--chmod=D0700,F0600"};

static const char *const of_trees[] = {"-r", "-O", "--delete", "--exclude=.*",
	"--include=*/", "--include=*.[a-z][a-z][a-z]", "--exclude=*"};

/* How an attempt ended, for everybody who hears of it. */
static struct job_end
end_of(const struct rsync *r, enum job_result result)
{
	return (struct job_end){
		.result = result, .received = r->child.said.received};
}

static uint64_t
elapsed(const struct rsync *r)
{
	return (uint64_t)mono_since(r->begun, mono_now());
}

/* Keep the failure in the repository's record. */
static void
failure_note(struct rsync *r, const char *reason)
{
	const struct depot *depot = r->env->depot;
	struct arena *arena = arena_new(RECORD_CHUNK);
	struct repo_record record;
	int err = arena == NULL ? ERR_NOMEM : 0;

	if (err == 0)
		err = record_load(r->env, REPO_RSYNC, r->uri, arena, &record);
	if (err == 0 && r->failed_here)
		record_failure_here(
			&record, elapsed(r), r->child.said.received, reason);
	else if (err == 0)
		record_failure(&record, record_now(r->env), elapsed(r),
			r->child.said.received, reason);
	if (err == 0)
		err = depot->ops->note(depot->ctx, &record);
	if (err != 0)
		log_event(r->pool->log, LOG_LEVEL_WARN, "rsync-not-noted",
			"uri=%s reason=%s", r->uri, err_name(err));
	arena_free(arena);
}

/* The job is gone before its owner hears of it: who may begin the next one, or
 * cancel others. */
static void
tell(struct rsync *r, const struct job_end *end, struct span octets)
{
	struct job_calls calls = r->calls;
	void (*took)(void *, const struct job_end *, struct span) = r->took;
	void *ctx = r->ctx;
	uint8_t *buffer = r->import.buffer; /* what `octets` are in */

	r->import.buffer = NULL;
	rsync_job_free(r);
	if (took != NULL)
		took(ctx, end, octets);
	else
		calls.done(calls.ctx, end);
	free(buffer);
}

static void
fail(struct rsync *r, const char *reason)
{
	struct job_end end = end_of(r, JOB_FAILED);

	(void)snprintf(end.reason, sizeof(end.reason), "%s", reason);
	if (r->env != NULL)
		failure_note(r, end.reason);
	tell(r, &end, span_of(NULL, 0));
}

/* A failure of ours, with what was being done. */
static void
fail_err(struct rsync *r, const char *what, int err)
{
	char reason[REPO_REASON];

	(void)snprintf(reason, sizeof(reason), "%s: %s", what, err_text(err));
	r->failed_here = true;
	fail(r, reason);
}

/* Arguments, and at least one NULL behind. */
struct args {
	const char *at[RSYNC_ARGS];
	size_t n;
};

static void
args_add(struct args *a, const char *const *more, size_t n)
{
	for (size_t i = 0; i < n && a->n < RSYNC_ARGS - 1; i++)
		a->at[a->n++] = more[i];
}

static void
run_begin(struct rsync *r)
{
	const struct rsync_pool *p = r->pool;
	char timeout[NUMBER_ARG], connect[NUMBER_ARG], size[NUMBER_ARG];
	char to[BOUND_PATH + 64];
	struct args a = {{p->program, timeout, connect, size}, 4};

	(void)snprintf(
		timeout, sizeof(timeout), "--timeout=%lld", (long long)p->io_s);
	(void)snprintf(connect, sizeof(connect), "--contimeout=%lld",
		(long long)p->connect_s);
	(void)snprintf(size, sizeof(size), "--max-size=%d", BOUND_OBJECT_MAX);
	(void)snprintf(to, sizeof(to), "%s/%s/%s", p->staging, r->name,
		r->env == NULL ? ONE_FILE : "");
	if (p->address[0] != '\0')
		args_add(&a, (const char *[]){p->address}, 1);
	args_add(&a, options, sizeof(options) / sizeof(*options));
	if (r->env != NULL)
		args_add(&a, of_trees, sizeof(of_trees) / sizeof(*of_trees));
	args_add(&a, (const char *[]){"--", r->uri, to}, 3);
	r->ran = wall_now();
	r->deadline.ms = mono_now().ms + p->wall_ms;
	if (rsync_child_start(&r->child, a.at) != 0)
		fail(r, "rsync: no process can be started");
	else
		r->state = RSYNC_RUN;
}

static void
export_step(struct rsync *r)
{
	int err = rsync_export_step(&r->export, r->env->depot);

	if (err < 0)
		fail_err(r, "laying out what is there", err);
	else if (err == RSYNC_DONE)
		run_begin(r);
}

static void
run_step(struct rsync *r)
{
	struct mono now = mono_now();

	if (r->broken == NULL)
		r->broken = rsync_census_step(&r->census, r->root);
	if (r->broken == NULL && mono_since(r->deadline, now) >= 0)
		r->broken = "rsync: it takes longer than it may";
	if (r->broken == NULL && r->child.said.octets > BOUND_RSYNC_OUTPUT)
		r->broken = "rsync: its messages have no end";
	if (r->broken != NULL)
		rsync_child_stop(&r->child, now);
	if (!rsync_child_step(&r->child, now))
		return;
	rsync_census_fini(&r->census);
	r->state = RSYNC_SWEEP;
	rsync_pool_sweep(r->pool);
}

/* The one file is there, and it is a file. */
static void
one_end(struct rsync *r)
{
	struct job_end end = end_of(r, JOB_UPDATED);
	struct span octets;
	int err = rsync_file_load(
		r->root, ONE_FILE, &r->import.buffer, &r->import.cap, &octets);

	if (err == ERR_NOTFOUND)
		fail(r, "rsync: no file came, or it is larger than any object");
	else if (err != 0)
		fail_err(r, "rsync: what came", err);
	else {
		end.changed = true;
		tell(r, &end, octets);
	}
}

static void
import_begin(struct rsync *r)
{
	const struct depot *depot = r->env->depot;
	int err = depot->ops->begin(
		depot->ctx, REPO_RSYNC, r->uri, STAGE_WHOLE, &r->stage);

	if (err != 0) {
		fail_err(r, "store", err);
		return;
	}
	r->state = RSYNC_IMPORT;
	err = rsync_import_init(&r->import, r->root, r->uri, r->ran);
	if (err != 0)
		fail_err(r, "reading what came", err);
}

/* The program's exit codes do not tell, and a server could bring them about. */
static bool
is_disk_full(const struct rsync_pool *p)
{
	struct statvfs disk;

	return statvfs(p->staging, &disk) == 0 &&
		(disk.f_bavail == 0 ||
			(disk.f_files > 0 && disk.f_favail == 0));
}

static void
after_run(struct rsync *r)
{
	char reason[REPO_REASON];

	if (r->cancelled)
		rsync_job_free(r);
	else if (r->broken != NULL)
		fail(r, r->broken);
	else if (r->child.status != 0) {
		rsync_said_reason(&r->child.said, r->child.status, reason);
		r->failed_here = is_disk_full(r->pool);
		fail(r, reason);
	} else if (r->env == NULL)
		one_end(r);
	else
		import_begin(r);
}

/* Said once a job, with one example. */
static void
skipped_log(const struct rsync *r)
{
	const struct rsync_skipped *s = &r->import.skipped;

	if (s->links + s->special + s->names + s->large + r->child.said.unfit ==
		0)
		return;
	log_event(r->pool->log, LOG_LEVEL_WARN, "rsync-skipped",
		"uri=%s not-sent=%llu links=%llu special=%llu names=%llu "
		"large=%llu first=%s",
		r->uri, (unsigned long long)r->child.said.unfit,
		(unsigned long long)s->links, (unsigned long long)s->special,
		(unsigned long long)s->names, (unsigned long long)s->large,
		s->first[0] == '\0' ? "-" : s->first);
}

/* Make what was staged the live set.  Its objects stay when the module is
 * empty now: a server that lost its disk also looks like that. */
static void
commit(struct rsync *r, struct arena *arena)
{
	const struct depot *depot = r->env->depot;
	struct job_end end = end_of(r, JOB_SAME);
	struct repo_record record;
	struct stage_end staged = {0};
	struct stage *stage = r->stage;
	int err = record_load(r->env, REPO_RSYNC, r->uri, arena, &record);

	if (err == 0 && r->import.objects == 0 && record.objects > 0) {
		fail(r, "the module is empty, what was there before is kept");
		return;
	}
	if (err == 0) {
		record_success(&record, record_now(r->env), elapsed(r),
			r->child.said.received);
		r->stage = NULL;
		err = depot->ops->commit(stage, &record, &staged);
	}
	if (err != 0) {
		fail_err(r, "store", err);
		return;
	}
	if (staged.changed)
		end.result = JOB_UPDATED;
	end.changed = staged.changed;
	tell(r, &end, span_of(NULL, 0));
}

static void
import_step(struct rsync *r)
{
	struct arena *arena;
	int more = rsync_import_step(&r->import, r->stage, r->env->depot->ops);

	if (more == RSYNC_MORE)
		return;
	if (more != RSYNC_DONE) {
		fail_err(r,
			more == ERR_LIMIT ? "the module is too large"
					  : "taking in what came",
			more);
		return;
	}
	skipped_log(r);
	arena = arena_new(RECORD_CHUNK);
	if (arena == NULL)
		fail_err(r, "store", ERR_NOMEM);
	else
		commit(r, arena);
	arena_free(arena);
}

void
rsync_job_step(struct rsync *r)
{
	switch (r->state) {
	case RSYNC_EXPORT:
		if (r->env == NULL)
			run_begin(r);
		else
			export_step(r);
		return;
	case RSYNC_RUN:
		run_step(r);
		return;
	case RSYNC_SWEEP:
		if (!r->pool->sweeping)
			after_run(r);
		return;
	case RSYNC_IMPORT:
		import_step(r);
		return;
	}
}

bool
rsync_job_is_busy(const struct rsync *r)
{
	return r->state == RSYNC_EXPORT || r->state == RSYNC_IMPORT ||
		(r->state == RSYNC_SWEEP && !r->pool->sweeping);
}

void
rsync_job_free(struct rsync *r)
{
	struct rsync **at = &r->pool->jobs;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (r->stage != NULL)
		r->env->depot->ops->drop(r->stage);
	rsync_census_fini(&r->census);
	rsync_import_fini(&r->import);
	(void)close(r->root);
	(void)rsync_trash_take(&r->pool->trash, r->pool->folder, r->name);
	free(r);
}

/* A job with its folder, as the first of the pool. */
static int
job_new(struct rsync_pool *p, const char *uri, struct rsync **out)
{
	struct rsync *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->pool = p;
	r->begun = mono_now();
	r->turn = p->turn;
	(void)snprintf(r->uri, sizeof(r->uri), "%s", uri);
	(void)snprintf(r->name, sizeof(r->name), "%llu",
		(unsigned long long)++p->names);
	r->root = -1;
	if (mkdirat(p->folder, r->name, 0700) == 0)
		r->root = openat(p->folder, r->name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r->root < 0) {
		int err = err_from_errno(errno);

		free(r);
		return err;
	}
	r->next = p->jobs;
	p->jobs = r;
	*out = r;
	return 0;
}

/* Whether a URI is one of rsync, without a query or a fragment: a module when
 * `module`, else a file in one. */
static bool
uri_is_fit(const char *text, bool module)
{
	struct uri u;
	const uint8_t *slash;

	if (uri_parse(span_of(text, strlen(text)), &u) != URI_GOOD ||
		u.scheme != URI_RSYNC || strpbrk(text, "?#") != NULL)
		return false;
	slash = memchr(u.path.p, '/', u.path.n);
	if (slash == NULL)
		return false;
	if (module)
		return slash == u.path.p + u.path.n - 1;
	return u.path.p[u.path.n - 1] != '/';
}

int
rsync_start(const struct job_env *env, const struct job_target *target,
	const struct job_calls *calls, struct rsync **out)
{
	struct rsync *r;
	int err = uri_is_fit(target->uri, true) ? 0 : ERR_SYNTAX;

	if (err == 0)
		err = job_new(env->rsync, target->uri, &r);
	if (err != 0)
		return err;
	r->env = env;
	r->calls = *calls;
	rsync_export_init(&r->export, r->root, r->uri);
	*out = r;
	return 0;
}

int
rsync_file_start(struct rsync_pool *p, const char *uri,
	void (*took)(void *ctx, const struct job_end *end, struct span octets),
	void *ctx, struct rsync **out)
{
	struct rsync *r;
	int err = uri_is_fit(uri, false) ? 0 : ERR_SYNTAX;

	if (err == 0)
		err = job_new(p, uri, &r);
	if (err != 0)
		return err;
	r->took = took;
	r->ctx = ctx;
	*out = r;
	return 0;
}

void
rsync_cancel(struct rsync *r)
{
	if (r == NULL)
		return;
	r->cancelled = true;
	if (r->state == RSYNC_RUN)
		rsync_child_kill(&r->child);
	else if (r->state != RSYNC_SWEEP)
		rsync_job_free(r);
}
