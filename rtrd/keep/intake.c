/*
 * intake: the work that would stall the loop.
 *
 * The thread touches nothing but the job: it gets copies of the paths and a
 * counted harvest, and hands back a new one.  Snapshots never change once they
 * are read, so a set may be made anew from one that the loop shows meanwhile.
 */
#include "rtrd/keep/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "rtrd/keep/first.h"
#include "rtrd/keep/guard.h"
#include "rtrd/keep/resume.h"
#include "rtrd/policy/policy.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

/* The snapshot is shared by the harvests that were made from it. */
struct crop {
	unsigned refs;
	struct snapshot *snapshot;
	bool moved; /* see intake_job */
};

struct harvest {
	unsigned refs;
	struct crop *crop;
	const struct payload_set *set;
	struct wall made; /* what the policy was told */
	bool ends; /* something of the set does, at: */
	struct wall end;
};

struct work {
	uv_work_t request;
	struct intake_job job;
	char path[BOUND_PATH];
	char keep[BOUND_PATH];
	char folder[BOUND_PATH];
	struct harvest *result;
	struct draft_time time; /* but for `made` */
	const char *resumed;
	int storage;
	bool written, detached, over;
	uint64_t lost;
	bool clock;
	struct first_facts first;
	int err;
	char why[256];
};

/* What goes on a thread; each may be NULL. */
struct waste {
	uv_work_t request;
	struct snapshot *snapshot;
	const struct payload_set *set;
	struct draft *draft;
};

struct harvest *
harvest_ref(struct harvest *h)
{
	h->refs++;
	return h;
}

/* Take what only this holder held; the rest is somebody else's. */
static void
waste_take(struct waste *w, struct harvest *h)
{
	if (h == NULL || --h->refs > 0)
		return;
	w->set = h->set;
	if (--h->crop->refs == 0) {
		w->snapshot = h->crop->snapshot;
		free(h->crop);
	}
	free(h);
}

static void
waste_free(const struct waste *w)
{
	draft_free(w->draft);
	payload_unref(w->set);
	snapshot_free(w->snapshot);
}

void
harvest_unref(struct harvest *h)
{
	struct waste w = {0};

	waste_take(&w, h);
	waste_free(&w);
}

static void
on_waste(uv_work_t *request)
{
	waste_free(request->data);
}

static void
on_wasted(uv_work_t *request, int status)
{
	(void)status;
	free(request->data);
}

