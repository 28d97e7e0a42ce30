/*
 * key: files, and the two socket options.
 *
 * TCP-AO is in Linux since 6.7, and not in the headers of the C library: its
 * options and structs are those of include/uapi/linux/tcp.h there, which never
 * change.
 */
#include "rtrd/net/key.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "waymark/err.h"

enum {
	AO_ADD_KEY = 38,
	AO_DEL_KEY = 39,
	AO_DEL_ASYNC = 4, /* third bit of the flags: no need to wait */
	LINE = 256, /* octets of a file */
};

/* struct tcp_ao_add. */
struct ao_add {
	struct sockaddr_storage addr;
	char algorithm[KEY_ALGORITHM];
	int32_t ifindex;
	uint32_t flags;
	uint16_t zero;
	uint8_t prefix, send_id, recv_id, mac_len, key_flags, key_len;
	uint8_t key[KEY_SECRET];
} __attribute__((aligned(8)));

/* struct tcp_ao_del. */
struct ao_del {
	struct sockaddr_storage addr;
	int32_t ifindex;
	uint32_t flags;
	uint16_t zero;
	uint8_t prefix, send_id, recv_id, current, next, key_flags;
} __attribute__((aligned(8)));

_Static_assert(sizeof(struct ao_add) == 288, "as the kernel has it");
_Static_assert(sizeof(struct ao_del) == 144, "as the kernel has it");
_Static_assert(
	(int)KEY_SECRET == (int)TCP_MD5SIG_MAXKEYLEN, "as the kernel has it");

static int
refuse(const struct client *c, int err, const char *what, char why[KEY_WHY])
{
	snprintf(why, KEY_WHY, "%.100s: %.55s", c->key_file, what);
	return err;
}

/* What is wrong with a file; it is looked at through the descriptor, so that it
 * is the one that is read. */
static const char *
file_wrong(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if ((st->st_mode & S_IRWXO) != 0)
		return "others may use this key (chmod o-rwx)";
	if (st->st_size >= LINE)
		return "too long for a key";
	return NULL;
}

/* What is wrong with `n` octets that should be a line: what cannot be typed at
 * a router is no key, nor is a second line. */
static const char *
line_wrong(const char *line, size_t n)
{
	if (n == 0)
		return "there is no key in it";
	for (size_t i = 0; i < n; i++)
		if (line[i] < ' ' || line[i] > '~')
			return "not one line of printable ASCII";
	if (line[0] == ' ' || line[n - 1] == ' ')
		return "a space at its begin or end";
	return NULL;
}

/* Read the line of a file, without its end. */
static int
line_read(const struct client *c, char line[LINE], char why[KEY_WHY])
{
	int fd = open(c->key_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	const char *wrong;
	struct stat st;
	ssize_t n = 0;
	size_t len;

	if (fd < 0)
		return refuse(c, err_from_errno(errno), strerror(errno), why);
	wrong = fstat(fd, &st) != 0 ? strerror(errno) : file_wrong(&st);
	if (wrong == NULL)
		n = read(fd, line, LINE - 1);
	err = n < 0 ? errno : 0;
	(void)close(fd);
	if (err != 0)
		return refuse(c, err_from_errno(err), strerror(err), why);
	if (wrong != NULL)
		return refuse(c, ERR_DENIED, wrong, why);
	len = n > 0 && n < LINE ? (size_t)n : 0;
	if (len > 0 && line[len - 1] == '\n')
		len--;
	line[len] = '\0';
	wrong = line_wrong(line, len);
	return wrong != NULL ? refuse(c, ERR_SYNTAX, wrong, why) : 0;
}

/* The names of RFC 5926, and what the kernel calls them. */
static const struct {
	const char *name, *kernel;
} algorithms[] = {
	{"hmac-sha-1-96", "hmac(sha1)"},
	{"aes-128-cmac-96", "cmac(aes128)"},
	{"hmac-sha-256-96", "hmac(sha256)"},
};

/* Cut the next word of a line; NULL when nothing stands behind it. */
static char *
word_cut(char **line)
{
	char *word = *line, *space = strchr(word, ' ');

	if (space == NULL)
		return NULL;
	*space = '\0';
	*line = space + 1 + strspn(space + 1, " ");
	return word;
}

/* The words before the secret of TCP-AO; moves `*line` to it.  NULL, or what is
 * wrong. */
static const char *
ao_take(char **line, struct key *out)
{
	const char *send = word_cut(line), *recv, *name;
	uint64_t send_id, recv_id;

	recv = send != NULL ? word_cut(line) : NULL;
	name = recv != NULL ? word_cut(line) : NULL;
	if (name == NULL)
		return "not SENDID RECVID ALGORITHM KEY";
	if (text_number(send, 0, UINT8_MAX, &send_id) != 0 ||
		text_number(recv, 0, UINT8_MAX, &recv_id) != 0)
		return "an id is not from 0 to 255";
	out->send_id = (uint8_t)send_id;
	out->recv_id = (uint8_t)recv_id;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(name, algorithms[i].name) == 0) {
			snprintf(out->algorithm, KEY_ALGORITHM, "%s",
				algorithms[i].kernel);
			return NULL;
		}
	return "not an algorithm that is known";
}

