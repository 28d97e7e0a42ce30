/*
 * metrics: what Prometheus sees, from one table (text exposition format
 * 0.0.4).
 *
 * Every family is written even when all its samples are zero: a series that
 * appears only with the first error cannot be alerted on.  What is not known
 * (the age of data that does not exist) is left out instead of guessed.
 *
 * Times and durations are in seconds, sizes in octets, counters end in _total
 * and never fall while rtrd lives.  The report's numbers are gauges: each run
 * counts anew.
 *
 * The number of series is bounded by the tables, the trust anchors and a number
 * of repositories; nothing that a router chooses is a label.
 */
#include "rtrd/serve/metrics.h"

#include <stdio.h>
#include <string.h>

#include "rtrd/serve/metrics_fetch.h"
#include "rtrd/serve/metrics_rtr.h"
#include "rtrd/serve/sheet.h"

enum {
	TA_LABEL = 80
};

/* The last run's report, while there is a snapshot. */
static const struct report *
report_of(const struct sheet *s)
{
	return s->v->snapshot != NULL ? &s->v->snapshot->report : NULL;
}

static size_t
ta_count(const struct sheet *s)
{
	return report_of(s) != NULL ? report_of(s)->ta_count : 0;
}

/* The label of a trust anchor.  Two files of the same name in two folders
 * would make two series that are one, which spoils a whole scrape: the later
 * one gets its number behind. */
static const char *
ta_label(const struct sheet *s, size_t ta, char buf[TA_LABEL])
{
	const struct report *r = report_of(s);
	size_t i;

	for (i = 0; i < ta; i++) {
		if (strcmp(r->tas[i].name, r->tas[ta].name) == 0) {
			snprintf(buf, TA_LABEL, "%.64s#%zu", r->tas[ta].name,
				ta + 1);
			return buf;
		}
	}
	return r->tas[ta].name;
}

/* The usual way to show a text: a constant 1 with the text as a label. */
static void
write_build_info(struct sheet *s)
{
	sheet_by(s, "version", WAYMARK_VERSION, 1);
}

/* The same judgement as readyz, for alerts. */
static void
write_ready(struct sheet *s)
{
	char why[256];

	sheet_sample(s, NULL, 0, view_is_ready(s->v, s->now, why));
}

static void
write_storage(struct sheet *s)
{
	sheet_sample(s, NULL, 0, s->v->storage_ok);
}

/* By trust anchor: a VRP of two of them counts for both. */
static void
write_vrps(struct sheet *s)
{
	char buf[TA_LABEL];
	size_t i;

	for (i = 0; i < ta_count(s); i++) {
		const struct report_ta *ta = &report_of(s)->tas[i];
		struct label labels[] = {
			{"ta", ta_label(s, i, buf)}, {"family", "ipv4"}};

		sheet_sample(s, labels, 2, ta->counters[REPORT_VRPS_IPV4]);
		labels[1].value = "ipv6";
		sheet_sample(s, labels, 2, ta->counters[REPORT_VRPS_IPV6]);
	}
}

/* By family alone: what routers hold. */
static void
write_vrps_unique(struct sheet *s)
{
	const struct payload_set *set = view_set(s->v);
	size_t all = set != NULL ? set->vrp_count : 0;
	size_t four = set != NULL ? set->ipv4_count : 0;

	sheet_by(s, "family", "ipv4", four);
	sheet_by(s, "family", "ipv6", all - four);
}

static void
write_router_keys(struct sheet *s)
{
	const struct payload_set *set = view_set(s->v);

	sheet_sample(s, NULL, 0, set != NULL ? set->key_count : 0);
}

static void
write_aspas(struct sheet *s)
{
	const struct payload_set *set = view_set(s->v);

	sheet_sample(s, NULL, 0, set != NULL ? set->aspa_count : 0);
}

/* 0 as well as 1 is shown, so that an alert needs no absent(). */
static void
write_ta_complete(struct sheet *s)
{
	char buf[TA_LABEL];
	size_t i;

	for (i = 0; i < ta_count(s); i++)
		sheet_by(s, "ta", ta_label(s, i, buf),
			report_of(s)->tas[i].complete);
}

/* 1: its loss holds up every newer set. */
static void
write_ta_lost(struct sheet *s)
{
	char buf[TA_LABEL];
	size_t i;

	for (i = 0; i < ta_count(s); i++)
		sheet_by(s, "ta", ta_label(s, i, buf), s->v->lost_tas >> i & 1);
}

/* 0 when nothing is held up. */
static void
write_held_since(struct sheet *s)
{
	struct wall since = {0};

	if (s->v->clock_since.s != 0)
		since = s->v->clock_since;
	else if (s->v->lost_tas != 0)
		since = s->v->lost_since;
	sheet_ms(s, since.s * 1000);
}

