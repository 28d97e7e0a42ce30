/*
 * intake: the work that would stall the loop.
 *
 * The thread touches nothing but the job: it gets copies of the paths and a
 * counted harvest, and hands back a new one.  Snapshots never change once they
 * are read, so a set may be made anew from one that the loop shows meanwhile.
 */
#include "rtrd/keep/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/policy/policy.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

/* The snapshot is shared by the harvests that were made from it. */
struct crop {
	unsigned refs;
	struct snapshot *snapshot;
};

struct harvest {
	unsigned refs;
	struct crop *crop;
	const struct payload_set *set;
};

struct work {
	uv_work_t request;
	struct intake_job job;
	char path[BOUND_PATH];
	char keep[BOUND_PATH];
	struct harvest *result;
	int err;
	char why[256];
};

struct harvest *
harvest_ref(struct harvest *h)
{
	h->refs++;
	return h;
}

/* The snapshot goes with the last set that was made from it. */
static void
crop_unref(struct crop *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	snapshot_free(c->snapshot);
	free(c);
}

void
harvest_unref(struct harvest *h)
{
	if (h == NULL || --h->refs > 0)
		return;
	payload_unref(h->set);
	crop_unref(h->crop);
	free(h);
}

const struct snapshot *
harvest_snapshot(const struct harvest *h)
{
	return h->crop->snapshot;
}

const struct payload_set *
harvest_set(const struct harvest *h)
{
	return h->set;
}

/* A run at another time goes on from there, second by second. */
static struct wall
snapshot_time(const struct snapshot *s, struct wall now)
{
	return (struct wall){now.s + s->report.at.s - s->report.started.s};
}

struct wall
harvest_time(const struct harvest *h, struct wall now)
{
	return snapshot_time(h->crop->snapshot, now);
}

/* The folder's entry must be on disk too, or a power cut brings the old file
 * back under a serial that routers have passed. */
static int
folder_sync(const char *path)
{
	char folder[BOUND_PATH];
	char *slash;
	int fd, err = 0;

	snprintf(folder, sizeof(folder), "%s", path);
	/* Without a slash it lies where we are. */
	slash = strrchr(folder, '/');
	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else
		slash[slash == folder ? 1 : 0] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	if (fsync(fd) != 0 && errno != EINVAL)
		err = err_from_errno(errno);
	(void)close(fd);
	return err;
}

/* A disk that is full is no reason to keep news from routers. */
static void
file_keep(struct work *w)
{
	int err = 0;

	if (rename(w->path, w->keep) != 0)
		err = err_from_errno(errno);
	else
		err = folder_sync(w->keep);
	if (err != 0)
		snprintf(w->why, sizeof(w->why), "cannot keep %.180s: %s",
			w->keep, err_text(err));
}

/* Only the policy decides what is in a set; here it is only told the time. */
static int
set_make(struct work *w, const struct snapshot *s)
{
	struct wall now = snapshot_time(s, wall_now());
	int err = policy_apply(s, now, &w->result->set);

	if (err != 0)
		snprintf(w->why, sizeof(w->why), "%s", err_text(err));
	return err;
}

/* Order matters: read, check, make a set of it, and only then keep it. */
static void
run_read(struct work *w)
{
	struct crop *crop = w->result->crop;
	const char *what = NULL;

	w->err = snapshot_read(w->path, &crop->snapshot, &what);
	if (w->err != 0) {
		snprintf(w->why, sizeof(w->why), "%.150s: %s%s%.60s", w->path,
			err_text(w->err), what != NULL ? ": " : "",
			what != NULL ? what : "");
		return;
	}
	w->err = set_make(w, crop->snapshot);
	if (w->err == 0 && w->keep[0] != '\0')
		file_keep(w);
}

/* On a thread: nothing that the loop may touch meanwhile is written. */
static void
on_work(uv_work_t *request)
{
	struct work *w = request->data;

	if (w->job.again != NULL)
		w->err = set_make(w, w->result->crop->snapshot);
	else
		run_read(w);
}

/* Back on the loop. */
static void
on_done(uv_work_t *request, int status)
{
	struct work *w = request->data;

	(void)status; /* nobody cancels it */
	harvest_unref(w->job.again);
	if (w->err != 0) {
		harvest_unref(w->result);
		w->result = NULL;
	}
	w->job.done(w->job.ctx, w->err, w->result, w->why);
	free(w);
}

/* An empty harvest for the thread to fill. */
static struct harvest *
harvest_new(const struct harvest *again)
{
	struct harvest *h = calloc(1, sizeof(*h));
	struct crop *c = again != NULL ? again->crop : calloc(1, sizeof(*c));

	if (h == NULL || c == NULL) {
		free(h);
		if (again == NULL)
			free(c);
		return NULL;
	}
	c->refs++;
	*h = (struct harvest){.refs = 1, .crop = c};
	return h;
}

int
intake_start(uv_loop_t *loop, const struct intake_job *job)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return ERR_NOMEM;
	w->job = *job;
	w->request.data = w;
	w->result = harvest_new(job->again);
	if (w->result == NULL) {
		free(w);
		return ERR_NOMEM;
	}
	if (job->path != NULL)
		snprintf(w->path, sizeof(w->path), "%s", job->path);
	if (job->keep != NULL)
		snprintf(w->keep, sizeof(w->keep), "%s", job->keep);
	if (job->again != NULL)
		harvest_ref(job->again);
	/* It only fails without a callback.  The pool has four threads, and
	 * there are never more than two jobs: the take of a run, an expiry. */
	(void)uv_queue_work(loop, &w->request, on_work, on_done);
	return 0;
}
