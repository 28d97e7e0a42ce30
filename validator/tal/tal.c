/*
 * tal: see the header.  The text is read line by line in three parts:
 *
 *	TAL_COMMENTS --first URI--> TAL_URIS --empty line--> TAL_KEY
 *
 * Comments stand only at the front (RFC 8630 section 2.2).  Lines end in LF or
 * CRLF.  Empty lines behind the key are harmless and accepted.
 */
#include "validator/tal/tal.h"

#include <errno.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/text.h"
#include "core/uri.h"
#include "core/vec.h"
#include "validator/tal/constraints.h"
#include "validator/tal/line.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum tal_part {
	TAL_COMMENTS,
	TAL_URIS,
	TAL_KEY,
};

struct tal_reader {
	enum tal_part part;
	unsigned line; /* number of the line at hand */
	struct span uris[BOUND_TAL_URIS];
	size_t uri_count;
	const uint8_t *key; /* first octet of the base64 text */
	const uint8_t *key_end;
	unsigned key_line;
	const char *why;
};

static int
read_uri(struct tal_reader *t, struct span line)
{
	enum uri_fault fault;
	struct uri uri;

	t->part = TAL_URIS;
	if (line.p[0] == '#') {
		t->why = "comments stand before the URIs only";
		return ERR_SYNTAX;
	}
	fault = uri_parse(line, &uri);
	if (fault != URI_GOOD) {
		t->why = uri_fault_text(fault);
		return ERR_SYNTAX;
	}
	if (uri.scheme == URI_OTHER) {
		t->why = "a URI is neither rsync:// nor https://";
		return ERR_SYNTAX;
	}
	if (uri_name(uri.path).n == 0) {
		t->why = "a URI names a folder, not a certificate";
		return ERR_SYNTAX;
	}
	if (t->uri_count == BOUND_TAL_URIS) {
		t->why = "more URIs than any locator may have";
		return ERR_LIMIT;
	}
	t->uris[t->uri_count++] = line;
	return 0;
}

static bool
is_base64(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

static int
read_key_line(struct tal_reader *t, struct span line)
{
	size_t i;

	if (line.n == 0)
		return 0;
	for (i = 0; i < line.n; i++) {
		if (!is_base64(line.p[i])) {
			t->why = "the key holds a character that is not of "
				 "base64";
			return ERR_SYNTAX;
		}
	}
	if (t->key == NULL) {
		t->key = line.p;
		t->key_line = t->line;
	}
	t->key_end = line.p + line.n;
	return 0;
}

static int
read_line(struct tal_reader *t, struct span line)
{
	switch (t->part) {
	case TAL_COMMENTS:
		if (line.n > 0 && line.p[0] == '#')
			return 0;
		if (line.n > 0)
			return read_uri(t, line);
		t->why = "a URI is wanted here, not an empty line";
		return ERR_SYNTAX;
	case TAL_URIS:
		if (line.n > 0)
			return read_uri(t, line);
		t->part = TAL_KEY;
		return 0;
	case TAL_KEY:
		return read_key_line(t, line);
	}
	return ERR_SYNTAX;
}

static int
decode_key(struct tal_reader *t, struct arena *arena, struct span *out)
{
	size_t cap, n;
	uint8_t *key;

	if (t->key == NULL) {
		t->why = t->part == TAL_KEY
			? "the key is missing"
			: "an empty line and the key are missing";
		return ERR_SYNTAX;
	}
	t->line = t->key_line;
	cap = (size_t)(t->key_end - t->key);
	key = arena_get(arena, cap);
	if (key == NULL)
		return ERR_NOMEM;
	if (text_base64((const char *)t->key, cap, key, cap, &n) != 0 ||
		n == 0) {
		t->why = "the key is not whole base64";
		return ERR_SYNTAX;
	}
	*out = span_of(key, n);
	return 0;
}

static int
copy_uris(const struct tal_reader *t, struct arena *arena, struct tal *out)
{
	struct span *uris = arena_array(arena, t->uri_count, sizeof(*uris));
	size_t i;

	if (uris == NULL)
		return ERR_NOMEM;
	for (i = 0; i < t->uri_count; i++) {
		uris[i].n = t->uris[i].n;
		uris[i].p = (const uint8_t *)arena_text(
			arena, (const char *)t->uris[i].p, t->uris[i].n);
		if (uris[i].p == NULL)
			return ERR_NOMEM;
	}
	out->uris = uris;
	out->uri_count = t->uri_count;
	return 0;
}

int
tal_parse(struct span text, struct arena *arena, struct tal *out,
	struct tal_error *why)
{
	struct tal_reader t = {.part = TAL_COMMENTS};
	struct reader r = reader_of(text);
	struct tal tal = {0};
	struct span line;
	int err = 0;

	if (text.n > BOUND_TAL_SIZE) {
		*why = (struct tal_error){0, "longer than any locator"};
		return ERR_LIMIT;
	}
	while (err == 0 && line_take(&r, &line)) {
		t.line++;
		err = read_line(&t, line);
	}
	if (err == 0 && t.uri_count == 0) {
		t.why = "there is no URI";
		err = ERR_SYNTAX;
	}
	if (err == 0)
		err = decode_key(&t, arena, &tal.spki);
	if (err == 0)
		err = copy_uris(&t, arena, &tal);
	if (err != 0) {
		*why = (struct tal_error){
			t.line, t.why == NULL ? err_text(err) : t.why};
		return err;
	}
	tal.key_line = t.key_line;
	*out = tal;
	return 0;
}

int
tal_name(const char *path, struct arena *arena, const char **out)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	size_t n = strlen(name), i;

	if (n <= 4 || strcmp(name + n - 4, ".tal") != 0)
		return ERR_SYNTAX;
	n -= 4;
	if (n > BOUND_TAL_NAME)
		return ERR_LIMIT;
	for (i = 0; i < n; i++) {
		if (name[i] <= 0x20 || name[i] >= 0x7f || name[i] == ',' ||
			name[i] == '"')
			return ERR_SYNTAX;
	}
	*out = arena_text(arena, name, n);
	return *out == NULL ? ERR_NOMEM : 0;
}

