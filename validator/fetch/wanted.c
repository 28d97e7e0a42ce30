/*
 * wanted: the file is ours on both sides, and is read as if it were not.
 *
 * The count of entries is bounded by the size of the file; each line is cut
 * into fields where it lies, in a copy that the arena keeps.
 */
#include "validator/fetch/wanted.h"

#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "core/uri.h"
#include "core/vec.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

#define WANTED_HEAD "waymark-wanted 1"
#define WANTED_END  "end"

enum {
	FIELDS = 7, /* of the longest line, its word included */
	HASH_OCTETS = 32,
};

typedef uint8_t wanted_hash[HASH_OCTETS];

/* A file under way. */
struct source {
	struct arena *arena;
	char *next; /* the line that was not read yet; NULL: none */
	unsigned line;
	const char *fields[FIELDS];
	size_t field_count;
	VEC(struct want) wants;
	VEC(struct want_keep) keeps;
	VEC(wanted_hash) damaged;
	const char *fault;
};

/* Cut the next line into fields; false at the end of the file. */
static bool
take_line(struct source *in)
{
	char *p = in->next, *end;

	if (p == NULL || *p == '\0')
		return false;
	end = strchr(p, '\n');
	in->next = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	in->line++;
	in->field_count = 0;
	for (;;) {
		if (in->field_count == FIELDS) {
			in->fault = "too many fields";
			return true;
		}
		in->fields[in->field_count++] = p;
		p = strchr(p, ' ');
		if (p == NULL)
			return true;
		*p++ = '\0';
	}
}

/* A field that is "-" where there is nothing. */
static const char *
field_text(const struct source *in, size_t i)
{
	return strcmp(in->fields[i], "-") == 0 ? "" : in->fields[i];
}

static bool
is_sound(const char *uri)
{
	struct uri parts;

	return uri_parse(span_text(uri), &parts) == URI_GOOD &&
		parts.scheme != URI_OTHER;
}

