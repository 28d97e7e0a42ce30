/*
 * rrdp: one publication after another: session, serial, deltas that are kept.
 */
#include "tests/lab/rrdp_inner.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

struct rrdp_row {
	const char *word, *files, *more, *help;
};

static const struct rrdp_row *
rrdp_row(enum rrdp_fault fault)
{
	static const struct rrdp_row rows[] = {
#define RRDP_FAULT_ROW(name, word, files, more, help) {word, files, more, help},
		RRDP_FAULT_TABLE(RRDP_FAULT_ROW)
#undef RRDP_FAULT_ROW
	};

	return &rows[fault];
}

const char *
rrdp_fault_name(enum rrdp_fault fault)
{
	return rrdp_row(fault)->word;
}

const char *
rrdp_fault_more(enum rrdp_fault fault)
{
	return rrdp_row(fault)->more;
}

const char *
rrdp_fault_help(enum rrdp_fault fault)
{
	return rrdp_row(fault)->help;
}

/* The files that a fault can be in, as bits. */
static unsigned
rrdp_files(enum rrdp_fault fault)
{
	unsigned files = 0;

	for (const char *c = rrdp_row(fault)->files; *c != '\0'; c++)
		files |= 1u << (*c == 'n'	     ? RRDP_NOTIFICATION
					 : *c == 's' ? RRDP_SNAPSHOT
						     : RRDP_DELTA);
	return files;
}

/* The file whose word `text` begins with, as its whole or up to a colon. */
static unsigned
rrdp_file_bit(const char *text, size_t n)
{
	static const char *const words[] = {
#define RRDP_FILE_WORD(name, word) word,
		RRDP_FILE_TABLE(RRDP_FILE_WORD)
#undef RRDP_FILE_WORD
	};

	for (unsigned i = 0; i < RRDP_FILES; i++)
		if (strlen(words[i]) == n && strncmp(words[i], text, n) == 0)
			return 1u << i;
	return 0;
}

int
rrdp_wrong_parse(const char *text, struct rrdp_wrong *out)
{
	size_t n = strcspn(text, "=:"), k;
	struct rrdp_wrong wrong = {.more = text + n};
	unsigned file;

	while (wrong.fault < RRDP_FAULTS &&
		(strlen(rrdp_fault_name(wrong.fault)) != n ||
			strncmp(rrdp_fault_name(wrong.fault), text, n) != 0))
		wrong.fault++;
	if (wrong.fault == RRDP_FAULTS)
		return ERR_NOTFOUND;
	wrong.files = rrdp_files(wrong.fault);
	if (text[n] == '\0') {
		*out = wrong;
		return 0;
	}
	wrong.more = text + n + 1;
	k = strcspn(wrong.more, ":");
	file = text[n] == '=' ? rrdp_file_bit(wrong.more, k) : 0;
	if (file != 0) {
		wrong.files &= file;
		wrong.more += k + (wrong.more[k] == ':');
	}
	if (wrong.files == 0)
		return ERR_NOTFOUND;
	*out = wrong;
	return 0;
}

const char *
rrdp_asked(const struct rrdp_run *run, enum rrdp_fault fault,
	enum rrdp_file_kind file, size_t nth)
{
	for (size_t i = 0; i < run->params->wrong_count; i++) {
		const struct rrdp_wrong *w = &run->params->wrong[i];

		if (w->fault == fault && (w->files >> file & 1) != 0 &&
			nth-- == 0)
			return w->more;
	}
	return NULL;
}