/* Say what is wrong with a file, and return `err`. */
static int
explain(const char *path, int err, const struct tal_error *error,
	char why[TAL_WHY])
{
	const char *text = error->text != NULL ? error->text : err_text(err);

	if (error->line == 0)
		snprintf(why, TAL_WHY, "%s: %s", path, text);
	else
		snprintf(why, TAL_WHY, "%s: line %u: %s", path, error->line,
			text);
	return err;
}

/* NAME.constraints beside NAME.tal; most have none. */
static int
read_constraints(const char *path, struct arena *arena, struct tal *out,
	char why[TAL_WHY])
{
	static const char ending[] = "constraints";
	size_t n = strlen(path) - strlen("tal");
	char *name = arena_get(arena, n + sizeof(ending));
	struct constraints *c = arena_get(arena, sizeof(*c));
	struct tal_error error = {0, NULL};
	struct span text;
	struct stat st;
	int err;

	if (name == NULL || c == NULL)
		return ERR_NOMEM;
	memcpy(name, path, n);
	memcpy(name + n, ending, sizeof(ending));
	/* A link that leads nowhere is meant to be something. */
	if (lstat(name, &st) != 0 && errno == ENOENT)
		return 0;
	err = file_read(name, BOUND_CONFIG_SIZE, arena, &text);
	if (err == 0)
		err = constraints_parse(text, arena, c, &error);
	if (err != 0)
		return explain(name, err, &error, why);
	out->constraints = c;
	return 0;
}

int
tal_read(const char *path, struct arena *arena, struct tal *out,
	char why[TAL_WHY])
{
	struct tal_error error = {0, NULL};
	struct tal tal;
	const char *name, *copy;
	struct span text;
	int err = tal_name(path, arena, &name);

	if (err != 0) {
		snprintf(why, TAL_WHY,
			"%s: the file's name must be NAME.tal, NAME at most "
			"%d printable characters",
			path, BOUND_TAL_NAME);
		return err;
	}
	copy = arena_text(arena, path, strlen(path));
	err = copy == NULL ? ERR_NOMEM
			   : file_read(path, BOUND_TAL_SIZE, arena, &text);
	if (err == 0)
		err = tal_parse(text, arena, &tal, &error);
	if (err != 0)
		return explain(path, err, &error, why);
	err = read_constraints(path, arena, &tal, why);
	if (err != 0)
		return err;
	tal.name = name;
	tal.path = copy;
	*out = tal;
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_locator(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 4 && strcmp(name + n - 4, ".tal") == 0;
}

/* Names of `dir` that are locators, as paths below `path`. */
static int
list_folder(DIR *dir, const char *path, struct arena *arena,
	const char ***paths, size_t *count)
{
	VEC(const char *) found = {0};
	struct dirent *entry;
	int err = 0;

	while (err == 0 && (entry = readdir(dir)) != NULL) {
		char full[BOUND_PATH];
		const char *copy;
		int n;

		if (!is_locator(entry->d_name))
			continue;
		n = snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);
		if (n < 0 || (size_t)n >= sizeof(full)) {
			err = ERR_LIMIT;
			break;
		}
		copy = arena_text(arena, full, (size_t)n);
		if (copy == NULL || !VEC_PUSH(&found, copy))
			err = ERR_NOMEM;
	}
	if (err == 0 && found.n == 0)
		err = ERR_NOTFOUND;
	if (err == 0) {
		qsort(found.at, found.n, sizeof(*found.at), by_text);
		*count = found.n;
		*paths = arena_copy(
			arena, found.at, found.n * sizeof(*found.at));
		err = *paths == NULL ? ERR_NOMEM : 0;
	}
	VEC_FREE(&found);
	return err;
}

int
tal_list(const char *path, struct arena *arena, const char *const **paths,
	size_t *count, char why[TAL_WHY])
{
	const char **found = NULL;
	struct stat st;
	DIR *dir;
	int err;

	if (stat(path, &st) != 0) {
		err = err_from_errno(errno);
		snprintf(why, TAL_WHY, "%s: %s", path, err_text(err));
		return err;
	}
	if (!S_ISDIR(st.st_mode)) {
		found = arena_array(arena, 1, sizeof(*found));
		if (found == NULL)
			return ERR_NOMEM;
		found[0] = arena_text(arena, path, strlen(path));
		*paths = found;
		*count = 1;
		return found[0] == NULL ? ERR_NOMEM : 0;
	}
	dir = opendir(path);
	if (dir == NULL) {
		err = err_from_errno(errno);
		snprintf(why, TAL_WHY, "%s: %s", path, err_text(err));
		return err;
	}
	err = list_folder(dir, path, arena, &found, count);
	closedir(dir);
	if (err == 0)
		*paths = found;
	else
		snprintf(why, TAL_WHY, "%s: %s", path,
			err == ERR_NOTFOUND ? "no file NAME.tal in this folder"
					    : err_text(err));
	return err;
}
