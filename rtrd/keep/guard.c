/*
 * guard: compares two reports, trust anchor by trust anchor.
 *
 * A trust anchor that was taken out of the configuration is not in the new
 * report: that is the operator's will.
 */
#include "rtrd/keep/guard.h"

#include <stdbool.h>
#include <string.h>

static const struct report_ta *
ta_find(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->ta_count; i++)
		if (strcmp(r->tas[i].name, name) == 0)
			return &r->tas[i];
	return NULL;
}

const char *
guard_lost_ta(const struct snapshot *old, const struct snapshot *new)
{
	if (old == NULL)
		return NULL;
	for (size_t i = 0; i < new->report.ta_count; i++) {
		const struct report_ta *now = &new->report.tas[i];
		const struct report_ta *was = ta_find(&old->report, now->name);

		if (was != NULL && was->counters[REPORT_VRPS] > 0 &&
			!now->complete &&
			now->counters[REPORT_POINTS_VALID] == 0)
			return now->name;
	}
	return NULL;
}
