/*
 * heritage: listening sockets that this process did not open itself.
 *
 *	service manager: activation, kept descriptors --+
 *	                                                +--> heritage --> who
 *	the instance before: take-over -----------------+    listens there
 *
 * A socket is known by its address alone, which it was bound to by somebody
 * else: what it is for, the configuration says.
 */
#ifndef NET_HERITAGE_H
#define NET_HERITAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/vec.h"
#include "rtrd/net/endpoint.h"
#include "waymark/log.h"

enum heir_from {
	HEIR_LENT, /* the service manager has opened it, and goes on with it
		      when we do not */
	HEIR_KEPT, /* it has it from an instance before us */
	HEIR_HANDED, /* by the instance before us */
};

struct heirloom {
	int fd; /* -1: none */
	enum heir_from from;
};

struct heritage {
	VEC(struct heirloom) all;
};

/* Take a descriptor over, as not blocking and closed on exec.  0; or an error
 * with the descriptor closed: ERR_KIND for what is no listening stream socket
 * of the Internet or of a path, ERR_NOMEM. */
int heritage_add(struct heritage *h, int fd, enum heir_from from);

/* Whether one of them listens where `at` asks to (see sock_is_at). */
bool heritage_has(const struct heritage *h, const struct endpoint *at);

/* Take out the one that listens where `at` asks to (see sock_is_at): its
 * descriptor is the caller's then. */
struct heirloom heritage_take(struct heritage *h, const struct endpoint *at);

/* Close what is left, each with a line in the log ("listen"; NULL: silently),
 * and free it. */
void heritage_end(struct heritage *h, const struct log *log);

#endif
