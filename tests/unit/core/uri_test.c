/*
 * uri: which URIs may be taken apart at slashes.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/uri.h"
#include "tests/unit/guard.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *uri;
	enum uri_fault fault;
	enum uri_scheme scheme;
};

static const struct row rows[] = {
	{"rsync://a/b", URI_GOOD, URI_RSYNC},
	{"rsync://rpki.example.net/repository/x/y.roa", URI_GOOD, URI_RSYNC},
	{"RSYNC://a/b/", URI_GOOD, URI_RSYNC},
	{"rsync://a:873/b/c", URI_GOOD, URI_RSYNC},
	{"rsync://192.0.2.1/b/c", URI_GOOD, URI_RSYNC},
	{"rsync://[2001:db8::1]:8730/b/c", URI_GOOD, URI_RSYNC},
	{"rsync://a/b//c", URI_GOOD, URI_RSYNC},
	{"rsync://a/b/...", URI_GOOD, URI_RSYNC},
	{"rsync://a/b/.hidden", URI_GOOD, URI_RSYNC},
	{"rsync://a/b/c..d/%41", URI_GOOD, URI_RSYNC},
	{"https://a/notify.xml?x=1#y", URI_GOOD, URI_HTTPS},
	{"HttpS://a", URI_GOOD, URI_HTTPS},
	{"http://a/b", URI_GOOD, URI_OTHER},
	{"ftp://a", URI_GOOD, URI_OTHER},
	{"rsync://a/b c", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b\\c", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b\nc", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b\x7f", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b\xc3\xa4", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b\"", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%4", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%zz", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%00", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%0a", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%2fc", URI_CHARACTER, URI_OTHER},
	{"rsync://a/b%5Cc", URI_CHARACTER, URI_OTHER},
	{"", URI_HOST, URI_OTHER},
	{"rsync", URI_HOST, URI_OTHER},
	{"rsync:", URI_HOST, URI_OTHER},
	{"rsync:/a/b", URI_HOST, URI_OTHER},
	{"://a/b", URI_HOST, URI_OTHER},
	{"rsync://", URI_HOST, URI_OTHER},
	{"rsync:///b/c", URI_HOST, URI_OTHER},
	{"rsync://./b/c", URI_HOST, URI_OTHER},
	{"rsync://../b/c", URI_HOST, URI_OTHER},
	{"rsync://%2e%2e/b/c", URI_HOST, URI_OTHER},
	{"rsync://user@a/b", URI_HOST, URI_OTHER},
	{"rsync://a:/b", URI_HOST, URI_OTHER},
	{"rsync://a:0/b", URI_HOST, URI_OTHER},
	{"rsync://a:65536/b", URI_HOST, URI_OTHER},
	{"rsync://a:123456/b", URI_HOST, URI_OTHER},
	{"rsync://a:8x/b", URI_HOST, URI_OTHER},
	{"rsync://[]/b", URI_HOST, URI_OTHER},
	{"rsync://[::1/b", URI_HOST, URI_OTHER},
	{"rsync://[::g]/b", URI_HOST, URI_OTHER},
	{"rsync://[::1]x/b", URI_HOST, URI_OTHER},
	{"rsync://a", URI_PATH, URI_OTHER},
	{"rsync://a/", URI_PATH, URI_OTHER},
	{"rsync://a//b", URI_PATH, URI_OTHER},
	{"rsync://a?b/c", URI_PATH, URI_OTHER},
	{"rsync://a/.", URI_PATH, URI_OTHER},
	{"rsync://a/..", URI_PATH, URI_OTHER},
	{"rsync://a/../c", URI_PATH, URI_OTHER},
	{"rsync://a/b/./c", URI_PATH, URI_OTHER},
	{"rsync://a/b/..", URI_PATH, URI_OTHER},
	{"rsync://a/b/%2e", URI_PATH, URI_OTHER},
	{"rsync://a/b/.%2E/c", URI_PATH, URI_OTHER},
	{"rsync://a/b/%2e%2e/c", URI_PATH, URI_OTHER},
	{"https://a/../c", URI_PATH, URI_OTHER},
	{"https://a/..?c", URI_PATH, URI_OTHER},
};

Test(uri, rules)
{
	struct guard g = guard_new(BOUND_URI);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span s = guard_span(&g, span_text(rows[i].uri));
		struct uri u = {.scheme = URI_OTHER};
		enum uri_fault fault = uri_parse(s, &u);

		cr_expect(fault == rows[i].fault, "%s: %d", rows[i].uri,
			(int)fault);
		cr_expect(u.scheme == rows[i].scheme, "%s", rows[i].uri);
		cr_expect((fault == URI_GOOD) == (u.host.p != NULL));
		cr_expect(fault != URI_GOOD ||
			u.path.p + u.path.n == s.p + s.n || u.path.n == 0);
	}
	guard_free(&g);
}

Test(uri, every_beginning_ends_in_an_answer)
{
	const char text[] = "rsync://[2001:db8::1]:8730/a/%2e%2e/b?c#d";
	struct guard g = guard_new(sizeof(text));

	for (size_t n = 0; n < sizeof(text); n++) {
		struct uri u;

		uri_parse(guard_span(&g, span_of(text, n)), &u);
	}
	guard_free(&g);
}

Test(uri, length_has_a_bound)
{
	char text[BOUND_URI + 2] = "rsync://a/b/";
	struct uri u;
	size_t n = strlen(text);

	memset(text + n, 'x', sizeof(text) - 1 - n);
	cr_expect(uri_parse(span_of(text, BOUND_URI), &u) == URI_GOOD);
	cr_expect(uri_parse(span_of(text, BOUND_URI + 1), &u) == URI_SIZE);
}

/* Every octet in a path and in a host, against RFC 3986's own lists. */
Test(uri, characters_are_those_of_the_rfc)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (unsigned c = 0; c < 256; c++) {
		char path[] = "rsync://a/b/.c", host[] = "rsync://a.b/c";
		struct uri u;
		bool known = c != 0 &&
			(strchr(letters, (int)c) != NULL ||
				strchr("-._~:/?#[]@!$&'()*+,;=", (int)c) !=
					NULL);
		bool named = c != 0 &&
			(strchr(letters, (int)c) != NULL ||
				strchr("-._", (int)c) != NULL);

		path[13] = (char)c;
		cr_expect((uri_parse(span_of(path, 14), &u) == URI_CHARACTER) ==
				!known,
			"path %u", c);
		host[9] = (char)c;
		if (c != '/' && c != '?' && c != '#')
			cr_expect((uri_parse(span_of(host, 13), &u) ==
					  URI_GOOD) == named,
				"host %u", c);
	}
}

