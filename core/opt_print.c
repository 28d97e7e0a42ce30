/*
 * opt_print: --help, --version and --man, made from the tables of options.
 *
 * A text is paragraphs separated by empty lines.  A line that begins with
 * white space is an example and stays as it is; all others flow.
 *
 *	--help     |  --rtr-listen ADDR:PORT  Wait for routers here. ...
 *	--man      |  .TP / .B \-\-rtr\-listen / Wait for routers here. ...
 *
 * What is written here ends on stdout at once; whether that worked is for the
 * program's end to find out.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/opt.h"
#include "core/text.h"

enum {
	LINE = 79, /* the last column that is used */
	INDENT = 2, /* before an option */
	COLUMN_MAX = 30, /* wider options get a line of their own */
	FORM = 160, /* an option with its argument */
};

struct request_row {
	const char *key;
	const char *help;
};

static const struct request_row requests[] = {
#define REQUEST_ROW(name, key, help) {key, help},
	OPT_REQUEST_TABLE(REQUEST_ROW)
#undef REQUEST_ROW
};

enum {
	REQUESTS = sizeof(requests) / sizeof(requests[0])
};

/* Whether an option of the program's own has the place of a request. */
static bool
is_taken(const struct opt_program *program, const char *key)
{
	for (size_t i = 0; i < program->opt_count; i++)
		if (program->opts[i].section == NULL &&
			strcmp(program->opts[i].key, key) == 0)
			return true;
	return false;
}

/* The family, for SEE ALSO. */
static const char *const pages[] = {"rtrctl", "rtrd", "validator"};

/* In one piece, so that `--help | head` ends quietly. */
static void
flush(struct text *t)
{
	if (t->n > 0)
		(void)fwrite(t->p, 1, t->n, stdout);
	(void)fflush(stdout);
	text_free(t);
}

/* "--rtr-listen ADDR:PORT" */
static const char *
form(const struct opt *opt, char buf[FORM])
{
	char name[OPT_NAME];

	(void)snprintf(buf, FORM, "%s%s%s", opt_name(opt, name),
		opt->arg != NULL ? " " : "", opt->arg != NULL ? opt->arg : "");
	return buf;
}

/* What the table knows beyond the help: range, repetition, default. */
static void
add_facts(struct text *t, const struct opt *opt)
{
	if (opt->kind == OPT_NUMBER)
		text_add(t, " From %llu to %llu.", (unsigned long long)opt->min,
			(unsigned long long)opt->max);
	if (opt->kind == OPT_LIST)
		text_add(t, " May be given again.");
	if (opt->value != NULL &&
		(opt->kind != OPT_FLAG || strcmp(opt->value, "no") != 0))
		text_add(t, " (default: %s)", opt->value);
}

/* Append words at `*at` of the line, wrapped to begin at `column`. */
static void
add_flow(struct text *t, const char *p, size_t n, size_t column, size_t *at)
{
	size_t i = 0;

	while (i < n) {
		size_t from = i;

		while (i < n && !isspace((unsigned char)p[i]))
			i++;
		if (i > from && *at > column && *at + 1 + i - from > LINE) {
			text_add(t, "\n%*s", (int)column, "");
			*at = column;
		} else if (i > from && *at > column) {
			text_char(t, ' ');
			(*at)++;
		}
		text_put(t, p + from, i - from);
		*at += i - from;
		while (i < n && isspace((unsigned char)p[i]))
			i++;
	}
}

/* Lay out paragraphs, indented by `column`. */
static void
add_paragraphs(struct text *t, const char *p, size_t column)
{
	size_t at = 0, n;

	for (; *p != '\0'; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		if (at > 0 && (n == 0 || isspace((unsigned char)p[0]))) {
			text_char(t, '\n');
			at = 0;
		}
		if (n == 0 || isspace((unsigned char)p[0])) {
			text_add(t, "%*s%.*s\n", n > 0 ? (int)column : 0, "",
				(int)n, p);
			continue;
		}
		if (at == 0) {
			text_add(t, "%*s", (int)column, "");
			at = column;
		}
		add_flow(t, p, n, column, &at);
	}
	if (at > 0)
		text_char(t, '\n');
}

/* One option: its form to the left, wrapped text to the right of `column`; a
 * form that is too wide gets a line of its own. */
static void
help_row(struct text *t, const char *left, const char *right, size_t column)
{
	size_t at = INDENT + strlen(left);

	text_add(t, "%*s%s", INDENT, "", left);
	if (at + 2 > column)
		text_add(t, "\n%*s", (int)column, "");
	else
		text_add(t, "%*s", (int)(column - at), "");
	at = column;
	add_flow(t, right, strlen(right), column, &at);
	text_char(t, '\n');
}

/* Where the right column begins. */
static size_t
help_column(const struct opt_program *program)
{
	size_t column = INDENT + strlen("--version") + 2;
	char buf[FORM];

	for (size_t i = 0; i < program->opt_count; i++) {
		size_t n = strlen(form(&program->opts[i], buf)) + INDENT + 2;

		if (!program->opts[i].file_only && n > column &&
			n <= COLUMN_MAX)
			column = n;
	}
	return column;
}

