/*
 * secure: the keys that a list of listeners needs.
 *
 * Not here: what is in the files (tls_keys.h).
 */
#ifndef NET_SECURE_H
#define NET_SECURE_H

#include <stddef.h>

#include "rtrd/net/tls_keys.h"

/* Read the files, for listeners as texts (see endpoint.h).  `files->cert` NULL:
 * there are none.  0 with `*out` for tls_keys_unref, NULL without files; an
 * error of tls_keys_load; or ERR_USAGE with `why` when a listener speaks TLS
 * and there are no keys, or asks for certificates of routers and there are no
 * authorities. */
int secure_load(const char *const *listen, size_t count,
	const struct tls_files *files, struct tls_keys **out,
	char why[TLS_KEYS_WHY]);

#endif
