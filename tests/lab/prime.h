/*
 * prime: primes that are the same everywhere, from a name and a number.
 */
#ifndef LAB_PRIME_H
#define LAB_PRIME_H

#include <stdint.h>

#include <openssl/bn.h>

/* The first prime above a start of `bits` bits that SHA-256 makes of `name` and
 * `number`.  Its two highest bits are set, so that the product of two has
 * exactly twice the bits, and `exponent` does not divide it less one.  `bits`
 * is a multiple of 256.  Freed with BN_free; out of memory ends the program. */
BIGNUM *prime_search(
	const char *name, unsigned number, unsigned bits, unsigned exponent);

#endif
