/*
 * turn: see the header.
 *
 * The order: the pins, while the store is still read as it was; what is wanted,
 * as fetching waits for it; then the outputs, together.  Whoever is killed
 * between leaves each of them as it was or as it should be.
 */
#include "validator/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "validator/command.h"
#include "validator/fetch/wanted.h"
#include "validator/run/report.h"
#include "validator/run/selftest.h"
#include "validator/run/walk.h"
#include "validator/store/store.h"
#include "waymark/err.h"

static int
read_outputs(struct turn *t, char why[TAL_WHY])
{
	size_t n = opt_list_count(t->values, TURN_OUTPUT), i;

	if (n > OUTPUT_MAX) {
		(void)snprintf(
			why, TAL_WHY, "--output: more than %d", OUTPUT_MAX);
		return ERR_USAGE;
	}
	for (i = 0; i < n; i++) {
		if (output_parse(opt_list(t->values, TURN_OUTPUT, i),
			    &t->outputs[i], why) != 0)
			return ERR_USAGE;
	}
	t->output_count = n;
	if (opt_flag(t->values, TURN_FACTS) &&
		output_takes_stdout(t->outputs, n)) {
		(void)snprintf(why, TAL_WHY,
			"--facts and an --output would mix on stdout");
		return ERR_USAGE;
	}
	return output_check(
		t->outputs, n, opt_text(t->values, TURN_REPORT), why);
}

/* Before anything is believed that the library says. */
static int
test_self(void)
{
	const struct log log = {.fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR};
	const char *why = NULL;
	int err = selftest_run(selftest_data(), &why);

	if (err == ERR_CRYPTO)
		log_event(&log, LOG_LEVEL_ERROR, "failed",
			"error=%s text=\"self-test failed: %s; no output is "
			"written\"",
			err_name(err), why);
	return err;
}

int
turn_init(struct turn *t, const struct opt_values *values, char why[TAL_WHY])
{
	int err;

	/* A reader that is gone, or a file that may not grow: errors of a
	 * write, not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	*t = (struct turn){
		.values = values,
		.held = -1,
		.started = wall_now(),
		.since = mono_now(),
		.show = isatty(STDERR_FILENO) == 1 &&
			!opt_flag(values, SETUP_QUIET),
	};
	err = read_outputs(t, why);
	if (err == 0)
		err = test_self();
	if (err == 0)
		err = setup_init(&t->setup, values, true, why);
	t->setup.run.progress = &t->progress;
	t->setup.run.no_memo = opt_flag(values, TURN_NO_MEMO);
	return err;
}

static void
drop_held(struct turn *t)
{
	if (t->held >= 0)
		(void)close(t->held); /* nobody wants these lines any more */
	t->held = -1;
}

/* Files that were found whole need not be looked through again by the next run,
 * when this one ends well: engine.mdb is ours, objects.mdb is as it was. */
static void
seal_files(struct turn *t, bool take)
{
	static const char *const names[2] = {"objects.mdb", "engine.mdb"};
	char path[BOUND_PATH + 32];

	for (size_t i = 0; i < 2 && t->folder != NULL; i++) {
		(void)snprintf(
			path, sizeof(path), "%s/%s", t->folder, names[i]);
		if (take)
			seal_take(path, &t->seals[i]);
		else
			seal_put(path, &t->seals[i], i == 1);
	}
}

void
turn_close(struct turn *t)
{
	pins_close(t->pins);
	reader_close(t->reader);
	t->pins = NULL;
	t->reader = NULL;
	seal_files(t, false);
}

void
turn_fini(struct turn *t)
{
	watch_end(t->watch);
	result_free(t->result);
	turn_close(t);
	setup_fini(&t->setup);
	drop_held(t);
}

void
turn_watch(struct turn *t)
{
	t->watch = watch_start(&t->progress, t->show);
}

static int
complain(const struct turn *t, const char *what, const char *path, int err)
{
	log_event(&t->setup.log, LOG_LEVEL_ERROR, what,
		"file=%s error=%s text=\"%s\"", path, err_name(err),
		err_text(err));
	return err;
}

/* Of a store that cannot be read, its writer has to know. */
static int
open_reader(struct turn *t, const char *folder)
{
	int err = reader_open(folder, &t->reader);

	if (err == ERR_CHECKSUM || err == ERR_SYSTEM || err == ERR_VERSION)
		store_suspect(folder);
	return err == ERR_NOTFOUND ? 0 : err; /* nothing was fetched yet */
}

/* Without what earlier runs remember there is a result still: where another run
 * writes there, or nothing can be written, it is only read. */
