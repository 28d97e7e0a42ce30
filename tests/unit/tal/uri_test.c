/*
 * uri: what may be made a path, and what may not.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "validator/tal/uri.h"
#include "waymark/bounds.h"

static const char *const good[][3] = {
	{"rsync://h/m/a.cer", "h", "m/a.cer"},
	{"RSYNC://Rpki.Example.NET/m/", "Rpki.Example.NET", "m/"},
	{"rsync://h:8873/m/a/b/c.roa", "h:8873", "m/a/b/c.roa"},
	{"https://[2001:db8::1]/ta.cer", "[2001:db8::1]", "ta.cer"},
	{"https://h/a", "h", "a"},
	{"https://h/", "h", ""},
	{"rsync://h/m/..a/.b/c..", "h", "m/..a/.b/c.."},
	{"rsync://h/m/.../a", "h", "m/.../a"},
	{"rsync://h/m/%2Ea/%2", "h", "m/%2Ea/%2"},
	{"rsync://h/m/a~!$&'()*+,;=:@-_.x", "h", "m/a~!$&'()*+,;=:@-_.x"},
};

static const char *const bad[] = {
	"",
	"rsync:",
	"rsync://",
	"rsync:///m/a",
	"rsync://h",
	"rsync://h/",
	"rsync://h//a",
	"rsync://:873/m/a",
	"http://h/m/a",
	"file:///etc/passwd",
	"ftp://h/m/a",
	"rsync:/h/m/a",
	"rsync://h/./a",
	"rsync://h/../a",
	"rsync://h/m/.",
	"rsync://h/m/..",
	"rsync://h/m/../a",
	"rsync://h/m/%2e/a",
	"rsync://h/m/%2E%2e/a",
	"rsync://h/m/.%2E/a",
	"rsync://h/m/%2e./a",
	"rsync://h/%2e%2E/a",
	"rsync://../m/a",
	"rsync://./m/a",
	"rsync://%2e%2e/m/a",
	"rsync://u@h/m/a",
	"rsync://h?x/m/a",
	"rsync://h\\x/m/a",
	"rsync://h/m\\..\\a",
	"rsync://h/m/a b",
	" rsync://h/m/a",
	"rsync://h/m/a\n",
	"rsync://h/m/\x7f",
	"rsync://h/m/\xc3\xa4",
	"rsync://h\x01/m/a",
};

Test(uri, good_ones_are_split)
{
	struct uri u;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *why = uri_parse(span_text(good[i][0]), &u);

		cr_assert(why == NULL, "%s: %s", good[i][0], why);
		cr_expect(span_equal(u.host, span_text(good[i][1])));
		cr_expect(span_equal(u.path, span_text(good[i][2])));
		cr_expect(u.scheme ==
			((good[i][0][0] | 0x20) == 'r' ? URI_RSYNC
						       : URI_HTTPS));
	}
}

Test(uri, bad_ones_are_refused_and_change_nothing)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct uri u = {.host = span_text("x")};

		cr_expect(uri_parse(span_text(bad[i]), &u) != NULL,
			"%s is accepted", bad[i]);
		cr_expect(span_equal(u.host, span_text("x")));
	}
}

Test(uri, a_nul_is_no_character)
{
	struct uri u;

	cr_expect(uri_parse(span_of("rsync://h/m/a\0b", 15), &u) != NULL);
}

Test(uri, length_has_a_bound)
{
	size_t n = BOUND_URI;
	char *text = malloc(n + 2);
	struct uri u;

	cr_assert(text != NULL);
	memset(text, 'a', n + 1);
	memcpy(text, "rsync://h/m/", 12);
	cr_expect(uri_parse(span_of(text, n - 1), &u) == NULL);
	cr_expect(uri_parse(span_of(text, n), &u) == NULL);
	cr_expect(uri_parse(span_of(text, n + 1), &u) != NULL);
	free(text);
}

/* Cut anywhere, flush against memory that may not be read. */
Test(uri, nothing_behind_the_end_is_read)
{
	struct guard g = guard_new(BOUND_URI);
	size_t i, n;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (n = 0; n <= strlen(good[i][0]); n++) {
			struct span s = guard_span(&g, span_of(good[i][0], n));
			struct uri u;

			if (uri_parse(s, &u) == NULL)
				cr_expect(u.path.p + u.path.n == s.p + s.n);
		}
	}
	guard_free(&g);
}

Test(uri, folder_and_name)
{
	struct span uri = span_text("rsync://h/m/a/b.cer");

	cr_expect(span_equal(uri_folder(uri), span_text("rsync://h/m/a/")));
	cr_expect(span_equal(uri_name(uri), span_text("b.cer")));
	cr_expect(uri_name(span_text("rsync://h/m/")).n == 0);
	cr_expect(uri_folder(span_text("abc")).n == 0);
}
