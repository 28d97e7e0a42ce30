/*
 * log: one line an event, whatever is in it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "waymark/clock.h"
#include "waymark/err.h"
#include "waymark/log.h"

/* What the last event wrote; a pipe, so that one read is one write. */
struct tap {
	int ends[2];
	struct log log;
	char line[8192];
};

static void
tap_init(struct tap *t)
{
	cr_assert_eq(pipe(t->ends), 0);
	t->log = (struct log){.fd = t->ends[1], .level = LOG_LEVEL_INFO};
}

/* The line without its time; fails unless it is exactly one line. */
static const char *
tap_read(struct tap *t)
{
	ssize_t n = read(t->ends[0], t->line, sizeof(t->line) - 1);

	cr_assert_gt(n, 22);
	t->line[n] = '\0';
	cr_assert_eq(t->line[n - 1], '\n');
	cr_assert_eq(strchr(t->line, '\n'), t->line + n - 1);
	t->line[n - 1] = '\0';
	return t->line + 21;
}

Test(log, time_level_word_and_text)
{
	struct tap t;
	struct wall at;

	tap_init(&t);
	log_event(&t.log, LOG_LEVEL_INFO, "ready", "serial=%d vrps=%d", 1, 2);
	cr_expect_str_eq(tap_read(&t), "info ready serial=1 vrps=2");
	t.line[20] = '\0';
	cr_expect_eq(wall_parse(t.line, &at), 0, "%s", t.line);
	log_event(&t.log, LOG_LEVEL_ERROR, "gone", "%s", "");
	cr_expect_str_eq(tap_read(&t), "error gone");
}

/* A reader that stopped reading must not stop a daemon. */
Test(log, a_full_pipe_costs_lines_and_not_time)
{
	struct tap t;
	char chunk[4096];
	ssize_t n;
	size_t held = 0;

	tap_init(&t);
	t.log.drops = true;
	for (int i = 0; i < 10000; i++)
		log_event(&t.log, LOG_LEVEL_INFO, "line", "number=%d", i);
	cr_assert_eq(close(t.ends[1]), 0);
	while ((n = read(t.ends[0], chunk, sizeof(chunk))) > 0)
		held += (size_t)n;
	cr_expect(held > 4096 && held < 10000 * 20, "%zu", held);
}

Test(log, below_its_level_nothing_is_written)
{
	struct tap t;

	tap_init(&t);
	log_event(&t.log, LOG_LEVEL_DEBUG, "detail", "%s", "");
	log_event(NULL, LOG_LEVEL_ERROR, "nobody", "%s", "");
	log_event(&t.log, LOG_LEVEL_WARN, "seen", "%s", "");
	cr_expect_str_eq(tap_read(&t), "warn seen");
}

Test(log, foreign_text_cannot_break_the_line)
{
	struct tap t;

	tap_init(&t);
	log_event(&t.log, LOG_LEVEL_INFO, "x", "uri=%s",
		"a\nb\r\x1b[31m\x7f\xc3\xa9\x9b z");
	cr_expect_str_eq(tap_read(&t),
		"info x uri=a\\x0ab\\x0d\\x1b[31m\\x7f\\xc3\\xa9\\x9b z");
}

static void
expect_cut(struct tap *t, char filler, size_t n)
{
	char text[8192];
	const char *line;
	size_t length;

	memset(text, filler, n);
	text[n] = '\0';
	log_event(&t->log, LOG_LEVEL_INFO, "long", "%s", text);
	line = tap_read(t);
	length = strlen(t->line) + 1;
	cr_expect_leq(length, 4096);
	cr_expect_eq(strncmp(line, "info long ", 10), 0);
	cr_expect_str_eq(t->line + length - 4, "...");
	/* An escape is never cut in two. */
	if (filler == '\n')
		cr_expect_eq(strncmp(t->line + length - 8, "\\x0a", 4), 0);
}

Test(log, long_lines_are_cut_and_say_so)
{
	struct tap t;
	char text[4096];

	tap_init(&t);
	expect_cut(&t, 'a', 4065);
	expect_cut(&t, 'a', 4095);
	expect_cut(&t, 'a', 4096);
	expect_cut(&t, 'a', 8000);
	expect_cut(&t, '\n', 1100);
	expect_cut(&t, '\n', 4000);
	/* 21 of time, 10 of words, the newline: the rest is text. */
	memset(text, 'a', 4064);
	text[4064] = '\0';
	log_event(&t.log, LOG_LEVEL_INFO, "long", "%s", text);
	cr_expect_str_eq(tap_read(&t) + 10, text);
}

Test(log, a_closed_descriptor_is_nobody_to_tell)
{
	struct log log = {.fd = -1, .level = LOG_LEVEL_DEBUG};

	log_event(&log, LOG_LEVEL_ERROR, "x", "%s", "");
}

Test(log, levels_there_and_back)
{
	static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARN,
		LOG_LEVEL_INFO, LOG_LEVEL_DEBUG};
	enum log_level level;

	for (size_t i = 0; i < 4; i++) {
		cr_assert_eq(
			log_level_parse(log_level_name(levels[i]), &level), 0);
		cr_expect_eq(level, levels[i]);
	}
	cr_expect_eq(log_level_parse("loud", &level), ERR_SYNTAX);
	cr_expect_eq(log_level_parse("", &level), ERR_SYNTAX);
	cr_expect_eq(log_level_parse("INFO", &level), ERR_SYNTAX);
}
