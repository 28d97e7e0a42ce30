/*
 * endpoint: a listener as text, and what the text says.
 *
 *	192.0.2.1:3323                        a TCP port; IPv6 in brackets
 *	[2001:db8::1]:324,tls,clients=required,allow=2001:db8::/32
 *	unix:/run/waymark/rtr.sock,mode=0660  a Unix socket
 *
 * The words are those of ENDPOINT_WORDS.  The same text stands in lists of the
 * configuration and on the command line.
 *
 * Not here: sockets.
 */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "rtrd/net/access.h"
#include "rtrd/net/words.h"

enum transport {
	TRANSPORT_TCP,
	TRANSPORT_TLS,
};

/* Whether TLS clients show a certificate. */
enum client_certs {
	CLIENTS_NONE,
	CLIENTS_OPTIONAL, /* one that is shown must be good */
	CLIENTS_REQUIRED,
};

enum {
	ENDPOINT_MODE = 0660 /* of a Unix socket: owner and group */
};

struct endpoint {
	/* Of a listener, in this process: given by the acceptor, and kept when
	 * a reload changes the words.  0: of none. */
	unsigned id;
	struct sockaddr_storage address; /* as asked for: port 0 is any */
	enum transport transport;
	enum client_certs clients;
	unsigned min_version, max_version; /* of RTR */
	unsigned mode; /* of a Unix socket */
	struct access access;
};

/* Read a listener.  0; ERR_SYNTAX or ERR_RANGE with `why`, a phrase that goes
 * on from "... is " and names the word that is wrong; `*out` is untouched
 * then. */
int endpoint_parse(const char *text, struct endpoint *out, char why[WORDS_WHY]);

/* Whether it is a Unix socket, and then its path. */
bool endpoint_is_unix(const struct endpoint *e);
const char *endpoint_path(const struct endpoint *e);

/* Read a version of RTR, or a prefix, for words that have one: NULL, or what
 * the text should be.  Static text. */
const char *endpoint_version(const char *text, unsigned *out);
const char *endpoint_prefix(const char *text, struct prefix *out);

#endif