static bool
rrdp_ends(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

const struct rrdp_object *
rrdp_victim(const struct rrdp_run *run, const char *more)
{
	const char *end = more[0] != '\0' ? more : ".roa";

	for (size_t i = 0; i < run->set->objects.n; i++)
		if (rrdp_ends(run->set->objects.at[i].uri, end))
			return &run->set->objects.at[i];
	return more[0] == '\0' && run->set->objects.n > 0
		? &run->set->objects.at[0]
		: NULL;
}

/* What differs, counted. */
static void
rrdp_compare(struct rrdp_run *run)
{
	const struct rrdp_set *old = &run->state.set;
	struct rrdp_result *r = run->result;

	r->objects = run->set->objects.n;
	for (size_t i = 0; i < run->set->objects.n; i++) {
		const struct rrdp_object *now = &run->set->objects.at[i];
		const struct rrdp_object *was = rrdp_set_find(old, now->uri);

		if (was == NULL)
			r->added++;
		else if (memcmp(was->hash, now->hash, 32) != 0)
			r->changed++;
	}
	r->removed = old->objects.n - (run->set->objects.n - r->added);
}

/* A UUID of version 4 (RFC 8182 section 3.5.1.3), the same on every machine. */
static void
rrdp_name_session(struct rrdp_run *run)
{
	struct rrdp_state *state = &run->state;
	uint8_t h[32];
	char seed[RRDP_PATH];

	if (run->params->session != NULL) {
		snprintf(state->session, sizeof(state->session), "%s",
			run->params->session);
		return;
	}
	snprintf(seed, sizeof(seed), "%s %llu", run->params->uri,
		(unsigned long long)state->sessions);
	if (EVP_Digest(seed, strlen(seed), h, NULL, EVP_sha256(), NULL) != 1)
		world_need(NULL);
	snprintf(state->session, sizeof(state->session),
		"%02x%02x%02x%02x-%02x%02x-4%x%02x-%x%x%02x-"
		"%02x%02x%02x%02x%02x%02x",
		h[0], h[1], h[2], h[3], h[4], h[5], h[6] & 15, h[7],
		8 | (h[8] >> 4 & 3), h[8] & 15, h[9], h[10], h[11], h[12],
		h[13], h[14], h[15]);
}

/* Go to the next serial, or to the next session; true: a delta leads there. */
static bool
rrdp_advance(struct rrdp_run *run)
{
	const struct rrdp_params *p = run->params;
	struct rrdp_state *state = &run->state;
	const char *many =
		rrdp_asked(run, RRDP_FAULT_MANY, RRDP_NOTIFICATION, 0);
	uint64_t least = many != NULL ? strtoull(many, NULL, 10) : 0;
	uint64_t next = state->serial + 1;
	bool fresh = state->session[0] == '\0' || p->new_session ||
		(p->session != NULL && strcmp(p->session, state->session) != 0);

	if (fresh) {
		state->sessions++;
		state->deltas.n = 0;
		next = 1;
		rrdp_name_session(run);
	}
	state->serial = p->serial != 0 ? p->serial
		: least > next	       ? least
				       : next;
	if (state->serial != next)
		state->deltas.n = 0;
	return !fresh && state->serial == next;
}

static int
rrdp_keep_delta(struct rrdp_run *run)
{
	struct rrdp_state *state = &run->state;
	struct rrdp_delta delta = {.serial = state->serial};
	unsigned keep = run->params->deltas;
	int err = rrdp_write_delta(run, delta.hash);

	if (err != 0)
		return err;
	if (!VEC_PUSH(&state->deltas, delta))
		return ERR_NOMEM;
	if (state->deltas.n > keep) {
		size_t drop = state->deltas.n - keep;

		memmove(state->deltas.at, state->deltas.at + drop,
			keep * sizeof(*state->deltas.at));
		state->deltas.n = keep;
	}
	return 0;
}

/* Whether OUT/SESSION or OUT/SESSION/SERIAL may stay: what is listed, and the
 * snapshot before, which a client may be reading. */
static bool
rrdp_is_kept(const struct rrdp_run *run, const FTSENT *e)
{
	const struct rrdp_state *state = &run->state;
	uint64_t serial;

	if (e->fts_level == 1)
		return strcmp(e->fts_name, state->session) == 0;
	if (text_number(e->fts_name, 1, UINT64_MAX, &serial) != 0)
		return false;
	if (state->deltas.n > 0 && serial >= state->deltas.at[0].serial)
		return true;
	return serial <= state->serial && serial + 1 >= state->serial;
}

/* Remove the folders of other sessions and of old serials. */
static void
rrdp_remove_old(const struct rrdp_run *run)
{
	char *path = world_need(strdup(run->params->out));
	char *paths[] = {path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	/* A folder that is kept has a number of 1, and so has all in it. */
	while (fts != NULL && (e = fts_read(fts)) != NULL) {
		if (e->fts_level < 1 || e->fts_name[0] == '.')
			continue;
		if (e->fts_info == FTS_D && e->fts_level == 2)
			e->fts_number = rrdp_is_kept(run, e) &&
				rrdp_is_kept(run, e->fts_parent);
		if (e->fts_info == FTS_F && e->fts_level == 3 &&
			e->fts_parent->fts_number == 0)
			(void)unlink(e->fts_accpath); /* else it stays */
		/* Fails for those that are not empty, as it should. */
		if (e->fts_info == FTS_DP && e->fts_number == 0)
			(void)rmdir(e->fts_accpath);
	}
	if (fts != NULL)
		fts_close(fts);
	free(path);
}

static int
rrdp_write(struct rrdp_run *run)
{
	bool delta = rrdp_advance(run);
	uint8_t hash[32];
	int err = 0;

	if (delta)
		err = rrdp_keep_delta(run);
	if (err == 0)
		err = rrdp_write_snapshot(run, hash);
	if (err == 0)
		err = rrdp_write_notification(run, hash);
	if (err == 0)
		err = rrdp_state_write(run->params->out, &run->state, run->set);
	if (err == 0)
		rrdp_remove_old(run);
	run->result->snapshot_only = !delta;
	return err;
}

int
rrdp_publish(const struct rrdp_params *params, const struct rrdp_set *set,
	struct rrdp_result *out, char why[256])
{
	struct rrdp_result result = {0};
	struct rrdp_run run = {
		.params = params, .set = set, .result = &result, .why = why};
	int err;

	snprintf(why, 256, "%.250s", params->out);
	err = rrdp_state_read(params->out, &run.state);
	if (err == 0) {
		rrdp_compare(&run);
		result.published = params->force || params->new_session ||
			params->wrong_count > 0 || params->serial != 0 ||
			run.state.session[0] == '\0' ||
			(params->session != NULL &&
				strcmp(params->session, run.state.session) !=
					0) ||
			result.added + result.changed + result.removed > 0;
	}
	if (err == 0 && result.published)
		err = rrdp_write(&run);
	snprintf(result.session, sizeof(result.session), "%s",
		run.state.session);
	result.serial = run.state.serial;
	rrdp_state_free(&run.state);
	if (err == 0)
		*out = result;
	return err;
}
