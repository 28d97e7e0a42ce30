/*
 * client: texts that are rules for routers, texts that are not, and which rule
 * counts.
 */
#include "rtrd/net/client.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "waymark/err.h"

static const struct {
	const char *text, *prefix;
	unsigned min, max;
	size_t connections;
	enum key_kind key;
	const char *file;
} good[] = {
	{"192.0.2.0/24", "192.0.2.0/24", 0, 2, 0, KEY_NONE, ""},
	{"192.0.2.1", "192.0.2.1/32", 0, 2, 0, KEY_NONE, ""},
	{"2001:db8::/32,min-version=1,max-version=2", "2001:db8::/32", 1, 2, 0,
		KEY_NONE, ""},
	{"::/0,connections=1,max-version=0", "::/0", 0, 0, 1, KEY_NONE, ""},
	{"192.0.2.1/32,md5=/etc/k", "192.0.2.1/32", 0, 2, 0, KEY_MD5, "/etc/k"},
	{"192.0.2.1/32,ao=/k=1", "192.0.2.1/32", 0, 2, 0, KEY_AO, "/k=1"},
};

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "not a prefix"},
	{",md5=/k", "not a prefix"},
	{"192.0.2.1:3323", "not a prefix"},
	{"192.0.2.1/24", "its length"},
	{"router7", "not a prefix"},
	{"192.0.2.1,", "wrong at ''"},
	{"192.0.2.1,tls", "wrong at 'tls': no such word"},
	{"192.0.2.1,connections=0", "'connections=0'"},
	{"192.0.2.1,connections=99999999999", "'connections=99999999999'"},
	{"192.0.2.1,min-version=2,max-version=1", "above its max-version"},
	{"192.0.2.1,md5", "'md5': it needs a value"},
	{"192.0.2.1,md5=", "'md5=': it needs a value"},
	{"192.0.2.1,md5=key", "'md5=key': not the absolute path"},
	{"192.0.2.1,md5=/a,md5=/b", "'md5=/b': named twice"},
	{"192.0.2.1,md5=/a,ao=/b", "'ao=/b': only one of"},
};

Test(client, accepts_by_table)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char why[WORDS_WHY] = "", text[PREFIX_TEXT];
		struct client c;

		cr_assert_eq(client_parse(good[i].text, &c, why), 0, "%s: %s",
			good[i].text, why);
		cr_expect_str_eq(
			prefix_format(&c.prefix, text), good[i].prefix);
		cr_expect_eq(c.min_version, good[i].min);
		cr_expect_eq(c.max_version, good[i].max);
		cr_expect_eq(c.connections, good[i].connections);
		cr_expect_eq(c.key, good[i].key);
		cr_expect_str_eq(c.key_file, good[i].file);
	}
}

Test(client, refuses_by_table)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char why[WORDS_WHY] = "";
		struct client c, before;

		memset(&c, 0x5a, sizeof(c));
		before = c;
		cr_expect_eq(client_parse(bad[i].text, &c, why), ERR_SYNTAX,
			"%s", bad[i].text);
		cr_expect_not_null(
			strstr(why, bad[i].says), "%s: %s", bad[i].text, why);
		cr_expect_eq(memcmp(&c, &before, sizeof(c)), 0, "touched by %s",
			bad[i].text);
	}
}

Test(client, the_longest_prefix_counts)
{
	static const char *const texts[] = {
		"0.0.0.0/0", "192.0.2.0/24", "192.0.2.7", "192.0.0.0/16"};
	static const struct {
		const char *source;
		int which; /* of the texts; -1: none */
	} rows[] = {
		{"::ffff:192.0.2.7", 2},
		{"::ffff:192.0.2.8", 1},
		{"::ffff:192.0.3.8", 3},
		{"::ffff:198.51.100.1", 0},
		{"2001:db8::1", -1},
		{"::", -1},
	};
	struct client list[4];
	char why[WORDS_WHY];

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(client_parse(texts[i], &list[i], why), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t source[ACCESS_SOURCE];
		const struct client *c;

		cr_assert_eq(inet_pton(AF_INET6, rows[i].source, source), 1);
		c = client_find(list, 4, source);
		cr_expect_eq(c == NULL ? -1 : (int)(c - list), rows[i].which,
			"%s", rows[i].source);
	}
}
