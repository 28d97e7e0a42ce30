/*
 * opt: the command line, value by value, and what each mistake is told.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/opt.h"
#include "tests/unit/core/programs.h"
#include "waymark/err.h"

struct bench {
	struct opt_values *v;
	int first;
	char why[256];
};

static int
parse(struct bench *b, int argc, const char *const *argv)
{
	char *copy[16];
	int err;

	for (int i = 0; i < argc; i++)
		copy[i] = strdup(argv[i]);
	if (b->v == NULL)
		b->v = opt_new(&sample);
	b->why[0] = '\0';
	err = opt_parse(b->v, argc, copy, &b->first, b->why);
	/* Nothing may point into the arguments. */
	for (int i = 0; i < argc; i++)
		free(copy[i]);
	return err;
}

#define PARSE(b, ...) \
	parse(b, \
		(int)(sizeof((const char *[]){"rtrd", __VA_ARGS__}) / \
			sizeof(char *)), \
		(const char *[]){"rtrd", __VA_ARGS__})

#define REFUSE(text, ...) \
	do { \
		struct bench bad = {0}; \
		cr_expect_eq(PARSE(&bad, __VA_ARGS__), ERR_USAGE); \
		cr_expect_str_eq(bad.why, text); \
		opt_free(bad.v); \
	} while (0)

Test(opt, defaults)
{
	struct opt_values *v = opt_new(&sample);

	cr_expect_str_eq(opt_text(v, CONFIG), "/etc/waymark/rtrd.conf");
	cr_expect_not(opt_flag(v, CHECK));
	cr_expect(opt_flag(v, COLOUR));
	cr_expect_eq(opt_number(v, HISTORY), 32);
	cr_expect_eq(opt_list_count(v, LISTEN), 1);
	cr_expect_str_eq(opt_list(v, LISTEN, 0), "127.0.0.1:3323");
	cr_expect_eq(opt_list_count(v, TAL), 0);
	cr_expect_null(opt_text(v, STATE));
	for (size_t i = 0; i < sample.opt_count; i++)
		cr_expect_not(opt_is_set(v, i));
	cr_expect_eq(opt_asked(v), OPT_RUN);
	opt_free(v);
	opt_free(NULL);
}

Test(opt, values_in_both_forms)
{
	struct bench b = {0};

	cr_assert_eq(PARSE(&b, "--config", "a", "--rtr-history=64", "--check",
			     "--colour=no", "--state=", "-", "--check"),
		0);
	cr_expect_str_eq(opt_text(b.v, CONFIG), "a");
	cr_expect_eq(opt_number(b.v, HISTORY), 64);
	cr_expect(opt_flag(b.v, CHECK));
	cr_expect_not(opt_flag(b.v, COLOUR));
	cr_expect_str_eq(opt_text(b.v, STATE), "");
	cr_expect_eq(b.first, 7, "a dash is an argument, and ends options");
	cr_expect(opt_is_set(b.v, CHECK));
	cr_expect_not(opt_is_set(b.v, TAL));
	opt_free(b.v);
}

Test(opt, options_behind_operands)
{
	char *argv[] = {"x", "one", "--config", "a", "-", "two", "--check",
		"--", "--colour", "--", NULL};
	struct opt_values *v = opt_new(&sample);
	char why[256] = "";
	int count = -1;

	cr_assert_eq(opt_parse_mixed(v, 10, argv, &count, why), 0);
	cr_assert_eq(count, 5);
	cr_expect_str_eq(argv[1], "one");
	cr_expect_str_eq(argv[2], "-");
	cr_expect_str_eq(argv[3], "two");
	cr_expect_str_eq(argv[4], "--colour");
	cr_expect_str_eq(argv[5], "--");
	cr_expect_str_eq(opt_text(v, CONFIG), "a");
	cr_expect(opt_flag(v, CHECK));
	argv[1] = "one";
	argv[2] = "--nonsense";
	cr_expect_eq(opt_parse_mixed(v, 3, argv, &count, why), ERR_USAGE);
	cr_expect_eq(count, 5, "untouched");
	argv[2] = "--help";
	argv[3] = "--nonsense";
	cr_expect_eq(opt_parse_mixed(v, 4, argv, &count, why), 0);
	cr_expect_eq(opt_asked(v), OPT_HELP);
	cr_expect_eq(opt_parse_mixed(v, 1, argv, &count, why), 0);
	cr_expect_eq(count, 0);
	opt_free(v);
}

