/*
 * conffile: libconfuse, tamed.
 *
 * libconfuse 3.3 counts a line with a comment more than once, takes no comment
 * inside a list, and takes a section without its closing brace for a whole
 * one.  A message that names the wrong line is worse than none, so comments
 * are blanked, and quotes and braces paired, before it sees the text.
 *
 * Its callbacks have no context of their own.  So a value is kept as an object
 * with its line and read afterwards, and an error waits in the `comment` of
 * the section that it came from, which cfg_free frees.
 *
 * Not supported on purpose: include(), titles, functions.
 */
#include "rtrd/keep/conffile.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	DEPTH_MAX = 8, /* braces in braces; two are legal */
	TAIL = 100, /* octets of a path in a message */
};

/* One value as it stood in the file. */
struct value {
	unsigned line;
	char text[];
};

/* The pairs that are open while the text is gone through. */
struct scan {
	char *p;
	char *end;
	unsigned line;
	unsigned braces[DEPTH_MAX]; /* lines of those that are open */
	size_t depth;
	const char *what; /* what is wrong */
};

/* Go on by one octet; lines stay lines, so that numbers stay right. */
static void
scan_skip(struct scan *s, bool blank)
{
	if (*s->p == '\n')
		s->line++;
	else if (blank)
		*s->p = ' ';
	s->p++;
}

static bool
scan_sees(const struct scan *s, const char *two)
{
	return s->end - s->p >= 2 && s->p[0] == two[0] && s->p[1] == two[1];
}

/* Note what is wrong and the line that the user should look at. */
static bool
scan_fails(struct scan *s, unsigned line, const char *what)
{
	s->line = line;
	s->what = what;
	return false;
}

static void
scan_to_line_end(struct scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		scan_skip(s, true);
}

/* The line of its beginning is named: the end is nowhere to be seen. */
static bool
scan_block(struct scan *s)
{
	unsigned began = s->line;

	while (s->p < s->end && !scan_sees(s, "*/"))
		scan_skip(s, true);
	if (s->p >= s->end)
		return scan_fails(s, began, "a comment does not end");
	scan_skip(s, true);
	scan_skip(s, true);
	return true;
}

/* What stands in quotes is left as it is: # and braces mean nothing there. */
static bool
scan_quoted(struct scan *s)
{
	unsigned began = s->line;
	char quote = *s->p++;

	while (s->p < s->end && *s->p != quote) {
		if (*s->p == '\\' && s->p + 1 < s->end)
			scan_skip(s, false);
		scan_skip(s, false);
	}
	if (s->p >= s->end)
		return scan_fails(s, began, "a quote does not end");
	s->p++;
	return true;
}

static bool
scan_brace(struct scan *s)
{
	if (*s->p == '{' && s->depth == DEPTH_MAX)
		return scan_fails(s, s->line, "too many braces");
	if (*s->p == '}' && s->depth == 0)
		return scan_fails(s, s->line, "a brace closes nothing");
	if (*s->p == '{')
		s->braces[s->depth++] = s->line;
	else
		s->depth--;
	s->p++;
	return true;
}

/* One step: a comment, a quoted text, a brace or any other octet. */
static bool
scan_step(struct scan *s, bool word)
{
	if (*s->p == '\0')
		return scan_fails(s, s->line, "a NUL octet is no text");
	if (*s->p == '#' || (!word && scan_sees(s, "//")))
		scan_to_line_end(s);
	else if (!word && scan_sees(s, "/*"))
		return scan_block(s);
	else if (*s->p == '"' || *s->p == '\'')
		return scan_quoted(s);
	else if (*s->p == '{' || *s->p == '}')
		return scan_brace(s);
	else
		scan_skip(s, false);
	return true;
}

