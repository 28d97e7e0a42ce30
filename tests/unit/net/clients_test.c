/*
 * clients: key files that are good and bad, and keys on sockets: that a wrong
 * one keeps out is asked of the kernel, where it can be (see key_is_known).
 */
#include "rtrd/net/clients.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "waymark/err.h"

static char path[64];

static void
path_make(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/waymark-key.XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	close(fd);
}

static void
path_remove(void)
{
	unlink(path);
}

TestSuite(clients, .init = path_make, .fini = path_remove);

static void
file_put(const void *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, n), (ssize_t)n);
	close(fd);
}

#define EIGHTY \
	"12345678901234567890123456789012345678901234567890123456789012345678" \
	"901234567890"

static const struct {
	enum key_kind kind;
	const char *text, *secret, *algorithm;
	unsigned send, recv;
} good[] = {
	{KEY_MD5, "s3cret", "s3cret", "", 0, 0},
	{KEY_MD5, "s3cret\n", "s3cret", "", 0, 0},
	{KEY_MD5, "with a space ~\n", "with a space ~", "", 0, 0},
	{KEY_MD5, EIGHTY "\n", EIGHTY, "", 0, 0},
	{KEY_AO, "1 2 hmac-sha-1-96 s3cret\n", "s3cret", "hmac(sha1)", 1, 2},
	{KEY_AO, "255 0 aes-128-cmac-96 a b", "a b", "cmac(aes128)", 255, 0},
	{KEY_AO, "0  0  hmac-sha-256-96  x\n", "x", "hmac(sha256)", 0, 0},
	{KEY_AO, "255 255 hmac-sha-256-96 " EIGHTY "\n", EIGHTY, "hmac(sha256)",
		255, 255},
};

static const struct {
	enum key_kind kind;
	const char *text, *says;
} bad[] = {
	{KEY_MD5, "", "no key"},
	{KEY_MD5, "\n", "no key"},
	{KEY_MD5, "\n\n", "not one line"},
	{KEY_MD5, "one\ntwo\n", "not one line"},
	{KEY_MD5, "one\r\n", "not one line"},
	{KEY_MD5, "tab\there\n", "not one line"},
	{KEY_MD5, "k\xc3\xa4y\n", "not one line"},
	{KEY_MD5, " key\n", "a space"},
	{KEY_MD5, "key \n", "a space"},
	{KEY_MD5, EIGHTY "1\n", "80 octets"},
	{KEY_MD5, EIGHTY EIGHTY EIGHTY EIGHTY "\n", "too long"},
	{KEY_AO, "s3cret\n", "not SENDID"},
	{KEY_AO, "1 2 hmac-sha-1-96\n", "not SENDID"},
	{KEY_AO, "256 2 hmac-sha-1-96 s3cret\n", "0 to 255"},
	{KEY_AO, "1 -2 hmac-sha-1-96 s3cret\n", "0 to 255"},
	{KEY_AO, "1 2 md5 s3cret\n", "not an algorithm"},
	{KEY_AO, "1 2 hmac(sha1) s3cret\n", "not an algorithm"},
	{KEY_AO, "1 2 hmac-sha-1-96 " EIGHTY "1\n", "80 octets"},
};

static struct client
client_of(enum key_kind kind)
{
	struct client c = {.key = kind};

	cr_assert_eq(prefix_parse("192.0.2.0/24", &c.prefix), 0);
	snprintf(c.key_file, sizeof(c.key_file), "%s", path);
	return c;
}