static int
open_pins(struct turn *t, const char *folder)
{
	int err = pins_open(folder, true, &t->setup.log, &t->pins);

	t->remembers = err == 0;
	if (err == 0 || err == ERR_NOMEM)
		return err;
	(void)complain(t, "pins", folder, err);
	err = pins_open(folder, false, &t->setup.log, &t->pins);
	return err == ERR_NOMEM ? err : 0;
}

int
turn_open(struct turn *t, const char *folder, struct store *store)
{
	struct shelf_config *shelf = &t->setup.run.shelf;
	int err = file_make_folders(folder);

	t->folder = folder;
	if (err == 0)
		err = open_pins(t, folder);
	if (err == 0)
		err = store != NULL ? reader_attach(store, &t->reader)
				    : open_reader(t, folder);
	if (err != 0)
		return complain(t, "store", folder, err);
	if (store == NULL && t->remembers)
		seal_files(t, true);
	shelf->reader = t->reader;
	shelf->pins = t->pins;
	t->setup.run.spool = folder;
	shelf->repos.now = t->started;
	shelf->repos.most = BOUND_REPOS_PER_TA;
	shelf->repos.fresh = BOUND_REPOS_NEW;
	return 0;
}

static void
begin_counts(struct turn *t)
{
	atomic_store(&t->progress.queued, 0);
	atomic_store(&t->progress.done, 0);
	atomic_store(&t->progress.objects, 0);
	atomic_store(&t->progress.recalled, 0);
	atomic_store(&t->progress.recalled_objects, 0);
	atomic_store(&t->progress.lines, 0);
}

/* What is not remembered costs nothing today. */
static void
write_pins(struct turn *t)
{
	int err;

	if (!t->remembers)
		return;
	err = result_remember(t->result, t->pins, t->started);
	if (err != 0)
		(void)complain(t, "pins", t->folder, err);
}

int
turn_walk(struct turn *t, bool hold)
{
	const char *from = t->folder != NULL ? t->folder : t->setup.run.local;
	int err;

	result_free(t->result);
	t->result = NULL;
	drop_held(t);
	begin_counts(t);
	t->log = t->setup.log;
	if (hold)
		t->held = memfd_create("log", MFD_CLOEXEC);
	/* Threads share its position, which the kernel does not guard here as
	 * it does for files with a name: one line would replace another. */
	if (t->held >= 0 && fcntl(t->held, F_SETFL, O_APPEND) != 0)
		drop_held(t);
	if (t->held >= 0)
		t->log.fd = t->held;
	t->setup.run.log = &t->log;
	err = walk_run(&t->setup.run, &t->result);
	if (err == ERR_BUSY)
		log_event(&t->setup.log, LOG_LEVEL_ERROR, "stopped",
			"by a signal");
	else if (err != 0)
		log_event(&t->setup.log, LOG_LEVEL_ERROR, "failed",
			"%s=%s error=%s text=\"%s\"",
			t->folder != NULL ? "cache" : "local", from,
			err_name(err), err_text(err));
	if (err != 0)
		return err;
	write_pins(t);
	result_rest(t->result);
	t->result->started = t->started;
	t->result->elapsed_ms = mono_since(t->since, mono_now());
	return 0;
}

/* The lines of the walk that counts, at last. */
static void
put_held(struct turn *t)
{
	char piece[4096];
	off_t at = 0;
	ssize_t n, put;

	while (t->held >= 0 &&
		(n = pread(t->held, piece, sizeof(piece), at)) > 0) {
		put = write(t->setup.log.fd, piece, (size_t)n);
		if (put < 0 && errno != EINTR)
			break; /* nobody to tell */
		at += put > 0 ? put : 0;
	}
	drop_held(t);
}

/* What is wanted is a fact of every walk that came to its end, also when
 * nothing was usable yet.  The one of before does when it cannot be written:
 * nobody gets less for that. */
