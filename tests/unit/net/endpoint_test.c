/*
 * endpoint: texts that are listeners, texts that are not, and which word is to
 * blame.
 */
#include "rtrd/net/endpoint.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "rtrd/net/address.h"
#include "tests/unit/guard.h"
#include "waymark/err.h"

static const struct {
	const char *text, *address;
	enum transport transport;
	enum client_certs clients;
	unsigned min, max, mode;
	size_t rules;
} good[] = {
	{"192.0.2.1:3323", "192.0.2.1:3323", TRANSPORT_TCP, CLIENTS_NONE, 0, 2,
		0660, 0},
	{"[2001:db8::1]:0,tcp", "[2001:db8::1]:0", TRANSPORT_TCP, CLIENTS_NONE,
		0, 2, 0660, 0},
	{"0.0.0.0:324,tls", "0.0.0.0:324", TRANSPORT_TLS, CLIENTS_NONE, 0, 2,
		0660, 0},
	{"127.0.0.1:1,clients=required,tls", "127.0.0.1:1", TRANSPORT_TLS,
		CLIENTS_REQUIRED, 0, 2, 0660, 0},
	{"127.0.0.1:1,tls,clients=optional", "127.0.0.1:1", TRANSPORT_TLS,
		CLIENTS_OPTIONAL, 0, 2, 0660, 0},
	{"127.0.0.1:1,tls,clients=none", "127.0.0.1:1", TRANSPORT_TLS,
		CLIENTS_NONE, 0, 2, 0660, 0},
	{"127.0.0.1:1,min-version=1,max-version=1", "127.0.0.1:1",
		TRANSPORT_TCP, CLIENTS_NONE, 1, 1, 0660, 0},
	{"127.0.0.1:1,max-version=0", "127.0.0.1:1", TRANSPORT_TCP,
		CLIENTS_NONE, 0, 0, 0660, 0},
	{"127.0.0.1:1,allow=10.0.0.0/8,deny=::/0,allow=192.0.2.1",
		"127.0.0.1:1", TRANSPORT_TCP, CLIENTS_NONE, 0, 2, 0660, 3},
	{"unix:/run/x/rtr.sock", "unix:/run/x/rtr.sock", TRANSPORT_TCP,
		CLIENTS_NONE, 0, 2, 0660, 0},
	{"unix:/x,mode=600,max-version=1", "unix:/x", TRANSPORT_TCP,
		CLIENTS_NONE, 0, 1, 0600, 0},
	{"unix:/x,mode=0666", "unix:/x", TRANSPORT_TCP, CLIENTS_NONE, 0, 2,
		0666, 0},
};

static const struct {
	const char *text, *says;
	int err;
} bad[] = {
	{"", "not an address", ERR_SYNTAX},
	{"127.0.0.1", "not an address", ERR_SYNTAX},
	{"127.0.0.1:65536", "not an address", ERR_RANGE},
	{"localhost:3323", "not an address", ERR_SYNTAX},
	{"::1:3323", "not an address", ERR_SYNTAX},
	{"tls", "not an address", ERR_SYNTAX},
	{",tls", "not an address", ERR_SYNTAX},
	{"127.0.0.1:1,", "wrong at ''", ERR_SYNTAX},
	{"127.0.0.1:1,,tls", "wrong at ''", ERR_SYNTAX},
	{"127.0.0.1:1,tls,", "wrong at ''", ERR_SYNTAX},
	{"127.0.0.1:1, tls", "wrong at ' tls': no such word", ERR_SYNTAX},
	{"127.0.0.1:1,tsl", "wrong at 'tsl': no such word", ERR_SYNTAX},
	{"127.0.0.1:1,TLS", "wrong at 'TLS': no such word", ERR_SYNTAX},
	{"127.0.0.1:1,tl", "wrong at 'tl': no such word", ERR_SYNTAX},
	{"127.0.0.1:1,=", "wrong at '='", ERR_SYNTAX},
	{"127.0.0.1:1,tls=yes", "'tls=yes': it takes no value", ERR_SYNTAX},
	{"127.0.0.1:1,allow", "'allow': it needs a value", ERR_SYNTAX},
	{"127.0.0.1:1,allow=", "'allow=': it needs a value", ERR_SYNTAX},
	{"127.0.0.1:1,tls,tls", "'tls': named twice", ERR_SYNTAX},
	{"127.0.0.1:1,tls,tcp", "'tcp': only one of", ERR_SYNTAX},
	{"127.0.0.1:1,min-version=1,min-version=1",
		"'min-version=1': named twice", ERR_SYNTAX},
	{"127.0.0.1:1,min-version=3", "'min-version=3': not a version",
		ERR_SYNTAX},
	{"127.0.0.1:1,max-version=-1", "'max-version=-1'", ERR_SYNTAX},
	{"127.0.0.1:1,max-version=1x", "'max-version=1x'", ERR_SYNTAX},
	{"127.0.0.1:1,min-version=2,max-version=1", "above its max-version",
		ERR_SYNTAX},
	{"127.0.0.1:1,clients=required", "'clients': only with tls",
		ERR_SYNTAX},
	{"127.0.0.1:1,clients=none", "'clients': only with tls", ERR_SYNTAX},
	{"127.0.0.1:1,tls,clients=some", "'clients=some'", ERR_SYNTAX},
	{"127.0.0.1:1,allow=10.0.0.1/8", "'allow=10.0.0.1/8': its length",
		ERR_SYNTAX},
	{"127.0.0.1:1,deny=10.0.0.0/33", "'deny=10.0.0.0/33': its length",
		ERR_SYNTAX},
	{"127.0.0.1:1,deny=here", "'deny=here': not a prefix", ERR_SYNTAX},
	{"127.0.0.1:1,mode=0660", "'mode': only with a Unix", ERR_SYNTAX},
	{"unix:", "not the absolute path", ERR_SYNTAX},
	{"unix:rtr.sock", "not the absolute path", ERR_SYNTAX},
	{"unix:/run/", "not the absolute path", ERR_SYNTAX},
	{"unix:/x,mode=0660,mode=0600", "'mode=0600': named twice", ERR_SYNTAX},
	{"unix:/x,mode=0777", "'mode=0777': not a mode", ERR_SYNTAX},
	{"unix:/x,mode=66", "'mode=66': not a mode", ERR_SYNTAX},
	{"unix:/x,mode=00660", "'mode=00660': not a mode", ERR_SYNTAX},
	{"unix:/x,mode=0689", "'mode=0689': not a mode", ERR_SYNTAX},
	{"unix:/x,mode=7777777777777777777777", "': not a mode", ERR_SYNTAX},
	{"unix:/x,tls", "not for a Unix socket", ERR_SYNTAX},
	{"unix:/x,tcp", "not for a Unix socket", ERR_SYNTAX},
	{"unix:/x,allow=::/0", "not for a Unix socket", ERR_SYNTAX},
};