Test(clients, key_files_by_table)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct client c = client_of(good[i].kind);
		char why[KEY_WHY] = "";
		struct key k;

		file_put(good[i].text, strlen(good[i].text));
		cr_assert_eq(
			key_read(&c, &k, why), 0, "%s: %s", good[i].text, why);
		cr_expect_eq(k.n, strlen(good[i].secret));
		cr_expect_eq(memcmp(k.secret, good[i].secret, k.n), 0);
		cr_expect_str_eq(k.algorithm, good[i].algorithm);
		cr_expect_eq(k.send_id, good[i].send);
		cr_expect_eq(k.recv_id, good[i].recv);
		cr_expect(key_is_same(&k, &k));
		key_wipe(&k);
		for (size_t n = 0; n < sizeof(k.secret); n++)
			cr_assert_eq(k.secret[n], 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct client c = client_of(bad[i].kind);
		char why[KEY_WHY] = "";
		struct key k;

		file_put(bad[i].text, strlen(bad[i].text));
		cr_expect_lt(key_read(&c, &k, why), 0, "%s", bad[i].text);
		cr_expect_not_null(strstr(why, bad[i].says), "%s", why);
		cr_expect_not_null(strstr(why, path), "%s", why);
	}
}

Test(clients, a_nul_is_no_octet_of_a_key)
{
	const struct client c = client_of(KEY_MD5);
	char why[KEY_WHY] = "";
	struct key k;

	file_put("abc\0def\n", 8);
	cr_expect_eq(key_read(&c, &k, why), ERR_SYNTAX);
}

Test(clients, who_else_may_use_a_key)
{
	static const struct {
		mode_t mode;
		bool good;
	} rows[] = {
		{0600, true},
		{0640, true},
		{0400, true},
		{0644, false},
		{0604, false},
		{0602, false},
		{0601, false},
		{0666, false},
	};
	const struct client c = client_of(KEY_MD5);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char why[KEY_WHY] = "";
		struct key k;

		file_put("s3cret\n", 7);
		cr_assert_eq(chmod(path, rows[i].mode), 0);
		cr_expect_eq(key_read(&c, &k, why) == 0, rows[i].good, "%o: %s",
			(unsigned)rows[i].mode, why);
		cr_assert_eq(chmod(path, 0600), 0);
	}
}

Test(clients, only_a_file_is_one)
{
	struct client c = client_of(KEY_MD5);
	char why[KEY_WHY] = "";
	struct key k;

	snprintf(c.key_file, sizeof(c.key_file), "/tmp");
	cr_expect_lt(key_read(&c, &k, why), 0);
	snprintf(c.key_file, sizeof(c.key_file), "%s.none", path);
	cr_expect_eq(key_read(&c, &k, why), ERR_NOTFOUND);
	cr_expect_not_null(strstr(why, ".none: No such file"), "%s", why);
	/* Nobody waits for a pipe. */
	cr_assert_eq(mkfifo(c.key_file, 0600), 0);
	cr_expect_eq(key_read(&c, &k, why), ERR_DENIED);
	unlink(c.key_file);
}

Test(clients, lists)
{
	static const struct {
		const char *texts[3], *says; /* NULL: it is good */
	} rows[] = {
		{{NULL}, NULL},
		{{"192.0.2.0/24", "192.0.2.0/25"}, NULL},
		{{"192.0.2.0/24", "192.0.2.0/24,connections=1"},
			"other rules for this prefix"},
		{{"192.0.2.0/24", "here"}, "'here' is wrong: not a prefix"},
		{{"192.0.2.0/24,md5=/none.key"}, "key file /none.key: No such"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct clients *c = NULL;
		char why[256] = "";
		size_t n = 0;
		int err;

		while (rows[i].texts[n] != NULL)
			n++;
		err = clients_load(rows[i].texts, n, &c, why);
		cr_expect_eq(err == 0, rows[i].says == NULL, "%s", why);
		if (err != 0)
			cr_expect_not_null(
				strstr(why, rows[i].says), "%s", why);
		clients_free(c);
	}
	clients_free(NULL);
}

/* Whether the kernel has a TCP-MD5 key for the loopback network on a socket:
 * one that is there can be taken off. */
static bool
key_is_known(int fd, int family, const char *address, uint8_t len)
{
	struct tcp_md5sig sig = {
		.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX, .tcpm_prefixlen = len};
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&sig.tcpm_addr;
	struct sockaddr_in *in = (struct sockaddr_in *)&sig.tcpm_addr;

	sig.tcpm_addr.ss_family = (sa_family_t)family;
	cr_assert_eq(inet_pton(family, address,
			     family == AF_INET ? (void *)&in->sin_addr
					       : (void *)&in6->sin6_addr),
		1);
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &sig, sizeof(sig)) ==
		0;
}

