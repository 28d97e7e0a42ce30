/*
 * watchdog (R29): a loop that stalls is told once, with its stack, and ends the
 * process in the end; a process that was stopped as a whole has not stalled.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rtrd/net/watchdog.h"

static const struct watchdog_limits SECONDS = {500, 5000, 60000};

/* One look at a time, with a beat before it or without. */
static enum watch_verdict
look(struct watch *w, int64_t now_ms, uint64_t beats)
{
	int64_t stood_ms;

	return watch_look(w, now_ms, beats, &stood_ms);
}

Test(r29_loop_watchdog, beats_keep_it_quiet)
{
	struct watch w;

	watch_init(&w, &SECONDS, 1000, 0);
	for (int i = 1; i < 1000; i++)
		cr_assert_eq(
			look(&w, 1000 + 500 * i, (uint64_t)i / 8), WATCH_QUIET);
}

Test(r29_loop_watchdog, told_once_then_ended)
{
	enum watch_verdict verdict;
	struct watch w;
	int64_t stood_ms = 0;

	watch_init(&w, &SECONDS, 0, 7);
	for (int64_t at = 500; at <= 60000; at += 500) {
		verdict = watch_look(&w, at, 7, &stood_ms);
		if (at == 5000)
			cr_assert_eq(verdict, WATCH_TELL);
		else if (at == 60000)
			cr_assert_eq(verdict, WATCH_ABORT);
		else
			cr_assert_eq(
				verdict, WATCH_QUIET, "at %lld", (long long)at);
	}
	cr_assert_eq(stood_ms, 60000);
}

Test(r29_loop_watchdog, its_end_is_told)
{
	struct watch w;
	int64_t stood_ms = 0, at = 0;

	watch_init(&w, &SECONDS, at, 7);
	while (look(&w, at += 500, 7) == WATCH_QUIET)
		;
	cr_assert_eq(at, 5000);
	cr_assert_eq(look(&w, 5500, 7), WATCH_QUIET);
	cr_assert_eq(watch_look(&w, 6000, 8, &stood_ms), WATCH_OVER);
	cr_assert_eq(stood_ms, 6000);
	/* The next one is told again. */
	for (at = 6500; at < 11000; at += 500)
		cr_assert_eq(look(&w, at, 8), WATCH_QUIET);
	cr_assert_eq(look(&w, 11000, 8), WATCH_TELL);
}

Test(r29_loop_watchdog, who_was_late_itself_starts_over)
{
	struct watch w;

	watch_init(&w, &SECONDS, 0, 7);
	cr_assert_eq(look(&w, 4500, 7), WATCH_QUIET);
	/* As after SIGCONT: an hour is gone, for both. */
	cr_assert_eq(look(&w, 3600000, 7), WATCH_QUIET);
	cr_assert_eq(look(&w, 3604000 - 500, 7), WATCH_QUIET);
	for (int64_t at = 3604000; at < 3608500; at += 500)
		cr_assert_eq(look(&w, at, 7), WATCH_QUIET);
	cr_assert_eq(look(&w, 3608500, 7), WATCH_TELL);
}

/* The thread, in a process of its own whose log is a pipe. */

static const struct watchdog_limits QUICK = {20, 200, 60000};

enum {
	TEXT = 65536
};

