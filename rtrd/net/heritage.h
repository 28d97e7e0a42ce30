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
#include <sys/socket.h>

#include "core/vec.h"
#include "waymark/log.h"

struct heirloom {
	int fd;
	struct sockaddr_storage address; /* zero beyond its own size */
};

struct heritage {
	VEC(struct heirloom) all;
};

/* Take a descriptor over, as not blocking and closed on exec.  0; or an error
 * with the descriptor closed: ERR_KIND for what is no listening stream socket
 * of the Internet or of a path, ERR_NOMEM. */
int heritage_add(struct heritage *h, int fd);

/* Take out the one that listens at the address: its descriptor, the caller's;
 * -1: there is none. */
int heritage_take(struct heritage *h, const struct sockaddr_storage *at);

/* Close what is left, each with a line in the log ("listen"), and free it. */
void heritage_end(struct heritage *h, const struct log *log);

#endif
