/*
 * rtr_view: what is shown of a cache, as text or as JSON.
 */
#ifndef RTRCTL_RTR_VIEW_H
#define RTRCTL_RTR_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rtrctl/rtr_drive.h"
#include "rtrctl/rtr_pdu.h"

enum {
	RTR_VIEW_EXAMPLES = 5 /* of each rule that are shown */
};

/* A cache, and what was said of it so far. */
struct rtr_view {
	const char *name; /* as it was typed */
	bool is_named; /* lines begin with the name: there are two */
	bool is_json;
	const struct rtr_drive *drive;
	uint64_t shown[RTR_RULES];
};

/* What is known of the cache now: facts for people, or JSON. */
void rtr_view_facts(const struct rtr_view *v, FILE *out);

/* One line a thing that happens: a set that is whole, a change, what the cache
 * broke (to stderr), what is no fault (the same). */
void rtr_view_sync(const struct rtr_view *v);
void rtr_view_change(
	const struct rtr_view *v, char sign, const struct rtr_item *item);
void rtr_view_finding(
	struct rtr_view *v, enum rtr_rule rule, const char *detail);
void rtr_view_note(const struct rtr_view *v, const char *text);

#endif