/* Seconds by which the clock was set and is not believed. */
static void
write_clock_jump(struct sheet *s)
{
	sheet_ms(s, s->v->clock_jump_s * 1000);
}

/* A counter of the report, one sample a trust anchor. */
static void
write_counter(struct sheet *s)
{
	char buf[TA_LABEL];
	size_t i;

	for (i = 0; i < ta_count(s); i++)
		sheet_by(s, "ta", ta_label(s, i, buf),
			report_of(s)->tas[i].counters[s->counter]);
}

/* Every type and state, also the zeros: some 30 series a trust anchor. */
static void
write_objects(struct sheet *s)
{
	char buf[TA_LABEL];
	size_t i;
	int type, state;

	for (i = 0; i < ta_count(s); i++) {
		struct label labels[] = {{"ta", ta_label(s, i, buf)},
			{"type", ""}, {"state", ""}};

		for (type = 0; type < OBJECT_TYPES; type++) {
			labels[1].value =
				object_type_name((enum object_type)type);
			for (state = 0; state < OBJECT_STATES; state++) {
				labels[2].value = object_state_name(
					(enum object_state)state);
				sheet_sample(s, labels, 3,
					report_of(s)->tas[i].objects[type]
								    [state]);
			}
		}
	}
}

/* Only rules that were broken: all rules times all types would be thousands
 * of series. */
static void
write_refused(struct sheet *s)
{
	const struct report *r = report_of(s);
	size_t i, n = r != NULL ? r->reason_count : 0;
	char buf[TA_LABEL];

	for (i = 0; i < n; i++) {
		const struct report_reason *reason = &r->reasons[i];
		const struct label labels[] = {
			{"ta", ta_label(s, reason->ta, buf)},
			{"type", object_type_name(reason->type)},
			{"reason", reason->reason}};

		sheet_sample(s, labels, 3, reason->count);
	}
}

/* Left out before the first data: an age of 0 would look fresh. */
static void
write_data_age(struct sheet *s)
{
	int64_t age = s->now.s - view_built(s->v).s;

	if (s->v->snapshot != NULL)
		sheet_sample(s, NULL, 0, age > 0 ? (uint64_t)age : 0);
}

/* Left out when nothing ever ends. */
static void
write_first_end(struct sheet *s)
{
	if (s->v->first_end.s != 0)
		sheet_ms(s, s->v->first_end.s * 1000);
}

static void
write_data_generated(struct sheet *s)
{
	if (s->v->snapshot != NULL)
		sheet_ms(s, view_built(s->v).s * 1000);
}

/* Shown so that an alert can compare with what is configured. */
static void
write_stale_after(struct sheet *s)
{
	sheet_ms(s, s->v->stale_after_s * 1000);
}

static void
write_run_duration(struct sheet *s)
{
	sheet_ms(s, s->v->run.elapsed_ms);
}

/* 0 when none ever was: time() - 0 is old enough for any alert. */
static void
write_run_success(struct sheet *s)
{
	sheet_ms(s, s->v->run.succeeded.s * 1000);
}

static void
write_run_next(struct sheet *s)
{
	sheet_ms(s, s->v->run.next.s * 1000);
}

/* A state set: exactly one of them is 1. */
static void
write_run_result(struct sheet *s)
{
	int result;

	for (result = 0; result < RUN_RESULTS; result++)
		sheet_by(s, "result", run_result_name((enum run_result)result),
			s->v->run.last == (enum run_result)result);
}

static void
write_run_running(struct sheet *s)
{
	sheet_sample(s, NULL, 0, s->v->run.running);
}

/* "none" is no end of a run and has no counter. */
static void
write_runs(struct sheet *s)
{
	int result;

	for (result = RUN_OK; result < RUN_RESULTS; result++)
		sheet_by(s, "result", run_result_name((enum run_result)result),
			s->v->run.runs[result]);
}

static void
write_starts(struct sheet *s)
{
	sheet_sample(s, NULL, 0, s->v->run.starts);
}

static void
write_memory(struct sheet *s)
{
	if (s->process->resident_bytes >= 0)
		sheet_sample(s, NULL, 0, (uint64_t)s->process->resident_bytes);
}

static void
write_fds(struct sheet *s)
{
	if (s->process->open_fds >= 0)
		sheet_sample(s, NULL, 0, (uint64_t)s->process->open_fds);
}

/* Beside the open ones, for an alert before they run out. */
static void
write_max_fds(struct sheet *s)
{
	if (s->process->max_fds >= 0)
		sheet_sample(s, NULL, 0, (uint64_t)s->process->max_fds);
}

static void
write_start_time(struct sheet *s)
{
	sheet_ms(s, s->v->started.s * 1000);
}