/* Options of the table in its order, which tells a story, then the requests. */
static void
help_options(struct text *t, const struct opt_program *program)
{
	size_t column = help_column(program);
	struct text right = {0};
	char buf[FORM];

	text_add(t, "\nOptions:\n");
	for (size_t i = 0; i < program->opt_count; i++) {
		const struct opt *opt = &program->opts[i];

		if (opt->file_only)
			continue;
		text_clear(&right);
		text_add(&right, "%s", opt->help);
		add_facts(&right, opt);
		if (!right.failed)
			help_row(t, form(opt, buf), right.p, column);
	}
	for (size_t i = 0; i < REQUESTS; i++) {
		if (is_taken(program, requests[i].key))
			continue;
		(void)snprintf(buf, sizeof(buf), "--%s", requests[i].key);
		help_row(t, buf, requests[i].help, column);
	}
	text_free(&right);
}

static bool
is_equal(const struct text *a, const struct text *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/* A titled part at the end of the help, if there is any. */
static void
help_section(struct text *t, const char *title, const char *paragraphs)
{
	if (paragraphs == NULL)
		return;
	text_add(t, "\n%s:\n", title);
	add_paragraphs(t, paragraphs, INDENT);
}

void
opt_print_help(const struct opt_program *program)
{
	struct text t = {0};

	text_add(&t, "%s: %s\n\nUsage: %s %s\n", program->name, program->title,
		program->name, program->usage);
	if (program->text != NULL) {
		text_char(&t, '\n');
		add_paragraphs(&t, program->text, 0);
	}
	help_options(&t, program);
	if (program->exits != NULL) {
		text_add(&t, "\nExit status:\n");
		for (size_t i = 0; program->exits[i][0] != NULL; i++)
			help_row(&t, program->exits[i][0], program->exits[i][1],
				2 * INDENT + 4);
	}
	help_section(&t, "Files", program->files);
	help_section(&t, "Examples", program->examples);
	flush(&t);
}

/* "validator" of "validator once". */
static size_t
program_length(const struct opt_program *program)
{
	return strcspn(program->name, " ");
}

void
opt_print_version(const struct opt_program *program)
{
	struct text t = {0};

	text_add(&t, "%.*s (Waymark) %s\n", (int)program_length(program),
		program->name, WAYMARK_VERSION);
	flush(&t);
}

/* Append text such that roff prints it as it is. */
static void
roff(struct text *t, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 && (p[i] == '.' || p[i] == '\''))
			text_add(t, "\\&");
		if (p[i] == '\\')
			text_add(t, "\\e");
		else if (p[i] == '-')
			text_add(t, "\\-");
		else
			text_char(t, p[i]);
	}
}

/* The same for a whole text. */
static void
roff_text(struct text *t, const char *p)
{
	roff(t, p, strlen(p));
}

/* Paragraphs, with examples as they are. */
static void
roff_paragraphs(struct text *t, const char *p)
{
	bool example = false;
	size_t n;

	for (; *p != '\0'; p += n + (p[n] == '\n')) {
		bool verbatim;

		n = strcspn(p, "\n");
		/* Examples are not filled: their lines are commands. */
		verbatim = n > 0 && isspace((unsigned char)p[0]);
		if (verbatim != example)
			text_add(t, verbatim ? ".PP\n.nf\n" : ".fi\n");
		example = verbatim;
		if (n == 0)
			text_add(t, ".PP");
		roff(t, p, n);
		text_char(t, '\n');
	}
	if (example)
		text_add(t, ".fi\n");
}

/* One line of SYNOPSIS. */
static void
man_synopsis(struct text *t, const struct opt_program *program)
{
	text_add(t, ".B ");
	roff_text(t, program->name);
	text_char(t, '\n');
	roff_text(t, program->usage);
	text_add(t, "\n.br\n");
}

/* An option of the page: as it is called on the command line, or by its key
 * where only a file can set it. */
static void
man_option(struct text *t, const struct opt *opt)
{
	struct text right = {0};
	char name[OPT_NAME];

	text_add(t, ".TP\n.BI ");
	roff_text(t, opt->file_only ? opt->key : opt_name(opt, name));
	if (opt->arg != NULL) {
		text_add(t, " \" ");
		roff_text(t, opt->arg);
		text_char(t, '"');
	}
	text_char(t, '\n');
	text_add(&right, "%s", opt->help);
	add_facts(&right, opt);
	if (opt->section != NULL && !opt->flag_only)
		text_add(&right, " In the configuration file: %s in %s.",
			opt->key, opt->section);
	if (!right.failed)
		roff(t, right.p, right.n);
	text_char(t, '\n');
	text_free(&right);
}

/* All of a program's options, those of files too: a page tells everything. */
static void
man_options(struct text *t, const struct opt_program *program)
{
	for (size_t i = 0; i < program->opt_count; i++)
		man_option(t, &program->opts[i]);
	for (size_t i = 0; i < REQUESTS; i++) {
		if (is_taken(program, requests[i].key))
			continue;
		text_add(t, ".TP\n.B \\-\\-%s\n", requests[i].key);
		roff_text(t, requests[i].help);
		text_char(t, '\n');
	}
}

