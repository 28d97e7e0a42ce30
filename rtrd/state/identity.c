/*
 * identity: the session ids of this start.
 *
 * The file is text of a few lines, so a damaged one is told from a whole one
 * by reading it strictly; what it then protects from is one chance in 65,536.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "rtrd/state/identity.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

#define MAGIC "waymark-sessions 1\n"

enum {
	FILE_MAX = 128
}; /* magic and eight lines of five digits */

/* Session ids that must not be drawn. */
struct taken {
	uint16_t ids[2 * IDENTITY_MAX];
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

/* The ids of the last start, as far as the file makes sense. */
static void
read_last(const char *path, struct taken *t)
{
	struct arena *arena = arena_new(FILE_MAX + 1);
	struct taken found = {.n = 0};
	struct span content;
	const char *text;

	if (arena == NULL)
		return;
	if (file_read(path, FILE_MAX, arena, &content) == 0) {
		text = (const char *)content.p;
		if (strncmp(text, MAGIC, strlen(MAGIC)) == 0) {
			text += strlen(MAGIC);
			while (found.n < IDENTITY_MAX &&
				read_line(&text, &found.ids[found.n]))
				found.n++;
			*t = found;
		}
	}
	arena_free(arena);
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

static int
write_ids(const char *path, const uint16_t *ids, size_t count)
{
	struct file_out f;
	char line[8];
	int err = file_out_open(&f, path);

	if (err != 0)
		return err;
	file_out_write(&f, MAGIC, strlen(MAGIC));
	for (size_t i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%u\n", (unsigned)ids[i]);
		file_out_write(&f, line, strlen(line));
	}
	return file_out_commit(&f);
}

int
identity_renew(const char *folder, size_t count, uint16_t *out)
{
	struct taken taken = {.n = 0};
	uint16_t ids[IDENTITY_MAX];
	char path[BOUND_PATH];
	int err;

	if (snprintf(path, sizeof(path), "%s/sessions", folder) >=
		(int)sizeof(path))
		return ERR_LIMIT;
	/* First drawn, then written, then told: a start that fails in between
	 * has used no id. */
	read_last(path, &taken);
	for (size_t i = 0; i < count; i++) {
		err = draw(&taken, &ids[i]);
		if (err != 0)
			return err;
	}
	err = write_ids(path, ids, count);
	if (err == 0)
		memcpy(out, ids, count * sizeof(*ids));
	return err;
}