static const struct metric metrics[] = {
	{"waymark_storage_ok", "gauge",
		"Whether what routers are told is on the disk (1), so that a "
		"restart goes on from it, or cannot be written (0).",
		write_storage, 0},
	{"waymark_build_info", "gauge", "1, with the version as a label.",
		write_build_info, 0},
	{"waymark_ready", "gauge",
		"Whether routers are given fresh data (1) or not (0).",
		write_ready, 0},
	{"waymark_vrps", "gauge",
		"VRPs below a trust anchor, each counted once.", write_vrps, 0},
	{"waymark_vrps_unique", "gauge",
		"VRPs that routers are given, each counted once.",
		write_vrps_unique, 0},
	{"waymark_router_keys", "gauge", "Router keys that routers are given.",
		write_router_keys, 0},
	{"waymark_aspas", "gauge", "Customer ASes with attested providers.",
		write_aspas, 0},
	{"waymark_ta_complete", "gauge",
		"Whether everything below a trust anchor held in the last run.",
		write_ta_complete, 0},
	{"waymark_ta_lost", "gauge",
		"Whether nothing comes of a trust anchor any more (1), so that "
		"the set of before goes on.",
		write_ta_lost, 0},
	{"waymark_held_since_timestamp_seconds", "gauge",
		"Since when the set of before goes on for a lost trust anchor "
		"or a clock that jumped; 0: it does not.",
		write_held_since, 0},
	{"waymark_clock_jump_seconds", "gauge",
		"By which the clock was set and is not believed, as most "
		"payloads would go; 0: it is believed.",
		write_clock_jump, 0},
	{"waymark_objects", "gauge",
		"Objects that the last run saw, by type and what came of them.",
		write_objects, 0},
	{"waymark_objects_refused", "gauge",
		"Objects that the last run refused, by the rule they broke.",
		write_refused, 0},
#define REPORT_ROW(name, word, unit, help) \
	{"waymark_run_" word, "gauge", "In the last run: " help ".", \
		write_counter, REPORT_##name},
	REPORT_FACT_TABLE(REPORT_ROW)
#undef REPORT_ROW
		{"waymark_data_age_seconds", "gauge",
			"Time since the data that is served was validated.",
			write_data_age, 0},
	{"waymark_data_generated_timestamp_seconds", "gauge",
		"When the data that is served was validated.",
		write_data_generated, 0},
	{"waymark_first_end_timestamp_seconds", "gauge",
		"When the first of the payloads that are served ends, unless a "
		"run renews it before.",
		write_first_end, 0},
	{"waymark_data_stale_after_seconds", "gauge",
		"Age from which data is not fresh; 0: never.",
		write_stale_after, 0},
	{"waymark_run_duration_seconds", "gauge",
		"How long the last run of the validator took.",
		write_run_duration, 0},
	{"waymark_run_last_success_timestamp_seconds", "gauge",
		"When the last good run ended; 0: none has.", write_run_success,
		0},
	{"waymark_run_next_timestamp_seconds", "gauge",
		"When the next run is scheduled.", write_run_next, 0},
	{"waymark_run_result", "gauge",
		"How the last run ended: 1 for that result, 0 for the others.",
		write_run_result, 0},
	{"waymark_run_running", "gauge",
		"Whether a run is under way (1) or not (0).", write_run_running,
		0},
	{"waymark_runs_total", "counter",
		"Runs of the validator that have ended, by result.", write_runs,
		0},
	{"waymark_validator_starts_total", "counter",
		"Validator processes started.", write_starts, 0},
	{"process_resident_memory_bytes", "gauge", "Resident memory of rtrd.",
		write_memory, 0},
	{"process_open_fds", "gauge", "File descriptors that are open.",
		write_fds, 0},
	{"process_max_fds", "gauge", "File descriptors that may be open.",
		write_max_fds, 0},
	{"process_start_time_seconds", "gauge", "When rtrd was started.",
		write_start_time, 0},
};

enum {
	OWN = sizeof(metrics) / sizeof(metrics[0])
};

/* The rows here, then those of routers, then those of what is fetched. */
static const struct metric *
row(size_t index)
{
	size_t routers, ignored;
	const struct metric *more = metrics_rtr(&routers);

	if (index < OWN)
		return &metrics[index];
	if (index < OWN + routers)
		return more + (index - OWN);
	return metrics_fetch(&ignored) + (index - OWN - routers);
}

size_t
metrics_count(void)
{
	size_t routers, fetch;

	(void)metrics_rtr(&routers);
	(void)metrics_fetch(&fetch);
	return OWN + routers + fetch;
}

const char *
metrics_name(size_t index)
{
	return row(index)->name;
}

void
metrics_write(struct text *t, const struct view *v, struct wall now,
	const struct process_facts *process)
{
	struct sheet s = {.t = t, .v = v, .now = now, .process = process};
	size_t i;

	for (i = 0; i < metrics_count(); i++)
		sheet_metric(&s, row(i));
}
