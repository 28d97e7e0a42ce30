/*
 * sock: one listening socket, opened by us or handed to us.
 *
 *	open:   socket, bind, prepare, listen
 *	adopt:  prepare
 *	retire: out of service at once; the descriptor is closed when the loop
 *	        is through with it
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stdbool.h>

#include "rtrd/net/endpoint.h"
#include "rtrd/net/local.h"

enum {
	SOCK_WHY = 160
};

struct sock {
	int fd;
	bool shared; /* another process has it too */
	unsigned early; /* connections that came before it was prepared */
	struct local_file file; /* of a Unix socket; its path is "" else */
};

/* What is done with a socket before it listens, or before one that was handed
 * to us is used.  NULL: nothing. */
struct sock_hook {
	/* 0, or an error with `why`. */
	int (*prepare)(void *ctx, int fd, const struct endpoint *at,
		char why[SOCK_WHY]);
	void *ctx;
};

/* Listen as `at` says.  0; or an error with `why`, and `*absent` tells whether
 * this machine simply has no such address. */
int sock_open(const struct endpoint *at, const struct sock_hook *hook,
	struct sock *out, bool *absent, char why[SOCK_WHY]);

/* Whether a descriptor is a stream socket that listens. */
bool sock_is_listening(int fd);

/* Whether such a descriptor listens where `at` asks to; port 0 is any. */
bool sock_is_at(int fd, const struct endpoint *at);

/* Use one that listens already.  0; or an error with `why`, and `fd` stays the
 * caller's. */
int sock_adopt(int fd, const struct endpoint *at, const struct sock_hook *hook,
	struct sock *out, char why[SOCK_WHY]);

/* Whether somebody took away the file of a Unix socket. */
bool sock_is_lost(const struct sock *s);

/* Give the file of a Unix socket this mode; what fails leaves the old one. */
void sock_set_mode(const struct sock *s, unsigned mode);

/* No new connections, and no file, unless another process has it too.  The
 * descriptor stays open. */
void sock_retire(const struct sock *s);

#endif
