/*
 * clients: all that rtr.client says, with the keys that it names.
 *
 *	texts + key files --clients_load--> clients --clients_sign--> sockets
 *
 * A list is loaded beside the one in use and takes its place as a whole.
 */
#ifndef NET_CLIENTS_H
#define NET_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/net/client.h"
#include "rtrd/net/endpoint.h"
#include "rtrd/net/key.h"

struct clients;

/* Read the texts and their key files, and see whether this kernel takes the
 * keys.  0 with `*out` for clients_free; or an error with `why`. */
int clients_load(const char *const *texts, size_t count, struct clients **out,
	char why[256]);
void clients_free(struct clients *c);

/* What holds for a source; NULL: nothing special. */
const struct client *clients_find(
	const struct clients *c, const uint8_t source[ACCESS_SOURCE]);

/* Put the keys on a listening socket, and take off those of `before` (NULL:
 * none) that are no more; what is the same stays in force throughout.  0; or
 * ERR_SYSTEM with `why`, and some are on it by then. */
int clients_sign(const struct clients *c, const struct clients *before, int fd,
	const struct endpoint *at, char why[KEY_WHY]);

#endif
