/*
 * rtr_run: the loop around one cache or two.
 *
 *	poll(caches, signals) --> steps --> once:  all whole?  one failed?
 *	        ^                           watch: lost?  differ for too long?
 *	        +----------------------------+
 *
 * Signals are blocked and come through a descriptor, so that one ends the loop
 * and nothing in the middle of something.
 *
 * Weakness: while a name is looked up nothing else is done, and a signal waits
 * for as long as the resolver does.
 */
#include "rtrctl/rtr_run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/file.h"
#include "rtrctl/rtr_compare.h"
#include "rtrctl/rtr_drive.h"
#include "rtrctl/rtr_view.h"
#include "waymark/err.h"

struct run;

/* One of the caches. */
struct side {
	struct run *run;
	struct rtr_view view;
	struct rtr_calls calls;
	struct rtr_drive *drive;
	unsigned falls; /* that were told of */
};

struct run {
	const struct rtr_job *job;
	struct side sides[RTR_CACHES];
	int signals; /* descriptor */
	struct mono started;
	bool is_new; /* a set came since the last look */
	bool differs, is_told; /* two caches do; and it was said */
	struct mono since;
	int code;
	bool is_done;
};

static void
on_finding(void *ctx, enum rtr_rule rule, const char *detail)
{
	struct side *s = ctx;

	rtr_view_finding(&s->view, rule, detail);
}

/* Changes are for those who watch one cache: two are compared. */
static void
on_change(void *ctx, char sign, const struct rtr_item *item)
{
	struct side *s = ctx;

	if (s->run->job->is_watch && s->run->job->count == 1)
		rtr_view_change(&s->view, sign, item);
}

static void
on_note(void *ctx, const char *text)
{
	struct side *s = ctx;

	rtr_view_note(&s->view, text);
}

static void
on_synced(void *ctx)
{
	struct side *s = ctx;

	s->run->is_new = true;
	if (s->run->job->is_watch)
		rtr_view_sync(&s->view);
}

/* The end, with a code and one sentence. */
static void
end(struct run *r, const struct side *s, int code, const char *why)
{
	rtr_view_note(&s->view, why);
	r->code = code;
	r->is_done = true;
}

/* Take what was written into memory to its place. */
static int
write_file(const char *path, const void *p, size_t n)
{
	struct file_out f;
	int err = file_is_stream(path) ? file_out_stream(&f, path)
				       : file_out_open(&f, path);

	if (err != 0)
		return err;
	file_out_write(&f, p, n);
	return file_out_commit(&f);
}

/* The set of one cache in a format, to stdout or a file. */
static int
write_set(const struct rtr_job *job, const struct rtr_drive *drive)
{
	struct export_meta meta = {.built = wall_now()};
	const struct payload_set *set;
	struct file_out f;
	struct export e;
	char piece[EXPORT_BUFFER_MIN];
	size_t n;
	int err =
		rtr_table_payloads(rtr_peer_table(rtr_drive_peer(drive)), &set);

	if (err != 0)
		return err;
	if (job->path != NULL)
		err = file_is_stream(job->path) ? file_out_stream(&f, job->path)
						: file_out_open(&f, job->path);
	if (err == 0) {
		export_init(&e, job->format, set, &meta);
		while ((n = export_next(&e, piece, sizeof(piece))) > 0) {
			if (job->path != NULL)
				file_out_write(&f, piece, n);
			else
				fwrite(piece, 1, n, stdout);
		}
		export_fini(&e);
		if (job->path != NULL)
			err = file_out_commit(&f);
	}
	payload_unref(set);
	return err;
}

static const struct rtr_peer *
peer_of(const struct run *r, int i)
{
	return rtr_drive_peer(r->sides[i].drive);
}

static enum rtr_compare_form
form_of(const struct rtr_job *job)
{
	if (!job->has_output)
		return job->is_json ? RTR_COMPARE_JSON : RTR_COMPARE_TEXT;
	return job->format == EXPORT_JSON ? RTR_COMPARE_JSON : RTR_COMPARE_CSV;
}

static int
write_difference(const struct run *r)
{
	const struct rtr_job *job = r->job;
	char *p = NULL;
	size_t n = 0;
	FILE *out = job->path != NULL ? open_memstream(&p, &n) : stdout;
	int err = 0;

	if (out == NULL)
		return ERR_NOMEM;
	rtr_compare_write(
		peer_of(r, 0), peer_of(r, 1), job->names, form_of(job), out);
	if (job->path == NULL)
		return 0;
	if (fclose(out) != 0)
		err = ERR_NOMEM;
	else
		err = write_file(job->path, p, n);
	free(p);
	return err;
}

