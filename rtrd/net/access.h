/*
 * access: which addresses may talk to a listener.
 *
 *	allow 192.0.2.0/24     the first rule that covers the address decides;
 *	deny 2001:db8::/32     what none covers may talk, unless there is an
 *	                       allow: then it may not
 *
 * A source is 16 octets, IPv4 as ::ffff:a.b.c.d; all zero: not from any
 * network (a Unix socket).
 */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/addr.h"

enum {
	ACCESS_RULES = 256, /* of one listener: it is one line to read */
	ACCESS_SOURCE = 16
};

struct access_rule {
	struct prefix prefix;
	bool allows;
};

/* All zero: everybody may. */
struct access {
	size_t n;
	bool closed; /* there is an allow */
	struct access_rule rules[ACCESS_RULES];
};

/* Put a rule at the end; false when there are too many. */
bool access_add(struct access *a, const struct prefix *prefix, bool allows);

/* Whether a source may talk.  One of no network always may: the mode of its
 * socket has decided. */
bool access_permits(
	const struct access *a, const uint8_t source[ACCESS_SOURCE]);

/* A source as the prefix of its one address, IPv4 as IPv4.  False for one of no
 * network. */
bool access_host(const uint8_t source[ACCESS_SOURCE], struct prefix *out);

#endif
