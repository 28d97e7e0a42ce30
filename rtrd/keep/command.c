/*
 * command: words in an arena; a failure is kept to the end, so that nobody
 * forgets to ask.
 */
#include "rtrd/keep/command.h"

#include <stdio.h>
#include <string.h>

#include "core/vec.h"
#include "rtrd/keep/house.h"
#include "waymark/bounds.h"

struct command {
	VEC(char *) words;
	struct arena *arena;
	bool failed;
};

static void
add(struct command *c, const char *word)
{
	char *copy = arena_text(c->arena, word, strlen(word));

	if (copy == NULL || !VEC_PUSH(&c->words, copy))
		c->failed = true;
}

/* An option with its value; NULL: it is not said. */
static void
add_pair(struct command *c, const char *option, const char *value)
{
	if (value == NULL)
		return;
	add(c, option);
	add(c, value);
}

/* A number that is the default is not said. */
static void
add_number(struct command *c, const char *option, int64_t value, int64_t usual)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	if (value != usual)
		add_pair(c, option, text);
}

static void
add_flag(struct command *c, const char *option, bool on)
{
	if (on)
		add(c, option);
}

/* The program, what it shall do, and what every child is told. */
static void
begin(struct command *c, const struct config *config, const char *what)
{
	char path[BOUND_PATH];

	/* Looked for at each start: an upgrade replaces it under us. */
	add(c, house_validator(config->validator, path));
	add(c, what);
	/* Which object was refused, and why: without it a tree that lost its
	 * manifests is only "unusable". */
	add_pair(c, "--log-level", "warn");
	for (size_t i = 0; i < config->tals.n; i++)
		add_pair(c, "--tal", config->tals.at[i]);
}

/* The words as an array of the arena's; those of the list go. */
static char **
finish(struct command *c)
{
	char **words = NULL;

	if (!c->failed)
		words = arena_array(c->arena, c->words.n + 1, sizeof(*words));
	if (words != NULL) {
		memcpy(words, c->words.at, c->words.n * sizeof(*words));
		words[c->words.n] = NULL;
	}
	VEC_FREE(&c->words);
	return words;
}

char **
command_run(
	struct arena *arena, const struct config *config, const char *state_dir)
{
	struct command c = {.arena = arena};
	char path[BOUND_PATH], text[BOUND_PATH + 16];

	begin(&c, config, config->local != NULL ? "once" : "run");
	add(&c, "--quiet");
	if (config->local != NULL) {
		add_pair(&c, "--local", config->local);
	} else {
		add_pair(&c, "--cache", state_dir);
		/* What is not fetched is not waited for. */
		add_flag(&c, "--no-rrdp", config->no_rrdp);
		add_flag(&c, "--no-rsync", config->no_rsync);
	}
	add_pair(&c, "--at", config->at);
	if (strcmp(config->profile, "current") != 0)
		add_pair(&c, "--profile", config->profile);
	add_number(&c, "--max-depth", config->max_depth, BOUND_CA_DEPTH);
	add_number(&c, "--aspa-max-providers", config->aspa_max_providers,
		BOUND_ASPA_PROVIDERS);
	for (size_t i = 0; i < config->limits.n; i++)
		add_pair(&c, "--limit", config->limits.at[i]);
	add_number(&c, "--threads", config->threads, OPTION_THREADS_ALL);
	snprintf(text, sizeof(text), "snapshot=%s",
		house_path(state_dir, HOUSE_RUN_SNAPSHOT, path));
	add_pair(&c, "--output", text);
	return finish(&c);
}

char **
command_fetch(
	struct arena *arena, const struct config *config, const char *state_dir)
{
	struct command c = {.arena = arena};

	begin(&c, config, "fetch");
	add_pair(&c, "--cache", state_dir);
	add(&c, "--control");
	add_number(&c, "--refresh", config->refresh_ms / 1000, BOUND_REFRESH_S);
	add_number(&c, "--fetch-timeout", config->fetch_timeout_s,
		BOUND_REPO_WALL_MS / 1000);
	add_number(&c, "--disk-budget", config->disk_budget_mib,
		BOUND_STORE_BUDGET_MIB);
	add_flag(&c, "--no-rrdp", config->no_rrdp);
	add_flag(&c, "--no-rsync", config->no_rsync);
	if (strcmp(config->rsync, "rsync") != 0)
		add_pair(&c, "--rsync", config->rsync);
	add_pair(&c, "--tls-ca", config->tls_ca);
	add_flag(&c, "--tls-insecure", config->tls_insecure);
	add_pair(&c, "--proxy", config->proxy);
	add_pair(&c, "--source-address", config->source_address);
	return finish(&c);
}

bool
command_is_same(char *const *a, char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == NULL && *b == NULL;
}