/* The counts, where they are not in the way of what goes to stdout. */
static void
tell_difference(const struct run *r, const struct rtr_difference *d)
{
	const struct rtr_job *job = r->job;
	bool is_text = form_of(job) == RTR_COMPARE_TEXT || job->path != NULL;
	FILE *out = is_text ? stdout : stderr;
	struct rtr_facts f;

	for (int i = 0; i < RTR_CACHES; i++) {
		struct rtr_counts n =
			rtr_table_count(rtr_peer_table(peer_of(r, i)));

		rtr_peer_tell(peer_of(r, i), &f);
		fprintf(out,
			"%c: %s version %u session %u serial %lu: %zu VRPs, "
			"%zu router keys, %zu ASPAs\n",
			i == 0 ? 'A' : 'B',
			rtr_drive_address(r->sides[i].drive), f.version,
			(unsigned)f.session, (unsigned long)f.serial,
			n.ipv4 + n.ipv6, n.keys, n.aspas);
	}
	fprintf(out,
		"only in A: %zu, only in B: %zu (as version %u has them)\n",
		d->only_a, d->only_b, d->version);
}

/* Everything is there: show it. */
static void
finish_once(struct run *r)
{
	const struct rtr_job *job = r->job;
	struct rtr_difference d = {0};
	bool to_stdout = job->has_output && job->path == NULL;
	int err = 0;

	if (job->count == RTR_CACHES) {
		d = rtr_compare(peer_of(r, 0), peer_of(r, 1));
		err = write_difference(r);
		tell_difference(r, &d);
	} else {
		rtr_view_facts(&r->sides[0].view, to_stdout ? stderr : stdout);
		if (job->has_output)
			err = write_set(job, r->sides[0].drive);
	}
	r->is_done = true;
	if (err != 0)
		end(r, &r->sides[0], RTR_EXIT_FAILED, err_text(err));
	else if (d.only_a + d.only_b > 0)
		r->code = RTR_EXIT_DIFFER;
}

static bool
is_synced(const struct side *s)
{
	struct rtr_facts f;

	rtr_peer_tell(rtr_drive_peer(s->drive), &f);
	return f.syncs > 0;
}

/* Asked once: the first failure is the end. */
static void
look_once(struct run *r)
{
	bool all = true;

	for (int i = 0; i < r->job->count && !r->is_done; i++) {
		struct side *s = &r->sides[i];
		struct rtr_facts f;

		rtr_peer_tell(rtr_drive_peer(s->drive), &f);
		all &= f.syncs > 0;
		if (f.syncs > 0)
			continue;
		if (rtr_drive_falls(s->drive) > 0)
			end(r, s, RTR_EXIT_FAILED, rtr_drive_why(s->drive));
		else if (f.state == RTR_WAITING)
			end(r, s, RTR_EXIT_FAILED, "there is no set to take");
	}
	if (all && !r->is_done)
		finish_once(r);
}

/* Say that two caches differ, or that they do not any more. */
static void
tell_watched(struct run *r, const struct rtr_difference *d, struct mono now)
{
	long long s = (long long)(mono_since(r->since, now) / 1000);

	if (r->job->is_json)
		printf("{\"event\":\"%s\",\"seconds\":%lld,\"only_a\":%zu,"
		       "\"only_b\":%zu}\n",
			r->differs ? "differ" : "equal", s, d->only_a,
			d->only_b);
	else if (r->differs)
		printf("differ for %lld s: only in A: %zu, only in B: %zu\n", s,
			d->only_a, d->only_b);
	else
		printf("equal again after %lld s\n", s);
	fflush(stdout);
}

/* Two caches may differ for a while: each has its own time. */
static void
look_compare(struct run *r, struct mono now)
{
	struct rtr_difference d;

	if (!is_synced(&r->sides[0]) || !is_synced(&r->sides[1]))
		return;
	if (!r->is_new && !(r->differs && !r->is_told))
		return;
	d = rtr_compare(peer_of(r, 0), peer_of(r, 1));
	if (!r->differs)
		r->since = now;
	r->differs = d.only_a + d.only_b > 0;
	if (r->differs && !r->is_told &&
		mono_since(r->since, now) >= r->job->grace_ms) {
		tell_watched(r, &d, now);
		r->is_told = true;
		(void)write_difference(r);
		fflush(stdout);
	} else if (!r->differs && r->is_told) {
		tell_watched(r, &d, now);
		r->is_told = false;
	}
}

