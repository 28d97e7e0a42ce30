/*
 * access: who may talk by which rule.
 */
#include "rtrd/net/access.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

/* A source from a text; "" is one of no network. */
static void
source_of(const char *text, uint8_t out[ACCESS_SOURCE])
{
	memset(out, 0, ACCESS_SOURCE);
	if (text[0] == '\0' || inet_pton(AF_INET6, text, out) == 1)
		return;
	memset(out + 10, 0xff, 2);
	cr_assert_eq(inet_pton(AF_INET, text, out + 12), 1, "%s", text);
}

static const struct {
	const char *rules[5]; /* "+" allows, "-" denies */
	const char *source;
	bool permitted;
} cases[] = {
	{{NULL}, "192.0.2.1", true},
	{{NULL}, "2001:db8::1", true},
	{{NULL}, "", true},
	{{"+192.0.2.0/24"}, "192.0.2.255", true},
	{{"+192.0.2.0/24"}, "192.0.3.0", false},
	{{"+192.0.2.0/24"}, "2001:db8::1", false},
	{{"+192.0.2.0/24"}, "", true},
	{{"-192.0.2.0/24"}, "192.0.2.1", false},
	{{"-192.0.2.0/24"}, "192.0.3.1", true},
	{{"-192.0.2.0/24"}, "2001:db8::1", true},
	{{"-0.0.0.0/0", "-::/0"}, "", true},
	/* The first that covers it decides. */
	{{"-192.0.2.1/32", "+192.0.2.0/24"}, "192.0.2.1", false},
	{{"-192.0.2.1/32", "+192.0.2.0/24"}, "192.0.2.2", true},
	{{"+192.0.2.1/32", "-192.0.2.0/24"}, "192.0.2.1", true},
	{{"+192.0.2.1/32", "-192.0.2.0/24"}, "192.0.2.2", false},
	/* And an allow anywhere closes it for the rest. */
	{{"+192.0.2.1/32", "-192.0.2.0/24"}, "198.51.100.1", false},
	{{"-192.0.2.1/32", "+2001:db8::/32"}, "198.51.100.1", false},
	{{"+0.0.0.0/0"}, "255.255.255.255", true},
	{{"+0.0.0.0/0"}, "::1", false},
	{{"+::/0"}, "::1", true},
	/* IPv4 is never covered by what looks like it in IPv6. */
	{{"+::/0"}, "192.0.2.1", false},
	{{"-::ffff:0:0/96"}, "192.0.2.1", true},
};

Test(access, by_table)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct access a = {0};
		uint8_t source[ACCESS_SOURCE];

		for (size_t k = 0; cases[i].rules[k] != NULL; k++) {
			const char *rule = cases[i].rules[k];
			struct prefix p;

			cr_assert_eq(prefix_parse(rule + 1, &p), 0, "%s", rule);
			cr_assert(access_add(&a, &p, rule[0] == '+'));
		}
		source_of(cases[i].source, source);
		cr_expect_eq(access_permits(&a, source), cases[i].permitted,
			"case %zu, %s", i, cases[i].source);
	}
}

Test(access, a_host_is_of_its_own_family)
{
	uint8_t source[ACCESS_SOURCE];
	char text[PREFIX_TEXT];
	struct prefix p;

	source_of("192.0.2.1", source);
	cr_assert(access_host(source, &p));
	cr_expect_str_eq(prefix_format(&p, text), "192.0.2.1/32");
	source_of("2001:db8::1", source);
	cr_assert(access_host(source, &p));
	cr_expect_str_eq(prefix_format(&p, text), "2001:db8::1/128");
	source_of("", source);
	cr_expect_not(access_host(source, &p));
}

Test(access, no_more_rules_than_fit)
{
	static struct access a;
	struct prefix p;

	cr_assert_eq(prefix_parse("192.0.2.0/24", &p), 0);
	for (size_t i = 0; i < ACCESS_RULES; i++)
		cr_assert(access_add(&a, &p, false));
	cr_expect_not(access_add(&a, &p, true));
	cr_expect_not(a.closed);
}
