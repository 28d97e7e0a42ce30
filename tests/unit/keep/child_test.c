/*
 * child: what a process says, how it ends, and that nothing of it is left.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "rtrd/keep/child.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

/* What was heard. */
struct heard {
	char out[4096], err[4096]; /* lines, each with a "|" behind it */
	unsigned lines;
	size_t longest;
	bool ended;
	int64_t code;
	int signal;
	struct child *child;
	int kill_on_line; /* a signal to send at the first line; 0: none */
	long grandchild; /* the number that the child printed */
};

static void
on_line(void *ctx, bool from_stderr, const char *line)
{
	struct heard *h = ctx;
	char *to = from_stderr ? h->err : h->out;
	size_t n = strlen(to), len = strlen(line);

	cr_assert_not(h->ended, "a line after the end");
	h->lines++;
	if (len > h->longest)
		h->longest = len;
	if (n + len + 2 < sizeof(h->out))
		snprintf(to + n, sizeof(h->out) - n, "%s|", line);
	h->grandchild = strtol(line, NULL, 10);
	if (h->kill_on_line != 0)
		child_signal(h->child, h->kill_on_line);
}

static void
on_ended(void *ctx, int64_t code, int number)
{
	struct heard *h = ctx;

	cr_assert_not(h->ended, "ended twice");
	h->ended = true;
	h->code = code;
	h->signal = number;
}

/* Run a shell script to its end. */
static void
run(struct heard *h, const char *script)
{
	char *argv[] = {(char *)"/bin/sh", (char *)"-c",
		(char *)(uintptr_t)script, NULL};
	const struct child_calls calls = {
		.line = on_line, .ended = on_ended, .ctx = h};
	char why[256] = "";
	uv_loop_t loop;

	uv_loop_init(&loop);
	cr_assert_eq(
		child_start(&loop, argv, &calls, &h->child, why), 0, "%s", why);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0, "handles are left");
	cr_assert(h->ended);
}

Test(child, says_lines_and_an_exit_code)
{
	struct heard h = {0};

	run(&h, "echo one; echo two; echo three >&2; printf four; exit 3");
	cr_expect_str_eq(h.out, "one|two|four|");
	cr_expect_str_eq(h.err, "three|");
	cr_expect_eq(h.code, 3);
	cr_expect_eq(h.signal, 0);
}

Test(child, says_nothing)
{
	struct heard h = {0};

	run(&h, "exit 0");
	cr_expect_eq(h.lines, 0);
	cr_expect_eq(h.code, 0);
}

Test(child, is_killed)
{
	struct heard h = {0};

	run(&h, "kill -9 $$");
	cr_expect_eq(h.signal, SIGKILL);
}

Test(child, is_killed_by_us_with_all_of_its_group)
{
	struct heard h = {.kill_on_line = SIGTERM};

	run(&h, "sleep 1000 & echo $!; wait");
	cr_expect_eq(h.signal, SIGTERM);
	cr_expect_gt(h.grandchild, 1);
}

Test(child, what_is_left_of_its_group_is_killed)
{
	struct heard h = {0};

	/* It holds the pipe: without the kill, the end would not come. */
	run(&h, "sleep 1000 & echo $!; exit 0");
	cr_expect_eq(h.code, 0);
	cr_expect_gt(h.grandchild, 1);
}

Test(child, one_that_left_the_group_is_not_waited_for)
{
	struct heard h = {0};
	uint64_t began = uv_hrtime();

	run(&h, "setsid sleep 3 & echo $!; exit 0");
	cr_expect_eq(h.code, 0);
	cr_expect_lt(uv_hrtime() - began, 2500000000U);
}

Test(child, long_lines_are_cut)
{
	struct heard h = {0};

	run(&h, "head -c 100000 /dev/zero | tr '\\0' x; echo; echo y");
	cr_expect_eq(h.lines, 2);
	cr_expect_eq(h.longest, BOUND_CHILD_LINE);
}

Test(child, nul_octets_do_not_end_a_line)
{
	struct heard h = {0};

	run(&h, "printf 'a\\0b\\n'");
	cr_expect_str_eq(h.out, "a b|");
}

Test(child, too_many_lines_are_not_told)
{
	struct heard h = {0};

	run(&h, "seq 20000");
	cr_expect_eq(h.lines, BOUND_CHILD_LINES + 1);
}