static void
look_watch(struct run *r, struct mono now)
{
	int err = 0;

	for (int i = 0; i < r->job->count; i++) {
		struct side *s = &r->sides[i];
		unsigned falls = rtr_drive_falls(s->drive);

		if (falls > s->falls)
			rtr_view_note(&s->view, rtr_drive_why(s->drive));
		s->falls = falls;
	}
	if (r->job->count == RTR_CACHES)
		look_compare(r, now);
	else if (r->is_new && r->job->has_output)
		err = write_set(r->job, r->sides[0].drive);
	if (err != 0)
		rtr_view_note(&r->sides[0].view, err_text(err));
	r->is_new = false;
	if (r->job->for_ms > 0 && mono_since(r->started, now) >= r->job->for_ms)
		r->is_done = true;
	/* Whoever read along has left. */
	if (ferror(stdout) || fflush(stdout) != 0)
		r->is_done = true;
}

/* Milliseconds until something is due. */
static int
patience(const struct run *r, struct mono now)
{
	int64_t at = INT64_MAX;

	for (int i = 0; i < r->job->count; i++) {
		struct mono due = rtr_drive_deadline(r->sides[i].drive);

		at = due.ms < at ? due.ms : at;
	}
	if (r->job->is_watch && r->job->for_ms > 0 &&
		r->started.ms + r->job->for_ms < at)
		at = r->started.ms + r->job->for_ms;
	if (r->differs && !r->is_told && r->since.ms + r->job->grace_ms < at)
		at = r->since.ms + r->job->grace_ms;
	if (at <= now.ms)
		return 0;
	return at - now.ms > 60000 ? 60000 : (int)(at - now.ms);
}

/* Take the signal: one that stays would end the process the hard way as soon as
 * signals are let in again. */
static bool
signal_take(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

static void
turn(struct run *r)
{
	struct pollfd fds[RTR_CACHES + 1];
	nfds_t n = (nfds_t)r->job->count;
	struct mono now = mono_now();

	for (int i = 0; i < r->job->count; i++)
		rtr_drive_poll(r->sides[i].drive, &fds[i]);
	fds[n] = (struct pollfd){.fd = r->signals, .events = POLLIN};
	if (poll(fds, n + 1, patience(r, now)) < 0 && errno != EINTR) {
		end(r, &r->sides[0], RTR_EXIT_FAILED, strerror(errno));
		return;
	}
	now = mono_now();
	for (int i = 0; i < r->job->count; i++)
		rtr_drive_step(r->sides[i].drive, fds[i].revents, now);
	if (fds[n].revents != 0 && signal_take(r->signals)) {
		/* Who watches ends so; who waits for a set did not get it. */
		r->is_done = true;
		if (!r->job->is_watch)
			r->code = RTR_EXIT_FAILED;
		return;
	}
	if (r->job->is_watch)
		look_watch(r, now);
	else
		look_once(r);
}

static bool
side_init(struct run *r, int i)
{
	const struct rtr_job *job = r->job;
	struct side *s = &r->sides[i];

	s->run = r;
	s->calls = (struct rtr_calls){
		on_finding, on_change, on_synced, on_note, s};
	s->drive = rtr_drive_new(&job->places[i], job->tls, &job->config,
		&s->calls, job->pause_ms);
	s->view = (struct rtr_view){
		.name = job->names[i],
		.is_named = job->count > 1,
		.is_json = job->is_json,
		.drive = s->drive,
	};
	return s->drive != NULL;
}

/* A connection or a pipe that is gone is an error of write(2), not a signal. */
static int
signals_open(sigset_t *before)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, before) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What the findings and the difference make of a good end. */
static int
verdict(const struct run *r)
{
	struct rtr_facts f;

	if (r->code != RTR_EXIT_DONE)
		return r->code;
	for (int i = 0; r->job->is_strict && i < r->job->count; i++) {
		rtr_peer_tell(peer_of(r, i), &f);
		if (f.findings > 0)
			return RTR_EXIT_FAILED;
	}
	return r->is_told ? RTR_EXIT_DIFFER : RTR_EXIT_DONE;
}

int
rtr_run(const struct rtr_job *job)
{
	struct run r = {.job = job, .started = mono_now()};
	sigset_t before;
	int code = RTR_EXIT_FAILED;
	bool ready;

	r.signals = signals_open(&before);
	ready = r.signals >= 0;
	for (int i = 0; i < job->count; i++)
		ready = side_init(&r, i) && ready;
	if (ready) {
		while (!r.is_done)
			turn(&r);
		code = verdict(&r);
	} else {
		fprintf(stderr, "rtrctl: %s\n", err_text(ERR_NOMEM));
	}
	for (int i = 0; i < job->count; i++)
		rtr_drive_free(r.sides[i].drive);
	if (r.signals >= 0)
		close(r.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return code;
}
