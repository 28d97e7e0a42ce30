/*
 * quote: what is left of a line.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rtrd/keep/quote.h"

Test(quote, says_what_the_line_says)
{
	static const struct {
		const char *line;
		bool text_only;
		const char *out;
	} rows[] = {
		{"", true, ""},
		{"on fire", true, "on fire"},
		{"unusable text=\"no point; none\"", true,
			"unusable: no point; none"},
		{"output file=x error=io text=\"disk full\" more=1", true,
			"output: disk full"},
		{"output text=\"broken o", true, "output: broken o"},
		{"refused uri=u text=\"why so\"", false,
			"refused uri=u text=why so"},
	};
	char out[QUOTE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		quote_line(out, rows[i].line, rows[i].text_only);
		cr_expect_str_eq(out, rows[i].out);
	}
}

/* At every length: what fits is whole, what does not ends after a word. */
Test(quote, is_cut_after_a_word)
{
	char line[4 * QUOTE], out[QUOTE];

	for (size_t n = 0; n < sizeof(line); n++) {
		for (size_t i = 0; i < n; i++)
			line[i] = i % 8 == 7 ? ' ' : 'x';
		line[n] = '\0';
		quote_line(out, line, false);
		if (n < QUOTE) {
			cr_expect_str_eq(out, line);
			continue;
		}
		cr_expect_lt(strlen(out), QUOTE);
		cr_expect_gt(strlen(out), QUOTE - 16);
		cr_expect_str_eq(out + strlen(out) - 4, "x...");
		cr_expect_eq((strlen(out) - 3) % 8, 7);
	}
}

Test(quote, one_long_word_is_cut_too)
{
	char line[4 * QUOTE], out[QUOTE];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	quote_line(out, line, false);
	cr_expect_eq(strlen(out), QUOTE - 1);
	cr_expect_str_eq(out + QUOTE - 5, "x...");
}
