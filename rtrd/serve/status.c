/*
 * status: what operators see of the view, as JSON.
 *
 *	version, ready, held, waiting, stale, serial, session_ids, routers,
 *	refused { reason: connections }
 *	data  { generated, age_s, vrps, ipv4, ipv6, ... }
 *	run   { running, result, reason, ended, next, runs { ok, ... } }
 *	fetch { running, losses, reason, settled, store { ... },
 *	        repositories { ok, failed, ... } }
 *	tas  [{ name, complete, lost_since, objects { valid, ... },
 *	        and each counter of the report by its word }]
 *
 * The counters and states come from the report's tables, so that a new row
 * there shows here by itself.
 */
#include "rtrd/serve/status.h"

#include <stdio.h>
#include <string.h>

#include "rtrd/serve/emit.h"

/* Counts never fall, so that a client can wait for the next end. */
uint64_t
status_runs_ended(const struct run_facts *run)
{
	uint64_t n = 0;
	int result;

	for (result = 0; result < RUN_RESULTS; result++)
		n += run->runs[result];
	return n;
}

/* What routers see of us. */
static void
write_cache(struct text *t, const struct view *v)
{
	int version;

	if (cache_has_data(v->cache))
		emit_count(t, "serial", cache_serial(v->cache));
	else
		emit_null(t, "serial");
	emit_count(t, "history", cache_history_count(v->cache));
	emit_open(t, "session_ids", '[');
	/* Before there is data they are not settled. */
	for (version = 0; cache_has_data(v->cache) && version < RTR_VERSIONS;
		version++) {
		emit_open(t, NULL, '{');
		emit_number(t, "version", version);
		emit_count(t, "session",
			cache_session(v->cache, (unsigned)version));
		emit_close(t, '}');
	}
	emit_close(t, ']');
	emit_count(t, "routers", v->peer_count(v->ctx));
	emit_open(t, "refused", '{');
	for (int why = 0; why < REFUSALS; why++)
		emit_count(t, refusal_name((enum refusal)why),
			v->rtr->refused[why]);
	emit_close(t, '}');
}

/* Ages are not negative when the clock was set back: it is the clock that is
 * wrong then, and nobody should compute with it. */
static void
write_data(struct text *t, const struct view *v, struct wall now)
{
	const struct payload_set *set = view_set(v);
	struct wall built = view_built(v);

	emit_open(t, "data", '{');
	emit_time(t, "generated", built);
	if (v->snapshot != NULL) {
		emit_number(t, "age_s", now.s > built.s ? now.s - built.s : 0);
		emit_time(t, "validated_at", v->snapshot->report.at);
	} else {
		emit_null(t, "age_s");
		emit_null(t, "validated_at");
	}
	emit_number(t, "stale_after_s", v->stale_after_s);
	emit_count(t, "vrps", set != NULL ? set->vrp_count : 0);
	emit_count(t, "ipv4", set != NULL ? set->ipv4_count : 0);
	emit_count(
		t, "ipv6", set != NULL ? set->vrp_count - set->ipv4_count : 0);
	emit_count(t, "router_keys", set != NULL ? set->key_count : 0);
	emit_count(t, "aspas", set != NULL ? set->aspa_count : 0);
	emit_time(t, "first_end", v->first_end);
	emit_close(t, '}');
}

/* The reason is that of the last failure, also when a later run went well. */
static void
write_run(struct text *t, const struct run_facts *run)
{
	int result;

	emit_open(t, "run", '{');
	emit_flag(t, "running", run->running);
	emit_text(t, "result", run_result_name(run->last));
	emit_text(t, "reason", run->reason);
	emit_time(t, "started", run->started);
	emit_time(t, "ended", run->ended);
	emit_number(t, "elapsed_ms", run->elapsed_ms);
	emit_time(t, "succeeded", run->succeeded);
	emit_time(t, "next", run->next);
	emit_count(t, "starts", run->starts);
	emit_count(t, "runs_ended", status_runs_ended(run));
	emit_open(t, "runs", '{');
	for (result = RUN_OK; result < RUN_RESULTS; result++)
		emit_count(t, run_result_name((enum run_result)result),
			run->runs[result]);
	emit_close(t, '}');
	emit_close(t, '}');
}

/* How many repositories are in each state. */
static void
write_states(struct text *t, const struct repos *repos)
{
	size_t counts[REPO_STATES] = {0};
	int state;

	if (repos != NULL)
		repos_states(repos, counts);
	emit_open(t, "repositories", '{');
	for (state = 0; state < REPO_STATES; state++)
		emit_count(t, repo_state_name((enum repo_state)state),
			counts[state]);
	emit_close(t, '}');
}

/* The reason is that of the last child that was lost, also while another one is
 * well. */
