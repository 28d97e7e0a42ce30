/*
 * address: texts that are addresses with a port, texts that are not, and back.
 */
#include "rtrd/net/address.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "waymark/err.h"

static const struct {
	const char *text, *back; /* NULL: the same */
	int err;
} cases[] = {
	{"127.0.0.1:8323", NULL, 0},
	{"0.0.0.0:0", NULL, 0},
	{"255.255.255.255:65535", NULL, 0},
	{"[::1]:8323", NULL, 0},
	{"[::]:0", NULL, 0},
	{"[2001:DB8:0::1]:3323", "[2001:db8::1]:3323", 0},
	{"[::ffff:192.0.2.1]:1", NULL, 0},
	{"", NULL, ERR_SYNTAX},
	{":", NULL, ERR_SYNTAX},
	{":8323", NULL, ERR_SYNTAX},
	{"127.0.0.1", NULL, ERR_SYNTAX},
	{"127.0.0.1:", NULL, ERR_SYNTAX},
	{"127.0.0.1:x", NULL, ERR_SYNTAX},
	{"127.0.0.1: 1", NULL, ERR_SYNTAX},
	{"127.0.0.1:+1", NULL, ERR_SYNTAX},
	{"127.0.0.1:65536", NULL, ERR_RANGE},
	{"127.0.0.1:99999999999999999999", NULL, ERR_RANGE},
	{"127.0.0:1", NULL, ERR_SYNTAX},
	{"256.0.0.1:1", NULL, ERR_SYNTAX},
	{"localhost:1", NULL, ERR_SYNTAX},
	{"::1:8323", NULL, ERR_SYNTAX},
	{"[::1]", NULL, ERR_SYNTAX},
	{"[::1:8323", NULL, ERR_SYNTAX},
	{"[]:1", NULL, ERR_SYNTAX},
	{"[127.0.0.1]:1", NULL, ERR_SYNTAX},
	{"[fe80::1%lo]:1", NULL, ERR_SYNTAX},
	{"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1", NULL,
		ERR_SYNTAX},
};

Test(address, by_table)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *back = cases[i].back;
		struct sockaddr_storage a, before;
		char text[ADDRESS_TEXT];

		memset(&a, 0x5a, sizeof(a));
		before = a;
		cr_expect_eq(address_parse(cases[i].text, &a), cases[i].err,
			"%s", cases[i].text);
		if (cases[i].err != 0) {
			cr_expect_eq(memcmp(&a, &before, sizeof(a)), 0,
				"touched by %s", cases[i].text);
			continue;
		}
		cr_expect_str_eq(address_format(&a, text),
			back != NULL ? back : cases[i].text);
		cr_expect_eq(address_size(&a),
			a.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						: sizeof(struct sockaddr_in));
	}
}

Test(address, the_longest_fits)
{
	struct sockaddr_storage a;
	char text[ADDRESS_TEXT];

	cr_assert_eq(address_parse("[ffff:ffff:ffff:ffff:ffff:ffff:"
				   "255.255.255.255]:65535",
			     &a),
		0);
	address_format(&a, text);
	cr_expect_eq(strcmp(text + strlen(text) - 7, "]:65535"), 0);
	memset(&a, 0, sizeof(a));
	cr_expect_str_eq(address_format(&a, text), "?");
}
