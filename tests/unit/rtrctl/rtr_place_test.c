/*
 * rtr_place: what names a cache, and what does not.
 */
#include <criterion/criterion.h>

#include "rtrctl/rtr_link.h"

static const struct {
	const char *text;
	bool tls;
	enum rtr_transport transport;
	const char *host, *port;
} good[] = {
	{"rtr.example.net", false, RTR_TCP, "rtr.example.net", "3323"},
	{"rtr.example.net", true, RTR_TLS, "rtr.example.net", "324"},
	{"rtr.example.net:323", false, RTR_TCP, "rtr.example.net", "323"},
	{"192.0.2.1:8282", true, RTR_TLS, "192.0.2.1", "8282"},
	{"2001:db8::1", false, RTR_TCP, "2001:db8::1", "3323"},
	{"[2001:db8::1]", false, RTR_TCP, "2001:db8::1", "3323"},
	{"[2001:db8::1]:323", false, RTR_TCP, "2001:db8::1", "323"},
	{"tls:host:1", false, RTR_TLS, "host", "1"},
	{"tcp:host", true, RTR_TCP, "host", "3323"},
	{"unix:/run/x:y", false, RTR_UNIX, "/run/x:y", "3323"},
};

static const char *const bad[] = {"", ":323", "host:", "host:0", "host:65536",
	"host:http", "[]:1", "[::1", "[::1]x", "unix:", "tls:", "tcp::1x"};

Test(rtr_place, good)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct rtr_place p;
		struct text why = {0};

		cr_assert(rtr_place_parse(good[i].text, good[i].tls, &p, &why),
			"%s", good[i].text);
		cr_expect_eq(p.transport, good[i].transport);
		cr_expect_str_eq(p.host, good[i].host);
		cr_expect_str_eq(p.port, good[i].port);
		text_free(&why);
	}
}

Test(rtr_place, bad)
{
	char long_name[RTR_HOST + 1];
	struct rtr_place p;
	struct text why = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		text_clear(&why);
		cr_expect_not(
			rtr_place_parse(bad[i], false, &p, &why), "%s", bad[i]);
		cr_expect_gt(why.n, 0);
	}
	memset(long_name, 'a', RTR_HOST);
	long_name[RTR_HOST] = '\0';
	cr_expect_not(rtr_place_parse(long_name, false, &p, &why));
	text_free(&why);
}