static void
write_fetch(struct text *t, const struct view *v)
{
	const struct fetch_facts *f = &v->fetch_facts;

	emit_open(t, "fetch", '{');
	emit_flag(t, "wanted", f->wanted);
	emit_flag(t, "running", f->running);
	emit_time(t, "started", f->started);
	emit_time(t, "ended", f->ended);
	emit_time(t, "next", f->next);
	emit_count(t, "starts", f->starts);
	emit_count(t, "losses", f->losses);
	emit_text(t, "reason", f->reason);
	emit_flag(t, "settled", f->settled);
	emit_count(t, "settles", f->settles);
	if (f->store.budget > 0) {
		emit_open(t, "store", '{');
		emit_count(t, "used", f->store.used);
		emit_count(t, "budget", f->store.budget);
		emit_count(t, "objects", f->store.objects);
		emit_flag(t, "full", f->store.full);
		emit_close(t, '}');
	} else {
		emit_null(t, "store");
	}
	write_states(t, v->repos);
	emit_close(t, '}');
}

/* What the report says of one trust anchor, and the last run. */
static void
write_ta(struct text *t, const struct view *v, size_t index)
{
	const struct report_ta *ta = &v->snapshot->report.tas[index];
	uint64_t states[OBJECT_STATES] = {0};
	int type, state, counter;

	for (type = 0; type < OBJECT_TYPES; type++) {
		for (state = 0; state < OBJECT_STATES; state++)
			states[state] += ta->objects[type][state];
	}
	emit_flag(t, "complete", ta->complete);
	emit_time(t, "lost_since",
		v->lost_tas >> index & 1 ? v->lost_since : (struct wall){0});
	emit_open(t, "objects", '{');
	for (state = 0; state < OBJECT_STATES; state++)
		emit_count(t, object_state_name((enum object_state)state),
			states[state]);
	emit_close(t, '}');
	for (counter = 0; counter < REPORT_WORK; counter++)
		emit_count(t, report_counter_name((enum report_counter)counter),
			ta->counters[counter]);
}

/* Trust anchors as the last run saw them, which after a reload may be others
 * than are configured. */
static void
write_tas(struct text *t, const struct view *v)
{
	size_t i, n = v->snapshot != NULL ? v->snapshot->report.ta_count : 0;

	emit_open(t, "tas", '[');
	for (i = 0; i < n; i++) {
		emit_open(t, NULL, '{');
		emit_text(t, "name", v->snapshot->report.tas[i].name);
		write_ta(t, v, i);
		emit_close(t, '}');
	}
	emit_close(t, ']');
}

/* The members stand in the order in which a person reads them. */
void
status_write(struct text *t, const struct view *v, struct moment now)
{
	char why[256] = "", held[256], waiting[256];

	emit_text(t, "version", WAYMARK_VERSION);
	emit_time(t, "time", now.wall);
	emit_time(t, "started", v->started);
	emit_number(t, "uptime_s", now.wall.s - v->started.s);
	emit_text(t, "config", v->config_path);
	emit_flag(t, "ready", view_is_ready(v, now.wall, why));
	emit_text(t, "why", why);
	emit_text(t, "held", view_is_held(v, held) ? held : NULL);
	emit_text(t, "waiting", view_is_waiting(v, waiting) ? waiting : NULL);
	emit_flag(t, "stale", v->stale);
	write_cache(t, v);
	write_data(t, v, now.wall);
	write_run(t, &v->run);
	write_fetch(t, v);
	write_tas(t, v);
}

/* Whole seconds since `then`; null for never. */
static void
emit_age(struct text *t, const char *key, struct mono then, struct mono now)
{
	if (then.ms == 0)
		emit_null(t, key);
	else
		emit_number(t, key, mono_since(then, now) / 1000);
}

/* Null for a router that has no set yet, or one of which the history knows
 * nothing any more. */
static void
emit_lag(struct text *t, const struct view *v, const struct session_facts *s,
	struct mono now)
{
	struct lag lag = {0};

	if (s->serial != 0)
		lag = cache_lag(v->cache, s->serial, now);
	if (lag.known) {
		emit_count(t, "lag_serials", lag.serials);
		emit_number(t, "lag_s", lag.ms / 1000);
	} else {
		emit_null(t, "lag_serials");
		emit_null(t, "lag_s");
	}
}

/* What is not known yet is null and not 0: serial 0 is a serial. */
void
status_write_peer(struct text *t, const struct view *v,
	const struct peer_facts *peer, struct mono now)
{
	const struct session_facts *s = &peer->session;

	emit_open(t, NULL, '{');
	emit_text(t, "peer", peer->peer);
	emit_text(t, "local", peer->local);
	emit_text(t, "transport", peer->transport);
	if (s->version >= 0)
		emit_number(t, "version", s->version);
	else
		emit_null(t, "version");
	if (s->serial != 0)
		emit_count(t, "serial", s->serial);
	else
		emit_null(t, "serial");
	emit_lag(t, v, s, now);
	emit_text(t, "state", session_state_name(s->state));
	emit_count(t, "bytes_in", s->bytes_in);
	emit_count(t, "bytes_out", s->bytes_out);
	emit_count(t, "pdus_in", s->pdus_in);
	emit_count(t, "pdus_out", s->pdus_out);
	emit_age(t, "connected_s", s->connected, now);
	emit_age(t, "last_query_s", s->last_query, now);
	emit_age(t, "last_sync_s", s->last_sync, now);
	if (s->last_error >= 0)
		emit_number(t, "last_error", s->last_error);
	else
		emit_null(t, "last_error");
	emit_text(t, "close_reason", s->close_reason);
	emit_close(t, '}');
}

