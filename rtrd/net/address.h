/*
 * address: "ADDR:PORT" and socket addresses, both ways.
 *
 *	192.0.2.1:3323    [2001:db8::1]:3323    numbers only, no names
 *	unix:/run/x.sock  unix                  written only
 *	ssh:192.0.2.1:50000                     see address_claim
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	ADDRESS_TEXT = 120, /* octets that any formatted address fits in */
	ADDRESS_SOURCE = 16
};

/* Read an address with its port, 0 to 65535.  0, ERR_SYNTAX, or ERR_RANGE for
 * the port. */
int address_parse(const char *text, struct sockaddr_storage *out);

/* The size of the address's own type, for bind(2). */
socklen_t address_size(const struct sockaddr_storage *a);

/* Write "ADDR:PORT" or "[ADDR]:PORT"; a Unix socket as "unix:PATH", or "unix"
 * when it has none; "?" for another family.  Returns `buf`. */
const char *address_format(
	const struct sockaddr_storage *a, char buf[ADDRESS_TEXT]);

/* Who it is, without the port: 16 octets, IPv4 as ::ffff:a.b.c.d.  A Unix
 * socket has what it claims (see address_claim), or all zero. */
void address_source(
	const struct sockaddr_storage *a, uint8_t out[ADDRESS_SOURCE]);

/* The name under which a program connects to a Unix socket for somebody else:
 * in the abstract namespace, with the address of who stands behind it, which
 * is to be shown and counted.  It is believed as far as whoever may connect to
 * that socket.  Returns its size for bind(2). */
socklen_t address_claim(
	const struct sockaddr_storage *behind, struct sockaddr_storage *out);

#endif
