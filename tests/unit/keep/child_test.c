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
