/*
 * rrdp_state: OUT/.state, what was published last.
 *
 *	session SESSION
 *	sessions N
 *	serial N
 *	delta SERIAL HASH           ascending
 *	object HASH URI             by URI
 *
 * Written last: a publisher that ended before makes the same serial again.
 */
#include "tests/lab/rrdp_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

enum {
	STATE_SIZE = 1 << 30
};

static int
state_hash(const char *hex, uint8_t hash[32])
{
	for (size_t i = 0; i < 64; i++) {
		int digit = text_hex_digit((uint8_t)hex[i]);

		if (digit < 0)
			return ERR_SYNTAX;
		hash[i / 2] = (uint8_t)(hash[i / 2] << 4 | digit);
	}
	return 0;
}

static int
state_delta(struct rrdp_state *state, char *rest)
{
	struct rrdp_delta delta = {0};
	char *space = strchr(rest, ' ');
	int err;

	if (space == NULL)
		return ERR_SYNTAX;
	*space = '\0';
	err = text_number(rest, 1, UINT64_MAX, &delta.serial);
	if (err == 0)
		err = state_hash(space + 1, delta.hash);
	if (err == 0 && !VEC_PUSH(&state->deltas, delta))
		err = ERR_NOMEM;
	return err;
}

static int
state_line(struct rrdp_state *state, char *line)
{
	char *rest = strchr(line, ' ');
	uint8_t hash[32] = {0};
	int err;

	if (rest == NULL)
		return ERR_SYNTAX;
	*rest++ = '\0';
	if (strcmp(line, "session") == 0) {
		snprintf(state->session, sizeof(state->session), "%s", rest);
		return 0;
	}
	if (strcmp(line, "sessions") == 0)
		return text_number(rest, 0, UINT64_MAX, &state->sessions);
	if (strcmp(line, "serial") == 0)
		return text_number(rest, 0, UINT64_MAX, &state->serial);
	if (strcmp(line, "delta") == 0)
		return state_delta(state, rest);
	if (strcmp(line, "object") != 0)
		return ERR_SYNTAX;
	err = state_hash(rest, hash);
	if (err == 0 && rest[64] != ' ')
		err = ERR_SYNTAX;
	if (err == 0)
		rrdp_set_add_hash(&state->set, rest + 65, hash);
	return err;
}

int
rrdp_state_read(const char *out, struct rrdp_state *state)
{
	struct arena *arena = world_need(arena_new(1 << 16));
	char path[RRDP_PATH];
	struct span all = {0};
	char *at, *end;
	int err;

	*state = (struct rrdp_state){0};
	rrdp_set_init(&state->set);
	snprintf(path, sizeof(path), "%s/.state", out);
	err = file_read(path, STATE_SIZE, arena, &all);
	if (err == ERR_NOTFOUND) {
		arena_free(arena);
		return 0;
	}
	at = err == 0
		? world_need(arena_text(arena, (const char *)all.p, all.n))
		: NULL;
	while (err == 0 && *at != '\0') {
		end = strchr(at, '\n');
		if (end == NULL)
			break;
		*end = '\0';
		err = state_line(state, at);
		at = end + 1;
	}
	rrdp_set_sort(&state->set);
	arena_free(arena);
	return err;
}

void
rrdp_state_free(struct rrdp_state *state)
{
	VEC_FREE(&state->deltas);
	rrdp_set_free(&state->set);
}

static void
state_put_hash(FILE *file, const uint8_t hash[32])
{
	for (size_t i = 0; i < 32; i++)
		fprintf(file, "%02x", hash[i]);
}

int
rrdp_state_write(const char *out, const struct rrdp_state *state,
	const struct rrdp_set *set)
{
	char path[RRDP_PATH], aside[RRDP_PATH];
	FILE *file;
	bool bad;

	snprintf(path, sizeof(path), "%s/.state", out);
	snprintf(aside, sizeof(aside), "%s/.state.aside", out);
	file = fopen(aside, "we");
	if (file == NULL)
		return err_from_errno(errno);
	fprintf(file, "session %s\nsessions %llu\nserial %llu\n",
		state->session, (unsigned long long)state->sessions,
		(unsigned long long)state->serial);
	for (size_t i = 0; i < state->deltas.n; i++) {
		fprintf(file, "delta %llu ",
			(unsigned long long)state->deltas.at[i].serial);
		state_put_hash(file, state->deltas.at[i].hash);
		fputc('\n', file);
	}
	for (size_t i = 0; i < set->objects.n; i++) {
		fputs("object ", file);
		state_put_hash(file, set->objects.at[i].hash);
		fprintf(file, " %s\n", set->objects.at[i].uri);
	}
	bad = ferror(file) != 0;
	bad = fclose(file) != 0 || bad;
	if (bad)
		return ERR_IO;
	return rename(aside, path) == 0 ? 0 : err_from_errno(errno);
}