int
conffile_blank(char *text, size_t n, unsigned *line, const char **what)
{
	struct scan s = {.p = text, .end = text + n, .line = 1};
	bool good = true;

	while (good && s.p < s.end) {
		/* Inside a word, // and slash-star are part of a path. */
		bool word = s.p > text &&
			strchr(" \t\r\n={}(),+\"'", s.p[-1]) == NULL;

		good = scan_step(&s, word);
	}
	if (good && s.depth > 0)
		good = scan_fails(
			&s, s.braces[s.depth - 1], "a brace is not closed");
	if (good)
		return 0;
	*line = s.line;
	*what = s.what;
	return ERR_SYNTAX;
}

/* libconfuse found a value: keep it with its line. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	size_t n = strlen(text) + 1;
	struct value *v = malloc(sizeof(*v) + n);

	(void)opt;
	if (v == NULL)
		return -1;
	v->line = (unsigned)cfg->line;
	memcpy(v->text, text, n);
	*(void **)result = v;
	return 0;
}

/* libconfuse found an error: the first one of a section stays with it. */
__attribute__((format(printf, 2, 0))) static void
on_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[200];

	if (cfg->comment != NULL)
		return;
	vsnprintf(text, sizeof(text), format, args);
	cfg->comment = strdup(text);
}

/* NULL is a section too: that of the options without one. */
static bool
same_section(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The options of one section as libconfuse takes them.  Returns how many. */
static size_t
schema_fill(const struct opt_program *p, const char *section, cfg_opt_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->opt_count; i++) {
		const struct opt *o = &p->opts[i];

		if (o->flag_only || !same_section(o->section, section))
			continue;
		out[n++] = (cfg_opt_t){
			.name = o->key,
			.type = CFGT_PTR,
			.flags = o->kind == OPT_LIST ? CFGF_LIST : CFGF_NONE,
			.parsecb = on_value,
			.freecb = free,
		};
	}
	return n;
}

static bool
schema_has(const cfg_opt_t *opts, size_t n, const char *section)
{
	for (size_t i = 0; i < n; i++)
		if (opts[i].type == CFGT_SEC &&
			strcmp(opts[i].name, section) == 0)
			return true;
	return false;
}

/* The whole schema: the options without a section, then each section.  Lives
 * in `arena`; NULL out of memory. */
static cfg_opt_t *
schema_new(const struct opt_program *p, struct arena *arena)
{
	size_t room = p->opt_count + 1;
	cfg_opt_t *opts = arena_array(arena, 2 * room, sizeof(*opts));
	size_t n;

	if (opts == NULL)
		return NULL;
	n = schema_fill(p, NULL, opts);
	for (size_t i = 0; i < p->opt_count; i++) {
		const char *section = p->opts[i].section;
		cfg_opt_t *inner;

		if (section == NULL || schema_has(opts, n, section))
			continue;
		inner = arena_array(arena, room, sizeof(*inner));
		if (inner == NULL)
			return NULL;
		schema_fill(p, section, inner);
		opts[n++] = (cfg_opt_t){
			.name = section,
			.type = CFGT_SEC,
			.subopts = inner,
		};
	}
	return opts;
}

/* The end of a path is what tells files apart. */
static const char *
tail(const char *path)
{
	size_t n = strlen(path);

	return n > TAIL ? path + n - TAIL : path;
}

static int
tell(char why[256], const char *path, unsigned line, const char *text)
{
	snprintf(why, 256, "%.100s:%u: %.140s", tail(path), line, text);
	return ERR_USAGE;
}

/* The section that an error waits in. */
static const cfg_t *
error_find(cfg_t *cfg)
{
	for (cfg_opt_t *o = cfg->opts; o->name != NULL; o++) {
		cfg_t *section =
			o->type == CFGT_SEC ? cfg_opt_getnsec(o, 0) : NULL;

		if (section != NULL && section->comment != NULL)
			return section;
	}
	return cfg;
}

