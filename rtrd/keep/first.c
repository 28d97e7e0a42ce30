/*
 * first: looks at the report, trust anchor by trust anchor.
 */
#include "rtrd/keep/first.h"

_Static_assert(BOUND_TAS <= 64, "one bit a trust anchor");

/* A point that held before counts: it is what the store is for. */
static bool
is_there(const struct report_ta *ta)
{
	return ta->counters[REPORT_POINTS_VALID] > 0 ||
		ta->counters[REPORT_POINTS_LAST_GOOD] > 0;
}

bool
first_is_complete(const struct report *r, struct first_facts *out)
{
	uint64_t concerned = 0;

	*out = (struct first_facts){0};
	for (size_t i = 0; i < r->ta_count && i < BOUND_TAS; i++) {
		const struct report_ta *ta = &r->tas[i];
		uint64_t pending = ta->counters[REPORT_REPOSITORIES_PENDING];
		bool there = is_there(ta);

		if (there && pending == 0)
			continue;
		out->waiting = true;
		out->missing += there ? 0 : 1;
		out->pending += pending;
		concerned |= UINT64_C(1) << i;
	}
	view_ta_names(r, concerned, out->names);
	return !out->waiting;
}

bool
first_is_whole(const struct report *r, struct first_facts *out)
{
	uint64_t concerned = 0;

	*out = (struct first_facts){0};
	for (size_t i = 0; i < r->ta_count && i < BOUND_TAS; i++) {
		uint64_t gone = r->tas[i].counters[REPORT_POINTS_GONE];

		if (gone == 0)
			continue;
		out->waiting = true;
		out->gone += gone;
		concerned |= UINT64_C(1) << i;
	}
	view_ta_names(r, concerned, out->names);
	return !out->waiting;
}
