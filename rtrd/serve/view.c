/*
 * view: what the readers of the view all ask first.
 *
 * Fresh is a matter of the data alone: a run that failed does not make the
 * last good data older than it is, so it is told as a reason beside the age
 * and never instead of it.
 */
#include "rtrd/serve/view.h"

#include <stdio.h>
#include <string.h>

enum {
	RUN_WORDS = 224 /* of a run, with the longest reason that it can have */
};

const char *
run_result_name(enum run_result result)
{
	switch (result) {
	case RUN_NONE:
		return "none";
	case RUN_OK:
		return "ok";
	case RUN_INCOMPLETE:
		return "incomplete";
	case RUN_FAILED:
		return "failed";
	case RUN_KILLED:
		return "killed";
	case RUN_TIMEOUT:
		return "timeout";
	case RUN_RESULTS:
		break;
	}
	return "unknown";
}

/* The cache keeps its own set when a new one is the same to routers; people
 * want the expiry and the sources of the new one. */
const struct payload_set *
view_set(const struct view *v)
{
	return v->set != NULL ? v->set : cache_set(v->cache);
}

/* Counted from the run and not from when the snapshot was read: a restart
 * does not make old data young.  A file that was copied since would, so its own
 * time counts only where the run's is none of the clock's. */
struct wall
view_built(const struct view *v)
{
	if (v->snapshot == NULL)
		return (struct wall){0};
	return v->moved ? v->snapshot->report.made : v->snapshot->report.at;
}

/* What the last run has to do with it: "" when it went well. */
static void
run_explain(const struct run_facts *run, char out[RUN_WORDS])
{
	char since[WALL_TEXT];

	out[0] = '\0';
	switch (run->last) {
	case RUN_NONE:
		snprintf(out, RUN_WORDS, "%s",
			run->running ? ": the first run is under way"
				     : ": no run has ended");
		return;
	case RUN_OK:
	case RUN_INCOMPLETE:
	case RUN_RESULTS:
		return;
	case RUN_FAILED:
	case RUN_KILLED:
	case RUN_TIMEOUT:
		snprintf(out, RUN_WORDS, "; last run %s at %s%s%.160s",
			run_result_name(run->last),
			wall_format(run->ended, since),
			run->reason[0] != '\0' ? ": " : "", run->reason);
		return;
	}
}

const char *
view_ta_names(const struct report *r, uint64_t tas, char out[VIEW_TA_NAMES])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->ta_count && n < VIEW_TA_NAMES; i++) {
		if (tas & UINT64_C(1) << i)
			n += (size_t)snprintf(out + n, VIEW_TA_NAMES - n,
				"%s%s", n > 0 ? ", " : "", r->tas[i].name);
	}
	if (n >= VIEW_TA_NAMES)
		memcpy(out + VIEW_TA_NAMES - 4, "...", 4);
	return out;
}

bool
view_is_held(const struct view *v, char out[256])
{
	char names[VIEW_TA_NAMES], since[WALL_TEXT];

	out[0] = '\0';
	if (v->clock_since.s != 0) {
		snprintf(out, 256,
			"the clock was set by %lld s, and since %s it is not "
			"believed: the set of before goes on",
			(long long)v->clock_jump_s,
			wall_format(v->clock_since, since));
		return true;
	}
	if (v->lost_tas == 0 || v->snapshot == NULL)
		return false;
	snprintf(out, 256,
		"since %s nothing comes of trust anchor %s: the set of before "
		"goes on",
		wall_format(v->lost_since, since),
		view_ta_names(&v->snapshot->report, v->lost_tas, names));
	return true;
}

const char *
view_first_words(const struct first_facts *f, char out[VIEW_WORDS])
{
	size_t n = 0;

	if (f->gone > 0)
		n = (size_t)snprintf(out, VIEW_WORDS,
			"%llu publication point%s gone with a damaged store "
			"and not fetched again yet",
			(unsigned long long)f->gone,
			f->gone == 1 ? " is" : "s are");
	if (f->missing > 0)
		n += (size_t)snprintf(out + n, VIEW_WORDS - n,
			"%snothing came of %llu trust anchor%s yet",
			n > 0 ? ", " : "", (unsigned long long)f->missing,
			f->missing == 1 ? "" : "s");
	if (f->pending > 0)
		n += (size_t)snprintf(out + n, VIEW_WORDS - n,
			"%s%llu repositor%s not tried yet", n > 0 ? ", " : "",
			(unsigned long long)f->pending,
			f->pending == 1 ? "y was" : "ies were");
	snprintf(out + n, VIEW_WORDS - n, " (%s)", f->names);
	return out;
}

bool
view_is_waiting(const struct view *v, char out[256])
{
	char words[VIEW_WORDS];

	out[0] = '\0';
	if (!v->first.waiting)
		return false;
	snprintf(out, 256, "%s%.219s",
		v->first.gone > 0 ? "" : "a complete first set is waited for: ",
		view_first_words(&v->first, words));
	return true;
}

bool
view_is_ready(const struct view *v, struct wall now, char why[256])
{
	char run[RUN_WORDS], held[256];
	int64_t age = now.s - view_built(v).s;

	run_explain(&v->run, run);
	/* What a run waits for says more than that it went well. */
	if (view_is_waiting(v, held) && run[0] == '\0')
		snprintf(run, sizeof(run), ": %.150s", held);
	if (!cache_has_data(v->cache)) {
		snprintf(why, 256, "no data yet%s", run);
		return false;
	}
	if (v->stale ||
		(v->snapshot != NULL && v->stale_after_s > 0 &&
			age > v->stale_after_s)) {
		/* What holds it up says more than how the last run ended. */
		if (view_is_held(v, held))
			snprintf(run, sizeof(run), "; %.150s", held);
		snprintf(why, 256, "data is %lld s old, more than %lld s%.190s",
			(long long)age, (long long)v->stale_after_s, run);
		return false;
	}
	return true;
}