/* Say what libconfuse said, in the words of a user of rtrd. */
static int
tell_error(cfg_t *cfg, const char *path, char why[256])
{
	const cfg_t *at = error_find(cfg);
	const char *said = at->comment != NULL ? at->comment : "wrong syntax";
	char text[140];

	if (at != cfg)
		snprintf(text, sizeof(text), "section %.20s: %.105s", at->name,
			said);
	else
		snprintf(text, sizeof(text), "%.130s", said);
	return tell(why, path, (unsigned)at->line, text);
}

/* The option as libconfuse holds it. */
static cfg_opt_t *
option_find(cfg_t *cfg, const struct opt *o)
{
	cfg_t *section = o->section != NULL ? cfg_getsec(cfg, o->section) : cfg;

	return section != NULL ? cfg_getopt(section, o->key) : NULL;
}

/* One value: first what any option of its kind wants, then what this one
 * does. */
static int
value_take(const struct conffile *f, size_t index, const char *text,
	const char *from, char why[256])
{
	int err = opt_set(f->values, index, text, from, why);

	return err != 0 ? err : f->check(f->ctx, index, text, from, why);
}

/* One option's values into core/opt; a list that was set to nothing is
 * "none". */
static int
option_take(const struct conffile *f, size_t index, cfg_opt_t *o,
	const char *path, char why[256])
{
	const struct opt *opt = &f->program->opts[index];
	const char *section = opt->section != NULL ? opt->section : "";
	const char *dot = opt->section != NULL ? "." : "";
	unsigned n = cfg_opt_size(o);
	char from[160];
	int err = 0;

	snprintf(from, sizeof(from), "%.100s: %.16s%s%.32s", tail(path),
		section, dot, opt->key);
	if (n == 0 && (o->flags & CFGF_MODIFIED) != 0)
		return value_take(f, index, CONFFILE_NONE, from, why);
	for (unsigned i = 0; i < n && err == 0; i++) {
		const struct value *v = cfg_opt_getnptr(o, i);

		snprintf(from, sizeof(from), "%.100s:%u: %.16s%s%.32s",
			tail(path), v->line, section, dot, opt->key);
		f->lines[index] = v->line;
		err = value_take(f, index, v->text, from, why);
	}
	return err;
}

/* In the order of the table, so that a message does not depend on how
 * libconfuse keeps its values. */
static int
options_take(
	const struct conffile *f, cfg_t *cfg, const char *path, char why[256])
{
	int err = 0;

	for (size_t i = 0; i < f->program->opt_count && err == 0; i++) {
		const struct opt *o = &f->program->opts[i];

		if (!o->flag_only)
			err = option_take(f, i, option_find(cfg, o), path, why);
	}
	return err;
}

/* Parse and take over; the error of either begins with file and line. */
static int
text_take(const struct conffile *f, const char *text, struct arena *arena,
	const char *path, char why[256])
{
	cfg_opt_t *schema = schema_new(f->program, arena);
	cfg_t *cfg = schema != NULL ? cfg_init(schema, CFGF_NONE) : NULL;
	int err;

	if (cfg == NULL) {
		snprintf(why, 256, "%.100s: %s", tail(path),
			err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	(void)cfg_set_error_function(cfg, on_error);
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		err = tell_error(cfg, path, why);
	else
		err = options_take(f, cfg, path, why);
	cfg_free(cfg);
	return err;
}

int
conffile_read(const struct conffile *f, const char *path, char why[256])
{
	struct arena *arena = arena_new(16384);
	struct span file;
	const char *what = NULL;
	unsigned line = 0;
	int err = ERR_NOMEM;

	if (arena != NULL)
		err = file_read(path, BOUND_CONFIG_SIZE, arena, &file);
	if (err != 0) {
		snprintf(why, 256, "%.100s: %s", tail(path), err_text(err));
	} else {
		/* The arena's memory is ours to write to. */
		char *text = (char *)(uintptr_t)file.p;

		err = conffile_blank(text, file.n, &line, &what);
		err = err != 0 ? tell(why, path, line, what)
			       : text_take(f, text, arena, path, why);
	}
	arena_free(arena);
	return err;
}