static void
pause_ms(int64_t ms)
{
	struct timespec rest = {
		(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	/* Also where a signal interrupts it. */
	while (nanosleep(&rest, &rest) != 0)
		;
}

/* Run `life` and gather what it logs; its wait status. */
static int
gather(void (*life)(const struct log *log), pid_t *pid, char out[TEXT])
{
	struct log log = {.level = LOG_LEVEL_INFO};
	int pipes[2], status;
	size_t n = 0;
	ssize_t got;

	cr_assert_eq(pipe(pipes), 0);
	*pid = fork();
	cr_assert_geq(*pid, 0);
	if (*pid == 0) {
		(void)close(pipes[0]);
		log.fd = pipes[1];
		life(&log);
		_exit(0);
	}
	(void)close(pipes[1]);
	while ((got = read(pipes[0], out + n, TEXT - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	(void)close(pipes[0]);
	cr_assert_eq(waitpid(*pid, &status, 0), *pid);
	return status;
}

static void
life_with_a_stall(const struct log *log)
{
	struct watchdog *w;

	if (watchdog_start(&QUICK, log, &w) != 0)
		_exit(1);
	pause_ms(1500);
	for (int i = 0; i < 10; i++) {
		watchdog_beat(w);
		pause_ms(20);
	}
	watchdog_stop(w);
}

static unsigned
count(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		n++;
		text++;
	}
	return n;
}

Test(r29_loop_watchdog, a_stall_is_logged_with_its_stack, .timeout = 60)
{
	char text[TEXT];
	pid_t pid;

	cr_assert_eq(gather(life_with_a_stall, &pid, text), 0, "%s", text);
	cr_assert_eq(count(text, " error stalled ms="), 1, "%s", text);
	cr_assert_geq(count(text, " error stack "), 3, "%s", text);
	cr_assert_eq(count(text, "takes no signal"), 0, "%s", text);
	cr_assert_eq(count(text, " warn stalled over ms="), 1, "%s", text);
	/* Where it hangs, by name. */
	cr_assert_geq(count(text, "nanosleep"), 1, "%s", text);
}

static void
life_that_ends(const struct log *log)
{
	const struct watchdog_limits limits = {20, 100, 300};
	struct watchdog *w;

	/* No core, and no word of a sanitizer: it is what is wished. */
	(void)signal(SIGABRT, SIG_DFL);
	if (watchdog_start(&limits, log, &w) != 0)
		_exit(1);
	pause_ms(20000);
}

Test(r29_loop_watchdog, one_that_lasts_ends_the_process, .timeout = 60)
{
	char text[TEXT];
	pid_t pid;
	int status = gather(life_that_ends, &pid, text);

	cr_assert(
		WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "%s", text);
	cr_assert_eq(count(text, " error stalled ms="), 2, "%s", text);
	cr_assert_eq(count(text, "the process ends"), 1, "%s", text);
}

/* A helper stops the whole process and lets it go on. */
static void
life_that_is_stopped(const struct log *log)
{
	pid_t self = getpid(), helper;
	struct watchdog *w;

	if (watchdog_start(&QUICK, log, &w) != 0)
		_exit(1);
	helper = fork();
	if (helper == 0) {
		for (int i = 0; i < 3; i++) {
			(void)kill(self, SIGSTOP);
			pause_ms(600);
			(void)kill(self, SIGCONT);
			pause_ms(50);
		}
		_exit(0);
	}
	while (waitpid(helper, NULL, WNOHANG) == 0) {
		watchdog_beat(w);
		pause_ms(10);
	}
	watchdog_stop(w);
}

Test(r29_loop_watchdog, a_stopped_process_has_not_stalled, .timeout = 60)
{
	char text[TEXT];
	pid_t pid;

	cr_assert_eq(gather(life_that_is_stopped, &pid, text), 0);
	cr_assert_str_empty(text, "%s", text);
}

/* A signal from outside asks for nothing and ends nothing. */
static void
life_with_a_signal(const struct log *log)
{
	struct watchdog *w;

	if (watchdog_start(&QUICK, log, &w) != 0)
		_exit(1);
	(void)kill(getpid(), SIGUSR2);
	watchdog_stop(w);
	(void)kill(getpid(), SIGUSR2);
}

Test(r29_loop_watchdog, a_signal_from_outside_is_nothing, .timeout = 60)
{
	char text[TEXT];
	pid_t pid;

	cr_assert_eq(gather(life_with_a_signal, &pid, text), 0);
	cr_assert_str_empty(text);
}

Test(r29_loop_watchdog, none_is_stopped)
{
	watchdog_stop(NULL);
}
