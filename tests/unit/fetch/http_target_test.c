/*
 * http_target: origins (RFC 9674), and where redirects lead.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/fetch/http.h"
#include "validator/fetch/http_target.h"
#include "waymark/err.h"

static bool
same(const char *a, const char *b)
{
	bool one = http_same_origin(span_text(a), span_text(b));

	cr_assert_eq(one, http_same_origin(span_text(b), span_text(a)));
	return one;
}

Test(http_target, origins)
{
	cr_assert(same("https://a.example/x", "https://a.example/y/z"));
	cr_assert(same("https://a.example", "https://a.example/?q"));
	cr_assert(same("https://A.Example/x", "HTTPS://a.example/x"));
	cr_assert(same("https://a.example:443/", "https://a.example/"));
	cr_assert(same("https://a.example:0443/", "https://a.example/"));
	cr_assert(same("https://[2001:DB8::1]/", "https://[2001:db8::1]:443/"));
	cr_assert(same("https://10.0.0.1:8443/", "https://10.0.0.1:8443/x"));

	cr_assert_not(same("https://a.example/", "https://b.example/"));
	cr_assert_not(same("https://a.example/", "https://x.a.example/"));
	cr_assert_not(same("https://a.example/", "https://a.example.net/"));
	cr_assert_not(same("https://a.example/", "https://a.example:444/"));
	cr_assert_not(same("https://10.0.0.1:1/", "https://10.0.0.1/"));
	cr_assert_not(same("https://[2001:db8::1]/", "https://[2001:db8::2]/"));
	/* The digits at an address's end are no port. */
	cr_assert_not(same("https://[2001:db8::443]/", "https://[2001:db8:]/"));
	cr_assert_not(same("https://a.example/", "http://a.example/"));
	cr_assert_not(same("http://a.example/", "http://a.example/"));
	cr_assert_not(same("rsync://a.example/m/", "rsync://a.example/m/"));
	cr_assert_not(same("https://a.example/", "https://u@a.example/"));
	cr_assert_not(same("https://a.example/", ""));
	cr_assert_not(same("", ""));
}

Test(http_target, what_may_be_asked)
{
	static const char *const good[] = {
		"https://a.example",
		"https://a.example/n.xml?x=1",
		"https://127.0.0.1:8443/n.xml",
		"https://[::1]:8443/n.xml",
	};
	static const char *const bad[] = {
		"",
		"a.example",
		"http://a.example/",
		"file:///etc/passwd",
		"rsync://a.example/m/",
		"https://a.example/../x",
		"https://a.example/%2e%2E/x",
		"https://a.example/n.xml#x",
		"https://user@a.example/",
		"https://a.example:0/",
		"https://a.example:65536/",
		"https://a.example/a b",
		"https://a.example/%00",
		"https://",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_assert(
			http_target_is_good(span_text(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(
			http_target_is_good(span_text(bad[i])), "%s", bad[i]);
}

Test(http_target, resolves_locations)
{
	static const char base[] = "https://a.example:8443/r/n.xml?q";
	static const struct {
		const char *location;
		int err;
		const char *to;
	} cases[] = {
		{"/x.xml", 0, "https://a.example:8443/x.xml"},
		{"x.xml", 0, "https://a.example:8443/r/x.xml"},
		{"../x.xml", 0, "https://a.example:8443/x.xml"},
		{"?z", 0, "https://a.example:8443/r/n.xml?z"},
		{"https://a.example:8443/y", 0, "https://a.example:8443/y"},
		{"https://A.EXAMPLE:8443/y", 0, NULL},
		{"//a.example:8443/y", 0, "https://a.example:8443/y"},
		{"/x.xml#part", 0, "https://a.example:8443/x.xml"},
		{"https://b.example:8443/y", ERR_DENIED,
			"https://b.example:8443/y"},
		{"https://a.example/y", ERR_DENIED, "https://a.example/y"},
		{"//b.example/y", ERR_DENIED, "https://b.example/y"},
		{"http://a.example:8443/y", ERR_SYNTAX, NULL},
		{"https://a.example:8443@b.example/", ERR_SYNTAX, NULL},
		{"https://u@a.example:8443/y", ERR_SYNTAX, NULL},
		{"file:///etc/passwd", ERR_SYNTAX, NULL},
		{"gopher://a.example:8443/_x", ERR_SYNTAX, NULL},
		{"javascript:alert(1)", ERR_SYNTAX, NULL},
		{"https://a.example:8443/%0d%0aX", ERR_SYNTAX, NULL},
	};
	char to[BOUND_URI + 1];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = http_target_find(base, cases[i].location, to);

		if (cases[i].err == ERR_SYNTAX)
			cr_assert_neq(err, 0, "%s", cases[i].location);
		else
			cr_assert_eq(err, cases[i].err, "%s: %d",
				cases[i].location, err);
		if (cases[i].to != NULL)
			cr_assert_str_eq(to, cases[i].to);
	}
}

Test(http_target, what_is_too_long_is_refused)
{
	char base[BOUND_URI + 1], to[BOUND_URI + 1];

	memset(base, 'x', BOUND_URI);
	memcpy(base, "https://a.example/", 18);
	base[BOUND_URI] = '\0';
	cr_assert(http_target_is_good(span_text(base)));
	cr_assert_eq(http_target_find(base, "y", to), 0);
	/* A Location that fits, together with a folder that does. */
	base[BOUND_URI - 10] = '/';
	cr_assert_eq(http_target_find(base, "0123456789", to), ERR_SYNTAX);
	cr_assert_eq(http_target_find(base, "012345678", to), 0);
}