static bool
read_hash(const char *text, uint8_t out[HASH_OCTETS])
{
	if (strlen(text) != 2 * HASH_OCTETS)
		return false;
	for (size_t i = 0; i < HASH_OCTETS; i++) {
		int high = text_hex_digit((uint8_t)text[2 * i]);
		int low = text_hex_digit((uint8_t)text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

static int
read_want(struct source *in)
{
	struct want want = {0};
	const char *after = field_text(in, 3);

	if (repo_kind_parse(in->fields[1], &want.kind) != 0)
		in->fault = "no kind of repository";
	want.uri = in->fields[2];
	want.after = after[0] != '\0' ? after : NULL;
	want.ta = field_text(in, 4);
	want.delegation = field_text(in, 5);
	want.hosts = field_text(in, 6);
	if (!is_sound(want.uri) || (want.after != NULL && !is_sound(after)))
		in->fault = "a URI that is not sound";
	return VEC_PUSH(&in->wants, want) ? 0 : ERR_NOMEM;
}

static int
read_keep(struct source *in)
{
	struct want_keep keep = {.uri = in->fields[1]};

	if (!is_sound(keep.uri))
		in->fault = "a URI that is not sound";
	if (!read_hash(in->fields[2], keep.hash))
		in->fault = "no SHA-256";
	return VEC_PUSH(&in->keeps, keep) ? 0 : ERR_NOMEM;
}

static int
read_damaged(struct source *in)
{
	uint8_t hash[HASH_OCTETS];

	if (!read_hash(in->fields[1], hash)) {
		in->fault = "no SHA-256";
		return 0;
	}
	if (!VEC_RESERVE(&in->damaged, in->damaged.n + 1))
		return ERR_NOMEM;
	memcpy(in->damaged.at[in->damaged.n++], hash, sizeof(hash));
	return 0;
}

static const struct {
	const char *word;
	size_t fields;
	int (*read)(struct source *in);
} entries[] = {
	{"want", 7, read_want},
	{"keep", 3, read_keep},
	{"damaged", 2, read_damaged},
};

static int
read_entry(struct source *in)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		if (strcmp(in->fields[0], entries[i].word) != 0)
			continue;
		if (in->field_count == entries[i].fields)
			return entries[i].read(in);
		in->fault = "not the fields of this entry";
		return 0;
	}
	in->fault = "an entry of no known kind";
	return 0;
}

/* From the first line to the last. */
static int
read_lines(struct source *in)
{
	int err = 0;

	/* The head is compared before it would be cut. */
	if (strncmp(in->next, WANTED_HEAD "\n", sizeof(WANTED_HEAD)) != 0) {
		in->line = 1;
		in->fault = "not a list of wanted repositories";
		return 0;
	}
	(void)take_line(in);
	while (err == 0 && in->fault == NULL) {
		if (!take_line(in)) {
			in->fault = "the last line is missing";
		} else if (strcmp(in->fields[0], WANTED_END) == 0) {
			if (in->next == NULL || *in->next != '\0')
				in->fault = "something follows the end";
			return 0;
		} else if (in->fault == NULL) {
			err = read_entry(in);
		}
	}
	return err;
}

/* Copy what was read into the arena. */
static int
hand_out(struct source *in, struct wanted *out)
{
	struct wanted w = {
		.wants = arena_copy(in->arena, in->wants.at,
			in->wants.n * sizeof(*in->wants.at)),
		.want_count = in->wants.n,
		.keeps = arena_copy(in->arena, in->keeps.at,
			in->keeps.n * sizeof(*in->keeps.at)),
		.keep_count = in->keeps.n,
		.damaged = arena_copy(in->arena, in->damaged.at,
			in->damaged.n * sizeof(*in->damaged.at)),
		.damaged_count = in->damaged.n,
	};

	if (w.wants == NULL || w.keeps == NULL || w.damaged == NULL)
		return ERR_NOMEM;
	*out = w;
	return 0;
}

int
wanted_read(const char *path, struct arena *arena, struct wanted *out,
	char why[256])
{
	struct source in = {.arena = arena};
	struct span file;
	int err = file_read(path, BOUND_WANTED_SIZE, arena, &file);

	if (err != 0)
		return err;
	in.next = arena_text(arena, (const char *)file.p, file.n);
	if (in.next == NULL)
		return ERR_NOMEM;
	err = read_lines(&in);
	if (err == 0 && in.fault != NULL) {
		(void)snprintf(why, 256, "%s:%u: %s", path, in.line, in.fault);
		err = ERR_SYNTAX;
	}
	if (err == 0)
		err = hand_out(&in, out);
	VEC_FREE(&in.wants);
	VEC_FREE(&in.keeps);
	VEC_FREE(&in.damaged);
	return err;
}

static const char *
or_dash(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "-";
}

static void
write_lines(const struct wanted *w, struct text *out)
{
	text_add(out, WANTED_HEAD "\n");
	for (size_t i = 0; i < w->want_count; i++) {
		const struct want *a = &w->wants[i];

		text_add(out, "want %s %s %s %s %s %s\n",
			repo_kind_name(a->kind), a->uri, or_dash(a->after),
			or_dash(a->ta), or_dash(a->delegation),
			or_dash(a->hosts));
	}
	for (size_t i = 0; i < w->keep_count; i++) {
		text_add(out, "keep %s ", w->keeps[i].uri);
		text_hex(out, w->keeps[i].hash, HASH_OCTETS);
		text_char(out, '\n');
	}
	for (size_t i = 0; i < w->damaged_count; i++) {
		text_add(out, "damaged ");
		text_hex(out, w->damaged[i], HASH_OCTETS);
		text_char(out, '\n');
	}
	text_add(out, WANTED_END "\n");
}

/* Whether a file has this content already. */
static bool
is_same(const char *path, const struct text *content)
{
	struct arena *arena = arena_new(65536);
	struct span file;
	bool same = arena != NULL &&
		file_read(path, BOUND_WANTED_SIZE, arena, &file) == 0 &&
		span_equal(file, span_of(content->p, content->n));

	arena_free(arena);
	return same;
}

static int
write_file(const char *path, const struct text *content)
{
	struct file_out out;
	int err = file_out_open(&out, path);

	if (err != 0)
		return err;
	file_out_write(&out, content->p, content->n);
	err = file_out_commit(&out);
	file_out_drop(&out);
	return err;
}

int
wanted_write(const char *path, const struct wanted *w)
{
	struct text content = {0};
	int err = 0;

	write_lines(w, &content);
	if (content.failed)
		err = ERR_NOMEM;
	else if (content.n > BOUND_WANTED_SIZE)
		err = ERR_LIMIT;
	else if (!is_same(path, &content))
		err = write_file(path, &content);
	text_free(&content);
	return err;
}