/* A subcommand: how it is called, what it does, its options. */
static void
man_command(struct text *t, const struct opt_program *program)
{
	text_add(t, ".SS ");
	roff_text(t, program->name);
	text_char(t, '\n');
	roff_text(t, program->title);
	text_add(t, ".\n.PP\n");
	man_synopsis(t, program);
	if (program->text != NULL) {
		text_add(t, ".PP\n");
		roff_paragraphs(t, program->text);
	}
	man_options(t, program);
}

/* What a script may rely on. */
static void
add_exits(struct text *t, const struct opt_program *program)
{
	for (size_t i = 0;
		program->exits != NULL && program->exits[i][0] != NULL; i++) {
		text_add(t, ".TP\n.B %s\n", program->exits[i][0]);
		roff_text(t, program->exits[i][1]);
		text_char(t, '\n');
	}
}

static void
add_files(struct text *t, const struct opt_program *program)
{
	if (program->files != NULL)
		roff_paragraphs(t, program->files);
}

static void
add_listeners(struct text *t, const struct opt_program *program)
{
	if (program->listeners != NULL)
		roff_paragraphs(t, program->listeners);
}

static void
add_clock(struct text *t, const struct opt_program *program)
{
	if (program->clock != NULL)
		roff_paragraphs(t, program->clock);
}

static void
add_examples(struct text *t, const struct opt_program *program)
{
	if (program->examples != NULL)
		roff_paragraphs(t, program->examples);
}

/* A titled part at the end of the page, of all that have something to say:
 * where there are subcommands, each under its name, unless it says what the
 * program said already. */
static void
man_parts(struct text *t, const char *title, const struct opt_program *programs,
	size_t count, void (*add)(struct text *, const struct opt_program *))
{
	struct text part = {0}, first = {0};
	bool begun = false;

	add(&first, &programs[0]);
	for (size_t i = 0; i < count; i++) {
		text_clear(&part);
		add(&part, &programs[i]);
		if (part.n == 0 || (i > 0 && is_equal(&part, &first)))
			continue;
		if (!begun)
			text_add(t, ".SH %s\n", title);
		begun = true;
		if (i > 0) {
			text_add(t, ".SS ");
			roff_text(t, programs[i].name);
			text_char(t, '\n');
		}
		text_put(t, part.p, part.n);
	}
	t->failed |= part.failed || first.failed;
	text_free(&part);
	text_free(&first);
}

/* What belongs to this program alone. */
static void
man_chapters(struct text *t, const struct opt_program *program)
{
	const char *const(*at)[2] = program->chapters;

	for (; at != NULL && (*at)[0] != NULL; at++) {
		text_add(t, ".SH %s\n", (*at)[0]);
		roff_paragraphs(t, (*at)[1]);
	}
}

/* All pages of the family but this one. */
static void
man_see_also(struct text *t, const struct opt_program *program)
{
	size_t n = program_length(program);
	const char *comma = "";

	text_add(t, ".SH SEE ALSO\n");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strlen(pages[i]) == n &&
			memcmp(pages[i], program->name, n) == 0)
			continue;
		text_add(t, "%s.BR %s (8)", comma, pages[i]);
		comma = " ,\n";
	}
	text_char(t, '\n');
}

void
opt_print_man(const struct opt_program *programs, size_t count)
{
	struct text t = {0};

	/* No date: the page is the same whenever it is made. */
	text_add(&t, ".TH \"");
	for (size_t i = 0; i < program_length(programs); i++)
		text_char(&t, (char)toupper((unsigned char)programs->name[i]));
	text_add(&t, "\" 8 \"\" \"Waymark %s\" \"Waymark\"\n", WAYMARK_VERSION);
	text_add(&t, ".SH NAME\n%.*s \\- ", (int)program_length(programs),
		programs->name);
	roff_text(&t, programs->title);
	text_add(&t, "\n.SH SYNOPSIS\n");
	for (size_t i = 0; i < count; i++)
		man_synopsis(&t, &programs[i]);
	if (programs->text != NULL) {
		text_add(&t, ".SH DESCRIPTION\n");
		roff_paragraphs(&t, programs->text);
	}
	text_add(&t, ".SH OPTIONS\n");
	man_options(&t, programs);
	if (count > 1)
		text_add(&t, ".SH COMMANDS\n");
	for (size_t i = 1; i < count; i++)
		man_command(&t, &programs[i]);
	man_parts(&t, "EXIT STATUS", programs, count, add_exits);
	man_parts(&t, "FILES", programs, count, add_files);
	man_parts(&t, "LISTENERS", programs, count, add_listeners);
	man_parts(&t, "CLOCK", programs, count, add_clock);
	man_chapters(&t, programs);
	man_parts(&t, "EXAMPLES", programs, count, add_examples);
	man_see_also(&t, programs);
	flush(&t);
}