Test(opt, the_last_one_counts_but_lists_collect)
{
	struct bench b = {0};

	cr_assert_eq(PARSE(&b, "--config=a", "--config=b", "--tal", "x",
			     "--tal=y=z", "--rtr-listen", "[::1]:0"),
		0);
	cr_expect_str_eq(opt_text(b.v, CONFIG), "b");
	cr_assert_eq(opt_list_count(b.v, TAL), 2);
	cr_expect_str_eq(opt_list(b.v, TAL, 0), "x");
	cr_expect_str_eq(opt_list(b.v, TAL, 1), "y=z");
	cr_assert_eq(opt_list_count(b.v, LISTEN), 1, "not the default too");
	cr_expect_str_eq(opt_list(b.v, LISTEN, 0), "[::1]:0");
	opt_free(b.v);
}

Test(opt, the_command_line_replaces_the_file)
{
	struct bench b = {.v = opt_new(&sample)};

	opt_reset(b.v, TAL);
	cr_assert_eq(opt_set(b.v, TAL, "f1", "rtrd.conf:1", b.why), 0);
	cr_assert_eq(opt_set(b.v, TAL, "f2", "rtrd.conf:1", b.why), 0);
	cr_assert_eq(opt_set(b.v, PROGRAM, "p", "rtrd.conf:2", b.why), 0);
	cr_assert_eq(opt_set(b.v, HISTORY, "40", "rtrd.conf:3", b.why), 0);
	cr_expect_eq(opt_list_count(b.v, TAL), 2);
	cr_assert_eq(PARSE(&b, "--tal", "c1", "--rtr-history", "50"), 0);
	cr_assert_eq(opt_list_count(b.v, TAL), 1);
	cr_expect_str_eq(opt_list(b.v, TAL, 0), "c1");
	cr_expect_eq(opt_number(b.v, HISTORY), 50);
	cr_expect_str_eq(opt_text(b.v, PROGRAM), "p");
	/* A file may say that a list is empty. */
	opt_reset(b.v, LISTEN);
	cr_expect_eq(opt_list_count(b.v, LISTEN), 0);
	cr_expect(opt_is_set(b.v, LISTEN));
	opt_free(b.v);
}

Test(opt, where_options_end)
{
	struct bench b = {0};

	cr_assert_eq(PARSE(&b, "--check", "--", "--config"), 0);
	cr_expect_eq(b.first, 3);
	opt_free(b.v);
	b = (struct bench){0};
	cr_assert_eq(PARSE(&b, "status", "--nonsense"), 0);
	cr_expect_eq(b.first, 1);
	opt_free(b.v);
}

Test(opt, requests)
{
	static const struct {
		const char *arg;
		enum opt_request want;
	} rows[] = {
#define REQUEST(name, key, help) {"--" key, OPT_##name},
		OPT_REQUEST_TABLE(REQUEST)
#undef REQUEST
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b = {0};

		/* What follows does not matter any more. */
		cr_assert_eq(
			PARSE(&b, "--check", rows[i].arg, "--nonsense"), 0);
		cr_expect_eq(opt_asked(b.v), rows[i].want);
		opt_free(b.v);
	}
}

