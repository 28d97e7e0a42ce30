/*
 * key: a key that signs TCP segments, from its file to a socket.
 *
 *	TCP-MD5 (RFC 2385)   s3cret
 *	TCP-AO (RFC 5925)    SENDID RECVID ALGORITHM s3cret
 *	                     algorithm: hmac-sha-1-96 or aes-128-cmac-96
 *	                     (RFC 5926), or hmac-sha-256-96
 *
 * A file holds one line, and nobody but its owner and group may have anything
 * to do with it.  On a listening socket a key is of a prefix: whoever comes
 * from there must sign with it, by the kernel, which drops every other segment.
 * A connection keeps the key that it came with.
 */
#ifndef NET_KEY_H
#define NET_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "rtrd/net/client.h"
#include "waymark/addr.h"

enum {
	KEY_SECRET = 80, /* octets, of the kernel's structs */
	KEY_ALGORITHM = 64,
	KEY_WHY = 160
};

struct key {
	struct prefix prefix;
	enum key_kind kind;
	uint8_t send_id, recv_id; /* of TCP-AO, as of our side */
	char algorithm[KEY_ALGORITHM]; /* of TCP-AO, as the kernel names it */
	uint8_t n;
	uint8_t secret[KEY_SECRET];
};

/* Read the file of a client that has one.  0; or an error with `why`, which
 * names the file.  Who has the key wipes it (key_wipe). */
int key_read(const struct client *client, struct key *out, char why[KEY_WHY]);
void key_wipe(struct key *k);

/* Whether two are the same, and not only of the same prefix. */
bool key_is_same(const struct key *a, const struct key *b);

/* Whether sockets of this family take it: `both` where an IPv6 socket takes
 * IPv4 too. */
bool key_is_for(const struct key *k, int family, bool both);

/* Put a key on a listening socket, in place of one of the same prefix and ids;
 * take it off.  `family` is the socket's.  0 or an errno; ENOPROTOOPT: this
 * kernel cannot. */
int key_set(const struct key *k, int fd, int family);
int key_clear(const struct key *k, int fd, int family);

/* "TCP-MD5", "TCP-AO". */
const char *key_kind_name(enum key_kind kind);

#endif