Test(endpoint, accepts_by_table)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char why[WORDS_WHY] = "", text[ADDRESS_TEXT];
		struct endpoint e;

		cr_assert_eq(endpoint_parse(good[i].text, &e, why), 0, "%s: %s",
			good[i].text, why);
		cr_expect_str_eq(
			address_format(&e.address, text), good[i].address);
		cr_expect_eq(e.id, 0);
		cr_expect_eq(e.transport, good[i].transport);
		cr_expect_eq(e.clients, good[i].clients);
		cr_expect_eq(e.min_version, good[i].min);
		cr_expect_eq(e.max_version, good[i].max);
		cr_expect_eq(e.mode, good[i].mode);
		cr_expect_eq(e.access.n, good[i].rules);
		cr_expect_eq(endpoint_is_unix(&e),
			strncmp(good[i].text, "unix:", 5) == 0);
		if (endpoint_is_unix(&e))
			cr_expect_str_eq(
				endpoint_path(&e), good[i].address + 5);
	}
}

Test(endpoint, refuses_by_table)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char why[WORDS_WHY] = "";
		struct endpoint e, before;

		memset(&e, 0x5a, sizeof(e));
		before = e;
		cr_expect_eq(endpoint_parse(bad[i].text, &e, why), bad[i].err,
			"%s", bad[i].text);
		cr_expect_not_null(
			strstr(why, bad[i].says), "%s: %s", bad[i].text, why);
		cr_expect_eq(memcmp(&e, &before, sizeof(e)), 0, "touched by %s",
			bad[i].text);
	}
}

/* Cut anywhere, and with any octet broken, it is read to its end and no
 * further. */
Test(endpoint, cut_and_broken_texts)
{
	static const char text[] = "[2001:db8::1]:324,tls,clients=required,"
				   "min-version=1,allow=2001:db8::/32";
	char why[WORDS_WHY];
	struct endpoint e;

	struct guard g = guard_new(sizeof(text));
	char cut[sizeof(text)];

	for (size_t n = 0; n < sizeof(text); n++) {
		memcpy(cut, text, n);
		cut[n] = '\0';
		for (unsigned c = 0; c < 256; c++) {
			struct span s;

			if (n > 0)
				cut[n - 1] = (char)c;
			s = guard_span(&g, span_of(cut, strlen(cut) + 1));
			(void)endpoint_parse((const char *)s.p, &e, why);
		}
	}
	guard_free(&g);
}

Test(endpoint, long_texts)
{
	char text[8192], why[WORDS_WHY];
	struct endpoint e;
	size_t n;

	/* As many rules as there may be, and one more. */
	n = (size_t)snprintf(text, sizeof(text), "127.0.0.1:1");
	for (size_t i = 0; i < ACCESS_RULES; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, ",deny=10.0.%zu.0/24", i);
	cr_expect_eq(endpoint_parse(text, &e, why), 0, "%s", why);
	cr_expect_eq(e.access.n, ACCESS_RULES);
	snprintf(text + n, sizeof(text) - n, ",deny=::/0");
	cr_expect_eq(endpoint_parse(text, &e, why), ERR_SYNTAX);
	cr_expect_not_null(strstr(why, "'deny=::/0'"), "%s", why);
	/* The longest path, and one octet more. */
	memset(text, 'x', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[5 + 107] = '\0';
	cr_expect_eq(endpoint_parse(text, &e, why), 0, "%s", why);
	text[5 + 107] = 'x';
	text[5 + 108] = '\0';
	cr_expect_eq(endpoint_parse(text, &e, why), ERR_SYNTAX);
	cr_expect_not_null(strstr(why, "too long"), "%s", why);
	/* A head and a word of no end. */
	text[5 + 108] = 'x';
	text[sizeof(text) - 1] = '\0';
	cr_expect_eq(endpoint_parse(text, &e, why), ERR_SYNTAX);
	memcpy(text, "127.0.0.1:1,", 12);
	cr_expect_eq(endpoint_parse(text, &e, why), ERR_SYNTAX);
	cr_expect_not_null(strstr(why, "too long"), "%s", why);
}
