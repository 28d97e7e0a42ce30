/*
 * opt_print: help and manual page as golden texts; nothing wider than a
 * terminal.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/core/programs.h"

/* What was printed to stdout by one call, to be freed. */
struct tape {
	FILE *file;
	int saved;
};

static void
tape_start(struct tape *t)
{
	(void)fflush(stdout);
	t->file = tmpfile();
	t->saved = dup(STDOUT_FILENO);
	cr_assert_eq(dup2(fileno(t->file), STDOUT_FILENO), STDOUT_FILENO);
}

static char *
tape_stop(struct tape *t)
{
	char *text = calloc(1, 65536);

	(void)dup2(t->saved, STDOUT_FILENO);
	(void)close(t->saved);
	rewind(t->file);
	(void)!fread(text, 1, 65535, t->file);
	(void)fclose(t->file);
	return text;
}

Test(opt_print, help)
{
	struct tape t;
	char *text;

	tape_start(&t);
	opt_print_help(&sample);
	text = tape_stop(&t);
	cr_expect_str_eq(text,
		"rtrd: serve validated payloads to routers\n"
		"\n"
		"Usage: rtrd [OPTIONS]\n"
		"\n"
		"Serves what the validator leaves, over RTR versions 0 and 1, "
		"to as many routers\n"
		"as ask.\n"
		"\n"
		".A dot and a \\ in front.\n"
		"\n"
		"Options:\n"
		"  --config FILE           Read this configuration. (default:\n"
		"                          /etc/waymark/rtrd.conf)\n"
		"  --check                 Check the configuration and exit.\n"
		"  --colour                Use colours on a terminal. "
		"(default: yes)\n"
		"  --rtr-listen ADDR:PORT  Wait for routers at this address. "
		"An IPv6 address\n"
		"                          stands in brackets. Port 0 takes "
		"one that is free,\n"
		"                          and the log tells which. May be "
		"given again.\n"
		"                          (default: 127.0.0.1:3323)\n"
		"  --rtr-history N         Keep so many deltas. From 32 to "
		"4096. (default: 32)\n"
		"  --tal A-VERY-LONG-NAME-OF-A-FILE\n"
		"                          Read this trust anchor locator. May "
		"be given again.\n"
		"  --state DIR             Keep state here.\n"
		"  --help                  Print this help and exit.\n"
		"  --version               Print the version and exit.\n"
		"  --man                   Print the manual page (roff) and "
		"exit.\n"
		"\n"
		"Exit status:\n"
		"  0     all is well\n"
		"  2     wrong usage\n"
		"\n"
		"Files:\n"
		"  /etc/waymark/rtrd.conf\n"
		"\n"
		"Examples:\n"
		"  Check it:\n"
		"\n"
		"    rtrd --check\n"
		"\n"
		"  Then run it.\n");
	for (char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		cr_expect_lt(strcspn(line, "\n"), 80);
	free(text);
}

Test(opt_print, version)
{
	struct opt_program sub = sample;
	struct tape t;
	char *text;

	sub.name = "validator once";
	tape_start(&t);
	opt_print_version(&sample);
	opt_print_version(&sub);
	text = tape_stop(&t);
	cr_expect_str_eq(text,
		"rtrd (Waymark) " WAYMARK_VERSION "\n"
		"validator (Waymark) " WAYMARK_VERSION "\n");
	free(text);
}

Test(opt_print, manual_page)
{
	static const char *const sections[] = {".SH NAME\n", ".SH SYNOPSIS\n",
		".SH DESCRIPTION\n", ".SH OPTIONS\n", ".SH EXIT STATUS\n",
		".SH FILES\n", ".SH EXAMPLES\n", ".SH SEE ALSO\n"};
	struct tape t;
	char *text, *at;

	tape_start(&t);
	opt_print_man(&sample, 1);
	text = at = tape_stop(&t);
	cr_expect_eq(strncmp(text,
			     ".TH \"RTRD\" 8 \"\" \"Waymark " WAYMARK_VERSION
			     "\" \"Waymark\"\n",
			     strlen(".TH")),
		0);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		at = strstr(at, sections[i]);
		cr_assert_not_null(at, "%s", sections[i]);
	}
	cr_expect_not_null(
		strstr(text, "rtrd \\- serve validated payloads to routers\n"));
	cr_expect_not_null(strstr(text, "\n\\&.A dot and a \\e in front.\n"));
	cr_expect_not_null(strstr(text,
		".TP\n.BI \\-\\-rtr\\-history \" N\"\n"
		"Keep so many deltas. From 32 to 4096. (default: 32)"
		" In the configuration file: history in rtr.\n"));
	cr_expect_not_null(strstr(text, ".TP\n.B 2\nwrong usage\n"));
	cr_expect_not_null(strstr(text, ".nf\n  rtrd \\-\\-check\n.fi\n"));
	cr_expect_not_null(
		strstr(text, ".BR rtrctl (8) ,\n.BR validator (8)\n"));
	cr_expect_null(strstr(text, "COMMANDS"));
	free(text);
}

Test(opt_print, manual_page_of_several)
{
	static const char *const exits[][2] = {{"5", "never"}, {NULL, NULL}};
	struct opt_program programs[3] = {sample, sample, sample};
	struct tape t;
	char *text, *at;

	programs[1].name = "rtrd once";
	programs[2].name = "rtrd again"; /* with nothing of its own */
	programs[1].title = "do it once";
	programs[1].exits = exits;
	programs[1].files = NULL;
	programs[1].examples = "Do it twice.";
	tape_start(&t);
	opt_print_man(programs, 3);
	text = tape_stop(&t);
	cr_expect_not_null(
		strstr(text, ".SH COMMANDS\n.SS rtrd once\ndo it once.\n"));
	cr_expect_not_null(strstr(text, ".B rtrd once\n[OPTIONS]\n"));
	/* Each ends with what its program has, the subcommand's by name. */
	at = strstr(text, ".SH EXIT STATUS\n.TP\n.B 0\nall is well\n");
	cr_assert_not_null(at);
	at = strstr(at, ".SS rtrd once\n.TP\n.B 5\nnever\n");
	cr_assert_not_null(at);
	at = strstr(at, ".SH FILES\n/etc/waymark/rtrd.conf\n.SH EXAMPLES\n");
	cr_assert_not_null(at, "no files of the subcommand");
	at = strstr(at, ".SS rtrd once\nDo it twice.\n.SH SEE ALSO\n");
	cr_assert_not_null(at);
	free(text);
}
