/*
 * conffile: what is blanked, what is refused, and which line is named.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/keep/conffile.h"
#include "tests/unit/guard.h"
#include "waymark/err.h"

/* Blanking. */

static const struct {
	const char *in, *out; /* NULL: refused */
	unsigned line;
	const char *what;
} blanks[] = {
	{"", "", 0, NULL},
	{"a = b\n", "a = b\n", 0, NULL},
	{"# c\na = b", "   \na = b", 0, NULL},
	{"a = b # c\n", "a = b    \n", 0, NULL},
	{"a = b#c\n", "a = b  \n", 0, NULL},
	{"// c\na", "    \na", 0, NULL},
	{"a = /x//y\n", "a = /x//y\n", 0, NULL},
	{"a = /x/*y\n", "a = /x/*y\n", 0, NULL},
	{"a /* c\nd */ = b", "a     \n     = b", 0, NULL},
	{"a = { b, # c\n d }", "a = { b,    \n d }", 0, NULL},
	{"a = \"# { /*\"", "a = \"# { /*\"", 0, NULL},
	{"a = '# { \\' /*'", "a = '# { \\' /*'", 0, NULL},
	{"a = \"x\\\"# y\"", "a = \"x\\\"# y\"", 0, NULL},
	{"# it's\na", "      \na", 0, NULL},
	{"\n\n/* c", NULL, 3, "a comment does not end"},
	{"\n\"c\n\n", NULL, 2, "a quote does not end"},
	{"'c", NULL, 1, "a quote does not end"},
	{"'c\\'", NULL, 1, "a quote does not end"},
	{"\nrtr {\n\n", NULL, 2, "a brace is not closed"},
	{"rtr {\n x = { \n }\n", NULL, 1, "a brace is not closed"},
	{"\n}\n", NULL, 2, "a brace closes nothing"},
	{"{{{{{{{{\n{", NULL, 2, "too many braces"},
};

Test(conffile, blanks_comments_and_pairs_braces)
{
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		char text[64];
		unsigned line = 0;
		const char *what = NULL;
		int err;

		snprintf(text, sizeof(text), "%s", blanks[i].in);
		err = conffile_blank(text, strlen(text), &line, &what);
		if (blanks[i].out != NULL) {
			cr_expect_eq(err, 0, "%s", blanks[i].in);
			cr_expect_str_eq(text, blanks[i].out);
			continue;
		}
		cr_expect_eq(err, ERR_SYNTAX, "%s", blanks[i].in);
		cr_expect_eq(line, blanks[i].line, "%s: line %u", blanks[i].in,
			line);
		cr_expect_str_eq(what, blanks[i].what);
	}
}

Test(conffile, a_nul_octet_is_refused)
{
	char text[] = "a = b\n\0c";
	unsigned line;
	const char *what;

	cr_expect_eq(conffile_blank(text, sizeof(text) - 1, &line, &what),
		ERR_SYNTAX);
	cr_expect_eq(line, 2);
}

Test(conffile, reads_nothing_behind_the_end)
{
	static const char all[] = "a = \"b\\\"c\" /* d **/ # e\nr { x = {'1',"
				  "'2\\\\'} } // f\n";
	struct guard g = guard_new(sizeof(all));

	for (size_t n = 0; n < sizeof(all); n++) {
		struct span s = guard_span(&g, span_of(all, n));
		unsigned line;
		const char *what;

		(void)conffile_blank((char *)(uintptr_t)s.p, n, &line, &what);
	}
	guard_free(&g);
}

/* Reading. */

static const struct opt rows[] = {
	{NULL, "name", "N", NULL, "a text", OPT_TEXT, 0, 0, false, false},
	{NULL, "file", "F", NULL, "a list", OPT_LIST, 0, 0, false, false},
	{NULL, "flag", NULL, NULL, "a flag", OPT_FLAG, 0, 0, false, true},
	{"sec", "number", "N", "7", "a number", OPT_NUMBER, 1, 9, false, false},
	{"sec", "list", "L", NULL, "a list", OPT_LIST, 0, 0, false, false},
};

enum {
	NAME,
	FILES,
	FLAG,
	NUMBER,
	LIST,
	ROWS
};

static const struct opt_program program = {
	.name = "test",
	.opts = rows,
	.opt_count = ROWS,
};

/* Refuses the value "bad". */
static int
check(void *ctx, size_t index, const char *value, const char *from,
	char why[256])
{
	(void)ctx;
	(void)index;
	if (strcmp(value, "bad") != 0)
		return 0;
	snprintf(why, 256, "%s: bad value", from);
	return ERR_USAGE;
}

static char path[] = "/tmp/waymark-conffile.XXXXXX";

