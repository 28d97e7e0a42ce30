/*
 * opt: values of options, from defaults, from a file, from the command line.
 *
 *	row:  texts[] | number | is_set | seen in this command line
 *
 * Every option is a list of texts; all but OPT_LIST keep only the last.  A
 * text that does not fit the option's kind never gets in, so that reading a
 * value cannot fail.
 *
 * Who wins is decided by the caller's order: defaults, then the file, then the
 * command line, which may be read twice (first to find the file's name).
 * Abbreviations are not taken: a script must not break when an option is
 * added.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/opt.h"
#include "core/text.h"
#include "core/vec.h"
#include "waymark/err.h"

enum {
	WHY = 256,
	ARENA_CHUNK = 4096,
	SUGGEST_DISTANCE = 3, /* edits up to which a name is a likely typo, if
				 half of its letters are right */
};

struct row {
	VEC(const char *) texts;
	uint64_t number; /* OPT_NUMBER; OPT_FLAG: 0 or 1 */
	bool is_set; /* by more than the default */
	bool is_seen; /* in the command line that is being read */
};

struct opt_values {
	const struct opt_program *program;
	struct arena *arena;
	struct row *rows;
	enum opt_request asked;
};

static const char *const request_keys[] = {[OPT_RUN] = NULL,
#define REQUEST_KEY(name, key, help) [OPT_##name] = key,
	OPT_REQUEST_TABLE(REQUEST_KEY)
#undef REQUEST_KEY
};

enum {
	REQUESTS = sizeof(request_keys) / sizeof(request_keys[0])
};

static const struct {
	const char *word;
	uint64_t value;
} flag_words[] = {
	{"yes", 1},
	{"no", 0},
	{"true", 1},
	{"false", 0},
	{"on", 1},
	{"off", 0},
};

const char *
opt_name(const struct opt *opt, char buf[OPT_NAME])
{
	(void)snprintf(buf, OPT_NAME, "--%s%s%s",
		opt->section != NULL ? opt->section : "",
		opt->section != NULL ? "-" : "", opt->key);
	return buf;
}

/* The row of an index; another index is a bug of the program's. */
static const struct opt *
opt_at(const struct opt_values *v, size_t index)
{
	assert(index < v->program->opt_count);
	return &v->program->opts[index];
}

/* The words that configuration files commonly use for yes and no. */
static bool
flag_parse(const char *text, uint64_t *out)
{
	for (size_t i = 0; i < sizeof(flag_words) / sizeof(*flag_words); i++) {
		if (strcmp(text, flag_words[i].word) == 0) {
			*out = flag_words[i].value;
			return true;
		}
	}
	return false;
}

/* Whether a text fits the option; its number, if it has one. */
static int
check(const struct opt *opt, const char *value, const char *from,
	uint64_t *number, char why[WHY])
{
	int err = 0;

	*number = 0;
	switch (opt->kind) {
	case OPT_FLAG:
		if (flag_parse(value, number))
			return 0;
		(void)snprintf(why, WHY, "%s: \"%s\" is neither yes nor no",
			from, value);
		return ERR_USAGE;
	case OPT_NUMBER:
		err = text_number(value, opt->min, opt->max, number);
		break;
	case OPT_TEXT:
	case OPT_LIST:
		return 0;
	}
	if (err == ERR_SYNTAX)
		(void)snprintf(
			why, WHY, "%s: \"%s\" is not a number", from, value);
	else if (err != 0)
		(void)snprintf(why, WHY, "%s: %s is not within %llu to %llu",
			from, value, (unsigned long long)opt->min,
			(unsigned long long)opt->max);
	return err != 0 ? ERR_USAGE : 0;
}

/* Check and keep one value.  It is copied: neither the command line nor the
 * parser of a file promises to keep it. */
