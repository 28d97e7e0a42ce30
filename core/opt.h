/*
 * opt: one table of options makes the command line, --help and the manual
 * page of a program, and for rtrd its configuration file too.
 *
 *	row { section, key, arg, default, help, kind, min, max, flags }
 *	flag on the command line: --section-key, or --key where section is NULL
 *
 * Values are checked when they are read, with a message that names the option;
 * a value set later (command line) replaces one set earlier (file), and a list
 * replaces a list.
 */
#ifndef CORE_OPT_H
#define CORE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind {
	OPT_FLAG, /* --x, also --x=yes|no; in a file yes|no */
	OPT_TEXT,
	OPT_NUMBER, /* min..max */
	OPT_LIST, /* of texts; on the command line given again and again */
};

struct opt {
	const char *section; /* NULL: none */
	const char *key;
	const char *arg; /* name of the value in --help: "FILE" */
	const char *value; /* default as text; NULL: none */
	const char *help; /* one or more sentences */
	enum opt_kind kind;
	uint64_t min, max; /* OPT_NUMBER */
	bool file_only; /* not on the command line */
	bool flag_only; /* not in a configuration file */
};

/* A program, as its help and manual page tell of it. */
struct opt_program {
	const char *name; /* "rtrd" or "validator once" */
	const char *title; /* one line */
	const char *usage; /* "[OPTIONS] FILE..." */
	const char *text; /* paragraphs, separated by empty lines */
	const struct opt *opts;
	size_t opt_count;
	const char *const (*exits)[2]; /* { "0", "meaning" } ..., NULL end */
	const char *files; /* paragraphs, or NULL */
	/* In the manual page alone, paragraphs or NULL: where others reach the
	 * program, and who may; what it makes of the time. */
	const char *listeners;
	const char *clock;
	const char *const (*chapters)[2]; /* more of the manual page alone: {
					     "TITLE", paragraphs } ..., NULL
					     end; or NULL */
	const char *examples; /* paragraphs, or NULL */
};

enum {
	OPT_NAME = 64, /* octets that any option's name fits in */
};

/* The name of an option on the command line: "--rtr-listen".  A longer one is
 * cut.  Returns `buf`. */
const char *opt_name(const struct opt *opt, char buf[OPT_NAME]);

struct opt_values; /* one row of texts for each option */

/* All defaults.  NULL out of memory; freed by opt_free. */
struct opt_values *opt_new(const struct opt_program *program);
void opt_free(struct opt_values *v);

/* Set one option from a text.  `from` begins the message ("rtrd.conf:12" or
 * "--rtr-listen").  0, or ERR_USAGE with `why` filled. */
int opt_set(struct opt_values *v, size_t index, const char *value,
	const char *from, char why[256]);

/* Forget the values of a list before it is read anew. */
void opt_reset(struct opt_values *v, size_t index);

/* Read the command line.  `*first` becomes the index of the first argument
 * that is no option ("--" ends options).  0, or ERR_USAGE with `why`. `--help`,
 * `--version` and `--man` are reported by opt_asked. */
int opt_parse(
	struct opt_values *v, int argc, char **argv, int *first, char why[256]);

/* The same for a program whose options may also stand behind its operands:
 * those are left in argv[1] to argv[*count], in their order. */
int opt_parse_mixed(
	struct opt_values *v, int argc, char **argv, int *count, char why[256]);

/* X(NAME, "key", "help"): what every program can be asked for instead; a row of
 * the same key takes the place of the request. */
#define OPT_REQUEST_TABLE(X) \
	X(HELP, "help", "Print this help and exit.") \
	X(VERSION, "version", "Print the version and exit.") \
	X(MAN, "man", "Print the manual page (roff) and exit.")

enum opt_request {
	OPT_RUN,
#define OPT_REQUEST_ENUM(name, key, help) OPT_##name,
	OPT_REQUEST_TABLE(OPT_REQUEST_ENUM)
#undef OPT_REQUEST_ENUM
};

/* What the command line asked for. */
enum opt_request opt_asked(const struct opt_values *v);

/* Values; texts live as long as `v`. */
bool opt_is_set(const struct opt_values *v, size_t index);
bool opt_flag(const struct opt_values *v, size_t index);
const char *opt_text(const struct opt_values *v, size_t index);
uint64_t opt_number(const struct opt_values *v, size_t index);
size_t opt_list_count(const struct opt_values *v, size_t index);
const char *opt_list(const struct opt_values *v, size_t index, size_t i);

/* Print help, version ("rtrd (Waymark) 0.1.0") or the manual page (roff man)
 * to stdout. `programs` beyond the first are the subcommands of a manual page
 * that covers several. */
void opt_print_help(const struct opt_program *program);
void opt_print_version(const struct opt_program *program);
void opt_print_man(const struct opt_program *programs, size_t count);

#endif