void
intake_drop(uv_loop_t *loop, struct harvest *h, struct draft *draft)
{
	struct waste *w = calloc(1, sizeof(*w));

	/* Then it is done here: a stall is better than a leak. */
	if (w == NULL) {
		harvest_unref(h);
		draft_free(draft);
		return;
	}
	w->request.data = w;
	w->draft = draft;
	waste_take(w, h);
	(void)uv_queue_work(loop, &w->request, on_waste, on_wasted);
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
struct wall
harvest_time(const struct harvest *h, struct wall now)
{
	const struct report *r = &harvest_snapshot(h)->report;

	if (h->crop->moved)
		now.s += r->at.s - r->made.s;
	return now;
}

struct wall
harvest_made(const struct harvest *h)
{
	const struct report *r = &harvest_snapshot(h)->report;

	return h->crop->moved ? r->made : r->at;
}

struct wall
harvest_end(const struct harvest *h)
{
	return (struct wall){h->ends ? h->end.s - 1 : 0};
}

bool
harvest_wait(const struct harvest *h, struct wall now, int64_t *out)
{
	if (!h->ends)
		return false;
	*out = h->end.s - harvest_time(h, now).s;
	return true;
}

/* Only the policy decides what is in a set; here it is only told the time. */
static int
set_make(struct harvest *h, struct wall now)
{
	const struct snapshot *s = h->crop->snapshot;
	int err;

	h->made = harvest_time(h, now);
	err = policy_apply(s, h->made, &h->set);
	if (err == 0)
		h->ends = policy_next_expiry(h->set, &h->end);
	return err;
}

static size_t
set_count(const struct harvest *h)
{
	return h->set->vrp_count + h->set->key_count + h->set->aspa_count;
}

/* What the set that is made anew would lose with a clock that has jumped, it
 * keeps: as long as the clock that does not jump says so. */
static int
set_renew(struct work *w)
{
	struct harvest *h = w->result;
	int err = set_make(h, w->job.now);

	if (err != 0 ||
		!guard_clock(
			w->job.jump_s, set_count(w->job.again), set_count(h)))
		return err;
	w->clock = true;
	payload_unref(h->set);
	h->set = NULL;
	h->ends = false;
	return set_make(h, w->job.steady);
}

/* A run by a clock that has jumped. */
static int
clock_check(struct work *w)
{
	w->clock = guard_clock(
		w->job.jump_s, set_count(w->job.old), set_count(w->result));
	if (!w->clock)
		return 0;
	snprintf(w->why, sizeof(w->why),
		"the clock was set by %lld s, and of %zu payloads %zu would be "
		"left: the last good set goes on",
		(long long)w->job.jump_s, set_count(w->job.old),
		set_count(w->result));
	return ERR_RANGE;
}

/* A first set is waited for longer than a lost trust anchor is complained of:
 * most often it is only not fetched yet. */
static int
first_check(struct work *w)
{
	const struct report *r = &harvest_snapshot(w->result)->report;
	char words[VIEW_WORDS];

	if (!w->job.first || first_is_complete(r, &w->first))
		return 0;
	snprintf(w->why, sizeof(w->why), "not complete yet: %.230s",
		view_first_words(&w->first, words));
	return ERR_BUSY;
}

/* What the store has lost is most often there again soon. */
static int
whole_check(struct work *w)
{
	const struct report *r = &harvest_snapshot(w->result)->report;
	char words[VIEW_WORDS];

	if (!w->job.whole || first_is_whole(r, &w->first))
		return 0;
	snprintf(w->why, sizeof(w->why), "%.255s",
		view_first_words(&w->first, words));
	return ERR_BUSY;
}

/* Whether the file may take the place of what is served, or become the first
 * that is. */
static int
guard(struct work *w)
{
	const struct snapshot *old;
	char names[VIEW_TA_NAMES];
	int err = first_check(w);

	if (err == 0)
		err = whole_check(w);
	if (w->job.old == NULL)
		return err;
	if (err == 0)
		err = clock_check(w);
	old = harvest_snapshot(w->job.old);
	w->lost = guard_lost_tas(old, harvest_snapshot(w->result));
	if (err != 0 || w->lost == 0)
		return err;
	snprintf(w->why, sizeof(w->why),
		"nothing came of trust anchor %s: the last good set goes on",
		view_ta_names(&old->report, w->lost, names));
	return ERR_NOTFOUND;
}

static int
file_read_in(struct work *w)
{
	const char *what = NULL;
	int err = snapshot_read(w->path, &w->result->crop->snapshot, &what);

	if (err != 0)
		snprintf(w->why, sizeof(w->why), "%.150s: %s%s%.60s", w->path,
			err_text(err), what != NULL ? ": " : "",
			what != NULL ? what : "");
	return err;
}

/* What the life before had, if nothing of it has ended since; else the draft
 * leads from there to what is left.  Nothing that has ended begins again, and
 * nothing that has ended is given to anybody. */
static int
resume(struct work *w)
{
	struct harvest *h = w->result;
	struct resumed r = {.set = NULL};
	const char *why;
	int err = resume_find(w->folder, h->crop->snapshot, &w->time, &r, &why);

	w->resumed = why;
	if (err == ERR_NOMEM)
		return err;
	if (err != 0)
		return set_make(h, w->job.now);
	draft_resume(w->job.draft, &r.lineage, r.set);
	h->made = r.made;
	h->set = payload_ref(r.set);
	h->ends = policy_next_expiry(h->set, &h->end);
	resume_drop(&r);
	if (!h->ends || h->end.s > harvest_time(h, w->job.now).s)
		return 0;
	payload_unref(h->set);
	h->set = NULL;
	return set_make(h, w->job.now);
}

/* Whether there is nothing left of a set: an empty table would tell routers
 * that nothing is signed, where "no data" tells them to ask another cache. */
static int
over_check(struct work *w)
{
	const struct harvest *h = w->result;

	w->over = h->set->vrp_count == 0 && h->crop->snapshot->vrp_count > 0;
	if (!w->over)
		return 0;
	snprintf(w->why, sizeof(w->why), "all of the last set has expired");
	return ERR_RANGE;
}

/* The set of the job, as it may be served. */
static int
work_set(struct work *w)
{
	int err;

	if (w->job.again != NULL)
		return set_renew(w);
	err = file_read_in(w);
	if (err == 0 && w->job.resume) {
		err = resume(w);
		return err == 0 ? over_check(w) : err;
	}
	if (err == 0)
		err = set_make(w->result, w->job.now);
	return err == 0 ? guard(w) : err;
}

static int
file_keep(const struct work *w)
{
	if (rename(w->path, w->keep) != 0)
		return err_from_errno(errno);
	/* Else a power cut may bring the older one back, under a serial that
	 * routers have passed. */
	return file_sync_folder_of(w->keep);
}

/* The one point after which the next life serves this. */
static int
write_both(struct work *w)
{
	const struct intake_job *job = &w->job;
	int err = 0;

	if (job->force || draft_is_news(job->draft) || w->keep[0] != '\0') {
		w->written = true;
		if (job->folder != NULL)
			err = draft_save(job->draft, w->folder);
	}
	if (err == 0 && w->keep[0] != '\0')
		err = file_keep(w);
	return err;
}

/* What the disk does not know the ids of may go on without it. */
static int
store(struct work *w)
{
	struct draft *d = w->job.draft;
	int err = write_both(w);

	w->storage = err;
	if (err == 0)
		return 0;
	w->written = false;
	snprintf(w->why, sizeof(w->why), "cannot write to %.150s: %s",
		w->job.folder != NULL ? w->folder : w->keep, err_text(err));
	if (w->job.folder == NULL || !draft_is_bound(d, w->folder))
		return 0;
	if (!w->job.must)
		return err;
	w->detached = true;
	return draft_detach(d, w->folder);
}

/* Order matters: read, check, make a set of it, and only then keep it.  On a
 * thread: nothing that the loop may touch meanwhile is written. */
static void
on_work(uv_work_t *request)
{
	struct work *w = request->data;
	struct harvest *h = w->result;
	struct draft_time time = w->time;
	int err = work_set(w);

	if (err == 0) {
		time.made = h->made;
		draft_date(w->job.draft, &time);
		err = draft_fill(w->job.draft, h->set);
	}
	if (err == 0)
		err = store(w);
	if (err != 0 && w->why[0] == '\0')
		snprintf(w->why, sizeof(w->why), "%s", err_text(err));
	w->err = err;
}

/* Back on the loop. */
static void
on_done(uv_work_t *request, int status)
{
	struct work *w = request->data;
	struct intake_end end = {
		.err = w->err,
		.storage = w->storage,
		.written = w->written,
		.detached = w->detached,
		.over = w->over,
		.resumed = w->resumed,
		.lost = w->lost,
		.clock = w->clock,
		.first = w->first,
		.harvest = w->result,
		.draft = w->job.draft,
		.why = w->why,
	};

	(void)status; /* nobody cancels it */
	if (w->err != 0) {
		intake_drop(request->loop, end.harvest, end.draft);
		end.harvest = NULL;
		end.draft = NULL;
	}
	harvest_unref(w->job.again);
	harvest_unref(w->job.old);
	w->job.done(w->job.ctx, &end);
	free(w);
}

/* An empty harvest for the thread to fill. */
static struct harvest *
harvest_new(const struct intake_job *job)
{
	const struct harvest *again = job->again;
	struct harvest *h = calloc(1, sizeof(*h));
	struct crop *c = again != NULL ? again->crop : calloc(1, sizeof(*c));

	if (h == NULL || c == NULL) {
		free(h);
		if (again == NULL)
			free(c);
		return NULL;
	}
	c->refs++;
	if (again == NULL)
		c->moved = job->moved;
	*h = (struct harvest){.refs = 1, .crop = c};
	return h;
}

int
intake_start(uv_loop_t *loop, const struct intake_job *job)
{
	struct work *w = job->draft != NULL ? calloc(1, sizeof(*w)) : NULL;

	if (w != NULL)
		w->result = harvest_new(job);
	if (w == NULL || w->result == NULL) {
		free(w);
		draft_free(job->draft);
		return ERR_NOMEM;
	}
	w->job = *job;
	w->request.data = w;
	if (job->path != NULL)
		snprintf(w->path, sizeof(w->path), "%s", job->path);
	if (job->keep != NULL)
		snprintf(w->keep, sizeof(w->keep), "%s", job->keep);
	if (job->folder != NULL)
		snprintf(w->folder, sizeof(w->folder), "%s", job->folder);
	w->time.wall = job->now;
	w->time.mono = mono_now();
	w->resumed = "";
	if (job->again != NULL)
		harvest_ref(job->again);
	if (job->old != NULL)
		harvest_ref(job->old);
	/* It only fails without a callback. */
	(void)uv_queue_work(loop, &w->request, on_work, on_done);
	return 0;
}