static int
store(struct opt_values *v, size_t index, const char *value, const char *from,
	char why[WHY])
{
	const struct opt *opt = opt_at(v, index);
	struct row *row = &v->rows[index];
	const char *text;
	uint64_t number;
	int err = check(opt, value, from, &number, why);

	if (err != 0)
		return err;
	text = arena_text(v->arena, value, strlen(value));
	/* The first value of a list takes the place of its default. */
	if (opt->kind != OPT_LIST || !row->is_set)
		row->texts.n = 0;
	if (text == NULL || !VEC_PUSH(&row->texts, text)) {
		(void)snprintf(why, WHY, "%s: %s", from, err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	row->number = number;
	return 0;
}

struct opt_values *
opt_new(const struct opt_program *program)
{
	struct opt_values *v = calloc(1, sizeof(*v));
	char name[OPT_NAME], why[WHY];
	int err = v == NULL ? ERR_NOMEM : 0;

	if (err != 0)
		return NULL;
	v->program = program;
	v->arena = arena_new(ARENA_CHUNK);
	v->rows = calloc(program->opt_count + 1, sizeof(*v->rows));
	if (v->arena == NULL || v->rows == NULL)
		err = ERR_NOMEM;
	for (size_t i = 0; i < program->opt_count && err == 0; i++) {
		const struct opt *opt = &program->opts[i];

		if (opt->value != NULL)
			err = store(v, i, opt->value, opt_name(opt, name), why);
		/* A default of the wrong kind is a bug in a table. */
		assert(err != ERR_USAGE);
	}
	if (err != 0) {
		opt_free(v);
		return NULL;
	}
	return v;
}

void
opt_free(struct opt_values *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; v->rows != NULL && i < v->program->opt_count; i++)
		VEC_FREE(&v->rows[i].texts);
	free(v->rows);
	arena_free(v->arena);
	free(v);
}

/* A message ends on a terminal or in a log, and what it quotes can be anything:
 * the name of a file, for one. */
static void
clean(char why[WHY])
{
	struct text t = {0};

	text_clean(&t, why, strlen(why));
	if (!t.failed && t.p != NULL)
		(void)snprintf(why, WHY, "%s", t.p);
	text_free(&t);
}

int
opt_set(struct opt_values *v, size_t index, const char *value, const char *from,
	char why[WHY])
{
	int err = store(v, index, value, from, why);

	if (err == 0)
		v->rows[index].is_set = true;
	else
		clean(why);
	return err;
}

void
opt_reset(struct opt_values *v, size_t index)
{
	(void)opt_at(v, index);
	v->rows[index].texts.n = 0;
	v->rows[index].is_set = true;
}

/* How many letters must be changed, added or taken to make `b` of `a`. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[OPT_NAME + 1]; /* of the table of all beginnings */
	size_t n = strlen(b), left, above;

	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		above = row[0];
		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			left = above + (a[i - 1] != b[k - 1]);
			above = row[k];
			if (row[k] + 1 < left)
				left = row[k] + 1;
			if (row[k - 1] + 1 < left)
				left = row[k - 1] + 1;
			row[k] = left;
		}
	}
	return row[n];
}

struct suggestion {
	char name[OPT_NAME];
	size_t distance;
};

/* Keep the nearest name of all that are offered; the first of equals. */
static void
suggest(struct suggestion *s, const char *given, const char *name)
{
	size_t d = distance(given, name);

	if (d < s->distance) {
		s->distance = d;
		(void)snprintf(s->name, sizeof(s->name), "%s", name);
	}
}

/* An option that is in no table: name the one that was probably meant. */
static int
refuse_unknown(const struct opt_values *v, const char *given, char why[WHY])
{
	struct suggestion best = {.distance = SUGGEST_DISTANCE + 1};
	size_t letters = strlen(given) - strspn(given, "-");
	char name[OPT_NAME];

	if (best.distance > (letters + 1) / 2 + 1)
		best.distance = (letters + 1) / 2 + 1;

	/* What is longer than every name is like none of them. */
	if (strlen(given) < OPT_NAME) {
		for (size_t i = 0; i < v->program->opt_count; i++)
			if (!v->program->opts[i].file_only)
				suggest(&best, given,
					opt_name(&v->program->opts[i], name));
		for (size_t i = 1; i < REQUESTS; i++) {
			(void)snprintf(
				name, sizeof(name), "--%s", request_keys[i]);
			suggest(&best, given, name);
		}
	}
	if (best.name[0] != '\0')
		(void)snprintf(why, WHY, "unknown option %s (did you mean %s?)",
			given, best.name);
	else
		(void)snprintf(
			why, WHY, "unknown option %s (see --help)", given);
	return ERR_USAGE;
}

/* Whether the program has an option of its own by this name. */
static bool
is_own(const struct opt_values *v, const char *given)
{
	char name[OPT_NAME];

	for (size_t i = 0; i < v->program->opt_count; i++)
		if (strcmp(opt_name(&v->program->opts[i], name), given) == 0)
			return true;
	return false;
}

/* The request that a name stands for, or OPT_RUN. */
static enum opt_request
request_of(const struct opt_values *v, const char *name)
{
	if (is_own(v, name))
		return OPT_RUN;
	for (size_t i = 1; i < REQUESTS; i++)
		if (strncmp(name, "--", 2) == 0 &&
			strcmp(name + 2, request_keys[i]) == 0)
			return (enum opt_request)i;
	return OPT_RUN;
}

/* The option of a name as it was given on the command line. */
static int
find(const struct opt_values *v, const char *given, size_t *index,
	char why[WHY])
{
	char name[OPT_NAME];

	for (size_t i = 0; i < v->program->opt_count; i++) {
		const struct opt *opt = &v->program->opts[i];

		if (strcmp(opt_name(opt, name), given) != 0)
			continue;
		if (opt->file_only) {
			(void)snprintf(why, WHY,
				"%.64s can only be set in the configuration file",
				given);
			return ERR_USAGE;
		}
		*index = i;
		return 0;
	}
	return refuse_unknown(v, given, why);
}

/* One argument cut at its "=". */
struct argument {
	char name[WHY]; /* "--key" */
	const char *value; /* behind "=", or NULL */
};

/* Cut "--key=value"; a name too long for any option stays too long. */
static void
split(const char *arg, struct argument *out)
{
	size_t n = strcspn(arg, "=");

	(void)snprintf(out->name, sizeof(out->name), "%.*s",
		n < WHY ? (int)n : WHY, arg);
	out->value = arg[n] == '=' ? arg + n + 1 : NULL;
}

