/*
 * addr: addresses, prefixes and ranges of both families.
 *
 * An address is 16 octets in network order; IPv4 fills the first four and
 * leaves zeros, so that one order and one set of masks serves both families.
 * A prefix has all bits after its length zero.
 */
#ifndef WAYMARK_ADDR_H
#define WAYMARK_ADDR_H

#include <stdbool.h>
#include <stdint.h>

enum family {
	FAMILY_IPV4 = 4,
	FAMILY_IPV6 = 6,
};

struct addr {
	uint8_t b[16];
};

struct prefix {
	struct addr addr;
	uint8_t len;
	uint8_t family; /* enum family */
};

enum {
	ADDR_TEXT = 46, /* octets that any formatted address fits in */
	PREFIX_TEXT = 50, /* the same for a prefix */
};

/* 32 or 128. */
unsigned family_bits(enum family family);

/* "ipv4" or "ipv6". */
const char *family_name(enum family family);

/* Order by number, first octet first: <0, 0, >0. */
int addr_compare(const struct addr *a, const struct addr *b);

/* `a` with all bits after the first `len` cleared, or set. `bits` is the
 * family's width; the octets beyond it stay zero. */
struct addr addr_low(const struct addr *a, unsigned len);
struct addr addr_high(const struct addr *a, unsigned len, unsigned bits);

/* Add one at bit `bits` (32 or 128).  False on overflow, with nothing
 * changed. */
bool addr_next(struct addr *a, unsigned bits);

/* Read "192.0.2.0/24" or "2001:db8::/32"; host bits must be zero; a bare
 * address is a /32 or /128.  0, ERR_SYNTAX, or ERR_RANGE for a length that is
 * too great or for host bits. */
int prefix_parse(const char *text, struct prefix *out);

/* Write the canonical form (RFC 5952 for IPv6).  Returns `buf`. */
const char *prefix_format(const struct prefix *p, char buf[PREFIX_TEXT]);
const char *addr_format(
	const struct addr *a, enum family family, char buf[ADDR_TEXT]);

/* Whether `outer` covers `inner`: same family, not longer, same first bits. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);

/* Order by family, address, length: <0, 0, >0. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

/* Read "AS64496", "as64496" or "64496", 0 to 4294967295 in decimal without
 * sign.  0, ERR_SYNTAX or ERR_RANGE. */
int asn_parse(const char *text, uint32_t *out);

#endif
