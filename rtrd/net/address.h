/*
 * address: "ADDR:PORT" and socket addresses, both ways.
 *
 *	192.0.2.1:3323    [2001:db8::1]:3323    numbers only, no names
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <sys/socket.h>

enum {
	ADDRESS_TEXT = 56
}; /* octets that any formatted address fits in */

/* Read an address with its port, 0 to 65535.  0, ERR_SYNTAX, or ERR_RANGE for
 * the port. */
int address_parse(const char *text, struct sockaddr_storage *out);

/* The size of the address's own type, for bind(2). */
socklen_t address_size(const struct sockaddr_storage *a);

/* Write "ADDR:PORT" or "[ADDR]:PORT"; "?" for another family.  Returns `buf`.
 */
const char *address_format(
	const struct sockaddr_storage *a, char buf[ADDRESS_TEXT]);

#endif