/* Find the value of an option: behind "=", or `next`, the argument that
 * follows (NULL: none).  `*used` tells whether `next` was taken. */
static int
value_of(const struct opt *opt, struct argument *a, const char *next,
	bool *used, char why[WHY])
{
	*used = false;
	if (a->value != NULL)
		return 0;
	if (opt->kind == OPT_FLAG) {
		a->value = "yes";
		return 0;
	}
	/* "--tal --local DIR" is a value forgotten, not a TAL of that name;
	 * who has such a file writes "--tal=--local". */
	if (next == NULL || strncmp(next, "--", 2) == 0) {
		(void)snprintf(why, WHY, "%.64s needs a value: %.64s %s",
			a->name, a->name,
			opt->arg != NULL ? opt->arg : "VALUE");
		return ERR_USAGE;
	}
	a->value = next;
	*used = true;
	return 0;
}

/* Read the option `arg`; `*used` tells whether `next` was its value. */
static int
parse_one(struct opt_values *v, const char *arg, const char *next, bool *used,
	char why[WHY])
{
	enum opt_request request;
	struct argument a;
	size_t index;
	int err;

	*used = false;
	split(arg, &a);
	request = request_of(v, a.name);
	if (request != OPT_RUN && a.value != NULL) {
		(void)snprintf(why, WHY, "%.64s takes no value", a.name);
		return ERR_USAGE;
	}
	if (request != OPT_RUN) {
		v->asked = request;
		return 0;
	}
	err = find(v, a.name, &index, why);
	if (err == 0)
		err = value_of(opt_at(v, index), &a, next, used, why);
	if (err != 0)
		return err;
	/* The first of a list replaces what a file said; more are added. */
	if (!v->rows[index].is_seen)
		opt_reset(v, index);
	v->rows[index].is_seen = true;
	return opt_set(v, index, a.value, a.name, why);
}

/* "-" alone is an argument: standard input, by custom. */
static bool
is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

/* A command line under way. */
struct line {
	int argc;
	char **argv;
	int at; /* the next argument */
	bool ended; /* "--" was passed over */
};

/* Read options until an operand or "--". */
static int
parse_options(struct opt_values *v, struct line *l, char why[WHY])
{
	bool used;
	int err;

	while (l->at < l->argc && v->asked == OPT_RUN &&
		is_option(l->argv[l->at])) {
		const char *arg = l->argv[l->at++];

		if (strcmp(arg, "--") == 0) {
			l->ended = true;
			return 0;
		}
		err = parse_one(v, arg, l->at < l->argc ? l->argv[l->at] : NULL,
			&used, why);
		if (err != 0) {
			clean(why);
			return err;
		}
		l->at += used ? 1 : 0;
	}
	return 0;
}

static struct line
begin_line(struct opt_values *v, int argc, char **argv)
{
	for (size_t k = 0; k < v->program->opt_count; k++)
		v->rows[k].is_seen = false;
	return (struct line){.argc = argc, .argv = argv, .at = 1};
}

int
opt_parse(
	struct opt_values *v, int argc, char **argv, int *first, char why[WHY])
{
	struct line l = begin_line(v, argc, argv);
	int err = parse_options(v, &l, why);

	if (err == 0)
		*first = l.at;
	return err;
}

/* What was read makes room for operands: they never overtake. */
int
opt_parse_mixed(
	struct opt_values *v, int argc, char **argv, int *count, char why[WHY])
{
	struct line l = begin_line(v, argc, argv);
	int n = 0, err;

	while (l.at < argc && v->asked == OPT_RUN) {
		err = l.ended ? 0 : parse_options(v, &l, why);
		if (err != 0)
			return err;
		if (l.at < argc && v->asked == OPT_RUN)
			argv[1 + n++] = argv[l.at++];
	}
	*count = n;
	return 0;
}

enum opt_request
opt_asked(const struct opt_values *v)
{
	return v->asked;
}

bool
opt_is_set(const struct opt_values *v, size_t index)
{
	(void)opt_at(v, index);
	return v->rows[index].is_set;
}

bool
opt_flag(const struct opt_values *v, size_t index)
{
	assert(opt_at(v, index)->kind == OPT_FLAG);
	return v->rows[index].number != 0;
}

const char *
opt_text(const struct opt_values *v, size_t index)
{
	const struct row *row = &v->rows[index];

	(void)opt_at(v, index);
	return row->texts.n > 0 ? row->texts.at[row->texts.n - 1] : NULL;
}

uint64_t
opt_number(const struct opt_values *v, size_t index)
{
	assert(opt_at(v, index)->kind == OPT_NUMBER);
	return v->rows[index].number;
}

size_t
opt_list_count(const struct opt_values *v, size_t index)
{
	(void)opt_at(v, index);
	return v->rows[index].texts.n;
}

const char *
opt_list(const struct opt_values *v, size_t index, size_t i)
{
	assert(i < opt_list_count(v, index));
	return v->rows[index].texts.at[i];
}