Test(opt, mistakes_are_told_by_name)
{
	REFUSE("unknown option --chek (did you mean --check?)", "--chek");
	REFUSE("unknown option --rtr-histroy (did you mean --rtr-history?)",
		"--rtr-histroy=5");
	REFUSE("unknown option --hlep (did you mean --help?)", "--hlep");
	REFUSE("unknown option --nonsense (see --help)", "--nonsense=1");
	REFUSE("unknown option -h (see --help)", "-h");
	REFUSE("unknown option --json (see --help)", "--json");
	REFUSE("unknown option --mna (did you mean --man?)", "--mna");
	REFUSE("unknown option --a\\x0ab\\x1b[31m (see --help)",
		"--a\nb\x1b[31m");
	REFUSE("--check: \"\\xff\" is neither yes nor no", "--check=\xff");
	REFUSE("--help takes no value", "--help=x");
	REFUSE("--config needs a value: --config FILE", "--config");
	REFUSE("--config needs a value: --config FILE", "--config", "--check");
	REFUSE("--check: \"maybe\" is neither yes nor no", "--check=maybe");
	REFUSE("--rtr-history: \"many\" is not a number", "--rtr-history",
		"many");
	REFUSE("--rtr-history: \"-1\" is not a number", "--rtr-history", "-1");
	REFUSE("--rtr-history: 31 is not within 32 to 4096", "--rtr-history",
		"31");
	REFUSE("--rtr-history: 4097 is not within 32 to 4096",
		"--rtr-history=4097");
	REFUSE("--run-program can only be set in the configuration file",
		"--run-program", "x");
}

Test(opt, a_refused_value_changes_nothing)
{
	struct bench b = {.v = opt_new(&sample)};

	cr_assert_eq(opt_set(b.v, HISTORY, "40", "f:1", b.why), 0);
	cr_expect_eq(opt_set(b.v, HISTORY, "4097", "f:2", b.why), ERR_USAGE);
	cr_expect_str_eq(b.why, "f:2: 4097 is not within 32 to 4096");
	cr_expect_eq(opt_number(b.v, HISTORY), 40);
	opt_free(b.v);
}

Test(opt, flags_in_all_words)
{
	static const char *const yes[] = {"yes", "true", "on"};
	static const char *const no[] = {"no", "false", "off"};
	struct bench b = {.v = opt_new(&sample)};

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(opt_set(b.v, CHECK, yes[i], "x", b.why), 0);
		cr_expect(opt_flag(b.v, CHECK));
		cr_assert_eq(opt_set(b.v, CHECK, no[i], "x", b.why), 0);
		cr_expect_not(opt_flag(b.v, CHECK));
	}
	cr_expect_eq(opt_set(b.v, CHECK, "YES", "x", b.why), ERR_USAGE);
	cr_expect_eq(opt_set(b.v, CHECK, "1", "x", b.why), ERR_USAGE);
	cr_expect_eq(opt_set(b.v, CHECK, "", "x", b.why), ERR_USAGE);
	opt_free(b.v);
}

Test(opt, arguments_of_any_length)
{
	char name[1000], value[1000];

	memset(name, 'a', sizeof(name));
	name[0] = name[1] = '-';
	name[sizeof(name) - 1] = '\0';
	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (size_t n = 1; n < 1000; n += 13) {
		struct bench b = {0};

		name[sizeof(name) - n] = '\0';
		cr_expect_eq(PARSE(&b, name), ERR_USAGE);
		cr_expect_lt(strlen(b.why), sizeof(b.why));
		cr_expect_eq(PARSE(&b, "--rtr-history", value), ERR_USAGE);
		cr_expect_eq(PARSE(&b, "--config", value), 0);
		cr_expect_str_eq(opt_text(b.v, CONFIG), value);
		opt_free(b.v);
		name[sizeof(name) - n] = 'a';
	}
}

Test(opt, names)
{
	char buf[OPT_NAME];

	cr_expect_str_eq(opt_name(&sample.opts[CONFIG], buf), "--config");
	cr_expect_str_eq(opt_name(&sample.opts[HISTORY], buf), "--rtr-history");
}
