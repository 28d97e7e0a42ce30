/*
 * repo: one table of fields is written and read here, in one order.
 *
 * A line comes from a child of ours, but what it quotes comes from outside:
 * texts are encoded so that no field can look like two, and the reader takes
 * nothing that the writer would not have written.
 */
#include "waymark/repo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "waymark/err.h"

struct words {
	const char *name, *help;
};

static const struct words kinds[REPO_KINDS] = {
#define REPO_WORDS(name, word, help) {word, help},
	REPO_KIND_TABLE(REPO_WORDS)};

static const struct words states[REPO_STATES] = {REPO_STATE_TABLE(REPO_WORDS)
#undef REPO_WORDS
};

const char *
repo_kind_name(enum repo_kind kind)
{
	return kinds[kind].name;
}

const char *
repo_state_name(enum repo_state state)
{
	return states[state].name;
}

const char *
repo_state_help(enum repo_state state)
{
	return states[state].help;
}

/* The index of a word in a table, or -1. */
static int
find(const struct words *table, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strcmp(word, table[i].name) == 0)
			return i;
	return -1;
}

int
repo_kind_parse(const char *word, enum repo_kind *out)
{
	int i = find(kinds, REPO_KINDS, word);

	if (i < 0)
		return ERR_SYNTAX;
	*out = (enum repo_kind)i;
	return 0;
}

/* Writing: a line that grows in its buffer. */
struct line {
	struct writer w;
};

static void
put(struct line *l, const char *text)
{
	writer_bytes(&l->w, text, strlen(text));
}

/* Printable ASCII but for what ends a field or begins an escape. */
static bool
is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '%' && c != '"';
}

static void
put_TEXT(struct line *l, const char *const *value)
{
	char escape[4];

	for (const char *p = *value; *p != '\0'; p++) {
		if (is_plain(*p)) {
			writer_u8(&l->w, (uint8_t)*p);
			continue;
		}
		snprintf(escape, sizeof(escape), "%%%02x", (unsigned char)*p);
		put(l, escape);
	}
}

static void
put_NUMBER(struct line *l, const uint64_t *value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, *value);
	put(l, text);
}

static void
put_TIME(struct line *l, const struct wall *value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value->s);
	put(l, text);
}

static void
put_FLAG(struct line *l, const bool *value)
{
	put(l, *value ? "yes" : "no");
}

static void
put_KIND(struct line *l, const enum repo_kind *value)
{
	put(l, repo_kind_name(*value));
}

static void
put_STATE(struct line *l, const enum repo_state *value)
{
	put(l, repo_state_name(*value));
}

/* A text is an array in the struct and a pointer here. */
#define VALUE_TEXT(f, field)   (&(const char *){(f)->field})
#define VALUE_NUMBER(f, field) (&(f)->field)
#define VALUE_TIME(f, field)   (&(f)->field)
#define VALUE_FLAG(f, field)   (&(f)->field)
#define VALUE_KIND(f, field)   (&(f)->field)
#define VALUE_STATE(f, field)  (&(f)->field)

const char *
repo_facts_write(const struct repo_facts *f, char buf[REPO_LINE])
{
	struct line l = {.w = writer_of(buf, REPO_LINE - 1)};

	put(&l, "repo");
#define PUT_FIELD(type, field) \
	put(&l, " " #field "="); \
	put_##type(&l, VALUE_##type(f, field));
	REPO_FIELD_TABLE(PUT_FIELD)
#undef PUT_FIELD
	buf[l.w.n] = '\0';
	return buf;
}

/* Reading: the value of the next field, decoded into `value`. */
struct fields {
	const char *p; /* what is left of the line */
	char value[REPO_LINE];
	bool failed;
};

/* One character of a value, perhaps escaped.  Its octets, 0 for none. */
static size_t
take_char(const char *p, char *out)
{
	int high, low;

	if (is_plain(*p)) {
		*out = *p;
		return 1;
	}
	if (*p != '%')
		return 0;
	high = text_hex_digit((uint8_t)p[1]);
	low = high < 0 ? -1 : text_hex_digit((uint8_t)p[2]);
	if (low < 0 || (high == 0 && low == 0))
		return 0;
	*out = (char)(high * 16 + low);
	return 3;
}

static const char *
take(struct fields *in, const char *key)
{
	size_t n = strlen(key), used, count = 0;

	in->value[0] = '\0';
	if (in->failed || strncmp(in->p, key, n) != 0) {
		in->failed = true;
		return in->value;
	}
	in->p += n;
	while (count < sizeof(in->value) - 1) {
		used = take_char(in->p, &in->value[count]);
		if (used == 0)
			break;
		in->p += used;
		count++;
	}
	in->value[count] = '\0';
	return in->value;
}

static void
get_text(struct fields *in, const char *value, char *out, size_t cap)
{
	size_t n = strlen(value);

	if (n >= cap) {
		in->failed = true;
		return;
	}
	memcpy(out, value, n + 1);
}

static void
get_NUMBER(struct fields *in, const char *value, uint64_t *out)
{
	if (text_number(value, 0, UINT64_MAX, out) != 0)
		in->failed = true;
}

static void
get_TIME(struct fields *in, const char *value, struct wall *out)
{
	uint64_t number;

	if (text_number(value, 0, INT64_MAX, &number) != 0) {
		in->failed = true;
		return;
	}
	out->s = (int64_t)number;
}

static void
get_FLAG(struct fields *in, const char *value, bool *out)
{
	*out = strcmp(value, "yes") == 0;
	if (!*out && strcmp(value, "no") != 0)
		in->failed = true;
}

static void
get_KIND(struct fields *in, const char *value, enum repo_kind *out)
{
	if (repo_kind_parse(value, out) != 0)
		in->failed = true;
}

static void
get_STATE(struct fields *in, const char *value, enum repo_state *out)
{
	int i = find(states, REPO_STATES, value);

	if (i < 0) {
		in->failed = true;
		return;
	}
	*out = (enum repo_state)i;
}

#define GET_TEXT(in, value, field) \
	get_text(in, value, out->field, sizeof(out->field))
#define GET_NUMBER(in, value, field) get_NUMBER(in, value, &out->field)
#define GET_TIME(in, value, field)   get_TIME(in, value, &out->field)
#define GET_FLAG(in, value, field)   get_FLAG(in, value, &out->field)
#define GET_KIND(in, value, field)   get_KIND(in, value, &out->field)
#define GET_STATE(in, value, field)  get_STATE(in, value, &out->field)

int
repo_facts_read(const char *line, struct repo_facts *out)
{
	struct fields in = {.p = line};
	const char *value;

	if (strncmp(line, "repo", 4) != 0)
		return ERR_SYNTAX;
	in.p += 4;
#define GET_FIELD(type, field) \
	value = take(&in, " " #field "="); \
	if (!in.failed) \
		GET_##type(&in, value, field);
	REPO_FIELD_TABLE(GET_FIELD)
#undef GET_FIELD
	return in.failed || *in.p != '\0' ? ERR_SYNTAX : 0;
}