Test(child, a_program_that_is_not_there)
{
	char *argv[] = {(char *)"/nonexistent/validator", NULL};
	struct heard h = {0};
	const struct child_calls calls = {
		.line = on_line, .ended = on_ended, .ctx = &h};
	char why[256] = "";
	uv_loop_t loop;

	uv_loop_init(&loop);
	cr_expect_eq(
		child_start(&loop, argv, &calls, &h.child, why), ERR_NOTFOUND);
	cr_expect_not_null(strstr(why, "/nonexistent/validator"), "%s", why);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0, "handles are left");
	cr_expect_not(h.ended);
}

/* What a child that listens was told, and what came back. */
struct talk {
	struct child *child;
	char got[4096];
	unsigned lines;
	bool ended;
};

static void
on_echo(void *ctx, bool from_stderr, const char *line)
{
	struct talk *t = ctx;
	size_t n = strlen(t->got);

	(void)from_stderr;
	snprintf(t->got + n, sizeof(t->got) - n, "%s|", line);
	if (++t->lines == 1)
		cr_expect_eq(child_tell(t->child, "two"), 0);
	else
		child_signal(t->child, SIGTERM);
}

static void
on_echo_ended(void *ctx, int64_t code, int number)
{
	struct talk *t = ctx;

	(void)code;
	cr_expect_eq(number, SIGTERM);
	t->ended = true;
}

static void
talk_start(struct talk *t, uv_loop_t *loop, const char *script)
{
	char *argv[] = {(char *)"/bin/sh", (char *)"-c",
		(char *)(uintptr_t)script, NULL};
	const struct child_calls calls = {.line = on_echo,
		.ended = on_echo_ended,
		.ctx = t,
		.listens = true};
	char why[256] = "";

	uv_loop_init(loop);
	cr_assert_eq(
		child_start(loop, argv, &calls, &t->child, why), 0, "%s", why);
}

Test(child, is_told_lines)
{
	struct talk t = {0};
	uv_loop_t loop;

	talk_start(&t, &loop, "while read -r x; do echo \"<$x>\"; done");
	cr_expect_eq(child_tell(t.child, "one https://a.example/%20"), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect(t.ended);
	cr_expect_str_eq(t.got, "<one https://a.example/%20>|<two>|");
	cr_expect_eq(uv_loop_close(&loop), 0, "handles are left");
}

/* Who does not listen costs no memory and no time. */
Test(child, does_not_listen)
{
	char line[BOUND_URI + 200];
	struct talk t = {0};
	uv_loop_t loop;
	int err = 0;

	(void)signal(SIGPIPE, SIG_IGN);
	talk_start(&t, &loop, "exec sleep 1000");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	cr_expect_eq(child_tell(t.child, line), ERR_LIMIT, "a long line");
	line[BOUND_URI] = '\0';
	for (int i = 0; i < 10000 && err == 0; i++)
		err = child_tell(t.child, line);
	cr_expect_eq(err, ERR_LIMIT);
	child_signal(t.child, SIGTERM);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0, "handles are left");
}

Test(child, lines_of_a_log)
{
	static const struct {
		const char *line, *rest;
		enum log_level level;
	} rows[] = {
		{"2026-03-16T07:30:00Z warn refused x", "refused x",
			LOG_LEVEL_WARN},
		{"T error e", "e", LOG_LEVEL_ERROR},
		{"on fire", "on fire", LOG_LEVEL_INFO},
		{"on fire now", "on fire now", LOG_LEVEL_INFO},
		{"T warn", "T warn", LOG_LEVEL_INFO},
		{"", "", LOG_LEVEL_INFO},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum log_level level;

		cr_expect_str_eq(
			child_line_strip(rows[i].line, &level), rows[i].rest);
		cr_expect_eq(level, rows[i].level, "%s", rows[i].line);
	}
}

/* Lines that are heard of a command. */
static unsigned
count_lines(const char *command, int64_t lines_ms, bool facts)
{
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
	struct heard h = {0};
	const struct child_calls calls = {
		.line = on_line,
		.ended = on_ended,
		.ctx = &h,
		.lines_ms = lines_ms,
		.facts = facts,
	};
	char why[256] = "";
	uv_loop_t loop;

	uv_loop_init(&loop);
	cr_assert_eq(child_start(&loop, argv, &calls, &h.child, why), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	return h.lines;
}

/* A child that lives long may say so many in each while. */
Test(child, lines_are_counted_anew)
{
	cr_expect_eq(count_lines("seq 12000; sleep 0.3; seq 5", 250, false),
		BOUND_CHILD_LINES + 1 + 5);
}

/* A thousand repositories have more to tell in an hour than a log may take. */
Test(child, facts_are_heard_to_the_end)
{
	cr_expect_eq(count_lines("seq 20000", 3600000, true), 20000);
	cr_expect_eq(count_lines("seq 20000 >&2", 3600000, true),
		BOUND_CHILD_LINES + 1);
}