static void
write_wanted(struct turn *t)
{
	char path[BOUND_PATH + 8];
	int err;

	if (t->folder == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/wanted", t->folder);
	err = wanted_write(path, &t->result->wanted);
	if (err != 0)
		(void)complain(t, "wanted", path, err);
}

/* Whether there are repositories that nobody has tried to fetch yet. */
static bool
is_waiting(const struct turn *t)
{
	const struct report *r = &t->result->snapshot.report;

	for (size_t i = 0; i < r->ta_count; i++)
		if (r->tas[i].counters[REPORT_REPOSITORIES_PENDING] > 0)
			return true;
	return false;
}

/* A person is told in any case; for a program, which waits for repositories to
 * be fetched, nothing of nothing is no fault. */
static void
tell_unusable(const struct turn *t)
{
	bool calm = opt_flag(t->values, SETUP_QUIET) && is_waiting(t);

	log_event(&t->setup.log, calm ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		"unusable",
		"text=\"no publication point of any trust anchor held%s; no "
		"output is written\"",
		is_waiting(t) ? ", and there are repositories that were not "
				"fetched yet"
			      : "");
}

/* Whether somebody asks for the canonical representation, or its hashes: it
 * takes a tenth of a second of a large world. */
static bool
wants_ccr(const struct turn *t)
{
	size_t i;

	if (opt_text(t->values, TURN_REPORT) != NULL ||
		!opt_flag(t->values, SETUP_QUIET))
		return true;
	for (i = 0; i < t->output_count; i++)
		if (t->outputs[i].format == OUTPUT_CCR)
			return true;
	return false;
}

static int
make_ccr(struct turn *t)
{
	struct ccr_made *made = &t->result->ccr;
	struct text hashes = {0};
	int err, i;

	if (!wants_ccr(t))
		return 0;
	ccr_made_free(made);
	err = ccr_make(&t->result->snapshot, made);
	if (err != 0)
		return complain(t, "output", "ccr", err);
	for (i = 0; i < CCR_STATES; i++) {
		if (!made->has[i])
			continue;
		text_add(&hashes, "%s%s=", hashes.n == 0 ? "" : " ",
			ccr_state_name((enum ccr_state)i));
		text_hex(&hashes, made->hashes[i], HASH_SIZE);
	}
	if (!hashes.failed)
		log_event(&t->setup.log, LOG_LEVEL_INFO, "ccr", "%s", hashes.p);
	text_free(&hashes);
	return 0;
}

/* Files are for others to rely on: only what is usable gets there. */
static int
write_outputs(struct turn *t)
{
	size_t which;
	int err;

	if (!t->result->usable) {
		tell_unusable(t);
		return ERR_NOTFOUND;
	}
	err = make_ccr(t);
	if (err != 0)
		return err;
	err = output_write(
		t->outputs, t->output_count, t->result, &t->progress, &which);
	/* The place is not to blame for it. */
	if (err == ERR_BUSY)
		log_event(&t->setup.log, LOG_LEVEL_ERROR, "output",
			"file=%s: not written, stopped by a signal",
			t->outputs[which].path);
	else if (err != 0)
		err = complain(t, "output", t->outputs[which].path, err);
	return err;
}

/* The report is of the run, not of its outcome: a failed one has it too. */
static int
write_report(struct turn *t)
{
	const char *path = opt_text(t->values, TURN_REPORT);
	int err;

	if (path == NULL && opt_flag(t->values, SETUP_QUIET))
		return 0;
	if (path == NULL && output_takes_stdout(t->outputs, t->output_count)) {
		report_tell(t->result);
		return 0;
	}
	if (path == NULL)
		path = "-";
	err = report_write(t->result, path);
	return err == 0 ? 0 : complain(t, "report", path, err);
}

static int
tell(struct turn *t, int err)
{
	const struct result *r = t->result;
	const struct chain_progress *p = &t->progress;
	int64_t elapsed = mono_since(t->since, mono_now());

	log_event(&t->setup.log, LOG_LEVEL_INFO, "done",
		"complete=%s vrps=%zu unique=%" PRIu64 " elapsed_ms=%" PRId64
		" points=%" PRIu64 " remembered=%" PRIu64
		" objects_remembered=%" PRIu64,
		r->complete ? "yes" : "no", r->snapshot.vrp_count,
		r->vrps_unique, elapsed, (uint64_t)atomic_load(&p->done),
		(uint64_t)atomic_load(&p->recalled),
		(uint64_t)atomic_load(&p->recalled_objects));
	if (err == 0 && opt_flag(t->values, TURN_FACTS))
		printf("done complete=%s vrps=%zu unique=%" PRIu64
		       " elapsed_ms=%" PRId64 "\n",
			r->complete ? "yes" : "no", r->snapshot.vrp_count,
			r->vrps_unique, elapsed);
	if (fflush(stdout) != 0 || err != 0)
		return EXIT_FAILED;
	return r->complete ? EXIT_COMPLETE : EXIT_INCOMPLETE;
}

int
turn_finish(struct turn *t)
{
	int err, report_err;

	put_held(t);
	report_log(t->result, &t->setup.log);
	write_wanted(t);
	err = write_outputs(t);
	watch_end(t->watch);
	t->watch = NULL;
	report_err = err == ERR_BUSY ? 0 : write_report(t);
	return tell(t, err != 0 ? err : report_err);
}
