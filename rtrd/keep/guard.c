/*
 * guard: compares two reports, trust anchor by trust anchor.
 *
 * A trust anchor that was taken out of the configuration is not in the new
 * report: that is the operator's will.
 */
#include "rtrd/keep/guard.h"

#include <stdbool.h>
#include <string.h>

#include "waymark/bounds.h"

_Static_assert(BOUND_TAS <= 64, "one bit a trust anchor");

/* Whether a trust anchor of this name is asked for, and gives nothing. */
static bool
is_empty(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->ta_count; i++) {
		const struct report_ta *ta = &r->tas[i];

		if (strcmp(ta->name, name) == 0)
			return !ta->complete &&
				ta->counters[REPORT_POINTS_VALID] == 0 &&
				ta->counters[REPORT_POINTS_LAST_GOOD] == 0;
	}
	return false;
}

/* Those of them that have a VRP that holds at `at`. */
static uint64_t
with_vrps(const struct snapshot *s, uint64_t tas, struct wall at)
{
	uint64_t found = 0;

	for (size_t i = 0; i < s->vrp_count && found != tas; i++) {
		if (s->vrps[i].expires >= at.s)
			found |= tas & UINT64_C(1) << s->vrps[i].ta;
	}
	return found;
}

uint64_t
guard_lost_tas(const struct snapshot *old, const struct snapshot *new)
{
	uint64_t empty = 0;

	if (old == NULL)
		return 0;
	for (size_t i = 0; i < old->report.ta_count; i++) {
		if (is_empty(&new->report, old->report.tas[i].name))
			empty |= UINT64_C(1) << i;
	}
	return empty == 0 ? 0 : with_vrps(old, empty, new->report.at);
}

bool
guard_clock(int64_t jump_s, size_t before, size_t after)
{
	return jump_s != 0 && after < before - before / 2;
}
