/*
 * rsync_said: what the program says, whole, in pieces, and never too much.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "validator/fetch/rsync_said.h"

static const char out_text[] =
	"\nskipping non-regular file \"a.roa\"\n"
	"skipping non-regular file \"b.roa\"\n"
	"Number of files: 12 (reg: 10, dir: 2)\n"
	"Total bytes sent: 150\nTotal bytes received: 123456789\n\n"
	"sent 150 bytes  received 1 bytes";
static const char err_text_of[] =
	"\r\n\nrsync: [Receiver] failed\x1b to connect\nrsync error: code 10\n";

static void
expect_all(const struct rsync_said *s)
{
	cr_expect_eq(s->received, 123456789);
	cr_expect_eq(s->unfit, 2);
	cr_expect_str_eq(s->head, "skipping non-regular file \"a.roa\"");
	cr_expect_str_eq(s->first, "rsync: [Receiver] failed\\x1b to connect");
	cr_expect_eq(s->octets, strlen(out_text) + strlen(err_text_of));
}

Test(rsync_said, cut_anywhere_it_is_the_same)
{
	size_t n = strlen(out_text), m = strlen(err_text_of);

	for (size_t cut = 0; cut <= n; cut++) {
		struct rsync_said s = {0};
		size_t other = cut < m ? cut : m;

		rsync_said_add(&s, RSYNC_STDOUT, span_of(out_text, cut));
		rsync_said_add(&s, RSYNC_STDERR, span_of(err_text_of, other));
		rsync_said_add(
			&s, RSYNC_STDOUT, span_of(out_text + cut, n - cut));
		rsync_said_add(&s, RSYNC_STDERR,
			span_of(err_text_of + other, m - other));
		rsync_said_end(&s);
		expect_all(&s);
	}
}

Test(rsync_said, flush_against_the_end_of_memory)
{
	struct rsync_said s = {0};
	struct guard g = guard_new(strlen(out_text));

	for (size_t n = 0; n <= strlen(out_text); n++) {
		s = (struct rsync_said){0};
		rsync_said_add(
			&s, RSYNC_STDOUT, guard_span(&g, span_of(out_text, n)));
		rsync_said_end(&s);
		cr_expect_eq(s.octets, n);
	}
	cr_expect_eq(s.received, 123456789);
	guard_free(&g);
}

Test(rsync_said, long_lines_and_odd_numbers)
{
	struct rsync_said s = {0};
	char *line = malloc(100000);

	memset(line, '\x07', 100000);
	for (int i = 0; i < 100; i++)
		rsync_said_add(&s, RSYNC_STDERR, span_of(line, 100000));
	rsync_said_end(&s);
	cr_expect_eq(s.octets, 10000000);
	cr_expect_eq(strlen(s.first), RSYNC_SAID_FIRST - 1);
	cr_expect_eq(strncmp(s.first, "\\x07\\x07", 8), 0);
	free(line);
	s = (struct rsync_said){0};
	rsync_said_add(&s, RSYNC_STDOUT,
		span_of("Total bytes received: 99999999999999999999999\n"
			"Total bytes received: -1\nTotal bytes received: 1x",
			96));
	rsync_said_end(&s);
	cr_expect_eq(s.received, 0);
}

Test(rsync_said, reasons_fit_and_tell)
{
	struct rsync_said s = {0};
	char reason[REPO_REASON];

	memset(s.first, 'x', sizeof(s.first) - 1);
	for (int status = 0; status < 0x10000; status++) {
		rsync_said_reason(&s, status, reason);
		cr_assert_lt(strlen(reason), REPO_REASON);
		cr_assert_eq(strncmp(reason, "rsync: ", 7), 0);
	}
	s.first[0] = '\0';
	rsync_said_reason(&s, 23 << 8, reason);
	cr_expect_str_eq(
		reason, "rsync: the transfer is not complete (exit code 23)");
	rsync_said_reason(&s, 15, reason);
	cr_expect_str_eq(reason, "rsync: ended by signal 15");
	rsync_said_reason(&s, 25, reason);
	cr_expect_str_eq(
		reason, "rsync: a file grew larger than any object may be");
}

Test(rsync_said, versions)
{
	static const struct {
		const char *line;
		unsigned version;
	} cases[] = {
		{"rsync  version 3.2.7  protocol version 31", 30207},
		{"rsync  version v3.2.3  protocol version 31", 30203},
		{"rsync  version 3.5.0  protocol version 32", 30500},
		{"rsync  version 3.4.0pre1  protocol version 32", 30400},
		{"rsync  version 4.0  protocol version 40", 40000},
		{"rsync  version 3.10.99 protocol", 31099},
		{"openrsync: protocol version 29, rsync version 2.6.9 "
		 "compatible",
			20609},
		{"rsync  version", 0},
		{"rsync  version x.y", 0},
		{"rsync  version 3", 0},
		{"rsync  version 3.", 0},
		{"rsync  version 3.2.", 0},
		{"rsync  version 100.2.3", 0},
		{"rsync  version 3.999999999999.3", 0},
		{"busybox", 0},
		{"", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(rsync_said_version(cases[i].line),
			cases[i].version, "%s", cases[i].line);
	cr_expect_not_null(rsync_said_holes(30399));
	cr_expect_null(rsync_said_holes(30400));
	cr_expect_null(rsync_said_holes(30500));
}
