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
 * does not make old data young. */
struct wall
view_built(const struct view *v)
{
	struct wall built = {0};

	if (v->snapshot != NULL) {
		built = v->snapshot->report.started;
		built.s += v->snapshot->report.elapsed_ms / 1000;
	}
	return built;
}

/* What the last run has to do with it: "" when it went well. */
static void
run_explain(const struct run_facts *run, char out[160])
{
	char since[WALL_TEXT];

	out[0] = '\0';
	switch (run->last) {
	case RUN_NONE:
		snprintf(out, 160, "%s",
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
		snprintf(out, 160, "; last run %s at %s%s%.100s",
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
	if (v->lost_tas == 0 || v->snapshot == NULL)
		return false;
	snprintf(out, 256,
		"since %s nothing comes of trust anchor %s: the set of before "
		"goes on",
		wall_format(v->lost_since, since),
		view_ta_names(&v->snapshot->report, v->lost_tas, names));
	return true;
}

bool
view_is_waiting(const struct view *v, char out[256])
{
	const struct first_facts *f = &v->first;

	out[0] = '\0';
	if (!f->waiting)
		return false;
	if (f->gone > 0) {
		snprintf(out, 256,
			"%llu publication points are gone with a damaged store "
			"and fetched anew (%s)",
			(unsigned long long)f->gone, f->names);
		return true;
	}
	snprintf(out, 256,
		"a complete first set is waited for: nothing came of %llu "
		"trust anchors yet, %llu repositories were not tried yet (%s)",
		(unsigned long long)f->missing, (unsigned long long)f->pending,
		f->names);
	return true;
}

bool
view_is_ready(const struct view *v, struct wall now, char why[256])
{
	char run[160], held[256];
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
		snprintf(why, 256, "data is %lld s old, more than %lld s%s",
			(long long)age, (long long)v->stale_after_s, run);
		return false;
	}
	return true;
}