/* Load one list with a key file of this text. */
static struct clients *
load(const char *const *texts, size_t n, const char *secret)
{
	struct clients *c = NULL;
	char why[256] = "";

	file_put(secret, strlen(secret));
	if (clients_load(texts, n, &c, why) != 0) {
		if (strstr(why, "this kernel cannot") != NULL) {
			printf("SKIPPED: no TCP-MD5 in this kernel\n");
			return NULL;
		}
		cr_assert_fail("%s", why);
	}
	return c;
}

Test(clients, keys_follow_a_list)
{
	const struct endpoint four = {.address.ss_family = AF_INET};
	const struct endpoint six = {.address.ss_family = AF_INET6};
	int fd4 = socket(AF_INET, SOCK_STREAM, 0);
	int fd6 = socket(AF_INET6, SOCK_STREAM, 0);
	char a[128], b[128], c6[128], why[KEY_WHY] = "";
	struct clients *first, *second, *third;

	snprintf(a, sizeof(a), "192.0.2.0/24,md5=%s", path);
	snprintf(b, sizeof(b), "198.51.100.1,md5=%s", path);
	snprintf(c6, sizeof(c6), "2001:db8::/32,md5=%s", path);
	first = load((const char *[]){a, b, c6}, 3, "one");
	if (first == NULL)
		return;
	second = load((const char *[]){a, c6, "203.0.113.0/24"}, 3, "two");
	third = load(NULL, 0, "three");
	cr_expect_eq(clients_sign(first, NULL, fd4, &four, why), 0, "%s", why);
	cr_expect_eq(clients_sign(second, first, fd4, &four, why), 0);
	cr_expect(key_is_known(fd4, AF_INET, "192.0.2.0", 24));
	cr_expect_not(key_is_known(fd4, AF_INET, "198.51.100.1", 32));
	/* All of them go. */
	cr_expect_eq(clients_sign(first, NULL, fd4, &four, why), 0);
	cr_expect_eq(clients_sign(third, first, fd4, &four, why), 0);
	cr_expect_not(key_is_known(fd4, AF_INET, "192.0.2.0", 24));
	cr_expect_not(key_is_known(fd4, AF_INET, "198.51.100.1", 32));
	/* What is the same is not touched: nothing is put on again. */
	cr_expect_eq(clients_sign(first, first, fd4, &four, why), 0);
	cr_expect_not(key_is_known(fd4, AF_INET, "192.0.2.0", 24));
	if (fd6 >= 0) {
		int no = 0;

		/* One of both families has both kinds of keys. */
		cr_assert_eq(setsockopt(fd6, IPPROTO_IPV6, IPV6_V6ONLY, &no,
				     sizeof(no)),
			0);
		cr_expect_eq(clients_sign(first, NULL, fd6, &six, why), 0, "%s",
			why);
		cr_expect(key_is_known(fd6, AF_INET6, "2001:db8::", 32));
		cr_expect(key_is_known(fd6, AF_INET6, "::ffff:192.0.2.0", 24));
		close(fd6);
	}
	close(fd4);
	clients_free(first);
	clients_free(second);
	clients_free(third);
}

Test(clients, a_kernel_without_it_is_said)
{
	struct clients *c = NULL;
	char text[128], why[256] = "";

	snprintf(text, sizeof(text), "192.0.2.0/24,ao=%s", path);
	file_put("1 1 hmac-sha-1-96 x\n", 20);
	/* Here or there: it works, or it is told. */
	if (clients_load((const char *[]){text}, 1, &c, why) != 0)
		cr_expect_not_null(
			strstr(why, "TCP-AO for 192.0.2.0/24: this kernel"),
			"%s", why);
	clients_free(c);
}