/* Parts are views into the text, as written. */
Test(uri, good_ones_are_split)
{
	static const char *const good[][3] = {
		{"RSYNC://Rpki.Example.NET/m/", "Rpki.Example.NET", "m/"},
		{"rsync://h:8873/m/a/b/c.roa", "h:8873", "m/a/b/c.roa"},
		{"https://[2001:db8::1]/ta.cer", "[2001:db8::1]", "ta.cer"},
		{"https://h/", "h", ""},
		{"https://h", "h", ""},
		{"https://h?x/y", "h", ""},
		{"rsync://h/m/..a/.b/c..", "h", "m/..a/.b/c.."},
		{"rsync://h/m/a~!$&'()*+,;=:@-_.x", "h",
			"m/a~!$&'()*+,;=:@-_.x"},
	};
	struct uri u;

	for (size_t i = 0; i < COUNT(good); i++) {
		cr_assert(uri_parse(span_text(good[i][0]), &u) == URI_GOOD);
		cr_expect(span_equal(u.host, span_text(good[i][1])));
		cr_expect(span_equal(u.path, span_text(good[i][2])));
	}
}

Test(uri, a_nul_is_no_character)
{
	struct uri u;

	cr_expect(uri_parse(span_of("rsync://h/m/a\0b", 15), &u) ==
		URI_CHARACTER);
}

Test(uri, folder_and_name)
{
	struct span uri = span_text("rsync://h/m/a/b.cer");

	cr_expect(span_equal(uri_folder(uri), span_text("rsync://h/m/a/")));
	cr_expect(span_equal(uri_name(uri), span_text("b.cer")));
	cr_expect(uri_name(span_text("rsync://h/m/")).n == 0);
	cr_expect(uri_folder(span_text("abc")).n == 0);
}

Test(uri, each_fault_has_its_text)
{
	for (int i = 0; i < URI_FAULTS; i++)
		cr_expect(strlen(uri_fault_text((enum uri_fault)i)) > 10);
}