static int
read_text(const char *text, struct opt_values *v, unsigned lines[ROWS],
	char why[256])
{
	struct conffile f = {&program, v, lines, check, NULL};
	int fd = mkstemp(path), err;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	err = conffile_read(&f, path, why);
	unlink(path);
	return err;
}

Test(conffile, takes_values_with_their_lines)
{
	struct opt_values *v = opt_new(&program);
	unsigned lines[ROWS] = {0};
	char why[256] = "";

	cr_assert_eq(read_text("# head\n# more\n\nname = 'x y' # tail\n"
			       "file = { a, // one\n\t\"b\" }\nfile += c\n"
			       "sec {\n\tnumber = 3\n\tlist = one\n}\n",
			     v, lines, why),
		0, "%s", why);
	cr_expect_str_eq(opt_text(v, NAME), "x y");
	cr_assert_eq(opt_list_count(v, FILES), 3);
	cr_expect_str_eq(opt_list(v, FILES, 0), "a");
	cr_expect_str_eq(opt_list(v, FILES, 2), "c");
	cr_expect_eq(opt_number(v, NUMBER), 3);
	cr_assert_eq(opt_list_count(v, LIST), 1);
	cr_expect_eq(lines[NAME], 4);
	cr_expect_eq(lines[FILES], 7);
	cr_expect_eq(lines[NUMBER], 9);
	cr_expect_eq(lines[LIST], 10);
	cr_expect_eq(lines[FLAG], 0);
	opt_free(v);
}

Test(conffile, an_empty_list_is_none)
{
	struct opt_values *v = opt_new(&program);
	unsigned lines[ROWS] = {0};
	char why[256];

	cr_assert_eq(read_text("sec { list = {} }", v, lines, why), 0);
	cr_assert_eq(opt_list_count(v, LIST), 1);
	cr_expect_str_eq(opt_list(v, LIST, 0), CONFFILE_NONE);
	opt_free(v);
}

static const struct {
	const char *text, *where, *says;
} wrongs[] = {
	{"# c\n\nnam = x\n", ":3: ", "'nam'"},
	{"name = x\nsec {\n# c\n\tnumbr = 3\n}\n", ":4: ", "'numbr'"},
	{"flag = yes\n", ":1: ", "'flag'"},
	{"number = 3\n", ":1: ", "'number'"},
	{"sec {\n number = 10\n}\n", ":2: sec.number: ", "10"},
	{"sec {\n number = -1\n}\n", ":2: sec.number: ", "-1"},
	{"sec {\n number = x\n}\n", ":2: sec.number: ", "x"},
	{"name = bad\n", ":1: name: ", "bad value"},
	{"file = {a,\n b,\n bad}\n", ":3: file: ", "bad value"},
	{"sec {\n number = 3\n", ":1: ", "not closed"},
	{"name = 'x\n", ":1: ", "quote"},
	{"name x\n", ":1: ", "name"},
	{"\nname =\n", ":3: ", "end of file"},
	{"sec = 3\n", ":1: ", "sec"},
	{"file = {a b}\n", ":1: ", "b"},
};

Test(conffile, names_file_line_and_option)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct opt_values *v = opt_new(&program);
		unsigned lines[ROWS] = {0};
		char why[256] = "";

		cr_expect_eq(read_text(wrongs[i].text, v, lines, why),
			ERR_USAGE, "%s", wrongs[i].text);
		cr_expect_eq(strncmp(why, path, strlen(path)), 0, "%s", why);
		cr_expect_not_null(strstr(why, wrongs[i].where), "%s: %s",
			wrongs[i].text, why);
		cr_expect_not_null(strstr(why, wrongs[i].says), "%s: %s",
			wrongs[i].text, why);
		opt_free(v);
		memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	}
}

Test(conffile, a_file_that_is_not_there)
{
	struct opt_values *v = opt_new(&program);
	unsigned lines[ROWS] = {0};
	struct conffile f = {&program, v, lines, check, NULL};
	char why[256] = "";

	cr_expect_eq(conffile_read(&f, "/tmp/waymark-no-such-file", why),
		ERR_NOTFOUND);
	cr_expect_not_null(strstr(why, "waymark-no-such-file"));
	opt_free(v);
}

Test(conffile, every_prefix_of_a_good_file_is_good_or_named)
{
	static const char all[] = "name = 'x y' # tail\nfile = { a, \"b\" }\n"
				  "sec {\n\tnumber = 3\n}\n";

	for (size_t n = 0; n < sizeof(all); n++) {
		struct opt_values *v = opt_new(&program);
		unsigned lines[ROWS] = {0};
		char text[sizeof(all)], why[256] = "";
		int err;

		memcpy(text, all, n);
		text[n] = '\0';
		err = read_text(text, v, lines, why);
		cr_expect(err == 0 || (err == ERR_USAGE && why[0] != '\0'),
			"%zu: %d %s", n, err, why);
		opt_free(v);
		memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	}
}
