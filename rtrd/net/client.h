/*
 * client: what holds for routers of a prefix, as text.
 *
 *	192.0.2.0/24,max-version=1,connections=4
 *	2001:db8::7,md5=/etc/waymark/router7.key
 *
 * Of several that cover an address the longest prefix counts, and only that,
 * as the kernel chooses keys.
 *
 * Not here: what is in key files (see keys).
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "rtrd/net/access.h"
#include "rtrd/net/words.h"
#include "waymark/addr.h"

/* How a router's segments are signed. */
enum key_kind {
	KEY_NONE,
	KEY_MD5, /* RFC 2385 */
	KEY_AO, /* RFC 5925 */
};

struct client {
	struct prefix prefix;
	unsigned min_version, max_version; /* of RTR */
	size_t connections; /* from one address; 0: as for all */
	enum key_kind key;
	char key_file[WORDS_HEAD]; /* "": no key */
};

/* Read one.  0; ERR_SYNTAX or ERR_RANGE with `why`, a phrase that goes on from
 * "... is " and names the word that is wrong; `*out` is untouched then. */
int client_parse(const char *text, struct client *out, char why[WORDS_WHY]);

/* The one that counts for a source, among `n`; NULL: none. */
const struct client *client_find(const struct client *list, size_t n,
	const uint8_t source[ACCESS_SOURCE]);

#endif
