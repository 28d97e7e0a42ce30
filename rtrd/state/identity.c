/*
 * identity: the session ids of a lineage.
 *
 * The file is text of a few lines, so a damaged one is told from a whole one
 * by reading it strictly; what it then protects from is one chance in 65,536.
 */
#include "rtrd/state/identity.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

#define MAGIC "waymark-sessions 1\n"

enum {
	FILE_MAX = 512, /* magic and lines of five digits */
	TAKEN_MAX = IDENTITY_KEPT + (IDENTITY_USED + 1) * IDENTITY_MAX
};

/* Session ids that must not be drawn. */
struct taken {
	uint16_t ids[TAKEN_MAX];
	size_t n;
};

static bool
is_taken(const struct taken *t, uint16_t id)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->ids[i] == id)
			return true;
	}
	return false;
}

/* Add those of an identity that are not there, as long as there is room. */
static void
take(struct taken *t, const struct identity *id)
{
	for (size_t i = 0; i < id->n && t->n < TAKEN_MAX; i++) {
		if (!is_taken(t, id->ids[i]))
			t->ids[t->n++] = id->ids[i];
	}
}

/* Read one line of digits off the front of `text`. */
static bool
read_line(const char **text, uint16_t *out)
{
	const char *end = strchr(*text, '\n');
	char line[8] = "";
	uint64_t number;

	if (end == NULL || (size_t)(end - *text) >= sizeof(line))
		return false;
	memcpy(line, *text, (size_t)(end - *text));
	if (text_number(line, 1, UINT16_MAX, &number) != 0)
		return false;
	*text = end + 1;
	*out = (uint16_t)number;
	return true;
}

/* The ids that are remembered, as far as the file makes sense. */
static void
read_kept(const char *path, struct taken *t)
{
	struct arena *arena = arena_new(FILE_MAX + 1);
	struct span content;
	const char *text;

	if (arena == NULL)
		return;
	if (file_read(path, FILE_MAX, arena, &content) == 0) {
		text = (const char *)content.p;
		if (strncmp(text, MAGIC, strlen(MAGIC)) == 0) {
			text += strlen(MAGIC);
			while (t->n < IDENTITY_KEPT &&
				read_line(&text, &t->ids[t->n]))
				t->n++;
		}
	}
	arena_free(arena);
}

static int
path_make(const char *folder, char path[BOUND_PATH])
{
	return snprintf(path, BOUND_PATH, "%s/sessions", folder) >= BOUND_PATH
		? ERR_LIMIT
		: 0;
}

bool
identity_equal(const struct identity *a, const struct identity *b)
{
	return a->n == b->n &&
		memcmp(a->ids, b->ids, a->n * sizeof(a->ids[0])) == 0;
}

/* One more id; it is taken from then on. */
static int
draw(struct taken *t, uint16_t *out)
{
	uint16_t id;

	do {
		if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
			return ERR_SYSTEM;
	} while (id == 0 || is_taken(t, id));
	t->ids[t->n++] = id;
	*out = id;
	return 0;
}

int
identity_draw(const char *folder, const struct identity *used, size_t n,
	size_t count, struct identity *out)
{
	struct taken taken = {.n = 0};
	struct identity id = {.n = count};
	char path[BOUND_PATH];
	int err = 0;

	if (path_make(folder, path) == 0)
		read_kept(path, &taken);
	assert(n <= IDENTITY_USED && count <= IDENTITY_MAX);
	for (size_t i = 0; i < n; i++)
		take(&taken, &used[i]);
	for (size_t i = 0; err == 0 && i < count; i++)
		err = draw(&taken, &id.ids[i]);
	if (err == 0)
		*out = id;
	return err;
}

static int
write_ids(const char *path, const struct taken *t)
{
	struct file_out f;
	char line[8];
	int err = file_out_open(&f, path);

	if (err != 0)
		return err;
	file_out_write(&f, MAGIC, strlen(MAGIC));
	for (size_t i = 0; i < t->n && i < IDENTITY_KEPT; i++) {
		snprintf(line, sizeof(line), "%u\n", (unsigned)t->ids[i]);
		file_out_write(&f, line, strlen(line));
	}
	return file_out_commit(&f);
}

int
identity_note(const char *folder, const struct identity *id)
{
	struct taken kept = {.n = 0}, all = {.n = 0};
	char path[BOUND_PATH];
	int err = path_make(folder, path);

	if (err != 0)
		return err;
	read_kept(path, &kept);
	take(&all, id);
	if (kept.n >= all.n &&
		memcmp(kept.ids, all.ids, all.n * sizeof(all.ids[0])) == 0)
		return 0;
	for (size_t i = 0; i < kept.n && all.n < TAKEN_MAX; i++) {
		if (!is_taken(&all, kept.ids[i]))
			all.ids[all.n++] = kept.ids[i];
	}
	return write_ids(path, &all);
}
