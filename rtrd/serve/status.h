/*
 * status: what operators see of the view, as JSON.
 *
 * Times are RFC 3339 or null, ages are whole seconds, members keep their
 * names: scripts read this.
 */
#ifndef SERVE_STATUS_H
#define SERVE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "rtrd/serve/view.h"

/* Append the members of `rtrctl status` to the object that is open. */
void status_write(struct text *t, const struct view *v, struct moment now);

/* Append one router as an object, with how far it is behind. */
void status_write_peer(struct text *t, const struct view *v,
	const struct peer_facts *peer, struct mono now);

/* Append the members of `rtrctl listeners` to the object that is open. */
void status_write_listeners(struct text *t, const struct view *v);

/* Append the trust anchor locators and what the last run made of each, as one
 * object a line; how many. */
size_t status_write_tals(struct text *t, const struct view *v);

/* Runs that have ended, however. */
uint64_t status_runs_ended(const struct run_facts *run);

#endif
