/*
 * address: texts that are addresses with a port, texts that are not, and back.
 */
#include "rtrd/net/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

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

static void
unix_make(const char *path, size_t n, struct sockaddr_storage *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;

	memset(out, 0, sizeof(*out));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n);
}

Test(address, unix_sockets)
{
	uint8_t source[ADDRESS_SOURCE], zero[ADDRESS_SOURCE] = {0};
	char text[ADDRESS_TEXT], path[108];
	struct sockaddr_storage a;

	unix_make("/run/x.sock", 12, &a);
	cr_expect_str_eq(address_format(&a, text), "unix:/run/x.sock");
	cr_expect_eq(address_size(&a), sizeof(struct sockaddr_un));
	unix_make("", 1, &a);
	cr_expect_str_eq(address_format(&a, text), "unix");
	address_source(&a, source);
	cr_expect_eq(memcmp(source, zero, sizeof(source)), 0);
	/* The longest, with no NUL behind it. */
	memset(path, 'x', sizeof(path));
	unix_make(path, sizeof(path), &a);
	cr_expect_eq(strlen(address_format(&a, text)), 5 + sizeof(path));
}

Test(address, claims)
{
	static const struct {
		const char *behind, *shown, *source;
	} rows[] = {
		{"192.0.2.1:50000", "ssh:192.0.2.1:50000", "::ffff:192.0.2.1"},
		{"[2001:db8::1]:1", "ssh:[2001:db8::1]:1", "2001:db8::1"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t source[ADDRESS_SOURCE], want[ADDRESS_SOURCE];
		struct sockaddr_storage behind, name;
		char text[ADDRESS_TEXT];
		socklen_t size;

		cr_assert_eq(address_parse(rows[i].behind, &behind), 0);
		size = address_claim(&behind, &name);
		cr_expect_leq(size, sizeof(struct sockaddr_un));
		cr_expect_str_eq(address_format(&name, text), rows[i].shown);
		cr_assert_eq(inet_pton(AF_INET6, rows[i].source, want), 1);
		address_source(&name, source);
		cr_expect_eq(memcmp(source, want, sizeof(source)), 0);
		address_source(&behind, source);
		cr_expect_eq(memcmp(source, want, sizeof(source)), 0);
	}
}

/* Names that others may have: they claim nothing. */
Test(address, what_is_no_claim)
{
	static const char *const names[] = {"", "waymark-rtr", "waymark-rtr/",
		"waymark-rtr/1", "waymark-rtr/192.0.2.1",
		"waymark-rtr/here:1/1", "waymark-rtr/192.0.2.1:70000/1",
		"other/192.0.2.1:1/1"};
	uint8_t source[ADDRESS_SOURCE], zero[ADDRESS_SOURCE] = {0};
	char text[ADDRESS_TEXT], path[108] = "";
	struct sockaddr_storage a;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path + 1, sizeof(path) - 1, "%s", names[i]);
		unix_make(path, sizeof(path), &a);
		cr_expect_str_eq(
			address_format(&a, text), "unix", "%s", names[i]);
		address_source(&a, source);
		cr_expect_eq(memcmp(source, zero, sizeof(source)), 0);
	}
	/* One that fills the name to its last octet. */
	memset(path + 1, '9', sizeof(path) - 1);
	memcpy(path + 1, "waymark-rtr/", 12);
	unix_make(path, sizeof(path), &a);
	cr_expect_str_eq(address_format(&a, text), "unix");
}