int
key_read(const struct client *client, struct key *out, char why[KEY_WHY])
{
	struct key k = {.prefix = client->prefix, .kind = client->key};
	char line[LINE] = "", *secret = line;
	const char *wrong = NULL;
	int err = line_read(client, line, why);
	size_t n;

	if (err != 0)
		return err;
	if (k.kind == KEY_AO)
		wrong = ao_take(&secret, &k);
	n = strlen(secret);
	if (wrong == NULL && n > KEY_SECRET)
		wrong = "a key has 80 octets at most";
	if (wrong == NULL) {
		memcpy(k.secret, secret, n);
		k.n = (uint8_t)n;
		*out = k;
	} else {
		err = refuse(client, ERR_SYNTAX, wrong, why);
	}
	explicit_bzero(line, sizeof(line));
	key_wipe(&k);
	return err;
}

void
key_wipe(struct key *k)
{
	explicit_bzero(k->secret, sizeof(k->secret));
}

bool
key_is_same(const struct key *a, const struct key *b)
{
	return a->kind == b->kind && a->n == b->n && a->send_id == b->send_id &&
		a->recv_id == b->recv_id &&
		strcmp(a->algorithm, b->algorithm) == 0 &&
		prefix_compare(&a->prefix, &b->prefix) == 0 &&
		memcmp(a->secret, b->secret, a->n) == 0;
}

bool
key_is_for(const struct key *k, int family, bool both)
{
	if (k->prefix.family == FAMILY_IPV4)
		return family == AF_INET || (family == AF_INET6 && both);
	return family == AF_INET6;
}

/* The prefix as the kernel takes it; IPv4 on an IPv6 socket is mapped, and its
 * length stays that of IPv4. */
static void
prefix_place(const struct prefix *p, int family, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		memcpy(&in->sin_addr, p->addr.b, 4);
	} else if (p->family == FAMILY_IPV4) {
		memset(&in6->sin6_addr.s6_addr[10], 0xff, 2);
		memcpy(&in6->sin6_addr.s6_addr[12], p->addr.b, 4);
	} else {
		memcpy(&in6->sin6_addr, p->addr.b, 16);
	}
}

/* A key of no octets takes one off. */
static int
md5_set(const struct key *k, int fd, int family, uint8_t n)
{
	struct tcp_md5sig sig = {
		.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
		.tcpm_prefixlen = k->prefix.len,
		.tcpm_keylen = n,
	};
	int number;

	prefix_place(&k->prefix, family, &sig.tcpm_addr);
	memcpy(sig.tcpm_key, k->secret, n);
	number = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &sig,
			 sizeof(sig)) == 0
		? 0
		: errno;
	explicit_bzero(&sig, sizeof(sig));
	return number;
}

static int
ao_add(const struct key *k, int fd, int family)
{
	struct ao_add add = {
		.prefix = k->prefix.len,
		.send_id = k->send_id,
		.recv_id = k->recv_id,
		.key_len = k->n,
	};
	int number;

	memcpy(add.algorithm, k->algorithm, KEY_ALGORITHM);
	prefix_place(&k->prefix, family, &add.addr);
	memcpy(add.key, k->secret, k->n);
	number = setsockopt(fd, IPPROTO_TCP, AO_ADD_KEY, &add, sizeof(add)) == 0
		? 0
		: errno;
	explicit_bzero(&add, sizeof(add));
	return number;
}

static int
ao_del(const struct key *k, int fd, int family)
{
	struct ao_del del = {
		.flags = AO_DEL_ASYNC,
		.prefix = k->prefix.len,
		.send_id = k->send_id,
		.recv_id = k->recv_id,
	};

	prefix_place(&k->prefix, family, &del.addr);
	return setsockopt(fd, IPPROTO_TCP, AO_DEL_KEY, &del, sizeof(del)) == 0
		? 0
		: errno;
}

int
key_set(const struct key *k, int fd, int family)
{
	int number;

	if (k->kind == KEY_MD5)
		return md5_set(k, fd, family, k->n);
	number = ao_add(k, fd, family);
	if (number != EEXIST)
		return number;
	/* There is one of these ids, with another secret perhaps. */
	number = ao_del(k, fd, family);
	return number != 0 ? number : ao_add(k, fd, family);
}

int
key_clear(const struct key *k, int fd, int family)
{
	if (k->kind == KEY_MD5)
		return md5_set(k, fd, family, 0);
	return ao_del(k, fd, family);
}

const char *
key_kind_name(enum key_kind kind)
{
	return kind == KEY_AO ? "TCP-AO" : "TCP-MD5";
}
