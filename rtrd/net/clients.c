/*
 * clients: a list, and its keys on sockets.
 *
 * Two clients of one prefix would leave it open which of them counts, so that
 * is refused.  What a kernel cannot do it says when it is asked, which is done
 * with a socket that nobody ever sees: a listener must not be found to be
 * without a key once it listens.
 */
#include "rtrd/net/clients.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/vec.h"
#include "waymark/err.h"

struct clients {
	VEC(struct client) list;
	VEC(struct key) keys;
};

/* One text, and its key. */
static int
take(struct clients *c, const char *text, char why[256])
{
	struct client client;
	struct key key;
	char reason[KEY_WHY];
	int err = client_parse(text, &client, reason);

	if (err != 0) {
		snprintf(why, 256, "'%.60s' is %.150s", text, reason);
		return err;
	}
	for (size_t i = 0; i < c->list.n; i++)
		if (prefix_compare(&c->list.at[i].prefix, &client.prefix) ==
			0) {
			snprintf(why, 256,
				"'%.60s': there are other rules for "
				"this prefix",
				text);
			return ERR_EXISTS;
		}
	if (!VEC_PUSH(&c->list, client))
		err = ERR_NOMEM;
	if (err != 0 || client.key == KEY_NONE) {
		if (err != 0)
			snprintf(why, 256, "%s", err_text(err));
		return err;
	}
	err = key_read(&client, &key, reason);
	if (err != 0) {
		snprintf(why, 256, "key file %.200s", reason);
		return err;
	}
	if (!VEC_PUSH(&c->keys, key)) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		err = ERR_NOMEM;
	}
	key_wipe(&key);
	return err;
}

/* Whether an IPv6 socket takes IPv4 too, as one may that came with us. */
static bool
takes_both(int fd, int family)
{
	int only = 1;
	socklen_t size = sizeof(only);

	return family == AF_INET6 &&
		getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0 &&
		only == 0;
}

static int
key_refused(const struct key *k, int number, char why[KEY_WHY])
{
	char text[PREFIX_TEXT];
	const char *what = strerror(number);

	if (number == ENOPROTOOPT)
		what = "this kernel cannot do it";
	/* Of the algorithm, which is a module of the kernel's. */
	else if (number == ENOENT || number == EPFNOSUPPORT)
		what = "this kernel has not the algorithm";
	snprintf(why, KEY_WHY, "%s for %s: %.60s", key_kind_name(k->kind),
		prefix_format(&k->prefix, text), what);
	return ERR_SYSTEM;
}

/* The key of a list that is the same; NULL: none. */
static const struct key *
same_find(const struct clients *c, const struct key *k)
{
	for (size_t i = 0; c != NULL && i < c->keys.n; i++)
		if (key_is_same(&c->keys.at[i], k))
			return &c->keys.at[i];
	return NULL;
}

/* The key of a list for the same prefix; NULL: none. */
static const struct key *
heir_find(const struct clients *c, const struct prefix *prefix)
{
	for (size_t i = 0; c != NULL && i < c->keys.n; i++)
		if (prefix_compare(&c->keys.at[i].prefix, prefix) == 0)
			return &c->keys.at[i];
	return NULL;
}

/* Whether a key has to be taken off, before the new ones are put on or after
 * it: there shall be no moment without any, but the kernel has no two kinds for
 * one prefix.  One of the same kind and ids is replaced. */
static bool
is_cleared(const struct clients *c, const struct key *k, bool after)
{
	const struct key *heir = heir_find(c, &k->prefix);

	if (heir == NULL)
		return after;
	if (heir->kind != k->kind)
		return !after;
	return after && k->kind == KEY_AO &&
		(heir->send_id != k->send_id || heir->recv_id != k->recv_id);
}

/* One that cannot be taken off locks out, and lets nobody in. */
static void
clear(const struct clients *c, const struct clients *before, int fd, int family,
	bool after)
{
	for (size_t i = 0; before != NULL && i < before->keys.n; i++) {
		const struct key *k = &before->keys.at[i];

		if (key_is_for(k, family, takes_both(fd, family)) &&
			is_cleared(c, k, after))
			(void)key_clear(k, fd, family);
	}
}

int
clients_sign(const struct clients *c, const struct clients *before, int fd,
	const struct endpoint *at, char why[KEY_WHY])
{
	int family = at->address.ss_family, number = 0;
	bool both = takes_both(fd, family);

	clear(c, before, fd, family, false);
	for (size_t i = 0; c != NULL && i < c->keys.n; i++) {
		const struct key *k = &c->keys.at[i];

		if (!key_is_for(k, family, both) ||
			same_find(before, k) != NULL)
			continue;
		number = key_set(k, fd, family);
		if (number != 0)
			return key_refused(k, number, why);
	}
	clear(c, before, fd, family, true);
	return 0;
}

/* See whether the kernel takes the keys of one family. */
static int
probe(const struct clients *c, sa_family_t family, char why[256])
{
	const struct endpoint at = {.address.ss_family = family};
	char reason[KEY_WHY];
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	/* A family that is not there has no listeners either. */
	if (fd < 0)
		return 0;
	err = clients_sign(c, NULL, fd, &at, reason);
	(void)close(fd);
	if (err != 0)
		snprintf(why, 256, "%s", reason);
	return err;
}

int
clients_load(const char *const *texts, size_t count, struct clients **out,
	char why[256])
{
	struct clients *c = calloc(1, sizeof(*c));
	int err = 0;

	if (c == NULL) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	/* So that growing leaves no copies of keys behind. */
	if (!VEC_RESERVE(&c->keys, count + 1)) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		err = ERR_NOMEM;
	}
	for (size_t i = 0; i < count && err == 0; i++)
		err = take(c, texts[i], why);
	if (err == 0)
		err = probe(c, AF_INET, why);
	if (err == 0)
		err = probe(c, AF_INET6, why);
	if (err != 0) {
		clients_free(c);
		return err;
	}
	*out = c;
	return 0;
}

void
clients_free(struct clients *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->keys.n; i++)
		key_wipe(&c->keys.at[i]);
	VEC_FREE(&c->keys);
	VEC_FREE(&c->list);
	free(c);
}

const struct client *
clients_find(const struct clients *c, const uint8_t source[ACCESS_SOURCE])
{
	return c == NULL ? NULL : client_find(c->list.at, c->list.n, source);
}
