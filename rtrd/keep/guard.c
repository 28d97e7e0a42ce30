/*
 * guard: compares two reports, trust anchor by trust anchor.
 *
 * A trust anchor that was taken out of the configuration is not in the new
 * report: that is the operator's will.
 */
#include "rtrd/keep/guard.h"

#include <stdbool.h>
#include <string.h>

/* Whether the trust anchor of this name has a VRP that holds at `at`. */
static bool
has_vrps(const struct snapshot *s, const char *name, struct wall at)
{
	size_t ta = 0;

	while (ta < s->report.ta_count &&
		strcmp(s->report.tas[ta].name, name) != 0)
		ta++;
	for (size_t i = 0; i < s->vrp_count; i++)
		if (s->vrps[i].ta == ta && s->vrps[i].expires >= at.s)
			return true;
	return false;
}

const char *
guard_lost_ta(const struct snapshot *old, const struct snapshot *new)
{
	if (old == NULL)
		return NULL;
	for (size_t i = 0; i < new->report.ta_count; i++) {
		const struct report_ta *now = &new->report.tas[i];

		if (!now->complete && now->counters[REPORT_POINTS_VALID] == 0 &&
			has_vrps(old, now->name, new->report.at))
			return now->name;
	}
	return NULL;
}
