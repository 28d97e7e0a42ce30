/*
 * setup: see the header.
 */
#include "validator/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/vec.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 65536
};

/* Locators under way to become an array. */
struct tals {
	struct arena *arena;
	const struct log *log;
	struct run_ta *at;
	size_t n;
};

static int
by_name(const void *a, const void *b)
{
	const struct run_ta *x = a, *y = b;

	return strcmp(x->tal.name, y->tal.name);
}

/* One that is named and cannot be opened, or has an impossible name, is a
 * mistake of the command line; one with broken content, or that a folder holds,
 * is a fact of the run, as the others are still worth something. */
static int
add_tal(struct tals *tals, const char *path, bool listed, char why[TAL_WHY])
{
	struct run_ta ta = {0};
	int err;

	if (tals->n == BOUND_TAS) {
		(void)snprintf(
			why, TAL_WHY, "more than %d locators", BOUND_TAS);
		return ERR_USAGE;
	}
	err = tal_read(path, tals->arena, &ta.tal, why);
	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_SYNTAX || err == ERR_LIMIT || err == ERR_KIND ||
		(err != 0 && listed)) {
		if (tal_name(path, tals->arena, &ta.tal.name) != 0)
			return ERR_USAGE;
		log_event(tals->log, LOG_LEVEL_ERROR, "tal", "%s", why);
		ta.tal.path = arena_text(tals->arena, path, strlen(path));
		if (ta.tal.path == NULL)
			return ERR_NOMEM;
		ta.broken = true;
	} else if (err != 0) {
		return ERR_USAGE;
	}
	tals->at[tals->n++] = ta;
	return 0;
}

static int
add_path(struct tals *tals, const char *path, char why[TAL_WHY])
{
	const char *const *paths;
	size_t n, i;
	int err = 0;

	if (tal_list(path, tals->arena, &paths, &n, why) != 0)
		return ERR_USAGE;
	for (i = 0; i < n && err == 0; i++)
		err = add_tal(tals, paths[i], strcmp(paths[i], path) != 0, why);
	return err;
}

/* The operator's locators, or else those that came with the program. */
static const char *
default_path(char beside[FILE_PATH])
{
	if (access(SETUP_TALS, F_OK) == 0)
		return SETUP_TALS;
	file_beside(SETUP_TALS_BESIDE, beside);
	return access(beside, F_OK) == 0 ? beside : SETUP_TALS;
}

/* In the order of their names, so that the order of options means nothing. */
static int
read_tals(struct setup *s, const struct opt_values *v, char why[TAL_WHY])
{
	struct tals tals = {.arena = s->arena, .log = &s->log};
	size_t n = opt_list_count(v, SETUP_TAL), i;
	char beside[FILE_PATH];
	int err = 0;

	tals.at = arena_array(s->arena, BOUND_TAS, sizeof(*tals.at));
	if (tals.at == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n && err == 0; i++)
		err = add_path(&tals, opt_list(v, SETUP_TAL, i), why);
	if (n == 0)
		err = add_path(&tals, default_path(beside), why);
	if (err != 0)
		return err;
	qsort(tals.at, tals.n, sizeof(*tals.at), by_name);
	for (i = 1; i < tals.n; i++) {
		if (by_name(&tals.at[i - 1], &tals.at[i]) != 0)
			continue;
		(void)snprintf(why, TAL_WHY,
			"%s and %s: two locators of one name",
			tals.at[i - 1].tal.path, tals.at[i].tal.path);
		return ERR_USAGE;
	}
	s->run.tas = tals.at;
	s->run.ta_count = tals.n;
	s->tals_given = n > 0;
	return 0;
}

static int
read_log(struct setup *s, const struct opt_values *v, char why[TAL_WHY])
{
	const char *level = opt_text(v, SETUP_LOG_LEVEL);

	s->log = (struct log){.fd = STDERR_FILENO, .level = LOG_LEVEL_WARN};
	if (opt_flag(v, SETUP_QUIET))
		s->log.level = LOG_LEVEL_ERROR;
	if (level == NULL || log_level_parse(level, &s->log.level) == 0)
		return 0;
	(void)snprintf(why, TAL_WHY,
		"--log-level %s: error, warn, info or debug is wanted", level);
	return ERR_USAGE;
}

static int
read_rules(struct setup *s, const struct opt_values *v, char why[TAL_WHY])
{
	const char *at = opt_text(v, SETUP_AT);
	const char *profile = opt_text(v, SETUP_PROFILE);

	s->run.at = wall_now();
	if (at != NULL && wall_parse(at, &s->run.at) != 0) {
		(void)snprintf(why, TAL_WHY,
			"--at %s: a time like 2026-03-16T07:30:00Z, or Unix "
			"seconds, is wanted",
			at);
		return ERR_USAGE;
	}
	s->run.profile = profile_find(profile);
	if (s->run.profile != NULL)
		return 0;
	(void)snprintf(why, TAL_WHY,
		"--profile %s: current or rfc6488 is wanted", profile);
	return ERR_USAGE;
}

static int
read_limits(struct setup *s, const struct opt_values *v, char why[TAL_WHY])
{
	size_t n = opt_list_count(v, SETUP_LIMITS), i;
	char what[LIMITS_WHY];

	for (i = 0; i < n; i++) {
		const char *text = opt_list(v, SETUP_LIMITS, i);

		if (limits_set(&s->run.limits, text, what) == 0)
			continue;
		(void)snprintf(why, TAL_WHY, "--limit %s: %s", text, what);
		return ERR_USAGE;
	}
	return 0;
}

int
setup_init(struct setup *s, const struct opt_values *v, bool default_tals,
	char why[TAL_WHY])
{
	int err;

	*s = (struct setup){.arena = arena_new(ARENA_CHUNK)};
	if (s->arena == NULL)
		return ERR_NOMEM;
	s->run.limits = (struct chain_limits)CHAIN_LIMITS;
	s->run.limits.depth = (uint32_t)opt_number(v, SETUP_MAX_DEPTH);
	s->run.limits.providers =
		(uint32_t)opt_number(v, SETUP_ASPA_MAX_PROVIDERS);
	s->run.threads = (size_t)opt_number(v, SETUP_THREADS);
	s->run.log = &s->log;
	err = read_log(s, v, why);
	if (err == 0)
		err = read_rules(s, v, why);
	if (err == 0)
		err = read_limits(s, v, why);
	if (err == 0 && (default_tals || opt_list_count(v, SETUP_TAL) > 0))
		err = read_tals(s, v, why);
	if (err != 0)
		setup_fini(s);
	return err;
}

void
setup_fini(struct setup *s)
{
	arena_free(s->arena);
	s->arena = NULL;
}