static void
emit_listener(void *to, const struct listener_facts *facts)
{
	struct text *t = to;

	emit_open(t, NULL, '{');
	emit_text(t, "address", facts->address);
	emit_text(t, "transport", facts->transport);
	emit_count(t, "min_version", facts->min_version);
	emit_count(t, "max_version", facts->max_version);
	emit_close(t, '}');
}

void
status_write_listeners(struct text *t, const struct view *v)
{
	const struct cache_config *config = cache_settings(v->cache);

	emit_count(t, "refresh", config->refresh_s);
	emit_count(t, "retry", config->retry_s);
	emit_count(t, "expire", config->expire_s);
	emit_open(t, "listeners", '[');
	v->listeners(v->ctx, emit_listener, t);
	emit_close(t, ']');
}

/* The file name of a path without ".tal", which is the trust anchor's name;
 * `*n` octets.  NULL for a folder: its files, "*.tal", are not named. */
static const char *
tal_name(const char *path, size_t *n)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t len = strlen(name);

	if (len <= 4 || strcmp(name + len - 4, ".tal") != 0)
		return NULL;
	*n = len - 4;
	return name;
}

/* The validator names a trust anchor after its file. */
static bool
is_tal_of(const char *path, const char *ta)
{
	const char *name;
	size_t n;

	name = tal_name(path, &n);
	return name != NULL && strlen(ta) == n && memcmp(name, ta, n) == 0;
}

/* "FOLDER/NAME.tal", in place of what `out` held. */
static void
path_make(struct text *out, const char *folder, const char *ta)
{
	size_t n = strlen(folder);

	text_clear(out);
	text_add(out, "%s%s%s.tal", folder,
		n > 0 && folder[n - 1] == '/' ? "" : "/", ta);
}

/* The path of a trust anchor's locator: a file that was named, else the one in
 * the first folder that has it now; with one folder it was there. */
static void
emit_path(struct text *t, const struct view *v, const char *ta)
{
	struct text path = {0};
	bool found = false;
	size_t i, n, folders = 0;

	for (i = 0; i < v->tal_count; i++) {
		if (is_tal_of(v->tals[i], ta)) {
			emit_text(t, "path", v->tals[i]);
			return;
		}
	}
	for (i = 0; i < v->tal_count && !found; i++) {
		if (tal_name(v->tals[i], &n) != NULL)
			continue;
		folders++;
		path_make(&path, v->tals[i], ta);
		found = !path.failed && v->is_file(path.p);
	}
	t->failed |= path.failed;
	emit_text(t, "path", found || folders == 1 ? path.p : NULL);
	text_free(&path);
}

/* Whether the last run knew the trust anchor of a file. */
static bool
is_reported(const struct view *v, const char *path)
{
	size_t i, n = v->snapshot != NULL ? v->snapshot->report.ta_count : 0;

	for (i = 0; i < n; i++) {
		if (is_tal_of(path, v->snapshot->report.tas[i].name))
			return true;
	}
	return false;
}

/* A file or folder that no run has told of. */
static void
write_unknown(struct text *t, const char *path)
{
	struct text word = {0};
	const char *name;
	size_t n;

	name = tal_name(path, &n);
	if (name != NULL)
		text_put(&word, name, n);
	t->failed |= word.failed;
	emit_open(t, NULL, '{');
	emit_text(t, "name", word.p);
	emit_text(t, "path", path);
	emit_null(t, "complete");
	emit_close(t, '}');
	text_char(t, '\n');
	text_free(&word);
}

/* A folder has rows only by what the run found in it. */
size_t
status_write_tals(struct text *t, const struct view *v)
{
	size_t i, n, known = 0, unknown = 0;

	if (v->snapshot != NULL)
		known = v->snapshot->report.ta_count;
	for (i = 0; i < known; i++) {
		const struct report_ta *ta = &v->snapshot->report.tas[i];

		emit_open(t, NULL, '{');
		emit_text(t, "name", ta->name);
		emit_path(t, v, ta->name);
		write_ta(t, v, i);
		emit_close(t, '}');
		text_char(t, '\n');
	}
	for (i = 0; i < v->tal_count; i++) {
		bool folder = tal_name(v->tals[i], &n) == NULL;

		if (is_reported(v, v->tals[i]) || (folder && known > 0))
			continue;
		write_unknown(t, v->tals[i]);
		unknown++;
	}
	return known + unknown;
}
